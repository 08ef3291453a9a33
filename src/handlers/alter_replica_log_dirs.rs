//! AlterReplicaLogDirs (key 34), versions 1-2.
//!
//! Has replicas of this node be in other log directories. A move is answered when it has begun;
//! DescribeLogDirs tells how far it is. For a replica that is not here yet the directory is
//! remembered, and the client told to ask again.
//! Versions: 2 flexible.   Skipped: authorization, the bound on the bytes a second.
//! Runs on the connection's core; one hop to the owner of each partition.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use shards::io::Slice;
use shards::limits::FILE_NAME_BYTES_MAX;
use shards::log::error::Offline;
use shards::store::moves::MoveRefused;
use shards::units::PartitionId;

use super::{Api, Context, Pending, answer_within, changes};
use crate::broker::Core;
use crate::protocol::alter_replica_log_dirs::request::Request;
use crate::protocol::alter_replica_log_dirs::response::{
    AlterReplicaLogDirPartitionResult, AlterReplicaLogDirTopicResult, Response,
};
use crate::protocol::{ApiKey, ErrorCode};

pub const API: Api = Api { key: ApiKey::AlterReplicaLogDirs, versions: 1..=2, handle };

/// What Kafka adds to the name of a folder that is on its way: a dot, an id, a word.
const MARK_BYTES: usize = ".0123456789abcdef0123456789abcdef-future".len();

fn handle(context: Context, body: Slice) -> Pending {
    answer_within(context, body, repeated, |context, request: Request| async move {
        let mut moves = Vec::new();
        let mut results: BTreeMap<String, Vec<AlterReplicaLogDirPartitionResult>> = BTreeMap::new();
        for ((topic, partition_index), path) in wanted(request) {
            let told = format!("{topic}-{partition_index} to {}", path.display());
            let outcome = alter(&context.broker, &topic, partition_index, path).await;
            if outcome.is_ok() {
                moves.push(told);
            }
            let error_code = outcome.err().unwrap_or(ErrorCode::None) as i16;
            let result = AlterReplicaLogDirPartitionResult { partition_index, error_code };
            results.entry(topic).or_default().push(result);
        }
        changes::tell(&context, "moves between log directories begun", &moves);
        let result =
            |(topic_name, partitions)| AlterReplicaLogDirTopicResult { topic_name, partitions };
        Response { results: results.into_iter().map(result).collect(), ..Response::default() }
    })
}

fn repeated(request: &Request) -> usize {
    let of_directory = request.dirs.iter().flat_map(|directory| {
        let names = |name: &str| directory.path.len() + name.len();
        directory.topics.iter().map(move |topic| names(&topic.name) * topic.partitions.len())
    });
    of_directory.sum()
}

/// Each replica once: the last directory named for it holds.
fn wanted(request: Request) -> BTreeMap<(String, i32), PathBuf> {
    let mut wanted = BTreeMap::new();
    for directory in request.dirs {
        for topic in directory.topics {
            for index in topic.partitions {
                let path = PathBuf::from(directory.path.clone());
                wanted.insert((topic.name.clone(), index), path);
            }
        }
    }
    wanted
}

async fn alter(broker: &Rc<Core>, topic: &str, index: i32, path: PathBuf) -> Result<(), ErrorCode> {
    let name = format!("{topic}-{index}");
    if name.len() + MARK_BYTES > FILE_NAME_BYTES_MAX {
        return Err(ErrorCode::InvalidTopicException);
    }
    broker.store.check_directory(&path).map_err(|refused| code_of(&refused))?;
    let image = broker.image();
    let known = image.topics.by_name(topic).and_then(|topic| {
        let partition = topic.partitions.get(&index)?;
        let id = PartitionId { topic: topic.id, index };
        partition.has_replica(broker.config.node_id).then_some(id)
    });
    let Some(id) = known else {
        prefer(broker, name, &path).await;
        return Err(ErrorCode::ReplicaNotAvailable);
    };
    // Known, and on no core: it could not be opened.
    let owner = broker.routing.owner(id).ok_or(ErrorCode::KafkaStorageError)?;
    let moved =
        broker.run_on(owner, move |on| Box::pin(async move { on.store.move_partition(id, &path) }));
    moved.await.map_err(|refused| code_of(&refused))
}

/// Remembers on every core where a replica is to be made.
async fn prefer(broker: &Rc<Core>, name: String, path: &Path) {
    let path = path.to_owned();
    let remember = move |on: Rc<Core>| -> crate::routing::Local<()> {
        on.preferred_directories.borrow_mut().add(name.clone(), path.clone());
        Box::pin(async {})
    };
    broker.run_on_all(remember).await;
}

fn code_of(refused: &MoveRefused) -> ErrorCode {
    match refused {
        MoveRefused::UnknownDirectory { .. } => ErrorCode::LogDirNotFound,
        MoveRefused::NotHere | MoveRefused::Offline(Offline::Deleted) => {
            ErrorCode::ReplicaNotAvailable
        }
        MoveRefused::DirectoryFailed(_) | MoveRefused::Offline(_) => ErrorCode::KafkaStorageError,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::alter_replica_log_dirs::request::{
        AlterReplicaLogDir, AlterReplicaLogDirTopic,
    };

    #[test]
    fn the_last_directory_named_for_a_replica_holds() {
        let directory = |path: &str, partitions: &[i32]| AlterReplicaLogDir {
            path: path.to_owned(),
            topics: vec![AlterReplicaLogDirTopic {
                name: "t".to_owned(),
                partitions: partitions.to_vec(),
            }],
        };
        let request = Request { dirs: vec![directory("/a", &[0, 1]), directory("/b", &[1])] };
        let replica = |index| ("t".to_owned(), index);
        let expected = [(replica(0), PathBuf::from("/a")), (replica(1), PathBuf::from("/b"))];
        assert_eq!(wanted(request).into_iter().collect::<Vec<_>>(), expected);
    }
}
