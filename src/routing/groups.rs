//! Questions to the coordinators of groups, wherever they live.
//!
//! Lives on: the asking core; the coordinator answers on the core that owns its partition.
//! Promise: every question is answered; a group of another node, or of no partition yet, is
//! refused.
//! Read next: ../hosting/groups.rs, ../coordinators/groups/mod.rs.

use std::collections::BTreeMap;
use std::rc::Rc;

use shards::units::{PartitionId, ShardId};

use super::Local;
use super::scatter::scatter;
use crate::broker::Core;
use crate::coordinators::groups::{GroupError, Reply, Request, partition_for};
use crate::metadata::topic_name::CONSUMER_OFFSETS;

/// The partition that holds a group, if there is one.
pub fn partition_of(broker: &Core, group_id: &str) -> Option<i32> {
    let image = broker.image();
    let topic = image.topics.by_name(CONSUMER_OFFSETS)?;
    let count = u32::try_from(topic.partitions.len()).ok().filter(|count| *count > 0)?;
    i32::try_from(partition_for(group_id, count)).ok()
}

/// A partition which this node leads, and the core that owns it.
fn place(broker: &Core, index: Option<i32>) -> Result<(ShardId, PartitionId), GroupError> {
    let index = index.ok_or(GroupError::NotCoordinator)?;
    let image = broker.image();
    let topic = image.topics.by_name(CONSUMER_OFFSETS).ok_or(GroupError::NotCoordinator)?;
    let led_here =
        topic.partitions.get(&index).is_some_and(|partition| broker.is_self(partition.leader));
    if !led_here {
        return Err(GroupError::NotCoordinator);
    }
    // Its core is still opening it.
    let partition = PartitionId { topic: topic.id, index };
    let owner = broker.routing.owner(partition).ok_or(GroupError::Loading)?;
    Ok((owner, partition))
}

/// Asks the coordinator of a group.
pub async fn ask(broker: &Rc<Core>, group_id: &str, request: Request) -> Reply {
    let (owner, partition) = match place(broker, partition_of(broker, group_id)) {
        Ok(placed) => placed,
        Err(error) => return Reply::Refused(error),
    };
    let answer = move |on: Rc<Core>| -> Local<Reply> {
        Box::pin(async move { on.groups.ask(partition.index, request).await })
    };
    broker.run_on(owner, answer).await
}

/// Asks each group's coordinator its own question. The replies are in the order of the questions.
pub async fn ask_many(broker: &Rc<Core>, questions: Vec<(String, Request)>) -> Vec<Reply> {
    let place = |(group_id, request): (String, Request)| (partition_of(broker, &group_id), request);
    ask_partitions(broker, questions.into_iter().map(place).collect()).await
}

/// Asks each group's coordinator, once for all its groups. Gives the replies with the groups they
/// are about.
pub async fn ask_each(
    broker: &Rc<Core>,
    group_ids: Vec<String>,
    question: fn(Vec<String>) -> Request,
) -> Vec<(Reply, Vec<String>)> {
    let mut by_partition: BTreeMap<Option<i32>, Vec<String>> = BTreeMap::new();
    for group_id in group_ids {
        by_partition.entry(partition_of(broker, &group_id)).or_default().push(group_id);
    }
    let ask =
        |(index, group_ids): (&Option<i32>, &Vec<String>)| (*index, question(group_ids.clone()));
    let replies = ask_partitions(broker, by_partition.iter().map(ask).collect()).await;
    replies.into_iter().zip(by_partition.into_values()).collect()
}

/// One hop to each core, however many questions there are for it.
async fn ask_partitions(broker: &Rc<Core>, questions: Vec<(Option<i32>, Request)>) -> Vec<Reply> {
    let mut replies: Vec<Option<Reply>> = Vec::with_capacity(questions.len());
    let mut placed = Vec::with_capacity(questions.len());
    for (index, request) in questions {
        match place(broker, index) {
            Ok((owner, partition)) => {
                placed.push((owner, partition, request));
                replies.push(None);
            }
            Err(error) => replies.push(Some(Reply::Refused(error))),
        }
    }
    let mut answers = scatter(broker, placed, answer).await.into_iter();
    replies.into_iter().filter_map(|reply| reply.or_else(|| answers.next())).collect()
}

fn answer(on: Rc<Core>, questions: Vec<(PartitionId, Request)>) -> Local<Vec<Reply>> {
    Box::pin(async move { on.groups.ask_many(questions).await })
}

/// Asks all coordinators of this node.
pub async fn ask_all(broker: &Rc<Core>, request: Request) -> Vec<Reply> {
    let answer = move |on: Rc<Core>| -> Local<Vec<Reply>> {
        let request = request.clone();
        Box::pin(async move { on.groups.ask_all(&request).await })
    };
    broker.run_on_all(answer).await.into_iter().flatten().collect()
}
