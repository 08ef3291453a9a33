//! EndTxn: decisions, retries, and what comes too late.

use super::bench::*;
use crate::coordinators::coordinator::{AppendFailure, ProducerEpoch};
use crate::coordinators::transactions::*;

fn raised(producer: ProducerEpoch) -> ProducerEpoch {
    ProducerEpoch { epoch: producer.epoch + 1, ..producer }
}

#[test]
fn a_transaction_is_decided_before_its_markers_and_over_after_them() {
    for committed in [true, false] {
        let mut bench = Bench::new();
        let producer = bench.producer();
        assert_eq!(bench.add(producer, 2), Reply::Added);
        assert_eq!(bench.state(), State::Ongoing);
        bench.hold = true;
        let request = EndTransaction {
            transactional_id: ID.into(),
            producer,
            committed,
            version: 2,
            fresh_producer_id: None,
        };
        let token = bench.ask(Request::End(request));
        assert!(bench.markers.is_empty(), "nothing is told before the decision is durable");
        assert!(!bench.replies.contains_key(&token));
        bench.release();
        assert_eq!(bench.replies.remove(&token), Some(Reply::Ended(raised(producer))));
        let Command::WriteMarkers { marker, .. } = bench.markers[0].clone();
        assert_eq!((marker.committed, marker.producer_epoch), (committed, producer.epoch + 1));
        assert_eq!(bench.add(raised(producer), 2), refused(TransactionError::Concurrent));
        bench.write_markers();
        let over = if committed { State::CompleteCommit } else { State::CompleteAbort };
        assert_eq!(bench.state(), over);
        assert_eq!(bench.add(raised(producer), 2), Reply::Added);
    }
}

/// A retried EndTxn is told the same again, at any time until the next transaction begins.
#[test]
fn a_retried_end_is_answered_as_the_first_time() {
    let mut bench = Bench::new();
    let producer = bench.producer();
    bench.add(producer, 2);
    let ended = bench.end(producer, true, 2);
    assert_eq!(bench.end(producer, true, 2), refused(TransactionError::Concurrent));
    assert_eq!(bench.end(producer, false, 2), refused(TransactionError::InvalidState));
    bench.write_markers();
    assert_eq!(bench.end(producer, true, 2), ended);
    assert_eq!(bench.end(producer, false, 2), refused(TransactionError::InvalidState));
    let records = bench.log.len();
    assert_eq!(bench.end(producer, true, 2), ended);
    assert_eq!(bench.log.len(), records, "a retry writes nothing");
}

/// KAFKA-17754: an end that was delayed hits the transaction after its own. With version 2 its
/// epoch gives it away.
#[test]
fn a_late_end_does_not_end_the_next_transaction() {
    let mut bench = Bench::new();
    let producer = bench.producer();
    bench.add(producer, 2);
    let Reply::Ended(next) = bench.end(producer, true, 2) else { panic!("not ended") };
    bench.write_markers();
    bench.add(next, 2);
    for committed in [true, false] {
        assert_eq!(bench.end(producer, committed, 2), refused(TransactionError::Fenced));
    }
    assert_eq!(bench.state(), State::Ongoing);
}

/// Until version 2 the epoch says nothing: such a client is answered by the state alone.
#[test]
fn clients_of_before_are_answered_by_the_state() {
    let mut bench = Bench::new();
    let producer = bench.producer();
    assert_eq!(bench.end(producer, true, 0), refused(TransactionError::InvalidState));
    bench.add(producer, 0);
    assert_eq!(bench.end(producer, false, 0), Reply::Ended(producer), "the epoch stays");
    assert_eq!(bench.end(producer, false, 0), refused(TransactionError::Concurrent));
    assert_eq!(bench.end(producer, true, 0), refused(TransactionError::InvalidState));
    bench.write_markers();
    assert_eq!(bench.end(producer, false, 0), Reply::Ended(producer));
    assert_eq!(bench.end(producer, true, 0), refused(TransactionError::InvalidState));
    let newer = raised(producer);
    assert_eq!(bench.end(newer, false, 0), refused(TransactionError::Fenced));
}

/// A client that does not know whether it wrote anything aborts, and is raised to a new epoch.
#[test]
fn an_abort_without_partitions_raises_the_epoch() {
    let mut bench = Bench::new();
    let mut producer = bench.producer();
    for _ in 0..3 {
        assert_eq!(bench.end(producer, true, 2), refused(TransactionError::InvalidState));
        assert_eq!(bench.end(producer, false, 2), Reply::Ended(raised(producer)));
        assert!(bench.markers.is_empty());
        assert_eq!(bench.state(), State::CompleteAbort);
        producer = raised(producer);
    }
}

#[test]
fn the_last_epoch_ends_in_a_new_producer_id_also_for_who_asks_again() {
    let mut bench = Bench::new();
    let mut producer = bench.producer();
    while producer.epoch < i16::MAX - 1 {
        producer = bench.producer();
    }
    bench.add(producer, 2);
    let next = ProducerEpoch { id: 102, epoch: 0 };
    assert_eq!(bench.end(producer, true, 2), Reply::Ended(next));
    let Command::WriteMarkers { marker, .. } = bench.markers[0].clone();
    assert_eq!((marker.producer_id, marker.producer_epoch), (producer.id, i16::MAX));
    assert_eq!(bench.end(producer, true, 2), refused(TransactionError::Concurrent));
    bench.write_markers();
    assert_eq!(bench.end(producer, true, 2), Reply::Ended(next), "a retry");
    assert_eq!(bench.add(next, 2), Reply::Added);
    assert_eq!(bench.end(producer, true, 2), refused(TransactionError::UnknownMapping));
}

#[test]
fn a_refused_decision_leaves_the_transaction_open() {
    let mut bench = Bench::new();
    let producer = bench.producer();
    bench.add(producer, 2);
    bench.hold = true;
    bench.ask(Request::End(EndTransaction {
        transactional_id: ID.into(),
        producer,
        committed: true,
        version: 2,
        fresh_producer_id: None,
    }));
    assert_eq!(bench.add(producer, 2), refused(TransactionError::Concurrent));
    bench.refuse(AppendFailure::Unavailable);
    assert_eq!(bench.state(), State::Ongoing);
    assert!(bench.markers.is_empty());
    assert_eq!(bench.end(producer, false, 2), Reply::Ended(raised(producer)));
}

#[test]
fn partitions_that_are_part_of_a_transaction_are_told_from_others() {
    let mut bench = Bench::new();
    let producer = bench.producer();
    bench.add(producer, 0);
    let mut asked = partitions(producer, 0);
    asked.partitions.push(("u".into(), 0));
    let outside = Err(TransactionError::Abortable);
    let verified = Reply::Verified(vec![Ok(()), Ok(()), outside]);
    assert_eq!(bench.ask_now(Request::Verify(asked)), verified);
    bench.end(producer, true, 0);
    let asked = Request::Verify(partitions(producer, 0));
    assert_eq!(bench.ask_now(asked.clone()), refused(TransactionError::Concurrent));
    bench.write_markers();
    assert_eq!(bench.ask_now(asked), Reply::Verified(vec![outside, outside]));
}
