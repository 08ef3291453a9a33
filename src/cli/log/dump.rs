//! `ringlog log dump`.

use serde_json::{Map, Value, json};
use shards::format::batch::{Batch, TimestampType};
use shards::format::records::{self, Record};
use shards::limits::RECORDS_DECOMPRESSED_BYTES_MAX;

use super::DumpArgs;
use super::decode::{Decoding, text};
use super::log_files::{self, Content, LogFile};
use super::segment::{Found, Segment};
use super::side_files::{self, time};
use crate::cli::failure::Failure;
use crate::cli::files;
use crate::cli::json_record;
use crate::cli::output::{Output, note};

pub(super) fn run(arguments: &DumpArgs) -> Result<(), Failure> {
    let in_use = arguments.paths.iter().find_map(|path| files::directory_in_use(path));
    if let Some(directory) = &in_use {
        note(&format!(
            "a broker runs on {}: its newest records may not be in the files yet, and the ends of \
             files may look damaged",
            directory.display()
        ));
    }
    let places = log_files::find(&arguments.paths)?;
    let mut dump = Dump { arguments, output: Output::stdout(), damaged: 0 };
    for place in &places {
        dump.place(place)?;
    }
    dump.output.flush()?;
    match dump.damaged {
        0 => Ok(()),
        _ if in_use.is_some() => Err(Failure::failed(
            "not all could be read, which a broker that writes may be the cause of: stop it, and \
             `ringlog log verify` says more",
        )),
        _ => Err(Failure::failed("not all could be read; `ringlog log verify` says more")),
    }
}

struct Dump<'a> {
    arguments: &'a DumpArgs,
    output: Output,
    damaged: usize,
}

impl Dump<'_> {
    fn place(&mut self, place: &LogFile) -> Result<(), Failure> {
        let file = place.path.display().to_string();
        let Some(lines) = side_files::read(place)? else { return self.segment(place) };
        let lines = lines.unwrap_or_else(|cause| {
            self.damaged += 1;
            vec![format!("DAMAGED: {cause}")]
        });
        if self.arguments.json {
            return self.output.json_line(&json!({"file": file, "entries": lines}));
        }
        self.output.line(&format!("{file}: {} entries", lines.len()))?;
        lines.iter().try_for_each(|line| self.output.line(&format!("  {line}")))
    }

    fn segment(&mut self, place: &LogFile) -> Result<(), Failure> {
        let file = place.path.display().to_string();
        let mut segment = Segment::open(&place.path)?;
        let topic = match place.content {
            Content::MetadataSnapshot => Some("__cluster_metadata"),
            _ => place.topic.as_deref(),
        };
        let decoding = self.arguments.decoding.of_topic(topic);
        if !self.arguments.json {
            self.output.line(&format!("{file}: batches"))?;
        }
        let mut shown = 0;
        while let Some(found) = segment.next()? {
            match found {
                Found::Batch { position, batch } => {
                    let from = self.arguments.from_offset;
                    if from.is_some_and(|from| batch.last_offset() < from) {
                        continue;
                    }
                    if self.arguments.max_batches.is_some_and(|max| shown >= max) {
                        break;
                    }
                    shown += 1;
                    self.batch(&file, position, &batch, decoding)?;
                }
                Found::Unused { bytes } => {
                    if !self.arguments.json {
                        self.output.line(&format!("  {bytes} bytes not used yet"))?;
                    }
                }
                Found::Damaged { position, cause } => {
                    self.damaged += 1;
                    self.output.line(&match self.arguments.json {
                        true => json!({"file": file, "position": position, "damaged": cause})
                            .to_string(),
                        false => format!("  DAMAGED at {position}: {cause}"),
                    })?;
                }
            }
        }
        Ok(())
    }

    fn batch(
        &mut self,
        file: &str,
        position: u64,
        batch: &Batch<'_>,
        decoding: Decoding,
    ) -> Result<(), Failure> {
        let checksum = batch.verify_checksum();
        if checksum.is_err() {
            self.damaged += 1;
        }
        if self.arguments.json {
            let mut line = batch_json(file, position, batch);
            line.insert("checksum_ok".to_owned(), json!(checksum.is_ok()));
            if self.arguments.records {
                let (lines, cause) =
                    self.records(batch, |record| record_json(record, batch, decoding));
                line.insert("records".to_owned(), Value::Array(lines));
                if let Some(cause) = cause {
                    line.insert("damaged".to_owned(), json!(cause));
                }
            }
            return self.output.json_line(&Value::Object(line));
        }
        let checksum =
            checksum.map_or_else(|error| format!(", DAMAGED: {error}"), |()| String::new());
        self.output.line(&format!("  {}{checksum}", batch_line(position, batch)))?;
        if self.arguments.records {
            let (lines, cause) = self.records(batch, |record| record_line(record, batch, decoding));
            lines.iter().try_for_each(|line| self.output.line(line))?;
            if let Some(cause) = cause {
                self.output.line(&format!("    DAMAGED: {cause}"))?;
            }
        }
        Ok(())
    }

    /// The records as `show` writes them, and what is wrong with them.
    fn records<T>(
        &mut self,
        batch: &Batch<'_>,
        show: impl Fn(&Record<'_>) -> T,
    ) -> (Vec<T>, Option<String>) {
        let mut scratch = Vec::new();
        let mut shown = Vec::new();
        let cause = match records::open(batch, &mut scratch, RECORDS_DECOMPRESSED_BYTES_MAX) {
            Err(cause) => Some(cause.to_string()),
            Ok(records) => {
                let shown = records.map(|it| it.map(|record| shown.push(show(&record))));
                shown.filter_map(Result::err).last().map(|cause| cause.to_string())
            }
        };
        self.damaged += usize::from(cause.is_some());
        (shown, cause)
    }
}

fn codec(batch: &Batch<'_>) -> String {
    let codec = batch.attributes().codec();
    codec.map_or_else(|id| format!("unknown codec {id}"), |codec| codec.name().to_owned())
}

fn batch_line(position: u64, batch: &Batch<'_>) -> String {
    let attributes = batch.attributes();
    let producer = match batch.has_producer_id() {
        false => String::new(),
        true => format!(
            ", producer {} epoch {} sequence {} to {}",
            batch.producer_id(),
            batch.producer_epoch(),
            batch.base_sequence(),
            batch.last_sequence()
        ),
    };
    let marks: String = [
        (attributes.is_control(), ", control"),
        (attributes.is_transactional(), ", transactional"),
        (attributes.has_delete_horizon(), ", delete horizon"),
        (attributes.timestamp_type() == TimestampType::LogAppendTime, ", log append time"),
    ]
    .iter()
    .filter_map(|(is_set, mark)| is_set.then_some(*mark))
    .collect();
    format!(
        "offsets {} to {} at {position}, {} bytes, {} records, {}, epoch {}, max {}{producer}\
         {marks}",
        batch.base_offset(),
        batch.last_offset(),
        batch.size(),
        batch.count(),
        codec(batch),
        batch.leader_epoch(),
        time(batch.max_timestamp()),
    )
}

fn batch_json(file: &str, position: u64, batch: &Batch<'_>) -> Map<String, Value> {
    let attributes = batch.attributes();
    let line = json!({
        "file": file,
        "position": position,
        "bytes": batch.size(),
        "base_offset": batch.base_offset(),
        "last_offset": batch.last_offset(),
        "count": batch.count(),
        "codec": codec(batch),
        "leader_epoch": batch.leader_epoch(),
        "base_timestamp": batch.base_timestamp(),
        "max_timestamp": batch.max_timestamp(),
        "log_append_time": attributes.timestamp_type() == TimestampType::LogAppendTime,
        "producer_id": batch.producer_id(),
        "producer_epoch": batch.producer_epoch(),
        "base_sequence": batch.base_sequence(),
        "control": attributes.is_control(),
        "transactional": attributes.is_transactional(),
        "delete_horizon": attributes.has_delete_horizon(),
        "checksum": batch.checksum(),
    });
    match line {
        Value::Object(line) => line,
        _ => Map::new(),
    }
}

fn record_line(record: &Record<'_>, batch: &Batch<'_>, decoding: Decoding) -> String {
    let words = decoding.words(record, batch.attributes().is_control());
    let shown = |words: Option<String>| words.unwrap_or_else(|| "null".to_owned());
    let mut line = format!(
        "    {} {} key {} value {}",
        record.offset(batch),
        time(record.timestamp(batch)),
        shown(words.key),
        shown(words.value)
    );
    for (name, value) in record.headers.iter() {
        let value = value.map_or_else(|| "null".to_owned(), text);
        line.push_str(&format!(" header {} {value}", text(name)));
    }
    line
}

fn record_json(record: &Record<'_>, batch: &Batch<'_>, decoding: Decoding) -> Value {
    let mut line = Map::new();
    line.insert("offset".to_owned(), json!(record.offset(batch)));
    line.insert("timestamp".to_owned(), json!(record.timestamp(batch)));
    let words = decoding.words(record, batch.attributes().is_control());
    if words.is_decoded {
        line.insert("key".to_owned(), json!(words.key));
        line.insert("value".to_owned(), json!(words.value));
    } else {
        json_record::put(&mut line, "key", record.key);
        json_record::put(&mut line, "value", record.value);
    }
    let header = |(name, value): records::Header<'_>| {
        let mut header = Map::new();
        header.insert("key".to_owned(), json!(String::from_utf8_lossy(name)));
        json_record::put(&mut header, "value", value);
        Value::Object(header)
    };
    line.insert("headers".to_owned(), record.headers.iter().map(header).collect());
    Value::Object(line)
}
