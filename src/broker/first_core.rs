//! What a node has once. The first core (shard 0) holds it.
//!
//! Lives on: shard 0. A task on another core comes here by `routing`.
//! Promise: there is none on any other core, so nothing of it can be counted or kept twice.
//! Read next: ../routing/to_controller.rs, ../listeners/acceptor.rs.

use std::cell::RefCell;
use std::rc::Rc;

use crate::config::BrokerConfig;
use crate::controller::directories::Kept;
use crate::controller::log::MetadataLog;
use crate::listeners::acceptor::Census;
use crate::quotas::connections::ConnectionRates;
use crate::routing::producer_ids::ProducerIds;
use crate::routing::unique_queue::UniqueQueue;

/// See the module.
pub struct FirstCore {
    /// Topics that clients asked for and that do not exist.
    pub topics_to_create: UniqueQueue<String>,
    /// Replicas whose directory the metadata does not name yet.
    pub directories_to_assign: UniqueQueue<Kept>,
    /// The block of ids from which new producers are served.
    pub producer_ids: ProducerIds,
    /// Counts the connections of all cores.
    pub census: RefCell<Census>,
    /// New connections, by address.
    pub connection_rates: RefCell<ConnectionRates>,
    metadata_log: RefCell<Option<Rc<MetadataLog>>>,
}

impl FirstCore {
    pub(super) fn new(config: &BrokerConfig, shards: usize) -> FirstCore {
        FirstCore {
            topics_to_create: UniqueQueue::default(),
            directories_to_assign: UniqueQueue::default(),
            producer_ids: ProducerIds::default(),
            census: RefCell::new(Census::of(&config.network, shards)),
            connection_rates: RefCell::new(ConnectionRates::new(config.quotas.clients)),
            metadata_log: RefCell::default(),
        }
    }

    /// The metadata log with its controller, once they are started.
    pub fn metadata_log(&self) -> Option<Rc<MetadataLog>> {
        self.metadata_log.borrow().clone()
    }

    pub fn set_metadata_log(&self, log: Rc<MetadataLog>) {
        *self.metadata_log.borrow_mut() = Some(log);
    }
}
