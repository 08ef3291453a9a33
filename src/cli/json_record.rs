//! A record as one line of JSON: what `consume --json` writes and `produce --json` reads.
//!
//! ```text
//! {"topic":"t","partition":0,"offset":5,"timestamp":1709210096789,"key":"k","value":"v",
//!  "headers":[{"key":"h","value":"1"}]}
//! ```
//! Bytes that are no UTF-8 stand in `key_base64`, `value_base64`.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::{base64, datetime};
use crate::client::consumer::ConsumedRecord;

/// A record to be sent, read from JSON.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct JsonRecord {
    pub key: Option<Vec<u8>>,
    pub value: Option<Vec<u8>>,
    pub headers: Vec<(Vec<u8>, Option<Vec<u8>>)>,
    pub partition: Option<i32>,
    pub timestamp: Option<i64>,
}

/// The line as it stands; topic and offset are where a record was, not where it goes.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    key: Option<Value>,
    key_base64: Option<String>,
    value: Option<Value>,
    value_base64: Option<String>,
    headers: Option<Headers>,
    partition: Option<i32>,
    timestamp: Option<Timestamp>,
    #[serde(rename = "topic")]
    _topic: Option<String>,
    #[serde(rename = "offset")]
    _offset: Option<i64>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Headers {
    List(Vec<HeaderLine>),
    Map(Map<String, Value>),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct HeaderLine {
    key: String,
    value: Option<Value>,
    value_base64: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Timestamp {
    Milliseconds(i64),
    Text(String),
}

/// Reads a line; the error completes "line 5: ".
pub(super) fn parse(line: &[u8]) -> Result<JsonRecord, String> {
    let line: Line = serde_json::from_slice(line).map_err(|cause| mistake(line, &cause))?;
    let headers = match line.headers {
        None => Vec::new(),
        Some(Headers::List(list)) => {
            let mut headers = Vec::new();
            for it in list {
                let value = field("headers.value", it.value, it.value_base64)?;
                headers.push((it.key.into_bytes(), value));
            }
            headers
        }
        Some(Headers::Map(map)) => {
            map.into_iter().map(|(key, value)| (key.into_bytes(), text(value))).collect()
        }
    };
    let timestamp = match line.timestamp {
        None => None,
        Some(Timestamp::Milliseconds(milliseconds)) => Some(milliseconds),
        Some(Timestamp::Text(text)) => Some(
            datetime::parse(&text).ok_or_else(|| format!("timestamp `{text}` is not RFC 3339"))?,
        ),
    };
    Ok(JsonRecord {
        key: field("key", line.key, line.key_base64)?,
        value: field("value", line.value, line.value_base64)?,
        headers,
        partition: line.partition,
        timestamp,
    })
}

/// What is wrong, and where in the line.
fn mistake(line: &[u8], cause: &serde_json::Error) -> String {
    if line.trim_ascii_start().first() != Some(&b'{') {
        return "this is no JSON object: write {\"value\":\"...\"}".to_owned();
    }
    let text = cause.to_string();
    // It counts lines, and always finds one.
    match text.rsplit_once(" at line ") {
        Some((words, _)) if cause.column() > 0 => format!("{words}, at column {}", cause.column()),
        _ => text,
    }
}

fn field(
    name: &str,
    value: Option<Value>,
    as_base64: Option<String>,
) -> Result<Option<Vec<u8>>, String> {
    match (value, as_base64) {
        (Some(_), Some(_)) => Err(format!("{name} and {name}_base64 are both there")),
        (None, Some(encoded)) => {
            let bytes = base64::decode(&encoded);
            bytes.map(Some).ok_or_else(|| format!("{name}_base64 is not base64"))
        }
        (value, None) => Ok(value.and_then(text)),
    }
}

/// A string as it is, null as null, anything else as its JSON.
fn text(value: Value) -> Option<Vec<u8>> {
    match value {
        Value::Null => None,
        Value::String(text) => Some(text.into_bytes()),
        other => Some(other.to_string().into_bytes()),
    }
}

/// The record as it was read.
pub(super) fn of(record: &ConsumedRecord<'_>) -> Value {
    let mut line = Map::new();
    line.insert("topic".to_owned(), json!(record.topic));
    line.insert("partition".to_owned(), json!(record.partition));
    line.insert("offset".to_owned(), json!(record.offset));
    line.insert("timestamp".to_owned(), json!(record.timestamp));
    put(&mut line, "key", record.key);
    put(&mut line, "value", record.value);
    let header = |(key, value): (&[u8], Option<&[u8]>)| {
        let mut header = Map::new();
        header.insert("key".to_owned(), json!(String::from_utf8_lossy(key)));
        put(&mut header, "value", value);
        Value::Object(header)
    };
    line.insert("headers".to_owned(), record.headers.iter().map(header).collect());
    Value::Object(line)
}

/// Bytes as text if they are text.
pub(super) fn put(object: &mut Map<String, Value>, name: &str, bytes: Option<&[u8]>) {
    match bytes.map(|bytes| (bytes, std::str::from_utf8(bytes))) {
        None => object.insert(name.to_owned(), Value::Null),
        Some((_, Ok(text))) => object.insert(name.to_owned(), json!(text)),
        Some((bytes, Err(_))) => {
            object.insert(format!("{name}_base64"), json!(base64::encode(bytes)))
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use shards::format::records::{encoded_headers, put_header};

    #[test]
    fn what_is_written_reads_back() {
        let mut headers = Vec::new();
        put_header(&mut headers, (b"h", Some(b"1")));
        put_header(&mut headers, (b"h", None));
        let record = ConsumedRecord {
            topic: "t",
            partition: 2,
            offset: 9,
            timestamp: 77,
            key: Some(b"\xff"),
            value: Some("ä\n\"".as_bytes()),
            headers: encoded_headers(2, &headers).unwrap(),
        };
        let line = of(&record).to_string();
        let expected = JsonRecord {
            key: Some(b"\xff".to_vec()),
            value: Some("ä\n\"".as_bytes().to_vec()),
            headers: vec![(b"h".to_vec(), Some(b"1".to_vec())), (b"h".to_vec(), None)],
            partition: Some(2),
            timestamp: Some(77),
        };
        assert_eq!(parse(line.as_bytes()), Ok(expected));
    }

    #[test]
    fn short_forms() {
        let line = br#"{"value":{"a":1},"headers":{"x":"y","n":null},"timestamp":"1970-01-02"}"#;
        let record = parse(line).unwrap();
        assert_eq!(record.value.as_deref(), Some(br#"{"a":1}"#.as_slice()));
        assert_eq!(record.headers.len(), 2);
        assert_eq!((record.key, record.timestamp), (None, Some(86_400_000)));
        assert_eq!(parse(b"{}"), Ok(JsonRecord::default()));
        assert_eq!(parse(br#"{"value":null}"#).unwrap().value, None);
    }

    #[test]
    fn mistakes_are_named() {
        for (line, words) in [
            (r#"{"valu":"x"}"#, "unknown field `valu`"),
            (r#"{"value":"a","value_base64":"YQ=="}"#, "both there"),
            (r#"{"key_base64":"?"}"#, "key_base64 is not base64"),
            (r#"{"timestamp":"today"}"#, "not RFC 3339"),
            (r#"{bad"#, "key must be a string, at column 2"),
            ("[1]", "no JSON object"),
            ("plain", "no JSON object"),
            ("", "no JSON object"),
        ] {
            let error = parse(line.as_bytes()).unwrap_err();
            assert!(error.contains(words), "{line}: {error}");
        }
    }
}
