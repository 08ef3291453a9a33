//! The controller as a whole: outcomes of requests, and what Kafka itself wrote.

mod alter_partition;
mod client_quotas;
mod golden;
mod random_requests;
mod reassign;
mod requests;
mod update_features;

use std::collections::BTreeMap;
use std::sync::Arc;

use uuid::Uuid;

use super::brokers::{Endpoint, Node};
use super::{Controller, Options, Outcome, Refusal, unlimited};
use crate::config::{ConfigResource, Settings};
use crate::controller::refusal::Cause;
use crate::metadata::features::Offer;
use crate::metadata::{Delta, Image, Provenance, Versioned, Voter, VoterSet};

pub(super) const DIRECTORY: Uuid = Uuid::from_u128(0x77);

fn counting(mut state: u64) -> impl FnMut() -> u64 {
    move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        state ^ (state >> 33)
    }
}

fn node(id: i32) -> Node {
    Node {
        id,
        incarnation_id: Uuid::from_u128(0x1000 + id as u128),
        endpoints: vec![Endpoint {
            listener: "PLAINTEXT".to_owned(),
            host: "localhost".to_owned(),
            port: 9092,
            security_protocol: 0,
        }],
        rack: None,
        directories: vec![Uuid::from_u128(DIRECTORY.as_u128() + id as u128 - 1)],
    }
}

/// Appends and replays at once, as the log does.
fn commit<R>(controller: &mut Controller, outcome: Outcome<R>) -> R {
    let Outcome { records, reply, .. } = outcome;
    if !records.is_empty() {
        let last_offset = controller.next_offset() + records.len() as i64 - 1;
        let end = Provenance { last_offset, last_epoch: 1, last_timestamp_ms: 5 };
        controller.replay(records.iter().map(|versioned| &versioned.record), end).unwrap();
    }
    reply
}

/// Before the first record.
fn empty(cluster_id: &str) -> Controller {
    let settings = Arc::new(Settings::load(None, &[]).unwrap().0);
    let options = Options {
        node_id: 1,
        partitions: 1,
        replication_factor: 1,
        descriptors_max: 20_000,
        voters: voters(),
        settings,
    };
    Controller::new(Delta::new(Image::empty(cluster_id)), options)
}

/// A cluster with these brokers, active.
fn cluster(brokers: &[i32]) -> Controller {
    let mut controller = empty("cluster");
    let levels = super::features::initial_levels(&BTreeMap::new(), Offer::Final).unwrap();
    let bootstrap = super::features::bootstrap_records(&levels);
    let outcome = controller.activate(&bootstrap, 1);
    commit(&mut controller, outcome);
    for &broker in brokers {
        let outcome = controller.register_broker(&node(broker)).unwrap();
        commit(&mut controller, outcome);
        let outcome = controller.unfence_broker(broker).unwrap();
        commit(&mut controller, outcome);
    }
    controller
}

/// The image that the snapshot of `image` gives.
fn through_snapshot(image: &Image) -> Image {
    let id = super::snapshot_file::SnapshotId::of(image.provenance);
    let file = super::snapshot_file::encode(image, 9).unwrap();
    super::snapshot_file::decode(&file, id, &image.cluster_id).unwrap()
}

fn v0(record: impl Into<crate::protocol::metadata_records::MetadataRecord>) -> Versioned {
    Versioned::v0(record)
}

/// The node 1 alone.
fn voters() -> VoterSet {
    let endpoints = vec![("CONTROLLER".to_owned(), "localhost".to_owned(), 9093)];
    let voter = Voter { id: 1, directory_id: DIRECTORY, endpoints };
    VoterSet { kraft_version: 1, voters: vec![voter] }
}

fn no_voters() -> VoterSet {
    VoterSet::default()
}
