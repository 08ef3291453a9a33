//! A node of several cores in this process: real rings, real journals, one topic, no controller.

use std::collections::BTreeMap;
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

use crate::broker::{Core, Parts};
use crate::config::endpoint::Role;
use crate::config::{BrokerConfig, Settings};
use crate::listeners::metrics::ConnectionMetrics;
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
    asks: Vec<inbox::Sender<Ask>>,
    threads: Vec<JoinHandle<()>>,
    _directory: TempDir,
}

/// Connections by what became of them, and their bytes; what is zero is left out.
pub(super) type Counts = BTreeMap<&'static str, u64>;

/// What a test asks of a core.
#[derive(Debug)]
enum Ask {
    Stop,
    Count(mpsc::Sender<Counts>),
    /// What it keeps for clients that wait.
    Kept(mpsc::Sender<Counts>),
    /// Its memory, tasks and operations.
    Held(mpsc::Sender<Counts>),
}

struct Start {
    config: Arc<BrokerConfig>,
    seat: Seat<Message>,
    node_dirs: Arc<Vec<NodeDir>>,
    security: Arc<Security>,
    asks: Inbox<Ask>,
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
        let (mut asks, mut threads) = (Vec::new(), Vec::new());
        for (core, seat) in mesh::seats(shards).into_iter().enumerate() {
            let (ask, inbox) = inbox::channel().unwrap();
            asks.push(ask);
            let start = Start {
                config: config.clone(),
                seat,
                node_dirs: node_dirs.clone(),
                security: security.clone(),
                asks: inbox,
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
        Node { address, asks, threads, _directory: directory }
    }

    pub(super) fn connections(&self) -> Counts {
        self.sum(Ask::Count)
    }

    /// Watches of partitions and outputs that cores owe each other, memory of requests.
    pub(super) fn kept_for_waiting(&self) -> Counts {
        self.sum(Ask::Kept)
    }

    /// What the cores hold for work that is not done, and how often they gave memory back.
    pub(super) fn held(&self) -> Counts {
        self.sum(Ask::Held)
    }

    fn sum(&self, ask_for: fn(mpsc::Sender<Counts>) -> Ask) -> Counts {
        let (sender, answers) = mpsc::channel();
        for ask in &self.asks {
            ask.send(ask_for(sender.clone())).unwrap();
        }
        let mut total = Counts::new();
        for (name, count) in self.asks.iter().flat_map(|_| answers.recv().unwrap()) {
            *total.entry(name).or_default() += count;
        }
        total
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        for ask in &self.asks {
            ask.send(Ask::Stop).unwrap();
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
        segment_files_max: 1000,
    };
    let (store, _) = Store::recover(&start.node_dirs, &options).await.unwrap();
    let image = Arc::new(Image { security: start.security, ..image() });
    let (config, seat) = (start.config, start.seat);
    let request_bytes_max = config.network.queued_bytes_max.unwrap_or(64 << 20) / shards;
    let broker = Core::new(Parts { shard, config, store, image, seat, request_bytes_max });
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
    let counting = broker.clone();
    let _serving = spawn(start.asks.serve(move |ask| match ask {
        Ask::Stop => notify.notify_one(),
        Ask::Count(answer) => answer.send(counts(&counting.metrics.connections)).unwrap(),
        Ask::Kept(answer) => answer.send(kept(&counting)).unwrap(),
        Ask::Held(answer) => answer.send(held(&counting)).unwrap(),
    }));
    told.notified().await;
    close_connections(&broker).await;
    assert_eq!(broker.metrics.connections.open.get(), 0);
}

fn counts(metrics: &ConnectionMetrics) -> Counts {
    let all = [
        ("open", &metrics.open),
        ("opened", &metrics.opened),
        ("refused", &metrics.refused),
        ("refused_by_rate", &metrics.refused_by_rate),
        ("delayed", &metrics.delayed),
        ("closed_by_peer", &metrics.closed_by_peer),
        ("closed_idle", &metrics.closed_idle),
        ("closed_slow_frame", &metrics.closed_slow_frame),
        ("closed_not_reading", &metrics.closed_not_reading),
        ("closed_malformed", &metrics.closed_malformed),
        ("closed_unsupported", &metrics.closed_unsupported),
        ("closed_other", &metrics.closed_other),
        ("failed", &metrics.failed),
        ("bytes_received", &metrics.bytes_received),
        ("bytes_sent", &metrics.bytes_sent),
    ];
    let counted = all.into_iter().map(|(name, counter)| (name, counter.get()));
    counted.filter(|(_, count)| *count > 0).collect()
}

fn held(broker: &Core) -> Counts {
    let held = executor::holdings();
    Counts::from([
        ("tasks", held.tasks as u64),
        ("operations", held.operations as u64),
        ("buffer_bytes", held.buffer_bytes as u64),
        ("pooled_bytes", held.pooled_bytes as u64),
        ("request_bytes", broker.request_memory.bytes_held() as u64),
        ("rounds", broker.leavings.rounds()),
    ])
}

fn kept(broker: &Core) -> Counts {
    let all = [
        ("open", broker.metrics.connections.open.get()),
        ("watches", broker.watches.len() as u64),
        ("outputs_expected", broker.routing.outputs_expected() as u64),
        ("request_bytes", broker.request_memory.bytes_held() as u64),
    ];
    all.into_iter().filter(|(_, count)| *count > 0).collect()
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
