//! Takes what this core's leaders want changed of their in-sync replicas to the controller, and its
//! answers back; keeps, now and then, what a crash would take of logs that other nodes have too.
//!
//! Lives on: each core, for its own partitions. Decided elsewhere: by the replica what is wanted
//! (`shards::replica`), by the controller what is done (../controller/alter_partition.rs). Promise:
//! one change of a partition is under way at a time; an answer that is lost is asked for again.
//! Limits: limits::IN_SYNC_RETRY. Read next: publisher.rs, which brings what the metadata says.

use std::rc::Rc;
use std::time::Duration;

use shards::clock::sleep;
use shards::io::{spawn, yield_now};
use shards::log::Log;
use shards::replica::{Answer, Proposal};
use shards::units::{LeaderEpoch, NodeId, PartitionId};

use crate::broker::Core;
use crate::controller::alter_partition::{InSync, InSyncChange, NotAltered};
use crate::controller::{Cause, Refusal};
use crate::limits::IN_SYNC_RETRY;

/// A proposal is looked for so often within the time that a follower may lag.
const LOOKS_PER_LAG: u64 = 2;

/// Looks for followers that have fallen behind, for ever.
pub async fn look_for_lag(broker: Rc<Core>) {
    let lag_ms = broker.config.log.replica_lag_ms_max;
    loop {
        sleep(Duration::from_millis((lag_ms / LOOKS_PER_LAG).max(1))).await;
        for log in broker.store.partitions().into_iter().filter(Log::is_shared) {
            if let Some(proposal) = log.look_for_lag() {
                propose(&broker, &log, proposal);
            }
            yield_now().await;
        }
    }
}

/// Keeps high watermarks and the starts of epochs, for ever.
pub async fn checkpoint(broker: Rc<Core>) {
    let interval_ms = broker.config.log.high_watermark_interval_ms.max(1);
    loop {
        sleep(Duration::from_millis(interval_ms)).await;
        broker.store.checkpoint_replicas().await;
    }
}

/// Asks the controller for a change, and for what follows from its answer.
pub fn propose(broker: &Rc<Core>, log: &Log, proposal: Proposal) {
    let (broker, log) = (broker.clone(), log.clone());
    drop(spawn(async move {
        let mut next = Some(proposal);
        while let Some(proposal) = next {
            let answer = ask(&broker, log.id(), &proposal).await;
            if answer == Answer::Lost {
                sleep(IN_SYNC_RETRY).await;
            }
            next = log.note_answer(&answer);
        }
    }));
}

async fn ask(broker: &Rc<Core>, id: PartitionId, proposal: &Proposal) -> Answer {
    let change = InSyncChange {
        topic: id.topic,
        partition: id.index,
        leader_epoch: proposal.leader_epoch.0,
        partition_epoch: proposal.partition_epoch,
        in_sync: proposal.in_sync.iter().map(|(node, epoch)| (node.0, *epoch)).collect(),
    };
    let node_id = broker.config.node_id;
    // Of the registration that this node leads under: it is in the image that made it lead.
    let epoch = broker.image().cluster.broker(node_id).map(|known| known.epoch());
    let Some(epoch) = epoch else { return Answer::Superseded };
    let decided = broker
        .control(move |controller, _| Ok(controller.alter_in_sync(node_id, epoch, &change)))
        .await;
    let answer = answer_of(decided);
    tracing::debug!(partition = %id, ?proposal, ?answer, "in-sync replicas");
    answer
}

/// As Kafka's Partition.handleAlterPartitionError has it.
fn answer_of(decided: Result<Result<InSync, NotAltered>, Refusal>) -> Answer {
    match decided {
        Ok(Ok(InSync { leader_epoch, partition_epoch, in_sync })) => Answer::Accepted {
            leader_epoch: LeaderEpoch(leader_epoch),
            partition_epoch,
            in_sync: in_sync.into_iter().map(NodeId).collect(),
        },
        Ok(Err(NotAltered::Ineligible(_))) => Answer::Rejected,
        Ok(Err(NotAltered::StaleBroker | NotAltered::ControllerBehind)) => Answer::Lost,
        Ok(Err(_)) => Answer::Superseded,
        // The log of the metadata is gone: nobody decides any more on this node.
        Err(Refusal { cause: Cause::LogFailed, .. }) => Answer::Superseded,
        Err(_) => Answer::Lost,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_leader_makes_of_an_answer() {
        let refused = |refused| answer_of(Ok(Err(refused)));
        assert_eq!(refused(NotAltered::Ineligible(3)), Answer::Rejected);
        assert_eq!(refused(NotAltered::ControllerBehind), Answer::Lost);
        assert_eq!(refused(NotAltered::FencedLeaderEpoch), Answer::Superseded);
        assert_eq!(refused(NotAltered::OldPartitionEpoch), Answer::Superseded);
        assert_eq!(answer_of(Err(Refusal::plain(Cause::NotReady))), Answer::Lost);
        let done = InSync { leader_epoch: 4, partition_epoch: 8, in_sync: vec![1] };
        let told = Answer::Accepted {
            leader_epoch: LeaderEpoch(4),
            partition_epoch: 8,
            in_sync: vec![NodeId(1)],
        };
        assert_eq!(answer_of(Ok(Ok(done))), told);
    }
}
