//! The way to the host (spec/protocol.md, group T).
use crate::error::{Executed, TauError};
use crate::framing::MAX_LINE_BYTES;
use serde_json::Value;
use std::collections::VecDeque;
use std::os::fd::RawFd;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};

const READ_BYTES: usize = 64 * 1024;
/// What may wait before new requests fail and notifications are dropped (M-9).
const MAX_QUEUED_BYTES: usize = 64 * 1024 * 1024;

pub(crate) struct Channel {
    read_fd: RawFd,
    buffer: Vec<u8>,
    pub(crate) writer: Arc<Writer>,
}

/// Takes the channel that `TAU_CHANNEL` names. Before any of the author's code runs, and before there is a second thread.
pub(crate) fn open_host_channel() -> Result<Channel, TauError> {
    let announced = std::env::var("TAU_CHANNEL").unwrap_or_else(|_| "stdio".to_owned());
    // Taken away, so that processes which this one starts do not take the channel for theirs (T-5).
    // SAFETY: there is one thread yet.
    unsafe { std::env::remove_var("TAU_CHANNEL") };
    let (read_fd, write_fd) = if announced == "stdio" { take_stdio() } else { take_socket(&announced)? };
    for fd in [read_fd, write_fd] {
        // SAFETY: the descriptors are this process's own, and open.
        unsafe {
            libc::fcntl(fd, libc::F_SETFD, libc::FD_CLOEXEC);
        }
    }
    // Reads wait for bytes, writes never do. Of a socket both are one descriptor, so each write says it for itself.
    let is_socket = is_socket(write_fd);
    if !is_socket {
        // SAFETY: as above.
        unsafe { libc::fcntl(write_fd, libc::F_SETFL, libc::fcntl(write_fd, libc::F_GETFL) | libc::O_NONBLOCK) };
    }
    Ok(Channel { read_fd, buffer: vec![0; READ_BYTES], writer: Arc::new(Writer::new(write_fd, is_socket)) })
}

/// What C code and children read from stdin is nothing, what they print goes to stderr (T-3).
fn take_stdio() -> (RawFd, RawFd) {
    // SAFETY: the standard descriptors are open in a process that tau started.
    unsafe {
        let (read_fd, write_fd) = (libc::dup(0), libc::dup(1));
        let nothing = libc::open(c"/dev/null".as_ptr(), libc::O_RDONLY);
        libc::dup2(nothing, 0);
        libc::close(nothing);
        libc::dup2(2, 1);
        (read_fd, write_fd)
    }
}

fn take_socket(announced: &str) -> Result<(RawFd, RawFd), TauError> {
    let fd = announced.strip_prefix("fd:").and_then(|digits| digits.parse::<RawFd>().ok()).filter(|fd| is_socket(*fd));
    fd.map(|fd| (fd, fd)).ok_or_else(|| {
        let text = format!(
            "Expected the host's channel where TAU_CHANNEL says ({announced}), found none there. Start extensions through tau."
        );
        TauError::not_done("unavailable", text)
    })
}

fn is_socket(fd: RawFd) -> bool {
    // SAFETY: `fstat` fails for what is no descriptor.
    unsafe {
        let mut info: libc::stat = std::mem::zeroed();
        libc::fstat(fd, &mut info) == 0 && info.st_mode & libc::S_IFMT == libc::S_IFSOCK
    }
}

impl Channel {
    /// Waits for bytes and hands them over, on this thread. False when the other side has ended: half a line before that is none (F-9).
    pub(crate) fn read_some(&mut self, on_bytes: impl FnOnce(&[u8])) -> bool {
        loop {
            // SAFETY: the buffer is as long as it says.
            let count = unsafe { libc::read(self.read_fd, self.buffer.as_mut_ptr().cast(), self.buffer.len()) };
            if count > 0 {
                on_bytes(&self.buffer[..count as usize]);
                return true;
            }
            if count == 0 || !wait_for(self.read_fd, libc::POLLIN) {
                return false;
            }
        }
    }
}

/// False where nothing will come any more. A reset is an end, too.
fn wait_for(fd: RawFd, events: libc::c_short) -> bool {
    let error = std::io::Error::last_os_error();
    match error.kind() {
        std::io::ErrorKind::Interrupted => true,
        std::io::ErrorKind::WouldBlock => {
            let mut poll = libc::pollfd { fd, events, revents: 0 };
            // SAFETY: one entry, and it says so.
            unsafe { libc::poll(&mut poll, 1, -1) };
            true
        }
        _ => false,
    }
}

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
    is_closed: bool,
}

impl Writer {
    fn new(fd: RawFd, is_socket: bool) -> Self {
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
    pub(crate) fn send(&self, message: &Value) -> Result<(), TauError> {
        let mut line = serde_json::to_vec(message)
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
        let written = if queue.bytes.is_empty() { self.write_some(&line, &mut queue) } else { 0 };
        if written < line.len() {
            queue.bytes.extend(&line[written..]);
            self.waiting.notify_one();
        }
        Ok(())
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
            let piece: Vec<u8> = queue.bytes.iter().take(READ_BYTES).copied().collect();
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
        for _ in 0..200 {
            if self.lock().bytes.is_empty() {
                return;
            }
            std::thread::sleep(std::time::Duration::from_millis(5));
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
