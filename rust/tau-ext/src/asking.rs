//! What an extension can ask of the agent. All of it fails with `unavailable` where the host has nothing that could answer.
use crate::error::TauError;
use crate::peer::Peer;
use serde_json::{Map, Value, json};
use std::sync::Arc;

/// The way to the host, on behalf of one request of its or of none (C-7).
#[derive(Clone)]
pub(crate) struct Link {
    pub(crate) peer: Arc<Peer>,
    pub(crate) parent: Option<u64>,
}

impl Link {
    /// Fields that are null are left out.
    pub(crate) async fn request(&self, method: &str, params: Value) -> Result<Value, TauError> {
        self.peer.request(method, given(params), self.parent, None).await
    }

    fn notify(&self, method: &str, params: Value) {
        self.peer.notify(method, Value::Object(given(params)));
    }
}

fn given(params: Value) -> Map<String, Value> {
    match params {
        Value::Object(fields) => fields.into_iter().filter(|(_, value)| !value.is_null()).collect(),
        _ => Map::new(),
    }
}

/// The user. A prompt that is dismissed answers `None`, which is not a yes.
pub struct Ui(pub(crate) Link);

/// One of several things to choose from.
pub struct Choice {
    pub value: String,
    pub label: Option<String>,
    pub description: Option<String>,
}

impl From<&str> for Choice {
    fn from(value: &str) -> Self {
        Choice { value: value.to_owned(), label: None, description: None }
    }
}

impl Ui {
    pub async fn confirm(&self, title: &str, message: Option<&str>) -> Result<Option<bool>, TauError> {
        let answer = self.0.request("ui/confirm", json!({ "title": title, "message": message })).await?;
        Ok(answer["value"].as_bool())
    }

    /// Answers the chosen option's `value`.
    pub async fn select<C: Into<Choice>>(
        &self,
        title: &str,
        choices: impl IntoIterator<Item = C>,
    ) -> Result<Option<String>, TauError> {
        let options: Vec<Value> = choices
            .into_iter()
            .map(|choice| {
                let Choice { value, label, description } = choice.into();
                Value::Object(given(json!({ "value": value, "label": label, "description": description })))
            })
            .collect();
        self.text("ui/select", json!({ "title": title, "options": options })).await
    }

    pub async fn input(&self, title: &str, placeholder: Option<&str>) -> Result<Option<String>, TauError> {
        self.text("ui/input", json!({ "title": title, "placeholder": placeholder })).await
    }

    /// What is typed is not shown.
    pub async fn secret(&self, title: &str) -> Result<Option<String>, TauError> {
        self.text("ui/input", json!({ "title": title, "secret": true })).await
    }

    /// A text of several lines.
    pub async fn editor(&self, title: &str, initial: Option<&str>) -> Result<Option<String>, TauError> {
        self.text("ui/editor", json!({ "title": title, "initial": initial })).await
    }

    /// Shown once. Dropped where nothing can show it, as all that follow are. `level`: info, warn or error.
    pub fn notify(&self, message: &str, level: &str) {
        self.0.notify("ui/notify", json!({ "message": message, "level": level }));
    }

    /// A short text that stays, by `key`, until it is replaced, or taken away with `None`.
    pub fn set_status(&self, key: &str, text: Option<&str>) {
        self.0.notify("ui/status", json!({ "key": key, "text": text }));
    }

    /// Lines that stay, as above.
    pub fn set_widget(&self, key: &str, lines: Option<&[String]>) {
        self.0.notify("ui/widget", json!({ "key": key, "lines": lines }));
    }

    pub fn set_title(&self, text: Option<&str>) {
        self.0.notify("ui/title", json!({ "text": text }));
    }

    async fn text(&self, method: &str, params: Value) -> Result<Option<String>, TauError> {
        Ok(self.0.request(method, params).await?["value"].as_str().map(str::to_owned))
    }
}

pub struct Model(pub(crate) Link);

/// What the model answered.
#[derive(Debug, Clone)]
pub struct Generated {
    pub text: String,
    pub stop_reason: String,
    pub input_tokens: u64,
    pub output_tokens: u64,
}

impl Model {
    /// Fails with `denied` when the budget is used up.
    pub async fn generate(&self, prompt: &str) -> Result<Generated, TauError> {
        self.ask(json!({ "messages": [{ "role": "user", "content": [{ "type": "text", "text": prompt }] }] })).await
    }

    /// A whole request: `messages`, `system`, `model`, `maxOutputTokens`, as the protocol has them.
    pub async fn ask(&self, request: Value) -> Result<Generated, TauError> {
        let answer = self.0.request("model/generate", request).await?;
        let parts = answer["content"].as_array().cloned().unwrap_or_default();
        Ok(Generated {
            text: parts.iter().filter_map(|part| part["text"].as_str()).collect(),
            stop_reason: answer["stopReason"].as_str().unwrap_or_default().to_owned(),
            input_tokens: answer["usage"]["inputTokens"].as_u64().unwrap_or_default(),
            output_tokens: answer["usage"]["outputTokens"].as_u64().unwrap_or_default(),
        })
    }
}

/// The conversation as the agent keeps it.
pub struct SessionView(pub(crate) Link);

impl SessionView {
    /// Every entry, oldest first. `after` is the id of the last one seen.
    pub async fn entries(&self, after: Option<&str>) -> Result<Vec<Value>, TauError> {
        self.read_all("session/entries", after).await
    }

    /// The entries that lead to the present: without branches that were left.
    pub async fn branch(&self, after: Option<&str>) -> Result<Vec<Value>, TauError> {
        self.read_all("session/branch", after).await
    }

    pub async fn name(&self) -> Result<Option<String>, TauError> {
        Ok(self.0.request("session/getName", json!({})).await?["name"].as_str().map(str::to_owned))
    }

    pub async fn set_name(&self, name: &str) -> Result<(), TauError> {
        self.0.request("session/setName", json!({ "name": name })).await.map(drop)
    }

    /// A long session comes in pieces.
    async fn read_all(&self, method: &str, after: Option<&str>) -> Result<Vec<Value>, TauError> {
        let mut found: Vec<Value> = Vec::new();
        let mut after = after.map(str::to_owned);
        loop {
            let answer = self.0.request(method, json!({ "after": after })).await?;
            found.extend(answer["entries"].as_array().cloned().unwrap_or_default());
            after = found.last().and_then(|entry| entry["id"].as_str()).map(str::to_owned);
            if answer["more"] != json!(true) || after.is_none() {
                return Ok(found);
            }
        }
    }
}

/// The agent: its tools, its model, what it is doing.
pub struct AgentControl(pub(crate) Link);

impl AgentControl {
    pub async fn active_tools(&self) -> Result<Vec<String>, TauError> {
        let answer = self.0.request("agent/getActiveTools", json!({})).await?;
        let tools = answer["tools"].as_array().cloned().unwrap_or_default();
        Ok(tools.iter().filter_map(|tool| tool.as_str().map(str::to_owned)).collect())
    }

    /// Offers these tools only, from the next turn on.
    pub async fn set_active_tools(&self, tools: &[&str]) -> Result<(), TauError> {
        self.0.request("agent/setActiveTools", json!({ "tools": tools })).await.map(drop)
    }

    /// `provider/model`
    pub async fn model(&self) -> Result<String, TauError> {
        Ok(self.0.request("agent/getModel", json!({})).await?["model"].as_str().unwrap_or_default().to_owned())
    }

    /// From the next turn on. `thinking`: off, low, medium or high.
    pub async fn set_model(&self, model: &str, thinking: Option<&str>) -> Result<(), TauError> {
        self.0.request("agent/setModel", json!({ "model": model, "thinking": thinking })).await.map(drop)
    }

    /// `{"usedTokens": …, "windowTokens": …}`
    pub async fn context_usage(&self) -> Result<Value, TauError> {
        self.0.request("agent/getContextUsage", json!({})).await
    }

    /// Ends what the agent does at the moment.
    pub async fn abort(&self) -> Result<(), TauError> {
        self.0.request("agent/abort", json!({})).await.map(drop)
    }

    /// Summarises the conversation, and returns when that is done.
    pub async fn compact(&self, instructions: Option<&str>) -> Result<(), TauError> {
        self.0.request("agent/compact", json!({ "instructions": instructions })).await.map(drop)
    }

    /// Reloads an extension; this one where none is named.
    pub async fn reload(&self, extension: Option<&str>) -> Result<(), TauError> {
        self.0.request("agent/reload", json!({ "extension": extension })).await.map(drop)
    }
}
