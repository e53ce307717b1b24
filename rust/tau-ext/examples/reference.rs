//! The reference extension of spec/transcripts/README.md, which every language has.
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use tau_ext::Event;
use tau_ext::prelude::*;

const NAMES: [&str; 3] = ["Ada", "Alan", "Grace"];

#[derive(Deserialize, JsonSchema)]
struct Text {
    text: String,
}

#[derive(Deserialize, JsonSchema)]
struct Sum {
    a: f64,
    b: f64,
}

#[derive(Deserialize, JsonSchema)]
struct Steps {
    n: u32,
}

#[derive(Deserialize, JsonSchema)]
struct Nothing {}

#[derive(Deserialize, JsonSchema)]
struct Key {
    key: String,
}

#[derive(Deserialize, JsonSchema)]
struct KeyValue {
    key: String,
    value: String,
}

#[derive(Deserialize, JsonSchema)]
struct Prefix {
    prefix: String,
}

#[derive(Deserialize, JsonSchema)]
struct Title {
    title: String,
}

#[derive(Deserialize, JsonSchema)]
struct Relayed {
    tool: String,
    text: String,
}

#[derive(Deserialize, JsonSchema)]
struct Sent {
    url: String,
    body: String,
}

#[derive(Deserialize, JsonSchema)]
struct Prompt {
    prompt: String,
}

/// Events whose payload tells the hook what to answer, which the catalogue's own types have no field for.
macro_rules! told {
    ($api:ident, $($event:ident = $name:literal),* $(,)?) => {$({
        #[derive(Deserialize)]
        struct $event {
            answer: Value,
        }
        impl Event for $event {
            const NAME: &'static str = $name;
            const DECIDES: bool = true;
        }
        $api.on::<$event>(|event, _| async move { decide(&event.answer) });
    })*};
}

#[tau_ext::main]
async fn setup(api: &mut ExtensionApi) -> Result<()> {
    let config = api.config();
    if config["failSetup"] == json!(true) {
        return Err("setup broken on purpose".into());
    }
    let taken = api.take_state(1).and_then(|state| state["count"].as_i64()).unwrap_or_default();
    let counter = Arc::new(AtomicI64::new(taken));
    let handed = counter.clone();
    api.on_reload(1, move || json!({ "count": handed.load(Ordering::Relaxed) }));
    register_tools(api, counter.clone());
    if config["hooks"] == json!(true) {
        register_all_hooks(api);
    } else {
        register_hooks(api);
    }
    register_observers(api);
    register_state_tools(api);
    register_asking_tools(api);
    api.tool("total", "Answers the counter", move |_: Nothing, _| {
        let count = counter.load(Ordering::Relaxed);
        async move { Ok(ToolResult::text(count.to_string())) }
    });
    register_self_test(api, config["selfTest"].as_str().unwrap_or_default());
    let log = api.log();
    api.on_shutdown(move || {
        log.info("shutdown");
        async { Ok(()) }
    });
    if let Some(key) = config["greetingKey"].as_str() {
        if let Some(greeting) = api.state().get(key).await?.as_ref().and_then(Value::as_str) {
            api.log().info(greeting);
        }
    }
    Ok(())
}

fn register_tools(api: &ExtensionApi, counter: Arc<AtomicI64>) {
    api.tool("echo", "Answers its text", move |Text { text }, _| {
        counter.fetch_add(1, Ordering::Relaxed);
        async move { Ok(ToolResult::text(text)) }
    });
    api.tool("add", "Adds two numbers", |Sum { a, b }, _| async move {
        let sum = a + b;
        let number = if sum.fract() == 0.0 { json!(sum as i64) } else { json!(sum) };
        Ok(ToolResult::text(number.to_string()).with_details(json!({ "sum": number })))
    });
    api.tool("progress", "Counts to n", |Steps { n }, ctx| async move {
        for step in 1..=n {
            ctx.progress(format!("{step} of {n}"));
        }
        Ok(ToolResult::text("done"))
    });
    api.tool("wait", "Waits to be cancelled", |_: Nothing, _| async move {
        std::future::pending::<()>().await;
        Ok(ToolResult::text("never"))
    });
    api.tool("fail", "Fails", |_: Nothing, _| async move { Err("broken on purpose".into()) });
    let own = api.clone();
    api.tool("grow", "Adds a tool", move |_: Nothing, _| {
        let own = own.clone();
        async move {
            let grown = own.tool("grown", "Was added later", |_: Nothing, _| async move { Ok(ToolResult::text("grown")) });
            grown.registered().await?;
            Ok(ToolResult::text("grown is registered"))
        }
    });
}

fn register_hooks(api: &ExtensionApi) {
    api.on::<ToolCall>(|event, _| async move {
        match event.input.get("command").and_then(Value::as_str) {
            Some("throw") => Err(Error::from("gate broken on purpose")),
            Some(command) if command.contains("rm -rf") => Ok(Answer::block("rm -rf is not allowed")),
            _ => Ok(Answer::Pass),
        }
    });
    api.on::<Input>(|event, _| async move { Answer::Modify(json!({ "text": event.text.to_uppercase() })) });
}

fn register_all_hooks(api: &ExtensionApi) {
    told!(
        api,
        SessionBeforeCompact = "session_before_compact",
        Input = "input",
        BeforeAgentStart = "before_agent_start",
        MessagesShown = "context",
        BeforeProviderRequest = "before_provider_request",
        ToolCall = "tool_call",
        ToolResult = "tool_result",
        UserBash = "user_bash",
    );
}

fn decide(answer: &Value) -> Result<Answer> {
    let text = |field: &str| answer[field].as_str().unwrap_or_default().to_owned();
    Ok(match answer["action"].as_str() {
        Some("throw") => return Err("hook broken on purpose".into()),
        Some("block") => Answer::block(text("reason")),
        Some("ask") => Answer::ask(text("prompt")),
        Some("modify") => Answer::Modify(answer["value"].clone()),
        _ => Answer::Pass,
    })
}

fn register_self_test(api: &ExtensionApi, wanted: &str) {
    match wanted {
        "pass" => api.self_test(|| async { Ok(()) }),
        "fail" => api.self_test(|| async { Err("self-test broken on purpose".into()) }),
        _ => {}
    }
}

fn register_asking_tools(api: &ExtensionApi) {
    api.tool("ask", "Asks the user", |Title { title }, ctx| async move {
        let is_sure = ctx.ui().confirm(&title, None).await?.unwrap_or_default();
        Ok(ToolResult::text(if is_sure { "yes" } else { "no" }))
    });
    api.tool("relay", "Calls another tool", |Relayed { tool, text }, ctx| async move {
        let result = ctx.call_tool(&tool, json!({ "text": text })).await?;
        let text: String = result.content.iter().filter_map(|part| part["text"].as_str()).collect();
        Ok(ToolResult::text(text))
    });
    api.tool("think", "Asks the model", |Prompt { prompt }, ctx| async move {
        Ok(ToolResult::text(ctx.model().generate(&prompt).await?.text))
    });
    let own = api.clone();
    api.tool("emit", "Tells other extensions", move |Text { text }, _| {
        own.emit("reference", json!({ "text": text }));
        async { Ok(ToolResult::text("emitted")) }
    });
    api.tool("fetch", "Asks a server", |Sent { url, body }, ctx| async move {
        let response = ctx.fetch(FetchRequest::post(url).header("x-kind", "reference").body(body)).await?;
        let kind = response.header("x-kind").unwrap_or_default();
        Ok(ToolResult::text(format!("{} {kind} {}", response.status, response.text())))
    });
    api.tool("print", "Prints", |Text { text }, _| async move {
        println!("{text}");
        Ok(ToolResult::text("printed"))
    });
}

fn register_observers(api: &ExtensionApi) {
    let log = api.log();
    api.on_bus("reference", move |data, _| {
        log.with_data("info", "bus", data);
        async {}
    });
    let log = api.log();
    api.on::<SessionStart>(move |event, _| {
        log.with_data("info", "session_start", json!({ "sessionId": event.session_id, "reason": event.reason }));
        async {}
    });
    let greet = |name: String, ctx: Context| async move {
        if name == "throw" {
            return Err("greeting broken on purpose".into());
        }
        ctx.log().info(format!("Hello, {name}!"));
        Ok(())
    };
    let complete = |prefix: &str| NAMES.iter().filter(|name| name.starts_with(prefix)).map(ToString::to_string).collect();
    api.command_with_completion("greet", "Greets somebody", greet, complete);
}

fn register_state_tools(api: &ExtensionApi) {
    let own = api.clone();
    api.tool("remember", "Keeps a value", move |KeyValue { key, value }, _| {
        let state = own.state();
        async move {
            state.set(&key, value).await?;
            Ok(ToolResult::text("remembered"))
        }
    });
    let own = api.clone();
    api.tool("recall", "Answers what is kept", move |Key { key }, _| {
        let state = own.state();
        async move {
            let kept = state.get(&key).await?;
            Ok(ToolResult::text(kept.as_ref().and_then(Value::as_str).unwrap_or("nothing")))
        }
    });
    let own = api.clone();
    api.tool("forget", "Takes away what is kept", move |Key { key }, _| {
        let state = own.state();
        async move {
            state.delete(&key).await?;
            Ok(ToolResult::text("forgotten"))
        }
    });
    let own = api.clone();
    api.tool("list", "Lists what is kept", move |Prefix { prefix }, _| {
        let state = own.state();
        async move { Ok(ToolResult::text(state.keys(&prefix).await?.join(" "))) }
    });
    let own = api.clone();
    api.tool("count", "Counts in this session", move |Key { key }, _| {
        let state = own.session_state();
        async move {
            let count = state.update(&key, |old| json!(old.and_then(|old| old.as_i64()).unwrap_or_default() + 1)).await?;
            Ok(ToolResult::text(count.to_string()))
        }
    });
}
