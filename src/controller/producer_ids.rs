//! Blocks of producer ids, handed out once each.

use crate::controller::limits::PRODUCER_IDS_PER_BLOCK;
use crate::controller::refusal::{Cause, Refusal};
use crate::controller::{Controller, Outcome};
use crate::metadata::{NodeId, Versioned};
use crate::protocol::metadata_records::ProducerIdsRecord;

/// The ids from `first` on, `length` of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProducerIdBlock {
    pub first: i64,
    pub length: i32,
}

impl Controller {
    pub fn allocate_producer_ids(
        &self,
        broker_id: NodeId,
        broker_epoch: i64,
    ) -> Result<Outcome<ProducerIdBlock>, Refusal> {
        self.check_broker_epoch(broker_id, broker_epoch)?;
        let first = self.image().next_producer_id.unwrap_or(0);
        let next = first.checked_add(i64::from(PRODUCER_IDS_PER_BLOCK)).ok_or_else(|| {
            Refusal::new(
                Cause::Internal,
                "Exhausted all producerIds as the next block's end producerId has exceeded the \
                 int64 type limit",
            )
        })?;
        let record = ProducerIdsRecord { broker_id, broker_epoch, next_producer_id: next };
        let block = ProducerIdBlock { first, length: PRODUCER_IDS_PER_BLOCK };
        Ok(Outcome::atomic(vec![Versioned::v0(record)], block))
    }
}
