//! What handlers are given beside their arguments.
use crate::asking::{Link, Model, SessionView, Ui};
use crate::error::TauError;
use crate::fetch::{FetchRequest, FetchResponse};
use crate::peer::Peer;
use crate::result::ToolResult;
use serde_json::{Value, json};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::Notify;

/// Whether the caller has given up. Handlers are dropped then, at their next `.await`; what runs elsewhere has to look, or to wait.
#[derive(Clone, Default)]
pub struct Cancellation(Arc<Given>);

#[derive(Default)]
struct Given {
    up: AtomicBool,
    waiting: Notify,
}

impl Cancellation {
    pub fn is_cancelled(&self) -> bool {
        self.0.up.load(Ordering::SeqCst)
    }

    /// Resolves when the caller gives up.
    pub async fn cancelled(&self) {
        let mut notified = pin!(self.0.waiting.notified());
        // Waits from here on, so that nothing is missed between the look and the wait.
        notified.as_mut().enable();
        if !self.is_cancelled() {
            notified.await;
        }
    }

    pub(crate) fn cancel(&self) {
        self.0.up.store(true, Ordering::SeqCst);
        self.0.waiting.notify_waiters();
    }
}

/// Goes to the host's log under this extension's name.
#[derive(Clone)]
pub struct Log(pub(crate) Arc<Peer>);

impl Log {
    pub fn debug(&self, message: impl AsRef<str>) {
        self.write("debug", message.as_ref(), None);
    }

    pub fn info(&self, message: impl AsRef<str>) {
        self.write("info", message.as_ref(), None);
    }

    pub fn warn(&self, message: impl AsRef<str>) {
        self.write("warn", message.as_ref(), None);
    }

    pub fn error(&self, message: impl AsRef<str>) {
        self.write("error", message.as_ref(), None);
    }

    /// With data, for programs. `level`: debug, info, warn or error.
    pub fn with_data(&self, level: &str, message: impl AsRef<str>, data: impl Into<Value>) {
        self.write(level, message.as_ref(), Some(data.into()));
    }

    fn write(&self, level: &str, message: &str, data: Option<Value>) {
        self.0.log(level, message, data);
    }
}

/// Of one call, hook, event or command. What is asked through it belongs to that, and is given up with it.
#[derive(Clone)]
pub struct Context {
    peer: Arc<Peer>,
    request: Option<u64>,
    call_id: Option<Arc<str>>,
    cancellation: Cancellation,
}

impl Context {
    pub(crate) fn new(peer: Arc<Peer>, request: Option<u64>, cancellation: Cancellation) -> Self {
        Context { peer, request, call_id: None, cancellation }
    }

    pub(crate) fn with_call_id(self, call_id: Option<&str>) -> Self {
        Context { call_id: call_id.map(Arc::from), ..self }
    }

    /// Shows how far it is. Ignored after the answer.
    pub fn progress(&self, partial: impl Into<ToolResult>) {
        if let Some(id) = self.request {
            self.peer.send_progress(id, &partial.into());
        }
    }

    pub fn log(&self) -> Log {
        Log(self.peer.clone())
    }

    pub fn cancellation(&self) -> Cancellation {
        self.cancellation.clone()
    }

    /// The model's id of this call, where a model made it.
    pub fn call_id(&self) -> Option<&str> {
        self.call_id.as_deref()
    }

    /// The user. Prompts fail with `unavailable` where there is none.
    pub fn ui(&self) -> Ui {
        Ui(self.link())
    }

    /// The agent's model. What it costs counts against this extension's budget.
    pub fn model(&self) -> Model {
        Model(self.link())
    }

    pub fn session(&self) -> SessionView {
        SessionView(self.link())
    }

    /// Runs any tool of any extension, through the same hooks as a call of the model's.
    pub async fn call_tool(&self, tool: &str, arguments: Value) -> Result<ToolResult, TauError> {
        let answer = self.link().request("tool/call", json!({ "tool": tool, "arguments": arguments })).await?;
        Ok(ToolResult::from_wire(&answer))
    }

    /// Asks a server by way of the host, which in a sandbox is the only way: `ctx.fetch("https://…").await?.text()`. Any answer of the
    /// server is a response. Fails with `denied` for a server that was not granted, `unavailable` where none was or where it can't be
    /// reached, `message-too-large`, `invalid-params`.
    pub async fn fetch(&self, request: impl Into<FetchRequest>) -> Result<FetchResponse, TauError> {
        crate::fetch::fetch(&self.link(), request.into()).await
    }

    fn link(&self) -> Link {
        Link { peer: self.peer.clone(), parent: self.request }
    }
}
