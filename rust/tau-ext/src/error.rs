//! What can go wrong, and how it travels (spec/protocol.md, group X).
use serde_json::{Map, Value, json};

/// Any error: what handlers answer with, so that `?` works on all of them.
pub type Error = Box<dyn std::error::Error + Send + Sync>;

pub type Result<T = crate::ToolResult> = std::result::Result<T, Error>;

/// Whether the work behind a failed request was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Executed {
    No,
    Maybe,
    Yes,
}

const WIRE_CODES: [(&str, i64); 20] = [
    ("parse-error", -32700),
    ("invalid-request", -32600),
    ("method-not-found", -32601),
    ("invalid-params", -32602),
    ("internal-error", -32603),
    ("cancelled", 1001),
    ("timed-out", 1002),
    ("tool-failed", 1003),
    ("unknown-tool", 1004),
    ("registration-refused", 1005),
    ("message-too-large", 1006),
    ("overloaded", 1007),
    ("unavailable", 1008),
    ("denied", 1009),
    ("setup-failed", 1010),
    ("protocol-mismatch", 1011),
    ("shutting-down", 1012),
    ("hook-failed", 1013),
    ("invalid-arguments", 1014),
    ("extension-failed", 1015),
];

/// Everything tau itself fails with: what was expected, what came, and the next step. `kind` is for programs.
#[derive(Debug, Clone)]
pub struct TauError {
    /// Such as `denied`, `unavailable`, `cancelled`.
    pub kind: &'static str,
    pub message: String,
    pub executed: Executed,
    /// Whether the same request may succeed later.
    pub retryable: bool,
    pub detail: Option<Value>,
    /// Where it went wrong, as far as that is known.
    pub stack: Option<String>,
}

impl TauError {
    pub(crate) fn new(kind: &'static str, message: impl Into<String>) -> Self {
        let message = message.into();
        TauError { kind, message, executed: Executed::Maybe, retryable: false, detail: None, stack: None }
    }

    /// Nothing of what was asked for was done.
    pub(crate) fn not_done(kind: &'static str, message: impl Into<String>) -> Self {
        TauError { executed: Executed::No, ..TauError::new(kind, message) }
    }

    /// An author's error as one of this kind.
    pub(crate) fn failure(kind: &'static str, error: &Error) -> Self {
        let executed = if kind == "setup-failed" { Executed::No } else { Executed::Maybe };
        let stack = error.downcast_ref::<TauError>().and_then(|known| known.stack.clone());
        TauError { executed, stack, ..TauError::new(kind, text_of(error.as_ref())) }
    }

    pub(crate) fn to_wire(&self) -> Value {
        let code = WIRE_CODES.iter().find(|(kind, _)| *kind == self.kind).map_or(-32603, |(_, code)| *code);
        let executed = match self.executed {
            Executed::No => "no",
            Executed::Maybe => "maybe",
            Executed::Yes => "yes",
        };
        let mut data = json!({ "kind": self.kind, "retryable": self.retryable, "executed": executed });
        if let Some(stack) = &self.stack {
            data["stack"] = json!(stack);
        }
        if let Some(detail) = &self.detail {
            data["detail"] = detail.clone();
        }
        json!({ "code": code, "message": self.message, "data": data })
    }

    /// What the other side reported, whatever its shape: the other side may be broken.
    pub(crate) fn from_wire(value: &Value) -> Self {
        let empty = Map::new();
        let error = value.as_object().unwrap_or(&empty);
        let data = error.get("data").and_then(Value::as_object).unwrap_or(&empty);
        let named = data.get("kind").and_then(Value::as_str);
        let code = error.get("code").and_then(Value::as_i64);
        // An unknown kind is read as the code's, an unknown code as internal-error.
        let kind = WIRE_CODES
            .iter()
            .find(|(kind, _)| Some(*kind) == named)
            .or_else(|| WIRE_CODES.iter().find(|(_, known)| Some(*known) == code))
            .map_or("internal-error", |(kind, _)| kind);
        let said = error.get("message").and_then(Value::as_str).filter(|text| !text.is_empty());
        TauError {
            kind,
            message: said.map_or_else(|| format!("The call failed ({kind})."), str::to_owned),
            executed: match data.get("executed").and_then(Value::as_str) {
                Some("no") => Executed::No,
                Some("yes") => Executed::Yes,
                _ => Executed::Maybe,
            },
            retryable: data.get("retryable") == Some(&Value::Bool(true)),
            detail: data.get("detail").cloned(),
            stack: data.get("stack").and_then(Value::as_str).map(str::to_owned),
        }
    }
}

impl std::fmt::Display for TauError {
    fn fmt(&self, to: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        to.write_str(&self.message)
    }
}

impl std::error::Error for TauError {}

/// The error with what caused it: libraries often say the interesting part there only.
pub(crate) fn text_of(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let said = inner.to_string();
        if !text.contains(&said) {
            text = format!("{text}: {said}");
        }
        cause = inner.source();
    }
    text
}
