use crate::error::TauError;
use crate::extension::Extension;
use std::sync::Arc;

/// A tool that was offered.
pub struct ToolRegistration {
    pub(crate) extension: Arc<Extension>,
    pub(crate) name: String,
    pub(crate) outcome: Result<Option<serde_json::Value>, TauError>,
}

impl ToolRegistration {
    /// For people, in place of the name.
    pub fn label(self, label: &str) -> Self {
        self.amend("label", label.into())
    }

    /// A second run with the same arguments is harmless: after a crash the host makes it by itself (C-10).
    pub fn idempotent(self) -> Self {
        self.amend("idempotent", true.into())
    }

    fn amend(mut self, field: &str, value: serde_json::Value) -> Self {
        if let Ok(told) = &mut self.outcome {
            self.extension.amend_tool(&self.name, field, &value);
            if let Some(definition) = told {
                definition[field] = value;
            }
        }
        self
    }

    /// Resolves when the host offers the tool; fails when it refuses. During setup that is the end of setup, which waits for nobody.
    pub async fn registered(&self) -> Result<(), TauError> {
        match &self.outcome {
            Err(error) => Err(error.clone()),
            Ok(None) => Ok(()),
            Ok(Some(definition)) => self.extension.offer(&self.name, definition.clone()).await,
        }
    }

    /// Takes the tool away. Calls in flight go on.
    pub async fn remove(&self) -> Result<(), TauError> {
        self.extension.remove_tool(&self.name).await
    }
}
