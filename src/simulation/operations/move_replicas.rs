//! AlterReplicaLogDirs: logs move from one directory of the node to the other, while all else goes
//! on.
//!
//! Model: a move that was answered well ends, if nothing ends the node before and the disk is
//! sound; a log is in one directory, and on its way to one more at the most. What a log holds, the
//! other operations check.

use std::collections::BTreeSet;
use std::rc::Rc;
use std::time::Duration;

use shards::clock;

use crate::protocol::ErrorCode;
use crate::protocol::generated::{alter_replica_log_dirs, describe_log_dirs};
use crate::simulation::client::Connection;
use crate::simulation::model::PartitionName;
use crate::simulation::options::LOG_DIRS;
use crate::simulation::scene::Scene;

/// Longer than any move takes while no fault holds it up.
const PATIENCE: Duration = Duration::from_secs(60);
const LOOK_MS_MAX: u64 = 100;
/// So many are followed to their end; others may be asked elsewhere on their way.
const FOLLOWED_PERCENT: u64 = 60;

/// Goes on until the faults end.
pub(in crate::simulation) async fn run(scene: Rc<Scene>) {
    let Some(between_ms) = scene.options.moves_ms_max else { return };
    let mut unanswered = BTreeSet::new();
    while scene.is_safety() {
        scene.pause(between_ms).await;
        let live = scene.model.borrow().live_partitions();
        let name = scene.dice.borrow_mut().pick(&live).copied();
        let (Some(name), Some(connection)) = (name, Connection::open(&scene).await) else {
            continue;
        };
        let path = LOG_DIRS[scene.dice.borrow_mut().within(0..LOG_DIRS.len() as u64) as usize];
        let is_followed = scene.dice.borrow_mut().percent(FOLLOWED_PERCENT);
        match ask(&scene, &connection, name, path).await {
            // It may still arrive, after others that were asked for later.
            None => {
                unanswered.insert(name);
            }
            Some(true) if is_followed && !unanswered.contains(&name) => {
                follow(&scene, &connection, name, path).await;
            }
            Some(_) => {}
        }
    }
}

/// Whether the node says that the log moves; none if it does not answer.
async fn ask(
    scene: &Rc<Scene>,
    connection: &Connection,
    name: PartitionName,
    path: &str,
) -> Option<bool> {
    let topic_name = scene.model.borrow().topics[&name.0].name.clone();
    scene.note(|| format!("moving {topic_name}-{} {name:?} to {path}", name.1));
    let partitions = vec![name.1];
    let topic =
        alter_replica_log_dirs::request::AlterReplicaLogDirTopic { name: topic_name, partitions };
    let dir = alter_replica_log_dirs::request::AlterReplicaLogDir {
        path: path.to_owned(),
        topics: vec![topic],
    };
    let request = alter_replica_log_dirs::Request { dirs: vec![dir] };
    scene.administered.notify_all();
    let answer = connection.call(&request).await.ok()?;
    let partition = answer.results.first().and_then(|topic| topic.partitions.first());
    let Some(partition) = partition else {
        scene.violated("an AlterReplicaLogDirs answer is empty");
        return None;
    };
    match ErrorCode::from_code(partition.error_code) {
        Some(ErrorCode::None) => {
            scene.count(|counts| counts.moves += 1);
            Some(true)
        }
        // A node that starts or stops does not have it yet, or no longer.
        Some(ErrorCode::ReplicaNotAvailable | ErrorCode::KafkaStorageError) => Some(false),
        code => {
            scene.violated(format!("{name:?} can not be moved: {code:?}"));
            None
        }
    }
}

/// Waits until the log is where it is wanted, while the node lives.
async fn follow(scene: &Rc<Scene>, connection: &Connection, name: PartitionName, path: &str) {
    let (mut deadline, node) = (clock::now() + PATIENCE, scene.node.get());
    let topic_name = scene.model.borrow().topics[&name.0].name.clone();
    while scene.serves(node) && scene.model.borrow().is_live(name.0) {
        let Ok(answer) = connection.call(&describe_log_dirs::Request { topics: None }).await else {
            return;
        };
        let mut places = Vec::new();
        for directory in &answer.results {
            for topic in directory.topics.iter().filter(|topic| topic.name == topic_name) {
                let of_it = topic.partitions.iter().filter(|log| log.partition_index == name.1);
                places.extend(of_it.map(|log| (directory.log_dir.clone(), log.is_future_key)));
            }
        }
        let logs = places.iter().filter(|(_, is_future)| !is_future).count();
        if logs > 1 || places.len() > 2 {
            return scene.violated(format!("{name:?} is in {places:?}"));
        }
        if places == [(path.to_owned(), false)] {
            scene.count(|counts| counts.moves_followed += 1);
            return;
        }
        if scene.storage_is_troubled() {
            // It waits for room, or for the next start.
            deadline = clock::now() + PATIENCE;
        }
        if clock::now() >= deadline && scene.serves(node) && scene.model.borrow().is_live(name.0) {
            return scene.violated(format!("{name:?} does not get to {path}: {places:?}"));
        }
        scene.pause(LOOK_MS_MAX).await;
    }
}
