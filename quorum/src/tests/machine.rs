//! The rules of the protocol, one by one.

use crate::command::{Command, FatalError, ReadRange, RecordsToAppend};
use crate::event::{Event, ProposalId};
use crate::limits::PARKED_FETCHES_MAX;
use crate::machine::describe::Role;
use crate::machine::proposals::{ProposalRefusal, SnapshotRefusal};
use crate::messages::*;
use crate::mutation::Mutation;
use crate::tests::fixture::{config, dynamic_voters, formatted, key};
use crate::tests::lone::*;
use crate::units::{Epoch, NodeId, Offset, OffsetAndEpoch, ReplicaKey};

fn vote_answer(lone: &mut Lone, request: Request) -> (Option<Error>, bool) {
    let id = lone.ask(request);
    let Some(Response::Vote(answer)) = lone.answer_to(id) else { panic!("no answer") };
    (answer.error, answer.vote_granted)
}

const EMPTY: OffsetAndEpoch = OffsetAndEpoch::new(0, 0);

#[test]
fn a_vote_is_stored_before_it_is_given() {
    let mut lone = Lone::of(&[1, 2, 3]);
    let id = lone.ask(vote(2, 5, OffsetAndEpoch::new(3, 4), false));
    let position = |found: &dyn Fn(&Command) -> bool| lone.commands.iter().position(found);
    let stored = position(&|command| match command {
        Command::StoreElectionState { election, .. } => election.voted == Some(key(2, 0)),
        _ => false,
    });
    let answered = position(&|command| {
        matches!(command, Command::Answer { id: answered, .. }
        if *answered == id)
    });
    assert!(stored.is_some() && stored < answered, "{:?}", lone.commands);
    assert_eq!(vote_answer(&mut lone, vote(3, 5, OffsetAndEpoch::new(9, 4), false)), (None, false));
    assert_eq!(vote_answer(&mut lone, vote(2, 5, OffsetAndEpoch::new(3, 4), false)), (None, true));
    let other_disk = ReplicaKey::new(NodeId(2), uuid::Uuid::from_u128(99));
    let Request::Vote(request) = vote(2, 5, OffsetAndEpoch::new(3, 4), false) else { panic!() };
    let request = Request::Vote(VoteRequest { replica: other_disk, ..request });
    assert_eq!(vote_answer(&mut lone, request), (None, false));
}

#[test]
fn votes_that_make_no_sense_are_refused() {
    let mut lone = Lone::of(&[1, 2, 3]);
    lone.follow(4);
    let end = |offset, epoch| OffsetAndEpoch::new(offset, epoch);
    for (request, error) in [
        (vote(2, 3, EMPTY, false), Error::FencedLeaderEpoch),
        (vote(2, 5, end(3, 5), false), Error::InvalidRequest),
        (vote(2, 5, end(3, 6), true), Error::InvalidRequest),
        (vote(2, 5, end(-1, 4), false), Error::InvalidRequest),
        (vote(-1, 5, EMPTY, false), Error::InvalidRequest),
        (vote(1, 5, EMPTY, false), Error::InvalidRequest),
    ] {
        assert_eq!(vote_answer(&mut lone, request), (Some(error), false));
    }
    let Request::Vote(request) = vote(2, 5, EMPTY, false) else { panic!() };
    let other = Request::Vote(VoteRequest { voter: Some(key(1, 8)), ..request.clone() });
    assert_eq!(vote_answer(&mut lone, other), (Some(Error::InvalidVoterKey), false));
    assert_eq!(lone.machine.epoch(), Epoch(5), "the epoch counts all the same");
    let cluster_id = Some("other".to_owned());
    let id = lone.ask(Request::Vote(VoteRequest { cluster_id, ..request }));
    assert_eq!(lone.answer_to(id), Some(Response::Error(Error::InconsistentClusterId)));
}

#[test]
fn a_pre_vote_changes_nothing_and_is_refused_by_who_fetches() {
    let mut lone = Lone::of(&[1, 2, 3]);
    lone.follow(4);
    // It has not fetched from this leader yet: it may not be alive.
    assert_eq!(vote_answer(&mut lone, vote(3, 4, EMPTY, true)), (None, true));
    assert!(!lone.stores());
    lone.after_ms(1);
    let mut lone = Lone::of(&[1, 2, 3]);
    lone.follow(4);
    let (from, correlation, _) = lone.fetch_sent();
    lone.respond(from, correlation, fetched(2, Epoch(4), None, FetchOutcome::Batches(vec![])));
    assert_eq!(vote_answer(&mut lone, vote(3, 4, EMPTY, true)), (None, false));
    // Also where the one that asks is of a later epoch: that makes it unattached first.
    assert_eq!(vote_answer(&mut lone, vote(3, 5, EMPTY, true)), (None, true));
    assert_eq!(lone.machine.epoch(), Epoch(5));
}

#[test]
fn a_leader_refuses_pre_votes() {
    let mut lone = Lone::of(&[1, 2, 3]);
    lone.lead();
    let epoch = lone.machine.epoch();
    assert_eq!(vote_answer(&mut lone, vote(3, epoch.0, EMPTY, true)), (None, false));
    assert!(lone.machine.is_leader());
}

/// KAFKA-20895: with five voters the successor would lose otherwise.
#[test]
fn a_pre_vote_is_granted_after_the_leader_has_resigned() {
    let mut lone = Lone::of(&[1, 2, 3]);
    lone.follow(4);
    let (from, correlation, _) = lone.fetch_sent();
    lone.respond(from, correlation, fetched(2, Epoch(4), None, FetchOutcome::Batches(vec![])));
    lone.ask(Request::EndQuorumEpoch(EndQuorumEpochRequest {
        cluster_id: None,
        leader_id: NodeId(2),
        leader_epoch: Epoch(4),
        preferred_candidates: vec![key(3, 0), key(1, 0)],
        leader_endpoints: Default::default(),
    }));
    assert_eq!(vote_answer(&mut lone, vote(3, 4, EMPTY, true)), (None, true));
}

#[test]
fn the_first_successor_seeks_the_lead_at_once() {
    let end = |preferred: Vec<ReplicaKey>| {
        let mut lone = Lone::of(&[1, 2, 3]);
        lone.follow(4);
        lone.ask(Request::EndQuorumEpoch(EndQuorumEpochRequest {
            cluster_id: None,
            leader_id: NodeId(2),
            leader_epoch: Epoch(4),
            preferred_candidates: preferred,
            leader_endpoints: Default::default(),
        }));
        let before = lone.now;
        lone.wait_for(Role::Prospective);
        lone.now.since_ms(before)
    };
    assert_eq!(end(vec![key(1, 0), key(3, 0)]), 0);
    assert_eq!(end(vec![key(3, 0), key(1, 0)]), 500);
    assert_eq!(end(vec![key(3, 0)]), 1_000);
    assert_eq!(end(vec![key(3, 0), key(1, 9)]), 1_000);
}

#[test]
fn a_lost_pre_vote_keeps_the_epoch() {
    let mut lone = Lone::of(&[1, 2, 3]);
    lone.wait_for(Role::Prospective);
    assert_eq!(lone.machine.epoch(), Epoch(0));
    for (from, correlation, _) in lone.sent() {
        lone.respond(from, correlation, refused(Epoch(0)));
    }
    assert_eq!((lone.machine.role(), lone.machine.epoch()), (Role::Unattached, Epoch(0)));
    let mut lone = Lone::of(&[1, 2, 3]);
    lone.follow(4);
    lone.wait_for(Role::Prospective);
    for (from, correlation, _) in lone.sent() {
        lone.respond(from, correlation, refused(Epoch(4)));
    }
    assert_eq!((lone.machine.role(), lone.machine.leader_id()), (Role::Follower, Some(NodeId(2))));
}

#[test]
fn without_pre_votes_it_stands_at_once() {
    let mut lone = Lone::of(&[1, 2, 3]);
    lone.wait_for(Role::Prospective);
    let (from, correlation, _) = lone.sent()[0].clone();
    let response = Err(crate::event::SendError::UnsupportedVersion);
    lone.give(Event::Response { from, correlation, response });
    assert_eq!((lone.machine.role(), lone.machine.epoch()), (Role::Candidate, Epoch(1)));
}

/// KAFKA-18345: candidates in lockstep never end.
#[test]
fn a_lost_election_is_waited_out() {
    let mut lone = Lone::of(&[1, 2, 3]);
    lone.wait_for(Role::Prospective);
    let (from, correlation, _) = lone.sent()[0].clone();
    lone.respond(from, correlation, granted(Epoch(0)));
    assert_eq!((lone.machine.role(), lone.machine.epoch()), (Role::Candidate, Epoch(1)));
    for (from, correlation, _) in lone.sent() {
        lone.respond(from, correlation, refused(Epoch(1)));
    }
    let before = lone.now;
    assert_eq!(lone.machine.role(), Role::Candidate);
    lone.wait_for(Role::Prospective);
    assert!((900..=2_000).contains(&lone.now.since_ms(before)));
}

#[test]
fn a_leader_without_fetches_resigns_and_names_its_successors() {
    let mut lone = Lone::of(&[1, 2, 3]);
    lone.lead();
    let end = lone.machine.log_end();
    lone.after_ms(2_900);
    assert!(lone.machine.is_leader());
    lone.fetch_as(3, Offset(0), Epoch(0));
    lone.after_ms(2_900);
    assert!(lone.machine.is_leader());
    lone.after_ms(101);
    assert_eq!(lone.machine.role(), Role::Resigned);
    let ends: Vec<_> = lone.sent();
    assert_eq!(ends.len(), 2);
    let Request::EndQuorumEpoch(request) = &ends[0].2 else { panic!("{ends:?}") };
    assert_eq!(request.preferred_candidates, [key(2, 0), key(3, 0)], "{end}");
    let id = lone.ask(Request::Fetch(fetch(2, Epoch(1), end, Epoch(1))));
    let Some(Response::Fetch(answer)) = lone.answer_to(id) else { panic!("no answer") };
    assert_eq!(answer.error, Some(Error::NotLeaderOrFollower));
}

#[test]
fn who_waits_for_a_leader_that_resigns_is_answered() {
    let mut lone = Lone::of(&[1, 2, 3]);
    lone.lead();
    let end = lone.machine.log_end();
    let Request::Fetch(request) = Request::Fetch(fetch(2, Epoch(1), end, Epoch(1))) else {
        panic!()
    };
    let known = Some(end);
    let id = lone.ask(Request::Fetch(FetchRequest { high_watermark: known, ..request }));
    assert_eq!(lone.answer_to(id), None);
    lone.give(Event::Resign { epoch: Epoch(1) });
    let Some(Response::Fetch(answer)) = lone.answer_to(id) else { panic!("no answer") };
    assert_eq!(answer.error, Some(Error::NotLeaderOrFollower));
    let told = Command::LeaderChanged { leader_id: None, epoch: Epoch(1) };
    assert!(lone.commands.contains(&told));
    let proposal = Event::Propose { id: ProposalId(1), epoch: Epoch(1), records: 1 };
    let refusal = ProposalRefusal::NotLeader(Epoch(1));
    let refused = Command::RefuseProposal { id: ProposalId(1), refusal };
    assert!(lone.give(proposal).contains(&refused));
}

fn propose(lone: &mut Lone) {
    let epoch = lone.machine.epoch();
    lone.give(Event::Propose { id: ProposalId(5), epoch, records: 2 });
}

#[test]
fn a_fetch_waits_for_records_or_a_high_watermark_or_its_time() {
    let mut lone = Lone::of(&[1, 2, 3]);
    lone.lead();
    let end = lone.machine.log_end();
    let parked = |known: Option<Offset>| {
        let request = fetch(3, Epoch(1), end, Epoch(1));
        Request::Fetch(FetchRequest { high_watermark: known, ..request })
    };
    let at_once = lone.ask(parked(None));
    assert!(lone.answer_to(at_once).is_some(), "it does not know the high watermark");
    let late = lone.ask(parked(Some(end)));
    assert_eq!(lone.answer_to(late), None);
    lone.after_ms(500);
    assert!(lone.answer_to(late).is_some());
    let woken = lone.ask(parked(Some(end)));
    propose(&mut lone);
    let read = ReadRange { from: end, end: Offset(end.0 + 2), max_bytes: 1000 };
    let answered = lone.commands.iter().any(|command| {
        matches!(command, Command::AnswerFetch { id, read: Some(found), .. }
            if *id == woken && *found == read)
    });
    assert!(answered, "{:?}", lone.commands);
    // A replica has one fetch: the next ends the wait of the one before.
    let end = lone.machine.log_end();
    let request = fetch(3, Epoch(1), end, Epoch(1));
    let known = FetchRequest { high_watermark: Some(Offset(i64::MAX)), ..request };
    let first = lone.ask(Request::Fetch(known.clone()));
    let second = lone.ask(Request::Fetch(known));
    assert!(lone.answer_to(first).is_some() && lone.answer_to(second).is_none());
    // All are told of a new high watermark, also those that cannot say what they know.
    lone.sync();
    assert!(lone.answer_to(second).is_some());
}

#[test]
fn fetches_that_wait_are_bounded() {
    let mut lone = Lone::of(&[1, 2, 3]);
    lone.lead();
    let end = lone.machine.log_end();
    let mut answered = 0;
    for node in 0..=PARKED_FETCHES_MAX as i32 {
        let request = fetch(10 + node, Epoch(1), end, Epoch(1));
        let known = FetchRequest { high_watermark: Some(end), ..request };
        let id = lone.ask(Request::Fetch(known));
        answered += i32::from(lone.answer_to(id).is_some());
    }
    assert_eq!(answered, 1);
}

#[test]
fn a_fetch_from_another_log_is_told_where_they_part() {
    let mut lone = Lone::of(&[1, 2, 3]);
    lone.lead();
    let epoch = lone.machine.epoch();
    for (offset, last, expected) in [(9, 1, (3, 1)), (2, 0, (0, 0))] {
        let id = lone.fetch_as(3, Offset(offset), Epoch(last));
        let Some(Response::Fetch(answer)) = lone.answer_to(id) else { panic!("no answer") };
        let diverging = OffsetAndEpoch::new(expected.0, expected.1);
        assert_eq!(answer.outcome, FetchOutcome::DivergingEpoch(diverging));
    }
    for (request, error) in [
        (fetch(3, Epoch(0), Offset(0), Epoch(0)), Error::FencedLeaderEpoch),
        (fetch(3, Epoch(9), Offset(0), Epoch(0)), Error::UnknownLeaderEpoch),
        (fetch(3, epoch, Offset(-1), Epoch(0)), Error::InvalidRequest),
        (fetch(3, epoch, Offset(0), Epoch(2)), Error::InvalidRequest),
        (fetch(1, epoch, Offset(0), Epoch(0)), Error::InvalidRequest),
    ] {
        let id = lone.ask(Request::Fetch(request));
        let Some(Response::Fetch(answer)) = lone.answer_to(id) else { panic!("no answer") };
        assert_eq!(answer.error, Some(error));
    }
}

#[test]
fn a_follower_syncs_before_it_fetches_on() {
    let mut lone = Lone::of(&[1, 2, 3]);
    lone.follow(4);
    let (from, correlation, _) = lone.fetch_sent();
    let batches = vec![batch(0, 2, 1), batch(3, 3, 4), batch(4, 5, 5)];
    let outcome = FetchOutcome::Batches(batches);
    lone.respond(from, correlation, fetched(2, Epoch(4), Some(9), outcome));
    // The batch of a later epoch than the leader's is not taken.
    let records = RecordsToAppend::Fetched { batches: 2, end: Offset(4) };
    let appended = lone.commands.iter().any(
        |command| matches!(command, Command::Append { records: found, .. } if *found == records),
    );
    assert!(appended && lone.sent().is_empty(), "{:?}", lone.commands);
    assert_eq!(lone.machine.high_watermark(), Some(Offset(4)), "no further than its log");
    lone.sync();
    let (_, _, request) = lone.fetch_sent();
    assert_eq!((request.fetch_offset, request.last_fetched_epoch), (Offset(4), Epoch(4)));
}

/// Follows node 2 with four records of epochs 1 and 3, of which `committed` are.
fn a_follower(committed: i64) -> Lone {
    let mut lone = Lone::of(&[1, 2, 3]);
    lone.follow(4);
    let (from, correlation, _) = lone.fetch_sent();
    let outcome = FetchOutcome::Batches(vec![batch(0, 1, 1), batch(2, 3, 3)]);
    lone.respond(from, correlation, fetched(2, Epoch(4), Some(committed), outcome));
    lone.sync();
    lone
}

#[test]
fn a_diverging_log_is_cut_by_epoch() {
    let mut lone = a_follower(1);
    let (from, correlation, _) = lone.fetch_sent();
    let outcome = FetchOutcome::DivergingEpoch(OffsetAndEpoch::new(9, 2));
    lone.respond(from, correlation, fetched(2, Epoch(4), Some(9), outcome));
    assert!(lone.commands.contains(&Command::Truncate { to: Offset(2) }), "{:?}", lone.commands);
    let (_, _, request) = lone.fetch_sent();
    assert_eq!((request.fetch_offset, request.last_fetched_epoch), (Offset(2), Epoch(1)));
}

/// KAFKA-14704: the high watermark of a diverging answer is not taken.
#[test]
fn nothing_committed_is_cut() {
    let mut lone = a_follower(3);
    let (from, correlation, _) = lone.fetch_sent();
    let outcome = FetchOutcome::DivergingEpoch(OffsetAndEpoch::new(2, 1));
    lone.respond(from, correlation, fetched(2, Epoch(4), Some(4), outcome));
    let (leader_id, to, high_watermark) = (NodeId(2), Offset(2), Offset(3));
    let error = FatalError::TruncationOfCommitted { leader_id, to, high_watermark };
    assert!(lone.commands.contains(&Command::Fail(error)), "{:?}", lone.commands);
    assert!(lone.after_ms(10_000).is_empty(), "it does nothing more");
}

/// KAFKA-18991: an answer counts for the position that was asked for.
#[test]
fn a_late_answer_changes_nothing() {
    let mut lone = Lone::of(&[1, 2, 3]);
    lone.follow(4);
    let (from, late, _) = lone.fetch_sent();
    lone.ask(begin(3, 5));
    let (_, current, _) = lone.fetch_sent();
    let outcome = FetchOutcome::Batches(vec![batch(0, 2, 4)]);
    lone.respond(from, late, fetched(2, Epoch(4), Some(3), outcome.clone()));
    assert_eq!((lone.machine.log_end(), lone.machine.high_watermark()), (Offset(0), None));
    lone.respond(NodeId(3), current, fetched(3, Epoch(5), None, outcome));
    assert_eq!(lone.machine.log_end(), Offset(3));
}

/// It has given up on the leader whose address it lost, and finds it among the bootstrap servers.
#[test]
fn a_leader_is_followed_again_with_the_records_that_it_sends() {
    let mut stored = formatted(&dynamic_voters(&[1, 2, 3]));
    stored.election = Some(crate::config::ElectionState {
        leader_epoch: Epoch(4),
        leader_id: Some(NodeId(9)),
        voted: None,
    });
    let mut lone = Lone::start(config(1, 7, None), stored);
    assert_eq!(lone.machine.role(), Role::Unattached);
    let (from, correlation, _) = lone.fetch_sent();
    let outcome = FetchOutcome::Batches(vec![batch(0, 2, 4)]);
    lone.respond(from, correlation, fetched(9, Epoch(4), None, outcome));
    assert_eq!(lone.machine.role(), Role::Follower);
    let end = lone.machine.log_end();
    assert_eq!(end, Offset(3));
}

#[test]
fn two_leaders_of_an_epoch_end_the_node() {
    let mut lone = Lone::of(&[1, 2, 3]);
    lone.follow(4);
    lone.ask(begin(3, 4));
    let error = FatalError::TwoLeaders { epoch: Epoch(4), known: NodeId(2), heard: NodeId(3) };
    assert_eq!(lone.commands, [Command::Fail(error)]);
}

#[test]
fn a_snapshot_is_fetched_in_pieces_and_begins_the_log() {
    let mut lone = a_follower(1);
    let (from, correlation, _) = lone.fetch_sent();
    let id = OffsetAndEpoch::new(20, 4);
    let outcome = FetchOutcome::SnapshotId(id);
    lone.respond(from, correlation, fetched(2, Epoch(4), Some(30), outcome));
    let piece = |position, length| {
        Response::FetchSnapshot(FetchSnapshotResponse {
            error: None,
            current_leader: leader(2, Epoch(4)),
            snapshot_id: id,
            size: 100,
            position,
            length,
        })
    };
    for (position, length, is_last) in [(0, 60, false), (60, 40, true)] {
        let [(to, correlation, Request::FetchSnapshot(request))] = &lone.sent()[..] else {
            panic!("{:?}", lone.commands)
        };
        assert_eq!((request.snapshot_id, request.position), (id, position));
        lone.respond(*to, *correlation, piece(position, length));
        let write = Command::WriteSnapshot { id, position, is_last };
        assert!(lone.commands.contains(&write), "{:?}", lone.commands);
    }
    assert!(lone.sent().is_empty(), "the driver makes a file of it");
    let control_records = formatted(&dynamic_voters(&[1, 2])).control_records;
    let control_records = control_records.into_iter().map(|(_, record)| record).collect();
    lone.give(Event::SnapshotFetched { id, size: 100, control_records });
    assert_eq!(lone.commands[0], Command::TruncateFully { to: id });
    assert_eq!(lone.machine.high_watermark(), Some(Offset(20)));
    assert_eq!(lone.machine.voters(), &dynamic_voters(&[1, 2]));
    let (_, _, request) = lone.fetch_sent();
    assert_eq!((request.fetch_offset, request.last_fetched_epoch), (Offset(20), Epoch(4)));
}

#[test]
fn a_snapshot_that_is_gone_is_asked_for_no_more() {
    let mut lone = a_follower(1);
    let (from, correlation, _) = lone.fetch_sent();
    let outcome = FetchOutcome::SnapshotId(OffsetAndEpoch::new(20, 4));
    lone.respond(from, correlation, fetched(2, Epoch(4), Some(30), outcome));
    let (to, correlation, _) = lone.sent()[0].clone();
    let gone = FetchSnapshotResponse {
        error: Some(Error::SnapshotNotFound),
        current_leader: leader(2, Epoch(4)),
        snapshot_id: OffsetAndEpoch::new(-1, -1),
        size: 0,
        position: 0,
        length: 0,
    };
    lone.respond(to, correlation, Response::FetchSnapshot(gone));
    assert_eq!(lone.fetch_sent().2.fetch_offset, Offset(4));
}

#[test]
fn a_leader_gives_its_snapshots_in_pieces() {
    let mut lone = Lone::of(&[1, 2, 3]);
    lone.lead();
    let id = OffsetAndEpoch::new(3, 1);
    assert_eq!(lone.machine.may_snapshot(id).map(|records| records.len()), Ok(2));
    let later = OffsetAndEpoch::new(4, 1);
    let high_watermark = Offset(3);
    let refusal = SnapshotRefusal::NotCommitted { id: later, high_watermark };
    assert_eq!(lone.machine.may_snapshot(later), Err(refusal));
    let other = OffsetAndEpoch::new(3, 0);
    assert_eq!(lone.machine.may_snapshot(other), Err(SnapshotRefusal::OtherEpoch { id: other }));
    lone.give(Event::SnapshotCreated { id, size: 100 });
    assert_eq!(lone.machine.may_snapshot(id), Err(SnapshotRefusal::Exists));
    let fetched = lone.fetch_as(3, Offset(0), Epoch(0));
    let Some(Response::Fetch(answer)) = lone.answer_to(fetched) else { panic!("no answer") };
    assert_eq!(answer.outcome, FetchOutcome::SnapshotId(id));
    let mut piece = |snapshot_id, position| {
        let asked = lone.ask(Request::FetchSnapshot(FetchSnapshotRequest {
            cluster_id: None,
            replica: key(3, 0),
            current_leader_epoch: Epoch(1),
            snapshot_id,
            position,
            max_bytes: 60,
        }));
        let Some(Response::FetchSnapshot(answer)) = lone.answer_to(asked) else { panic!() };
        (answer.error, answer.size, answer.position)
    };
    assert_eq!(piece(id, 60), (None, 100, 60));
    assert_eq!(piece(id, 100).0, Some(Error::PositionOutOfRange));
    assert_eq!(piece(later, 0).0, Some(Error::SnapshotNotFound));
    assert_eq!(piece(OffsetAndEpoch::BOOTSTRAP, 0).0, Some(Error::SnapshotNotFound));
    assert!(lone.give(Event::DeleteBefore { id }).contains(&Command::DeleteBefore { id }));
    assert_eq!(lone.machine.log_start(), Offset(3));
}

#[test]
fn a_node_that_stops_hands_its_lead_on_first() {
    let mut lone = Lone::of(&[1, 2, 3]);
    lone.lead();
    let until = lone.now.after_ms(5_000);
    lone.give(Event::Shutdown { until });
    assert_eq!(lone.machine.role(), Role::Resigned);
    assert!(!lone.commands.contains(&Command::ShutdownComplete));
    lone.ask(begin(2, 2));
    assert!(lone.commands.contains(&Command::ShutdownComplete));
    let mut alone = Lone::of(&[1]);
    let until = alone.now.after_ms(5_000);
    assert!(alone.give(Event::Shutdown { until }).contains(&Command::ShutdownComplete));
}

/// A node that was cut off does not disturb a quorum that works (KIP-996).
fn cut_off_and_back(planted: Option<Mutation>) -> Epoch {
    let voters = formatted(&dynamic_voters(&[1, 2, 3]));
    let mut lone = Lone::start(config(1, 7, planted), voters);
    lone.follow(4);
    let (from, correlation, _) = lone.fetch_sent();
    lone.respond(from, correlation, fetched(2, Epoch(4), None, FetchOutcome::Batches(vec![])));
    let asked = lone.ask(vote(3, 4, EMPTY, true));
    let Some(Response::Vote(answer)) = lone.answer_to(asked) else { panic!("no answer") };
    if answer.vote_granted {
        // With a majority of pre-votes node 3 stands, in a new epoch.
        lone.ask(vote(3, 5, OffsetAndEpoch::new(0, 0), false));
    }
    lone.machine.epoch()
}

#[test]
fn a_pre_vote_that_is_always_granted_is_found() {
    assert_eq!(cut_off_and_back(None), Epoch(4));
    assert_eq!(cut_off_and_back(Some(Mutation::PreVoteAlwaysGranted)), Epoch(5));
}

#[test]
fn the_leader_describes_the_quorum() {
    let mut lone = Lone::of(&[1, 2, 3]);
    assert_eq!(lone.machine.describe(lone.now), None);
    lone.lead();
    lone.fetch_as(9, Offset(0), Epoch(0));
    let described = lone.machine.describe(lone.now).expect("it leads");
    assert_eq!((described.leader_id, described.leader_epoch), (NodeId(1), Epoch(1)));
    assert_eq!(described.high_watermark, Some(Offset(3)));
    let ends: Vec<_> = described.voters.iter().map(|voter| voter.log_end).collect();
    assert_eq!(ends, [Some(Offset(3)), Some(Offset(3)), None]);
    assert_eq!(described.voters[1].last_caught_up, Some(lone.now));
    assert_eq!(described.observers[0].replica, key(9, 0));
}
