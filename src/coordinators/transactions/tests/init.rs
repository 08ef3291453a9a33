//! InitProducerId: new producers, fencing, retries.

use super::bench::*;
use crate::coordinators::coordinator::ProducerEpoch;
use crate::coordinators::transactions::*;

#[test]
fn each_producer_with_the_id_gets_a_newer_epoch() {
    let mut bench = Bench::new();
    assert_eq!(bench.producer(), ProducerEpoch { id: 101, epoch: 0 });
    assert_eq!(bench.producer(), ProducerEpoch { id: 101, epoch: 1 });
    assert_eq!(bench.next_producer_id, 101, "one id for all of them");
}

/// Two producers with one id: the older one is fenced in whatever it asks for.
#[test]
fn of_two_producers_with_one_id_the_older_is_fenced() {
    let mut bench = Bench::new();
    let old = bench.producer();
    let new = bench.producer();
    for version in [0, 2] {
        assert_eq!(bench.add(old, version), refused(TransactionError::Fenced));
        assert_eq!(bench.end(old, true, version), refused(TransactionError::Fenced));
    }
    let verify = Request::Verify(partitions(old, 0));
    assert_eq!(bench.ask_now(verify), refused(TransactionError::Fenced));
    assert_eq!(bench.init(Some(old)), refused(TransactionError::Fenced));
    assert_eq!(bench.add(new, 2), Reply::Added);
    let other = ProducerEpoch { id: new.id + 1, ..new };
    assert_eq!(bench.add(other, 2), refused(TransactionError::UnknownMapping));
    assert_eq!(bench.end(other, true, 2), refused(TransactionError::UnknownMapping));
}

/// InitProducerId while a transaction is open: CONCURRENT_TRANSACTIONS until it is aborted, then
/// success; the old producer is fenced from the first moment.
#[test]
fn a_new_producer_waits_until_the_open_transaction_is_aborted() {
    for version in [0, 1, 2] {
        let mut bench = Bench::with(TransactionConfig::default(), version, &[]);
        let old = bench.producer();
        bench.add(old, 0);
        assert_eq!(bench.init(None), refused(TransactionError::Concurrent));
        assert_eq!(bench.state(), State::PrepareAbort);
        assert_eq!(bench.end(old, true, 0), refused(TransactionError::Fenced));
        assert_eq!(bench.init(None), refused(TransactionError::Concurrent));
        let Command::WriteMarkers { marker, partitions, .. } = bench.markers[0].clone();
        assert_eq!((marker.producer_id, marker.producer_epoch), (old.id, old.epoch + 1));
        assert_eq!((marker.committed, marker.coordinator_epoch), (false, EPOCH));
        assert_eq!(partitions.len(), 2);
        bench.write_markers();
        assert_eq!(bench.state(), State::CompleteAbort);
        let new = bench.producer();
        assert_eq!(new, ProducerEpoch { id: old.id, epoch: old.epoch + 2 });
        assert_eq!(bench.add(old, 2), refused(TransactionError::Fenced));
    }
}

/// A zombie that asks for a newer epoch does not abort the transaction of its successor.
#[test]
fn a_zombie_that_begins_anew_leaves_the_open_transaction_alone() {
    let mut bench = Bench::new();
    let old = bench.producer();
    let new = bench.producer();
    bench.add(new, 2);
    assert_eq!(bench.init(Some(old)), refused(TransactionError::Fenced));
    assert_eq!(bench.state(), State::Ongoing);
    assert_eq!(bench.init(Some(new)), refused(TransactionError::Concurrent), "its own is aborted");
    assert_eq!(bench.state(), State::PrepareAbort);
}

/// KIP-360: a producer raises its own epoch, and asks again when the answer was lost.
#[test]
fn a_producer_may_raise_its_own_epoch_and_ask_again() {
    let mut bench = Bench::new();
    let first = bench.producer();
    let raised = bench.init(Some(first));
    assert_eq!(raised, Reply::Initialized(ProducerEpoch { epoch: first.epoch + 1, ..first }));
    assert_eq!(bench.init(Some(first)), raised, "the answer was lost");
    bench.producer();
    assert_eq!(bench.init(Some(first)), refused(TransactionError::Fenced));
}

/// An id that expired comes with what the client was: it begins anew.
#[test]
fn a_producer_of_an_expired_id_gets_a_new_one() {
    let mut bench = Bench::new();
    let before = ProducerEpoch { id: 7, epoch: 9 };
    assert_eq!(bench.init(Some(before)), Reply::Initialized(ProducerEpoch { id: 101, epoch: 0 }));
}

#[test]
fn epochs_that_are_used_up_make_a_new_producer_id() {
    let mut bench = Bench::new();
    let mut last = bench.producer();
    while last.epoch < i16::MAX - 1 {
        last = bench.producer();
    }
    let rotated = ProducerEpoch { id: 102, epoch: 0 };
    assert_eq!(bench.init(Some(last)), Reply::Initialized(rotated));
    // The same again after a lost answer: the old id is known still.
    let again = ProducerEpoch { epoch: 0, ..rotated };
    assert_eq!(bench.init(Some(last)), Reply::Initialized(again));
}

#[test]
fn what_cannot_be_is_refused() {
    let mut bench = Bench::new();
    let request = |id: &str, timeout_ms, is_two_phase| {
        Request::Init(InitProducer {
            transactional_id: id.into(),
            timeout_ms,
            is_two_phase,
            expected: None,
            fresh_producer_id: Some(1),
        })
    };
    for (request, error) in [
        (request("", 1, false), TransactionError::InvalidRequest),
        (request("a", 0, false), TransactionError::InvalidTimeout),
        (request("a", 900_001, false), TransactionError::InvalidTimeout),
        (request("a", 1, true), TransactionError::TwoPhaseDisabled),
    ] {
        assert_eq!(bench.ask_now(request), refused(error));
    }
    assert!(bench.log.is_empty());
}

#[test]
fn ids_are_bounded_in_bytes_and_free_again_when_they_go() {
    let mut bench = Bench::new();
    let begin = |number: usize| {
        Request::Init(InitProducer {
            transactional_id: format!("{number:0>16384}"),
            timeout_ms: 1,
            is_two_phase: false,
            expected: None,
            fresh_producer_id: Some(1),
        })
    };
    for number in 0..4 {
        assert!(matches!(bench.ask_now(begin(number)), Reply::Initialized(_)));
    }
    assert_eq!(bench.ask_now(begin(4)), refused(TransactionError::LimitReached));
    assert!(matches!(bench.ask_now(begin(3)), Reply::Initialized(_)), "one that is known");
    bench.pass(8 * 24 * 3_600_000);
    assert!(matches!(bench.ask_now(begin(4)), Reply::Initialized(_)));
}

#[test]
fn an_id_whose_first_record_is_refused_is_not_known() {
    let mut bench = Bench::new();
    bench.hold = true;
    let first = Request::Init(InitProducer {
        transactional_id: ID.into(),
        timeout_ms: 1,
        is_two_phase: false,
        expected: None,
        fresh_producer_id: Some(1),
    });
    let token = bench.ask(first.clone());
    assert_eq!(bench.ask_now(first), refused(TransactionError::Concurrent));
    let failure = crate::coordinators::coordinator::AppendFailure::NotLeader;
    bench.refuse(failure);
    assert_eq!(bench.replies.remove(&token), Some(refused(TransactionError::Append(failure))));
    assert!(bench.partition.transactions().is_empty());
    assert_eq!(bench.producer().epoch, 0);
}
