//! `/v1/node`: what a node is and how it is, for scripts.
//!
//! Lives on: the thread of the metrics; pure. Promise: fields, once published, keep their meaning;
//! the size does not grow with topics or clients. Times are in milliseconds, sizes in bytes.

use std::time::Duration;

use serde_json::{Value, json};

use super::figures::CoreFigures;
use super::process::Room;
use super::{Cluster, Phase};
use crate::config::BrokerConfig;
use crate::config::endpoint::{Endpoint, Role};

/// What is known of a node; `cores` and `cluster` once it has come so far.
pub(super) struct Facts<'a> {
    pub config: &'a BrokerConfig,
    pub phase: Phase,
    pub up: Duration,
    pub cores: Option<&'a [CoreFigures]>,
    pub cluster: Option<&'a Cluster>,
}

pub(super) fn write(facts: &Facts<'_>, room: impl Fn(&str) -> Option<Room>) -> Value {
    let Facts { config, phase, up, .. } = facts;
    json!({
        "version": env!("CARGO_PKG_VERSION"),
        "node": config.node_id,
        "rack": config.rack,
        "roles": roles(config),
        "process": std::process::id(),
        "settings_checksum": format!("{:08x}", config.settings.checksum()),
        "state": phase.name(),
        "up_ms": u64::try_from(up.as_millis()).unwrap_or(u64::MAX),
        "cores_answer": facts.cores.is_some(),
        "listeners": config.network.listeners.iter().map(listener).collect::<Value>(),
        "advertised": config.network.advertised.iter().map(listener).collect::<Value>(),
        "cores": facts.cores.unwrap_or_default().iter().map(core).collect::<Value>(),
        "log_directories": directories(facts.cores.unwrap_or_default(), room),
        "cluster": facts.cluster.map(cluster),
    })
}

fn roles(config: &BrokerConfig) -> Vec<&'static str> {
    let roles = [("broker", config.roles.broker), ("controller", config.roles.controller)];
    roles.into_iter().filter(|(_, has)| *has).map(|(name, _)| name).collect()
}

fn listener(endpoint: &Endpoint) -> Value {
    let serves = match endpoint.role {
        Role::Broker => "broker",
        Role::Controller => "controller",
    };
    json!({ "name": endpoint.name, "address": endpoint.address(), "serves": serves })
}

fn core(core: &CoreFigures) -> Value {
    json!({
        "core": core.core,
        "partitions": core.partitions,
        "connections": core.connections.open,
        "requests_at_work": core.requests.iter().map(|api| api.at_work).sum::<u64>(),
    })
}

/// All cores have the same directories; one that has failed on a core serves no more.
fn directories(cores: &[CoreFigures], room: impl Fn(&str) -> Option<Room>) -> Value {
    let Some(first) = cores.first() else { return json!([]) };
    let opened = first.log_dirs.iter().map(|dir| &dir.path);
    let failed = first.failed_log_dirs.iter();
    let mut paths: Vec<&String> = opened.chain(failed).collect();
    paths.sort();
    paths.dedup();
    let directory = |path: &String| {
        let room = room(path);
        let is_full =
            |core: &CoreFigures| core.log_dirs.iter().any(|dir| dir.path == *path && dir.is_full);
        json!({
            "path": path,
            "online": !cores.iter().any(|core| core.failed_log_dirs.contains(path)),
            "full": cores.iter().any(is_full),
            "free_bytes": room.map(|room| room.free),
            "disk_bytes": room.map(|room| room.total),
        })
    };
    paths.into_iter().map(directory).collect()
}

fn cluster(cluster: &Cluster) -> Value {
    let Cluster { image, quorum } = cluster;
    let partitions: usize = image.topics.iter().map(|topic| topic.partitions.len()).sum();
    json!({
        "id": &*image.cluster_id,
        "brokers": image.cluster.brokers.keys().collect::<Vec<_>>(),
        "topics": image.topics.len(),
        "partitions": partitions,
        "metadata_offset": image.provenance.last_offset,
        "features": image.finalized_features(),
        "controller": quorum.as_ref().map(|quorum| json!({
            "leader": quorum.leader_id,
            "epoch": quorum.leader_epoch,
            "high_watermark": quorum.high_watermark,
        })),
    })
}
