//! Where the author's code is when the process aborts, overflows its stack or is asked by the host (SIGUSR1): printed to stderr, from where
//! the log and the errors of its calls take it. Rust says so of panics alone.
//!
//! A handler of a signal may do next to nothing, so it notes addresses, and a thread that waits for that makes them into words.
use crate::own_code::own_code_at;
use backtrace::trace_unsynchronized;
use libc::{c_int, c_void};
use std::fmt::Write as _;
use std::fs::{File, read_dir};
use std::io::{Read, Write as _};
use std::os::fd::{AsRawFd, FromRawFd};
use std::ptr::null_mut;
use std::sync::atomic::{AtomicI32, AtomicPtr, AtomicUsize, Ordering::SeqCst};
use std::time::{Duration, Instant};

/// Innermost ones: enough to get out of what std does on the way to its end.
const MAX_FRAMES: usize = 96;
/// For a handler, and what std does in one before it aborts. Its own are 8 KiB.
const HANDLER_STACK_BYTES: usize = 128 * 1024;
/// How long an end waits for its words.
const REPORT_TIMEOUT_MS: c_int = 2_000;
/// How long one thread may take to note where it is.
const SAMPLE_TIMEOUT: Duration = Duration::from_millis(100);
/// The same for one that would run if it got a processor.
const RUNNING_TIMEOUT: Duration = Duration::from_secs(1);

const ABORTED: u8 = b'a';
const ASKED: u8 = b'?';

// Handlers get no arguments of ours, so that what they share with the thread is static.
static FRAMES: [AtomicPtr<c_void>; MAX_FRAMES] = [const { AtomicPtr::new(null_mut()) }; MAX_FRAMES];
static FRAME_COUNT: AtomicUsize = AtomicUsize::new(0);
/// The thread whose addresses are, or will be, in `FRAMES`; 0: nobody's.
static NOTED: AtomicI32 = AtomicI32::new(0);
/// A thread that was told to note where it is; 0: none.
static TOLD: AtomicI32 = AtomicI32::new(0);
static REQUESTS: AtomicI32 = AtomicI32::new(-1);
static REPORTED: AtomicI32 = AtomicI32::new(-1);

/// From now on, and what has to be done at an end. Without the pipes or the thread for it, ends are told in fewer words.
pub(crate) fn report_places(on_end: extern "C" fn()) {
    let (Some((requests, ask)), Some((reported, report))) = (open_pipe(), open_pipe()) else { return };
    REQUESTS.store(ask.as_raw_fd(), SeqCst);
    REPORTED.store(reported.as_raw_fd(), SeqCst);
    // The handlers use them as long as there is a process.
    std::mem::forget((ask, reported));
    if std::thread::Builder::new().name("tau-places".into()).spawn(move || serve(requests, report, on_end)).is_err() {
        return;
    }
    handle(libc::SIGABRT, on_abort, libc::SA_RESETHAND);
    handle(libc::SIGUSR1, on_asked, libc::SA_RESTART);
}

/// For the thread that calls it: handlers have room on a stack of their own, until `give_back`.
pub(crate) fn make_room() {
    // SAFETY: a new mapping, which nobody else uses.
    unsafe {
        let (access, kind) = (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS);
        let room = libc::mmap(null_mut(), HANDLER_STACK_BYTES, access, kind, -1, 0);
        if room != libc::MAP_FAILED {
            let stack = libc::stack_t { ss_sp: room, ss_flags: 0, ss_size: HANDLER_STACK_BYTES };
            libc::sigaltstack(&stack, null_mut());
        }
    }
}

pub(crate) fn give_back() {
    // SAFETY: what is unmapped is what `make_room` mapped, told by its size, and no handler's stack any more.
    unsafe {
        let mut stack: libc::stack_t = std::mem::zeroed();
        let none = libc::stack_t { ss_sp: null_mut(), ss_flags: libc::SS_DISABLE, ss_size: HANDLER_STACK_BYTES };
        if libc::sigaltstack(&none, &mut stack) == 0 && stack.ss_size == HANDLER_STACK_BYTES {
            libc::munmap(stack.ss_sp, HANDLER_STACK_BYTES);
        }
    }
}

fn open_pipe() -> Option<(File, File)> {
    let mut ends = [0; 2];
    // SAFETY: `ends` has room for two descriptors, which are open and nobody else's where the call succeeds.
    unsafe {
        let made = libc::pipe2(ends.as_mut_ptr(), libc::O_CLOEXEC) == 0;
        made.then(|| (File::from_raw_fd(ends[0]), File::from_raw_fd(ends[1])))
    }
}

type Handler = extern "C" fn(c_int, *mut libc::siginfo_t, *mut c_void);

fn handle(signal: c_int, handler: Handler, flags: c_int) {
    // SAFETY: the handlers below call what may be called in one, and `action` is complete.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = handler as *const () as usize;
        action.sa_flags = libc::SA_ONSTACK | libc::SA_SIGINFO | flags;
        libc::sigemptyset(&mut action.sa_mask);
        libc::sigaction(signal, &action, null_mut());
    }
}

extern "C" fn on_abort(signal: c_int, _: *mut libc::siginfo_t, context: *mut c_void) {
    // Nobody else's: the second of two that abort at once ends in silence.
    if NOTED.compare_exchange(0, thread_id(), SeqCst, SeqCst).is_ok() {
        note_frames(interrupted_at(context));
        // SAFETY: plain system calls on descriptors that stay open. Whatever they say, this is the end.
        unsafe {
            libc::write(REQUESTS.load(SeqCst), [ABORTED].as_ptr().cast(), 1);
            let mut answer = libc::pollfd { fd: REPORTED.load(SeqCst), events: libc::POLLIN, revents: 0 };
            libc::poll(&mut answer, 1, REPORT_TIMEOUT_MS);
        }
    }
    // Without a handler by now. It comes when this one returns: somebody else may have sent the signal.
    // SAFETY: may be called in a handler.
    unsafe { libc::raise(signal) };
}

extern "C" fn on_asked(_: c_int, _: *mut libc::siginfo_t, context: *mut c_void) {
    // SAFETY: the place of this thread's errno, which the code that was interrupted may be about to read.
    let errno = unsafe { *libc::__errno_location() };
    if TOLD.compare_exchange(thread_id(), 0, SeqCst, SeqCst).is_ok() {
        note_frames(interrupted_at(context));
        NOTED.store(thread_id(), SeqCst);
    } else {
        // SAFETY: a plain system call on a descriptor that stays open.
        unsafe { libc::write(REQUESTS.load(SeqCst), [ASKED].as_ptr().cast(), 1) };
    }
    // SAFETY: as above.
    unsafe { *libc::__errno_location() = errno };
}

fn thread_id() -> c_int {
    // SAFETY: it only answers a number.
    unsafe { libc::syscall(libc::SYS_gettid) as c_int }
}

/// The instruction that is next when the handler returns; null where the machine is not known here.
fn interrupted_at(context: *mut c_void) -> *mut c_void {
    // SAFETY: the system gives handlers that take one a whole context.
    #[cfg(target_arch = "x86_64")]
    let address = unsafe { (*context.cast::<libc::ucontext_t>()).uc_mcontext.gregs[libc::REG_RIP as usize] };
    #[cfg(target_arch = "aarch64")]
    let address = unsafe { (*context.cast::<libc::ucontext_t>()).uc_mcontext.pc };
    #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
    let (address, _) = (0, context);
    address as usize as *mut c_void
}

/// All addresses but the interrupted one are of what a call returns to, and are looked up as the instruction before it. That one is
/// noted as if it were one of them: what is before it may be another function's, or of no line.
fn note_frames(interrupted: *mut c_void) {
    let mut count = 0;
    // SAFETY: what is noted is this thread's own. Two threads at once, which only an abort brings about, mix up addresses and no memory.
    unsafe {
        trace_unsynchronized(|frame| {
            let address = frame.ip();
            FRAMES[count].store(if address == interrupted { address.wrapping_byte_add(1) } else { address }, SeqCst);
            count += 1;
            count < MAX_FRAMES
        });
    }
    FRAME_COUNT.store(count, SeqCst);
}

fn serve(mut requests: File, mut report: File, on_end: extern "C" fn()) {
    let mut request = [0];
    while requests.read_exact(&mut request).is_ok() {
        if request[0] == ABORTED {
            on_end();
            let thread = NOTED.load(SeqCst);
            tell(&format!(
                "Aborted in {}:\n{}",
                name_of(thread),
                own_places().unwrap_or_else(|| "  in no code of its own\n".to_owned())
            ));
            let _ = report.write_all(&[0]);
        } else {
            tell_all();
        }
    }
}

/// One after the other, those that are in the author's code: all others wait for work.
fn tell_all() {
    let Ok(tasks) = read_dir("/proc/self/task") else { return };
    let mut told = String::new();
    for thread in tasks.flatten().filter_map(|task| task.file_name().to_str()?.parse::<c_int>().ok()) {
        if thread != thread_id() && sample(thread) {
            if let Some(places) = own_places() {
                let _ = write!(told, "In {}:\n{places}", name_of(thread));
            }
            NOTED.store(0, SeqCst);
        }
    }
    tell(if told.is_empty() { "No thread is in code of the extension's own.\n" } else { &told });
}

/// Whether the thread has noted where it is.
fn sample(thread: c_int) -> bool {
    TOLD.store(thread, SeqCst);
    // SAFETY: a plain system call; a thread that is gone is an error and no harm.
    unsafe { libc::syscall(libc::SYS_tgkill, libc::getpid(), thread, libc::SIGUSR1) };
    let start = Instant::now();
    while NOTED.load(SeqCst) != thread {
        let timeout = if is_running(thread) { RUNNING_TIMEOUT } else { SAMPLE_TIMEOUT };
        // One that has begun is waited for: what it notes later would be taken for the next one's.
        if start.elapsed() > timeout && TOLD.compare_exchange(thread, 0, SeqCst, SeqCst).is_ok() {
            return false;
        }
        std::thread::sleep(Duration::from_micros(200));
    }
    true
}

/// Source: proc_pid_stat(5).
fn is_running(thread: c_int) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/self/task/{thread}/stat")).unwrap_or_default();
    stat.rsplit_once(") ").is_some_and(|(_, rest)| rest.starts_with('R'))
}

/// A line for each, innermost first; of a function that calls itself, one.
fn own_places() -> Option<String> {
    let frames = &FRAMES[..FRAME_COUNT.load(SeqCst)];
    let mut places: Vec<String> = frames.iter().flat_map(|frame| own_code_at(frame.load(SeqCst))).collect();
    places.dedup();
    (!places.is_empty()).then(|| format!("  {}\n", places.join("\n  ")))
}

fn name_of(thread: c_int) -> String {
    let name = std::fs::read_to_string(format!("/proc/self/task/{thread}/comm")).unwrap_or_default();
    format!("thread `{}`", name.trim())
}

/// In one piece, among what other threads print.
fn tell(text: &str) {
    // Where stderr is gone, nobody is left to be told.
    let _ = std::io::stderr().write_all(text.as_bytes());
}
