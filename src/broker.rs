//! Everything that a handler on one core may reach.
//!
//! Lives on: one per shard, never shared; what is the same on all cores is behind an `Arc`.
//! Promise: whoever holds a `Core` touches this core's state only; other cores are reached by
//! `routing`.
//! Read next: broker/first_core.rs, routing/mod.rs, handlers/mod.rs.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use shards::entropy::HashSet;
use shards::mesh::Seat;
use shards::store::Store;
use shards::sync::{Notify, Semaphore};
use shards::units::{PartitionId, ShardId};

use crate::config::BrokerConfig;
use crate::config::loggers::Loggers;
use crate::coordinators::groups::GroupConfig;
use crate::coordinators::transactions::TransactionConfig;
use crate::handlers::RequestMetrics;
use crate::handlers::fetch::{Home, Sessions};
use crate::hosting::groups::GroupHost;
use crate::hosting::transactions::TransactionHost;
use crate::listeners::Peer;
use crate::listeners::leavings::Leavings;
use crate::listeners::memory::RequestMemory;
use crate::listeners::metrics::ConnectionMetrics;
use crate::listeners::refusals_told::RefusalsTold;
use crate::listeners::stopping::Stopping;
use crate::metadata::Image;
use crate::quotas::meters::Meters;
use crate::quotas::resolve::ClientQuotas;
use crate::routing::answer_memory::AnswerMemory;
use crate::routing::replica_directories::PreferredDirectories;
use crate::routing::watch::Watches;
use crate::routing::{Message, Routing};

mod first_core;

pub use first_core::FirstCore;

/// See the module.
pub struct Core {
    pub shard: ShardId,
    pub config: Arc<BrokerConfig>,
    /// The journals and partitions of this core.
    pub store: Store,
    pub routing: Routing,
    pub metrics: Metrics,
    pub request_memory: RequestMemory,
    /// What answers hold of the memory of this core's partitions.
    pub answer_memory: AnswerMemory,
    pub watches: Watches,
    pub fetch_sessions: RefCell<Sessions>,
    /// The coordinators of the groups whose partitions this core has.
    pub groups: GroupHost,
    pub transactions: TransactionHost,
    /// For replicas that are not made yet.
    pub preferred_directories: RefCell<PreferredDirectories>,
    /// What the log says of connections that ended.
    pub refusals_told: RefCell<RefusalsTold>,
    /// Tells the connections of this core that the node stops.
    pub stopping: Stopping,
    /// Gives back the memory that connections leave.
    pub leavings: Leavings,
    /// One look-up of names of hosts at a time.
    pub name_lookups: Semaphore,
    /// Told when this core may end.
    pub ended: Notify,
    /// The levels of the process's log that administrators have set.
    pub loggers: RefCell<Loggers>,
    /// What clients used of the quotas that are counted here.
    pub meters: RefCell<Meters>,
    image: RefCell<Arc<Image>>,
    /// Of topics that the next image does not have, and which are being removed for it.
    going: RefCell<HashSet<PartitionId>>,
    first: Option<FirstCore>,
}

/// What a broker is made of.
pub struct Parts {
    pub shard: ShardId,
    pub config: Arc<BrokerConfig>,
    pub store: Store,
    pub image: Arc<Image>,
    pub seat: Seat<Message>,
    /// What the requests of this core may hold.
    pub request_bytes_max: usize,
}

/// What is counted on one core.
#[derive(Debug, Default)]
pub struct Metrics {
    pub requests: RequestMetrics,
    pub connections: ConnectionMetrics,
}

impl Core {
    /// Takes the core's seat in the mesh; call it inside of the core's `io::run`.
    pub fn new(parts: Parts) -> Rc<Core> {
        let Parts { shard, config, store, image, seat, request_bytes_max } = parts;
        Rc::new_cyclic(|broker| {
            let routing = Routing::new(seat, broker.clone());
            let sessions_max = config.fetch.sessions_max.div_ceil(routing.shards());
            let sessions =
                Sessions::on(Home { core: shard, cores: routing.shards() }, sessions_max);
            Core {
                shard,
                metrics: Metrics::default(),
                request_memory: RequestMemory::new(request_bytes_max),
                answer_memory: AnswerMemory::new(tail_bytes_max(&store)),
                watches: Watches::default(),
                fetch_sessions: RefCell::new(sessions),
                groups: GroupHost::of_groups(GroupConfig::of(&config)),
                transactions: TransactionHost::of_transactions(
                    TransactionConfig::of(&config),
                    broker.clone(),
                ),
                preferred_directories: RefCell::default(),
                refusals_told: RefCell::default(),
                stopping: Stopping::default(),
                leavings: Leavings::default(),
                name_lookups: Semaphore::new(1),
                ended: Notify::new(),
                loggers: RefCell::new(Loggers::new(&config.engine.log_level)),
                meters: RefCell::new(Meters::new(config.quotas.clients, config.quotas.mutations)),
                image: RefCell::new(image),
                going: RefCell::default(),
                first: (shard == ShardId(0)).then(|| FirstCore::new(&config, routing.shards())),
                store,
                config,
                routing,
            }
        })
    }

    /// The cluster's metadata as this core knows it.
    pub fn image(&self) -> Arc<Image> {
        self.image.borrow().clone()
    }

    /// What holds for a client; none if nothing does. Looked up once for each connection and
    /// change of the quotas.
    pub fn quotas_of(&self, peer: &Peer, client_id: &str) -> Option<Rc<ClientQuotas>> {
        let image = self.image.borrow();
        if image.security.client_quotas.is_empty() {
            return None;
        }
        peer.quotas(&image.security, client_id)
    }

    /// Follows the metadata log; called on every core for each new image.
    pub fn set_image(&self, image: Arc<Image>) {
        *self.image.borrow_mut() = image;
        self.going.borrow_mut().clear();
    }

    /// Partitions of the core that the next image will not have.
    pub fn note_going(&self, partitions: impl IntoIterator<Item = PartitionId>) {
        self.going.borrow_mut().extend(partitions);
    }

    /// Whether there is such a partition, on whichever node.
    pub fn has_partition(&self, partition: PartitionId) -> bool {
        let image = self.image();
        let topic = image.topics.by_id(partition.topic);
        let is_known = topic.is_some_and(|topic| topic.partitions.get(&partition.index).is_some());
        is_known && !self.going.borrow().contains(&partition)
    }

    /// What a node has once. Only a task on shard 0 may ask for it.
    pub fn first_core(&self) -> &FirstCore {
        self.first.as_ref().expect("only a task on shard 0 asks for what a node has once")
    }

    /// Whether this node is the one with this id.
    pub fn is_self(&self, node_id: i32) -> bool {
        self.config.node_id == node_id
    }
}

fn tail_bytes_max(store: &Store) -> usize {
    store.log_dirs().map(|log_dir| log_dir.memory_bytes_max()).sum()
}

#[cfg(test)]
pub mod testing;
