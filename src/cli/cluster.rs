//! `ringlog cluster`: its brokers, and who controls it.

use clap::Args;
use serde_json::{Value, json};

use super::failure::Failure;
use super::output::{Output, Table, counted};
use super::server::ServerArgs;
use crate::client::Cluster;
use crate::client::error::check;
use crate::config::endpoint::address_text;
use crate::metadata::topic_name::CLUSTER_METADATA;
use crate::protocol::describe_cluster::response::DescribeClusterBroker;
use crate::protocol::describe_quorum::request::{PartitionData, TopicData};
use crate::protocol::describe_quorum::response;
use crate::protocol::{describe_cluster, describe_quorum};

/// Show the brokers of the cluster, and who controls it
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  ringlog cluster\n  ringlog cluster --json -s kafka:9092")]
pub(super) struct ClusterArgs {
    #[command(flatten)]
    server: ServerArgs,
    /// Write JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &ClusterArgs) -> Result<(), Failure> {
    let mut cluster = arguments.server.connect()?;
    let described = describe(&mut cluster)?;
    let quorum = quorum(&mut cluster)?;
    let mut output = Output::stdout();
    if arguments.json {
        output.json(&json(&described, quorum.as_ref()))?;
        return output.flush();
    }
    output.line(&format!(
        "cluster {}, {}, controller {}",
        described.cluster_id,
        counted(described.brokers.len(), "broker"),
        node(described.controller_id)
    ))?;
    if let Some(quorum) = &quorum {
        output.line(&format!(
            "metadata: leader {}, epoch {}, high watermark {}, {}",
            node(quorum.leader_id),
            quorum.leader_epoch,
            quorum.high_watermark,
            counted(quorum.current_voters.len(), "voter")
        ))?;
    }
    let mut table = Table::new(["BROKER", "ADDRESS", "RACK", "STATE"]);
    for broker in &described.brokers {
        table.row([
            broker.broker_id.to_string(),
            address_text(&broker.host, u16::try_from(broker.port).unwrap_or(0)),
            broker.rack.clone().unwrap_or_else(|| "-".to_owned()),
            if broker.is_fenced { "fenced" } else { "up" }.to_owned(),
        ]);
    }
    output.table(&table)?;
    output.flush()
}

fn describe(cluster: &mut Cluster) -> Result<describe_cluster::Response, Failure> {
    let request = describe_cluster::Request { include_fenced_brokers: true, ..Default::default() };
    let mut response = cluster.call_any(&request)?;
    let message = response.error_message.as_deref();
    check(response.error_code, message, || "the cluster".to_owned())?;
    response.brokers.sort_by_key(|broker| broker.broker_id);
    Ok(response)
}

/// None where the broker tells nothing of it.
fn quorum(cluster: &mut Cluster) -> Result<Option<response::PartitionData>, Failure> {
    let partitions = vec![PartitionData { partition_index: 0 }];
    let topics = vec![TopicData { topic_name: CLUSTER_METADATA.to_owned(), partitions }];
    let response = cluster.call_any(&describe_quorum::Request { topics })?;
    if response.error_code != 0 {
        return Ok(None);
    }
    let mut partitions = response.topics.into_iter().flat_map(|topic| topic.partitions);
    Ok(partitions.next().filter(|partition| partition.error_code == 0))
}

fn node(id: i32) -> String {
    if id < 0 { "none".to_owned() } else { id.to_string() }
}

fn json(cluster: &describe_cluster::Response, quorum: Option<&response::PartitionData>) -> Value {
    let broker = |it: &DescribeClusterBroker| {
        json!({
            "id": it.broker_id,
            "host": it.host,
            "port": it.port,
            "rack": it.rack,
            "fenced": it.is_fenced,
        })
    };
    let quorum = quorum.map(|it| {
        let voters: Vec<i32> = it.current_voters.iter().map(|voter| voter.replica_id).collect();
        json!({
            "leader": it.leader_id,
            "epoch": it.leader_epoch,
            "high_watermark": it.high_watermark,
            "voters": voters,
        })
    });
    json!({
        "cluster": cluster.cluster_id,
        "controller": cluster.controller_id,
        "quorum": quorum,
        "brokers": cluster.brokers.iter().map(broker).collect::<Value>(),
    })
}
