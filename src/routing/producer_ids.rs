//! Ids for idempotent producers, taken from blocks that the controller hands out.
//!
//! Lives on: shard 0 has the node's block; others ask it. One hop.
//! Promise: an id is given once in the life of the cluster: what is left of a block when the node
//! stops is never used.

use std::cell::RefCell;
use std::rc::Rc;

use shards::sync::Semaphore;
use shards::units::ShardId;

use crate::broker::Core;
use crate::controller::{Cause, Refusal};
use crate::routing::Local;

/// What is left of the node's block.
pub struct ProducerIds {
    left: RefCell<std::ops::Range<i64>>,
    /// One asks the controller for the next block, the others wait for it.
    refill: Semaphore,
}

impl Default for ProducerIds {
    fn default() -> Self {
        Self { left: RefCell::new(0..0), refill: Semaphore::new(1) }
    }
}

impl Core {
    /// An id that no producer has had.
    pub async fn next_producer_id(self: &Rc<Self>) -> Result<i64, Refusal> {
        let work = |on: Rc<Core>| -> Local<Result<i64, Refusal>> {
            Box::pin(async move { on.producer_id_of_block().await })
        };
        self.run_on(ShardId(0), work).await
    }

    async fn producer_id_of_block(self: &Rc<Self>) -> Result<i64, Refusal> {
        let ids = &self.first_core().producer_ids;
        loop {
            let next = ids.left.borrow_mut().next();
            if let Some(id) = next {
                return Ok(id);
            }
            let _refill = ids.refill.acquire().await;
            if !ids.left.borrow().is_empty() {
                continue;
            }
            let node_id = self.config.node_id;
            let decide = move |controller: &crate::controller::Controller,
                               _: &mut dyn FnMut() -> u64| {
                let broker = controller.image().cluster.broker(node_id);
                let broker = broker.ok_or(Refusal::plain(Cause::NotReady))?;
                controller.allocate_producer_ids(node_id, broker.epoch())
            };
            let block = self.control(decide).await?;
            *ids.left.borrow_mut() = block.first..block.first + i64::from(block.length);
        }
    }
}
