//! Charges what a client used of a quota to the core that counts it.
//!
//! Lives on: the asking core; one hop to the quota's home. Clients without a quota never come here.
//! Read next: ../quotas/meters.rs, ../handlers/throttle.rs, which asks.

use std::rc::Rc;

use shards::clock;
use shards::units::ShardId;

use super::{Message, core_of, stopped};
use crate::broker::Core;
use crate::quotas::meters::Charge;

/// Counts, and says for how many milliseconds the client is to be silent.
pub async fn charge_on(broker: &Rc<Core>, charge: Charge) -> u64 {
    let home = ShardId(charge.quota.home(broker.routing.shards()));
    if home == broker.shard {
        return serve(broker, &charge);
    }
    match broker.routing.mesh().call(core_of(home), Message::Charge(charge)).await {
        Message::Charged { throttle_ms } => throttle_ms,
        _ => stopped().await,
    }
}

/// Counts on this core.
pub(super) fn serve(broker: &Core, charge: &Charge) -> u64 {
    broker.meters.borrow_mut().charge(charge, now_ms())
}

/// The time that meters go by.
pub(crate) fn now_ms() -> u64 {
    const NS_PER_MS: u64 = 1_000_000;
    clock::now().as_ns() / NS_PER_MS
}
