//! A coordinator that takes over from one that was killed.

use super::bench::*;
use crate::coordinators::coordinator::*;
use crate::coordinators::transactions::*;
use crate::metadata::Image;
use std::sync::Arc;

#[test]
fn nothing_is_answered_before_the_log_is_read() {
    let lead = Lead { index: 0, epoch: 1, image: Arc::new(Image::empty("test")) };
    let mut partition = TransactionPartition::new(&TransactionConfig::default(), lead);
    let now = Now { wall_ms: 1, steady_ms: 1 };
    let list = Request::List(ListTransactions::default());
    let output = partition.handle(RequestToken(1), list, now);
    assert_eq!(output.replies, [(RequestToken(1), refused(TransactionError::Loading))]);
    assert_eq!(partition.next_deadline(), None);
}

/// Coordinator killed between marker writes, or between the decision and the last record: the next
/// one writes all markers again, the same ones, until the transaction is over.
#[test]
fn a_decision_is_carried_out_by_who_takes_over() {
    for committed in [true, false] {
        let mut bench = Bench::new();
        let producer = bench.producer();
        bench.add(producer, 2);
        bench.end(producer, committed, 2);
        let asked = bench.markers.clone();
        let mut again = bench.reloaded();
        assert_eq!(again.markers, asked);
        let mut third = again.reloaded();
        assert_eq!(third.markers, asked);
        third.write_markers();
        let over = if committed { State::CompleteCommit } else { State::CompleteAbort };
        assert_eq!(third.state(), over);
        assert!(third.reloaded().markers.is_empty());
        // Who was told of the decision by nobody asks again.
        again.write_markers();
        assert!(matches!(again.end(producer, committed, 2), Reply::Ended(_)));
    }
}

/// Markers that were written for another decision, or another coordinator, end nothing.
#[test]
fn a_transaction_is_over_by_its_own_markers_only() {
    let mut bench = Bench::new();
    let producer = bench.producer();
    bench.add(producer, 2);
    bench.end(producer, true, 2);
    let Command::WriteMarkers { marker, .. } = bench.markers[0].clone();
    for wrong in [
        EndMarker { committed: false, ..marker },
        EndMarker { producer_epoch: marker.producer_epoch + 1, ..marker },
        EndMarker { coordinator_epoch: EPOCH - 1, ..marker },
    ] {
        let told = Request::MarkersWritten { transactional_id: ID.into(), marker: wrong };
        assert_eq!(bench.ask_now(told), Reply::Noted);
        assert_eq!(bench.state(), State::PrepareCommit);
    }
}

#[test]
fn the_last_record_is_written_later_if_it_is_refused() {
    let mut bench = Bench::new();
    let producer = bench.producer();
    bench.add(producer, 2);
    bench.end(producer, true, 2);
    bench.hold = true;
    bench.write_markers();
    bench.refuse(AppendFailure::Unavailable);
    assert_eq!(bench.state(), State::PrepareCommit);
    bench.pass(10_000);
    assert_eq!(bench.state(), State::CompleteCommit);
}

#[test]
fn everyone_who_waits_is_sent_elsewhere() {
    let mut bench = Bench::new();
    let producer = bench.producer();
    bench.hold = true;
    let token = bench.ask(Request::Add(partitions(producer, 2)));
    let replies = bench.partition.unload();
    assert_eq!(replies, [(token, refused(TransactionError::NotCoordinator))]);
}

#[test]
fn records_are_kafkas() {
    let mut bench = Bench::with(TransactionConfig::default(), 0, &[]);
    let producer = bench.producer();
    bench.add(producer, 0);
    assert_eq!(bench.log[0].key, [0, 0, 0, 2, b'i', b'd']);
    let mut value = vec![0, 0];
    value.extend(101i64.to_be_bytes());
    value.extend(0i16.to_be_bytes());
    value.extend(TIMEOUT_MS.to_be_bytes());
    value.push(0);
    value.extend((-1i32).to_be_bytes());
    value.extend(bench.now.wall_ms.to_be_bytes());
    value.extend((-1i64).to_be_bytes());
    assert_eq!(bench.log[0].value.as_ref(), Some(&value));
    let ongoing = bench.log[1].value.clone().unwrap();
    assert_eq!(ongoing[16], State::Ongoing.id() as u8);
    assert_eq!(ongoing[17..21], 1i32.to_be_bytes());
    assert_eq!(ongoing[21..24], [0, 1, b't']);
    assert_eq!(ongoing[24..36], [0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 1]);
}

#[test]
fn records_of_other_sorts_are_left_alone_and_broken_ones_named() {
    let lead = Lead { index: 0, epoch: 1, image: Arc::new(Image::empty("test")) };
    let mut partition = TransactionPartition::new(&TransactionConfig::default(), lead);
    assert_eq!(partition.replay(&[0x7f, 0xff], Some(&[0, 0]), None), Ok(()));
    assert!(partition.replay(&[0, 0, 0, 9, b'g'], None, None).is_err());
    assert!(partition.replay(&[0, 0, 0, 1, b'g'], Some(&[0, 0, 0]), None).is_err());
    assert!(partition.replay(&[], None, None).is_err());
}
