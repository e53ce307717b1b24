//! What the host keeps for an extension (spec/protocol.md, group S).
use crate::asking::Link;
use crate::error::TauError;
use serde_json::{Value, json};

/// A value with its revision, which is 0 where there is none.
#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    pub value: Option<Value>,
    pub revision: u64,
}

/// JSON values by key. They outlive this process, and reloads.
pub struct StateArea {
    pub(crate) link: Link,
    pub(crate) scope: &'static str,
}

impl StateArea {
    pub async fn get(&self, key: &str) -> Result<Option<Value>, TauError> {
        Ok(self.entry(key).await?.value)
    }

    pub async fn entry(&self, key: &str) -> Result<Entry, TauError> {
        let answer = self.link.request("state/get", json!({ "scope": self.scope, "key": key })).await?;
        let revision = answer["revision"].as_u64().unwrap_or_default();
        let value = if revision == 0 { None } else { Some(answer.get("value").cloned().unwrap_or_default()) };
        Ok(Entry { value, revision })
    }

    /// Answers the new revision. Values that are kept for good are on disk then.
    pub async fn set(&self, key: &str, value: impl Into<Value>) -> Result<u64, TauError> {
        self.write(key, value.into(), None).await
    }

    /// Writes only over this revision; 0 is where there is nothing. Fails with `denied` where it is another.
    pub async fn set_if(&self, key: &str, value: impl Into<Value>, revision: u64) -> Result<u64, TauError> {
        self.write(key, value.into(), Some(revision)).await
    }

    /// Deleting what is not there is no error.
    pub async fn delete(&self, key: &str) -> Result<(), TauError> {
        self.link.request("state/delete", json!({ "scope": self.scope, "key": key })).await.map(drop)
    }

    /// All keys that begin so, sorted.
    pub async fn keys(&self, prefix: &str) -> Result<Vec<String>, TauError> {
        let prefix = if prefix.is_empty() { Value::Null } else { json!(prefix) };
        let answer = self.link.request("state/keys", json!({ "scope": self.scope, "prefix": prefix })).await?;
        let keys = answer["keys"].as_array().cloned().unwrap_or_default();
        Ok(keys.iter().filter_map(|key| key.as_str().map(str::to_owned)).collect())
    }

    /// Replaces a value by what `change` makes of it, and loses no update of anybody else's meanwhile. It may run more than once.
    pub async fn update(&self, key: &str, mut change: impl FnMut(Option<Value>) -> Value) -> Result<Value, TauError> {
        loop {
            let Entry { value, revision } = self.entry(key).await?;
            let made = change(value);
            match self.write(key, made.clone(), Some(revision)).await {
                Ok(_) => return Ok(made),
                Err(error) if was_overtaken(&error, revision) => {}
                Err(error) => return Err(error),
            }
        }
    }

    async fn write(&self, key: &str, value: Value, over: Option<u64>) -> Result<u64, TauError> {
        let mut params = serde_json::Map::new();
        params.insert("scope".into(), json!(self.scope));
        params.insert("key".into(), json!(key));
        // Not left out where it is null, which is a value.
        params.insert("value".into(), value);
        if let Some(revision) = over {
            params.insert("ifRevision".into(), json!(revision));
        }
        let answer = self.link.peer.request("state/set", params, self.link.parent, None).await?;
        Ok(answer["revision"].as_u64().unwrap_or_default())
    }
}

/// Somebody wrote since (S-9). Anything else that is denied stays denied.
fn was_overtaken(error: &TauError, revision: u64) -> bool {
    let there = error.detail.as_ref().and_then(|detail| detail["revision"].as_u64());
    error.kind == "denied" && there.is_some_and(|there| there != revision)
}
