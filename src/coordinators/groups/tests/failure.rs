//! What happens when a record is refused.

use super::bench::*;
use crate::coordinators::coordinator::*;
use crate::coordinators::groups::*;

const FAILURE: AppendFailure = AppendFailure::NotLeader;
const ERROR: GroupError = GroupError::Append(FAILURE);

#[test]
fn a_commit_is_undone() {
    let mut bench = Bench::new();
    bench.ask_now(Request::Commit(commit("", -1, 7)));
    let before = bench.fetch_one("t", 0);
    bench.hold = true;
    let tokens = [8, 9].map(|offset| bench.ask(Request::Commit(commit("", -1, offset))));
    bench.refuse(FAILURE);
    assert!(tokens.into_iter().all(|token| bench.reply(token) == refused(ERROR)));
    assert_eq!(bench.fetch_one("t", 0), before);
}

#[test]
fn a_group_made_by_a_commit_goes_with_it() {
    let mut bench = Bench::new();
    bench.hold = true;
    bench.ask(Request::Commit(commit("", -1, 7)));
    bench.refuse(FAILURE);
    assert_eq!(bench.state(), "Dead");
}

#[test]
fn a_group_made_by_a_commit_stays_if_someone_has_joined_since() {
    let mut bench = Bench::new();
    bench.hold = true;
    bench.ask(Request::Commit(commit("", -1, 7)));
    let token = bench.ask(Request::Join(JoinGroup { member_id_required: false, ..join("a", "") }));
    bench.refuse(FAILURE);
    bench.pass(DELAY_MS);
    assert_eq!(bench.joined(token).generation, 1);
}

#[test]
fn a_deleted_group_is_back() {
    let mut bench = Bench::new();
    bench.ask_now(Request::Commit(commit("", -1, 7)));
    let before = bench.fetch_one("t", 0);
    bench.hold = true;
    let token = bench.ask(Request::DeleteGroups(vec![GROUP.into()]));
    bench.refuse(FAILURE);
    assert_eq!(bench.reply(token), refused(ERROR));
    assert_eq!(bench.state(), "Empty");
    assert_eq!(bench.fetch_one("t", 0), before);
}

#[test]
fn a_reader_behind_a_refused_record_is_refused_too() {
    let mut bench = Bench::new();
    bench.hold = true;
    bench.ask(Request::Commit(commit("", -1, 7)));
    let request = FetchOffsets {
        group_id: GROUP.into(),
        topics: None,
        require_stable: false,
        claim: Claim::NONE,
    };
    let reader = bench.ask(Request::Fetch(request));
    bench.refuse(FAILURE);
    assert_eq!(bench.reply(reader), refused(ERROR));
}

#[test]
fn an_assignment_that_cannot_be_written_sends_everyone_back_to_join() {
    let mut bench = Bench::new();
    let id = bench.member_id("a");
    let token = bench.ask(Request::Join(join("a", &id)));
    bench.pass(DELAY_MS);
    assert_eq!(bench.joined(token).generation, 1);
    bench.hold = true;
    let leader = bench.ask(Request::Sync(sync(&id, 1)));
    bench.refuse(FAILURE);
    assert_eq!(bench.reply(leader), refused(ERROR));
    assert_eq!(bench.state(), "PreparingRebalance");
    let token = bench.ask(Request::Join(join("a", &id)));
    assert_eq!(bench.joined(token).generation, 2);
}

#[test]
fn a_group_that_could_not_be_recorded_is_forgotten() {
    let mut bench = Bench::new();
    bench.hold = true;
    let token = bench.ask(Request::Join(JoinGroup { member_id_required: false, ..join("a", "") }));
    bench.refuse(FAILURE);
    assert_eq!(bench.reply(token), join_refused(ERROR, &format!("a-{}", uuid_of("a"))));
    assert_eq!(bench.state(), "Dead");
}

#[test]
fn unloading_sends_everyone_elsewhere() {
    let mut bench = Bench::new();
    let id = bench.member_id("a");
    let joining = bench.ask(Request::Join(join("a", &id)));
    bench.hold = true;
    let other = CommitOffsets { group_id: "h".into(), ..commit("", -1, 7) };
    let committing = bench.ask(Request::Commit(other));
    let replies = bench.partition.unload();
    let error = GroupError::NotCoordinator;
    assert_eq!(replies, [(joining, join_refused(error, &id)), (committing, refused(error))]);
}
