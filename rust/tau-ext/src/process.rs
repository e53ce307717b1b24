//! The process of an extension: its threads, and its end.
use crate::api::ExtensionApi;
use crate::channel::open_host_channel;
use crate::error::Error;
use crate::handler::{BoxFuture, note_places};
use crate::reading::read_all;
use crate::session::{Dispatcher, Session};
use crate::writer::Writer;
use std::sync::{Arc, OnceLock};

#[doc(hidden)]
pub type SetupFuture<'a> = BoxFuture<'a, Result<(), Error>>;
pub(crate) type Setup = Box<dyn for<'a> FnOnce(&'a mut ExtensionApi) -> SetupFuture<'a> + Send>;

/// What a setup may return.
#[doc(hidden)]
pub trait IntoOutcome {
    fn into_outcome(self) -> Result<(), Error>;
}

impl IntoOutcome for () {
    fn into_outcome(self) -> Result<(), Error> {
        Ok(())
    }
}

impl<E: Into<Error>> IntoOutcome for Result<(), E> {
    fn into_outcome(self) -> Result<(), Error> {
        self.map_err(E::into)
    }
}

#[doc(hidden)]
pub fn run(name: &str, version: &str, setup: for<'a> fn(&'a mut ExtensionApi) -> SetupFuture<'a>) {
    serve(name, version, move |api| setup(api));
}

/// Speaks with the host that started this process, and ends the process with the channel. What `#[tau_ext::main]` does.
pub fn serve(name: &str, version: &str, setup: impl for<'a> FnOnce(&'a mut ExtensionApi) -> SetupFuture<'a> + Send + 'static) {
    let channel = match open_host_channel() {
        Ok(channel) => channel,
        Err(error) => {
            eprintln!("{error}");
            std::process::exit(1);
        }
    };
    note_places();
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    #[cfg(target_os = "linux")]
    {
        crate::places::report_places(write_what_is_held);
        // Calls begin on the thread that reads them.
        crate::places::make_room();
        builder.on_thread_start(crate::places::make_room).on_thread_stop(crate::places::give_back);
    }
    let runtime = builder.worker_threads(workers()).enable_all().build();
    let runtime = runtime.expect("threads for the runtime");
    let writer = channel.writer.clone();
    std::thread::spawn(move || writer.drain());
    write_at_end(&channel.writer);
    let session = Session::new(channel.writer.clone(), name, version, Box::new(setup));
    read_all(channel, Dispatcher::new(session), runtime.handle().clone())
}

/// What the end of the process is to write. It is told nothing, so that this is static.
static WRITER: OnceLock<Arc<Writer>> = OnceLock::new();

/// Work that was done stays answered when the author's code ends the process right behind it.
fn write_at_end(writer: &Arc<Writer>) {
    let _ = WRITER.set(writer.clone());
    // SAFETY: what is called then needs nothing that could be gone.
    unsafe { libc::atexit(write_what_is_held) };
}

extern "C" fn write_what_is_held() {
    if let Some(writer) = WRITER.get() {
        writer.release_at_end();
    }
}

/// Two at least: one may be kept busy by a task that does not yield.
fn workers() -> usize {
    std::thread::available_parallelism().map_or(2, |count| count.get().clamp(2, 4))
}
