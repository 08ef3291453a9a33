//! What a replica is when it starts, by what its disk holds.

use crate::command::{Command, RecordsToAppend};
use crate::config::{ElectionState, StartError, Stored};
use crate::control_records::{ControlRecord, LeaderChange};
use crate::machine::Machine;
use crate::machine::describe::Role;
use crate::messages::Response;
use crate::tests::fixture::{self, config, dynamic_voters, formatted, key, static_voters};
use crate::tests::lone::{Lone, granted, vote};
use crate::units::{Epoch, NodeId, Offset, OffsetAndEpoch, ReplicaKey, Time};
use crate::voters::VoterSet;

fn stored(election: ElectionState, log_epoch: i32) -> Stored {
    let mut stored = formatted(&dynamic_voters(&[1, 2, 3]));
    stored.election = Some(election);
    if log_epoch > 0 {
        stored.log.end = Offset(10);
        stored.log.epochs = vec![(Epoch(log_epoch), Offset(0))];
    }
    stored
}

fn started(leader: Option<i32>, epoch: i32, voted: Option<ReplicaKey>, log_epoch: i32) -> Lone {
    let leader_id = leader.map(NodeId);
    let election = ElectionState { leader_epoch: Epoch(epoch), leader_id, voted };
    Lone::start(config(1, 7, None), stored(election, log_epoch))
}

fn appended(commands: &[Command]) -> Vec<&RecordsToAppend> {
    let appended = commands.iter().filter_map(|command| match command {
        Command::Append { records, .. } => Some(records),
        _ => None,
    });
    appended.collect()
}

fn leader_change(ids: &[i32]) -> ControlRecord {
    let voters = ids.iter().copied().map(NodeId).collect();
    let granting_voters = [NodeId(1)].into();
    ControlRecord::LeaderChange(LeaderChange { leader_id: NodeId(1), voters, granting_voters })
}

#[test]
fn a_single_voter_leads_at_once_in_a_new_epoch() {
    let voters = dynamic_voters(&[1]);
    let lone = Lone::of(&[1]);
    assert_eq!((lone.machine.role(), lone.machine.epoch()), (Role::Leader, Epoch(1)));
    let expected = [
        leader_change(&[1]),
        ControlRecord::KraftVersion(1),
        ControlRecord::Voters(voters.clone()),
    ];
    let expected = RecordsToAppend::Control(expected.to_vec());
    assert_eq!(appended(&lone.commands), [&expected]);
    let [Command::StoreElectionState { election, kraft_version: 1, .. }, ..] = &lone.commands[..]
    else {
        panic!("stored first: {:?}", lone.commands);
    };
    let lead = ElectionState { leader_epoch: Epoch(1), leader_id: Some(NodeId(1)), voted: None };
    assert_eq!(*election, lead);
}

#[test]
fn a_single_voter_is_committed_once_it_is_synced() {
    let mut lone = Lone::of(&[1]);
    assert_eq!(lone.machine.high_watermark(), None);
    lone.sync();
    assert_eq!(lone.machine.high_watermark(), Some(Offset(3)));
    let told = Command::LeaderChanged { leader_id: Some(NodeId(1)), epoch: Epoch(1) };
    assert!(lone.commands.contains(&told), "{:?}", lone.commands);
}

#[test]
fn the_epoch_is_above_all_that_is_known() {
    for (stored_epoch, log_epoch, expected) in [(3, 2, 4), (3, 7, 8), (0, 0, 1)] {
        let mut config = config(1, 7, None);
        config.static_voters = static_voters(&[1]);
        let leader_id = Some(NodeId(1));
        let leader_epoch = Epoch(stored_epoch);
        let election = ElectionState { leader_epoch, leader_id, voted: None };
        let mut stored = Stored { election: Some(election), ..Stored::default() };
        if log_epoch > 0 {
            stored.log.end = Offset(5);
            stored.log.epochs = vec![(Epoch(log_epoch), Offset(0))];
        }
        let lone = Lone::start(config, stored);
        assert_eq!((lone.machine.role(), lone.machine.epoch()), (Role::Leader, Epoch(expected)));
        let expected = RecordsToAppend::Control(vec![leader_change(&[1])]);
        assert_eq!(appended(&lone.commands), [&expected]);
    }
}

#[test]
fn a_leader_that_restarts_has_resigned_and_votes_no_more_in_its_epoch() {
    let mut lone = started(Some(1), 4, None, 4);
    assert_eq!((lone.machine.role(), lone.machine.epoch()), (Role::Resigned, Epoch(4)));
    let id = lone.ask(vote(2, 4, OffsetAndEpoch::new(50, 3), false));
    let Some(Response::Vote(answer)) = lone.answer_to(id) else { panic!("no answer") };
    assert_eq!((answer.error, answer.vote_granted), (None, false));
    lone.wait_for(Role::Prospective);
    assert_eq!(lone.machine.epoch(), Epoch(5));
    assert!(lone.stores());
}

#[test]
fn a_candidate_that_restarts_goes_on_in_its_epoch() {
    let mut lone = started(None, 4, Some(key(1, 0)), 3);
    assert_eq!((lone.machine.role(), lone.machine.epoch()), (Role::Candidate, Epoch(4)));
    let (from, correlation, _) = lone.sent()[0].clone();
    lone.respond(from, correlation, granted(Epoch(4)));
    assert!(lone.machine.is_leader());
}

#[test]
fn who_voted_for_another_or_is_behind_its_log_is_unattached() {
    let mut lone = started(None, 4, Some(key(2, 0)), 3);
    assert_eq!((lone.machine.role(), lone.machine.epoch()), (Role::Unattached, Epoch(4)));
    for (candidate, granted) in [(3, false), (2, true)] {
        let id = lone.ask(vote(candidate, 4, OffsetAndEpoch::new(50, 3), false));
        let Some(Response::Vote(answer)) = lone.answer_to(id) else { panic!("no answer") };
        assert_eq!(answer.vote_granted, granted, "node {candidate}");
    }
    let lone = started(Some(2), 4, None, 6);
    assert_eq!((lone.machine.role(), lone.machine.epoch()), (Role::Unattached, Epoch(6)));
    assert_eq!(lone.machine.leader_id(), None);
}

#[test]
fn who_followed_follows_unless_the_leader_cannot_be_reached() {
    let lone = started(Some(2), 4, None, 4);
    assert_eq!((lone.machine.role(), lone.machine.epoch()), (Role::Follower, Epoch(4)));
    assert_eq!(lone.fetch_sent().0, NodeId(2));
    let lone = started(Some(9), 4, None, 4);
    assert_eq!(
        (lone.machine.role(), lone.machine.leader_id()),
        (Role::Unattached, Some(NodeId(9)))
    );
}

#[test]
fn a_snapshot_ahead_of_the_log_is_loaded_first() {
    let mut stored = stored(ElectionState::default(), 2);
    let id = OffsetAndEpoch::new(30, 4);
    stored.log.snapshots.push((id, 99));
    let lone = Lone::start(config(1, 7, None), stored);
    let begins = [Command::TruncateFully { to: id }, Command::HighWatermark { offset: id.offset }];
    assert_eq!(lone.commands[..2], begins);
    let ends = (lone.machine.log_start(), lone.machine.log_end(), lone.machine.epoch());
    assert_eq!(ends, (Offset(30), Offset(30), Epoch(4)));
}

#[test]
fn a_node_that_cannot_take_part_says_why() {
    let voters = formatted(&dynamic_voters(&[1, 2, 3]));
    let start = |change: &dyn Fn(&mut crate::config::Config), stored: Stored| {
        let mut config = config(1, 7, None);
        change(&mut config);
        Machine::start(config, stored, Time(0)).expect_err("it does not start").to_string()
    };
    let id = start(&|config| config.node_id = NodeId(-1), voters.clone());
    assert!(id.contains("node.id -1"), "{id}");
    let directory = start(&|config| config.directory_id = uuid::Uuid::nil(), voters.clone());
    assert!(directory.contains("directory.id"), "{directory}");
    let servers = start(&|config| config.bootstrap_servers.clear(), voters.clone());
    assert!(servers.contains("controller.quorum.bootstrap.servers"), "{servers}");
    let listener = start(&|config| config.listener_name = "OTHER".to_owned(), voters.clone());
    assert!(listener.contains("OTHER"), "{listener}");
    let mut newer = voters.clone();
    newer.control_records[0].1 = ControlRecord::KraftVersion(2);
    assert!(start(&|_| {}, newer).contains("kraft.version 2"));
    let mut headless = voters;
    (headless.log.start, headless.log.end) = (Offset(5), Offset(9));
    headless.log.epochs = vec![(Epoch(1), Offset(5))];
    headless.log.snapshots.clear();
    assert!(start(&|_| {}, headless).contains("begins at offset 5"));
    let error = StartError::SnapshotMissing { start: Offset(5) };
    assert!(error.to_string().contains("restore"), "{error}");
}

#[test]
fn an_observer_never_seeks_the_lead() {
    let mut config = fixture::config(9, 7, None);
    config.static_voters = VoterSet::default();
    let mut lone = Lone::start(config, formatted(&dynamic_voters(&[1, 2, 3])));
    for _ in 0..50 {
        lone.after_ms(1_000);
    }
    assert_eq!((lone.machine.role(), lone.machine.epoch()), (Role::Unattached, Epoch(0)));
}
