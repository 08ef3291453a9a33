//! Registration of nodes, and leaders for the partitions of those that come back.

use uuid::Uuid;

use crate::controller::refusal::{Cause, Refusal};
use crate::controller::{Controller, Outcome};
use crate::metadata::features::Offer;
use crate::metadata::topics::NO_LEADER;
use crate::metadata::{NodeId, Partition, Versioned};
use crate::protocol::metadata_records::register_broker_record::{BrokerEndpoint, BrokerFeature};
use crate::protocol::metadata_records::register_controller_record::{
    ControllerEndpoint, ControllerFeature,
};
use crate::protocol::metadata_records::{
    BrokerRegistrationChangeRecord, PartitionChangeRecord, RegisterBrokerRecord,
    RegisterControllerRecord,
};

/// Where a node listens, with Kafka's number of the security protocol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    pub listener: String,
    pub host: String,
    pub port: u16,
    pub security_protocol: i16,
}

/// A node that starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    pub id: NodeId,
    /// New at each start.
    pub incarnation_id: Uuid,
    /// Those that clients and brokers are told.
    pub endpoints: Vec<Endpoint>,
    pub rack: Option<String>,
    /// The ids of its log directories.
    pub directories: Vec<Uuid>,
}

impl Controller {
    /// The node as a controller.
    pub fn register_controller(&self, node: &Node) -> Outcome<()> {
        const REGISTRATIONS_FROM: i16 = 15;
        if self.image().features.metadata_version() < REGISTRATIONS_FROM {
            return Outcome::reply(());
        }
        let endpoints = node.endpoints.iter().map(|endpoint| ControllerEndpoint {
            name: endpoint.listener.clone(),
            host: endpoint.host.clone(),
            port: endpoint.port,
            security_protocol: endpoint.security_protocol,
        });
        let features =
            Offer::of(&self.options.settings).supported().map(|feature| ControllerFeature {
                name: feature.name.to_owned(),
                min_supported_version: feature.min,
                max_supported_version: feature.max,
            });
        let record = RegisterControllerRecord {
            controller_id: node.id,
            incarnation_id: node.incarnation_id,
            zk_migration_ready: false,
            end_points: endpoints.collect(),
            features: features.collect(),
        };
        Outcome::atomic(vec![Versioned::v0(record)], ())
    }

    /// The node as a broker, fenced until it has caught up. The reply is its epoch.
    pub fn register_broker(&self, node: &Node) -> Result<Outcome<i64>, Refusal> {
        self.check_directories(node)?;
        let features = &self.image().features;
        let version = features.register_broker_version();
        let endpoints = node.endpoints.iter().map(|endpoint| BrokerEndpoint {
            name: endpoint.listener.clone(),
            host: endpoint.host.clone(),
            port: endpoint.port,
            security_protocol: endpoint.security_protocol,
        });
        let supported =
            Offer::of(&self.options.settings).supported().map(|feature| BrokerFeature {
                name: feature.name.to_owned(),
                min_supported_version: feature.min,
                max_supported_version: feature.max,
            });
        let epoch = self.next_offset();
        let record = RegisterBrokerRecord {
            broker_id: node.id,
            incarnation_id: node.incarnation_id,
            broker_epoch: epoch,
            end_points: endpoints.collect(),
            features: supported.collect(),
            rack: node.rack.clone(),
            fenced: true,
            log_dirs: if version >= 3 { node.directories.clone() } else { Vec::new() },
            cordoned_log_dirs: (version >= 4).then(Vec::new),
            ..Default::default()
        };
        Ok(Outcome::atomic(vec![Versioned { record: record.into(), version }], epoch))
    }

    /// The broker may lead; partitions that have no leader and may be led by it get it, and those
    /// whose directory it came without lose it. Those that it led before it started anew it leads
    /// in a new epoch: clients then ask where the old one ended, and notice what was lost.
    pub fn unfence_broker(&self, id: NodeId) -> Result<Outcome<()>, Refusal> {
        let unknown = || Refusal::plain(Cause::UnknownBroker);
        let broker = self.image().cluster.broker(id).ok_or_else(unknown)?;
        let features = &self.image().features;
        let mut records = Vec::new();
        let starts = broker.is_fenced();
        if starts {
            let record = BrokerRegistrationChangeRecord {
                broker_id: id,
                broker_epoch: broker.epoch(),
                fenced: -1,
                ..Default::default()
            };
            records.push(Versioned::v0(record));
        }
        for topic in self.image().topics.iter() {
            for (partition_id, partition) in topic.partitions.iter() {
                if !self.has_directory(partition, id) {
                    continue;
                }
                let elected = match starts && partition.leader == id {
                    true => Some(PartitionChangeRecord { leader: id, ..Default::default() }),
                    false => elect(partition, id),
                };
                let Some(mut record) = elected else { continue };
                record.topic_id = topic.id;
                record.partition_id = *partition_id;
                records.push(Versioned::at(record, features));
            }
        }
        self.lead_without_directory(id, &mut records);
        Ok(Outcome::loose(records, ()))
    }

    pub(super) fn check_broker_epoch(&self, id: NodeId, epoch: i64) -> Result<(), Refusal> {
        match self.image().cluster.broker(id) {
            None => Err(Refusal::new(
                Cause::StaleBrokerEpoch,
                format!("No broker registration found for broker id {id}"),
            )),
            Some(broker) if broker.epoch() != epoch => Err(Refusal::new(
                Cause::StaleBrokerEpoch,
                format!("Expected broker epoch {epoch}, but got broker epoch {}", broker.epoch()),
            )),
            Some(_) => Ok(()),
        }
    }

    fn check_directories(&self, node: &Node) -> Result<(), Refusal> {
        let refuse = |message: String| Err(Refusal::new(Cause::InvalidRegistration, message));
        let directories = &node.directories;
        if directories.is_empty() {
            return refuse("No directories specified in request".to_owned());
        }
        for (position, directory) in directories.iter().enumerate() {
            if directories[..position].contains(directory) {
                return refuse("Duplicate directory ID in request".to_owned());
            }
            let mut others = self.image().cluster.brokers.values();
            let holder = others.find(|broker| {
                broker.id() != node.id && broker.registration.log_dirs.contains(directory)
            });
            if let Some(holder) = holder {
                return refuse(format!(
                    "Broker {} is already registered with directory {directory}",
                    holder.id()
                ));
            }
        }
        Ok(())
    }
}

/// The change that lets `broker` lead a partition without a leader; none if it may not: it is
/// neither in sync, nor eligible or the last known leader while nobody is in sync.
fn elect(partition: &Partition, broker: NodeId) -> Option<PartitionChangeRecord> {
    if partition.leader != NO_LEADER || !partition.has_replica(broker) {
        return None;
    }
    let in_sync = &partition.in_sync_replicas;
    let eligible = &partition.eligible_leader_replicas;
    let mut record = PartitionChangeRecord { leader: broker, ..Default::default() };
    if in_sync.contains(&broker) {
        // the replicas in sync stay
    } else if in_sync.is_empty() && eligible.contains(&broker) {
        record.isr = Some(vec![broker]);
        let others = eligible.iter().copied().filter(|other| *other != broker);
        record.eligible_leader_replicas = Some(others.collect());
    } else if in_sync.is_empty() && eligible.is_empty() && partition.last_known_eligible == [broker]
    {
        record.isr = Some(vec![broker]);
        record.leader_recovery_state = 1;
    } else {
        return None;
    }
    if !partition.last_known_eligible.is_empty() {
        record.last_known_elr = Some(Vec::new());
    }
    Some(record)
}
