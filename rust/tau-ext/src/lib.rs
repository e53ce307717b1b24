//! What the author of a tau extension uses: tools, hooks, events, commands and state, over lines of JSON with the agent.
//!
//! ```no_run
//! use tau_ext::prelude::*;
//!
//! #[derive(Deserialize, JsonSchema)]
//! struct Roll {
//!     /// How many dice
//!     count: u32,
//! }
//!
//! #[tau_ext::main]
//! async fn setup(api: &mut ExtensionApi) {
//!     api.tool("roll_dice", "Rolls dice", |roll: Roll, ctx: Context| async move {
//!         ctx.progress(format!("rolling {}", roll.count));
//!         Ok(ToolResult::text("4 ".repeat(roll.count as usize)))
//!     });
//! }
//! ```
mod api;
mod asking;
mod channel;
mod context;
mod error;
mod event;
pub mod events;
mod extension;
mod fetch;
mod fields;
mod framing;
mod handler;
#[cfg(target_os = "linux")]
mod own_code;
mod peer;
#[cfg(target_os = "linux")]
mod places;
mod process;
mod reading;
mod registration;
mod result;
mod session;
mod state;
mod writer;

pub use api::{ExtensionApi, HookOptions, Reload, Start};
pub use asking::{AgentControl, Choice, Generated, Model, SessionView, Ui};
pub use context::{Cancellation, Context, Log};
pub use error::{Error, Executed, Result, TauError};
pub use event::{Answer, Event};
pub use fetch::{FetchRequest, FetchResponse};
pub use process::serve;
pub use registration::ToolRegistration;
pub use result::ToolResult;
pub use schemars;
pub use serde;
pub use serde_json;
pub use state::{Entry, StateArea};
pub use tau_ext_macros::main;
pub use tokio;

/// What a small extension needs.
pub mod prelude {
    pub use crate::events::*;
    pub use crate::{Answer, Context, Error, ExtensionApi, FetchRequest, Result, TauError, ToolResult};
    pub use schemars::JsonSchema;
    pub use serde::{Deserialize, Serialize};
    pub use serde_json::{Value, json};
    pub use std::time::Duration;
}

#[doc(hidden)]
pub mod __private {
    pub use crate::process::{IntoOutcome, SetupFuture, run};
}
