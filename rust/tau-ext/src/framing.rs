//! Bytes to messages (spec/protocol.md, group F).
use crate::fields::pick;
use serde_json::value::RawValue;

/// The longest line either side reads, in bytes without the newline, until the handshake says otherwise (F-3).
pub(crate) const MAX_LINE_BYTES: usize = 16 * 1024 * 1024;
/// How much of a line that is too long is kept, to find out whose it was (F-4).
const HEAD_BYTES: usize = 1024;
const MESSAGE_START: &str = "{\"jsonrpc\":\"2.0\"";
/// Content may hold beginnings of messages too, and each costs a look at the whole line.
const MAX_STARTS: usize = 8;

pub(crate) enum Read<'a> {
    Message(Message<'a>),
    /// Something that is no message: what it is, and its text.
    Fault(&'static str, String),
    /// A line that was too long to read: its beginning and its length.
    Oversized(String, usize),
}

/// The parts of a message, as they stand in its line.
#[derive(Clone, Copy)]
pub(crate) struct Message<'a> {
    pub(crate) text: &'a str,
    pub(crate) id: Option<&'a RawValue>,
    pub(crate) method: Option<&'a RawValue>,
    pub(crate) params: Option<&'a RawValue>,
    pub(crate) result: Option<&'a RawValue>,
    pub(crate) error: Option<&'a RawValue>,
}

/// How much of a chunk its first line is, or what there is of it.
pub(crate) fn first_line(chunk: &[u8]) -> usize {
    memchr::memchr(b'\n', chunk).map_or(chunk.len(), |end| end + 1)
}

/// Cuts a byte stream into messages.
#[derive(Default)]
pub(crate) struct Decoder {
    line: Vec<u8>,
    length: usize,
}

impl Decoder {
    pub(crate) fn feed(&mut self, mut chunk: &[u8], on_read: &mut impl FnMut(Read<'_>)) {
        while let Some(end) = memchr::memchr(b'\n', chunk) {
            if self.length == 0 && end <= MAX_LINE_BYTES {
                // All of it is here, which it mostly is: nothing to keep.
                read_line(&chunk[..end], on_read);
                chunk = &chunk[end + 1..];
                continue;
            }
            self.keep(&chunk[..end]);
            chunk = &chunk[end + 1..];
            let (line, length) = (std::mem::take(&mut self.line), std::mem::take(&mut self.length));
            if length > MAX_LINE_BYTES {
                on_read(Read::Oversized(head_of(&line), length));
            } else {
                read_line(&line, on_read);
            }
        }
        self.keep(chunk);
    }

    fn keep(&mut self, piece: &[u8]) {
        self.length += piece.len();
        if self.length <= MAX_LINE_BYTES {
            self.line.extend_from_slice(piece);
        } else {
            if self.line.len() < HEAD_BYTES {
                self.line.extend_from_slice(&piece[..piece.len().min(HEAD_BYTES)]);
            }
            self.line.truncate(HEAD_BYTES);
        }
    }
}

fn read_line(line: &[u8], on_read: &mut impl FnMut(Read<'_>)) {
    if line.trim_ascii().is_empty() {
        return;
    }
    let Ok(text) = std::str::from_utf8(line) else {
        return on_read(Read::Fault("a line that is not UTF-8", head_of(line)));
    };
    match parse(text) {
        Some(message) => on_read(Read::Message(message)),
        None => salvage(text, on_read),
    }
}

/// A print without a newline in front of a message ends up on the message's line (F-7).
fn salvage(text: &str, on_read: &mut impl FnMut(Read<'_>)) {
    for (start, _) in text.match_indices(MESSAGE_START).filter(|(start, _)| *start > 0).take(MAX_STARTS) {
        if let Some(message) = parse(&text[start..]) {
            on_read(Read::Fault("text in front of a message", text[..start].to_owned()));
            return on_read(Read::Message(message));
        }
    }
    on_read(Read::Fault("a line that is no message", text.to_owned()));
}

fn parse(text: &str) -> Option<Message<'_>> {
    let [id, method, params, result, error] = pick(text, &["id", "method", "params", "result", "error"])?;
    Some(Message { text, id, method, params, result, error })
}

fn head_of(line: &[u8]) -> String {
    String::from_utf8_lossy(&line[..line.len().min(HEAD_BYTES)]).into_owned()
}

/// Whose the beginning of a message is: whether a request's, and its id. Only names in front of the message's own content count.
pub(crate) fn owner_of(head: &str) -> Option<(bool, u64)> {
    let head = &head[head.find("{\"jsonrpc\"")?..];
    let content = ["params", "result", "error"].iter().filter_map(|name| find_name(head, name).map(|(at, _)| (at, *name))).min();
    let envelope = &head[..content.map_or(head.len(), |(at, _)| at)];
    let (_, value) = find_name(envelope, "id")?;
    let digits: String = envelope[value..].trim_start().chars().take_while(char::is_ascii_digit).collect();
    let rest = envelope[value..].trim_start()[digits.len()..].trim_start();
    if digits.is_empty() || digits.len() > 16 || !(rest.starts_with(',') || rest.starts_with('}')) {
        return None;
    }
    let id = digits.parse().ok()?;
    if find_name(envelope, "method").is_some() || matches!(content, Some((_, "params"))) {
        return Some((true, id));
    }
    content.map(|_| (false, id))
}

/// Where `"name":` begins, and where its value does.
fn find_name(text: &str, name: &str) -> Option<(usize, usize)> {
    let quoted = format!("\"{name}\"");
    text.match_indices(&quoted).find_map(|(at, _)| {
        let behind = at + quoted.len();
        let colon = text[behind..].find(|character: char| !character.is_whitespace())? + behind;
        text[colon..].starts_with(':').then_some((at, colon + 1))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(chunks: &[&[u8]]) -> Vec<String> {
        let mut decoder = Decoder::default();
        let mut seen = Vec::new();
        let mut on_read = |read: Read<'_>| {
            seen.push(match read {
                Read::Message(message) => message.text.to_owned(),
                Read::Fault(kind, text) => format!("{kind}: {text}"),
                Read::Oversized(head, length) => format!("{length} bytes: {}", head.len()),
            });
        };
        for chunk in chunks {
            decoder.feed(chunk, &mut on_read);
        }
        seen
    }

    #[test]
    fn a_message_is_the_same_however_it_is_cut() {
        let line = "{\"jsonrpc\":\"2.0\",\"id\":1}\n\n{\"a\":\"ü\"}\n".as_bytes();
        let whole = read(&[line]);
        assert_eq!(whole.len(), 2);
        for cut in 0..line.len() {
            assert_eq!(read(&[&line[..cut], &line[cut..]]), whole);
        }
    }

    #[test]
    fn a_line_that_is_too_long_is_skipped_and_the_next_one_is_read() {
        let long = vec![b'x'; MAX_LINE_BYTES + 1];
        assert_eq!(read(&[&long, b"\n{}\n"]), ["16777217 bytes: 1024", "{}"]);
    }

    #[test]
    fn garbage_is_told_and_text_in_front_of_a_message_costs_it_nothing() {
        let seen = read(&[b"hello\n\xff\nprint{\"jsonrpc\":\"2.0\"}\nrest"]);
        assert_eq!(seen[0], "a line that is no message: hello");
        assert!(seen[1].starts_with("a line that is not UTF-8"));
        // What follows the last newline is no line (F-9).
        assert_eq!(seen[2..], ["text in front of a message: print", "{\"jsonrpc\":\"2.0\"}"]);
    }

    #[test]
    fn the_owner_of_a_long_line_stands_before_its_content() {
        assert_eq!(owner_of(r#"{"jsonrpc":"2.0","id":7,"method":"x","params":{"#), Some((true, 7)));
        assert_eq!(owner_of(r#"{"jsonrpc":"2.0","id":7,"result":{"id":8"#), Some((false, 7)));
        assert_eq!(owner_of(r#"{"jsonrpc":"2.0","params":{"id":8,"#), None);
        assert_eq!(owner_of("nothing"), None);
    }
}
