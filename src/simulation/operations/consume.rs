//! Consumers of assigned partitions: they read from an offset on, and know what they have read.
//!
//! Model: offsets come without a gap, each with the record that is known to stand there; bounds do
//! not go back; a partition that is there answers.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;

use shards::clock;
use shards::io::spawn;

use super::produce;
use crate::protocol::ErrorCode;
use crate::protocol::generated::fetch::{Request, request, response};
use crate::simulation::client::{Connection, Lost};
use crate::simulation::model::{Floors, PartitionName};
use crate::simulation::record::{self, RecordId};
use crate::simulation::scene::Scene;

const WAIT_MS_MAX: u64 = 2_000;
/// Most polls that come sooner find nothing.
const PAUSE_MS_MIN: u64 = 40;
const NEW_ASSIGNMENT_PERCENT: u64 = 10;
const LONG_WAIT: Duration = Duration::from_secs(50);
/// Far longer than anything takes while all is calm, far shorter than the wait.
const SOON: Duration = Duration::from_secs(5);

/// Where a consumer stands.
pub(super) type Positions = BTreeMap<PartitionName, i64>;

/// Goes on until the faults end.
pub(in crate::simulation) async fn run(scene: Rc<Scene>) {
    while scene.is_safety() {
        let Some(connection) = Connection::open(&scene).await else { return };
        let mut positions = assignment(&scene);
        while scene.is_safety() && !connection.is_closed() {
            let wait_ms = scene.dice.borrow_mut().within(0..WAIT_MS_MAX) as i32;
            if poll(&scene, &connection, &mut positions, wait_ms).await.is_err() {
                break;
            }
            if scene.dice.borrow_mut().percent(NEW_ASSIGNMENT_PERCENT) {
                positions = assignment(&scene);
            }
            scene.pause(scene.options.pause_ms_max.max(PAUSE_MS_MIN)).await;
        }
    }
}

/// Some partitions, from their start or from somewhere in them.
fn assignment(scene: &Scene) -> Positions {
    let mut model = scene.model.borrow_mut();
    let live = model.live_partitions();
    let mut dice = scene.dice.borrow_mut();
    let count = dice.within(1..5);
    let chosen = (0..count).filter_map(|_| dice.pick(&live).copied()).collect::<Vec<_>>();
    let start = |name: PartitionName| {
        let floors = model.partition(name).floors();
        let end = floors.high_watermark.max(floors.log_start);
        (name, dice.within(floors.log_start as u64..end as u64 + 1) as i64)
    };
    chosen.into_iter().map(start).collect()
}

/// One fetch; moves the positions. Whatever is refused that should not be is a violation.
pub(super) async fn poll(
    scene: &Rc<Scene>,
    connection: &Connection,
    positions: &mut Positions,
    wait_ms: i32,
) -> Result<(), Lost> {
    fetch(scene, connection, positions, wait_ms, &mut |_| false).await
}

/// One fetch; moves the positions, or gives the code with which it was refused.
pub(super) async fn poll_past_damage(
    scene: &Rc<Scene>,
    connection: &Connection,
    positions: &mut Positions,
) -> Result<Option<ErrorCode>, Lost> {
    let mut refused = None;
    let mut refuse = |code| {
        refused = Some(code);
        true
    };
    fetch(scene, connection, positions, 0, &mut refuse).await?;
    Ok(refused)
}

/// Waits for a record that is sent to the end of a partition meanwhile, and is not told late.
pub(super) async fn wait_at_end(
    scene: &Rc<Scene>,
    name: PartitionName,
    id: RecordId,
) -> Result<(), String> {
    let lost = |_| "the connection was lost".to_owned();
    let connection = Connection::try_open(scene).await.map_err(lost)?;
    let other = Connection::try_open(scene).await.map_err(lost)?;
    let end = scene.model.borrow_mut().partition(name).acknowledged_end();
    let request = Request {
        max_wait_ms: LONG_WAIT.as_millis() as i32,
        min_bytes: 1,
        ..fetch_from(scene, &Positions::from([(name, end)]), 0)
    };
    let waiting = spawn(connection.call(&request));
    clock::sleep(SOON).await;
    produce::send_one(scene, &other, name, id).await.map_err(lost)?;
    let answer = clock::timeout(SOON, waiting).await;
    let answer = answer.map_err(|_| format!("a fetch at {end} is not told of a record"))?;
    let given = answer.map_err(lost)?.responses;
    let given = given.iter().flat_map(|topic| &topic.partitions);
    match given.into_iter().any(|part| part.records.as_ref().is_some_and(|set| !set.is_empty())) {
        true => Ok(()),
        false => Err(format!("a fetch at {end} was answered without the record")),
    }
}

/// `refuse` is told of codes, and says whether it takes care of them.
async fn fetch(
    scene: &Rc<Scene>,
    connection: &Connection,
    positions: &mut Positions,
    wait_ms: i32,
    refuse: &mut impl FnMut(ErrorCode) -> bool,
) -> Result<(), Lost> {
    let mut asked: BTreeMap<PartitionName, Floors> = BTreeMap::new();
    for name in positions.keys() {
        asked.insert(*name, scene.model.borrow_mut().partition(*name).floors());
    }
    let response = connection.call(&fetch_from(scene, positions, wait_ms)).await?;
    if response.error_code != 0 {
        scene.violated(format!("a fetch without a session: error {}", response.error_code));
        return Err(Lost);
    }
    for topic in &response.responses {
        for part in &topic.partitions {
            let name = (topic.topic_id, part.partition_index);
            let Some(position) = positions.get(&name).copied() else {
                scene.violated(format!("a fetch brought {name:?}, which was not asked for"));
                continue;
            };
            let code = ErrorCode::from_code(part.error_code);
            if code.is_some_and(|code| code != ErrorCode::None && refuse(code)) {
                continue;
            }
            match take(scene, name, position, asked[&name], part) {
                Ok(Some(next)) => drop(positions.insert(name, next)),
                Ok(None) => drop(positions.remove(&name)),
                Err(what) => scene.violated(format!("{name:?}: {what}")),
            }
        }
    }
    Ok(())
}

fn fetch_from(scene: &Scene, positions: &Positions, wait_ms: i32) -> Request {
    let mut dice = scene.dice.borrow_mut();
    let mut topics: Vec<request::FetchTopic> = Vec::new();
    for ((topic_id, partition), fetch_offset) in positions {
        let part = request::FetchPartition {
            partition: *partition,
            fetch_offset: *fetch_offset,
            partition_max_bytes: dice.skewed(1..1 << 20) as i32,
            ..Default::default()
        };
        match topics.last_mut().filter(|last| last.topic_id == *topic_id) {
            Some(last) => last.partitions.push(part),
            None => topics.push(request::FetchTopic {
                topic_id: *topic_id,
                partitions: vec![part],
                ..Default::default()
            }),
        }
    }
    Request {
        max_wait_ms: wait_ms,
        min_bytes: dice.skewed(0..10_000) as i32,
        max_bytes: dice.skewed(1..4 << 20) as i32,
        topics,
        ..Request::default()
    }
}

/// Takes what a partition answered; the next position, if there is one.
fn take(
    scene: &Scene,
    name: PartitionName,
    position: i64,
    floors: Floors,
    part: &response::PartitionData,
) -> Result<Option<i64>, String> {
    let mut model = scene.model.borrow_mut();
    let is_live = model.is_live(name.0);
    let partition = model.partition(name);
    match ErrorCode::from_code(part.error_code) {
        Some(ErrorCode::None) => {
            partition.ends(part.high_watermark, floors)?;
            partition.starts(part.log_start_offset, floors)?;
            if part.log_start_offset > part.high_watermark {
                let (start, end) = (part.log_start_offset, part.high_watermark);
                return Err(format!("the log starts at {start}, readers see it up to {end}"));
            }
            let found = record::read(part.records.as_deref().unwrap_or_default())?;
            if position < floors.log_start && !found.is_empty() {
                let start = floors.log_start;
                return Err(format!("offset {position} is given out, the log starts at {start}"));
            }
            let next = partition.read(position, &found, part.high_watermark)?;
            scene.count(|counts| counts.read += (next - position) as u64);
            Ok(Some(next))
        }
        Some(ErrorCode::OffsetOutOfRange) if partition.may_have_cut(position) => Ok(None),
        Some(ErrorCode::NotLeaderOrFollower) => Ok(None),
        Some(ErrorCode::KafkaStorageError) if scene.storage_may_refuse() => Ok(None),
        Some(ErrorCode::UnknownTopicId | ErrorCode::UnknownTopicOrPartition) if !is_live => {
            Ok(None)
        }
        code => Err(format!("a fetch at {position} failed: {code:?} {}", part.error_code)),
    }
}
