//! Runs the author's code so that nothing it does ends more than itself.
use crate::error::{Error, Executed, TauError};
use std::any::Any;
use std::cell::RefCell;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;

pub(crate) type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

thread_local! {
    /// Where this thread panicked last: the hook runs on the thread that panics, before it unwinds.
    static PLACE: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Keeps places of panics, and lets them be printed as ever.
pub(crate) fn note_places() {
    let print = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |info| {
        let place = info.location().map(|at| format!("{}:{}:{}", at.file(), at.line(), at.column()));
        PLACE.with(|last| *last.borrow_mut() = place);
        print(info);
    }));
}

/// The outcome of a future of the author's. A panic is a failure of this kind, with its place.
pub(crate) async fn run<T>(
    kind: &'static str,
    make: impl FnOnce() -> BoxFuture<'static, Result<T, Error>>,
) -> Result<T, TauError> {
    let mut future = match catch_unwind(AssertUnwindSafe(make)) {
        Ok(future) => future,
        Err(panic) => return Err(panicked(kind, panic)),
    };
    poll_fn(|context| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context))) {
        Ok(polled) => polled.map(|outcome| outcome.map_err(|error| TauError::failure(kind, &error))),
        Err(panic) => std::task::Poll::Ready(Err(panicked(kind, panic))),
    })
    .await
}

fn panicked(kind: &'static str, panic: Box<dyn Any + Send>) -> TauError {
    let said = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let said = said.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "(no text)".to_owned());
    let place = PLACE.with(|last| last.borrow_mut().take()).unwrap_or_else(|| "an unknown place".to_owned());
    let executed = if kind == "setup-failed" { Executed::No } else { Executed::Maybe };
    let stack = Some(format!("panicked at {place}"));
    TauError { executed, stack, ..TauError::new(kind, format!("panicked at {place}: {said}")) }
}
