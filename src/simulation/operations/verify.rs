//! The end of a run: no more faults, and the node must do all that was promised.
//!
//! Model: it starts, takes a record for each partition, serves each from its start to its end with
//! every acknowledged record in it, gives what groups have committed, lets members into groups,
//! tells a fetch that waits, closes connections to nobody, stops when it is told to, and has then
//! left no folder of a deleted topic.

use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Duration;

use shards::clock;
use shards::format::partition_metadata;
use shards::io::simulation;
use shards::journal::audit;
use shards::units::PartitionId;

use super::{
    commit_offsets, configure, consume, damage, members, outages, produce, restart, topics,
    transactions,
};
use crate::simulation::client::Connection;
use crate::simulation::model::{Existence, PartitionName};
use crate::simulation::record::RecordId;
use crate::simulation::scene::{Command, Scene};

/// Simulated time for all of it.
const PATIENCE: Duration = Duration::from_secs(600);
/// Longer than the delay of a deletion.
const DELETED_WITHIN: Duration = Duration::from_secs(3);
const ROUNDS_PER_PARTITION_MAX: usize = 200_000;
/// Of a folder: far more than it has.
const IDENTITY_BYTES_MAX: usize = 4096;
/// No producer of the workload has this number.
const VERIFIER: u32 = u32::MAX;

pub(in crate::simulation) async fn run(scene: Rc<Scene>) {
    let work = async {
        restart::listens(&scene).await;
        scene.has_room().await;
        if scene.may_lack_a_directory() {
            restart::again(&scene).await;
        }
        if let Err(what) = all(&scene).await {
            scene.violated(format!("after all faults: {what}"));
        }
    };
    if clock::timeout(PATIENCE, work).await.is_err() {
        scene.violated("after all faults there is no progress");
    }
    if scene.violation().is_none() {
        clock::sleep(DELETED_WITHIN).await;
        scene.command(Command::Stop);
        restart::ended(&scene).await;
        scene.check(nothing_deleted_is_left(&scene));
        damage::run(&scene).await;
    }
}

/// No folder of a deleted topic.
fn nothing_deleted_is_left(scene: &Scene) -> Result<(), String> {
    let model = scene.model.borrow();
    for log_dir in scene.options.log_dirs() {
        let log_dir = Path::new(log_dir);
        let deleted = |(id, _): &(PartitionId, PathBuf)| {
            let topic = model.topics.get(&id.topic);
            topic.is_some_and(|topic| topic.existence == Existence::Deleted)
        };
        if let Some((_, path)) = audit::partitions(log_dir).into_iter().find(deleted) {
            return Err(format!("{} is of a deleted topic", path.display()));
        }
        let names = simulation::entries_of(log_dir);
        let is_deleted = |name: &str| {
            let identity = log_dir.join(name).join(partition_metadata::FILE_NAME);
            let identity = simulation::peek(&identity, 0, IDENTITY_BYTES_MAX);
            let topic = partition_metadata::decode(&identity).ok();
            let topic = topic.and_then(|topic| model.topics.get(&topic));
            topic.is_some_and(|topic| topic.existence == Existence::Deleted)
        };
        let mut strays = names.iter().filter(|(name, _)| name.ends_with("-stray"));
        if let Some((name, _)) = strays.find(|(name, _)| is_deleted(name)) {
            return Err(format!("{name} in {} is of a deleted topic", log_dir.display()));
        }
        if let Some((name, _)) = names.iter().find(|(name, _)| name.ends_with("-delete")) {
            return Err(format!("{name} is left in {}", log_dir.display()));
        }
    }
    Ok(())
}

async fn all(scene: &Rc<Scene>) -> Result<(), String> {
    let lost = |_| "the connection was lost".to_owned();
    topics::look(scene).await.map_err(lost)?;
    let connection = Connection::try_open(scene).await.map_err(lost)?;
    let live = scene.model.borrow().live_partitions();
    let waited_for = live.first().map(|name| (*name, 0));
    for (number, name) in live.iter().enumerate() {
        let id = RecordId { producer: VERIFIER, life: 0, number: number as u64 };
        produce::send_one(scene, &connection, *name, id).await.map_err(lost)?;
    }
    configure::look(scene).await.map_err(lost)?;
    commit_offsets::verify(scene, &connection).await?;
    members::verify(scene, &connection).await?;
    transactions::verify(scene, &connection).await?;
    for name in live {
        read_all(scene, &connection, name).await.map_err(|what| format!("{name:?}: {what}"))?;
    }
    // Idle by then as well.
    drop(connection);
    if let Some((name, number)) = waited_for {
        let id = RecordId { producer: VERIFIER, life: 1, number };
        consume::wait_at_end(scene, name, id).await?;
    }
    outages::verify(scene).await
}

/// Reads a partition from its start to its end.
async fn read_all(
    scene: &Rc<Scene>,
    connection: &Connection,
    name: PartitionName,
) -> Result<(), String> {
    let floor = scene.model.borrow_mut().partition(name).floors().log_start;
    let mut position = start_of(scene, connection, name).await?;
    if position < floor {
        return Err(format!("the log starts at {position}, it did at {floor}"));
    }
    let read_from = position;
    for _ in 0..ROUNDS_PER_PARTITION_MAX {
        let end = scene.model.borrow_mut().partition(name).acknowledged_end();
        let known = scene.model.borrow_mut().partition(name).floors().high_watermark;
        if position >= end.max(known) {
            return nothing_lost(scene, name, read_from);
        }
        let mut positions = consume::Positions::from([(name, position)]);
        let polled = consume::poll(scene, connection, &mut positions, 100).await;
        polled.map_err(|_| "the connection was lost".to_owned())?;
        position = match positions.get(&name) {
            Some(position) => *position,
            // Deleted meanwhile, up to where the log starts now.
            None if scene.options.retention_bytes.is_some() => {
                let start = start_of(scene, connection, name).await?;
                if start <= position {
                    return Err("a fetch failed".to_owned());
                }
                start
            }
            None => return Err("a fetch failed".to_owned()),
        };
    }
    Err(format!("reading stands at {position}"))
}

/// Batches acknowledged as duplicates are somewhere, unless they were deleted since.
fn nothing_lost(scene: &Scene, name: PartitionName, read_from: i64) -> Result<(), String> {
    let mut model = scene.model.borrow_mut();
    let partition = model.partition(name);
    if read_from > 0 {
        return Ok(());
    }
    match partition.unplaced().next() {
        None => Ok(()),
        Some(id) => Err(format!("{id} was acknowledged and is nowhere")),
    }
}

pub(super) async fn start_of(
    scene: &Rc<Scene>,
    connection: &Connection,
    name: PartitionName,
) -> Result<i64, String> {
    use crate::protocol::generated::list_offsets::{Request, request};
    const EARLIEST: i64 = -2;
    let topic_name = scene.model.borrow().topics[&name.0].name.clone();
    let part = request::ListOffsetsPartition {
        partition_index: name.1,
        current_leader_epoch: -1,
        timestamp: EARLIEST,
    };
    let topic = request::ListOffsetsTopic { name: topic_name, partitions: vec![part] };
    let request = Request { replica_id: -1, topics: vec![topic], ..Default::default() };
    let answer = connection.call(&request).await.map_err(|_| "the connection was lost")?;
    let part = answer.topics.first().and_then(|topic| topic.partitions.first());
    match part {
        Some(part) if part.error_code == 0 => Ok(part.offset),
        other => Err(format!("its start is not told: {other:?}")),
    }
}
