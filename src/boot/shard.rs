//! One core of a node, from its first turn to its last.
//!
//! Lives on: each shard. Read next: node.rs for what shard 0 does besides.

use std::io;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use shards::clock::sleep;
use shards::io::{Durability, spawn, yield_now};
use shards::node_dir::{self, Lock, NodeDir, Owner};
use shards::store::{Store, StoreOptions};
use shards::units::ShardId;

use super::{BootError, Place, Role, crash, directories, node};
use crate::broker::{Broker, Parts};
use crate::config::BrokerConfig;
use crate::metadata::Image;
use crate::routing::moved::tell_of_moves;

/// Runs the core until the node stops.
pub(super) async fn serve(place: Place) -> Result<(), BootError> {
    let Place { config, seat, role } = place;
    let shard = ShardId(seat.core().index());
    let started = shards::clock::now();
    let (node_dirs, locks, first) = match role {
        Role::First { node_dirs, stops, announce } => {
            let (prepared, locks) = prepare(&config).await?;
            let prepared = Arc::new(prepared);
            for other in node_dirs {
                // A core that is gone has said why to the main thread.
                let _gone = other.send(prepared.clone());
            }
            (prepared, locks, Some((stops, announce)))
        }
        Role::Other { node_dirs } => (node_dirs.first().await?, Vec::new(), None),
    };
    let options = store_options(&config, shard, seat.cores())?;
    let (store, replayed) = Store::recover(&node_dirs, &options).await?;
    let image = Arc::new(Image::empty(&node_dirs[0].cluster_id));
    let request_bytes_max = request_bytes_max(&config, &options);
    let broker = Broker::new(Parts { shard, config, store, image, seat, request_bytes_max });
    crash::reports_for(&broker);
    drop(spawn(expire_producers(broker.clone())));
    drop(spawn(tell_of_moves(broker.clone())));
    match first {
        Some((stops, announce)) => {
            let node = node::Node { node_dirs, locks, started, replayed, announce };
            node.serve(&broker, stops).await
        }
        None => {
            broker.ended.notified().await;
            Ok(())
        }
    }
}

/// Looks for producers to forget, again and again. Few at a time: there may be many partitions.
async fn expire_producers(broker: Rc<Broker>) {
    let interval_ms = broker.config.producers.expiration_check_interval_ms.max(1);
    loop {
        sleep(Duration::from_millis(interval_ms)).await;
        for partition in broker.store.partitions() {
            partition.expire_producers();
            yield_now().await;
        }
    }
}

async fn prepare(config: &BrokerConfig) -> Result<(Vec<NodeDir>, Vec<Lock>), BootError> {
    let mut owner = Owner { cluster_id: config.cluster_id.clone(), node_id: config.node_id };
    let mut node_dirs = Vec::new();
    let mut locks = Vec::new();
    for path in directories(config) {
        let (node_dir, lock) = node_dir::prepare(&path, &owner).await?;
        // All directories of a node belong to the cluster of the first.
        owner.cluster_id.get_or_insert_with(|| node_dir.cluster_id.clone());
        node_dirs.push(node_dir);
        locks.push(lock);
    }
    Ok((node_dirs, locks))
}

fn store_options(config: &BrokerConfig, shard: ShardId, shards: usize) -> io::Result<StoreOptions> {
    let machine_bytes = shards::io::threads::memory_bytes()?;
    let memory = config.engine.memory_bytes.unwrap_or(machine_bytes / 4);
    Ok(StoreOptions {
        shard,
        shards,
        journal_bytes_max: config.engine.journal_bytes,
        journal_durability: match config.engine.journal_sync {
            true => Durability::Synced,
            false => Durability::Cached,
        },
        memory_bytes: (memory / shards as u64) as usize,
    })
}

/// This core's share of `queued.max.request.bytes`, or of what the data may take.
fn request_bytes_max(config: &BrokerConfig, options: &StoreOptions) -> usize {
    match config.network.queued_bytes_max {
        Some(bytes) => bytes / options.shards,
        None => options.memory_bytes / 4,
    }
}

/// Ends a core that is not the first, once its stores are closed.
pub(super) fn end(broker: &Rc<Broker>) {
    broker.ended.notify_one();
}
