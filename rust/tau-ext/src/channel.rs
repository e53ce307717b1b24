//! The way to the host (spec/protocol.md, group T).
use crate::error::TauError;
use crate::writer::Writer;
use std::ops::Range;
use std::os::fd::RawFd;
use std::sync::Arc;

const READ_BYTES: usize = 64 * 1024;

pub(crate) struct Channel {
    read_fd: RawFd,
    buffer: Vec<u8>,
    /// What has been read and not been looked at.
    unread: Range<usize>,
    pub(crate) writer: Arc<Writer>,
}

/// Takes the channel that `TAU_CHANNEL` names. Before any of the author's code runs, and before there is a second thread.
pub(crate) fn open_host_channel() -> Result<Channel, TauError> {
    let announced = std::env::var("TAU_CHANNEL").unwrap_or_else(|_| "stdio".to_owned());
    // Taken away, so that processes which this one starts do not take the channel for theirs (T-5).
    // SAFETY: there is one thread yet.
    unsafe { std::env::remove_var("TAU_CHANNEL") };
    let (read_fd, write_fd) = if announced == "stdio" { take_stdio() } else { take_descriptors(&announced)? };
    for fd in [read_fd, write_fd] {
        // SAFETY: the descriptors are this process's own, and open.
        unsafe {
            libc::fcntl(fd, libc::F_SETFD, libc::FD_CLOEXEC);
        }
    }
    // Reads wait for bytes, writes never do. Of a socket both are one, so each write says it for itself.
    let is_socket = is_kind(write_fd, libc::S_IFSOCK);
    if !is_socket {
        // SAFETY: as above.
        unsafe { libc::fcntl(write_fd, libc::F_SETFL, libc::fcntl(write_fd, libc::F_GETFL) | libc::O_NONBLOCK) };
    }
    Ok(Channel { read_fd, buffer: vec![0; READ_BYTES], unread: 0..0, writer: Arc::new(Writer::new(write_fd, is_socket)) })
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

/// `fd:3` or `fd:3,4`: one socket, or a pipe to read and one to write, or a socket in their places.
fn take_descriptors(announced: &str) -> Result<(RawFd, RawFd), TauError> {
    let given = announced.strip_prefix("fd:").and_then(|list| {
        let (read, write) = list.split_once(',').unwrap_or((list, list));
        Some((read.parse::<RawFd>().ok()?, write.parse::<RawFd>().ok()?))
    });
    let found = given.filter(|(read, write)| {
        let is_both = |kind| is_kind(*read, kind) && is_kind(*write, kind);
        is_both(libc::S_IFSOCK) || (read != write && is_both(libc::S_IFIFO))
    });
    let (read, write) = found.ok_or_else(|| {
        let text = format!(
            "Expected the host's channel where TAU_CHANNEL says ({announced}), found none there. Start extensions through tau."
        );
        TauError::not_done("unavailable", text)
    })?;
    if is_kind(read, libc::S_IFIFO) {
        // SAFETY: the descriptor is open. It comes as its opener left it, and this end is nobody else's, which can't be said of stdin.
        unsafe { libc::fcntl(read, libc::F_SETFL, libc::fcntl(read, libc::F_GETFL) & !libc::O_NONBLOCK) };
    }
    Ok((read, write))
}

fn is_kind(fd: RawFd, kind: libc::mode_t) -> bool {
    // SAFETY: `fstat` fails for what is no descriptor.
    unsafe {
        let mut info: libc::stat = std::mem::zeroed();
        libc::fstat(fd, &mut info) == 0 && info.st_mode & libc::S_IFMT == kind
    }
}

impl Channel {
    pub(crate) fn unread(&self) -> &[u8] {
        &self.buffer[self.unread.clone()]
    }

    /// So much of it has been looked at.
    pub(crate) fn take(&mut self, count: usize) {
        self.unread.start += count;
    }

    /// Waits for bytes, on this thread, once there are none left. False when the other side has ended: half a line before that is none (F-9).
    pub(crate) fn read_some(&mut self) -> bool {
        loop {
            // SAFETY: the buffer is as long as it says.
            let count = unsafe { libc::read(self.read_fd, self.buffer.as_mut_ptr().cast(), self.buffer.len()) };
            if count > 0 {
                self.unread = 0..count as usize;
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
