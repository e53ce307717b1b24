//! The tool that every contestant has, in Rust.
use tau_ext::prelude::*;

#[derive(Deserialize, JsonSchema)]
struct Text {
    text: String,
}

#[derive(Deserialize, JsonSchema)]
struct Nothing {}

#[tau_ext::main]
async fn setup(api: &mut ExtensionApi) {
    api.tool("echo", "Gives the text back", |Text { text }, _| async move { Ok(ToolResult::text(text)) });
    api.tool("version", "Says which version it is", |_: Nothing, _| async move { Ok(ToolResult::text("v0")) });
}
