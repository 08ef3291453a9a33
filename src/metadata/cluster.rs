//! Brokers, controllers and voters that are registered.

use std::collections::BTreeMap;

use uuid::Uuid;

use crate::protocol::control_records::{KRaftVersionRecord, VotersRecord};
use crate::protocol::metadata_records::register_broker_record::BrokerEndpoint;
use crate::protocol::metadata_records::{RegisterBrokerRecord, RegisterControllerRecord};

/// `node.id` of a broker or controller.
pub type NodeId = i32;

/// A broker's registration, as its records left it.
#[derive(Clone, Debug, PartialEq)]
pub struct Broker {
    pub registration: RegisterBrokerRecord,
}

impl Broker {
    pub fn id(&self) -> NodeId {
        self.registration.broker_id
    }

    pub fn epoch(&self) -> i64 {
        self.registration.broker_epoch
    }

    pub fn rack(&self) -> Option<&str> {
        self.registration.rack.as_deref()
    }

    pub fn is_fenced(&self) -> bool {
        self.registration.fenced
    }

    /// May lead and may be in sync.
    pub fn is_active(&self) -> bool {
        !self.registration.fenced && !self.registration.in_controlled_shutdown
    }

    pub fn endpoint(&self, listener: &str) -> Option<&BrokerEndpoint> {
        self.registration.end_points.iter().find(|endpoint| endpoint.name == listener)
    }

    /// Whether the directory serves. Nothing is known about those that are not assigned.
    pub fn has_online_directory(&self, directory: Uuid) -> bool {
        use crate::metadata::topics::{DIRECTORY_MIGRATING, DIRECTORY_UNASSIGNED};
        self.registration.log_dirs.is_empty()
            || [DIRECTORY_MIGRATING, DIRECTORY_UNASSIGNED].contains(&directory)
            || self.registration.log_dirs.contains(&directory)
    }
}

/// A member of the quorum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Voter {
    pub id: NodeId,
    pub directory_id: Uuid,
    /// (listener, host, port)
    pub endpoints: Vec<(String, String, u16)>,
}

/// Who may vote. Empty under a static quorum, where the configuration names the voters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VoterSet {
    pub kraft_version: i16,
    pub voters: Vec<Voter>,
}

impl VoterSet {
    pub fn apply_version(&mut self, record: &KRaftVersionRecord) {
        self.kraft_version = record.kraft_version;
    }

    pub fn apply_voters(&mut self, record: &VotersRecord) {
        let endpoints = |voter: &crate::protocol::control_records::voters_record::Voter| {
            let named = voter.endpoints.iter();
            named.map(|at| (at.name.clone(), at.host.clone(), at.port)).collect()
        };
        let voters = record.voters.iter();
        self.voters = voters
            .map(|voter| Voter {
                id: voter.voter_id,
                directory_id: voter.voter_directory_id,
                endpoints: endpoints(voter),
            })
            .collect();
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cluster {
    pub brokers: BTreeMap<NodeId, Broker>,
    pub controllers: BTreeMap<NodeId, RegisterControllerRecord>,
}

impl Cluster {
    pub fn broker(&self, id: NodeId) -> Option<&Broker> {
        self.brokers.get(&id)
    }

    pub fn is_active(&self, id: NodeId) -> bool {
        self.broker(id).is_some_and(Broker::is_active)
    }

    /// Registered and not fenced, in the order of their ids.
    pub fn alive(&self) -> impl Iterator<Item = &Broker> {
        self.brokers.values().filter(|broker| !broker.is_fenced())
    }
}
