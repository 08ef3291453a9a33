//! DeleteRecords: logs begin later.
//!
//! Model: the log start is at least what was answered, for ever, and at most what was asked for.

use std::rc::Rc;

use crate::protocol::ErrorCode;
use crate::protocol::generated::delete_records::{Request, request};
use crate::simulation::client::Connection;
use crate::simulation::model::PartitionName;
use crate::simulation::scene::Scene;

const TIMEOUT_MS: i32 = 30_000;
const BETWEEN_MS_MAX: u64 = 20_000;

/// Goes on until the faults end.
pub(in crate::simulation) async fn run(scene: Rc<Scene>) {
    while scene.is_safety() {
        scene.pause(BETWEEN_MS_MAX).await;
        let live = scene.model.borrow().live_partitions();
        let name = scene.dice.borrow_mut().pick(&live).copied();
        let (Some(name), Some(connection)) = (name, Connection::open(&scene).await) else {
            continue;
        };
        delete(&scene, &connection, name).await;
    }
}

async fn delete(scene: &Rc<Scene>, connection: &Connection, name: PartitionName) {
    let (request, offset, floors) = {
        let mut model = scene.model.borrow_mut();
        let topic_name = model.topics[&name.0].name.clone();
        let partition = model.partition(name);
        let floors = partition.floors();
        let known = floors.log_start as u64..floors.high_watermark.max(floors.log_start) as u64 + 1;
        let offset = scene.dice.borrow_mut().within(known) as i64;
        partition.deletion_asked(offset);
        let part = request::DeleteRecordsPartition { partition_index: name.1, offset };
        let topic = request::DeleteRecordsTopic { name: topic_name, partitions: vec![part] };
        (Request { topics: vec![topic], timeout_ms: TIMEOUT_MS }, offset, floors)
    };
    scene.note(|| format!("deleting records of {name:?} before {offset}"));
    let Ok(answer) = connection.call(&request).await else { return };
    let part = answer.topics.first().and_then(|topic| topic.partitions.first());
    let Some(part) = part else { return scene.violated("a DeleteRecords answer is empty") };
    let mut model = scene.model.borrow_mut();
    let is_live = model.is_live(name.0);
    let outcome = match ErrorCode::from_code(part.error_code) {
        Some(ErrorCode::None) => {
            scene.count(|counts| counts.records_deleted += 1);
            let floors = crate::simulation::model::Floors { log_start: offset, ..floors };
            model.partition(name).starts(part.low_watermark, floors)
        }
        Some(ErrorCode::UnknownTopicOrPartition) if !is_live => Ok(()),
        // A topic of the same name has taken the place of the one meant.
        Some(ErrorCode::OffsetOutOfRange) if !is_live => Ok(()),
        Some(ErrorCode::NotLeaderOrFollower) => Ok(()),
        Some(ErrorCode::KafkaStorageError) if scene.storage_may_refuse() => Ok(()),
        code => Err(format!("records before {offset} cannot be deleted: {code:?}")),
    };
    scene.check(outcome.map_err(|what| format!("{name:?}: {what}")));
}
