//! Voters added, removed, updated; the way from configured voters to those in the log.

use crate::command::{Command, RecordsToAppend};
use crate::config::Stored;
use crate::control_records::ControlRecord;
use crate::event::{Event, RequestId, SendError};
use crate::machine::describe::Role;
use crate::machine::proposals::UpgradeRefusal;
use crate::messages::*;
use crate::tests::fixture::{
    BOTH_VERSIONS, config, directory, dynamic_voters, endpoints, formatted, key, static_voters,
};
use crate::tests::lone::*;
use crate::units::{Epoch, NodeId, Offset, ReplicaKey};
use crate::voters::{VersionRange, VoterSet};

fn a_leader() -> Lone {
    let mut lone = Lone::of(&[1, 2, 3]);
    lone.lead();
    lone
}

fn add(node: i32, ack_when_committed: bool) -> Request {
    Request::AddRaftVoter(AddRaftVoterRequest {
        cluster_id: None,
        voter: key(node, 0),
        listeners: endpoints(node),
        ack_when_committed,
    })
}

fn remove(voter: ReplicaKey) -> Request {
    Request::RemoveRaftVoter(RemoveRaftVoterRequest { cluster_id: None, voter })
}

fn change_error(lone: &Lone, id: RequestId) -> Option<Option<Error>> {
    match lone.answer_to(id)? {
        Response::AddRaftVoter(answer) | Response::RemoveRaftVoter(answer) => Some(answer.error),
        Response::UpdateRaftVoter(answer) => Some(answer.error),
        other => panic!("{other:?}"),
    }
}

fn voters_appended(lone: &Lone) -> Option<VoterSet> {
    lone.commands.iter().find_map(|command| match command {
        Command::Append { records: RecordsToAppend::Control(records), .. } => {
            records.iter().find_map(|record| match record {
                ControlRecord::Voters(voters) => Some(voters.clone()),
                _ => None,
            })
        }
        _ => None,
    })
}

/// Asks for node 4; its versions are on their way to be asked for.
fn begin_add(lone: &mut Lone, ack_when_committed: bool) -> (RequestId, u64) {
    let id = lone.ask(add(4, ack_when_committed));
    let [(NodeId(4), correlation, Request::ApiVersions)] = lone.sent()[..] else {
        panic!("{:?}", lone.commands)
    };
    assert_eq!(change_error(lone, id), None);
    (id, correlation)
}

#[test]
fn a_voter_is_added_once_it_has_caught_up() {
    let mut lone = a_leader();
    let end = lone.machine.log_end();
    lone.fetch_as(4, end, Epoch(1));
    let (id, correlation) = begin_add(&mut lone, true);
    lone.respond(NodeId(4), correlation, Response::ApiVersions(Some(BOTH_VERSIONS)));
    assert_eq!(voters_appended(&lone), Some(dynamic_voters(&[1, 2, 3, 4])));
    assert_eq!(lone.machine.voters().len(), 4, "it counts as soon as it is appended");
    let second = lone.ask(remove(key(3, 0)));
    assert_eq!(change_error(&lone, second), Some(Some(Error::RequestTimedOut)));
    lone.sync();
    let end = lone.machine.log_end();
    lone.fetch_as(2, end, Epoch(1));
    assert_eq!(change_error(&lone, id), None, "two of four are no majority");
    lone.fetch_as(4, end, Epoch(1));
    assert_eq!(change_error(&lone, id), Some(None));
    let third = lone.ask(remove(key(3, 0)));
    assert_eq!(voters_appended(&lone).map(|voters| voters.len()), Some(3));
    assert_eq!(change_error(&lone, third), None);
}

#[test]
fn an_addition_may_be_acknowledged_before_it_is_committed() {
    let mut lone = a_leader();
    lone.fetch_as(4, lone.machine.log_end(), Epoch(1));
    let (id, correlation) = begin_add(&mut lone, false);
    lone.respond(NodeId(4), correlation, Response::ApiVersions(Some(BOTH_VERSIONS)));
    assert_eq!(change_error(&lone, id), Some(None));
    let second = lone.ask(remove(key(3, 0)));
    assert_eq!(change_error(&lone, second), Some(Some(Error::RequestTimedOut)));
}

#[test]
fn who_cannot_be_a_voter_is_not_added() {
    let mut lone = a_leader();
    let (id, correlation) = begin_add(&mut lone, true);
    lone.respond(NodeId(4), correlation, Response::ApiVersions(Some(BOTH_VERSIONS)));
    assert_eq!(change_error(&lone, id), Some(Some(Error::RequestTimedOut)), "it lags behind");
    lone.fetch_as(4, lone.machine.log_end(), Epoch(1));
    for versions in [None, Some(VersionRange { min: 0, max: 0 })] {
        let (id, correlation) = begin_add(&mut lone, true);
        lone.respond(NodeId(4), correlation, Response::ApiVersions(versions));
        assert_eq!(change_error(&lone, id), Some(Some(Error::InvalidRequest)));
    }
    let (id, correlation) = begin_add(&mut lone, true);
    let response = Err(SendError::Disconnected);
    lone.give(Event::Response { from: NodeId(4), correlation, response });
    assert_eq!(change_error(&lone, id), Some(Some(Error::RequestTimedOut)));
    let id = lone.ask(add(3, true));
    assert_eq!(change_error(&lone, id), Some(Some(Error::DuplicateVoter)));
    lone.after_ms(100);
    let (id, _) = begin_add(&mut lone, true);
    lone.after_ms(2_000);
    assert_eq!(change_error(&lone, id), Some(Some(Error::RequestTimedOut)));
}

#[test]
fn changes_wait_for_the_first_commit_of_the_epoch() {
    let mut lone = Lone::of(&[1, 2, 3]);
    let id = lone.ask(add(4, true));
    assert_eq!(change_error(&lone, id), Some(Some(Error::NotLeaderOrFollower)));
    lone.win();
    for request in [add(4, true), remove(key(3, 0))] {
        let id = lone.ask(request);
        assert_eq!(change_error(&lone, id), Some(Some(Error::RequestTimedOut)));
    }
}

#[test]
fn only_the_very_replica_is_removed() {
    let mut lone = a_leader();
    for voter in [key(3, 1), key(7, 0)] {
        let id = lone.ask(remove(voter));
        assert_eq!(change_error(&lone, id), Some(Some(Error::VoterNotFound)));
    }
    let nobody = ReplicaKey { id: NodeId(3), directory_id: None };
    let id = lone.ask(remove(nobody));
    assert_eq!(change_error(&lone, id), Some(Some(Error::InvalidRequest)));
    let mut alone = Lone::of(&[1]);
    alone.sync();
    let id = alone.ask(remove(key(1, 0)));
    assert_eq!(change_error(&alone, id), Some(Some(Error::VoterNotFound)));
}

/// KAFKA-17608: it leads until its removal is committed, by the others alone.
#[test]
fn a_leader_that_is_removed_leads_until_that_is_committed() {
    let mut lone = a_leader();
    let id = lone.ask(remove(key(1, 0)));
    lone.sync();
    let end = lone.machine.log_end();
    lone.fetch_as(2, end, Epoch(1));
    assert!(lone.machine.is_leader(), "one of two is no majority");
    lone.fetch_as(3, end, Epoch(1));
    assert_eq!(change_error(&lone, id), Some(None));
    assert_eq!(lone.machine.role(), Role::Resigned);
    lone.wait_for(Role::Unattached);
    for _ in 0..10 {
        lone.after_ms(1_000);
    }
    assert_eq!(lone.machine.role(), Role::Unattached, "it does not seek the lead again");
}

/// The others may need the log of one whose removal is not committed.
#[test]
fn a_leader_whose_removal_is_not_committed_may_lead_again() {
    let mut lone = Lone::of(&[1, 2]);
    lone.lead();
    lone.ask(remove(key(1, 0)));
    lone.sync();
    lone.give(Event::Resign { epoch: Epoch(1) });
    lone.win();
    assert!(lone.machine.is_leader() && !lone.machine.is_voter());
    lone.sync();
    let end = lone.machine.log_end();
    lone.fetch_as(2, end, lone.machine.epoch());
    assert_eq!((lone.machine.role(), lone.machine.high_watermark()), (Role::Resigned, Some(end)));
}

fn update(epoch: Epoch, node: i32, port: u16) -> Request {
    let mut listeners = endpoints(node);
    listeners.0.values_mut().for_each(|address| address.1 = port);
    Request::UpdateRaftVoter(UpdateRaftVoterRequest {
        cluster_id: None,
        current_leader_epoch: epoch,
        voter: key(node, 0),
        listeners,
        kraft_versions: BOTH_VERSIONS,
    })
}

#[test]
fn a_voter_moves_to_another_address() {
    let mut lone = a_leader();
    let id = lone.ask(update(Epoch(1), 3, 1234));
    let (to, correlation, _) = lone.sent()[0].clone();
    let unequal = Response::ApiVersions(Some(VersionRange { min: 0, max: 0 }));
    lone.respond(to, correlation, unequal);
    assert_eq!(change_error(&lone, id), Some(Some(Error::InvalidRequest)));
    let id = lone.ask(update(Epoch(1), 3, 1234));
    let (to, correlation, _) = lone.sent()[0].clone();
    lone.respond(to, correlation, Response::ApiVersions(Some(BOTH_VERSIONS)));
    assert_eq!(change_error(&lone, id), Some(None));
    let moved = voters_appended(&lone).expect("the voters are appended");
    assert_eq!(moved.endpoints(NodeId(3)).node(NodeId(3), "CONTROLLER").unwrap().port, 1234);
    lone.sync();
    lone.fetch_as(2, lone.machine.log_end(), Epoch(1));
    let id = lone.ask(update(Epoch(1), 9, 1));
    let (to, correlation, _) = lone.sent()[0].clone();
    lone.respond(to, correlation, Response::ApiVersions(Some(BOTH_VERSIONS)));
    assert_eq!(change_error(&lone, id), Some(Some(Error::VoterNotFound)));
}

/// Follows node 2 with the voters of the log, at another address than they say.
#[test]
fn a_follower_tells_its_new_address() {
    let mut moved = config(1, 7, None);
    moved.listeners.0.values_mut().for_each(|address| address.1 = 77);
    let mut lone = Lone::start(moved, formatted(&dynamic_voters(&[1, 2, 3])));
    lone.follow(4);
    let mut told = None;
    for _ in 0..40 {
        for (to, correlation, request) in lone.take_outbox() {
            match request {
                Request::Fetch(_) => {
                    let outcome = FetchOutcome::Batches(vec![]);
                    lone.respond(to, correlation, fetched(2, Epoch(4), None, outcome));
                }
                Request::UpdateRaftVoter(request) => told = Some(request),
                other => panic!("{other:?}"),
            }
        }
        lone.after_ms(150);
    }
    let told = told.expect("it tells the leader");
    assert_eq!((told.voter, told.kraft_versions), (key(1, 0), BOTH_VERSIONS));
}

#[test]
fn configured_voters_go_to_the_log_once_all_have_told_of_themselves() {
    let mut first = config(1, 7, None);
    first.static_voters = static_voters(&[1, 2, 3]);
    let mut lone = Lone::start(first, Stored::default());
    lone.lead();
    let id = lone.ask(add(4, true));
    assert_eq!(change_error(&lone, id), Some(Some(Error::UnsupportedVersion)));
    let missing = [NodeId(2), NodeId(3)].into();
    assert_eq!(lone.machine.may_upgrade(Epoch(1), 1), Err(UpgradeRefusal::Voters(missing)));
    for node in [2, 3] {
        let id = lone.ask(update(Epoch(1), node, 9093));
        let (to, correlation, _) = lone.sent()[0].clone();
        lone.respond(to, correlation, Response::ApiVersions(Some(BOTH_VERSIONS)));
        assert_eq!(change_error(&lone, id), Some(None));
        assert_eq!(voters_appended(&lone), None, "the leader keeps them in memory");
    }
    let refused = UpgradeRefusal::Version { from: 0, to: 2 };
    assert_eq!(lone.machine.may_upgrade(Epoch(1), 2), Err(refused));
    assert!(lone.machine.may_upgrade(Epoch(1), 1).is_ok_and(|voters| voters.is_some()));
    lone.give(Event::UpgradeKraftVersion { epoch: Epoch(1), version: 1 });
    assert_eq!(voters_appended(&lone), Some(dynamic_voters(&[1, 2, 3])));
    assert_eq!(lone.machine.kraft_version(), 1);
    assert_eq!(lone.machine.may_upgrade(Epoch(1), 1), Ok(None));
}

/// A controller with auto join that fetches from node 2: what it asks the leader for, in turn.
fn joins(voters: &VoterSet, mut lone: Lone, seconds: u64) -> Vec<Request> {
    lone.ask(begin(2, 4));
    let mut asked = Vec::new();
    for _ in 0..seconds * 10 {
        for (to, correlation, request) in lone.take_outbox() {
            match request {
                Request::Fetch(_) => {
                    let batches = match lone.machine.log_end() {
                        Offset(0) => {
                            let mut first = batch(0, 1, 4);
                            let records = formatted(voters).control_records;
                            let offsets = [Offset(0), Offset(1)].into_iter();
                            let records = records.into_iter().map(|(_, record)| record);
                            first.control_records = offsets.zip(records).collect();
                            vec![first]
                        }
                        _ => vec![],
                    };
                    let outcome = FetchOutcome::Batches(batches);
                    lone.respond(to, correlation, fetched(2, Epoch(4), Some(2), outcome));
                    lone.sync();
                }
                request => {
                    let error = None;
                    let done = VoterChangeResponse { error, error_message: None };
                    asked.push(request);
                    lone.respond(to, correlation, Response::AddRaftVoter(done));
                }
            }
        }
        lone.after_ms(100);
    }
    asked
}

fn joining(node: i32, disk: u32) -> Lone {
    let mut config = config(node, 7, None);
    config.directory_id = directory(node, disk);
    config.auto_join = true;
    Lone::start(config, Stored::default())
}

#[test]
fn a_controller_joins_by_itself() {
    let voters = dynamic_voters(&[2, 3]);
    let asked = joins(&voters, joining(1, 0), 6);
    let Some(Request::AddRaftVoter(request)) = asked.first() else { panic!("{asked:?}") };
    assert_eq!((request.voter, request.ack_when_committed), (key(1, 0), false));
    let voters = dynamic_voters(&[1, 2, 3]);
    let asked = joins(&voters, joining(1, 5), 6);
    let Some(Request::RemoveRaftVoter(request)) = asked.first() else { panic!("{asked:?}") };
    assert_eq!(request.voter, key(1, 0), "its former disk goes first");
}

/// KAFKA-19850
#[test]
fn a_voter_that_was_removed_does_not_join_again_by_itself() {
    let mut config = config(1, 7, None);
    config.auto_join = true;
    let mut lone = Lone::start(config, formatted(&dynamic_voters(&[1, 2, 3])));
    lone.follow(4);
    assert!(lone.machine.is_voter());
    let asked = joins(&dynamic_voters(&[2, 3]), lone, 15);
    assert_eq!(asked, []);
}
