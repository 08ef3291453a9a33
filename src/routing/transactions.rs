//! The way to the transaction coordinator, for those who append to partitions.
//!
//! Read next: ../handlers/produce/verify.rs, which asks.

use std::rc::Rc;
use std::sync::Arc;

use crate::broker::Core;
use crate::handlers::errors;
use crate::protocol::ErrorCode;

/// Partitions that a producer wants to write in its transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verification {
    pub transactional_id: String,
    pub producer_id: i64,
    pub producer_epoch: i16,
    /// Topic and index.
    pub partitions: Vec<(Arc<str>, i32)>,
    /// Add them to the transaction; else only say whether they are part of it.
    pub add: bool,
}

/// One answer for each partition, in their order. There is no coordinator on this node yet.
pub async fn verify(_broker: &Rc<Core>, ask: Verification) -> Vec<ErrorCode> {
    vec![errors::no_coordinator(); ask.partitions.len()]
}
