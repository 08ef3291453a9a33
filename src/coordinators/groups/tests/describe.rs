//! What DescribeGroups and ListGroups tell.

use super::bench::*;
use crate::coordinators::groups::*;
use bytes::Bytes;

#[test]
fn a_stable_group_is_told_in_full() {
    let mut bench = Bench::new();
    let ids = bench.stable_group(&["a"]);
    let member = DescribedMember {
        member_id: ids[0].clone(),
        group_instance_id: None,
        client_id: "a".into(),
        client_host: "/127.0.0.1".into(),
        metadata: subscription(&["t"]),
        assignment: Bytes::from(format!("for {}", ids[0])),
    };
    let stable = DescribedGroup {
        group_id: GROUP.into(),
        state: Some("Stable"),
        missing: None,
        protocol_type: "consumer".into(),
        protocol_name: "range".into(),
        members: vec![member.clone()],
    };
    assert_eq!(bench.describe(), stable);

    let new = bench.member_id("b");
    bench.ask(Request::Join(join("b", &new)));
    let preparing = bench.describe();
    assert_eq!(
        (preparing.state, preparing.protocol_name),
        (Some("PreparingRebalance"), String::new())
    );
    assert!(preparing.members.contains(&DescribedMember { metadata: Bytes::new(), ..member }));
}

#[test]
fn no_group_is_described_as_none() {
    let nothing = DescribedGroup {
        group_id: GROUP.into(),
        state: None,
        missing: Some(Missing::Absent),
        protocol_type: String::new(),
        protocol_name: String::new(),
        members: Vec::new(),
    };
    assert_eq!(Bench::new().describe(), nothing);
}

#[test]
fn lists_are_filtered_by_state_and_type() {
    let mut bench = Bench::new();
    bench.stable_group(&["a"]);
    bench.ask_now(Request::Commit(CommitOffsets { group_id: "h".into(), ..commit("", -1, 1) }));
    let mut list = |states: &[&str], types: &[&str]| {
        let own = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let request = ListGroups { states: own(states), types: own(types) };
        let Reply::List(groups) = bench.ask_now(Request::List(request)) else { panic!() };
        groups.into_iter().map(|group| group.group_id).collect::<Vec<_>>()
    };
    assert_eq!(list(&[], &[]), ["g", "h"]);
    assert_eq!(list(&["stable "], &["Classic"]), ["g"]);
    assert_eq!(list(&["Empty", "Stable"], &[]), ["g", "h"]);
    assert_eq!(list(&["Dead"], &[]), [""; 0]);
    assert_eq!(list(&[], &["consumer"]), [""; 0]);
    assert_eq!(list(&[], &["no such type"]), [""; 0]);
}
