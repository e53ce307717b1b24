//! What is on its way to the host: written at once, or held for a moment, and never waited for.
use crate::error::{Executed, TauError};
use crate::framing::MAX_LINE_BYTES;
use serde::Serialize;
use std::collections::VecDeque;
use std::os::fd::RawFd;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, TryLockError};
use std::thread::{self, ThreadId};
use std::time::Duration;

/// What is written in one go of what could not be written at once.
const DRAIN_BYTES: usize = 64 * 1024;
/// What may wait before new requests fail and notifications are dropped (M-9).
const MAX_QUEUED_BYTES: usize = 64 * 1024 * 1024;
/// What is written at once, at most, when more than one line is.
const MAX_HELD_BYTES: usize = 32 * 1024;
/// Room that most lines find enough.
const LINE_BYTES: usize = 512;
/// How often the end of the process looks whether it may write, a millisecond apart.
const LOOKS_AT_END: usize = 20;

/// Lines on their way. Nobody waits for the host to read them.
pub(crate) struct Writer {
    fd: RawFd,
    is_socket: bool,
    queue: Mutex<Queue>,
    waiting: Condvar,
    max_send_bytes: AtomicUsize,
}

#[derive(Default)]
struct Queue {
    bytes: VecDeque<u8>,
    /// Lines behind those in `bytes`, and not to be handed to the system yet.
    held: Vec<u8>,
    /// The thread whose lines are held. Only those: whoever else writes may be about to wait for long.
    holder: Option<ThreadId>,
    is_closed: bool,
}

impl Writer {
    pub(crate) fn new(fd: RawFd, is_socket: bool) -> Self {
        let max_send_bytes = AtomicUsize::new(MAX_LINE_BYTES);
        Writer { fd, is_socket, queue: Mutex::default(), waiting: Condvar::new(), max_send_bytes }
    }

    pub(crate) fn set_max_send_bytes(&self, count: usize) {
        self.max_send_bytes.store(count, Ordering::Relaxed);
    }

    pub(crate) fn is_overloaded(&self) -> bool {
        self.lock().bytes.len() > MAX_QUEUED_BYTES
    }

    /// Writes a line now where the other side takes it, and else soon.
    pub(crate) fn send(&self, message: &impl Serialize) -> Result<(), TauError> {
        let mut line = Vec::with_capacity(LINE_BYTES);
        serde_json::to_writer(&mut line, message)
            .map_err(|error| TauError::not_done("invalid-params", format!("Expected what is JSON: {error}")))?;
        let max = self.max_send_bytes.load(Ordering::Relaxed);
        if line.len() > max {
            let text = format!("Expected a line of at most {max} bytes, got {}. Send less, or in pieces.", line.len());
            return Err(TauError { executed: Executed::No, ..TauError::new("message-too-large", text) });
        }
        line.push(b'\n');
        let mut queue = self.lock();
        if queue.is_closed {
            return Ok(());
        }
        let is_held = queue.holder.is_some_and(|holder| holder == thread::current().id());
        if queue.held.len() + line.len() > MAX_HELD_BYTES || (queue.held.is_empty() && !is_held) {
            self.write_held(&mut queue);
            self.write(&line, &mut queue);
            return Ok(());
        }
        queue.held.append(&mut line);
        if !is_held {
            self.write_held(&mut queue);
        }
        Ok(())
    }

    /// Lets what this thread sends wait for more of it, until `release`.
    pub(crate) fn hold(&self) {
        self.lock().holder = Some(thread::current().id());
    }

    /// What is sent from now on takes with it what was held.
    pub(crate) fn stop_holding(&self) {
        self.lock().holder = None;
    }

    /// Writes what was held.
    pub(crate) fn release(&self) {
        let mut queue = self.lock();
        queue.holder = None;
        self.write_held(&mut queue);
    }

    /// The same when the process is about to end, on any thread: one that has the lock has it for a moment only, unless it is the one that ends.
    pub(crate) fn release_at_end(&self) {
        for _ in 0..LOOKS_AT_END {
            match self.queue.try_lock() {
                Ok(mut queue) => return self.write_held(&mut queue),
                Err(TryLockError::Poisoned(broken)) => return self.write_held(&mut broken.into_inner()),
                Err(TryLockError::WouldBlock) => thread::sleep(Duration::from_millis(1)),
            }
        }
    }

    /// Writes what could not be written at once, for ever, on this thread.
    pub(crate) fn drain(&self) {
        let mut queue = self.lock();
        loop {
            while queue.bytes.is_empty() {
                queue = self.waiting.wait(queue).unwrap_or_else(|broken| broken.into_inner());
            }
            if queue.is_closed {
                return;
            }
            let piece: Vec<u8> = queue.bytes.iter().take(DRAIN_BYTES).copied().collect();
            let written = self.write_some(&piece, &mut queue);
            queue.bytes.drain(..written);
            drop(queue);
            if written < piece.len() {
                let mut poll = libc::pollfd { fd: self.fd, events: libc::POLLOUT, revents: 0 };
                // SAFETY: one entry, and it says so.
                unsafe { libc::poll(&mut poll, 1, -1) };
            }
            queue = self.lock();
        }
    }

    /// Waits, not for long, until all is written.
    pub(crate) fn flush(&self) {
        self.release();
        for _ in 0..200 {
            if self.lock().bytes.is_empty() {
                return;
            }
            thread::sleep(Duration::from_millis(5));
        }
    }

    fn write_held(&self, queue: &mut Queue) {
        if !queue.held.is_empty() {
            let mut held = std::mem::take(&mut queue.held);
            self.write(&held, queue);
            held.clear();
            queue.held = held;
        }
    }

    /// Writes now what the other side takes, and the rest soon.
    fn write(&self, bytes: &[u8], queue: &mut Queue) {
        let written = if queue.bytes.is_empty() { self.write_some(bytes, queue) } else { 0 };
        if written < bytes.len() {
            queue.bytes.extend(&bytes[written..]);
            self.waiting.notify_one();
        }
    }

    fn write_some(&self, bytes: &[u8], queue: &mut Queue) -> usize {
        let mut written = 0;
        while written < bytes.len() {
            let rest = &bytes[written..];
            // SAFETY: the slice is as long as it says.
            let count = unsafe {
                if self.is_socket {
                    libc::send(self.fd, rest.as_ptr().cast(), rest.len(), libc::MSG_DONTWAIT | libc::MSG_NOSIGNAL)
                } else {
                    libc::write(self.fd, rest.as_ptr().cast(), rest.len())
                }
            };
            if count >= 0 {
                written += count as usize;
                continue;
            }
            match std::io::Error::last_os_error().kind() {
                std::io::ErrorKind::Interrupted => {}
                std::io::ErrorKind::WouldBlock => return written,
                // The host has gone; the reader learns it too, and ends the process.
                _ => {
                    queue.is_closed = true;
                    return bytes.len();
                }
            }
        }
        written
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(|broken| broken.into_inner())
    }
}
