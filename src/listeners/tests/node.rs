//! A node of several cores in this process: real rings, real journals, one topic, no controller.

use std::net::SocketAddr;
use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;

use shards::io::executor::{self, RingConfig};
use shards::io::inbox::{self, Inbox};
use shards::io::{CoreId, Durability, Listener, spawn};
use shards::log::config::LogConfig;
use shards::log::lifecycle::LogSpec;
use shards::mesh::{self, Seat};
use shards::node_dir::{self, NodeDir, Owner};
use shards::store::{Store, StoreOptions};
use shards::sync::Notify;
use shards::units::{LeaderEpoch, PartitionId, ShardId};
use tempfile::TempDir;
use uuid::Uuid;

use crate::broker::{Broker, Parts};
use crate::config::endpoint::Role;
use crate::config::{BrokerConfig, Settings};
use crate::listeners::stopping::close_connections;
use crate::listeners::{ListenerFacts, acceptor};
use crate::metadata::security::Security;
use crate::metadata::{Delta, Image};
use crate::protocol::metadata_records::{MetadataRecord, PartitionRecord, TopicRecord};
use crate::routing::{Message, Owners};

pub(super) const TOPIC: &str = "topic";
pub(super) const PARTITIONS: i32 = 4;
const NODE_ID: i32 = 1;

pub(super) fn topic_id() -> Uuid {
    Uuid::from_u128(42)
}

/// Serves until it is dropped.
pub(super) struct Node {
    pub address: SocketAddr,
    stops: Vec<inbox::Sender<()>>,
    threads: Vec<JoinHandle<()>>,
    _directory: TempDir,
}

struct Start {
    config: Arc<BrokerConfig>,
    seat: Seat<Message>,
    node_dirs: Arc<Vec<NodeDir>>,
    security: Arc<Security>,
    stops: Inbox<()>,
    ready: mpsc::Sender<Option<SocketAddr>>,
}

impl Node {
    pub(super) fn start(shards: usize, overrides: &[&str]) -> Node {
        Node::with(shards, overrides, Security::default())
    }

    pub(super) fn start_with(shards: usize, security: Security) -> Node {
        Node::with(shards, &[], security)
    }

    fn with(shards: usize, overrides: &[&str], security: Security) -> Node {
        let security = Arc::new(security);
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().to_owned();
        let owner = Owner { cluster_id: Some("cluster".into()), node_id: NODE_ID };
        let prepared = executor::run(RingConfig::default(), async move {
            node_dir::prepare(&path, &owner).await.unwrap().0
        });
        let node_dirs = Arc::new(vec![prepared.unwrap()]);
        let mut overrides: Vec<String> = overrides.iter().map(|text| text.to_string()).collect();
        overrides.push(format!("node.id={NODE_ID}"));
        overrides.push(format!("log.dirs={}", directory.path().display()));
        let (settings, _) = Settings::load(None, &overrides).unwrap();
        let config = Arc::new(BrokerConfig::new(&settings).unwrap());
        let (ready, started) = mpsc::channel();
        let (mut stops, mut threads) = (Vec::new(), Vec::new());
        for (core, seat) in mesh::seats(shards).into_iter().enumerate() {
            let (stop, inbox) = inbox::channel().unwrap();
            stops.push(stop);
            let start = Start {
                config: config.clone(),
                seat,
                node_dirs: node_dirs.clone(),
                security: security.clone(),
                stops: inbox,
                ready: ready.clone(),
            };
            threads.push(std::thread::spawn(move || {
                let core = CoreId(core as u16);
                let ring = RingConfig { core, ..RingConfig::default() };
                executor::run(ring, serve(ShardId(core.index()), start)).unwrap();
            }));
        }
        let addresses: Vec<Option<SocketAddr>> =
            (0..shards).map(|_| started.recv().unwrap()).collect();
        let address = addresses.into_iter().flatten().next().unwrap();
        Node { address, stops, threads, _directory: directory }
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        for stop in &self.stops {
            stop.send(()).unwrap();
        }
        for thread in self.threads.drain(..) {
            let ended = thread.join();
            assert!(ended.is_ok() || std::thread::panicking(), "a core panicked");
        }
    }
}

async fn serve(shard: ShardId, start: Start) {
    let shards = start.seat.cores();
    let options = StoreOptions {
        shard,
        shards,
        journal_bytes_max: 64 << 20,
        journal_durability: Durability::Synced,
        memory_bytes: 64 << 20,
    };
    let (store, _) = Store::recover(&start.node_dirs, &options).await.unwrap();
    let image = Arc::new(Image { security: start.security, ..image() });
    let (config, seat) = (start.config, start.seat);
    let request_bytes_max = config.network.queued_bytes_max.unwrap_or(64 << 20) / shards;
    let broker = Broker::new(Parts { shard, config, store, image, seat, request_bytes_max });
    let mut owners = Owners::default();
    for index in 0..PARTITIONS {
        let id = PartitionId { topic: topic_id(), index };
        let owner = ShardId(index as usize % shards);
        owners.insert(id, owner);
        if owner == shard {
            let name = format!("{TOPIC}-{index}");
            let spec = LogSpec { id, name, config: LogConfig::default() };
            broker.store.open_or_create(spec).await.unwrap().lead(LeaderEpoch(0));
        }
    }
    broker.routing.set_owners(owners);
    let address = (shard.0 == 0).then(|| {
        let listener = Listener::bind("127.0.0.1:0".parse().unwrap()).unwrap();
        let address = listener.local_addr().unwrap();
        let facts = ListenerFacts { name: "PLAINTEXT".into(), role: Role::Broker };
        drop(spawn(acceptor::accept(broker.clone(), listener, Arc::new(facts))));
        address
    });
    start.ready.send(address).unwrap();
    let told = std::rc::Rc::new(Notify::new());
    let notify = told.clone();
    let _serving = spawn(start.stops.serve(move |()| notify.notify_one()));
    told.notified().await;
    close_connections(&broker).await;
    assert_eq!(broker.metrics.connections.open.get(), 0);
}

fn image() -> Image {
    let mut delta = Delta::new(Image::empty("cluster"));
    let topic = TopicRecord { name: TOPIC.into(), topic_id: topic_id() };
    delta.replay(&MetadataRecord::from(topic)).unwrap();
    for partition_id in 0..PARTITIONS {
        let partition = PartitionRecord {
            partition_id,
            topic_id: topic_id(),
            replicas: vec![NODE_ID],
            isr: vec![NODE_ID],
            leader: NODE_ID,
            ..PartitionRecord::default()
        };
        delta.replay(&MetadataRecord::from(partition)).unwrap();
    }
    delta.image().clone()
}
