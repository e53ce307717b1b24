//! Asking a server by way of the host (spec/protocol.md, group N).
use crate::asking::Link;
use crate::error::{TauError, text_of};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// What is asked: a URL, and how. A text or a `String` is a GET.
#[derive(Debug, Clone)]
pub struct FetchRequest {
    url: String,
    method: String,
    headers: Vec<(String, String)>,
    body: Option<Vec<u8>>,
    redirect: Option<&'static str>,
}

impl FetchRequest {
    pub fn new(method: &str, url: impl Into<String>) -> Self {
        FetchRequest { url: url.into(), method: method.to_owned(), headers: Vec::new(), body: None, redirect: None }
    }

    pub fn get(url: impl Into<String>) -> Self {
        FetchRequest::new("GET", url)
    }

    pub fn post(url: impl Into<String>) -> Self {
        FetchRequest::new("POST", url)
    }

    /// One more, also of a name that is there.
    pub fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// As it is. Say what it is by a `content-type`.
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = Some(body.into());
        self
    }

    /// JSON, and says so.
    pub fn json(self, value: impl Into<Value>) -> Self {
        self.header("content-type", "application/json").body(value.into().to_string())
    }

    /// Answers redirects in place of following them.
    pub fn without_redirects(mut self) -> Self {
        self.redirect = Some("manual");
        self
    }

    fn to_params(&self) -> Value {
        json!({
            "url": self.url,
            "method": self.method,
            "headers": self.headers.iter().map(|(name, value)| json!({ "name": name, "value": value })).collect::<Vec<_>>(),
            "body": self.body.as_ref().map(|bytes| STANDARD.encode(bytes)),
            "redirect": self.redirect,
        })
    }
}

impl From<&str> for FetchRequest {
    fn from(url: &str) -> Self {
        FetchRequest::get(url)
    }
}

impl From<String> for FetchRequest {
    fn from(url: String) -> Self {
        FetchRequest::get(url)
    }
}

impl From<&String> for FetchRequest {
    fn from(url: &String) -> Self {
        FetchRequest::get(url)
    }
}

/// What a server answered, errors of its own included. It is here as a whole.
#[derive(Debug, Clone)]
pub struct FetchResponse {
    pub status: u16,
    pub status_text: String,
    /// Where the answer came from, after redirects.
    pub url: String,
    pub redirected: bool,
    /// Names and values as the server wrote them, in its order.
    pub headers: Vec<(String, String)>,
    body: Vec<u8>,
}

impl FetchResponse {
    /// Whether the status is one of success, 200 to 299.
    pub fn is_ok(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The first of this name, in whatever case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    pub fn bytes(&self) -> &[u8] {
        &self.body
    }

    /// As UTF-8. What is not is replaced.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// Fails for what is no JSON, or not of this type.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_slice(&self.body)
    }

    fn from_answer(answer: &Value) -> Result<Self, TauError> {
        let text = |field: &str| answer[field].as_str().unwrap_or_default().to_owned();
        let wrong = |said: &str| TauError::new("internal-error", format!("Expected an answer of `http/fetch`, got {said}."));
        let status = answer["status"].as_u64().and_then(|status| u16::try_from(status).ok());
        let headers = answer["headers"].as_array().map(Vec::as_slice).unwrap_or_default();
        let pair = |each: &Value| Some((each["name"].as_str()?.to_owned(), each["value"].as_str()?.to_owned()));
        Ok(FetchResponse {
            status: status.ok_or_else(|| wrong("one without a status"))?,
            status_text: text("statusText"),
            url: text("url"),
            redirected: answer["redirected"] == json!(true),
            headers: headers.iter().filter_map(pair).collect(),
            body: STANDARD.decode(text("body")).map_err(|error| wrong(&text_of(&error)))?,
        })
    }
}

pub(crate) async fn fetch(link: &Link, request: FetchRequest) -> Result<FetchResponse, TauError> {
    FetchResponse::from_answer(&link.request("http/fetch", request.to_params()).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_says_everything_that_was_set() {
        let request = FetchRequest::post("http://a.example/").header("x-a", "1").json(json!({ "a": [1] })).without_redirects();
        let headers = json!([{ "name": "x-a", "value": "1" }, { "name": "content-type", "value": "application/json" }]);
        let expected = json!({
            "url": "http://a.example/", "method": "POST", "headers": headers, "body": "eyJhIjpbMV19", "redirect": "manual"
        });
        assert_eq!(request.to_params(), expected);
        assert_eq!(FetchRequest::from("http://a.example/").to_params()["method"], json!("GET"));
    }

    #[test]
    fn an_answer_is_read_whole() {
        let headers = json!([{ "name": "X-Kind", "value": "pot" }, { "name": "x-kind", "value": "two" }]);
        let answer = json!({
            "status": 418, "statusText": "Teapot", "url": "http://a.example/x", "redirected": true, "headers": headers, "body": "eyJhIjoxfQ=="
        });
        let response = FetchResponse::from_answer(&answer).unwrap();
        assert_eq!((response.status, response.is_ok(), response.redirected), (418, false, true));
        assert_eq!((response.header("x-kind"), response.headers.len()), (Some("pot"), 2));
        assert_eq!((response.text(), response.bytes()), ("{\"a\":1}".to_owned(), b"{\"a\":1}".as_slice()));
        assert_eq!(response.json::<Value>().unwrap(), json!({ "a": 1 }));
        assert!(response.json::<Vec<u8>>().is_err());
    }

    #[test]
    fn an_answer_that_is_none_is_an_error() {
        for answer in [json!({}), json!({ "status": "200" }), json!({ "status": 200, "body": "no base64!" })] {
            assert_eq!(FetchResponse::from_answer(&answer).unwrap_err().kind, "internal-error");
        }
    }
}
