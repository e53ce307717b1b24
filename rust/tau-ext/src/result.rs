use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Map, Value, json};

/// What a tool answers.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ToolResult {
    /// Blocks as the protocol has them: `{"type": "text", "text": …}`, `{"type": "image", "data": base64, "mimeType": …}`.
    pub content: Vec<Value>,
    /// For programs and screens; never shown to the model.
    pub details: Option<Value>,
    pub is_error: bool,
}

impl ToolResult {
    /// Text for the model.
    pub fn text(text: impl Into<String>) -> Self {
        let mut block = Map::with_capacity(2);
        block.insert("type".to_owned(), Value::String("text".to_owned()));
        block.insert("text".to_owned(), Value::String(text.into()));
        ToolResult { content: vec![Value::Object(block)], ..Default::default() }
    }

    /// The tool ran and says that it failed: the model reads it and can react. For a bug, answer an `Err`.
    pub fn error(text: impl Into<String>) -> Self {
        ToolResult { is_error: true, ..ToolResult::text(text) }
    }

    /// @param data in base64
    pub fn image(data: impl Into<String>, mime_type: impl Into<String>) -> Self {
        let content = json!({ "type": "image", "data": data.into(), "mimeType": mime_type.into() });
        ToolResult { content: vec![content], ..Default::default() }
    }

    #[must_use]
    pub fn with_details(self, details: impl Into<Value>) -> Self {
        ToolResult { details: Some(details.into()), ..self }
    }

    /// All of its text.
    pub fn all_text(&self) -> String {
        self.content.iter().filter_map(|part| part["text"].as_str()).collect()
    }

    pub(crate) fn from_wire(value: &Value) -> Self {
        ToolResult {
            content: value["content"].as_array().cloned().unwrap_or_default(),
            details: value.get("details").cloned(),
            is_error: value["isError"] == json!(true),
        }
    }
}

impl From<String> for ToolResult {
    fn from(text: String) -> Self {
        ToolResult::text(text)
    }
}

impl From<&str> for ToolResult {
    fn from(text: &str) -> Self {
        ToolResult::text(text)
    }
}

/// As it travels.
impl Serialize for ToolResult {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut fields = to.serialize_map(None)?;
        fields.serialize_entry("content", &self.content)?;
        if let Some(details) = &self.details {
            fields.serialize_entry("details", details)?;
        }
        if self.is_error {
            fields.serialize_entry("isError", &true)?;
        }
        fields.end()
    }
}
