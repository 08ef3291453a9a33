//! Blocks that change while the node is stopped: a bit flips, or another block stands in their
//! place.
//!
//! Model: the node does not start, and names the file; or each record of the partition that has the
//! file is what it was or is refused, and all else is as it was. Then the disk is as it was before.

use std::rc::Rc;
use std::time::Duration;

use shards::clock;

use super::{consume, restart, verify};
use crate::protocol::ErrorCode;
use crate::simulation::client::Connection;
use crate::simulation::model::PartitionName;
use crate::simulation::scene::{Command, Scene};

const PATIENCE: Duration = Duration::from_secs(600);
const LOOK_PAUSE: Duration = Duration::from_millis(10);
const ROUNDS_PER_PARTITION_MAX: usize = 200_000;

/// Once the node has stopped in order, after all else.
pub(super) async fn run(scene: &Rc<Scene>) {
    for _ in 0..scene.options.damages {
        if scene.violation().is_some() {
            return;
        }
        scene.command(Command::Damage);
        scene.command(Command::Start { shards: scene.options.shards });
        if clock::timeout(PATIENCE, look(scene)).await.is_err() {
            scene.violated("after damage there is no progress");
        }
        scene.command(Command::Kill);
        scene.command(Command::Restore);
        restart::ended(scene).await;
    }
}

async fn look(scene: &Rc<Scene>) {
    let connection = loop {
        clock::sleep(LOOK_PAUSE).await;
        if scene.node.get().is_none() {
            return;
        }
        if let Ok(connection) = Connection::try_open(scene).await {
            break connection;
        }
    };
    let live = scene.model.borrow().live_partitions();
    for name in live {
        let swept = sweep(scene, &connection, name).await;
        if scene.node.get().is_none() {
            // It listened before it had read everything, and refused.
            return;
        }
        if let Err(what) = swept {
            scene.violated(format!("after damage: {name:?}: {what}"));
            return;
        }
    }
}

/// Reads a partition from its start to its end, past what is refused.
async fn sweep(
    scene: &Rc<Scene>,
    connection: &Connection,
    name: PartitionName,
) -> Result<(), String> {
    let (start, end) = {
        let mut model = scene.model.borrow_mut();
        let partition = model.partition(name);
        (partition.floors().log_start, partition.acknowledged_end())
    };
    let may_refuse = scene.is_damaged(name);
    let mut position = start;
    let deletes_itself = scene.model.borrow_mut().partition(name).deletes_itself;
    if !may_refuse {
        let told = verify::start_of(scene, connection, name).await?;
        if told < start || (told > start && !deletes_itself) {
            return Err(format!("the log starts at {told}, it did at {start}"));
        }
        position = told;
    }
    for _ in 0..ROUNDS_PER_PARTITION_MAX {
        if position >= end {
            return Ok(());
        }
        let mut positions = consume::Positions::from([(name, position)]);
        let polled = consume::poll_past_damage(scene, connection, &mut positions).await;
        match polled.map_err(|_| "the connection was lost".to_owned())? {
            None => position = positions.get(&name).copied().ok_or("a fetch failed")?,
            Some(ErrorCode::CorruptMessage) if may_refuse => position += 1,
            // All of it.
            Some(ErrorCode::KafkaStorageError) if may_refuse => return Ok(()),
            // Deleted meanwhile, up to where the log starts now.
            Some(ErrorCode::OffsetOutOfRange) if deletes_itself => {
                let told = verify::start_of(scene, connection, name).await?;
                if told <= position {
                    return Err(format!("a fetch at {position} is refused, it starts at {told}"));
                }
                position = told;
            }
            Some(code) => return Err(format!("a fetch at {position} failed: {code:?}")),
        }
    }
    Err(format!("reading stands at {position} of {end}"))
}
