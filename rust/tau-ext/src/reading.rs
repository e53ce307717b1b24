//! Who reads the channel. Work begins on the thread that has read of it: no other has to wake up for a tool that answers at once. A
//! thread that is kept by the author's code loses the channel to a new one, so that pings are answered and the end is noticed (L-1, T-7).
use crate::channel::Channel;
use crate::framing::{Decoder, first_line};
use crate::handler::BoxFuture;
use crate::session::Dispatcher;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};
use std::sync::{Arc, Mutex};
use std::task::{Context, Waker};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};
use tokio::runtime::Handle;

/// How often somebody looks whether the reading thread is stuck.
const TICK: Duration = Duration::from_millis(10);
/// So many quiet looks, and nobody looks until there is work again.
const QUIET_TICKS: u32 = 10;

/// How long answers wait for more of the same read, and for the piece of work that is under way by then.
const MAX_HOLD: Duration = Duration::from_micros(250);

/// What the thread that reads has to have.
struct Role {
    channel: Channel,
    decoder: Decoder,
    dispatcher: Dispatcher,
    /// Since when what the reader sends is held, to be written at once with what it sends next.
    held_since: Option<Instant>,
    /// Who may read: one that comes back with an older number has been replaced.
    reader: u64,
}

struct Shared {
    role: Mutex<Role>,
    /// Odd while the author's code runs on the reading thread. Changed by whoever holds the role.
    turn: AtomicU64,
    watch_sleeps: AtomicBool,
    runtime: Handle,
}

/// Reads on this thread until the channel ends, which ends the process.
pub(crate) fn read_all(channel: Channel, dispatcher: Dispatcher, runtime: Handle) -> ! {
    let role = Role { channel, decoder: Decoder::default(), dispatcher, held_since: None, reader: 0 };
    let shared =
        Arc::new(Shared { role: Mutex::new(role), turn: AtomicU64::new(0), watch_sleeps: AtomicBool::new(false), runtime });
    let watched = shared.clone();
    let watch = thread::spawn(move || keep_reading(&watched)).thread().clone();
    read(&shared, 0, &watch);
    // Replaced while the author's code kept it. The process goes on without it.
    loop {
        thread::park();
    }
}

fn read(shared: &Shared, own: u64, watch: &Thread) {
    // What panics in here is no author's: their code is caught before. Without a reader this process would be of no use.
    if catch_unwind(AssertUnwindSafe(|| read_while_own(shared, own, watch))).is_err() {
        std::process::exit(101);
    }
}

fn read_while_own(shared: &Shared, own: u64, watch: &Thread) {
    let _context = shared.runtime.enter();
    let mut role = lock(&shared.role);
    while let Some(work) = next_work(&mut role) {
        shared.turn.fetch_add(1, SeqCst);
        drop(role);
        // The look is for nothing in most cases, and cheap.
        if shared.watch_sleeps.load(SeqCst) && shared.watch_sleeps.swap(false, SeqCst) {
            watch.unpark();
        }
        begin(work, &shared.runtime);
        role = lock(&shared.role);
        if role.reader != own {
            return;
        }
        shared.turn.fetch_add(1, SeqCst);
    }
    end_process();
}

/// Waits for something to do. `None` at the end of the channel.
fn next_work(role: &mut Role) -> Option<BoxFuture<'static, ()>> {
    loop {
        if let Some(work) = role.dispatcher.next_work() {
            return Some(work);
        }
        if role.channel.unread().is_empty() {
            if role.held_since.take().is_some() {
                role.channel.writer.release();
            }
            if !role.channel.read_some() {
                return None;
            }
        }
        receive_line(role);
    }
}

/// While there are more lines in what was read, what is sent is held, and goes to the system with the rest: that is dearer than many a tool.
fn receive_line(role: &mut Role) {
    let Role { channel, decoder, dispatcher, held_since, .. } = role;
    let length = first_line(channel.unread());
    let is_last = length == channel.unread().len();
    if held_since.is_some_and(|since| since.elapsed() > MAX_HOLD) {
        *held_since = None;
        channel.writer.release();
    }
    if is_last {
        channel.writer.stop_holding();
    } else if held_since.is_none() {
        *held_since = Some(Instant::now());
        channel.writer.hold();
    }
    decoder.feed(&channel.unread()[..length], &mut |read| dispatcher.receive(read));
    channel.take(length);
}

/// Most work is done at its first look. What is not goes on in the runtime, which looks again at once: no wake is missed.
fn begin(mut work: BoxFuture<'static, ()>, runtime: &Handle) {
    if work.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending() {
        runtime.spawn(work);
    }
}

/// Gives the channel to a new thread when the one that reads has been in the same piece of work for a tick.
fn keep_reading(shared: &Arc<Shared>) {
    let mut seen = shared.turn.load(SeqCst);
    let mut quiet = 0;
    loop {
        if quiet >= QUIET_TICKS {
            shared.watch_sleeps.store(true, SeqCst);
            if shared.turn.load(SeqCst) == seen {
                thread::park();
            }
            shared.watch_sleeps.store(false, SeqCst);
            quiet = 0;
        }
        thread::sleep(TICK);
        let now = shared.turn.load(SeqCst);
        quiet = if now == seen { quiet + 1 } else { 0 };
        if now == seen && now % 2 == 1 {
            replace_reader(shared, now);
        }
        seen = now;
    }
}

fn replace_reader(shared: &Arc<Shared>, turn: u64) {
    let own = {
        let mut role = lock(&shared.role);
        if shared.turn.load(SeqCst) != turn {
            return; // It has come back meanwhile.
        }
        shared.turn.fetch_add(1, SeqCst);
        role.reader += 1;
        // Nobody knows how long it stays away: what it has sent waits no longer, and what it sends is written at once.
        role.held_since = None;
        role.channel.writer.release();
        role.reader
    };
    let (shared, watch) = (shared.clone(), thread::current());
    thread::spawn(move || read(&shared, own, &watch));
}

/// At once, without destructors: there is nobody any more to whom anything could be told.
fn end_process() -> ! {
    // SAFETY: it only ends the process.
    unsafe { libc::_exit(0) }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(|broken| broken.into_inner())
}
