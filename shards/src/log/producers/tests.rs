use super::*;
use crate::compression::Codec;
use crate::format::batch::{TimestampType, sequence_plus};
use crate::format::validate::TransactionEnd;

const NOW: i64 = 1_700_000_000_000;
const DAY: i64 = 86_400_000;

/// A batch of `count` records.
fn batch(id: i64, epoch: i16, base_sequence: i32, count: i32) -> BatchInfo {
    BatchInfo {
        range: 0..0,
        base_offset: 0,
        last_offset_delta: count - 1,
        count,
        leader_epoch: 0,
        codec: Codec::None,
        timestamp_type: TimestampType::CreateTime,
        max_timestamp: NOW,
        offset_delta_of_max_timestamp: count - 1,
        producer: Some(Producer {
            id,
            epoch,
            base_sequence,
            last_sequence: sequence_plus(base_sequence, count - 1),
        }),
        is_transactional: false,
        is_control: false,
        transaction_end: None,
    }
}

fn transactional(id: i64, base_sequence: i32, count: i32) -> BatchInfo {
    BatchInfo { is_transactional: true, ..batch(id, 0, base_sequence, count) }
}

fn end(id: i64, epoch: i16, coordinator_epoch: i32, aborted: bool) -> BatchInfo {
    let transaction_end = Some(TransactionEnd { aborted, coordinator_epoch });
    BatchInfo {
        is_transactional: true,
        is_control: true,
        transaction_end,
        ..batch(id, epoch, NO_SEQUENCE, 1)
    }
}

fn client(producers: &Producers, batch: &BatchInfo) -> Result<Choice, ProducerError> {
    producers.check(batch, Origin::Client)
}

/// Checks and applies at the end of the log. The coordinator knows of each transaction.
fn append(producers: &mut Producers, batch: &BatchInfo) -> Option<Completed> {
    let guard = batch.is_transactional.then(|| begin(producers, batch)).flatten();
    assert_eq!(producers.check(batch, with_guard(guard)), Ok(Choice::Append));
    producers.apply(batch, producers.end_offset())
}

fn with_guard(guard: Option<VerificationGuard>) -> Claim {
    let proof = guard.map_or(Proof::Missing, Proof::Verified);
    Claim { proof, ..Claim::from(Origin::Client) }
}

fn begin(producers: &mut Producers, batch: &BatchInfo) -> Option<VerificationGuard> {
    begin_as(producers, batch, TransactionVersion::V1)
}

fn begin_as(
    producers: &mut Producers,
    batch: &BatchInfo,
    version: TransactionVersion,
) -> Option<VerificationGuard> {
    let producer = batch.producer.unwrap();
    let first = FirstBatch {
        producer_id: producer.id,
        producer_epoch: producer.epoch,
        base_sequence: producer.base_sequence,
        version,
    };
    producers.begin_verification(&first, NOW).unwrap()
}

fn marker(version: TransactionVersion) -> Claim {
    Claim { version, ..Claim::from(Origin::Internal) }
}

#[test]
fn sequences_must_follow() {
    let mut producers = Producers::new(0);
    append(&mut producers, &batch(1, 0, 0, 3));
    append(&mut producers, &batch(1, 0, 3, 2));
    let gap = client(&producers, &batch(1, 0, 6, 1));
    assert_eq!(gap, Err(ProducerError::OutOfOrder { id: 1, sequence: 6, last: 4 }));
    // Another range that overlaps is no duplicate.
    let overlap = client(&producers, &batch(1, 0, 3, 1));
    assert_eq!(overlap, Err(ProducerError::OutOfOrder { id: 1, sequence: 3, last: 4 }));
    assert_eq!(producers.end_offset(), 5);
}

#[test]
fn an_unknown_producer_may_begin_anywhere() {
    let mut producers = Producers::new(0);
    append(&mut producers, &batch(1, 3, 700, 1));
    append(&mut producers, &batch(1, 3, 701, 1));
    assert_eq!(producers.len(), 1);
}

#[test]
fn the_last_five_batches_are_recognized() {
    let mut producers = Producers::new(100);
    for index in 0..6 {
        append(&mut producers, &batch(1, 0, index * 10, 10));
    }
    for index in 1..6i32 {
        let base_offset = 100 + i64::from(index) * 10;
        let original = Original { base_offset, last_offset: base_offset + 9, timestamp: NOW };
        let found = client(&producers, &batch(1, 0, index * 10, 10));
        assert_eq!(found, Ok(Choice::Duplicate(original)));
    }
    let forgotten = client(&producers, &batch(1, 0, 0, 10));
    assert_eq!(forgotten, Err(ProducerError::OutOfOrder { id: 1, sequence: 0, last: 59 }));
}

#[test]
fn sequences_wrap() {
    let mut producers = Producers::new(0);
    append(&mut producers, &batch(1, 0, i32::MAX - 1, 4));
    let original = Original { base_offset: 0, last_offset: 3, timestamp: NOW };
    let again = client(&producers, &batch(1, 0, i32::MAX - 1, 4));
    assert_eq!(again, Ok(Choice::Duplicate(original)));
    append(&mut producers, &batch(1, 0, 2, 1));
    let mut producers = Producers::new(0);
    append(&mut producers, &batch(1, 0, i32::MAX, 1));
    append(&mut producers, &batch(1, 0, 0, 1));
}

#[test]
fn a_new_epoch_begins_at_zero_and_fences_the_old() {
    let mut producers = Producers::new(0);
    append(&mut producers, &batch(1, 4, 0, 3));
    let later = client(&producers, &batch(1, 5, 3, 1));
    assert_eq!(later, Err(ProducerError::EpochNotFromZero { id: 1, epoch: 5, sequence: 3 }));
    append(&mut producers, &batch(1, 5, 0, 1));
    let old = client(&producers, &batch(1, 4, 3, 1));
    assert_eq!(old, Err(ProducerError::Fenced { id: 1, epoch: 4, current: 5 }));
    // What was sent in the old epoch is no duplicate any more.
    assert!(client(&producers, &batch(1, 4, 0, 3)).is_err());
}

#[test]
fn coordinators_are_not_held_to_sequences() {
    let mut producers = Producers::new(0);
    append(&mut producers, &batch(1, 0, 0, 1));
    assert_eq!(producers.check(&batch(1, 0, 9, 1), Origin::Internal), Ok(Choice::Append));
    let anonymous = BatchInfo { producer: None, ..batch(1, 0, 0, 1) };
    assert_eq!(client(&producers, &anonymous), Ok(Choice::Append));
    producers.apply(&anonymous, 1);
    assert_eq!((producers.end_offset(), producers.len()), (2, 1));
}

#[test]
fn transactions_hold_back_the_stable_offset() {
    let mut producers = Producers::new(0);
    append(&mut producers, &transactional(1, 0, 5));
    append(&mut producers, &transactional(2, 0, 5));
    append(&mut producers, &transactional(1, 5, 5));
    assert_eq!(producers.first_unstable_offset(), Some(0));
    let outside = client(&producers, &batch(1, 0, 10, 1));
    assert_eq!(outside, Err(ProducerError::TransactionOpen { id: 1 }));

    let marker = end(1, 0, 7, true);
    assert_eq!(producers.check(&marker, Origin::Internal), Ok(Choice::Append));
    let completed = producers.apply(&marker, 15).unwrap();
    let expected =
        Aborted { producer_id: 1, first_offset: 0, last_offset: 15, last_stable_offset: 5 };
    assert_eq!(completed.index_entry(), Some(expected));
    assert_eq!(producers.first_unstable_offset(), Some(0));
    producers.on_high_watermark(15);
    assert_eq!(producers.first_unstable_offset(), Some(0));
    producers.on_high_watermark(16);
    assert_eq!(producers.first_unstable_offset(), Some(5));

    let completed = producers.apply(&end(2, 0, 7, false), 16).unwrap();
    assert_eq!((completed.last_stable_offset, completed.index_entry()), (17, None));
    producers.on_high_watermark(17);
    assert_eq!(producers.first_unstable_offset(), None);
    append(&mut producers, &batch(1, 0, 10, 1));
}

#[test]
fn markers_check_both_epochs() {
    let mut producers = Producers::new(0);
    append(&mut producers, &transactional(1, 0, 1));
    producers.apply(&end(1, 1, 7, false), 1);
    let zombie = producers.check(&end(1, 1, 6, false), Origin::Internal);
    assert_eq!(zombie, Err(ProducerError::CoordinatorFenced { epoch: 6, current: 7 }));
    let fenced = producers.check(&end(1, 0, 8, false), Origin::Internal);
    assert_eq!(fenced, Err(ProducerError::Fenced { id: 1, epoch: 0, current: 1 }));
    // A marker without transaction completes nothing.
    assert_eq!(producers.apply(&end(1, 1, 8, true), 2), None);
}

#[test]
fn a_marker_of_version_2_has_a_later_epoch_or_is_a_repeat() {
    let mut producers = Producers::new(0);
    append(&mut producers, &transactional(1, 0, 1));
    let late = producers.check(&end(1, 0, 7, true), marker(TransactionVersion::V2));
    assert_eq!(late, Err(ProducerError::MarkerLate { id: 1, epoch: 0 }));
    let timely = end(1, 1, 7, true);
    assert_eq!(producers.check(&timely, marker(TransactionVersion::V2)), Ok(Choice::Append));
    assert!(producers.apply(&timely, 1).is_some());
    // Its answer was lost: it comes again, and ends nothing.
    assert_eq!(producers.check(&timely, marker(TransactionVersion::V2)), Ok(Choice::Append));
    assert_eq!(producers.apply(&timely, 2), None);
    let old = producers.check(&end(1, 0, 7, true), marker(TransactionVersion::V2));
    assert_eq!(old, Err(ProducerError::Fenced { id: 1, epoch: 0, current: 1 }));
}

/// KAFKA-14402: a batch that comes after the end of its transaction begins none.
#[test]
fn a_batch_begins_a_transaction_only_if_its_coordinator_was_asked() {
    let mut producers = Producers::new(0);
    let first = transactional(1, 0, 1);
    let refused = Err(ProducerError::NoTransaction { id: 1 });
    assert_eq!(client(&producers, &first), refused);
    let guard = begin(&mut producers, &first);
    assert!(guard.is_some());
    assert_eq!(client(&producers, &first), refused, "without its guard");
    assert_eq!(begin(&mut producers, &first), guard, "while it is on its way");
    assert_eq!(producers.check(&first, with_guard(guard)), Ok(Choice::Append));
    producers.apply(&first, 0);
    let second = transactional(1, 1, 1);
    assert_eq!(begin(&mut producers, &second), None, "the transaction is open");
    assert_eq!(client(&producers, &second), Ok(Choice::Append));

    producers.apply(&end(1, 0, 7, false), 1);
    assert_eq!(client(&producers, &second), refused, "late");
    assert_eq!(producers.check(&second, with_guard(guard)), refused, "with a guard of before");
    // A marker comes between the question and the append.
    let guard = begin(&mut producers, &second);
    producers.apply(&end(1, 0, 7, true), 2);
    assert_eq!(producers.check(&second, with_guard(guard)), refused);
    let fresh = begin(&mut producers, &second);
    assert_ne!(fresh, guard);
    assert_eq!(producers.check(&second, with_guard(fresh)), Ok(Choice::Append));
    // Coordinators of this node bring a guard where they were asked for one.
    assert_eq!(producers.check(&second, Origin::Internal), Ok(Choice::Append));
    let proof = guard.map_or(Proof::Missing, Proof::Verified);
    let stale = Claim { proof, ..Claim::from(Origin::Internal) };
    assert_eq!(producers.check(&second, stale), refused);
}

#[test]
fn no_batch_overtakes_one_whose_transaction_is_being_verified() {
    let mut producers = Producers::new(0);
    let (first, second) = (transactional(1, 0, 2), transactional(1, 2, 2));
    begin(&mut producers, &second);
    begin(&mut producers, &first);
    let guard = begin(&mut producers, &second);
    let overtaking = Err(ProducerError::Overtaking { id: 1, sequence: 2, lowest: 0 });
    assert_eq!(producers.check(&second, with_guard(guard)), overtaking);
    assert_eq!(producers.check(&first, with_guard(guard)), Ok(Choice::Append));
    producers.apply(&first, 0);
    assert_eq!(client(&producers, &second), Ok(Choice::Append));
    // A new epoch begins anew.
    producers.apply(&end(1, 0, 7, false), 2);
    begin(&mut producers, &BatchInfo { is_transactional: true, ..batch(1, 0, 2, 1) });
    let newer = BatchInfo { is_transactional: true, ..batch(1, 1, 0, 1) };
    let guard = begin(&mut producers, &newer);
    assert_eq!(producers.check(&newer, with_guard(guard)), Ok(Choice::Append));
}

#[test]
fn a_transaction_of_version_2_begins_with_the_sequence_number_0() {
    let mut producers = Producers::new(0);
    let later = transactional(1, 5, 1);
    let guard = begin_as(&mut producers, &later, TransactionVersion::V2);
    let refused = Err(ProducerError::EpochNotFromZero { id: 1, epoch: 0, sequence: 5 });
    assert_eq!(producers.check(&later, with_guard(guard)), refused);
    let mut producers = Producers::new(0);
    let guard = begin(&mut producers, &later);
    assert_eq!(producers.check(&later, with_guard(guard)), Ok(Choice::Append));
}

#[test]
fn guards_that_nobody_came_back_to_expire() {
    let mut producers = Producers::new(0);
    let first = transactional(1, 0, 1);
    let guard = begin(&mut producers, &first);
    producers.expire(NOW + DAY - 1, DAY);
    assert_eq!(producers.check(&first, with_guard(guard)), Ok(Choice::Append));
    producers.expire(NOW + DAY, DAY);
    assert!(producers.check(&first, with_guard(guard)).is_err());
}

#[test]
fn producers_expire_unless_a_transaction_is_open() {
    let mut producers = Producers::new(0);
    append(&mut producers, &batch(1, 0, 0, 1));
    append(&mut producers, &transactional(2, 0, 1));
    producers.expire(NOW + DAY - 1, DAY);
    assert_eq!(producers.len(), 2);
    producers.expire(NOW + DAY, DAY);
    let left: Vec<i64> = producers.views().map(|view| view.id).collect();
    assert_eq!(left, [2]);
}

#[test]
fn snapshots_keep_the_last_batch() {
    let mut producers = Producers::new(0);
    append(&mut producers, &batch(1, 2, 0, 4));
    append(&mut producers, &batch(1, 2, 4, 3));
    append(&mut producers, &transactional(2, 0, 1));
    producers.apply(&end(3, 0, 9, false), 8);
    let entries = producers.to_snapshot();
    let bytes = snapshot::encode(&entries);
    let entries = snapshot::decode(&bytes).unwrap();
    let loaded = Producers::from_snapshot(&entries, 9, NOW, DAY);
    assert_eq!(loaded.to_snapshot(), entries);
    assert_eq!((loaded.end_offset(), loaded.first_unstable_offset()), (9, Some(7)));
    let original = Original { base_offset: 4, last_offset: 6, timestamp: NOW };
    assert_eq!(client(&loaded, &batch(1, 2, 4, 3)), Ok(Choice::Duplicate(original)));
    assert_eq!(client(&loaded, &batch(1, 2, 7, 1)), Ok(Choice::Append));
    // Only the last batch is in a snapshot.
    assert!(client(&loaded, &batch(1, 2, 0, 4)).is_err());
    let expired = Producers::from_snapshot(&entries, 9, NOW + DAY, DAY);
    assert_eq!(expired.len(), 1);
}
