use crate::asking::{AgentControl, Link};
use crate::context::{Context, Log};
use crate::error::{Error, TauError, text_of};
use crate::event::{Event, IntoAnswer};
use crate::extension::{Command, Extension, Handler, Subscription, Tool, wrong_arguments};
use crate::fetch::{FetchRequest, FetchResponse};
use crate::peer::lock;
use crate::registration::ToolRegistration;
use crate::result::ToolResult;
use crate::state::StateArea;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use std::future::{Future, ready};
use std::sync::Arc;

/// What an extension registers with, and what it can do outside of any call. Clones are the same extension.
#[derive(Clone)]
pub struct ExtensionApi {
    pub(crate) extension: Arc<Extension>,
}

/// When and how a hook is asked.
#[derive(Debug, Clone, Default)]
pub struct HookOptions {
    /// Lower runs earlier.
    pub priority: Option<i64>,
    /// Blocks what it decides on when it fails, where the catalogue would let it pass.
    pub fails_closed: bool,
    /// 30 000 where it is not set.
    pub timeout_ms: Option<u64>,
}

/// How two versions follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reload {
    /// Both run for a moment, and no call waits.
    Parallel,
    /// It owns a port or a lock: the old version is stopped before the new one starts.
    Exclusive,
}

/// When it is started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// Hosts may wait until there is something for it to do.
    Lazy,
    /// It does something by itself.
    Eager,
}

impl ExtensionApi {
    /// Offers a tool whose parameters are a type's. A name or schema that breaks a rule fails the setup.
    pub fn tool<P, F, Fut>(&self, name: &str, description: &str, execute: F) -> ToolRegistration
    where
        P: DeserializeOwned + JsonSchema + Send + 'static,
        F: Fn(P, Context) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<ToolResult, Error>> + Send + 'static,
    {
        let mut schema = schemars::schema_for!(P).to_value();
        if let Some(fields) = schema.as_object_mut() {
            fields.shift_remove("$schema");
            fields.shift_remove("title");
            // Of a type without fields.
            fields.entry("type").or_insert_with(|| json!("object"));
        }
        self.add_tool(name, description, schema, execute)
    }

    /// Offers a tool with a JSON Schema of type `object`.
    pub fn register_tool<F, Fut>(&self, name: &str, description: &str, schema: impl Into<Value>, execute: F) -> ToolRegistration
    where
        F: Fn(Value) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<ToolResult, Error>> + Send + 'static,
    {
        self.add_tool(name, description, schema.into(), move |params: Value, _| execute(params))
    }

    /// The same, with the call's context: progress, cancellation, the user, the model.
    pub fn register_tool_with_context<F, Fut>(
        &self,
        name: &str,
        description: &str,
        schema: impl Into<Value>,
        execute: F,
    ) -> ToolRegistration
    where
        F: Fn(Value, Context) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<ToolResult, Error>> + Send + 'static,
    {
        self.add_tool(name, description, schema.into(), execute)
    }

    fn add_tool<P, F, Fut>(&self, name: &str, description: &str, parameters: Value, execute: F) -> ToolRegistration
    where
        P: DeserializeOwned + 'static,
        F: Fn(P, Context) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<ToolResult, Error>> + Send + 'static,
    {
        let definition = json!({ "name": name, "description": description, "parameters": parameters });
        let tool_name = name.to_owned();
        let run = Arc::new(move |arguments: &RawValue, context| match serde_json::from_str::<P>(arguments.get()) {
            Ok(given) => Box::pin(execute(given, context)) as _,
            Err(error) => Box::pin(ready(Err(wrong_arguments(&tool_name, &error)))) as _,
        });
        let outcome = self.extension.add_tool(name, Tool { definition, run });
        ToolRegistration { extension: self.extension.clone(), name: name.to_owned(), outcome }
    }

    /// Hears of an event or decides on it, as its kind in the catalogue says. Handlers return nothing, an `Answer`, an
    /// `Option<Answer>`, or a `Result` of these: `api.on::<ToolCall>(|event, ctx| async move { … })`.
    pub fn on<E: Event>(&self, handler: impl EventHandler<E>) {
        self.on_with::<E>(HookOptions::default(), handler);
    }

    pub fn on_with<E: Event>(&self, options: HookOptions, handler: impl EventHandler<E>) {
        self.subscribe(E::NAME, E::DECIDES, options, handler.into_handler());
    }

    /// What extensions say to each other on a channel.
    pub fn on_bus<F, Fut>(&self, channel: &str, handler: F)
    where
        F: Fn(Value, Context) -> Fut + Send + Sync + 'static,
        Fut: Future<Output: IntoAnswer> + Send + 'static,
    {
        let handler: Handler = Arc::new(move |data, context| {
            let work = handler(data, context);
            Box::pin(async move { work.await.into_answer() })
        });
        self.subscribe(&format!("bus:{channel}"), false, HookOptions::default(), handler);
    }

    /// Nobody waits for anybody.
    pub fn emit(&self, channel: &str, data: impl Into<Value>) {
        self.extension.peer.notify("bus/emit", json!({ "channel": channel, "data": data.into() }));
    }

    fn subscribe(&self, event: &str, decides: bool, options: HookOptions, handler: Handler) {
        if !self.extension.must_be_setup("`on`") {
            return;
        }
        let on_failure = options.fails_closed.then_some("closed");
        let subscription =
            Subscription { handler, decides, priority: options.priority, on_failure, timeout_ms: options.timeout_ms };
        let mut registered = lock(&self.extension.registered);
        match registered.events.iter_mut().find(|(name, _)| name == event) {
            Some((_, known)) => {
                known.push(subscription);
                known.sort_by_key(|each| each.priority.unwrap_or_default());
            }
            None => registered.events.push((event.to_owned(), vec![subscription])),
        }
    }

    /// Offers a `/name` to the user. The handler is given everything behind the name, as typed.
    pub fn command<F, Fut>(&self, name: &str, description: &str, execute: F)
    where
        F: Fn(String, Context) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), Error>> + Send + 'static,
    {
        self.add_command(name, json!({ "name": name, "description": description }), execute, None);
    }

    /// The same, with what could stand at the end of what was typed.
    pub fn command_with_completion<F, Fut, C>(&self, name: &str, description: &str, execute: F, complete: C)
    where
        F: Fn(String, Context) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), Error>> + Send + 'static,
        C: Fn(&str) -> Vec<String> + Send + Sync + 'static,
    {
        let definition = json!({ "name": name, "description": description, "completes": true });
        self.add_command(name, definition, execute, Some(Arc::new(complete)));
    }

    fn add_command<F, Fut>(&self, name: &str, definition: Value, execute: F, complete: Option<crate::extension::Completer>)
    where
        F: Fn(String, Context) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), Error>> + Send + 'static,
    {
        if !self.extension.must_be_setup("`command`") {
            return;
        }
        let run = Arc::new(move |arguments, context| Box::pin(execute(arguments, context)) as _);
        let is_known = lock(&self.extension.registered).commands.iter().any(|(known, _)| known == name);
        if is_known {
            return self.extension.refuse(format!("Command `/{name}` is registered already by this extension."));
        }
        lock(&self.extension.registered).commands.push((name.to_owned(), Command { definition, run, complete }));
    }

    /// Reads a `--name` of the command line, a text.
    pub fn register_flag(&self, name: &str, description: &str, default: Option<&str>) {
        self.add_flag(json!({ "name": name, "description": description, "type": "string" }), default.map(|text| json!(text)));
    }

    /// Reads a `--name` that is there or not.
    pub fn register_switch(&self, name: &str, description: &str) {
        self.add_flag(json!({ "name": name, "description": description, "type": "boolean" }), None);
    }

    fn add_flag(&self, mut definition: Value, default: Option<Value>) {
        if let Some(default) = default {
            definition["default"] = default;
        }
        if self.extension.must_be_setup("a flag") {
            lock(&self.extension.registered).flags.push(definition);
        }
    }

    /// What the user gave, or the default.
    pub fn flag(&self, name: &str) -> Option<Value> {
        let registered = lock(&self.extension.registered);
        let definition = registered.flags.iter().find(|flag| flag["name"] == json!(name))?;
        let given = lock(&self.extension.hello).params.get("flags").and_then(|flags| flags.get(name)).cloned();
        given.or_else(|| definition.get("default").cloned())
    }

    /// Puts a message into the conversation that the user sees, and the model.
    pub async fn send_message(&self, kind: &str, content: impl Into<ToolResult>) -> Result<(), TauError> {
        let content = content.into().content;
        self.link().request("message/send", json!({ "kind": kind, "content": content })).await.map(drop)
    }

    /// Says something to the agent as if the user had typed it: now, before its next step (`steer`), or when it has finished.
    pub async fn send_user_message(&self, text: &str, steer: bool) -> Result<(), TauError> {
        let deliver = if steer { "steer" } else { "followUp" };
        let content = json!([{ "type": "text", "text": text }]);
        self.link().request("message/sendUser", json!({ "content": content, "deliver": deliver })).await.map(drop)
    }

    /// Keeps something in the session's file. The model does not see it.
    pub async fn append_entry(&self, kind: &str, data: impl Into<Value>) -> Result<(), TauError> {
        self.link().request("session/append", json!({ "kind": kind, "data": data.into() })).await.map(drop)
    }

    /// What the host keeps for this extension, for good.
    pub fn state(&self) -> StateArea {
        StateArea { link: self.link(), scope: "user" }
    }

    /// The same, until the agent's session ends.
    pub fn session_state(&self) -> StateArea {
        StateArea { link: self.link(), scope: "session" }
    }

    /// The agent: its tools, its model, what it is doing.
    pub fn agent(&self) -> AgentControl {
        AgentControl(self.link())
    }

    pub fn log(&self) -> Log {
        Log(self.extension.peer.clone())
    }

    /// Asks a server by way of the host, which in a sandbox is the only way: `api.fetch("https://…").await?.text()`. Any answer of the
    /// server is a response. Fails with `denied` for a server that was not granted, `unavailable` where none was or where it can't be
    /// reached, `message-too-large`, `invalid-params`.
    pub async fn fetch(&self, request: impl Into<FetchRequest>) -> Result<FetchResponse, TauError> {
        crate::fetch::fetch(&self.link(), request.into()).await
    }

    /// Hands a value to the next version of this extension when it is reloaded. `version` counts the value's shapes.
    pub fn on_reload(&self, version: u64, collect: impl Fn() -> Value + Send + Sync + 'static) {
        lock(&self.extension.registered).collect = Some((Arc::new(collect), version));
    }

    /// What the version before handed over, if it has the shape of this number. What nobody takes during setup counts as declined.
    pub fn take_state(&self, version: u64) -> Option<Value> {
        let mut hello = lock(&self.extension.hello);
        let previous = hello.params.get("previousState")?;
        if previous["version"].as_u64() != Some(version) {
            return None;
        }
        let value = previous.get("value").cloned();
        hello.state_taken = true;
        value
    }

    /// Runs before this version takes over from the one before it. An error keeps the one before.
    pub fn self_test<F, Fut>(&self, test: F)
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), Error>> + Send + 'static,
    {
        lock(&self.extension.registered).self_test = Some(Arc::new(move || Box::pin(test())));
    }

    /// Runs before the process ends in an orderly way, a few seconds long at most.
    pub fn on_shutdown<F, Fut>(&self, work: F)
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), Error>> + Send + 'static,
    {
        lock(&self.extension.registered).shutdown.push(Arc::new(move || Box::pin(work())));
    }

    /// Says how the host has to treat this extension.
    pub fn declare(&self, reload: Reload, start: Start) {
        let mut registered = lock(&self.extension.registered);
        registered.traits.insert("reload", if reload == Reload::Exclusive { "exclusive" } else { "parallel" });
        registered.traits.insert("start", if start == Start::Eager { "eager" } else { "lazy" });
    }

    /// Unique in the host.
    pub fn id(&self) -> String {
        self.hello_value("extension")["id"].as_str().unwrap_or_default().to_owned()
    }

    /// Counts the versions of this extension that the host has started, from 1.
    pub fn generation(&self) -> u64 {
        self.hello_value("extension")["generation"].as_u64().unwrap_or_default()
    }

    /// The agent's working directory.
    pub fn cwd(&self) -> String {
        self.hello_value("cwd").as_str().unwrap_or_default().to_owned()
    }

    /// The user's settings for this extension.
    pub fn config(&self) -> Value {
        self.hello_value("config")
    }

    fn hello_value(&self, field: &str) -> Value {
        lock(&self.extension.hello).params.get(field).cloned().unwrap_or_default()
    }

    fn link(&self) -> Link {
        Link { peer: self.extension.peer.clone(), parent: None }
    }
}

/// An `async` closure of an event and its context. It is a closure by its supertrait, so that the compiler knows its parameters' types.
pub trait EventHandler<E>: Fn(E, Context) -> <Self as EventHandler<E>>::Work + Send + Sync + 'static {
    #[doc(hidden)]
    type Work: Future<Output: IntoAnswer> + Send + 'static;
    #[doc(hidden)]
    fn into_handler(self) -> Handler;
}

impl<E, F, Fut> EventHandler<E> for F
where
    E: Event,
    F: Fn(E, Context) -> Fut + Send + Sync + 'static,
    Fut: Future<Output: IntoAnswer> + Send + 'static,
{
    type Work = Fut;

    fn into_handler(self) -> Handler {
        Arc::new(move |payload, context| match serde_json::from_value::<E>(payload) {
            Ok(event) => {
                let work = self(event, context);
                Box::pin(async move { work.await.into_answer() })
            }
            Err(error) => {
                let text =
                    format!("Expected `{}` as the catalogue describes it, got one that is not: {}", E::NAME, text_of(&error));
                Box::pin(async move { Err(Error::from(text)) })
            }
        })
    }
}
