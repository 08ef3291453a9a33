//! One core of a node, from its first turn to its last.
//!
//! Lives on: each shard. Read next: node.rs for what shard 0 does besides.

use std::io;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use shards::clock::sleep;
use shards::io::{Durability, descriptors_max, spawn, yield_now};
use shards::limits;
use shards::node_dir::{self, DirectoryError, Inspected, Lock, NodeDir, Owner};
use shards::store::failed_directories::FailedDirectory;
use shards::store::{Store, StoreOptions};
use shards::units::ShardId;

use super::{BootError, CoreStart, Role, crash, directories, inspect, node};
use crate::broker::{Core, Parts};
use crate::config::BrokerConfig;
use crate::hosting::{cleanup, in_sync};
use crate::metadata::Image;
use crate::routing::failed_directories;
use crate::routing::replica_directories::tell_of_moves;

/// Runs the core until the node stops.
pub(super) async fn serve(start: CoreStart) -> Result<(), BootError> {
    let CoreStart { config, seat, role } = start;
    let shard = ShardId(seat.core().index());
    let started = shards::clock::now();
    let (node_dirs, first) = match role {
        Role::First { node_dirs, stops, announce } => {
            // Before anything is changed: a port in use is no reason to lose a clean stop.
            let ports = node::reserve_ports(&config).await?;
            let Prepared { usable, locks, unusable } = prepare(&config).await?;
            ports.replaying();
            let usable = Arc::new(usable);
            for other in node_dirs {
                // A core that is gone has said why to the main thread.
                let _gone = other.send(usable.clone());
            }
            (usable, Some((ports, locks, unusable, stops, announce)))
        }
        Role::Other { node_dirs } => (node_dirs.first().await?, None),
    };
    let options = store_options(&config, shard, seat.cores())?;
    let (store, replayed) = Store::recover(&node_dirs, &options).await?;
    let image = Arc::new(Image::empty(&node_dirs[0].cluster_id));
    let request_bytes_max = request_bytes_max(&config, &options);
    let broker = Core::new(Parts { shard, config, store, image, seat, request_bytes_max });
    crash::reports_for(&broker);
    drop(spawn(expire_producers(broker.clone())));
    drop(spawn(tell_of_moves(broker.clone())));
    drop(spawn(cleanup::delete_expired(broker.clone())));
    drop(spawn(cleanup::compact_dirtiest(broker.clone())));
    drop(spawn(in_sync::look_for_lag(broker.clone())));
    drop(spawn(in_sync::checkpoint(broker.clone())));
    let directories = node_dirs.iter().map(|found| (found.path.clone(), found.directory_id));
    failed_directories::watch(&broker, directories);
    match first {
        Some((ports, locks, unusable, stops, announce)) => {
            let node = node::Node { node_dirs, locks, unusable, started, replayed, announce };
            node.serve(&broker, ports, stops).await
        }
        None => {
            broker.ended.notified().await;
            Ok(())
        }
    }
}

/// Looks for producers to forget, again and again. Few at a time: there may be many partitions.
async fn expire_producers(broker: Rc<Core>) {
    let interval_ms = broker.config.producers.expiration_check_interval_ms.max(1);
    loop {
        sleep(Duration::from_millis(interval_ms)).await;
        for partition in broker.store.partitions() {
            partition.expire_producers();
            yield_now().await;
        }
    }
}

/// The directories of a node, locked.
struct Prepared {
    usable: Vec<NodeDir>,
    locks: Vec<Lock>,
    unusable: Vec<FailedDirectory>,
}

/// A directory whose device fails is left out, if the node has others: Kafka's rule. The metadata
/// log can not be elsewhere.
async fn prepare(config: &BrokerConfig) -> Result<Prepared, BootError> {
    let mut owner = Owner { cluster_id: config.cluster_id.clone(), node_id: config.node_id };
    let mut prepared = Prepared { usable: Vec::new(), locks: Vec::new(), unusable: Vec::new() };
    let is_needed = |path: &Path| *path == config.metadata_log_dir || config.log_dirs.len() == 1;
    let mut inspected = Vec::new();
    for path in directories(config) {
        match node_dir::inspect(&path, &owner).await {
            Ok(found) => {
                let cluster_id = found.cluster_id().map(str::to_owned);
                owner.cluster_id = owner.cluster_id.or(cluster_id);
                inspected.push(found);
            }
            Err(error @ DirectoryError::Io { .. }) if !is_needed(&path) => {
                prepared.leave_out(path, &error);
            }
            Err(error) => return Err(error.into()),
        }
    }
    inspect::check(config, &inspected).await?;
    for found in inspected {
        let path = found.path().to_owned();
        match begin(found, &owner, config).await {
            Ok((mut node_dir, lock)) => {
                // All directories of a node belong to the cluster of the first.
                owner.cluster_id.get_or_insert_with(|| node_dir.cluster_id.clone());
                node_dir.is_metadata_only = !config.log_dirs.contains(&path);
                prepared.usable.push(node_dir);
                prepared.locks.push(lock);
            }
            Err(error @ DirectoryError::Io { .. }) if !is_needed(&path) => {
                prepared.leave_out(path, &error);
            }
            Err(error) => return Err(error.into()),
        }
    }
    warn_of_cached_writes(&prepared.usable);
    Ok(prepared)
}

impl Prepared {
    fn leave_out(&mut self, path: PathBuf, error: &DirectoryError) {
        tracing::error!(%error, "a log directory is offline");
        self.unusable.push(FailedDirectory { path, cause: error.to_string() });
    }
}

async fn begin(
    found: Inspected,
    owner: &Owner,
    config: &BrokerConfig,
) -> Result<(NodeDir, Lock), DirectoryError> {
    let (node_dir, lock) = node_dir::begin(found, owner).await?;
    node_dir::note_durability(&node_dir, journal_durability(config)).await?;
    Ok((node_dir, lock))
}

fn journal_durability(config: &BrokerConfig) -> Durability {
    match config.engine.journal_sync {
        true => Durability::Synced,
        false => Durability::Cached,
    }
}

fn warn_of_cached_writes(directories: &[NodeDir]) {
    let cached = directories.iter().filter(|directory| !directory.has_direct_io);
    let cached: Vec<String> = cached.map(|found| found.path.display().to_string()).collect();
    if !cached.is_empty() {
        tracing::warn!(
            directories = cached.join(","),
            "the file system has no direct I/O: writes go through the page cache and cost 3 to 10 \
             times the CPU"
        );
    }
}

fn store_options(config: &BrokerConfig, shard: ShardId, shards: usize) -> io::Result<StoreOptions> {
    let machine_bytes = shards::io::threads::memory_bytes()?;
    let memory = config.engine.memory_bytes.unwrap_or(machine_bytes / 4);
    Ok(StoreOptions {
        shard,
        shards,
        journal_bytes_max: config.engine.journal_bytes,
        journal_durability: journal_durability(config),
        memory_bytes: (memory / shards as u64) as usize,
        segment_files_max: limits::segment_files_max(descriptors_max()) / shards,
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
pub(super) fn end(broker: &Rc<Core>) {
    broker.ended.notify_one();
}
