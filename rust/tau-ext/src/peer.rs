//! One side of the conversation: ids, answers and cancels, and nothing of what the methods mean (groups M and C).
use crate::context::Cancellation;
use crate::error::{Executed, TauError};
use crate::framing::Message;
use crate::writer::Writer;
use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use tokio::sync::oneshot;

type Params = Map<String, Value>;
pub(crate) type OnProgress = Box<dyn Fn(Value) + Send>;

/// A peer that talks nonsense tends to go on: the first oddities are told in full.
const MOST_FAULTS_TOLD: usize = 20;

pub(crate) struct Peer {
    writer: Arc<Writer>,
    last_sent: AtomicU64,
    pending: Mutex<HashMap<u64, Pending>>,
    served: Mutex<HashMap<u64, Cancellation>>,
    faults: AtomicUsize,
}

/// A request of this side that waits for its answer.
struct Pending {
    answer: oneshot::Sender<Result<Value, TauError>>,
    parent: Option<u64>,
    on_progress: Option<OnProgress>,
}

/// A request, or without an id a notification. Fields are written in the order in which they are told apart (F-4).
#[derive(Serialize)]
struct Call<'a, P> {
    jsonrpc: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<u64>,
    method: &'a str,
    params: P,
}

#[derive(Serialize)]
struct Success<R> {
    jsonrpc: &'static str,
    id: u64,
    result: R,
}

#[derive(Serialize)]
struct Failure {
    jsonrpc: &'static str,
    id: u64,
    error: Value,
}

/// Whose progress it is, and how far it is.
#[derive(Serialize)]
struct Progress<'a, T> {
    id: u64,
    value: &'a T,
}

impl Peer {
    pub(crate) fn new(writer: Arc<Writer>) -> Self {
        Peer {
            writer,
            last_sent: AtomicU64::new(0),
            pending: Mutex::default(),
            served: Mutex::default(),
            faults: AtomicUsize::new(0),
        }
    }

    // --- asking ---

    /// Dropping the future cancels the request.
    pub(crate) async fn request(
        &self,
        method: &str,
        mut params: Params,
        parent: Option<u64>,
        on_progress: Option<OnProgress>,
    ) -> Result<Value, TauError> {
        if self.writer.is_overloaded() {
            let text = format!("Too much waits to be read by the host, so `{method}` was not sent. Try again later.");
            return Err(TauError { retryable: true, ..TauError::not_done("overloaded", text) });
        }
        if let Some(parent) = parent {
            params.insert("meta".to_owned(), json!({ "parent": parent }));
        }
        let id = self.last_sent.fetch_add(1, Ordering::Relaxed) + 1;
        let (sender, answer) = oneshot::channel();
        lock(&self.pending).insert(id, Pending { answer: sender, parent, on_progress });
        let mut asked = Asked { peer: self, id, is_open: true };
        if let Err(error) = self.writer.send(&Call { jsonrpc: "2.0", id: Some(id), method, params }) {
            asked.is_open = false;
            lock(&self.pending).remove(&id);
            return Err(error);
        }
        let settled = answer.await;
        asked.is_open = false;
        settled.unwrap_or_else(|_| Err(TauError::new("cancelled", "What this was asked for was given up.")))
    }

    /// Never fails: what the channel can't take is dropped.
    pub(crate) fn notify(&self, method: &str, params: impl Serialize) {
        if self.writer.is_overloaded() {
            return;
        }
        if let Err(error) = self.writer.send(&Call { jsonrpc: "2.0", id: None, method, params }) {
            self.note_fault(&format!("A `{method}` could not be sent: {error}"));
        }
    }

    pub(crate) fn send_progress(&self, id: u64, value: &impl Serialize) {
        if lock(&self.served).contains_key(&id) {
            self.notify("$/progress", Progress { id, value });
        }
    }

    pub(crate) fn log(&self, level: &str, message: &str, data: Option<Value>) {
        let mut params = json!({ "level": level, "message": message });
        if let Some(data) = data {
            params["data"] = data;
        }
        // Not by `notify`, which logs what it can't send.
        let _ = self.writer.send(&Call { jsonrpc: "2.0", id: None, method: "log", params });
    }

    pub(crate) fn note_fault(&self, text: &str) {
        match self.faults.fetch_add(1, Ordering::Relaxed) + 1 {
            count if count < MOST_FAULTS_TOLD => self.log("warn", text, None),
            MOST_FAULTS_TOLD => self.log("warn", "Further oddities on the channel are only counted.", None),
            _ => {}
        }
    }

    // --- what the other side says ---

    /// Whether anybody waited for it.
    pub(crate) fn settle(&self, id: u64, message: &Message) -> bool {
        let Some(pending) = lock(&self.pending).remove(&id) else { return false };
        let read = |part: &RawValue| serde_json::from_str::<Value>(part.get());
        let settled = match (message.error.filter(|error| error.get() != "null"), message.result) {
            (Some(error), _) => Err(read(error).map_or_else(|error| unread(&error), |error| TauError::from_wire(&error))),
            (_, Some(result)) => read(result).map_err(|error| unread(&error)),
            _ => Err(TauError::new("internal-error", "Expected an answer with `result` or `error`, got neither.")),
        };
        // Whoever asked may have given up in this moment.
        let _ = pending.answer.send(settled);
        true
    }

    pub(crate) fn fail_pending(&self, id: u64, error: TauError) {
        if let Some(pending) = lock(&self.pending).remove(&id) {
            let _ = pending.answer.send(Err(error));
        }
    }

    pub(crate) fn receive_progress(&self, id: u64, value: Value) {
        if let Some(Pending { on_progress: Some(tell), .. }) = lock(&self.pending).get(&id) {
            tell(value);
        }
    }

    /// A cancel may cross the answer on its way: an unknown id is no fault (C-5).
    pub(crate) fn cancel(&self, id: u64) {
        let Some(cancellation) = lock(&self.served).get(&id).cloned() else { return };
        cancellation.cancel();
        // Also those that were made in a task of the author's (C-7).
        let own: Vec<u64> = lock(&self.pending).iter().filter(|(_, each)| each.parent == Some(id)).map(|(own, _)| *own).collect();
        for own in own {
            self.give_up(own);
        }
    }

    pub(crate) fn cancel_all(&self) {
        let all: Vec<u64> = lock(&self.served).keys().copied().collect();
        for id in all {
            self.cancel(id);
        }
    }

    // --- answering ---

    pub(crate) fn begin(&self, id: u64) -> Cancellation {
        let cancellation = Cancellation::default();
        lock(&self.served).insert(id, cancellation.clone());
        cancellation
    }

    pub(crate) fn answer(&self, id: u64, outcome: Result<impl Serialize, TauError>) {
        lock(&self.served).remove(&id);
        let error = match outcome {
            Ok(result) => match self.writer.send(&Success { jsonrpc: "2.0", id, result }) {
                Ok(()) => return,
                // The work is done, only its answer can't be told (F-8).
                Err(error) => {
                    let text = format!("The work was done, but its result can't be sent: {error}");
                    TauError { executed: Executed::Yes, ..TauError::new(error.kind, text) }
                }
            },
            Err(error) => error,
        };
        if self.writer.send(&Failure { jsonrpc: "2.0", id, error: error.to_wire() }).is_err() {
            let short = TauError {
                executed: error.executed,
                ..TauError::new(error.kind, "The error of this request could not be sent.")
            };
            // The other side reads lines of a few bytes only. What it asks for must not end this side.
            let _ = self.writer.send(&Failure { jsonrpc: "2.0", id, error: short.to_wire() });
        }
    }

    fn give_up(&self, id: u64) {
        if lock(&self.pending).remove(&id).is_some() {
            self.notify("$/cancel", json!({ "id": id, "reason": "cancelled" }));
        }
    }
}

/// Whoever asked and is gone has cancelled.
struct Asked<'a> {
    peer: &'a Peer,
    id: u64,
    is_open: bool,
}

impl Drop for Asked<'_> {
    fn drop(&mut self) {
        if self.is_open {
            self.peer.give_up(self.id);
        }
    }
}

fn unread(error: &serde_json::Error) -> TauError {
    TauError::new("internal-error", format!("Expected an answer that can be read, got one that can't: {error}"))
}

pub(crate) fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    // What panicked meanwhile has been told; the value is whole.
    mutex.lock().unwrap_or_else(|broken| broken.into_inner())
}
