//! `ringlog group`: list, describe, reset, delete.

use std::collections::BTreeMap;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::failure::Failure;
use super::output::{Output, Table, counted};
use super::server::ServerArgs;
use crate::client::group::{self, Committed, GroupMember};
use crate::client::offsets::end_offsets;
use crate::client::{ClientError, Cluster, TopicPartition};
use crate::protocol::ErrorCode;

mod reset;

/// List and describe groups, reset and delete their offsets
#[derive(Debug, Args)]
pub(super) struct GroupArgs {
    #[command(flatten)]
    server: ServerArgs,
    #[command(subcommand)]
    command: GroupCommand,
}

#[derive(Debug, Subcommand)]
enum GroupCommand {
    /// List the groups
    #[command(after_help = "Examples:\n  ringlog group list\n  ringlog group list --json")]
    List(ListArgs),
    /// Show members, offsets and lag of groups
    #[command(after_help = "Examples:\n  ringlog group describe workers\n  \
                            ringlog group describe workers --members\n  \
                            ringlog group describe --all\n\n\
                            COMMITTED is the offset that the group goes on from, END the offset \
                            that the next record\ngets, LAG how many records are left to read. \
                            A `-` is not known, or there is none.")]
    Describe(DescribeArgs),
    /// Set where a group goes on; shows what it would do unless --execute is given
    Reset(reset::ResetArgs),
    /// Delete groups that have no members, with their offsets
    #[command(after_help = "Example:\n  ringlog group delete workers old-workers\n\n\
                            Members that come back begin where their auto.offset.reset says.")]
    Delete(DeleteArgs),
    /// Forget the offsets that a group stored for topics that it no longer reads
    #[command(after_help = "Example:\n  ringlog group delete-offsets workers --topic logs:0,3 \
                            --topic old-logs")]
    DeleteOffsets(DeleteOffsetsArgs),
}

#[derive(Debug, Args)]
struct ListArgs {
    /// Write JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct DescribeArgs {
    /// Names of the groups
    #[arg(required_unless_present = "all")]
    groups: Vec<String>,
    /// Every group that is there
    #[arg(long, conflicts_with = "groups")]
    all: bool,
    /// Show the members in place of the offsets
    #[arg(long)]
    members: bool,
    /// Write JSON: members and offsets
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct DeleteArgs {
    /// Names of the groups
    #[arg(required = true)]
    groups: Vec<String>,
}

#[derive(Debug, Args)]
struct DeleteOffsetsArgs {
    /// Name of the group
    group: String,
    /// Topic, or topic:partition,partition; may be given several times
    #[arg(long, required = true)]
    topic: Vec<String>,
}

pub(super) fn run(arguments: &GroupArgs) -> Result<(), Failure> {
    let mut cluster = arguments.server.connect()?;
    match &arguments.command {
        GroupCommand::List(arguments) => list(&mut cluster, arguments),
        GroupCommand::Describe(arguments) => describe(&mut cluster, arguments),
        GroupCommand::Reset(arguments) => reset::run(&mut cluster, arguments),
        GroupCommand::Delete(arguments) => delete(&mut cluster, arguments),
        GroupCommand::DeleteOffsets(arguments) => delete_offsets(&mut cluster, arguments),
    }
}

fn list(cluster: &mut Cluster, arguments: &ListArgs) -> Result<(), Failure> {
    let groups = group::list(cluster)?;
    let mut output = Output::stdout();
    if arguments.json {
        let line = |it: &crate::protocol::list_groups::response::ListedGroup| {
            json!({
                "group": it.group_id,
                "state": it.group_state,
                "type": it.group_type,
                "protocol": it.protocol_type,
            })
        };
        output.json(&groups.iter().map(line).collect())?;
        return output.flush();
    }
    let mut table = Table::new(["GROUP", "STATE", "TYPE", "PROTOCOL"]);
    for it in groups {
        table.row([it.group_id, it.group_state, it.group_type, it.protocol_type]);
    }
    output.table(&table)?;
    output.flush()
}

/// A group with all that is shown of it.
struct Description {
    group: group::Description,
    offsets: Vec<Offset>,
}

struct Offset {
    partition: TopicPartition,
    committed: Option<Committed>,
    end: Option<i64>,
    member: Option<usize>,
}

impl Offset {
    fn lag(&self) -> Option<i64> {
        let (committed, end) = self.committed.as_ref().zip(self.end)?;
        Some((end - committed.offset).max(0))
    }
}

fn describe(cluster: &mut Cluster, arguments: &DescribeArgs) -> Result<(), Failure> {
    let mut descriptions = Vec::new();
    let names = match arguments.all {
        true => group::list(cluster)?.into_iter().map(|group| group.group_id).collect(),
        false => arguments.groups.clone(),
    };
    for name in &names {
        descriptions.push(look_up(cluster, name)?);
    }
    let mut output = Output::stdout();
    if arguments.json {
        output.json(&descriptions.iter().map(Description::json).collect())?;
        return output.flush();
    }
    for (index, description) in descriptions.iter().enumerate() {
        if index > 0 {
            output.line("")?;
        }
        output.line(&description.heading())?;
        output.table(&match arguments.members {
            true => description.member_table(),
            false => description.offset_table(),
        })?;
    }
    output.flush()
}

fn look_up(cluster: &mut Cluster, name: &str) -> Result<Description, Failure> {
    let group = group::describe(cluster, name)?;
    let committed = group::committed_offsets(cluster, name, None)?;
    if group.state == "Dead" && committed.is_empty() {
        return Err(Failure::failed(format!(
            "there is no group {name}; `ringlog group list` shows those that are there"
        )));
    }
    let mut offsets: BTreeMap<TopicPartition, Offset> = BTreeMap::new();
    let new = |partition: &TopicPartition| Offset {
        partition: partition.clone(),
        committed: None,
        end: None,
        member: None,
    };
    for (partition, committed) in committed {
        let offset = offsets.entry(partition.clone()).or_insert_with(|| new(&partition));
        offset.committed = Some(committed);
    }
    for (index, member) in group.members.iter().enumerate() {
        for partition in &member.partitions {
            let offset = offsets.entry(partition.clone()).or_insert_with(|| new(partition));
            offset.member = Some(index);
        }
    }
    let ends = ends(cluster, offsets.keys())?;
    for (partition, offset) in &mut offsets {
        offset.end = ends.get(partition).copied();
    }
    Ok(Description { group, offsets: offsets.into_values().collect() })
}

/// How far a group is behind.
pub(super) struct Lag {
    pub(super) state: String,
    pub(super) members: usize,
    /// With a committed offset.
    pub(super) partitions: usize,
    /// Records; None if there is no committed offset.
    pub(super) records: Option<i64>,
}

pub(super) fn lag(cluster: &mut Cluster, name: &str) -> Result<Lag, Failure> {
    let Description { group, offsets } = look_up(cluster, name)?;
    let lags: Vec<i64> = offsets.iter().filter_map(Offset::lag).collect();
    Ok(Lag {
        state: group.state,
        members: group.members.len(),
        partitions: lags.len(),
        records: (!lags.is_empty()).then(|| lags.iter().sum()),
    })
}

/// End offsets of those whose topic is still there.
fn ends<'a>(
    cluster: &mut Cluster,
    partitions: impl Iterator<Item = &'a TopicPartition>,
) -> Result<BTreeMap<TopicPartition, i64>, ClientError> {
    let mut by_topic: BTreeMap<&str, Vec<TopicPartition>> = BTreeMap::new();
    for partition in partitions {
        by_topic.entry(&partition.topic).or_default().push(partition.clone());
    }
    let mut ends = BTreeMap::new();
    for (topic, mut partitions) in by_topic {
        let count = match cluster.refresh(&[topic.to_owned()]) {
            Ok(()) => cluster.partition_count(topic)?,
            Err(error) if error.code() == Some(ErrorCode::UnknownTopicOrPartition) => 0,
            Err(error) => return Err(error),
        };
        partitions.retain(|it| it.partition < count);
        ends.extend(end_offsets(cluster, partitions)?);
    }
    Ok(ends)
}

impl Description {
    fn heading(&self) -> String {
        let group = &self.group;
        let protocol = match group.assignor.as_str() {
            "" => String::new(),
            protocol => format!(", assignor {protocol}"),
        };
        let members = counted(group.members.len(), "member");
        let (kind, epochs) = match group.epochs {
            None => ("classic", String::new()),
            Some(epochs) => {
                let (group, targets) = (epochs.group, epochs.assignment);
                ("consumer", format!(", epoch {group}, targets of epoch {targets}"))
            }
        };
        format!("group {}, {kind}, {}, {members}{protocol}{epochs}", group.group, group.state)
    }

    fn offset_table(&self) -> Table {
        let mut table =
            Table::new(["TOPIC", "PARTITION", "COMMITTED", "END", "LAG", "MEMBER", "HOST"]);
        let shown =
            |number: Option<i64>| number.map_or_else(|| "-".to_owned(), |it| it.to_string());
        for offset in &self.offsets {
            let member = offset.member.and_then(|index| self.group.members.get(index));
            table.row([
                offset.partition.topic.clone(),
                offset.partition.partition.to_string(),
                shown(offset.committed.as_ref().map(|committed| committed.offset)),
                shown(offset.end),
                shown(offset.lag()),
                member.map_or_else(|| "-".to_owned(), |member| member.member_id.clone()),
                member.map_or_else(|| "-".to_owned(), |member| member.host.clone()),
            ]);
        }
        table
    }

    fn member_table(&self) -> Table {
        let words = |partitions: &[TopicPartition]| {
            partitions.iter().map(ToString::to_string).collect::<Vec<String>>().join(" ")
        };
        if self.group.epochs.is_none() {
            let mut table = Table::new(["MEMBER", "INSTANCE", "CLIENT", "HOST", "PARTITIONS"]);
            for member in &self.group.members {
                let [id, instance, client, host] = names_of(member);
                table.row([id, instance, client, host, words(&member.partitions)]);
            }
            return table;
        }
        let mut table = Table::new([
            "MEMBER",
            "INSTANCE",
            "CLIENT",
            "HOST",
            "PROTOCOL",
            "EPOCH",
            "PARTITIONS",
            "TARGET",
        ]);
        for member in &self.group.members {
            let [id, instance, client, host] = names_of(member);
            let Some(consumer) = &member.consumer else { continue };
            let protocol = if consumer.speaks_classic { "classic" } else { "consumer" };
            // Where the target is reached there is nothing more to say.
            let target = match consumer.target == member.partitions {
                true => "-".to_owned(),
                false => words(&consumer.target),
            };
            table.row([
                id,
                instance,
                client,
                host,
                protocol.to_owned(),
                consumer.epoch.to_string(),
                words(&member.partitions),
                target,
            ]);
        }
        table
    }

    fn json(&self) -> Value {
        let partition = |it: &TopicPartition| json!({"topic": it.topic, "partition": it.partition});
        let member = |it: &GroupMember| {
            json!({
                "member": it.member_id,
                "instance": it.instance_id,
                "client": it.client_id,
                "host": it.host,
                "partitions": it.partitions.iter().map(partition).collect::<Value>(),
                "epoch": it.consumer.as_ref().map(|consumer| consumer.epoch),
                "target": it.consumer.as_ref().map(|consumer| {
                    consumer.target.iter().map(partition).collect::<Value>()
                }),
                "classic": it.consumer.as_ref().map(|consumer| consumer.speaks_classic),
            })
        };
        let member_id = |index: usize| Some(&self.group.members.get(index)?.member_id);
        let offset = |it: &Offset| {
            json!({
                "topic": it.partition.topic,
                "partition": it.partition.partition,
                "committed": it.committed.as_ref().map(|committed| committed.offset),
                "metadata": it.committed.as_ref().map(|committed| &committed.metadata),
                "end": it.end,
                "lag": it.lag(),
                "member": it.member.and_then(member_id),
            })
        };
        json!({
            "group": self.group.group,
            "state": self.group.state,
            "type": if self.group.epochs.is_some() { "consumer" } else { "classic" },
            "epoch": self.group.epochs.map(|epochs| epochs.group),
            "assignment_epoch": self.group.epochs.map(|epochs| epochs.assignment),
            "protocol": self.group.protocol,
            "assignor": self.group.assignor,
            "members": self.group.members.iter().map(member).collect::<Value>(),
            "offsets": self.offsets.iter().map(offset).collect::<Value>(),
        })
    }
}

/// Id, instance, client and host of a member.
fn names_of(member: &GroupMember) -> [String; 4] {
    let instance = member.instance_id.clone().unwrap_or_else(|| "-".to_owned());
    [member.member_id.clone(), instance, member.client_id.clone(), member.host.clone()]
}

fn delete(cluster: &mut Cluster, arguments: &DeleteArgs) -> Result<(), Failure> {
    let mut output = Output::stdout();
    for name in &arguments.groups {
        group::delete(cluster, name)?;
        output.line(&format!("group {name} is deleted"))?;
    }
    output.flush()
}

fn delete_offsets(cluster: &mut Cluster, arguments: &DeleteOffsetsArgs) -> Result<(), Failure> {
    let partitions = reset::partitions_of(cluster, &arguments.topic)?;
    group::delete_offsets(cluster, &arguments.group, &partitions)?;
    let mut output = Output::stdout();
    for partition in partitions {
        output.line(&format!("group {} has no offset for {partition} now", arguments.group))?;
    }
    output.flush()
}
