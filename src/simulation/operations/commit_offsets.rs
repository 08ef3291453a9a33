//! Groups without members that commit offsets and read them again.
//!
//! Model: a group reads what it has committed, after any crash; what was not answered may have
//! happened. A coordinator that loads says so, and has loaded in the end.

use std::rc::Rc;
use std::time::Duration;

use shards::clock;

use crate::protocol::ErrorCode;
use crate::protocol::generated::{find_coordinator, offset_commit, offset_fetch};
use crate::simulation::client::{Connection, Lost};
use crate::simulation::model::PartitionName;
use crate::simulation::scene::Scene;

const COMMITS_PERCENT: u64 = 60;
const RETRY_MS: u64 = 500;
const PAUSE_MS_MIN: u64 = 40;
const LOADED_WITHIN: Duration = Duration::from_secs(60);
const GROUP_KEY: i8 = 0;

/// Goes on until the faults end.
pub(in crate::simulation) async fn run(scene: Rc<Scene>, number: u32) {
    let group = format!("group-{number}");
    let mut offset = 0;
    while scene.is_safety() {
        let Some(connection) = Connection::open(&scene).await else { return };
        if !finds_coordinator(&scene, &connection, &group).await {
            scene.pause(RETRY_MS).await;
            continue;
        }
        while scene.is_safety() && !connection.is_closed() {
            let live = scene.model.borrow().live_partitions();
            let name = scene.dice.borrow_mut().pick(&live).copied();
            if let Some(name) = name {
                let commits = scene.dice.borrow_mut().percent(COMMITS_PERCENT);
                let done = if commits {
                    offset += 1;
                    commit(&scene, &connection, &group, name, offset).await
                } else {
                    read(&scene, &connection, &group, name).await.map(drop)
                };
                if done.is_err() {
                    break;
                }
            }
            scene.pause(scene.options.pause_ms_max.max(PAUSE_MS_MIN)).await;
        }
    }
}

/// Whether a read was answered with an offset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    Given,
    NotYet,
}

/// Kafka makes the topic of the offsets when it is asked for the first coordinator.
pub(super) async fn finds_coordinator(
    scene: &Rc<Scene>,
    connection: &Connection,
    group: &str,
) -> bool {
    let request = find_coordinator::Request {
        key_type: GROUP_KEY,
        coordinator_keys: vec![group.to_owned()],
        ..Default::default()
    };
    let Ok(answer) = connection.call(&request).await else { return false };
    let code = answer.coordinators.first().map(|coordinator| coordinator.error_code);
    match code.and_then(ErrorCode::from_code) {
        Some(ErrorCode::None) => true,
        Some(code) if is_not_yet(code) => false,
        code => {
            scene.violated(format!("no coordinator for {group}: {code:?}"));
            false
        }
    }
}

pub(super) fn is_not_yet(code: ErrorCode) -> bool {
    matches!(
        code,
        ErrorCode::CoordinatorLoadInProgress
            | ErrorCode::CoordinatorNotAvailable
            | ErrorCode::NotCoordinator
    )
}

async fn commit(
    scene: &Rc<Scene>,
    connection: &Connection,
    group: &str,
    name: PartitionName,
    offset: i64,
) -> Result<(), Lost> {
    let partition = offset_commit::request::OffsetCommitRequestPartition {
        partition_index: name.1,
        committed_offset: offset,
        ..Default::default()
    };
    let topic = offset_commit::request::OffsetCommitRequestTopic {
        topic_id: name.0,
        partitions: vec![partition],
        ..Default::default()
    };
    let request = offset_commit::Request {
        group_id: group.to_owned(),
        topics: vec![topic],
        ..Default::default()
    };
    let node = scene.node.get();
    scene.model.borrow_mut().commit(group, name).sent(node, offset);
    let answer = connection.call(&request).await?;
    let partitions = answer.topics.first().map(|topic| &topic.partitions);
    let code = partitions.and_then(|partitions| partitions.first()).map(|part| part.error_code);
    match code.and_then(ErrorCode::from_code) {
        Some(ErrorCode::None) => {
            scene.count(|counts| counts.commits += 1);
            scene.model.borrow_mut().commit(group, name).acknowledged(node, offset);
            scene.committed.notify_all();
        }
        Some(code) if is_not_yet(code) => scene.pause(RETRY_MS).await,
        Some(ErrorCode::UnknownTopicId | ErrorCode::UnknownTopicOrPartition)
            if !scene.model.borrow().is_live(name.0) => {}
        code => scene.violated(format!("{group} cannot commit for {name:?}: {code:?}")),
    }
    Ok(())
}

async fn read(
    scene: &Rc<Scene>,
    connection: &Connection,
    group: &str,
    name: PartitionName,
) -> Result<Answer, Lost> {
    let topic = offset_fetch::request::OffsetFetchRequestTopics {
        topic_id: name.0,
        partition_indexes: vec![name.1],
        ..Default::default()
    };
    let asked = offset_fetch::request::OffsetFetchRequestGroup {
        group_id: group.to_owned(),
        topics: Some(vec![topic]),
        ..Default::default()
    };
    let request = offset_fetch::Request { groups: vec![asked], ..Default::default() };
    let answer = connection.call(&request).await?;
    let mut model = scene.model.borrow_mut();
    if !model.is_live(name.0) {
        return Ok(Answer::Given);
    }
    let Some(found) = answer.groups.first() else {
        scene.violated(format!("an OffsetFetch answer lacks {group}"));
        return Err(Lost);
    };
    let of_group = ErrorCode::from_code(found.error_code);
    if of_group.is_some_and(is_not_yet) {
        return Ok(Answer::NotYet);
    }
    let part = found.topics.first().and_then(|topic| topic.partitions.first());
    let outcome = match part {
        Some(part) if of_group == Some(ErrorCode::None) && part.error_code == 0 => {
            model.commit(group, name).read(part.committed_offset)
        }
        other => Err(format!("{of_group:?} {other:?}")),
    };
    scene.check(outcome.map_err(|what| format!("what {group} committed for {name:?}: {what}")));
    Ok(Answer::Given)
}

/// Reads all that was committed, once there are no more faults.
pub(super) async fn verify(scene: &Rc<Scene>, connection: &Connection) -> Result<(), String> {
    let known = scene.model.borrow().committed();
    let deadline = clock::now() + LOADED_WITHIN;
    for (group, name) in known {
        loop {
            let answer = read(scene, connection, &group, name).await;
            match answer.map_err(|_| "the connection was lost")? {
                Answer::Given => break,
                Answer::NotYet if clock::now() < deadline => scene.pause(RETRY_MS).await,
                Answer::NotYet => return Err(format!("the coordinator of {group} does not load")),
            }
        }
    }
    Ok(())
}
