//! The log as JSON: one object in each line, always with the same fields in the same order.
//!
//! Lives on: whichever thread logs. Promise: a line is one JSON object, whatever a field holds.
//! The schema stands in `ringlog config docs` (../config/documentation.rs).

use std::fmt;
use std::thread;

use serde_json::{Map, Value, json};
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::{FormatTime, SystemTime};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields};
use tracing_subscriber::registry::LookupSpan;

/// See the module.
pub(super) struct JsonLines {
    pub node: i32,
}

impl<S, N> FormatEvent<S, N> for JsonLines
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
{
    fn format_event(
        &self,
        _context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut said = Said::default();
        event.record(&mut said);
        let level = event.metadata().level().as_str().to_ascii_lowercase();
        let target = event.metadata().target();
        let text = line(self.node, &level, target, &said.message, &Value::Object(said.fields));
        writer.write_str(&text)
    }
}

/// Text of several lines as one: the first is the message, the others are its field `text`.
pub(super) fn paragraph(node: i32, level: &str, target: &str, text: &str) -> String {
    let (message, rest) = text.split_once('\n').unwrap_or((text, ""));
    line(node, level, target, message, &json!({ "text": rest }))
}

fn line(node: i32, level: &str, target: &str, message: &str, fields: &Value) -> String {
    let mut time = String::new();
    // Writing to a string does not fail.
    let _ = SystemTime.format_time(&mut Writer::new(&mut time));
    let thread = thread::current();
    let text = |text: &str| Value::from(text).to_string();
    format!(
        "{{\"time\":{},\"level\":{},\"node\":{node},\"thread\":{},\"target\":{},\
         \"message\":{},\"fields\":{fields}}}\n",
        text(&time),
        text(level),
        text(thread.name().unwrap_or("unnamed")),
        text(target),
        text(message),
    )
}

/// What an event holds.
#[derive(Default)]
struct Said {
    message: String,
    fields: Map<String, Value>,
}

impl Said {
    fn put(&mut self, field: &Field, value: Value) {
        match (field.name(), value) {
            ("message", Value::String(message)) => self.message = message,
            (name, value) => drop(self.fields.insert(name.to_owned(), value)),
        }
    }
}

impl Visit for Said {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field, Value::from(value));
    }

    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, Value::from(value));
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, Value::from(value));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, Value::from(value));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, Value::from(value));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.put(field, Value::from(format!("{value:?}")));
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use tracing_subscriber::layer::SubscriberExt;

    use super::*;

    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Written {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn every_line_is_an_object_with_the_same_fields() {
        let written = Written::default();
        let writer = written.clone();
        let layer = tracing_subscriber::fmt::layer()
            .event_format(JsonLines { node: 7 })
            .with_writer(move || writer.clone());
        let subscriber = tracing_subscriber::registry().with(layer);
        tracing::subscriber::with_default(subscriber, || {
            let error = io::Error::other("line one\nline \"two\"\u{7}");
            tracing::error!(%error, count = 3, ratio = 0.5, is_new = true, "it {}", "failed\n{}");
            tracing::info!(name = "\u{1b}[31m", "plain");
        });
        let text = String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
        let text = text + &paragraph(7, "error", "ringlog::boot", "first\nsecond\nthird");
        let lines: Vec<Value> =
            text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(lines.len(), 3, "{text}");
        for (line, shown) in lines.iter().zip(text.lines()) {
            let keys = ["time", "level", "node", "thread", "target", "message", "fields"];
            assert_eq!(line.as_object().unwrap().len(), keys.len());
            let places: Vec<_> =
                keys.iter().map(|key| shown.find(&format!("\"{key}\":")).unwrap()).collect();
            assert!(places.is_sorted(), "{shown}");
            assert_eq!(line["node"], 7);
            assert!(line["time"].as_str().unwrap().ends_with('Z'));
        }
        assert_eq!(lines[0]["level"], "error");
        assert_eq!(lines[0]["message"], "it failed\n{}");
        assert_eq!(lines[0]["fields"]["count"], 3);
        assert_eq!(lines[0]["fields"]["error"], "line one\nline \"two\"\u{7}");
        assert_eq!(lines[1]["target"], "ringlog::observe::json_lines::tests");
        assert_eq!(
            (&lines[2]["message"], &lines[2]["fields"]["text"]),
            (&"first".into(), &"second\nthird".into(),)
        );
    }
}
