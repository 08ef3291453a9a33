//! `ringlog group reset`: sets the offsets from which a group goes on.

use std::collections::BTreeMap;

use clap::Args;
use serde_json::{Value, json};

use crate::cli::datetime;
use crate::cli::failure::Failure;
use crate::cli::output::{Output, Table, note};
use crate::cli::server::offset;
use crate::client::group::{self, Committer, commit_offsets};
use crate::client::offsets::{OffsetAt, list_offsets, offsets_at};
use crate::client::{ClientError, Cluster, TopicPartition};
use crate::protocol::ErrorCode;

#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    ringlog group reset workers --topic logs --to-earliest\n  \
    ringlog group reset workers --topic logs:0,3 --shift-by -100 --execute\n  \
    ringlog group reset workers --all-topics --to-datetime 2024-05-01T12:00:00Z --execute\n\n\
    Offsets that lie outside the partition are moved to its first or end offset. The group must \
    have no members.")]
pub(super) struct ResetArgs {
    /// Name of the group
    group: String,
    #[command(flatten)]
    scope: Scope,
    #[command(flatten)]
    target: TargetArgs,
    /// Do it; without this, only show what would be done
    #[arg(long)]
    execute: bool,
    /// Write JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct Scope {
    /// Topic, or topic:partition,partition; may be given several times
    #[arg(long)]
    topic: Vec<String>,
    /// All partitions that the group stored an offset for
    #[arg(long)]
    all_topics: bool,
}

#[derive(Debug, Args)]
#[group(required = true, multiple = false)]
struct TargetArgs {
    /// To the first offset
    #[arg(long)]
    to_earliest: bool,
    /// To the end
    #[arg(long)]
    to_latest: bool,
    /// To where the group stands: stores an offset where there is none
    #[arg(long)]
    to_current: bool,
    /// To this offset
    #[arg(long, value_name = "OFFSET", value_parser = offset, allow_negative_numbers = true)]
    to_offset: Option<i64>,
    /// To the first record of this time or later (RFC 3339; UTC without a zone)
    #[arg(long, value_name = "TIME", value_parser = time)]
    to_datetime: Option<i64>,
    /// By so many records, back if negative
    #[arg(long, value_name = "COUNT", allow_negative_numbers = true)]
    shift_by: Option<i64>,
}

fn time(text: &str) -> Result<i64, String> {
    let read = datetime::parse(text);
    read.ok_or_else(|| format!("`{text}` is no time: write 2024-05-01T12:00:00Z"))
}

/// Where offsets go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Target {
    Earliest,
    Latest,
    Current,
    Offset(i64),
    Timestamp(i64),
    Shift(i64),
}

impl TargetArgs {
    fn target(&self) -> Target {
        let choices = [
            self.to_earliest.then_some(Target::Earliest),
            self.to_latest.then_some(Target::Latest),
            self.to_offset.map(Target::Offset),
            self.to_datetime.map(Target::Timestamp),
            self.shift_by.map(Target::Shift),
        ];
        choices.into_iter().flatten().next().unwrap_or(Target::Current)
    }
}

/// What is known of a partition before its offset is decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Known {
    start: i64,
    end: i64,
    committed: Option<i64>,
    /// The first offset of the time asked for.
    at_time: Option<i64>,
}

/// The new offset; none: there is nothing to shift from.
fn decide(target: Target, known: Known) -> Option<i64> {
    let wanted = match target {
        Target::Earliest => known.start,
        Target::Latest => known.end,
        Target::Current => known.committed.unwrap_or(known.end),
        Target::Offset(offset) => offset,
        Target::Timestamp(_) => known.at_time.unwrap_or(known.end),
        Target::Shift(count) => known.committed?.saturating_add(count),
    };
    Some(wanted.max(known.start).min(known.end))
}

pub(super) fn run(cluster: &mut Cluster, arguments: &ResetArgs) -> Result<(), Failure> {
    let name = &arguments.group;
    let described = group::describe(cluster, name);
    let members = match described {
        Ok(described) => described.members.len(),
        // A group that is not there yet may be given offsets.
        Err(error) if error.code() == Some(ErrorCode::GroupIdNotFound) => 0,
        Err(error) => return Err(error.into()),
    };
    if members > 0 {
        return Err(at_work(name, members));
    }
    let committed = group::committed_offsets(cluster, name, None)?;
    let committed: BTreeMap<TopicPartition, i64> =
        committed.into_iter().map(|(partition, it)| (partition, it.offset)).collect();
    let partitions = match arguments.scope.all_topics {
        true if committed.is_empty() => {
            return Err(Failure::failed(format!(
                "group {name} has stored no offsets: name topics with --topic in place of \
                 --all-topics\n`ringlog group list` shows the groups."
            )));
        }
        true => committed.keys().cloned().collect(),
        false => partitions_of(cluster, &arguments.scope.topic)?,
    };
    let target = arguments.target.target();
    let known = look_up(cluster, &partitions, &committed, target)?;
    let mut offsets = BTreeMap::new();
    for (partition, known) in &known {
        let offset = decide(target, *known).ok_or_else(|| {
            Failure::failed(format!("group {name} has no offset for {partition} to shift from"))
        })?;
        offsets.insert(partition.clone(), offset);
    }
    if arguments.execute {
        let committer = Committer::outsider();
        let done = cluster.retry(|cluster| commit_offsets(cluster, name, &committer, &offsets));
        done.map_err(|error| match error.code() {
            // One joined since the group was looked at.
            Some(ErrorCode::UnknownMemberId) => at_work(name, 1),
            _ => Failure::from(error),
        })?;
    }
    write(arguments, &known, &offsets)?;
    if !arguments.execute {
        note("Nothing was changed: add --execute to set these offsets.");
    }
    Ok(())
}

fn at_work(group: &str, members: usize) -> Failure {
    Failure::failed(format!("group {group} has {members} members at work: stop them first"))
}

fn look_up(
    cluster: &mut Cluster,
    partitions: &[TopicPartition],
    committed: &BTreeMap<TopicPartition, i64>,
    target: Target,
) -> Result<BTreeMap<TopicPartition, Known>, ClientError> {
    let starts = offsets_at(cluster, partitions.iter().cloned(), OffsetAt::Earliest)?;
    let ends = offsets_at(cluster, partitions.iter().cloned(), OffsetAt::Latest)?;
    let at_time = match target {
        Target::Timestamp(timestamp) => {
            let at = OffsetAt::Timestamp(timestamp);
            list_offsets(cluster, &partitions.iter().map(|it| (it.clone(), at)).collect())?
        }
        _ => BTreeMap::new(),
    };
    let known = |partition: &TopicPartition| Known {
        start: starts.get(partition).copied().unwrap_or(0),
        end: ends.get(partition).copied().unwrap_or(0),
        committed: committed.get(partition).copied(),
        at_time: at_time.get(partition).copied().flatten(),
    };
    Ok(partitions.iter().map(|partition| (partition.clone(), known(partition))).collect())
}

fn write(
    arguments: &ResetArgs,
    known: &BTreeMap<TopicPartition, Known>,
    offsets: &BTreeMap<TopicPartition, i64>,
) -> Result<(), Failure> {
    let mut output = Output::stdout();
    let before = |it: &TopicPartition| known.get(it).and_then(|known| known.committed);
    if arguments.json {
        let line = |(it, offset): (&TopicPartition, &i64)| {
            json!({
                "topic": it.topic,
                "partition": it.partition,
                "before": before(it),
                "offset": offset,
            })
        };
        let lines: Value = offsets.iter().map(line).collect();
        output.json(&json!({"executed": arguments.execute, "offsets": lines}))?;
        return output.flush();
    }
    let mut table = Table::new(["TOPIC", "PARTITION", "BEFORE", "OFFSET"]);
    for (partition, offset) in offsets {
        table.row([
            partition.topic.clone(),
            partition.partition.to_string(),
            before(partition).map_or_else(|| "-".to_owned(), |before| before.to_string()),
            offset.to_string(),
        ]);
    }
    output.table(&table)?;
    output.flush()
}

/// The partitions of `topic` or `topic:0,3`.
pub(super) fn partitions_of(
    cluster: &mut Cluster,
    topics: &[String],
) -> Result<Vec<TopicPartition>, Failure> {
    let mut partitions = Vec::new();
    for text in topics {
        let (topic, indexes) = parse_topic(text).map_err(Failure::Usage)?;
        let count = cluster.partition_count(topic)?;
        for index in indexes.unwrap_or_else(|| (0..count).collect()) {
            cluster.leader(topic, index)?;
            partitions.push(TopicPartition::new(topic, index));
        }
    }
    Ok(partitions)
}

fn parse_topic(text: &str) -> Result<(&str, Option<Vec<i32>>), String> {
    let Some((topic, indexes)) = text.split_once(':') else { return Ok((text, None)) };
    let index = |text: &str| text.trim().parse::<i32>().ok().filter(|index| *index >= 0);
    let indexes: Option<Vec<i32>> = indexes.split(',').map(index).collect();
    let indexes = indexes.ok_or_else(|| format!("`{text}` is not TOPIC:PARTITION,PARTITION"))?;
    Ok((topic, Some(indexes)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_stay_inside_the_partition() {
        let known = Known { start: 10, end: 100, committed: Some(50), at_time: Some(70) };
        for (target, offset) in [
            (Target::Earliest, 10),
            (Target::Latest, 100),
            (Target::Current, 50),
            (Target::Offset(5), 10),
            (Target::Offset(60), 60),
            (Target::Offset(500), 100),
            (Target::Timestamp(1), 70),
            (Target::Shift(-20), 30),
            (Target::Shift(i64::MIN), 10),
            (Target::Shift(i64::MAX), 100),
        ] {
            assert_eq!(decide(target, known), Some(offset), "{target:?}");
        }
        let new = Known { committed: None, at_time: None, ..known };
        assert_eq!(decide(Target::Shift(1), new), None);
        assert_eq!(decide(Target::Current, new), Some(100));
        assert_eq!(decide(Target::Timestamp(1), new), Some(100));
    }

    #[test]
    fn topics_and_partitions() {
        assert_eq!(parse_topic("a"), Ok(("a", None)));
        assert_eq!(parse_topic("a:0, 2"), Ok(("a", Some(vec![0, 2]))));
        for refused in ["a:", "a:x", "a:-1", "a:1,"] {
            assert!(parse_topic(refused).is_err(), "{refused}");
        }
    }
}
