use crate::error::Error;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// Something that happens in an agent. `tau_ext::events` has them all.
pub trait Event: DeserializeOwned + Send + 'static {
    const NAME: &'static str;
    /// Whether the agent waits for what a handler says.
    const DECIDES: bool;
}

/// What a handler says about an event.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Answer {
    #[default]
    Pass,
    Block(String),
    /// The user decides. Gates only.
    Ask(String),
    /// Fields that are replaced.
    Modify(Value),
}

impl Answer {
    pub fn block(reason: impl Into<String>) -> Self {
        Answer::Block(reason.into())
    }

    pub fn ask(prompt: impl Into<String>) -> Self {
        Answer::Ask(prompt.into())
    }

    pub(crate) fn to_wire(&self) -> Value {
        match self {
            Answer::Pass => json!({ "action": "continue" }),
            Answer::Block(reason) => json!({ "action": "block", "reason": reason }),
            Answer::Ask(prompt) => json!({ "action": "ask", "prompt": prompt }),
            Answer::Modify(value) => json!({ "action": "modify", "value": value }),
        }
    }
}

/// What handlers may return.
pub trait IntoAnswer {
    fn into_answer(self) -> Result<Answer, Error>;
}

impl IntoAnswer for () {
    fn into_answer(self) -> Result<Answer, Error> {
        Ok(Answer::Pass)
    }
}

impl IntoAnswer for Answer {
    fn into_answer(self) -> Result<Answer, Error> {
        Ok(self)
    }
}

impl<T: IntoAnswer> IntoAnswer for Option<T> {
    fn into_answer(self) -> Result<Answer, Error> {
        self.map_or(Ok(Answer::Pass), T::into_answer)
    }
}

impl<T: IntoAnswer, E: Into<Error>> IntoAnswer for Result<T, E> {
    fn into_answer(self) -> Result<Answer, Error> {
        self.map_err(E::into)?.into_answer()
    }
}
