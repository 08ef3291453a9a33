//! A record as a line of fields.

use clap::ValueEnum;

use crate::cli::datetime;
use crate::cli::failure::Failure;
use crate::cli::output::Output;
use crate::client::consumer::ConsumedRecord;

/// How records are written.
#[derive(Debug, Clone)]
pub(super) enum LineFormat {
    Json,
    Fields { fields: Vec<Field>, separator: Vec<u8>, null: Vec<u8> },
}

/// What stands in front of the value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum Field {
    Topic,
    Partition,
    Offset,
    /// Milliseconds since 1970
    Timestamp,
    /// The timestamp as text
    Time,
    /// name=value, with commas between them
    Headers,
    Key,
}

/// Writes the fields in the order given, then the value.
pub(super) fn write(
    output: &mut Output,
    record: &ConsumedRecord<'_>,
    fields: &[Field],
    separator: &[u8],
    null: &[u8],
) -> Result<(), Failure> {
    for field in fields {
        match field {
            Field::Topic => output.bytes(record.topic.as_bytes())?,
            Field::Partition => output.bytes(record.partition.to_string().as_bytes())?,
            Field::Offset => output.bytes(record.offset.to_string().as_bytes())?,
            Field::Timestamp => output.bytes(record.timestamp.to_string().as_bytes())?,
            Field::Time => output.bytes(datetime::format(record.timestamp).as_bytes())?,
            Field::Headers => output.bytes(&headers(record, null))?,
            Field::Key => output.bytes(record.key.unwrap_or(null))?,
        }
        output.bytes(separator)?;
    }
    output.bytes(record.value.unwrap_or(null))?;
    output.bytes(b"\n")
}

fn headers(record: &ConsumedRecord<'_>, null: &[u8]) -> Vec<u8> {
    let mut text = Vec::new();
    for (name, value) in record.headers.iter() {
        if !text.is_empty() {
            text.push(b',');
        }
        text.extend_from_slice(name);
        text.push(b'=');
        text.extend_from_slice(value.unwrap_or(null));
    }
    text
}
