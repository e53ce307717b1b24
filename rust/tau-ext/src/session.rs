//! The extension's side of the conversation, from `hello` to the end of the channel.
use crate::api::ExtensionApi;
use crate::context::{Cancellation, Context};
use crate::error::{Executed, TauError};
use crate::extension::Extension;
use crate::fields::text_of;
use crate::framing::{MAX_LINE_BYTES, Message, Read, owner_of};
use crate::handler::{self, BoxFuture};
use crate::peer::Peer;
use crate::process::Setup;
use crate::writer::Writer;
use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex};

type Params = Map<String, Value>;
type Outcome<T = Value> = Result<T, TauError>;

const PROTOCOL: u64 = 1;
const NEW: u8 = 0;
const SETUP: u8 = 1;
const READY: u8 = 2;
const STOPPING: u8 = 3;

pub(crate) struct Session {
    peer: Arc<Peer>,
    writer: Arc<Writer>,
    extension: Arc<Extension>,
    setup: Mutex<Option<Setup>>,
    name: String,
    version: String,
    phase: AtomicU8,
}

/// What the channel's reader hands its messages to, one after the other.
pub(crate) struct Dispatcher {
    session: Arc<Session>,
    last_seen: u64,
    /// Work that waits to be begun, in the order in which it was asked for.
    asked: VecDeque<BoxFuture<'static, ()>>,
}

impl Session {
    pub(crate) fn new(writer: Arc<Writer>, name: &str, version: &str, setup: Setup) -> Self {
        let peer = Arc::new(Peer::new(writer.clone()));
        Session {
            extension: Arc::new(Extension::new(peer.clone())),
            peer,
            writer,
            setup: Mutex::new(Some(setup)),
            name: name.to_owned(),
            version: version.to_owned(),
            phase: AtomicU8::new(NEW),
        }
    }
}

impl Dispatcher {
    pub(crate) fn new(session: Session) -> Self {
        Dispatcher { session: Arc::new(session), last_seen: 0, asked: VecDeque::new() }
    }

    /// Inside the runtime.
    pub(crate) fn receive(&mut self, read: Read<'_>) {
        match read {
            Read::Message(message) => self.receive_message(&message),
            Read::Fault(kind, text) => self.session.peer.note_fault(&format!("Ignored {kind}: {}", cut(&text))),
            Read::Oversized(head, length) => {
                self.session.peer.note_fault(&format!("Skipped a line of {length} bytes, which is more than this side reads"));
                let Some((is_request, id)) = owner_of(&head) else { return };
                let what = if is_request { "request" } else { "answer" };
                let text = format!("The {what} was a line of {length} bytes, which is more than this side reads.");
                let executed = if is_request { Executed::No } else { Executed::Yes };
                let error = TauError { executed, ..TauError::new("message-too-large", text) };
                if !is_request {
                    self.session.peer.fail_pending(id, error);
                } else if self.is_new(id) {
                    self.fail(id, error);
                }
            }
        }
    }

    fn receive_message(&mut self, message: &Message) {
        let peer = &self.session.peer;
        let valid = message.id.and_then(|id| id.get().parse().ok()).filter(|id| (1..1 << 53).contains(id));
        match (message.method.and_then(text_of), message.id, valid) {
            (Some(method), None, _) => match params_of(message.params) {
                Ok(params) => self.notified(&method, params),
                Err(error) => peer.note_fault(&format!("Ignored a `{method}` whose params can't be read: {error}")),
            },
            (Some(method), Some(_), Some(id)) => self.serve(id, &method, message.params),
            (Some(method), Some(id), None) => peer.note_fault(&format!("Ignored a request `{method}` with the id {id}")),
            (None, given, _) if given.is_none_or(|id| id.get() == "null") => {
                let text = cut(message.text);
                peer.note_fault(&format!("Ignored a message that is neither request nor answer: {text}"));
            }
            (None, given, valid) => {
                if !valid.is_some_and(|id| peer.settle(id, message)) {
                    let given = given.map_or("", RawValue::get);
                    peer.note_fault(&format!("Ignored an answer to the request {given}, which nobody waits for"));
                }
            }
        }
    }

    fn notified(&mut self, method: &str, mut params: Params) {
        let id = params.get("id").and_then(Value::as_u64);
        match (method, id) {
            ("$/cancel", Some(id)) => self.session.peer.cancel(id),
            ("$/progress", Some(id)) => self.session.peer.receive_progress(id, params.remove("value").unwrap_or_default()),
            ("event/deliver", _) => {
                let Some(Value::Array(records)) = params.remove("events") else { return };
                for record in records {
                    let name = record["name"].as_str().unwrap_or_default().to_owned();
                    let payload = record.get("payload").cloned().unwrap_or_default();
                    for subscription in self.session.extension.subscriptions(&name) {
                        let peer = self.session.peer.clone();
                        let context = Context::new(peer.clone(), None, Cancellation::default());
                        let (name, payload) = (name.clone(), payload.clone());
                        // One that fails is logged and disturbs nobody (E-3).
                        self.begin(async move {
                            if let Err(error) = handler::run("hook-failed", || (subscription.handler)(payload, context)).await {
                                let data = error.stack.map(Value::from);
                                peer.log("error", &format!("The handler of {name} failed: {}", error.message), data);
                            }
                        });
                    }
                }
            }
            _ => {}
        }
    }

    fn is_new(&mut self, id: u64) -> bool {
        if id <= self.last_seen {
            self.session.peer.note_fault(&format!("Ignored a request with the id {id}, which was used before"));
            return false;
        }
        self.last_seen = id;
        true
    }

    fn serve(&mut self, id: u64, method: &str, params: Option<&RawValue>) {
        if !self.is_new(id) {
            return;
        }
        let phase = self.session.phase.load(Ordering::Acquire);
        match method {
            // Answered here, apart from any tool: an answer proves that this process's runtime turns (L-1, L-2).
            "ping" => return self.session.peer.answer(id, Ok(json!({}))),
            "hello" => {}
            // Here and not where it is worked on: what comes behind it, in the same read, comes too late (L-4).
            "shutdown" => match phase {
                NEW => return self.fail(id, hello_first()),
                STOPPING => return self.fail(id, shutting_down()),
                _ => self.session.phase.store(STOPPING, Ordering::Release),
            },
            "tool/execute" | "hook/run" | "command/run" | "command/complete" | "state/collect" | "selftest/run" => {
                if phase != READY {
                    return self.fail(id, if phase == STOPPING { shutting_down() } else { hello_first() });
                }
            }
            _ => {
                let text = format!("Expected a method this side knows, got `{method}`.");
                return self.fail(id, TauError::not_done("method-not-found", text));
            }
        }
        if method == "tool/execute" {
            return self.execute(id, params);
        }
        let params = match params_of(params) {
            Ok(params) => params,
            Err(error) => {
                let text = format!("Expected params of `{method}` that can be read, got some that can't: {error}");
                return self.fail(id, TauError::not_done("invalid-params", text));
            }
        };
        let cancellation = self.session.peer.begin(id);
        let own = self.session.clone();
        let method = method.to_owned();
        self.begin(async move {
            let call_id = params.get("callId").and_then(Value::as_str);
            let context = Context::new(own.peer.clone(), Some(id), cancellation.clone()).with_call_id(call_id);
            let is_shutdown = method == "shutdown";
            let outcome = unless_given_up(&cancellation, answer(own.clone(), method, params, context)).await;
            let ends = is_shutdown && outcome.is_ok();
            own.peer.answer(id, outcome);
            if ends {
                own.peer.cancel_all();
                // What was cancelled answers first.
                tokio::time::sleep(std::time::Duration::from_millis(20)).await;
                own.writer.flush();
                std::process::exit(0);
            }
        });
    }

    /// Apart from the rest: what most requests are is to cost no more than it has to.
    fn execute(&mut self, id: u64, params: Option<&RawValue>) {
        let cancellation = self.session.peer.begin(id);
        let own = self.session.clone();
        let params: Box<str> = params.map_or("", RawValue::get).into();
        self.begin(async move {
            let context = Context::new(own.peer.clone(), Some(id), cancellation.clone());
            let outcome = unless_given_up(&cancellation, own.extension.execute(&params, context)).await;
            own.peer.answer(id, outcome);
        });
    }

    fn fail(&self, id: u64, error: TauError) {
        self.session.peer.answer(id, Outcome::<()>::Err(error));
    }

    fn begin(&mut self, work: impl Future<Output = ()> + Send + 'static) {
        self.asked.push_back(Box::pin(work));
    }

    /// What was asked for first and has not begun.
    pub(crate) fn next_work(&mut self) -> Option<BoxFuture<'static, ()>> {
        self.asked.pop_front()
    }
}

/// What fails because it was given up has not failed (C-4).
async fn unless_given_up<T: Serialize>(cancellation: &Cancellation, work: impl Future<Output = Outcome<T>>) -> Outcome<T> {
    tokio::select! {
        biased;
        outcome = work => outcome.map_err(|error| if cancellation.is_cancelled() { given_up() } else { error }),
        () = cancellation.cancelled() => Err(given_up()),
    }
}

fn answer(session: Arc<Session>, method: String, params: Params, context: Context) -> BoxFuture<'static, Outcome> {
    Box::pin(async move {
        let extension = &session.extension;
        match method.as_str() {
            "hello" => answer_hello(&session, &params).await,
            "hook/run" => extension.decide(&params, context).await,
            "command/run" => extension.run_command(&params, context).await,
            "command/complete" => extension.complete_command(&params),
            "state/collect" => extension.collect_state().await,
            "selftest/run" => extension.run_self_test().await,
            _ => {
                extension.shut_down().await;
                Ok(json!({}))
            }
        }
    })
}

/// Runs the author's setup and tells the host all that it registered (H-2).
async fn answer_hello(session: &Arc<Session>, params: &Params) -> Outcome {
    if session.phase.load(Ordering::Acquire) != NEW {
        return Err(TauError::not_done("invalid-request", "Expected one `hello`, got a second one."));
    }
    let wanted = params.get("protocol").cloned().unwrap_or_default();
    let speaks =
        wanted["min"].as_u64().is_some_and(|min| min <= PROTOCOL) && wanted["max"].as_u64().is_some_and(|max| max >= PROTOCOL);
    if !speaks {
        let text = format!(
            "Expected a protocol between {PROTOCOL} and {PROTOCOL}, got {wanted}. Update the older of host and extension."
        );
        let detail = Some(json!({ "protocol": { "min": PROTOCOL, "max": PROTOCOL } }));
        return Err(TauError { detail, ..TauError::not_done("protocol-mismatch", text) });
    }
    session.phase.store(SETUP, Ordering::Release);
    let max = params.get("limits").and_then(|limits| limits["maxLineBytes"].as_u64());
    session.writer.set_max_send_bytes(max.map_or(MAX_LINE_BYTES, |max| max as usize));
    crate::peer::lock(&session.extension.hello).params = params.clone();
    let Some(setup) = crate::peer::lock(&session.setup).take() else { return Err(hello_first()) };
    let mut api = ExtensionApi { extension: session.extension.clone() };
    handler::run("setup-failed", move || Box::pin(async move { setup(&mut api).await })).await?;
    let described = session.extension.describe()?;
    // Shut down meanwhile.
    let _ = session.phase.compare_exchange(SETUP, READY, Ordering::AcqRel, Ordering::Acquire);
    let mut told = Params::new();
    told.insert("protocol".into(), json!(PROTOCOL));
    told.insert("name".into(), json!(session.name));
    told.insert("version".into(), json!(session.version));
    told.insert("sdk".into(), json!({ "name": "tau-ext", "version": env!("CARGO_PKG_VERSION"), "language": "rust" }));
    told.insert("limits".into(), json!({ "maxLineBytes": MAX_LINE_BYTES }));
    told.extend(described);
    Ok(Value::Object(told))
}

/// Those that are no object are read as none (M-3).
fn params_of(params: Option<&RawValue>) -> serde_json::Result<Params> {
    match params.map(|params| serde_json::from_str(params.get())).transpose()? {
        Some(Value::Object(params)) => Ok(params),
        _ => Ok(Params::new()),
    }
}

fn hello_first() -> TauError {
    TauError::not_done("invalid-request", "Expected `hello` first.")
}

fn given_up() -> TauError {
    TauError::new("cancelled", "The caller gave up.")
}

fn shutting_down() -> TauError {
    TauError { retryable: true, ..TauError::not_done("shutting-down", "This extension is shutting down.") }
}

fn cut(text: &str) -> String {
    text.chars().take(200).collect()
}
