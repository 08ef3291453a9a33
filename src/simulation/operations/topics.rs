//! Topics come, grow and go, by one administrator.
//!
//! Model: a topic that was created or extended is there after any crash, with its id; one that was
//! deleted is not, and its name may be used again.

use std::rc::Rc;

use uuid::Uuid;

use crate::protocol::generated::{create_partitions, create_topics, delete_topics, metadata};
use crate::protocol::{Call, ErrorCode};
use crate::simulation::client::{Connection, Lost};
use crate::simulation::model::{Existence, TopicModel};
use crate::simulation::scene::Scene;

const TIMEOUT_MS: i32 = 30_000;
/// After a lost connection: what was asked has happened by then, or never will.
const SETTLE_MS: u64 = 5_000;
const PARTITIONS_PER_TOPIC_MAX: i32 = 12;

/// Creates the first topics, and changes them until the faults end.
pub(in crate::simulation) async fn run(scene: Rc<Scene>) {
    for number in 0..scene.options.topics {
        create(&scene, &format!("topic-{number}")).await;
    }
    let Some(between_ms) = scene.options.topic_changes_ms_max else { return };
    while scene.is_safety() {
        scene.pause(between_ms).await;
        let number = scene.dice.borrow_mut().within(0..scene.options.topics);
        let name = format!("topic-{number}");
        let existing = scene.model.borrow().live_topic(&name);
        let roll = scene.dice.borrow_mut().within(0..100);
        match existing {
            None => create(&scene, &name).await,
            Some(id) if roll < 50 => delete(&scene, &name, id).await,
            Some(id) if roll < 80 => extend(&scene, &name, id).await,
            Some(_) => drop(look(&scene).await),
        }
    }
}

pub(super) async fn create(scene: &Rc<Scene>, name: &str) {
    let partitions = scene.dice.borrow_mut().within(1..scene.options.partitions_max + 1) as i32;
    let mut configs = vec![("segment.ms", scene.options.segment_ms.to_string())];
    if scene.dice.borrow_mut().percent(30) {
        configs.push(("message.timestamp.type", "LogAppendTime".to_owned()));
    }
    let setting = |(name, value): (&str, String)| create_topics::request::CreatableTopicConfig {
        name: name.to_owned(),
        value: Some(value),
    };
    let topic = create_topics::request::CreatableTopic {
        name: name.to_owned(),
        num_partitions: partitions,
        replication_factor: 1,
        configs: configs.into_iter().map(setting).collect(),
        ..Default::default()
    };
    let request = create_topics::Request {
        topics: vec![topic],
        timeout_ms: TIMEOUT_MS,
        ..Default::default()
    };
    let code_of = |answer: &create_topics::Response| answer.topics.first().map(|t| t.error_code);
    let Some((answer, code)) = insist(scene, &request, code_of).await else { return };
    match (code, answer.topics.first()) {
        (Some(ErrorCode::None), Some(topic)) => {
            scene.note(|| format!("created {name} with {partitions}: {}", topic.topic_id));
            created(scene, name, topic.topic_id, partitions);
        }
        // An earlier request that was not answered has done it.
        (Some(ErrorCode::TopicAlreadyExists), _) => find(scene, name).await,
        _ => scene.violated(format!("{name} cannot be created: {code:?}")),
    }
}

/// Asks until there is an answer, and the disk is not to blame for it; none if the faults end.
pub(super) async fn insist<M: Call>(
    scene: &Rc<Scene>,
    request: &M,
    code_of: impl Fn(&M::Response) -> Option<i16>,
) -> Option<(M::Response, Option<ErrorCode>)> {
    while scene.is_safety() {
        let connection = Connection::open(scene).await?;
        scene.administered.notify_all();
        if let Ok(answer) = connection.call(request).await {
            let code = code_of(&answer).and_then(ErrorCode::from_code);
            if code != Some(ErrorCode::KafkaStorageError) || !scene.storage_may_refuse() {
                return Some((answer, code));
            }
        }
        scene.pause(SETTLE_MS).await;
    }
    None
}

/// Of a topic that is there its id is found out.
async fn find(scene: &Rc<Scene>, name: &str) {
    while scene.is_safety() {
        let Some(connection) = Connection::open(scene).await else { return };
        let Ok(topics) = topics_of(scene, &connection).await else { continue };
        let found = topics.iter().find(|topic| topic.name.as_deref() == Some(name));
        let Some(found) = found else {
            return scene.violated(format!("{name} exists already, but is not there"));
        };
        scene.note(|| format!("found {name}: {}", found.topic_id));
        return created(scene, name, found.topic_id, found.partitions.len() as i32);
    }
}

fn created(scene: &Scene, name: &str, id: Uuid, partitions: i32) {
    scene.count(|counts| counts.topics_created += 1);
    let topic = TopicModel {
        name: name.to_owned(),
        existence: Existence::Live,
        partitions,
        partitions_max: partitions,
    };
    if let Some(before) = scene.model.borrow_mut().topics.insert(id, topic) {
        scene.violated(format!("{name} got the id {id}, which {} had", before.name));
    }
}

async fn delete(scene: &Rc<Scene>, name: &str, id: Uuid) {
    let state = delete_topics::request::DeleteTopicState { name: None, topic_id: id };
    let request = delete_topics::Request {
        topics: vec![state],
        timeout_ms: TIMEOUT_MS,
        ..Default::default()
    };
    set_existence(scene, id, Existence::Deleting);
    let code_of = |answer: &delete_topics::Response| answer.responses.first().map(|t| t.error_code);
    let Some((_, code)) = insist(scene, &request, code_of).await else { return };
    match code {
        Some(ErrorCode::None | ErrorCode::UnknownTopicId) => {
            scene.note(|| format!("deleted {name}: {id}"));
            scene.count(|counts| counts.topics_deleted += 1);
            set_existence(scene, id, Existence::Deleted);
        }
        code => scene.violated(format!("{name} cannot be deleted: {code:?}")),
    }
}

fn set_existence(scene: &Scene, id: Uuid, existence: Existence) {
    if let Some(topic) = scene.model.borrow_mut().topics.get_mut(&id) {
        topic.existence = existence;
    }
}

async fn extend(scene: &Rc<Scene>, name: &str, id: Uuid) {
    let count = match scene.model.borrow_mut().topics.get_mut(&id) {
        Some(topic) if topic.partitions_max < PARTITIONS_PER_TOPIC_MAX => {
            topic.partitions_max += 1;
            topic.partitions_max
        }
        _ => return,
    };
    let topic = create_partitions::request::CreatePartitionsTopic {
        name: name.to_owned(),
        count,
        assignments: None,
    };
    let request = create_partitions::Request {
        topics: vec![topic],
        timeout_ms: TIMEOUT_MS,
        ..Default::default()
    };
    let code_of =
        |answer: &create_partitions::Response| answer.results.first().map(|t| t.error_code);
    let Some((_, code)) = insist(scene, &request, code_of).await else { return };
    match code {
        // The second time it has that many already.
        Some(ErrorCode::None | ErrorCode::InvalidPartitions) => {
            scene.note(|| format!("extended {name} to {count}"));
            if let Some(topic) = scene.model.borrow_mut().topics.get_mut(&id) {
                topic.partitions = count;
            }
        }
        code => scene.violated(format!("{name} cannot be extended: {code:?}")),
    }
}

async fn topics_of(
    scene: &Rc<Scene>,
    connection: &Connection,
) -> Result<Vec<metadata::response::MetadataResponseTopic>, Lost> {
    let answer = connection.call(&metadata::Request { topics: None, ..Default::default() }).await?;
    if answer.error_code != 0 {
        scene.violated(format!("Metadata fails with error {}", answer.error_code));
    }
    Ok(answer.topics)
}

/// Compares the topics that are there with those that must be.
pub(super) async fn look(scene: &Rc<Scene>) -> Result<(), Lost> {
    let connection = Connection::try_open(scene).await?;
    let there = topics_of(scene, &connection).await?;
    let model = scene.model.borrow();
    for (id, known) in &model.topics {
        let found = there.iter().find(|topic| topic.topic_id == *id);
        let outcome = match (known.existence, found) {
            (Existence::Live, None) => Err("is gone".to_owned()),
            (Existence::Live, Some(topic)) => {
                let count = topic.partitions.len() as i32;
                match (known.partitions..=known.partitions_max).contains(&count) {
                    true => Ok(()),
                    false => Err(format!("has {count} partitions")),
                }
            }
            (Existence::Deleted, Some(_)) => Err("is there, though it was deleted".to_owned()),
            (Existence::Deleting, _) | (Existence::Deleted, None) => Ok(()),
        };
        scene.check(outcome.map_err(|what| format!("{id} {known:?} {what}")));
    }
    Ok(())
}
