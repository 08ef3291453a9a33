//! Configurations of nodes that know each other, and a source of random numbers.

use uuid::Uuid;

use crate::config::{Config, Stored, Timings};
use crate::control_records::ControlRecord;
use crate::mutation::Mutation;
use crate::units::{NodeId, Offset, OffsetAndEpoch, ReplicaKey};
use crate::voters::{Endpoints, VersionRange, Voter, VoterSet};

pub(super) const LISTENER: &str = "CONTROLLER";
pub(super) const BOTH_VERSIONS: VersionRange = VersionRange { min: 0, max: 1 };

pub(super) fn endpoints(node: i32) -> Endpoints {
    Endpoints([(LISTENER.to_owned(), (format!("h{node}"), 9093))].into())
}

/// A node's own directory, or that of its next disk.
pub(super) fn directory(node: i32, disk: u32) -> Uuid {
    Uuid::from_u128(1 + u128::from(node.unsigned_abs()) + (u128::from(disk) << 32))
}

pub(super) fn key(node: i32, disk: u32) -> ReplicaKey {
    ReplicaKey::new(NodeId(node), directory(node, disk))
}

pub(super) fn dynamic_voters(nodes: &[i32]) -> VoterSet {
    VoterSet::new(nodes.iter().map(|&node| Voter {
        key: key(node, 0),
        endpoints: endpoints(node),
        kraft_versions: BOTH_VERSIONS,
    }))
}

pub(super) fn static_voters(nodes: &[i32]) -> VoterSet {
    VoterSet::new(nodes.iter().map(|&node| Voter {
        key: ReplicaKey { id: NodeId(node), directory_id: None },
        endpoints: endpoints(node),
        kraft_versions: VersionRange { min: 0, max: 0 },
    }))
}

/// Without voters: they are in the log, or in the field that the caller sets.
pub(super) fn config(node: i32, seed: u64, planted: Option<Mutation>) -> Config {
    Config {
        node_id: NodeId(node),
        directory_id: directory(node, 0),
        cluster_id: "cluster".to_owned(),
        listeners: endpoints(node),
        listener_name: LISTENER.to_owned(),
        kraft_versions: BOTH_VERSIONS,
        can_become_voter: true,
        auto_join: false,
        bootstrap_servers: (1..=3).map(|other| (format!("h{other}"), 9093)).collect(),
        static_voters: VoterSet::default(),
        timings: Timings::default(),
        seed,
        planted,
    }
}

/// What `format --initial-controllers` leaves: `0-0.checkpoint` with the voters.
pub(super) fn formatted(voters: &VoterSet) -> Stored {
    let mut stored = Stored::default();
    stored.log.snapshots.push((OffsetAndEpoch::BOOTSTRAP, 100));
    let records = [ControlRecord::KraftVersion(1), ControlRecord::Voters(voters.clone())];
    stored.control_records = records.map(|record| (Offset(-1), record)).to_vec();
    stored
}

/// The same numbers from the same seed (splitmix64).
#[derive(Clone, Debug)]
pub(super) struct Dice(pub(super) u64);

impl Dice {
    pub(super) fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// One of `low..high`.
    pub(super) fn between(&mut self, low: u64, high: u64) -> u64 {
        low + self.roll() % (high - low)
    }

    pub(super) fn chance(&mut self, permille: u64) -> bool {
        self.roll() % 1000 < permille
    }

    pub(super) fn pick<T: Copy>(&mut self, among: &[T]) -> Option<T> {
        let index = self.roll() % (among.len().max(1) as u64);
        among.get(usize::try_from(index).unwrap()).copied()
    }
}
