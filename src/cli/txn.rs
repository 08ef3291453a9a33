//! `ringlog txn`: list, describe, find those that hang, abort.

use std::time::Duration;

use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::failure::Failure;
use super::output::{Output, Table};
use super::server::ServerArgs;
use crate::client::transactions::{self, Described, OpenProducer};
use crate::client::{Cluster, TopicPartition};

/// List and describe transactions, find those that hang, abort them
#[derive(Debug, Args)]
pub(super) struct TxnArgs {
    #[command(flatten)]
    server: ServerArgs,
    #[command(subcommand)]
    command: TxnCommand,
}

#[derive(Debug, Subcommand)]
enum TxnCommand {
    /// List the transactional ids and the states of their transactions
    #[command(after_help = "Examples:\n  ringlog txn list\n  ringlog txn list --json")]
    List(ListArgs),
    /// Show the transaction of each transactional id
    #[command(after_help = "Example:\n  ringlog txn describe payments-1")]
    Describe(DescribeArgs),
    /// Find transactions that are open in a partition and that no coordinator knows of
    #[command(after_help = "Example:\n  ringlog txn find-hanging --topic orders\n\n\
                            Readers of committed records wait at such a transaction for ever. \
                            `ringlog txn abort`\nends it.")]
    FindHanging(FindArgs),
    /// Abort the open transaction of a transactional id, or one that hangs
    #[command(after_help = "Examples:\n  ringlog txn abort payments-1\n  \
                            ringlog txn abort --topic orders --partition 3 --start-offset 4711\n\n\
                            By its id, the producer is fenced as by a new one with the same id. \
                            With a partition and\nthe offset at which the transaction begins \
                            there, that partition alone is told.")]
    Abort(AbortArgs),
}

#[derive(Debug, Args)]
struct ListArgs {
    /// Write JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct DescribeArgs {
    /// Transactional ids
    #[arg(required = true)]
    ids: Vec<String>,
    /// Write JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct FindArgs {
    /// Topic; may be given several times
    #[arg(long, required = true)]
    topic: Vec<String>,
    /// Only transactions without a record for so many minutes; Kafka's longest timeout is 15
    #[arg(long, default_value_t = 15)]
    older_than_minutes: u64,
    /// Write JSON
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
struct AbortArgs {
    /// Transactional id
    #[arg(required_unless_present = "topic", conflicts_with = "topic")]
    id: Option<String>,
    /// Topic of a transaction that hangs
    #[arg(long, requires = "partition", requires = "start_offset")]
    topic: Option<String>,
    /// Partition of the topic
    #[arg(long)]
    partition: Option<i32>,
    /// Where the transaction begins in the partition
    #[arg(long)]
    start_offset: Option<i64>,
}

pub(super) fn run(arguments: &TxnArgs) -> Result<(), Failure> {
    let mut cluster = arguments.server.connect()?;
    match &arguments.command {
        TxnCommand::List(arguments) => list(&mut cluster, arguments),
        TxnCommand::Describe(arguments) => describe(&mut cluster, arguments),
        TxnCommand::FindHanging(arguments) => find_hanging(&mut cluster, arguments),
        TxnCommand::Abort(arguments) => abort(&mut cluster, arguments),
    }
}

fn list(cluster: &mut Cluster, arguments: &ListArgs) -> Result<(), Failure> {
    let listed = transactions::list(cluster, &[])?;
    let mut output = Output::stdout();
    if arguments.json {
        let line = |it: &transactions::Listed| {
            json!({
                "transactional_id": it.transactional_id,
                "producer_id": it.producer_id,
                "state": it.transaction_state,
            })
        };
        output.json(&listed.iter().map(line).collect())?;
        return output.flush();
    }
    let mut table = Table::new(["TRANSACTIONAL-ID", "PRODUCER-ID", "STATE"]);
    for it in listed {
        table.row([it.transactional_id, it.producer_id.to_string(), it.transaction_state]);
    }
    output.table(&table)?;
    output.flush()
}

fn describe(cluster: &mut Cluster, arguments: &DescribeArgs) -> Result<(), Failure> {
    let mut described = Vec::with_capacity(arguments.ids.len());
    for id in &arguments.ids {
        described.push(transactions::describe(cluster, id)?);
    }
    let mut output = Output::stdout();
    if arguments.json {
        output.json(&described.iter().map(as_json).collect())?;
        return output.flush();
    }
    let columns = [
        "TRANSACTIONAL-ID",
        "STATE",
        "PRODUCER-ID",
        "EPOCH",
        "TIMEOUT-MS",
        "START-MS",
        "PARTITIONS",
    ];
    let mut table = Table::new(columns);
    for it in described {
        let partitions = partitions_of(&it);
        table.row([
            it.transactional_id,
            it.transaction_state,
            it.producer_id.to_string(),
            it.producer_epoch.to_string(),
            it.transaction_timeout_ms.to_string(),
            it.transaction_start_time_ms.to_string(),
            if partitions.is_empty() { "-".to_owned() } else { partitions.join(",") },
        ]);
    }
    output.table(&table)?;
    output.flush()
}

fn partitions_of(it: &Described) -> Vec<String> {
    let named = it.topics.iter().flat_map(|topic| {
        topic.partitions.iter().map(|index| TopicPartition::new(&topic.topic, *index).to_string())
    });
    named.collect()
}

fn as_json(it: &Described) -> Value {
    json!({
        "transactional_id": it.transactional_id,
        "state": it.transaction_state,
        "producer_id": it.producer_id,
        "producer_epoch": it.producer_epoch,
        "timeout_ms": it.transaction_timeout_ms,
        "start_ms": it.transaction_start_time_ms,
        "partitions": partitions_of(it),
    })
}

fn find_hanging(cluster: &mut Cluster, arguments: &FindArgs) -> Result<(), Failure> {
    let mut partitions = Vec::new();
    for topic in &arguments.topic {
        let count = cluster.partition_count(topic)?;
        partitions.extend((0..count).map(|index| TopicPartition::new(topic, index)));
    }
    let open = transactions::open_producers(cluster, &partitions)?;
    let now_ms = shards::clock::wall_ms();
    let least = Duration::from_secs(arguments.older_than_minutes.saturating_mul(60));
    let least_ms = i64::try_from(least.as_millis()).unwrap_or(i64::MAX);
    let is_old = |it: &OpenProducer| now_ms.saturating_sub(it.last_timestamp_ms) >= least_ms;
    let hanging = transactions::hanging(cluster, open.into_iter().filter(is_old).collect())?;
    let mut output = Output::stdout();
    if arguments.json {
        let line = |it: &OpenProducer| {
            json!({
                "topic": it.partition.topic,
                "partition": it.partition.partition,
                "producer_id": it.producer_id,
                "producer_epoch": it.producer_epoch,
                "start_offset": it.start_offset,
                "last_timestamp_ms": it.last_timestamp_ms,
            })
        };
        output.json(&hanging.iter().map(line).collect())?;
        return output.flush();
    }
    let mut table = Table::new(["TOPIC", "PARTITION", "PRODUCER-ID", "EPOCH", "START-OFFSET"]);
    for it in hanging {
        table.row([
            it.partition.topic,
            it.partition.partition.to_string(),
            it.producer_id.to_string(),
            it.producer_epoch.to_string(),
            it.start_offset.to_string(),
        ]);
    }
    output.table(&table)?;
    output.flush()
}

fn abort(cluster: &mut Cluster, arguments: &AbortArgs) -> Result<(), Failure> {
    let AbortArgs { id, topic, partition, start_offset } = arguments;
    if let Some(id) = id {
        return Ok(transactions::fence(cluster, id)?);
    }
    let (Some(topic), Some(partition), Some(start)) = (topic, partition, start_offset) else {
        return Err(Failure::usage("give a transactional id, or --topic with the rest"));
    };
    let place = TopicPartition::new(topic, *partition);
    let open = transactions::open_producers(cluster, std::slice::from_ref(&place))?;
    let found = open.into_iter().find(|producer| producer.start_offset == *start);
    let Some(found) = found else {
        return Err(Failure::usage(format!("no transaction begins at {start} in {place}")));
    };
    Ok(transactions::abort_hanging(cluster, &found)?)
}
