//! Closes the connections of a core when the node stops.
//!
//! Lives on: each core.
//! Promise: no new request starts once the stop has begun; what was appended by then is answered,
//! as long as its peer reads. Limits: limits::STOP_CONNECTIONS.   Read next: connection.rs.

use std::cell::Cell;

use shards::clock;
use shards::sync::Notify;

use crate::broker::Core;
use crate::limits;

/// Whether the node stops.
#[derive(Default)]
pub struct Stopping {
    has_begun: Cell<bool>,
    begun: Notify,
    /// A connection has ended.
    ended: Notify,
}

impl Stopping {
    /// Completes when the stop begins.
    pub async fn begun(&self) {
        if !self.has_begun.get() {
            self.begun.notified().await;
        }
    }

    pub(super) fn note_end(&self) {
        self.ended.notify_all();
    }
}

/// Tells the connections of this core to end, and waits until they have.
pub async fn close_connections(broker: &Core) {
    let stopping = &broker.stopping;
    stopping.has_begun.set(true);
    stopping.begun.notify_all();
    let open = &broker.metrics.connections.open;
    let all_ended = async {
        while open.get() > 0 {
            stopping.ended.notified().await;
        }
    };
    if clock::timeout(limits::STOP_CONNECTIONS, all_ended).await.is_err() {
        tracing::warn!(connections = open.get(), "connections are cut off by the stop");
    }
}
