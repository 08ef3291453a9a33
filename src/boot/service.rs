//! What the service manager that has started the process is told, as systemd's units of
//! `Type=notify` expect it: that the node is ready, that it stops, and that its cores still turn.
//!
//! Lives on: shard 0, and the thread of the signals. Does nothing where no manager listens.
//! Promise: the watchdog is told only once every core has answered; a core that hangs has the
//! process restarted, and its journals recover what it acknowledged.

use std::rc::Rc;
use std::time::Duration;

use sd_notify::NotifyState;
use shards::clock;
use shards::io::spawn;

use crate::broker::Core;
use crate::observe::logging;

/// Told once a node is ready, with what there is to show.
pub type Announce = fn(&Rc<Core>, &str);

/// Shows the banner and tells the manager.
pub(super) fn ready(broker: &Rc<Core>, text: &str) {
    logging::announce(text);
    tell(NotifyState::Ready);
    if let Some(limit) = sd_notify::watchdog_enabled() {
        drop(spawn(keep_alive(broker.clone(), limit)));
    }
}

/// The node was told to stop, and takes its time to write everything to segments.
pub(super) fn stopping() {
    tell(NotifyState::Stopping);
}

fn tell(state: NotifyState<'_>) {
    if let Err(error) = sd_notify::notify(&[state]) {
        tracing::warn!(%error, "the service manager (NOTIFY_SOCKET) cannot be told");
    }
}

/// Tells twice within each time after which the manager would restart the process.
async fn keep_alive(broker: Rc<Core>, limit: Duration) {
    loop {
        clock::sleep(limit / 2).await;
        broker.run_on_all(|_on| Box::pin(async {})).await;
        tell(NotifyState::Watchdog);
    }
}
