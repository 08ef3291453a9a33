//! Transactions from frame to frame, on a node of two cores: their coordinators, the markers, the
//! offsets of groups.

use super::cores::{call, loaded, on_node, refollow};
use crate::broker::Core;
use crate::coordinators::coordinator::ProducerEpoch;
use crate::coordinators::transactions::{
    EndTransaction, InitProducer, Reply, Request, State, TransactionError,
};
use crate::protocol::*;
use crate::routing::Local;
use crate::routing::transactions::{ask, ask_all};
use shards::io::executor;
use std::rc::Rc;

const GROUP: &str = "group";

async fn producer(broker: &Rc<Core>, id: &str, fresh: i64) -> ProducerEpoch {
    let request = || InitProducer {
        transactional_id: id.into(),
        timeout_ms: 60_000,
        is_two_phase: false,
        expected: None,
        fresh_producer_id: Some(fresh),
    };
    loop {
        match ask(broker, id, Request::Init(request())).await {
            Reply::Initialized(producer) => return producer,
            Reply::Refused(TransactionError::Loading) => executor::yield_now().await,
            other => panic!("no producer: {other:?}"),
        }
    }
}

/// Commits offset 42 of partition 3 of "t" within the producer's transaction.
async fn commit_within(broker: &Rc<Core>, id: &str, producer: ProducerEpoch) -> i16 {
    let partition = txn_offset_commit::request::TxnOffsetCommitRequestPartition {
        partition_index: 3,
        committed_offset: 42,
        ..Default::default()
    };
    let topic = txn_offset_commit::request::TxnOffsetCommitRequestTopic {
        name: "t".into(),
        partitions: vec![partition],
        ..Default::default()
    };
    let request = txn_offset_commit::Request {
        transactional_id: id.into(),
        group_id: GROUP.into(),
        producer_id: producer.id,
        producer_epoch: producer.epoch,
        generation_id_or_member_epoch: -1,
        topics: vec![topic],
        ..Default::default()
    };
    call(broker, &request, 5).await.topics[0].partitions[0].error_code
}

/// The committed offset, or the code of a refusal.
async fn stable_offset(broker: &Rc<Core>) -> Result<i64, i16> {
    let topic = offset_fetch::request::OffsetFetchRequestTopics {
        name: "t".into(),
        partition_indexes: vec![3],
        ..Default::default()
    };
    let group = offset_fetch::request::OffsetFetchRequestGroup {
        group_id: GROUP.into(),
        topics: Some(vec![topic]),
        ..Default::default()
    };
    let request =
        offset_fetch::Request { groups: vec![group], require_stable: true, ..Default::default() };
    let response = call(broker, &request, 9).await;
    let partition = &response.groups[0].topics[0].partitions[0];
    match partition.error_code {
        0 => Ok(partition.committed_offset),
        code => Err(code),
    }
}

async fn end(broker: &Rc<Core>, id: &str, producer: ProducerEpoch, committed: bool) -> Reply {
    let request = EndTransaction {
        transactional_id: id.into(),
        producer,
        committed,
        version: 2,
        fresh_producer_id: None,
    };
    ask(broker, id, Request::End(request)).await
}

/// Until the markers are written.
async fn settled(broker: &Rc<Core>) -> Result<i64, i16> {
    loop {
        match stable_offset(broker).await {
            Err(code) if code == ErrorCode::UnstableOffsetCommit as i16 => {
                executor::yield_now().await;
            }
            settled => return settled,
        }
    }
}

async fn state(broker: &Rc<Core>, id: &str) -> State {
    loop {
        match ask(broker, id, Request::Describe(vec![id.into()])).await {
            Reply::Described(mut described) => return described.remove(0).unwrap().state,
            Reply::Refused(TransactionError::Loading) => executor::yield_now().await,
            other => panic!("not described: {other:?}"),
        }
    }
}

#[test]
fn offsets_within_transactions_count_as_these_end() {
    on_node(async |broker| {
        loaded(&broker).await;
        let unstable = ErrorCode::UnstableOffsetCommit as i16;
        for (number, committed) in [(1, false), (2, true), (3, false)] {
            let id = format!("id-{number}");
            let producer = producer(&broker, &id, number).await;
            assert_eq!(commit_within(&broker, &id, producer).await, 0);
            assert_eq!(stable_offset(&broker).await, Err(unstable));
            let ended = end(&broker, &id, producer, committed).await;
            let raised = ProducerEpoch { epoch: producer.epoch + 1, ..producer };
            assert_eq!(ended, Reply::Ended(raised));
            assert_eq!(settled(&broker).await, Ok(if number == 1 { -1 } else { 42 }));
            let fenced = ErrorCode::InvalidProducerEpoch as i16;
            assert_eq!(commit_within(&broker, &id, producer).await, fenced);
        }
    });
}

/// The coordinator is moved between prepare and complete: who takes over brings the transaction to
/// its end.
#[test]
fn a_coordinator_that_is_moved_carries_its_decisions_out() {
    on_node(async |broker| {
        loaded(&broker).await;
        let producer = producer(&broker, "id", 7).await;
        assert_eq!(commit_within(&broker, "id", producer).await, 0);
        let resign = |on: Rc<Core>| -> Local<()> {
            on.groups.resign_all();
            Box::pin(async {})
        };
        // Nobody takes the marker.
        broker.run_on_all(resign).await;
        assert!(matches!(end(&broker, "id", producer, true).await, Reply::Ended(_)));
        assert_eq!(state(&broker, "id").await, State::PrepareCommit);
        let move_away = |on: Rc<Core>| -> Local<()> {
            on.transactions.resign_all();
            Box::pin(async {})
        };
        broker.run_on_all(move_away).await;
        assert!(ask_all(&broker, Request::List(Default::default())).await.is_empty());
        refollow(&broker).await;
        loaded(&broker).await;
        while state(&broker, "id").await != State::CompleteCommit {
            executor::yield_now().await;
        }
        assert_eq!(settled(&broker).await, Ok(42));
    });
}
