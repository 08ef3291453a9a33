//! `ringlog topic`: create, list, describe, alter, delete.

use std::collections::BTreeMap;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::config::{self, Changes};
use super::failure::Failure;
use super::output::{Output, Table, counted, sized};
use super::server::{ServerArgs, count, name_and_value, offset, partition};
use crate::client::offsets::{OffsetAt, offsets_at};
use crate::client::{ClientError, Cluster, TopicPartition, error::check};
use crate::protocol::delete_records::request::{DeleteRecordsPartition, DeleteRecordsTopic};
use crate::protocol::metadata::response::{MetadataResponsePartition, MetadataResponseTopic};
use crate::protocol::{
    ErrorCode, create_partitions, create_topics, delete_records, delete_topics, describe_log_dirs,
};
use shards::format::uuid_text;

/// Create, list, describe, alter and delete topics
#[derive(Debug, Args)]
pub(super) struct TopicArgs {
    #[command(flatten)]
    server: ServerArgs,
    #[command(subcommand)]
    command: TopicCommand,
}

#[derive(Debug, Subcommand)]
enum TopicCommand {
    /// Create a topic
    #[command(after_help = "Examples:\n  ringlog topic create logs\n  \
                            ringlog topic create logs --partitions 12 \\\n    \
                            --config retention.ms=86400000 \
                            --config cleanup.policy=compact,delete\n\n\
                            Settings are Kafka's: `ringlog config docs` explains them.")]
    Create(CreateArgs),
    /// List the topics
    #[command(after_help = "Examples:\n  ringlog topic list\n  \
                            ringlog topic list --internal --json")]
    List(ListArgs),
    /// Show partitions, leaders, offsets and configuration of topics
    #[command(after_help = "Examples:\n  ringlog topic describe logs\n  \
                            ringlog topic describe --json\n\n\
                            START is the first offset, END the offset that the next record gets, \
                            RECORDS their\ndifference (a compacted topic has fewer), SIZE \
                            the bytes on the leader's disk. Of the configuration, what the topic \
                            sets for itself is shown;\n`ringlog config describe topic NAME --all` \
                            shows the rest.")]
    Describe(DescribeArgs),
    /// Add partitions or change the configuration of a topic
    #[command(after_help = "Example:\n  ringlog topic alter logs --partitions 24 \
                            --add retention.ms=3600000 --delete cleanup.policy")]
    Alter(AlterArgs),
    /// Delete topics with all their records
    #[command(after_help = "Example:\n  ringlog topic delete logs old-logs --if-exists\n\n\
                            It does not ask; nothing brings the records back.")]
    Delete(DeleteArgs),
    /// Delete the first records of a topic's partitions
    #[command(after_help = "Examples:\n  ringlog topic delete-records logs --before 1000 \
                            --partition 0\n  \
                            ringlog topic delete-records logs --all\n\n\
                            It does not ask; nothing brings the records back. Whole segments are \
                            removed from the disk\nafter file.delete.delay.ms.")]
    DeleteRecords(DeleteRecordsArgs),
}

#[derive(Debug, Args)]
struct CreateArgs {
    /// Name of the topic
    topic: String,
    /// How many partitions; without it the broker's num.partitions
    #[arg(long, short, value_name = "COUNT", value_parser = count::<i32>,
          allow_negative_numbers = true)]
    partitions: Option<i32>,
    /// How many copies, each on another broker; without it the broker's default.replication.factor
    #[arg(long, short, value_name = "COUNT", value_parser = count::<i16>,
          allow_negative_numbers = true)]
    replication_factor: Option<i16>,
    /// A setting of the topic; may be given several times
    #[arg(long, short, value_name = "NAME=VALUE", value_parser = name_and_value)]
    config: Vec<(String, String)>,
    /// Succeed if the topic is there already
    #[arg(long)]
    if_not_exists: bool,
    /// Let the broker check, but create nothing
    #[arg(long)]
    dry_run: bool,
}

#[derive(Debug, Args)]
struct ListArgs {
    /// Also topics that the brokers keep for themselves
    #[arg(long)]
    internal: bool,
    /// Write JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct DescribeArgs {
    /// Names of the topics; all but internal ones if none is given
    topics: Vec<String>,
    /// Write JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct AlterArgs {
    /// Name of the topic
    topic: String,
    /// How many partitions it is to have; never fewer than it has
    #[arg(long, short, value_name = "COUNT", value_parser = count::<i32>,
          allow_negative_numbers = true)]
    partitions: Option<i32>,
    #[command(flatten)]
    changes: Changes,
}

#[derive(Debug, Args)]
struct DeleteArgs {
    /// Names of the topics
    #[arg(required = true)]
    topics: Vec<String>,
    /// Succeed if a topic is not there
    #[arg(long)]
    if_exists: bool,
}

#[derive(Debug, Args)]
struct DeleteRecordsArgs {
    /// Name of the topic
    topic: String,
    /// Of these partitions alone; may be given several times
    #[arg(long, short, value_parser = partition, allow_negative_numbers = true)]
    partition: Vec<i32>,
    /// The offset that the first record left has
    #[arg(long, value_name = "OFFSET", value_parser = offset, allow_negative_numbers = true,
          conflicts_with = "all", required_unless_present = "all")]
    before: Option<i64>,
    /// All that are there now
    #[arg(long)]
    all: bool,
}

pub(super) fn run(arguments: &TopicArgs) -> Result<(), Failure> {
    let mut cluster = arguments.server.connect()?;
    match &arguments.command {
        TopicCommand::Create(arguments) => create(&mut cluster, arguments),
        TopicCommand::List(arguments) => list(&mut cluster, arguments),
        TopicCommand::Describe(arguments) => describe(&mut cluster, arguments),
        TopicCommand::Alter(arguments) => alter(&mut cluster, arguments),
        TopicCommand::Delete(arguments) => delete(&mut cluster, arguments),
        TopicCommand::DeleteRecords(arguments) => delete_records(&mut cluster, arguments),
    }
}

fn create(cluster: &mut Cluster, arguments: &CreateArgs) -> Result<(), Failure> {
    let config = |(name, value): &(String, String)| create_topics::request::CreatableTopicConfig {
        name: name.clone(),
        value: Some(value.clone()),
    };
    let request = create_topics::Request {
        topics: vec![create_topics::request::CreatableTopic {
            name: arguments.topic.clone(),
            num_partitions: arguments.partitions.unwrap_or(-1),
            replication_factor: arguments.replication_factor.unwrap_or(-1),
            configs: arguments.config.iter().map(config).collect(),
            ..Default::default()
        }],
        timeout_ms: cluster.options().request_timeout.as_millis() as i32,
        validate_only: arguments.dry_run,
    };
    let response = cluster.retry(|cluster| {
        let response = cluster.call_controller(&request)?;
        for topic in &response.topics {
            let exists = topic.error_code == ErrorCode::TopicAlreadyExists.code();
            if !(exists && arguments.if_not_exists) {
                let message = topic.error_message.as_deref();
                check(topic.error_code, message, || format!("topic {}", topic.name))?;
            }
        }
        Ok(response)
    })?;
    let mut output = Output::stdout();
    for topic in response.topics {
        let name = &topic.name;
        let said = match (topic.error_code, arguments.dry_run) {
            (0, true) => format!("topic {name} could be created"),
            (0, false) if topic.num_partitions > 0 => {
                format!("created topic {name} with {}", counted(topic.num_partitions, "partition"))
            }
            (0, false) => format!("created topic {name}"),
            _ => format!("topic {name} exists already"),
        };
        output.line(&said)?;
    }
    output.flush()
}

fn list(cluster: &mut Cluster, arguments: &ListArgs) -> Result<(), Failure> {
    let mut topics = cluster.metadata(None)?.topics;
    topics.retain(|topic| arguments.internal || !topic.is_internal);
    topics.sort_by(|a, b| a.name.cmp(&b.name));
    let replicas = |topic: &MetadataResponseTopic| {
        topic.partitions.first().map_or(0, |partition| partition.replica_nodes.len())
    };
    let mut output = Output::stdout();
    if arguments.json {
        let line = |topic: &MetadataResponseTopic| {
            json!({
                "name": topic.name,
                "id": uuid_text::encode(topic.topic_id),
                "internal": topic.is_internal,
                "partitions": topic.partitions.len(),
                "replication_factor": replicas(topic),
            })
        };
        output.json(&topics.iter().map(line).collect())?;
        return output.flush();
    }
    let mut table = Table::new(["TOPIC", "PARTITIONS", "REPLICAS", "ID"]);
    for topic in &topics {
        table.row([
            topic.name.clone().unwrap_or_default(),
            topic.partitions.len().to_string(),
            replicas(topic).to_string(),
            uuid_text::encode(topic.topic_id),
        ]);
    }
    output.table(&table)?;
    output.flush()
}

/// A topic with all that is shown of it.
struct Description {
    name: String,
    topic: MetadataResponseTopic,
    configs: BTreeMap<String, String>,
    starts: BTreeMap<TopicPartition, i64>,
    ends: BTreeMap<TopicPartition, i64>,
    /// Bytes on the leader's disk.
    sizes: BTreeMap<i32, u64>,
}

fn describe(cluster: &mut Cluster, arguments: &DescribeArgs) -> Result<(), Failure> {
    let named = (!arguments.topics.is_empty()).then_some(arguments.topics.as_slice());
    let mut topics = cluster.metadata(named)?.topics;
    topics.retain(|topic| named.is_some() || !topic.is_internal);
    topics.sort_by(|a, b| a.name.cmp(&b.name));
    let mut descriptions = Vec::new();
    for topic in topics {
        let looked_up = match look_up(cluster, topic.clone()) {
            // It had one when the metadata was asked for.
            Err(ClientError::NoLeader { .. }) => look_up_again(cluster, topic),
            looked_up => looked_up,
        };
        descriptions.push(looked_up?);
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
        description.write(&mut output)?;
    }
    output.flush()
}

fn look_up_again(
    cluster: &mut Cluster,
    topic: MetadataResponseTopic,
) -> Result<Description, ClientError> {
    let name = topic.name.clone().unwrap_or_default();
    let now = cluster.metadata(Some(&[name]))?.topics.into_iter().next();
    look_up(cluster, now.unwrap_or(topic))
}

fn look_up(
    cluster: &mut Cluster,
    mut topic: MetadataResponseTopic,
) -> Result<Description, ClientError> {
    let name = topic.name.clone().unwrap_or_default();
    check(topic.error_code, None, || format!("topic {name}"))?;
    topic.partitions.sort_by_key(|partition| partition.partition_index);
    let led = topic.partitions.iter().filter(|partition| partition.leader_id >= 0);
    let led: Vec<TopicPartition> =
        led.map(|it| TopicPartition::new(&name, it.partition_index)).collect();
    Ok(Description {
        configs: config::overrides_of_topic(cluster, &name)?,
        starts: offsets_at(cluster, led.clone(), OffsetAt::Earliest)?,
        ends: offsets_at(cluster, led, OffsetAt::Latest)?,
        sizes: sizes(cluster, &name, &topic)?,
        name,
        topic,
    })
}

/// What each partition takes on the disk of its leader.
fn sizes(
    cluster: &mut Cluster,
    name: &str,
    topic: &MetadataResponseTopic,
) -> Result<BTreeMap<i32, u64>, ClientError> {
    let mut by_leader: BTreeMap<i32, Vec<i32>> = BTreeMap::new();
    for partition in topic.partitions.iter().filter(|it| it.leader_id >= 0) {
        by_leader.entry(partition.leader_id).or_default().push(partition.partition_index);
    }
    let mut sizes = BTreeMap::new();
    for (leader, partitions) in by_leader {
        let topic = describe_log_dirs::request::DescribableLogDirTopic {
            topic: name.to_owned(),
            partitions,
        };
        let request = describe_log_dirs::Request { topics: Some(vec![topic]) };
        let directories = cluster.call_node(leader, &request)?.results;
        let topics = directories.iter().flat_map(|directory| &directory.topics);
        for found in topics.filter(|topic| topic.name == name).flat_map(|it| &it.partitions) {
            // A copy on its way to another directory is not the log.
            if !found.is_future_key {
                let bytes = u64::try_from(found.partition_size).unwrap_or_default();
                sizes.insert(found.partition_index, bytes);
            }
        }
    }
    Ok(sizes)
}

impl Description {
    /// First offset and end offset, where the partition has a leader.
    fn range(&self, partition: &MetadataResponsePartition) -> (Option<i64>, Option<i64>) {
        let name = TopicPartition::new(&self.name, partition.partition_index);
        (self.starts.get(&name).copied(), self.ends.get(&name).copied())
    }

    fn json(&self) -> Value {
        let partition = |it: &MetadataResponsePartition| {
            let (start, end) = self.range(it);
            json!({
                "partition": it.partition_index,
                "leader": (it.leader_id >= 0).then_some(it.leader_id),
                "leader_epoch": it.leader_epoch,
                "replicas": it.replica_nodes,
                "in_sync": it.isr_nodes,
                "offline": it.offline_replicas,
                "start_offset": start,
                "end_offset": end,
                "size_bytes": self.sizes.get(&it.partition_index),
            })
        };
        json!({
            "name": self.name,
            "id": uuid_text::encode(self.topic.topic_id),
            "internal": self.topic.is_internal,
            "configs": self.configs,
            "partitions": self.topic.partitions.iter().map(partition).collect::<Value>(),
        })
    }

    fn write(&self, output: &mut Output) -> Result<(), Failure> {
        let id = uuid_text::encode(self.topic.topic_id);
        let count = counted(self.topic.partitions.len(), "partition");
        output.line(&format!("topic {}, id {id}, {count}", self.name))?;
        for (name, value) in &self.configs {
            output.line(&format!("  {name}={value}"))?;
        }
        let mut table = Table::new([
            "PARTITION",
            "LEADER",
            "REPLICAS",
            "IN SYNC",
            "START",
            "END",
            "RECORDS",
            "SIZE",
        ]);
        let shown =
            |offset: Option<i64>| offset.map_or_else(|| "-".to_owned(), |it| it.to_string());
        for it in &self.topic.partitions {
            let (start, end) = self.range(it);
            table.row([
                it.partition_index.to_string(),
                shown(Some(i64::from(it.leader_id)).filter(|leader| *leader >= 0)),
                listed(&it.replica_nodes),
                listed(&it.isr_nodes),
                shown(start),
                shown(end),
                shown(end.zip(start).map(|(end, start)| end - start)),
                self.sizes.get(&it.partition_index).map_or_else(|| "-".to_owned(), |it| sized(*it)),
            ]);
        }
        output.table(&table)
    }
}

fn listed(nodes: &[i32]) -> String {
    nodes.iter().map(ToString::to_string).collect::<Vec<_>>().join(",")
}

fn alter(cluster: &mut Cluster, arguments: &AlterArgs) -> Result<(), Failure> {
    if arguments.partitions.is_none() && arguments.changes.is_empty() {
        return Err(Failure::usage("nothing to alter: give --partitions, --add or --delete"));
    }
    let topic = &arguments.topic;
    let mut output = Output::stdout();
    if let Some(count) = arguments.partitions {
        let request = create_partitions::Request {
            topics: vec![create_partitions::request::CreatePartitionsTopic {
                name: topic.clone(),
                count,
                assignments: None,
            }],
            timeout_ms: cluster.options().request_timeout.as_millis() as i32,
            validate_only: false,
        };
        cluster.retry(|cluster| {
            for result in cluster.call_controller(&request)?.results {
                let message = result.error_message.as_deref();
                check(result.error_code, message, || format!("topic {topic}"))?;
            }
            Ok(())
        })?;
        output.line(&format!("topic {topic} has {} now", counted(count, "partition")))?;
    }
    if !arguments.changes.is_empty() {
        config::alter_topic(cluster, topic, &arguments.changes)?;
        output.line(&format!("altered the configuration of topic {topic}"))?;
    }
    output.flush()
}

/// Asks the leader of each partition.
fn delete_records(cluster: &mut Cluster, arguments: &DeleteRecordsArgs) -> Result<(), Failure> {
    const UP_TO_THE_END: i64 = -1;
    let topic = &arguments.topic;
    let partitions = match arguments.partition.as_slice() {
        [] => (0..cluster.partition_count(topic)?).collect(),
        named => named.to_vec(),
    };
    let mut output = Output::stdout();
    for partition_index in partitions {
        let offset = arguments.before.unwrap_or(UP_TO_THE_END);
        let partitions = vec![DeleteRecordsPartition { partition_index, offset }];
        let request = delete_records::Request {
            topics: vec![DeleteRecordsTopic { name: topic.clone(), partitions }],
            timeout_ms: cluster.options().request_timeout.as_millis() as i32,
        };
        let subject = || format!("partition {partition_index} of topic {topic}");
        let start = cluster.retry(|cluster| {
            let leader = cluster.leader(topic, partition_index)?;
            let response = cluster.call_node(leader, &request)?;
            let mut results = response.topics.into_iter().flat_map(|topic| topic.partitions);
            let result = results.next();
            let code =
                result.as_ref().map_or(ErrorCode::UnknownServerError.code(), |it| it.error_code);
            check(code, None, subject)?;
            Ok(result.map_or(0, |it| it.low_watermark))
        })?;
        output.line(&format!("{topic}-{partition_index} begins at offset {start} now"))?;
    }
    output.flush()
}

fn delete(cluster: &mut Cluster, arguments: &DeleteArgs) -> Result<(), Failure> {
    let mut output = Output::stdout();
    for topic in &arguments.topics {
        let state = delete_topics::request::DeleteTopicState {
            name: Some(topic.clone()),
            ..Default::default()
        };
        let request = delete_topics::Request {
            topics: vec![state],
            timeout_ms: cluster.options().request_timeout.as_millis() as i32,
            ..Default::default()
        };
        let mut missing = false;
        for result in cluster.call_controller(&request)?.responses {
            let unknown = result.error_code == ErrorCode::UnknownTopicOrPartition.code();
            missing = unknown && arguments.if_exists;
            if !missing {
                let message = result.error_message.as_deref();
                check(result.error_code, message, || format!("topic {topic}"))?;
            }
        }
        let said = if missing { "is not there" } else { "is deleted" };
        output.line(&format!("topic {topic} {said}"))?;
    }
    output.flush()
}
