//! `ringlog produce`: lines or JSON from stdin or files, to a topic.

use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::Duration;

use clap::{Args, ValueEnum};
use indicatif::ProgressBar;
use shards::compression::{Codec, Compression};
use shards::format::builder::NewRecord;

use super::failure::Failure;
use super::output::{counted, grouped, hint, note, sized};
use super::server::{ServerArgs, escaped, name_and_value, partition, seconds};
use super::signals::Stop;
use super::{json_record, progress};
use crate::client::producer::{Acks, Producer, ProducerOptions, Sent, Stopwatch, Teller, now_ms};
use crate::client::{ClientError, Cluster};
use crate::protocol::ErrorCode;

mod lines;

use lines::{Block, LineFormat};

/// Send records: one per line of stdin or of files
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct ProduceArgs {
    #[command(flatten)]
    server: ServerArgs,
    /// Topic to send to; brokers make one that is not there, unless they are told not to
    topic: String,
    /// Files to read in place of stdin
    files: Vec<PathBuf>,

    /// Lines are JSON objects: key, value, headers, partition, timestamp (see below)
    #[arg(long)]
    json: bool,
    /// A line is a key and a value with this between them; \t is a tab
    #[arg(long, value_name = "TEXT", visible_alias = "separator", conflicts_with = "json",
          value_parser = escaped)]
    key_separator: Option<String>,
    /// The key of all records that bring none
    #[arg(long, value_name = "TEXT", conflicts_with = "key_separator")]
    key: Option<String>,
    /// A value that is this text becomes null (deletes the key in a compacted topic)
    #[arg(long, value_name = "TEXT", conflicts_with = "json")]
    null: Option<String>,
    /// A header of all records; may be given several times
    #[arg(long, value_name = "NAME=VALUE", value_parser = name_and_value)]
    header: Vec<(String, String)>,
    /// Send to this partition, whatever the key
    #[arg(long, short, allow_negative_numbers = true, value_parser = partition)]
    partition: Option<i32>,
    /// The time of all records that bring none, in milliseconds or RFC 3339; without it, now
    #[arg(long, value_name = "TIME", value_parser = timestamp, allow_negative_numbers = true)]
    timestamp: Option<i64>,

    /// How batches are compressed
    #[arg(long, short = 'z', value_name = "CODEC", default_value = "none", value_parser = codec)]
    compression: Codec,
    /// How hard the codec tries: gzip 1 to 9, zstd up to 22 (3 without this); others have no levels
    #[arg(long, value_name = "LEVEL", allow_negative_numbers = true)]
    compression_level: Option<i32>,
    /// Who must have a record before it counts as sent
    #[arg(long, default_value = "all")]
    acks: AcksArg,
    /// Let the broker recognise what it gets twice; on unless --acks is less than all
    #[arg(long, value_name = "BOOL")]
    idempotence: Option<bool>,
    /// A batch is sent when its records have this many bytes
    #[arg(long, value_name = "BYTES", default_value_t = ProducerOptions::default().batch_bytes)]
    batch_bytes: usize,
    /// A batch is sent when no line came for so many seconds
    #[arg(long, value_name = "SECONDS", default_value = "0.02", value_parser = seconds)]
    linger: Duration,
    /// What a record does that is larger than the topic takes
    #[arg(long, value_name = "WHAT", default_value = "stop")]
    too_large: TooLargeArg,
    /// Say nothing about what was sent
    #[arg(long, short)]
    quiet: bool,
}

/// Records that the topic does not take.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum TooLargeArg {
    /// End the command: what was read before is sent
    Stop,
    /// Be named, and left out
    Skip,
}

/// How often an idle command looks whether it is to end.
const SIGNALS_LOOKED_AT: Duration = Duration::from_millis(200);
/// What is under way when the command is interrupted is waited for so long.
const INTERRUPTED_PATIENCE: Duration = Duration::from_secs(2);
/// Kafka's range; below 1 it compresses less than at 1, and faster.
const ZSTD_LEVELS: RangeInclusive<i32> = -131_072..=22;

const EXAMPLES: &str = "\
Examples:
  printf 'one\\ntwo\\n' | ringlog produce logs
  printf 'alice:login\\nbob:logout\\n' | ringlog produce events --key-separator :
  ringlog produce logs /var/log/syslog --key syslog --compression zstd
  ringlog consume a --from beginning --exit-at-end --json | ringlog produce b --json

JSON lines have any of these fields:
  {\"key\":\"k\",\"value\":\"v\",\"headers\":[{\"key\":\"h\",\"value\":\"1\"}],
   \"partition\":0,\"timestamp\":1709210096789}
A value that is no string is sent as its JSON; bytes go into key_base64 and value_base64;
\"topic\" and \"offset\" are passed over.";

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum AcksArg {
    /// Nobody: fast, and records may be lost
    #[value(name = "0", alias = "none")]
    None,
    /// The leader of the partition
    #[value(name = "1", alias = "leader")]
    Leader,
    /// All replicas in sync
    #[value(name = "all", alias = "-1")]
    All,
}

fn codec(text: &str) -> Result<Codec, String> {
    Codec::from_name(text).ok_or_else(|| {
        let names = Codec::ALL.map(Codec::name).join(", ");
        format!("there is no codec `{text}`; there are {names}")
    })
}

fn timestamp(text: &str) -> Result<i64, String> {
    let read = text.parse().ok().or_else(|| super::datetime::parse(text));
    read.ok_or_else(|| format!("`{text}` is neither milliseconds since 1970 nor RFC 3339"))
}

pub(super) fn run(arguments: &ProduceArgs) -> Result<(), Failure> {
    let stop = Stop::on_signals()?;
    let options = options(arguments)?;
    let format = LineFormat {
        json: arguments.json,
        key_separator: arguments.key_separator.clone().map(String::into_bytes),
        null: arguments.null.clone().map(String::into_bytes),
    };
    if format.key_separator.as_ref().is_some_and(Vec::is_empty) {
        return Err(Failure::usage("--key-separator is empty"));
    }
    let total = lines::total_bytes(&arguments.files)?;
    let mut cluster = arguments.server.connect()?;
    let is_new = is_unknown(&mut cluster, &arguments.topic)?;
    let mut producer = Producer::open(&mut cluster, &arguments.topic, options)?;
    if is_new && !arguments.quiet {
        note(&format!("topic {} was not there: the broker has made it", arguments.topic));
    }
    let blocks = lines::read(&arguments.files)?;
    if arguments.files.is_empty() && std::io::IsTerminal::is_terminal(&std::io::stdin()) {
        hint("Type one record a line; Ctrl-D ends.");
    }
    let shown = match total {
        Some(total) => progress::of_bytes(total),
        None if std::io::IsTerminal::is_terminal(&std::io::stdin()) => progress::hidden(),
        None => progress::of_records(None),
    };
    let bar = shown.clone();
    producer.tell(Teller::new(move |cause, left| {
        let left = left.as_secs();
        bar.suspend(|| note(&format!("{cause}: tried again for up to {left} s")));
    }));
    let watch = Stopwatch::start();
    let by_bytes = total.is_some();
    stop.look();
    let asked = stop.clone();
    producer.stop_when(move || asked.is_asked());
    let work = Work { arguments, format: &format, by_bytes, progress: &shown, stop: &stop };
    let done = work.send_all(&mut producer, &blocks);
    let done = end(&mut producer, done);
    shown.finish_and_clear();
    let sent = producer.sent();
    let is_told = if done.is_ok() { !arguments.quiet } else { sent.records > 0 };
    if is_told {
        summarise(sent, watch.seconds());
    }
    done
}

/// Sends what was read before the input had a fault, or the command was interrupted.
fn end(producer: &mut Producer<'_>, done: Result<(), Failure>) -> Result<(), Failure> {
    match done {
        Err(Failure::Failed(_) | Failure::File { .. }) => {
            producer.flush()?;
            done
        }
        Err(Failure::Client(ClientError::Interrupted)) => {
            producer.end_within(INTERRUPTED_PATIENCE);
            // What it can not send is told.
            let _unsent = producer.flush();
            Err(Failure::Interrupted(match producer.unacknowledged() {
                0 => "the lines read until now are sent, no others".to_owned(),
                left => format!(
                    "{} read and not acknowledged: whether brokers have them is not known",
                    counted(left, "record")
                ),
            }))
        }
        done => done,
    }
}

fn options(arguments: &ProduceArgs) -> Result<ProducerOptions, Failure> {
    let acks = match arguments.acks {
        AcksArg::None => Acks::None,
        AcksArg::Leader => Acks::Leader,
        AcksArg::All => Acks::All,
    };
    let idempotent = arguments.idempotence.unwrap_or(acks == Acks::All);
    if idempotent && acks != Acks::All {
        return Err(Failure::usage("--idempotence true needs --acks all"));
    }
    let default_patience = ProducerOptions::default().delivery_timeout;
    let default = Compression::of(arguments.compression);
    let level = arguments.compression_level.unwrap_or(default.level);
    check_level(arguments.compression, arguments.compression_level)?;
    Ok(ProducerOptions {
        acks,
        idempotent,
        compression: Compression { level, ..default },
        batch_bytes: arguments.batch_bytes.max(1),
        delivery_timeout: arguments.server.request_timeout().unwrap_or(default_patience),
    })
}

fn check_level(codec: Codec, level: Option<i32>) -> Result<(), Failure> {
    let Some(level) = level else { return Ok(()) };
    let name = codec.name();
    let levels = match codec {
        Codec::Gzip => 1..=9,
        Codec::Zstd => ZSTD_LEVELS,
        Codec::None | Codec::Snappy | Codec::Lz4 => {
            return Err(Failure::usage(format!("--compression {name} has no levels")));
        }
    };
    if levels.contains(&level) {
        return Ok(());
    }
    let (first, last) = levels.into_inner();
    Err(Failure::usage(format!("{name} has no level {level}: it has {first} to {last}")))
}

/// Whether no broker knows the topic yet.
fn is_unknown(cluster: &mut Cluster, topic: &str) -> Result<bool, ClientError> {
    let metadata = cluster.metadata(Some(&[topic.to_owned()]))?;
    let unknown = ErrorCode::UnknownTopicOrPartition.code();
    Ok(metadata.topics.iter().any(|topic| topic.error_code == unknown))
}

fn summarise(sent: Sent, seconds: f64) {
    let per_second = (sent.records as f64 / seconds) as u64;
    note(&format!(
        "sent {} in {}, {}, in {seconds:.1} s ({} a second)",
        counted(sent.records, "record"),
        match sent.batches {
            1 => "1 batch".to_owned(),
            batches => format!("{} batches", grouped(batches)),
        },
        sized(sent.bytes),
        grouped(per_second),
    ));
}

struct Work<'a> {
    arguments: &'a ProduceArgs,
    format: &'a LineFormat,
    by_bytes: bool,
    progress: &'a ProgressBar,
    stop: &'a Stop,
}

impl Work<'_> {
    fn send_all(
        &self,
        producer: &mut Producer<'_>,
        blocks: &Receiver<Result<Block, Failure>>,
    ) -> Result<(), Failure> {
        let mut is_flushed = true;
        while !self.stop.is_asked() {
            // While nothing waits to be sent, only signals are looked for.
            let patience = if is_flushed { SIGNALS_LOOKED_AT } else { self.arguments.linger };
            match blocks.recv_timeout(patience) {
                Ok(block) => {
                    self.send_block(producer, &block?)?;
                    is_flushed = false;
                }
                Err(RecvTimeoutError::Disconnected) => return Ok(producer.flush()?),
                Err(RecvTimeoutError::Timeout) if is_flushed => {}
                Err(RecvTimeoutError::Timeout) => {
                    producer.flush()?;
                    is_flushed = true;
                }
            }
        }
        Err(ClientError::Interrupted.into())
    }

    fn send_block(&self, producer: &mut Producer<'_>, block: &Block) -> Result<(), Failure> {
        let mut count = 0;
        for (number, line) in block.lines() {
            let place = || format!("{}, line {number}", block.source);
            if self.format.json {
                let record = json_record::parse(line)
                    .map_err(|cause| Failure::failed(format!("{}: {cause}", place())))?;
                let sent = self.send_json(producer, &record);
                self.pass_over(sent, &place())?;
            } else {
                let (key, value) = self
                    .format
                    .split(line)
                    .map_err(|cause| Failure::failed(format!("{}: {cause}", place())))?;
                let sent = self.send(producer, None, None, key, value, &[]);
                self.pass_over(sent, &place())?;
            }
            count += 1;
        }
        self.progress.inc(if self.by_bytes { block.bytes.len() as u64 } else { count });
        Ok(())
    }

    /// Names the line whose record the topic does not take; as the caller wants, that is all.
    fn pass_over(&self, sent: Result<(), Failure>, place: &str) -> Result<(), Failure> {
        let Err(Failure::Client(error @ ClientError::TooLarge { .. })) = sent else { return sent };
        match self.arguments.too_large {
            TooLargeArg::Stop => Err(Failure::failed(format!(
                "{place}: {error}\n--too-large skip leaves such lines out; `ringlog topic alter` \
                 raises max.message.bytes."
            ))),
            TooLargeArg::Skip => {
                self.progress.suspend(|| note(&format!("{place}: left out: {error}")));
                Ok(())
            }
        }
    }

    fn send_json(
        &self,
        producer: &mut Producer<'_>,
        record: &json_record::JsonRecord,
    ) -> Result<(), Failure> {
        let headers: Vec<(&[u8], Option<&[u8]>)> =
            record.headers.iter().map(|(key, value)| (key.as_slice(), value.as_deref())).collect();
        let (key, value) = (record.key.as_deref(), record.value.as_deref());
        self.send(producer, record.partition, record.timestamp, key, value, &headers)
    }

    fn send(
        &self,
        producer: &mut Producer<'_>,
        partition: Option<i32>,
        timestamp: Option<i64>,
        key: Option<&[u8]>,
        value: Option<&[u8]>,
        headers: &[(&[u8], Option<&[u8]>)],
    ) -> Result<(), Failure> {
        let arguments = self.arguments;
        let own = arguments.header.iter();
        let own = own.map(|(name, value)| (name.as_bytes(), Some(value.as_bytes())));
        let all: Vec<(&[u8], Option<&[u8]>)>;
        let headers = if arguments.header.is_empty() {
            headers
        } else {
            all = headers.iter().copied().chain(own).collect();
            &all
        };
        let record = NewRecord {
            timestamp: timestamp.or(arguments.timestamp).unwrap_or_else(now_ms),
            key: key.or(arguments.key.as_deref().map(str::as_bytes)),
            value,
            headers,
        };
        Ok(producer.send(arguments.partition.or(partition), &record)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_the_codec_s() {
        for (codec, level) in [(Codec::Gzip, 1), (Codec::Gzip, 9), (Codec::Zstd, 22)] {
            assert!(check_level(codec, Some(level)).is_ok());
        }
        for (codec, level) in [(Codec::Gzip, 10), (Codec::Zstd, 23), (Codec::Lz4, 1)] {
            assert!(check_level(codec, Some(level)).is_err(), "{codec:?} {level}");
        }
        assert!(check_level(Codec::None, None).is_ok());
    }
}
