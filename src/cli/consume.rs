//! `ringlog consume`: records of topics to stdout, as lines or JSON, alone or as a group's member.

use std::collections::BTreeMap;
use std::io::{self, IsTerminal};
use std::time::{Duration, Instant};

use clap::{Args, ValueEnum};
use indicatif::ProgressBar;

use super::failure::Failure;
use super::output::{Output, Waiting, counted, grouped, hint, note, sized};
use super::server::{ServerArgs, escaped, partition, seconds};
use super::signals::Stop;
use super::{json_record, progress};
use crate::client::consumer::{ConsumedRecord, Consumer, Fetched, Isolation, OutOfRange};
use crate::client::member::{Member, MemberOptions};
use crate::client::offsets::end_offsets;
use crate::client::producer::Stopwatch;
use crate::client::{ClientError, Cluster, TopicPartition};

mod lines;
mod start_position;

use lines::{Field, LineFormat};
use start_position::StartPosition;

/// Read records and write them to stdout, one a line
#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct ConsumeArgs {
    #[command(flatten)]
    server: ServerArgs,
    /// Topics to read
    #[arg(required = true)]
    topics: Vec<String>,
    /// Read these partitions alone; may be given several times
    #[arg(long, short, conflicts_with = "group", allow_negative_numbers = true,
          value_parser = partition)]
    partition: Vec<i32>,
    /// Share the topics with the other members of this group, and go on where it stopped
    #[arg(long, short)]
    group: Option<String>,
    /// Where to begin: beginning, end, an offset, -N (N records before the end), a time, -5m (five
    /// minutes ago; s, m, h, d); for a group only where it has stored no offset
    #[arg(long, short, value_name = "PLACE", default_value = "end",
          value_parser = start_position::parse, allow_hyphen_values = true)]
    from: StartPosition,
    /// The same as --from beginning
    #[arg(long, conflicts_with = "from")]
    from_beginning: bool,

    /// Stop after so many records
    #[arg(long, short = 'n', value_name = "COUNT")]
    max_messages: Option<u64>,
    /// Stop at the end that the partitions have when the command starts
    #[arg(long, short)]
    exit_at_end: bool,
    /// Stop when no record came for so many seconds; without it, wait for ever
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    timeout: Option<Duration>,

    /// Write each record as a JSON object
    #[arg(long)]
    json: bool,
    /// Also write these in front of the value, with commas between them
    #[arg(
        long,
        short = 'w',
        value_name = "FIELDS",
        value_delimiter = ',',
        conflicts_with = "json"
    )]
    with: Vec<Field>,
    /// What stands between fields; \t is a tab
    #[arg(long, value_name = "TEXT", default_value = "\\t", value_parser = escaped)]
    separator: String,
    /// What is written for a key or value that is null
    #[arg(long, value_name = "TEXT", default_value = "")]
    null: String,
    /// Which records of transactions are read
    #[arg(long, default_value = "uncommitted")]
    isolation: IsolationArg,
    /// Say nothing about what was read
    #[arg(long, short)]
    quiet: bool,
}

impl ConsumeArgs {
    fn start(&self) -> StartPosition {
        if self.from_beginning { StartPosition::Beginning } else { self.from }
    }
}

const EXAMPLES: &str = "\
Examples:
  ringlog consume logs                                   new records, until Ctrl-C
  ringlog consume logs --from beginning --exit-at-end    all that is there
  ringlog consume logs --from -10 --with offset,key      the last ten of each partition
  ringlog consume logs --from -5m                        those of the last five minutes
  ringlog consume logs --from 2024-05-01T12:00:00Z --max-messages 100 --json
  ringlog consume logs --group workers --from beginning  several of these share the work";

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum IsolationArg {
    /// All of them
    Uncommitted,
    /// Those of transactions that were committed
    Committed,
}

/// Longest wait before signals and timeouts are looked at again.
const POLL_PATIENCE: Duration = Duration::from_millis(500);

pub(super) fn run(arguments: &ConsumeArgs) -> Result<(), Failure> {
    let stop = Stop::on_signals()?;
    let mut cluster = arguments.server.connect()?;
    cluster.retry(|cluster| cluster.refresh(&arguments.topics))?;
    let source = Source::open(&mut cluster, arguments)?;
    stop.look();
    let format = match arguments.json {
        true => LineFormat::Json,
        false => LineFormat::Fields {
            fields: arguments.with.clone(),
            separator: arguments.separator.clone().into_bytes(),
            null: arguments.null.clone().into_bytes(),
        },
    };
    if arguments.start() == StartPosition::End
        && !arguments.exit_at_end
        && arguments.group.is_none()
    {
        hint("Waiting for new records; --from beginning reads those that are there. Ctrl-C ends.");
    }
    let shown = match io::stdout().is_terminal() {
        true => progress::hidden(),
        false => progress::of_records(source.expected(arguments.max_messages)),
    };
    let watch = Stopwatch::start();
    let mut reading = Reading {
        arguments,
        output: Output::stdout(),
        format,
        progress: shown,
        records: 0,
        bytes: 0,
    };
    let done = reading.run(&mut cluster, source, &stop);
    reading.progress.finish_and_clear();
    let is_unread = done.as_ref().is_err_and(Failure::is_closed_pipe);
    if !arguments.quiet && !is_unread {
        let (records, bytes, seconds) = (reading.records, reading.bytes, watch.seconds());
        let per_second = grouped((records as f64 / seconds) as u64);
        let (records, bytes) = (counted(records, "record"), sized(bytes));
        note(&format!("read {records}, {bytes}, in {seconds:.1} s ({per_second} a second)"));
    }
    done
}

/// Who says which partitions are read.
enum Source {
    Assigned { consumer: Consumer, ends: Option<BTreeMap<TopicPartition, i64>> },
    Member(Box<Member>),
}

impl Source {
    fn open(cluster: &mut Cluster, arguments: &ConsumeArgs) -> Result<Self, Failure> {
        let isolation = match arguments.isolation {
            IsolationArg::Uncommitted => Isolation::ReadUncommitted,
            IsolationArg::Committed => Isolation::ReadCommitted,
        };
        if let Some(group) = &arguments.group {
            let begin = match arguments.start() {
                StartPosition::Beginning => OutOfRange::Earliest,
                StartPosition::End => OutOfRange::Latest,
                _ => {
                    return Err(Failure::usage(
                        "a group begins at the beginning or the end; `ringlog group reset` sets \
                         its offsets elsewhere",
                    ));
                }
            };
            let options = MemberOptions::new(group, arguments.topics.clone());
            let consumer = Consumer::new(isolation, begin);
            return Ok(Self::Member(Box::new(Member::new(cluster, options, consumer, begin)?)));
        }
        let partitions = partitions(cluster, arguments)?;
        if let StartPosition::Offset(offset) = arguments.start() {
            start_position::check_offset(cluster, &partitions, offset)?;
        }
        let out_of_range = match arguments.start() {
            StartPosition::Offset(_) => OutOfRange::Fail,
            StartPosition::End => OutOfRange::Latest,
            _ => OutOfRange::Earliest,
        };
        let mut consumer = Consumer::new(isolation, out_of_range);
        consumer.assign(start_position::positions(cluster, &partitions, arguments.start())?);
        let ends = match arguments.exit_at_end {
            true => Some(end_offsets(cluster, partitions)?),
            false => None,
        };
        Ok(Self::Assigned { consumer, ends })
    }

    /// How many records are to come, if that is known.
    fn expected(&self, max_messages: Option<u64>) -> Option<u64> {
        let there = match self {
            Self::Assigned { consumer, ends: Some(ends) } => {
                let positions = consumer.positions();
                let left = |(partition, end): (&TopicPartition, &i64)| {
                    (end - positions.get(partition).unwrap_or(end)).max(0).unsigned_abs()
                };
                Some(ends.iter().map(left).sum())
            }
            _ => None,
        };
        [there, max_messages].into_iter().flatten().min()
    }

    fn consumer(&mut self) -> &mut Consumer {
        match self {
            Self::Assigned { consumer, .. } => consumer,
            Self::Member(member) => member.consumer(),
        }
    }

    fn poll(&mut self, cluster: &mut Cluster) -> Result<Vec<Fetched>, ClientError> {
        match self {
            Self::Assigned { consumer, .. } => consumer.poll(cluster, POLL_PATIENCE),
            Self::Member(member) => member.poll(cluster, POLL_PATIENCE),
        }
    }

    /// Says what it waits for, if it takes long: a group is given out anew when each of its members
    /// has answered.
    fn waits_for(&self) -> Option<Waiting> {
        let Self::Member(member) = self else { return None };
        let text = "waiting for the group to rebalance: its other members have to answer first, or \
                    to be away for their session timeout";
        (!member.is_joined()).then(|| Waiting::for_long(text.to_owned()))
    }

    fn is_at_end(&mut self) -> bool {
        match self {
            Self::Assigned { consumer, ends } => {
                let positions = consumer.positions();
                let reached = |(partition, end): (&TopicPartition, &i64)| {
                    positions.get(partition).is_none_or(|position| position >= end)
                };
                ends.as_ref().is_some_and(|ends| ends.iter().all(reached))
            }
            Self::Member(member) => {
                let consumer = member.consumer();
                let positions = consumer.positions();
                let reached = |(partition, position): (&TopicPartition, &i64)| {
                    consumer.end_of(partition).is_some_and(|end| *position >= end)
                };
                positions.iter().all(reached)
            }
        }
    }
}

fn partitions(
    cluster: &mut Cluster,
    arguments: &ConsumeArgs,
) -> Result<Vec<TopicPartition>, ClientError> {
    let mut partitions = Vec::new();
    for topic in &arguments.topics {
        let count = cluster.partition_count(topic)?;
        let missing = arguments.partition.iter().find(|it| !(0..count).contains(*it));
        if let Some(partition) = missing {
            return Err(ClientError::NoPartition {
                topic: topic.clone(),
                partition: *partition,
                last: count - 1,
            });
        }
        let wanted = |it: &i32| arguments.partition.is_empty() || arguments.partition.contains(it);
        let wanted = (0..count).filter(wanted);
        partitions.extend(wanted.map(|partition| TopicPartition::new(topic, partition)));
    }
    Ok(partitions)
}

struct Reading<'a> {
    arguments: &'a ConsumeArgs,
    output: Output,
    format: LineFormat,
    progress: ProgressBar,
    records: u64,
    bytes: u64,
}

impl Reading<'_> {
    /// Reads until there is a reason to stop; a member leaves its group in any case.
    fn run(
        &mut self,
        cluster: &mut Cluster,
        mut source: Source,
        stop: &Stop,
    ) -> Result<(), Failure> {
        let done = self.read(cluster, &mut source, stop);
        let Source::Member(mut member) = source else { return done };
        if done.is_err() {
            // Nobody knows what of it was written: the group reads it again.
            member.consumer().assign(BTreeMap::new());
        }
        match (done, member.leave(cluster)) {
            (Ok(()), left) => Ok(left?),
            (Err(failure), _) => Err(failure),
        }
    }

    fn read(
        &mut self,
        cluster: &mut Cluster,
        source: &mut Source,
        stop: &Stop,
    ) -> Result<(), Failure> {
        let mut last_record_at = Instant::now();
        while !stop.is_asked() && !self.is_enough() {
            if matches!(source, Source::Assigned { .. }) && source.is_at_end() {
                break;
            }
            let fetched = {
                let _waiting = source.waits_for();
                source.poll(cluster)?
            };
            let is_idle = fetched.is_empty();
            for it in fetched {
                self.take(source, &it)?;
            }
            self.output.flush()?;
            if !is_idle {
                last_record_at = Instant::now();
            }
            let idle = last_record_at.elapsed();
            if self.arguments.timeout.is_some_and(|timeout| idle >= timeout) {
                break;
            }
            if self.arguments.exit_at_end && source.is_at_end() {
                break;
            }
        }
        Ok(())
    }

    fn is_enough(&self) -> bool {
        self.arguments.max_messages.is_some_and(|max| self.records >= max)
    }

    /// Writes the records; what is not written any more counts as not read.
    fn take(&mut self, source: &mut Source, fetched: &Fetched) -> Result<(), Failure> {
        if self.is_enough() {
            source.consumer().seek(&fetched.partition, fetched.from());
            return Ok(());
        }
        let before = self.records;
        let position = fetched.for_each(|record| self.write(record))?;
        source.consumer().seek(&fetched.partition, position);
        self.progress.inc(self.records - before);
        Ok(())
    }

    /// Says whether to go on.
    fn write(&mut self, record: &ConsumedRecord<'_>) -> Result<bool, Failure> {
        match &self.format {
            LineFormat::Json => self.output.json_line(&json_record::of(record))?,
            LineFormat::Fields { fields, separator, null } => {
                lines::write(&mut self.output, record, fields, separator, null)?;
            }
        }
        self.records += 1;
        self.bytes += record.value.map_or(0, <[u8]>::len) as u64;
        Ok(!self.is_enough())
    }
}
