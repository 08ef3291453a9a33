//! What a log promises, on real files: order, durability, reads from memory and file, recovery.

use std::future::Future;
use std::path::Path;

use super::config::LogConfig;
use super::error::OpenError;
use super::lifecycle::LogSpec;
use super::reader::{AtLeastOne, ReadLimit};
use super::state::Log;
use crate::compression::Compression;
use crate::format::batch::{Batches, Header};
use crate::format::builder::{BatchBuilder, NewRecord};
use crate::format::records;
use crate::format::validate::Origin;
use crate::io::executor::{self, RingConfig};
use crate::io::file::Durability;
use crate::node_dir::{self, NodeDir, Owner};
use crate::store::{Store, StoreOptions};
use crate::units::{Offset, PartitionId, ShardId, Uuid};

mod behaviour;
mod compacted;
mod compaction;
#[cfg(feature = "sim")]
mod compaction_model;
mod damage;
#[cfg(feature = "sim")]
mod half_made;
mod open_files;
mod recovery;
mod relocate;
mod retention;
#[cfg(feature = "sim")]
mod shortage;
mod stops;
mod transactions;
// Kafka's files are copied on the real disk.
#[cfg(not(feature = "sim"))]
mod transactions_of_kafka;
mod truncation;
#[cfg(feature = "sim")]
mod truncation_model;
#[cfg(feature = "sim")]
mod unsynced;

/// A node of one shard in a directory of its own.
struct Node {
    store: Store,
    directories: Vec<NodeDir>,
    _lock: node_dir::Lock,
}

impl Node {
    async fn start(path: &Path) -> Node {
        Node::start_with(path, 64 << 20).await
    }

    async fn start_with(path: &Path, memory_bytes: usize) -> Node {
        Node::start_sized(path, memory_bytes, 64 << 20).await
    }

    async fn start_sized(path: &Path, memory_bytes: usize, journal_bytes_max: u64) -> Node {
        let options = StoreOptions { journal_bytes_max, memory_bytes, ..store_options() };
        Node::try_start(path, &options).await.unwrap()
    }

    async fn try_start(path: &Path, options: &StoreOptions) -> Result<Node, OpenError> {
        let owner = Owner { cluster_id: Some("test".into()), node_id: 1 };
        let (directory, lock) = node_dir::prepare(path, &owner).await.unwrap();
        node_dir::note_durability(&directory, options.journal_durability).await.unwrap();
        let directories = vec![directory];
        let (store, _) = Store::recover(&directories, options).await?;
        Ok(Node { store, directories, _lock: lock })
    }

    async fn stop(self) {
        for (path, checkpoints) in self.store.close().await.in_order().unwrap() {
            node_dir::finish(&path, &checkpoints).await.unwrap();
        }
    }
}

fn store_options() -> StoreOptions {
    StoreOptions {
        shard: ShardId(0),
        shards: 1,
        journal_bytes_max: 64 << 20,
        journal_durability: Durability::Synced,
        memory_bytes: 64 << 20,
        // So few that files are closed for others in all these tests.
        segment_files_max: 6,
    }
}

fn spec(index: i32, config: LogConfig) -> LogSpec {
    let id = PartitionId { topic: Uuid::from_u128(42), index };
    LogSpec { id, name: format!("topic-{index}"), config }
}

fn run<T>(body: impl Future<Output = T>) -> T {
    executor::run(RingConfig::default(), body).unwrap()
}

/// A batch of records whose values are `value`, numbered.
fn batch(values: &[Vec<u8>], timestamp: i64) -> Vec<u8> {
    let mut builder = BatchBuilder::new(Header::default(), Compression::NONE);
    for value in values {
        let record = NewRecord { timestamp, key: None, value: Some(value), headers: &[] };
        builder.append(&record).unwrap();
    }
    builder.finish().unwrap()
}

fn values(from: usize, count: usize, bytes: usize) -> Vec<Vec<u8>> {
    (from..from + count)
        .map(|number| {
            let mut value = format!("value {number} ").into_bytes();
            value.resize(value.len().max(bytes), b'.');
            value
        })
        .collect()
}

async fn append(partition: &Log, values: &[Vec<u8>], timestamp: i64) -> Offset {
    let bytes = batch(values, timestamp);
    partition.admit(bytes.len()).await.unwrap();
    let mut appended = partition.append(&bytes, Origin::Client).unwrap();
    appended.durable.wait().await.unwrap();
    appended.base_offset
}

/// All values from `from` to the high watermark, read `bytes_max` at a time.
async fn read_all(partition: &Log, from: Offset, bytes_max: usize) -> Vec<Vec<u8>> {
    let before = partition.ends().high_watermark;
    let mut next = from;
    let mut found = Vec::new();
    while next < before {
        let limit = ReadLimit { before, bytes_max, at_least_one: AtLeastOne::Batch };
        let bytes = partition.read_bytes(next, limit).await.unwrap();
        let at = next;
        for batch in Batches::new(&bytes).map_while(Result::ok) {
            batch.verify_checksum().unwrap();
            let mut scratch = Vec::new();
            for record in records::open(&batch, &mut scratch, 1 << 20).unwrap() {
                let record = record.unwrap();
                if record.offset(&batch) >= at.0 {
                    assert_eq!(record.offset(&batch), next.0);
                    found.push(record.value.unwrap().to_vec());
                    next = next.plus(1);
                }
            }
        }
        assert!(next > at, "no progress at {at}");
    }
    found
}
