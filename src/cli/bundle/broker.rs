//! What the broker says over its own protocol: brokers, topics, groups with their lag.

use serde_json::{Value, json};

use super::{BundleArgs, Content, pretty};
use crate::cli::group;
use crate::client::Cluster;
use crate::client::group::list;

/// Topics and groups that are looked at.
const TOPICS_MAX: usize = 5000;
const GROUPS_MAX: usize = 200;

pub(super) fn content(arguments: &BundleArgs) -> Content {
    let server = arguments.server.clone();
    Box::new(move || {
        let mut cluster = server.connect().map_err(|failure| failure.to_string())?;
        pretty(&collect(&mut cluster)?)
    })
}

fn collect(cluster: &mut Cluster) -> Result<Value, String> {
    let brokers: Vec<Value> = cluster
        .brokers()
        .iter()
        .map(|(id, address)| json!({ "id": id, "address": address.to_string() }))
        .collect();
    let metadata = cluster.metadata(None).map_err(|cause| cause.to_string())?;
    let topics = metadata.topics.iter().take(TOPICS_MAX).map(|topic| {
        let leaderless = topic.partitions.iter().filter(|it| it.leader_id < 0).count();
        json!({
            "name": topic.name,
            "partitions": topic.partitions.len(),
            "leaderless": leaderless,
        })
    });
    let topics: Vec<Value> = topics.collect();
    let listed = list(cluster).map_err(|cause| cause.to_string())?;
    let mut groups = Vec::new();
    for listed in listed.iter().take(GROUPS_MAX) {
        groups.push(match group::lag(cluster, &listed.group_id) {
            Ok(lag) => json!({
                "group": listed.group_id, "state": lag.state, "members": lag.members,
                "partitions": lag.partitions, "lag": lag.records,
            }),
            Err(cause) => json!({ "group": listed.group_id, "error": cause.to_string() }),
        });
    }
    Ok(json!({
        "cluster": cluster.cluster_id(),
        "brokers": brokers,
        "topics": topics,
        "topics_left_out": metadata.topics.len().saturating_sub(TOPICS_MAX),
        "groups": groups,
        "groups_left_out": listed.len().saturating_sub(GROUPS_MAX),
    }))
}
