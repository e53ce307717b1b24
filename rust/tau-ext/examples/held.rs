//! Tools whose ends come in the middle of what was read at once: for the tests of what becomes of the answers in front of them.
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use tau_ext::prelude::*;

#[derive(Deserialize, JsonSchema)]
struct Text {
    text: String,
}

#[derive(Deserialize, JsonSchema)]
struct Nothing {}

#[tau_ext::main]
async fn setup(api: &mut ExtensionApi) {
    let (sender, receiver): (Sender<()>, Receiver<()>) = channel();
    let receiver = Arc::new(Mutex::new(receiver));
    api.tool("echo", "Gives the text back", |Text { text }, _| async move { Ok(ToolResult::text(text)) });
    api.tool("block", "Keeps its thread until `free` is called", move |_: Nothing, _| {
        let receiver = receiver.clone();
        async move {
            receiver.lock().unwrap().recv()?;
            Ok(ToolResult::text("freed"))
        }
    });
    api.tool("free", "Lets `block` go on", move |_: Nothing, _| {
        let sender = sender.clone();
        async move {
            sender.send(())?;
            Ok(ToolResult::text("done"))
        }
    });
    api.tool("panic", "Panics", |_: Nothing, _| async move { panic!("on purpose") });
    api.tool("exit", "Ends the process", |_: Nothing, _| async move { std::process::exit(7) });
    api.tool("abort", "Aborts the process", |_: Nothing, _| async move { std::process::abort() });
}
