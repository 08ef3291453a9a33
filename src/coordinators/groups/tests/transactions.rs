//! Offsets that are committed within transactions.

use super::bench::*;
use crate::coordinators::coordinator::*;
use crate::coordinators::groups::*;
use crate::coordinators::transactions::EndMarker;

const PRODUCER: ProducerEpoch = ProducerEpoch { id: 77, epoch: 3 };

fn in_transaction(commit: CommitOffsets) -> Request {
    Request::CommitInTransaction { commit, producer: PRODUCER }
}

fn end(committed: bool) -> Request {
    Request::EndTransaction(EndMarker {
        producer_id: PRODUCER.id,
        producer_epoch: PRODUCER.epoch,
        coordinator_epoch: 1,
        committed,
        transaction_version: 0,
    })
}

fn fetched(bench: &mut Bench, require_stable: bool) -> FetchedPartition {
    let topic = FetchTopic { name: "t".into(), topic_id: None, partitions: vec![0] };
    let topics = Some(vec![topic]);
    let request =
        FetchOffsets { group_id: GROUP.into(), topics, require_stable, claim: Claim::NONE };
    match bench.ask_now(Request::Fetch(request)) {
        Reply::Fetch(mut topics) => topics.remove(0).partitions.remove(0).1,
        other => panic!("not fetched: {other:?}"),
    }
}

fn offset(fetched: &FetchedPartition) -> Option<i64> {
    match fetched {
        FetchedPartition::Committed(committed) => Some(committed.offset),
        FetchedPartition::Nothing | FetchedPartition::Unstable => None,
    }
}

#[test]
fn offsets_count_once_their_transaction_commits() {
    for (commits, after) in [(true, Some(9)), (false, Some(5))] {
        let mut bench = Bench::new();
        bench.ask_now(Request::Commit(commit("", -1, 5)));
        assert_eq!(bench.ask_now(in_transaction(commit("", -1, 9))), committed(Ok(())));
        assert_eq!(offset(&fetched(&mut bench, false)), Some(5));
        assert_eq!(fetched(&mut bench, true), FetchedPartition::Unstable);
        assert_eq!(bench.ask_now(end(commits)), Reply::TransactionEnded);
        assert_eq!(offset(&fetched(&mut bench, true)), after);
        assert!(matches!(
            bench.transactional[..],
            [Content::InTransaction { producer: PRODUCER, .. }, Content::Marker(_)]
        ));
    }
}

/// A plain commit that comes after the transactional one, and before its marker, is the newer one.
#[test]
fn the_newer_commit_stays() {
    let mut bench = Bench::new();
    bench.ask_now(in_transaction(commit("", -1, 9)));
    bench.ask_now(Request::Commit(commit("", -1, 12)));
    bench.ask_now(end(true));
    assert_eq!(offset(&fetched(&mut bench, true)), Some(12));
}

#[test]
fn nothing_is_told_of_an_end_that_is_not_durable() {
    let mut bench = Bench::new();
    bench.ask_now(in_transaction(commit("", -1, 9)));
    bench.hold = true;
    let ended = bench.ask(end(true));
    let topic = FetchTopic { name: "t".into(), topic_id: None, partitions: vec![0] };
    let request = FetchOffsets {
        group_id: GROUP.into(),
        topics: Some(vec![topic]),
        require_stable: true,
        claim: Claim::NONE,
    };
    let asked = bench.ask(Request::Fetch(request));
    assert!(bench.is_waiting(ended) && bench.is_waiting(asked));
    bench.release();
    assert_eq!(bench.reply(ended), Reply::TransactionEnded);
    assert!(matches!(bench.reply(asked), Reply::Fetch(_)));
}

#[test]
fn what_is_refused_leaves_everything_as_it_was() {
    let mut bench = Bench::new();
    bench.ask_now(Request::Commit(commit("", -1, 5)));
    bench.ask_now(in_transaction(commit("", -1, 9)));
    bench.hold = true;
    bench.ask(end(true));
    bench.refuse(AppendFailure::CoordinatorFenced);
    assert_eq!(offset(&fetched(&mut bench, false)), Some(5));
    assert_eq!(fetched(&mut bench, true), FetchedPartition::Unstable);
    bench.hold = true;
    bench.ask(in_transaction(commit("", -1, 10)));
    bench.refuse(AppendFailure::ProducerFenced);
    bench.ask_now(end(true));
    assert_eq!(offset(&fetched(&mut bench, true)), Some(9));

    let mut bench = Bench::new();
    bench.hold = true;
    let token = bench.ask(in_transaction(commit("", -1, 9)));
    let later = bench.ask(Request::Commit(commit("", -1, 12)));
    bench.refuse(AppendFailure::ProducerFenced);
    let fenced = GroupError::Append(AppendFailure::ProducerFenced);
    assert_eq!(bench.reply(token), refused(fenced));
    // Who was only in line behind it is to ask again.
    let again = GroupError::Append(AppendFailure::Unavailable);
    assert_eq!(bench.reply(later), refused(again));
    assert_eq!(fetched(&mut bench, true), FetchedPartition::Nothing);
    assert_eq!(bench.state(), "Dead", "the group was made for it");
}

/// KIP-447: a zombie commits with the generation of before, and is refused.
#[test]
fn a_zombie_that_commits_is_refused() {
    let mut bench = Bench::new();
    let members = bench.stable_group(&["a"]);
    let wrong = [
        (commit(&members[0], 0, 9), GroupError::IllegalGeneration),
        (commit("zombie", 1, 9), GroupError::UnknownMember),
        (
            CommitOffsets { group_id: String::new(), ..commit("", -1, 9) },
            GroupError::InvalidGroupId,
        ),
        (
            CommitOffsets { group_id: "other".into(), ..commit("m", 1, 9) },
            GroupError::IllegalGeneration,
        ),
    ];
    for (commit, error) in wrong {
        assert_eq!(bench.ask_now(in_transaction(commit)), refused(error));
    }
    let member = commit(&members[0], 1, 9);
    assert_eq!(bench.ask_now(in_transaction(member)), committed(Ok(())));
    // A producer of before KIP-447 says nothing of its member.
    assert_eq!(bench.ask_now(in_transaction(commit("", -1, 10))), committed(Ok(())));
}
