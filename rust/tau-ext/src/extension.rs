//! Everything one running extension has registered.
use crate::context::Context;
use crate::error::{Error, TauError};
use crate::event::Answer;
use crate::fields::{pick, text_of};
use crate::handler::{self, BoxFuture};
use crate::peer::{Peer, lock};
use crate::result::ToolResult;
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

/// Its arguments are the text that came: what reads them knows their type.
pub(crate) type ToolFunction = Arc<dyn Fn(&RawValue, Context) -> BoxFuture<'static, Result<ToolResult, Error>> + Send + Sync>;
pub(crate) type Handler = Arc<dyn Fn(Value, Context) -> BoxFuture<'static, Result<Answer, Error>> + Send + Sync>;
pub(crate) type CommandFunction = Arc<dyn Fn(String, Context) -> BoxFuture<'static, Result<(), Error>> + Send + Sync>;
pub(crate) type Completer = Arc<dyn Fn(&str) -> Vec<String> + Send + Sync>;
pub(crate) type Work = Arc<dyn Fn() -> BoxFuture<'static, Result<(), Error>> + Send + Sync>;
pub(crate) type Collector = Arc<dyn Fn() -> Value + Send + Sync>;

pub(crate) struct Tool {
    pub(crate) definition: Value,
    pub(crate) run: ToolFunction,
}

#[derive(Clone)]
pub(crate) struct Subscription {
    pub(crate) handler: Handler,
    pub(crate) decides: bool,
    pub(crate) priority: Option<i64>,
    pub(crate) on_failure: Option<&'static str>,
    pub(crate) timeout_ms: Option<u64>,
}

pub(crate) struct Command {
    pub(crate) definition: Value,
    pub(crate) run: CommandFunction,
    pub(crate) complete: Option<Completer>,
}

/// What the host said in `hello`.
#[derive(Default)]
pub(crate) struct Hello {
    pub(crate) params: Map<String, Value>,
    pub(crate) state_taken: bool,
}

#[derive(Default)]
pub(crate) struct Registered {
    pub(crate) tools: Vec<(String, Tool)>,
    /// In the order of the first handler of each.
    pub(crate) events: Vec<(String, Vec<Subscription>)>,
    pub(crate) commands: Vec<(String, Command)>,
    pub(crate) flags: Vec<Value>,
    pub(crate) traits: HashMap<&'static str, &'static str>,
    pub(crate) self_test: Option<Work>,
    pub(crate) shutdown: Vec<Work>,
    pub(crate) collect: Option<(Collector, u64)>,
    /// The first registration that breaks a rule. The setup fails with it.
    pub(crate) refusal: Option<TauError>,
}

pub(crate) struct Extension {
    pub(crate) peer: Arc<Peer>,
    pub(crate) registered: Mutex<Registered>,
    pub(crate) hello: Mutex<Hello>,
    setup_done: AtomicBool,
}

/// What the host gives a hook that asks for no other time (K-11).
const DEFAULT_TIMEOUT_MS: u64 = 30_000;

impl Extension {
    pub(crate) fn new(peer: Arc<Peer>) -> Self {
        Extension { peer, registered: Mutex::default(), hello: Mutex::default(), setup_done: AtomicBool::new(false) }
    }

    pub(crate) fn is_set_up(&self) -> bool {
        self.setup_done.load(Ordering::Acquire)
    }

    /// What is told in the answer to hello. From here on, changes are told one by one.
    pub(crate) fn describe(&self) -> Result<Map<String, Value>, TauError> {
        self.setup_done.store(true, Ordering::Release);
        let registered = lock(&self.registered);
        if let Some(refusal) = &registered.refusal {
            return Err(TauError { kind: "setup-failed", ..refusal.clone() });
        }
        let hello = lock(&self.hello);
        let state = match hello.params.get("previousState") {
            None => "none",
            Some(_) if hello.state_taken => "accepted",
            Some(_) => "declined",
        };
        let mut told = Map::new();
        told.insert("tools".into(), registered.tools.iter().map(|(_, tool)| tool.definition.clone()).collect());
        let observed = registered.events.iter().filter(|(_, known)| !decides(known));
        told.insert("events".into(), observed.map(|(name, _)| json!(name)).collect());
        let hooks = registered.events.iter().filter(|(_, known)| decides(known));
        told.insert("hooks".into(), hooks.map(|(name, known)| merged(name, known)).collect());
        told.insert("commands".into(), registered.commands.iter().map(|(_, command)| command.definition.clone()).collect());
        if !registered.flags.is_empty() {
            told.insert("flags".into(), json!(registered.flags));
        }
        told.insert("reload".into(), json!(registered.traits.get("reload").unwrap_or(&"parallel")));
        told.insert("start".into(), json!(registered.traits.get("start").unwrap_or(&"lazy")));
        told.insert("selfTest".into(), json!(registered.self_test.is_some()));
        told.insert("state".into(), json!(state));
        Ok(told)
    }

    // --- tools that come and go ---

    /// Answers the definition where the host has to be told.
    pub(crate) fn add_tool(&self, name: &str, tool: Tool) -> Result<Option<Value>, TauError> {
        let is_name = (1..=64).contains(&name.len())
            && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-');
        let mut registered = lock(&self.registered);
        let refusal = if !is_name {
            Some(format!(
                "Expected a tool name of 1 to 64 letters, digits, `_` or `-`, got {name:?}. Models are not offered other names."
            ))
        } else if tool.definition["parameters"]["type"] != json!("object") {
            Some(format!(
                "Expected `parameters` of tool `{name}` to be a JSON Schema of type `object`, got {}.",
                tool.definition["parameters"]
            ))
        } else if registered.tools.iter().any(|(known, _)| known == name) {
            Some(format!("Tool `{name}` is registered already by this extension. Remove the first, or rename one."))
        } else {
            None
        };
        if let Some(text) = refusal {
            let error = TauError::not_done("registration-refused", text);
            if !self.is_set_up() {
                registered.refusal.get_or_insert_with(|| error.clone());
            }
            return Err(error);
        }
        let definition = tool.definition.clone();
        registered.tools.push((name.to_owned(), tool));
        Ok(self.is_set_up().then_some(definition))
    }

    /// Says one thing more about a tool that the host has not been told of yet.
    pub(crate) fn amend_tool(&self, name: &str, field: &str, value: &Value) {
        let mut registered = lock(&self.registered);
        if let Some((_, tool)) = registered.tools.iter_mut().find(|(known, _)| known == name) {
            tool.definition[field] = value.clone();
        }
    }

    pub(crate) async fn offer(&self, name: &str, definition: Value) -> Result<(), TauError> {
        let mut params = Map::new();
        params.insert("addTools".into(), json!([definition]));
        let answer = self.peer.request("registry/update", params, None, None).await;
        if answer.is_err() {
            lock(&self.registered).tools.retain(|(known, _)| known != name);
        }
        answer.map(drop)
    }

    pub(crate) async fn remove_tool(&self, name: &str) -> Result<(), TauError> {
        let was_there = {
            let mut registered = lock(&self.registered);
            let before = registered.tools.len();
            registered.tools.retain(|(known, _)| known != name);
            registered.tools.len() < before
        };
        if !was_there || !self.is_set_up() {
            return Ok(());
        }
        let mut params = Map::new();
        params.insert("removeTools".into(), json!([name]));
        self.peer.request("registry/update", params, None, None).await.map(drop)
    }

    pub(crate) fn refuse(&self, text: String) {
        lock(&self.registered).refusal.get_or_insert(TauError::not_done("registration-refused", text));
    }

    pub(crate) fn must_be_setup(&self, what: &str) -> bool {
        if self.is_set_up() {
            self.peer.log("error", &format!("Expected {what} during setup, got it later. Only tools may come and go."), None);
        }
        !self.is_set_up()
    }

    // --- what the host asks ---

    /// `params` as they came: an object, or nothing.
    pub(crate) async fn execute(&self, params: &str, context: Context) -> Result<ToolResult, TauError> {
        let [name, arguments, call_id] = pick(params, &["tool", "arguments", "callId"]).unwrap_or_default();
        let name = name.and_then(text_of).unwrap_or_default();
        let run = lock(&self.registered).tools.iter().find(|(known, _)| *known == name).map(|(_, tool)| tool.run.clone());
        let run = run.ok_or_else(|| TauError::not_done("unknown-tool", format!("This extension has no tool `{name}`.")))?;
        // Absent ones are none. What is written here can be read.
        let arguments = arguments.unwrap_or_else(|| serde_json::from_str("{}").unwrap_or(RawValue::NULL));
        let context = context.with_call_id(call_id.and_then(text_of).as_deref());
        handler::run("tool-failed", || run(arguments, context)).await.map_err(unwrap_arguments)
    }

    /// The handlers of one event in ascending priority, each on what the one before it made. The strictest answer wins.
    pub(crate) async fn decide(&self, params: &Map<String, Value>, context: Context) -> Result<Value, TauError> {
        let event = text_in(params, "event");
        let subscriptions = self.subscriptions(event);
        if subscriptions.is_empty() {
            return Err(TauError::not_done("invalid-params", format!("This extension has no hook on `{event}`.")));
        }
        let mut payload = params.get("payload").and_then(Value::as_object).cloned().unwrap_or_default();
        let mut question: Option<Answer> = None;
        let mut changes = Map::new();
        for Subscription { handler, .. } in subscriptions {
            let (given, own) = (Value::Object(payload.clone()), context.clone());
            match handler::run("hook-failed", || handler(given, own)).await? {
                Answer::Pass => {}
                Answer::Block(reason) => return Ok(Answer::Block(reason).to_wire()),
                Answer::Ask(prompt) => question = question.or(Some(Answer::Ask(prompt))),
                Answer::Modify(Value::Object(fields)) => {
                    for (name, value) in fields {
                        payload.insert(name.clone(), value.clone());
                        changes.insert(name, value);
                    }
                }
                Answer::Modify(other) => {
                    return Err(TauError::new("hook-failed", format!("Expected `Modify` with an object, got {other}.")));
                }
            }
        }
        match (changes.is_empty(), question) {
            (true, question) => Ok(question.unwrap_or_default().to_wire()),
            (false, None) => Ok(Answer::Modify(Value::Object(changes)).to_wire()),
            (false, Some(_)) => {
                let text = format!(
                    "Expected the handlers of `{event}` to change the event or to ask about it, got both. Ask in an extension of its own."
                );
                Err(TauError::new("hook-failed", text))
            }
        }
    }

    pub(crate) fn subscriptions(&self, event: &str) -> Vec<Subscription> {
        let registered = lock(&self.registered);
        registered.events.iter().find(|(name, _)| name == event).map(|(_, known)| known.clone()).unwrap_or_default()
    }

    pub(crate) async fn run_command(&self, params: &Map<String, Value>, context: Context) -> Result<Value, TauError> {
        let run = self.with_command(params, |command| command.run.clone())?;
        let arguments = text_in(params, "arguments").to_owned();
        handler::run("extension-failed", || run(arguments, context)).await?;
        Ok(json!({}))
    }

    pub(crate) fn complete_command(&self, params: &Map<String, Value>) -> Result<Value, TauError> {
        let complete = self.with_command(params, |command| command.complete.clone())?;
        let found = complete.map(|complete| complete(text_in(params, "prefix"))).unwrap_or_default();
        let completions: Vec<Value> = found.into_iter().map(|value| json!({ "value": value })).collect();
        Ok(json!({ "completions": completions }))
    }

    pub(crate) async fn run_self_test(&self) -> Result<Value, TauError> {
        let test = lock(&self.registered).self_test.clone();
        if let Some(test) = test {
            handler::run("extension-failed", || test()).await?;
        }
        Ok(json!({}))
    }

    pub(crate) async fn collect_state(&self) -> Result<Value, TauError> {
        let Some((collect, version)) = lock(&self.registered).collect.clone() else { return Ok(json!({})) };
        let value = handler::run("extension-failed", || Box::pin(async move { Ok(collect()) })).await?;
        Ok(json!({ "state": { "version": version, "value": value } }))
    }

    /// All handlers to their end: one that fails must not cost another what it wants to save.
    pub(crate) async fn shut_down(&self) {
        let handlers = lock(&self.registered).shutdown.clone();
        for work in handlers {
            if let Err(error) = handler::run("extension-failed", || work()).await {
                self.peer.log("error", &format!("A shutdown handler failed: {error}"), None);
            }
        }
    }

    fn with_command<T>(&self, params: &Map<String, Value>, read: impl FnOnce(&Command) -> T) -> Result<T, TauError> {
        let name = text_in(params, "command");
        let registered = lock(&self.registered);
        let known = registered.commands.iter().find(|(known, _)| known == name);
        known
            .map(|(_, command)| read(command))
            .ok_or_else(|| TauError::not_done("invalid-params", format!("This extension has no command `{name}`.")))
    }
}

/// Arguments that have not the type's shape are wrong before any of the tool has run.
fn unwrap_arguments(error: TauError) -> TauError {
    match error.message.strip_prefix(WRONG_ARGUMENTS) {
        Some(text) => TauError::not_done("invalid-arguments", text),
        None => error,
    }
}

const WRONG_ARGUMENTS: &str = "\u{0}arguments:";

pub(crate) fn wrong_arguments(tool: &str, error: &serde_json::Error) -> Error {
    let said = error.to_string();
    // Where in a text that its reader never saw.
    let place = format!(" at line {} column {}", error.line(), error.column());
    let said = if error.is_data() { said.strip_suffix(&place).unwrap_or(&said) } else { &said };
    Error::from(TauError::not_done(
        "invalid-arguments",
        format!("{WRONG_ARGUMENTS}The arguments of `{tool}` are wrong:\n- {said}"),
    ))
}

fn text_in<'a>(params: &'a Map<String, Value>, field: &str) -> &'a str {
    params.get(field).and_then(Value::as_str).unwrap_or_default()
}

fn decides(known: &[Subscription]) -> bool {
    known.iter().any(|each| each.decides)
}

fn merged(event: &str, known: &[Subscription]) -> Value {
    let mut hook = json!({ "event": event });
    if let Some(priority) = known.iter().filter_map(|each| each.priority).min() {
        hook["priority"] = json!(priority);
    }
    if known.iter().any(|each| each.timeout_ms.is_some()) {
        hook["timeoutMs"] = json!(known.iter().map(|each| each.timeout_ms.unwrap_or(DEFAULT_TIMEOUT_MS)).sum::<u64>());
    }
    if known.iter().any(|each| each.on_failure == Some("closed")) {
        hook["onFailure"] = json!("closed");
    } else if known.iter().all(|each| each.on_failure == Some("open")) {
        hook["onFailure"] = json!("open");
    }
    hook
}
