//! Everything that happens in an agent. Made from spec/events.json by scripts/generate-events.mjs: change that file and run
//! `npm run generate`.
use crate::event::Event;
use serde::Deserialize;
use serde_json::{Map, Value};

/// A session begins or is opened again.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionStart {
    pub session_id: String,
    pub reason: String,
}

impl Event for SessionStart {
    const NAME: &'static str = "session_start";
    const DECIDES: bool = false;
}

/// The session ends.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionShutdown {
    pub session_id: String,
    pub reason: String,
}

impl Event for SessionShutdown {
    const NAME: &'static str = "session_shutdown";
    const DECIDES: bool = false;
}

/// The conversation is about to be summarised to save room. A hook that gives a `summary` has written it itself: the model is not asked.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionBeforeCompact {
    pub reason: String,
    pub used_tokens: f64,
    pub instructions: Option<String>,
    pub messages: Vec<Map<String, Value>>,
    pub summary: Option<String>,
}

impl Event for SessionBeforeCompact {
    const NAME: &'static str = "session_before_compact";
    const DECIDES: bool = true;
}

/// The conversation was summarised.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SessionCompact {
    pub summary: String,
    pub tokens_before: f64,
    pub tokens_after: f64,
}

impl Event for SessionCompact {
    const NAME: &'static str = "session_compact";
    const DECIDES: bool = false;
}

/// The user has sent something, before anything is done with it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Input {
    pub text: String,
    pub source: String,
}

impl Event for Input {
    const NAME: &'static str = "input";
    const DECIDES: bool = true;
}

/// The agent is about to work on an input.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BeforeAgentStart {
    pub prompt: String,
    pub system_prompt: String,
}

impl Event for BeforeAgentStart {
    const NAME: &'static str = "before_agent_start";
    const DECIDES: bool = true;
}

/// The agent starts to work on an input.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AgentStart {
    pub prompt: String,
}

impl Event for AgentStart {
    const NAME: &'static str = "agent_start";
    const DECIDES: bool = false;
}

/// The agent has finished with an input.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AgentEnd {
    pub stop_reason: String,
    pub turns: f64,
}

impl Event for AgentEnd {
    const NAME: &'static str = "agent_end";
    const DECIDES: bool = false;
}

/// One call of the model begins.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TurnStart {
    pub turn: f64,
}

impl Event for TurnStart {
    const NAME: &'static str = "turn_start";
    const DECIDES: bool = false;
}

/// One call of the model and the tools it asked for are done.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TurnEnd {
    pub turn: f64,
    pub tool_calls: f64,
    pub stop_reason: String,
}

impl Event for TurnEnd {
    const NAME: &'static str = "turn_end";
    const DECIDES: bool = false;
}

/// The messages the model is about to be shown.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Context {
    pub messages: Vec<Map<String, Value>>,
}

impl Event for Context {
    const NAME: &'static str = "context";
    const DECIDES: bool = true;
}

/// The request about to go to the model's provider.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BeforeProviderRequest {
    pub model: String,
    pub body: Map<String, Value>,
}

impl Event for BeforeProviderRequest {
    const NAME: &'static str = "before_provider_request";
    const DECIDES: bool = true;
}

/// The provider has begun to answer.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct AfterProviderResponse {
    pub model: String,
    pub status: f64,
    pub headers: Map<String, Value>,
}

impl Event for AfterProviderResponse {
    const NAME: &'static str = "after_provider_response";
    const DECIDES: bool = false;
}

/// A message begins.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MessageStart {
    pub message_id: String,
    pub role: String,
}

impl Event for MessageStart {
    const NAME: &'static str = "message_start";
    const DECIDES: bool = false;
}

/// A piece of a message has arrived: the new piece only, never the message so far.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MessageUpdate {
    pub message_id: String,
    pub delta: Value,
}

impl Event for MessageUpdate {
    const NAME: &'static str = "message_update";
    const DECIDES: bool = false;
}

/// A message is complete.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MessageEnd {
    pub message_id: String,
    pub role: String,
    pub content: Vec<Value>,
}

impl Event for MessageEnd {
    const NAME: &'static str = "message_end";
    const DECIDES: bool = false;
}

/// A tool is about to run. A hook may change its input as well as stop it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ToolCall {
    pub call_id: String,
    pub tool: String,
    pub input: Map<String, Value>,
    pub caller: String,
}

impl Event for ToolCall {
    const NAME: &'static str = "tool_call";
    const DECIDES: bool = true;
}

/// A tool starts to run, with its final input.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ToolExecutionStart {
    pub call_id: String,
    pub tool: String,
    pub input: Map<String, Value>,
}

impl Event for ToolExecutionStart {
    const NAME: &'static str = "tool_execution_start";
    const DECIDES: bool = false;
}

/// A running tool has sent a partial result.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ToolExecutionUpdate {
    pub call_id: String,
    pub tool: String,
    pub partial: Value,
}

impl Event for ToolExecutionUpdate {
    const NAME: &'static str = "tool_execution_update";
    const DECIDES: bool = false;
}

/// A tool has finished or failed.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ToolExecutionEnd {
    pub call_id: String,
    pub tool: String,
    pub is_error: bool,
    pub duration_ms: f64,
}

impl Event for ToolExecutionEnd {
    const NAME: &'static str = "tool_execution_end";
    const DECIDES: bool = false;
}

/// A tool's result, before the model sees it.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ToolResult {
    pub call_id: String,
    pub tool: String,
    pub input: Map<String, Value>,
    pub content: Vec<Value>,
    pub details: Option<Value>,
    pub is_error: bool,
}

impl Event for ToolResult {
    const NAME: &'static str = "tool_result";
    const DECIDES: bool = true;
}

/// Another model was chosen.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ModelSelect {
    pub model: String,
    pub previous: Option<String>,
}

impl Event for ModelSelect {
    const NAME: &'static str = "model_select";
    const DECIDES: bool = false;
}

/// The user is about to run a shell command of their own.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UserBash {
    pub command: String,
    pub cwd: String,
}

impl Event for UserBash {
    const NAME: &'static str = "user_bash";
    const DECIDES: bool = true;
}

/// The user is being asked something.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UiPromptStart {
    pub prompt_id: String,
    pub kind: String,
    pub title: String,
    pub extension: Option<String>,
}

impl Event for UiPromptStart {
    const NAME: &'static str = "ui_prompt_start";
    const DECIDES: bool = false;
}

/// The user has answered, or dismissed the prompt.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct UiPromptEnd {
    pub prompt_id: String,
    pub dismissed: bool,
}

impl Event for UiPromptEnd {
    const NAME: &'static str = "ui_prompt_end";
    const DECIDES: bool = false;
}

/// An extension has started, reloaded, stopped, crashed or been disabled.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ExtensionState {
    pub extension: String,
    pub state: String,
    pub generation: f64,
    pub reason: Option<String>,
}

impl Event for ExtensionState {
    const NAME: &'static str = "extension_state";
    const DECIDES: bool = false;
}
