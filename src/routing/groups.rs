//! Questions to the coordinators of groups, wherever they live.
//!
//! Lives on: the asking core; the coordinator answers on the core that owns its partition.
//! Promise: every question is answered; a group of another node, or of no partition yet, is
//! refused.
//! Read next: ../hosting/groups.rs, ../coordinators/groups/mod.rs.

use std::collections::BTreeMap;
use std::rc::Rc;

use shards::units::{PartitionId, ShardId};

use super::{Local, together};
use crate::broker::Broker;
use crate::coordinators::groups::{GroupError, Reply, Request, partition_for};
use crate::handlers::topics::CONSUMER_OFFSETS;

/// The partition that holds a group, if there is one.
fn partition_of(broker: &Broker, group_id: &str) -> Option<i32> {
    let image = broker.image();
    let topic = image.topics.by_name(CONSUMER_OFFSETS)?;
    let count = u32::try_from(topic.partitions.len()).ok().filter(|count| *count > 0)?;
    i32::try_from(partition_for(group_id, count)).ok()
}

/// The core that owns a partition which this node leads.
fn owner_of(broker: &Broker, index: i32) -> Result<ShardId, GroupError> {
    let image = broker.image();
    let topic = image.topics.by_name(CONSUMER_OFFSETS).ok_or(GroupError::NotCoordinator)?;
    let led_here =
        topic.partitions.get(&index).is_some_and(|partition| broker.is_self(partition.leader));
    if !led_here {
        return Err(GroupError::NotCoordinator);
    }
    // Its core is still opening it.
    let partition = PartitionId { topic: topic.id, index };
    broker.routing.owner(partition).ok_or(GroupError::Loading)
}

/// Asks the coordinator of a group.
pub async fn ask(broker: &Rc<Broker>, group_id: &str, request: Request) -> Reply {
    match partition_of(broker, group_id) {
        Some(index) => ask_partition(broker, index, request).await,
        None => Reply::Refused(GroupError::NotCoordinator),
    }
}

async fn ask_partition(broker: &Rc<Broker>, index: i32, request: Request) -> Reply {
    let owner = match owner_of(broker, index) {
        Ok(owner) => owner,
        Err(error) => return Reply::Refused(error),
    };
    let answer = move |on: Rc<Broker>| -> Local<Reply> {
        Box::pin(async move { on.groups.ask(index, request).await })
    };
    broker.run_on(owner, answer).await
}

/// Asks each group's coordinator, once for all its groups. Gives the replies with the groups they
/// are about.
pub async fn ask_each(
    broker: &Rc<Broker>,
    group_ids: Vec<String>,
    question: fn(Vec<String>) -> Request,
) -> Vec<(Reply, Vec<String>)> {
    let mut by_partition: BTreeMap<Option<i32>, Vec<String>> = BTreeMap::new();
    for group_id in group_ids {
        by_partition.entry(partition_of(broker, &group_id)).or_default().push(group_id);
    }
    let ask = |(index, group_ids): (Option<i32>, Vec<String>)| -> Local<(Reply, Vec<String>)> {
        let broker = broker.clone();
        Box::pin(async move {
            let reply = match index {
                Some(index) => ask_partition(&broker, index, question(group_ids.clone())).await,
                None => Reply::Refused(GroupError::NotCoordinator),
            };
            (reply, group_ids)
        })
    };
    together(by_partition.into_iter().map(ask).collect()).await
}

/// Asks all coordinators of this node.
pub async fn ask_all(broker: &Rc<Broker>, request: Request) -> Vec<Reply> {
    let answer = move |on: Rc<Broker>| -> Local<Vec<Reply>> {
        let request = request.clone();
        Box::pin(async move { on.groups.ask_all(&request).await })
    };
    broker.run_on_all(answer).await.into_iter().flatten().collect()
}
