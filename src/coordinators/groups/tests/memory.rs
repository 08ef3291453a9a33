//! The memory of members: counted to the byte, given back on every way out, and bounded.

use super::bench::*;
use crate::coordinators::coordinator::*;
use crate::coordinators::groups::*;

/// More than half of what there is, less than all.
const LARGE: usize = limits::MEMBER_BYTES_MAX / 2 + 10_000;

fn held(bench: &Bench) -> usize {
    bench.partition.memory.bytes_held()
}

fn refusals(bench: &Bench) -> u64 {
    bench.partition.memory.refusals()
}

/// Asks to join a group of its own, as clients do that need no id first.
fn join_alone(bench: &mut Bench, group_id: &str, metadata_bytes: usize) -> RequestToken {
    let metadata = vec![0; metadata_bytes].into();
    let request = JoinGroup {
        group_id: group_id.into(),
        member_id_required: false,
        protocols: vec![Protocol { name: "range".into(), metadata }],
        ..join("c", "")
    };
    bench.ask(Request::Join(request))
}

fn leave(bench: &mut Bench, group_id: &str, member_id: &str) {
    let member = LeavingMember { member_id: member_id.into(), group_instance_id: None };
    let request = LeaveGroup { group_id: group_id.into(), members: vec![member] };
    assert_eq!(bench.ask_now(Request::Leave(request)), Reply::Leave(vec![Ok(())]));
}

fn sync(bench: &mut Bench, group_id: &str, member_id: &str, bytes: usize) -> RequestToken {
    bench.ask(Request::Sync(SyncGroup {
        group_id: group_id.into(),
        generation: 1,
        member_id: member_id.into(),
        group_instance_id: None,
        protocol_type: None,
        protocol_name: None,
        assignments: vec![(member_id.into(), vec![0; bytes].into())],
    }))
}

#[test]
fn a_new_member_is_refused_while_others_hold_the_memory() {
    let mut bench = Bench::new();
    let first = join_alone(&mut bench, "g", LARGE);
    bench.pass(DELAY_MS);
    let member_id = bench.joined(first).member_id;
    let before = held(&bench);
    assert!(before > LARGE);

    let second = join_alone(&mut bench, "h", LARGE);
    assert_eq!(bench.reply(second), join_refused(GroupError::MemoryFull, ""));
    assert_eq!((held(&bench), refusals(&bench)), (before, 1));
    // Small ones still fit, and those that are in go on.
    let small = join_alone(&mut bench, "i", 10);
    bench.pass(DELAY_MS);
    assert_eq!(bench.joined(small).generation, 1);
    let token = sync(&mut bench, "g", &member_id, LARGE);
    assert!(matches!(bench.reply(token), Reply::Sync(_)));

    leave(&mut bench, "g", &member_id);
    let second = join_alone(&mut bench, "h", LARGE);
    bench.pass(DELAY_MS);
    assert_eq!(bench.joined(second).generation, 1);
}

#[test]
fn members_that_are_in_may_have_as_much_again_and_no_more() {
    let mut bench = Bench::new();
    let token = join_alone(&mut bench, "g", LARGE);
    bench.pass(DELAY_MS);
    let member_id = bench.joined(token).member_id;
    let before = held(&bench);
    let token = sync(&mut bench, "g", &member_id, 3 * LARGE);
    assert_eq!(bench.reply(token), Reply::Refused(GroupError::RebalanceInProgress));
    let again = |metadata_bytes: usize| JoinGroup {
        member_id: member_id.clone(),
        protocols: vec![Protocol {
            name: "range".into(),
            metadata: vec![1; metadata_bytes].into(),
        }],
        ..join("c", "")
    };
    let refused = bench.ask_now(Request::Join(again(4 * LARGE)));
    assert_eq!(refused, join_refused(GroupError::MemoryFull, &member_id));
    assert_eq!((held(&bench), refusals(&bench)), (before, 2));
    let token = bench.ask(Request::Join(again(LARGE + 1_000)));
    assert_eq!(bench.joined(token).generation, 2);
    assert_eq!(held(&bench), before + 1_000);
}

#[test]
fn what_a_member_held_is_given_back_on_every_way_out() {
    let mut bench = Bench::new();
    let members = bench.stable_group(&["a", "b"]);
    let before = held(&bench);
    // Comes and leaves.
    let token = join_alone(&mut bench, "h", 1_000);
    bench.pass(DELAY_MS);
    let member_id = bench.joined(token).member_id;
    assert!(held(&bench) > before + 1_000);
    leave(&mut bench, "h", &member_id);
    assert_eq!(held(&bench), before);
    // Everyone goes silent.
    drop(members);
    bench.pass(10 * REBALANCE_MS as u64);
    assert_eq!((bench.state(), held(&bench)), ("Empty", 0));
    // An id that was given out lapses.
    let refused = bench.ask_now(Request::Join(join("c", "")));
    assert!(matches!(refused, Reply::JoinRefused { error: GroupError::MemberIdRequired, .. }));
    assert!(held(&bench) > 0);
    bench.pass(SESSION_MS as u64);
    assert_eq!(held(&bench), 0);
}

#[test]
fn ids_that_are_given_out_take_memory_until_there_is_none() {
    let mut bench = Bench::new();
    let client_id = "c".repeat(limits::MEMBER_NAME_BYTES_MAX);
    let ask = |number: usize| JoinGroup {
        group_id: format!("g{number}"),
        client_id: client_id.clone(),
        ..join("c", "")
    };
    let refused = (0..100).find(|number| {
        let reply = bench.ask_now(Request::Join(ask(*number)));
        let Reply::JoinRefused { error, .. } = reply else { panic!("not refused: {reply:?}") };
        error == GroupError::MemoryFull
    });
    assert_eq!(refused, Some((limits::MEMBER_BYTES_MAX >> 15) - 2));
    assert!(held(&bench) <= limits::MEMBER_BYTES_MAX);
}

#[test]
fn partitions_of_a_core_share_the_memory_and_give_back_all_when_they_go() {
    let memory = MemberMemory::default();
    let mut bench = Bench::new();
    bench.stable_group(&["a"]);
    let log = std::mem::take(&mut bench.log);
    let held = bench.partition.memory.bytes_held();
    let load = || {
        let config = GroupConfig::default();
        let mut partition = GroupPartition::sharing(config, memory.clone());
        for record in &log {
            partition.replay(&record.key, record.value.as_deref(), None).unwrap();
        }
        partition
    };
    let (one, other) = (load(), load());
    assert_eq!(memory.bytes_held(), 2 * held);
    drop(one);
    assert_eq!(memory.bytes_held(), held);
    drop(other.unload());
    assert_eq!(memory.bytes_held(), 0);
}
