//! The node's metadata at start: formatted if it is new, loaded, led, published, and the node
//! registered in it.
//!
//! Lives on: shard 0, once every core has replayed its journals.
//! Promise: when `start` returns, every core has the image and its partitions are open.
//! Read next: ../controller/log.rs, ../hosting/publisher.rs.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::path::Path;
use std::rc::Rc;

use shards::clock;
use shards::format::partition_metadata;
use shards::format::validate::Rules;
use shards::io::{directory, spawn};
use shards::limits::SHORTAGE_RETRY;
use shards::log::config::{Cleanup, LogConfig};
use shards::log::lifecycle::LogSpec;
use shards::node_dir::NodeDir;
use shards::units::{PartitionId, TopicId};
use uuid::Uuid;

use super::BootError;
use crate::broker::Core;
use crate::config::endpoint::{Endpoint, Role, SecurityProtocol};
use crate::config::overlay::Overrides;
use crate::config::{BrokerConfig, TopicConfig};
use crate::controller::brokers::{Endpoint as Address, Node};
use crate::controller::directories::Kept;
use crate::controller::internal_topics::{creatable_topic, replication_key};
use crate::controller::limits::METADATA_BATCH_BYTES_MAX;
use crate::controller::loading::{self, LoadError, NewCluster};
use crate::controller::log::{LogOptions, MetadataLog};
use crate::controller::{Cause, Options, Refusal, random_uuid};
use crate::hosting::publisher::Publisher;
use crate::metadata::features::Offer;
use crate::metadata::{Voter, VoterSet, topic_name};
use crate::protocol::create_topics::request::Request;

const TOPIC: TopicId = Uuid::from_u128(1);
pub(super) const NAME: &str = "__cluster_metadata-0";

/// With the directories that serve.
pub(super) async fn start(broker: &Rc<Core>, node_dirs: &[NodeDir]) -> Result<(), BootError> {
    let config = broker.config.clone();
    let root = node_dirs.iter().find(|directory| directory.path == config.metadata_log_dir);
    let root = root.unwrap_or(&node_dirs[0]);
    let folder = root.path.join(NAME);
    prepare(&root.path, &folder, &config, root.directory_id).await?;
    let opened = broker.store.open_or_create(spec(&config)).await?;
    let log = MetadataLog::start(opened, log_options(&config, root)).await;
    let log = log.map_err(metadata)?;
    let publisher = Publisher::open(broker.clone(), &root.path).await;
    let publisher = publisher.map_err(|error| metadata(io_error(&root.path, error)))?;
    drop(spawn(log.clone().publish(publisher)));
    let for_logs = node_dirs.iter().filter(|found| !found.is_metadata_only);
    let directories = for_logs.map(|found| found.directory_id).collect();
    register(broker, &log, root, directories).await?;
    remove_deleted(broker, &log).await;
    broker.first_core().set_metadata_log(log);
    drop(spawn(create_wanted_topics(broker.clone())));
    drop(spawn(assign_directories(broker.clone())));
    Ok(())
}

pub(super) fn metadata(error: impl std::fmt::Display) -> BootError {
    BootError::Metadata(error.to_string())
}

fn io_error(path: &Path, error: std::io::Error) -> LoadError {
    LoadError::Io { path: path.to_owned(), error }
}

/// Makes the folder of the metadata log, where the store finds it, and formats a new cluster.
async fn prepare(
    root: &Path,
    folder: &Path,
    config: &BrokerConfig,
    directory_id: Uuid,
) -> Result<(), BootError> {
    let failed = |error| metadata(io_error(folder, error));
    directory::create_all(folder).await.map_err(failed)?;
    directory::sync(root).await.map_err(failed)?;
    let identity = folder.join(partition_metadata::FILE_NAME);
    if !directory::exists(&identity).await.map_err(failed)? {
        let text = partition_metadata::encode(TOPIC);
        directory::write_atomically(&identity, text.as_bytes()).await.map_err(failed)?;
    }
    let entries = directory::list(folder).await.map_err(failed)?;
    let is_used = entries.iter().any(|entry| {
        entry.name.ends_with(".checkpoint") || (entry.name.ends_with(".log") && entry.size > 0)
    });
    if is_used {
        return Ok(());
    }
    let new = NewCluster {
        features: config.format.features.iter().cloned().collect(),
        offer: Offer::of(&config.settings),
        voters: config.quorum.voters.is_empty().then(|| first_voters(config, directory_id)),
    };
    loading::format(root, folder, &new).await.map_err(metadata)
}

/// This node alone.
fn first_voters(config: &BrokerConfig, directory_id: Uuid) -> VoterSet {
    let controllers = config.network.advertised.iter().chain(&config.network.listeners);
    let mut endpoints: Vec<(String, String, u16)> = Vec::new();
    for endpoint in controllers.filter(|endpoint| endpoint.role == Role::Controller) {
        if endpoints.iter().all(|(name, ..)| *name != endpoint.name) {
            endpoints.push((endpoint.name.clone(), host(endpoint), endpoint.port));
        }
    }
    if endpoints.is_empty() {
        const KAFKAS_PORT: u16 = 9093;
        endpoints.push(("CONTROLLER".to_owned(), "localhost".to_owned(), KAFKAS_PORT));
    }
    let voter = Voter { id: config.node_id, directory_id, endpoints };
    VoterSet { kraft_version: 1, voters: vec![voter] }
}

fn spec(config: &BrokerConfig) -> LogSpec {
    let batch_bytes_max = METADATA_BATCH_BYTES_MAX;
    let config = LogConfig {
        segment_bytes: config.metadata_log.segment_bytes.max(batch_bytes_max as u32),
        segment_ms: i64::try_from(config.metadata_log.segment_ms).unwrap_or(i64::MAX),
        rules: Rules { batch_bytes_max, ..Rules::default() },
        // Topics, ids of producers and where replicas lie are never given up for speed.
        must_be_synced: true,
        // Snapshots say what of it may go.
        cleanup: Cleanup::default(),
        ..LogConfig::default()
    };
    LogSpec { id: PartitionId { topic: TOPIC, index: 0 }, name: NAME.to_owned(), config }
}

fn log_options(config: &BrokerConfig, root: &NodeDir) -> LogOptions {
    LogOptions {
        controller: Options {
            node_id: config.node_id,
            partitions: i32::try_from(config.topics.partitions).unwrap_or(i32::MAX),
            replication_factor: config.topics.replication_factor,
            descriptors_max: shards::io::descriptors_max(),
            voters: first_voters(config, root.directory_id),
            settings: config.settings.clone(),
        },
        cluster_id: root.cluster_id.clone(),
        static_voters: config.quorum.voters.iter().map(|voter| voter.id).collect(),
        snapshot_after_bytes: config.metadata_log.snapshot_after_bytes,
    }
}

/// Writes the node into the metadata: as controller and, once its partitions are open, as broker.
async fn register(
    broker: &Rc<Core>,
    log: &Rc<MetadataLog>,
    root: &NodeDir,
    directories: Vec<Uuid>,
) -> Result<(), BootError> {
    let config = &broker.config;
    let bootstrap = loading::bootstrap(&root.path).await.map_err(metadata)?;
    let defaults = TopicConfig::resolve(&config.settings, &Overrides::new());
    let minimum = i32::try_from(defaults.min_insync_replicas).unwrap_or(i32::MAX);
    log.submit(|on, _| Ok(on.activate(&bootstrap, minimum))).await.map_err(metadata)?;
    let incarnation_id = random_uuid(&mut shards::entropy::u64);
    let node = |role| Node {
        id: config.node_id,
        incarnation_id,
        endpoints: addresses(config, role),
        rack: config.rack.clone(),
        directories: directories.clone(),
    };
    let controller = node(Role::Controller);
    log.submit(|on, _| Ok(on.register_controller(&controller))).await.map_err(metadata)?;
    let registration = node(Role::Broker);
    log.submit(|on, _| on.register_broker(&registration)).await.map_err(metadata)?;
    // Before it is decided what the node may lead.
    let kept: Vec<Kept> = broker.first_core().directories_to_assign.take().into_iter().collect();
    let assigned = log.submit(|on, _| Ok(on.assign_directories(config.node_id, &kept))).await;
    assigned.map_err(metadata)?;
    log.submit(|on, _| on.unfence_broker(config.node_id)).await.map_err(metadata)
}

/// What others are told of this node's listeners: advertised ones, else where it listens.
fn addresses(config: &BrokerConfig, role: Role) -> Vec<Address> {
    let network = &config.network;
    let mut addresses: Vec<Address> = Vec::new();
    for endpoint in network.advertised.iter().chain(&network.listeners) {
        let is_new = addresses.iter().all(|known| known.listener != endpoint.name);
        if endpoint.role == role && is_new {
            addresses.push(Address {
                listener: endpoint.name.clone(),
                host: host(endpoint),
                port: endpoint.port,
                security_protocol: match endpoint.protocol {
                    SecurityProtocol::Plaintext => 0,
                    SecurityProtocol::Ssl => 1,
                    SecurityProtocol::SaslPlaintext => 2,
                    SecurityProtocol::SaslSsl => 3,
                },
            });
        }
    }
    addresses
}

/// An empty host stands for this machine, under the name by which others find it.
pub(super) fn host(endpoint: &Endpoint) -> String {
    if !endpoint.host.is_empty() {
        return endpoint.host.clone();
    }
    let name = nix::unistd::gethostname().ok().and_then(|name| name.into_string().ok());
    canonical(name.as_deref().unwrap_or("localhost"))
}

/// The canonical name of a host, as Java finds it, and Kafka with it: the name of its address, if
/// that leads back to the address; else the address; the name itself where nobody knows it.
fn canonical(name: &str) -> String {
    let addresses = |name: &str| -> Vec<IpAddr> {
        dns_lookup::lookup_host(name).map(Iterator::collect).unwrap_or_default()
    };
    // Java prefers the older addresses.
    let known = addresses(name);
    let address = known.iter().find(|address| address.is_ipv4()).or(known.first());
    let Some(address) = address.copied() else { return name.to_owned() };
    match dns_lookup::lookup_addr(&address) {
        Ok(found) if addresses(&found).contains(&address) => found,
        _ => address.to_string(),
    }
}

/// Removes what a stop has kept from being removed. Every core has all partitions by now.
async fn remove_deleted(broker: &Rc<Core>, log: &MetadataLog) {
    let image = broker.image();
    let is_known = |id: PartitionId| {
        let topic = image.topics.by_id(id.topic);
        id.topic == TOPIC || topic.is_some_and(|topic| topic.partitions.get(&id.index).is_some())
    };
    let defaults = TopicConfig::resolve(&broker.config.settings, &Overrides::new());
    let delay_ms = i64::try_from(defaults.file_delete_delay_ms).unwrap_or(i64::MAX);
    broker.store.remove_deleted(is_known, delay_ms);
    let current = |name: &str, partition: i32| {
        if name == topic_name::CLUSTER_METADATA {
            return Some(TOPIC);
        }
        let topic = image.topics.by_name(name)?;
        topic.partitions.get(&partition).map(|_| topic.id)
    };
    let strays = broker.store.strays(current).await;
    if strays.is_empty() {
        return;
    }
    let deleted = log.deleted_topics().await.unwrap_or_else(|error| {
        tracing::warn!(%error, "it is not known which topics were deleted");
        BTreeSet::new()
    });
    broker.store.put_away(strays, |topic| deleted.contains(&topic), delay_ms).await;
}

/// Tells the controller where this node keeps its replicas, for ever.
async fn assign_directories(broker: Rc<Core>) {
    loop {
        let kept: Vec<Kept> =
            broker.first_core().directories_to_assign.next().await.into_iter().collect();
        while let Err(refusal) = assign(&broker, kept.clone()).await {
            if refusal.cause != Cause::DiskFull {
                tracing::warn!(%refusal, "directories of replicas are not known to the controller");
                break;
            }
            clock::sleep(SHORTAGE_RETRY).await;
        }
    }
}

async fn assign(broker: &Rc<Core>, kept: Vec<Kept>) -> Result<(), Refusal> {
    let node_id = broker.config.node_id;
    broker.control(move |on, _| Ok(on.assign_directories(node_id, &kept))).await.map(drop)
}

/// Clients ask for the topic again and again, and wait: the first time it is for the operator.
fn tell_not_created(topic: &str, refusal: &Refusal, told: &mut Vec<(Cause, &'static str)>) {
    let key = replication_key(topic);
    // Another client was faster.
    let is_there = refusal.cause == Cause::TopicExists;
    if is_there || told.contains(&(refusal.cause, key)) {
        tracing::debug!(topic, %refusal, "not created on demand");
        return;
    }
    told.push((refusal.cause, key));
    match refusal.cause {
        Cause::InvalidReplicationFactor => tracing::warn!(
            topic,
            %refusal,
            "a topic that clients need cannot be created, and they wait for it: set {key} to the \
             number of brokers at the most. Said once"
        ),
        _ => tracing::warn!(
            topic,
            %refusal,
            "a topic that clients need cannot be created, and they wait for it. Said once"
        ),
    }
}

/// Has the controller create what is wanted, for ever.
async fn create_wanted_topics(broker: Rc<Core>) {
    let mut told: Vec<(Cause, &str)> = Vec::new();
    loop {
        let names = broker.first_core().topics_to_create.next().await;
        let brokers = broker.image().cluster.alive().count();
        let wanted = names.iter().map(|name| creatable_topic(name, &broker.config, brokers));
        let request = Request { topics: wanted.collect(), ..Request::default() };
        let created = broker.control(move |on, entropy| on.create_topics(&request, entropy)).await;
        match created {
            Ok(results) => {
                for topic in results {
                    if let Err(refusal) = topic.result {
                        tell_not_created(&topic.name, &refusal, &mut told);
                    }
                }
            }
            Err(refusal) => tracing::warn!(%refusal, "topics cannot be created on demand"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_known_by_a_name_that_leads_back_to_it() {
        let found = canonical("localhost");
        let leads_back = dns_lookup::lookup_host(&found).unwrap().any(|it| it.is_loopback());
        assert!(leads_back, "{found}");
        assert_eq!(canonical("no-such-host.invalid"), "no-such-host.invalid");
    }
}
