//! Single steps, and random runs of a leader against what Kafka's rules say of it.

use proptest::prelude::*;

use super::*;

const ME: NodeId = NodeId(1);
const ALL: [NodeId; 3] = [NodeId(1), NodeId(2), NodeId(3)];

fn member(node: NodeId) -> Member {
    Member { node, broker_epoch: Some(10), is_eligible: true }
}

fn led_by(leader: i32, leader_epoch: i32, partition_epoch: i32, in_sync: &[i32]) -> Assignment {
    Assignment {
        node: ME,
        leader: Some(NodeId(leader)),
        leader_epoch: LeaderEpoch(leader_epoch),
        partition_epoch,
        replicas: ALL.map(member).to_vec(),
        in_sync: in_sync.iter().copied().map(NodeId).collect(),
    }
}

fn ends(durable: i64, log_end: i64) -> LogEnds {
    LogEnds { log_start: Offset(0), durable: Offset(durable), log_end: Offset(log_end) }
}

fn fetch(follower: i32, offset: i64, now_ms: u64) -> FollowerFetch {
    FollowerFetch {
        follower: NodeId(follower),
        broker_epoch: Some(10),
        offset: Offset(offset),
        log_start: Offset(0),
        now_ms,
    }
}

fn leader(in_sync: &[i32], log: LogEnds) -> Replica {
    let mut replica = Replica::new(Offset(0));
    let _noted = assign(&mut replica, &led_by(1, 5, 1, in_sync), log);
    replica
}

fn assign(replica: &mut Replica, assignment: &Assignment, log: LogEnds) -> Commands {
    replica.step(Event::Assigned { assignment, now_ms: 1000 }, log)
}

fn in_sync_of(commands: &Commands) -> Option<Vec<i32>> {
    let proposal = commands.proposal.as_ref()?;
    Some(proposal.in_sync.iter().map(|(node, _)| node.0).collect())
}

#[test]
fn alone_what_is_synced_is_committed() {
    let mut replica = Replica::new(Offset(0));
    let commands = assign(&mut replica, &Assignment::alone(LeaderEpoch(3)), ends(7, 9));
    assert_eq!(commands.high_watermark, Some(Offset(7)));
    assert_eq!(commands.epoch_start, Some((LeaderEpoch(3), Offset(9))));
    let commands = replica.step(Event::Synced, ends(9, 12));
    assert_eq!(commands, Commands { high_watermark: Some(Offset(9)), ..Commands::default() });
    assert_eq!(replica.step(Event::Synced, ends(9, 12)), Commands::default());
    assert!(replica.check_leads(None).is_ok() && replica.check_in_sync().is_ok());
    assert!(!replica.is_shared());
}

#[test]
fn without_a_role_nothing_is_shown_and_nothing_led() {
    let mut replica = Replica::new(Offset(4));
    assert_eq!(replica.step(Event::Synced, ends(9, 9)), Commands::default());
    assert_eq!(replica.high_watermark(), Offset(4));
    assert_eq!(replica.check_leads(None), Err(NotLeading::NotLeader));
}

#[test]
fn requests_of_other_epochs_are_refused_whoever_leads() {
    let (asked, current) = (LeaderEpoch(4), LeaderEpoch(5));
    let leading = leader(&[1], ends(0, 0));
    assert_eq!(leading.check_leads(Some(asked)), Err(NotLeading::Fenced { asked, current }));
    let asked = LeaderEpoch(6);
    assert_eq!(leading.check_leads(Some(asked)), Err(NotLeading::Unknown { asked, current }));
    assert!(leading.check_leads(Some(current)).is_ok());
    let mut following = Replica::new(Offset(0));
    let _nothing = assign(&mut following, &led_by(2, 5, 1, &[1, 2]), ends(0, 0));
    assert_eq!(following.check_leads(Some(asked)), Err(NotLeading::Unknown { asked, current }));
    assert_eq!(following.check_leads(Some(current)), Err(NotLeading::NotLeader));
    assert_eq!(following.leader_followed(), Some(NodeId(2)));
}

/// KAFKA-7415: also without data.
#[test]
fn a_leader_notes_where_its_epoch_begins_once() {
    let mut replica = leader(&[1, 2], ends(8, 8));
    let again = assign(&mut replica, &led_by(1, 5, 2, &[1]), ends(9, 9));
    assert_eq!(again.epoch_start, None);
    assert_eq!(replica.epoch_start(), Some(Offset(8)));
    let next = assign(&mut replica, &led_by(1, 6, 3, &[1]), ends(9, 9));
    assert_eq!(next.epoch_start, Some((LeaderEpoch(6), Offset(9))));
}

#[test]
fn the_high_watermark_is_what_all_in_sync_have_and_the_device_holds() {
    let mut replica = leader(&[1, 2], ends(0, 0));
    assert_eq!(replica.step(Event::Synced, ends(10, 10)).high_watermark, None);
    let commands = replica.step(Event::Fetched(fetch(2, 6, 1001)), ends(10, 10));
    assert_eq!(commands.high_watermark, Some(Offset(6)));
    // A follower may have more than this device: it is sent what is not synced here.
    let commands = replica.step(Event::Fetched(fetch(2, 14, 1002)), ends(10, 14));
    assert_eq!(commands.high_watermark, Some(Offset(10)));
    assert_eq!(replica.step(Event::Synced, ends(14, 14)).high_watermark, Some(Offset(14)));
    // Not in sync, and never caught up: it holds nothing back.
    let commands = replica.step(Event::Fetched(fetch(3, 2, 1003)), ends(14, 14));
    assert_eq!(commands, Commands::default());
}

/// KAFKA-9491, KAFKA-14704.
#[test]
fn a_cut_takes_the_high_watermark_with_it() {
    let mut replica = Replica::new(Offset(9));
    let _nothing = assign(&mut replica, &led_by(2, 5, 1, &[1, 2]), ends(9, 9));
    assert_eq!(replica.step(Event::Cut, ends(6, 6)), Commands::default());
    assert_eq!(replica.high_watermark(), Offset(6));
    replica.invariants(ends(6, 6));
}

#[test]
fn a_follower_shows_what_its_leader_has_committed_and_it_has_itself() {
    let mut replica = Replica::new(Offset(3));
    let _nothing = assign(&mut replica, &led_by(2, 5, 1, &[1, 2]), ends(9, 9));
    let said = |replica: &mut Replica, high: i64| {
        replica.step(Event::LeaderSaid { high_watermark: Offset(high) }, ends(9, 11)).high_watermark
    };
    assert_eq!(said(&mut replica, 7), Some(Offset(7)));
    assert_eq!(said(&mut replica, 5), None, "a reader never goes back");
    assert_eq!(said(&mut replica, 11), Some(Offset(9)));
}

#[test]
fn below_the_minimum_of_replicas_nothing_is_committed() {
    let mut replica = leader(&[1], ends(0, 0));
    let limits = Limits { min_in_sync: 2, ..Limits::default() };
    let _nothing = replica.step(Event::Configured(limits), ends(0, 0));
    assert_eq!(replica.check_in_sync(), Err(TooFewInSync { in_sync: 1, min: 2 }));
    assert_eq!(replica.step(Event::Synced, ends(5, 5)).high_watermark, None);
    // As many as there are replicas are enough.
    let mut alone = Replica::new(Offset(0));
    let _noted = assign(&mut alone, &Assignment::alone(LeaderEpoch(0)), ends(0, 0));
    let _nothing = alone.step(Event::Configured(limits), ends(0, 0));
    assert!(alone.check_in_sync().is_ok());
    assert_eq!(alone.step(Event::Synced, ends(5, 5)).high_watermark, Some(Offset(5)));
}

/// KAFKA-7128: not before it has the epoch's start.
#[test]
fn who_has_all_comes_in_sync_by_the_controllers_word() {
    let mut replica = leader(&[1, 2], ends(8, 8));
    let _nothing = replica.step(Event::Fetched(fetch(2, 5, 1001)), ends(8, 8));
    assert_eq!(replica.high_watermark(), Offset(5));
    // At the high watermark, and before the epoch's start.
    let commands = replica.step(Event::Fetched(fetch(3, 5, 1002)), ends(8, 8));
    assert_eq!(in_sync_of(&commands), None);
    let commands = replica.step(Event::Fetched(fetch(3, 8, 1003)), ends(8, 8));
    assert_eq!(in_sync_of(&commands), Some(vec![1, 2, 3]));
    let proposal = commands.proposal.unwrap();
    assert_eq!((proposal.leader_epoch, proposal.partition_epoch), (LeaderEpoch(5), 1));
    assert_eq!(proposal.in_sync[2], (NodeId(3), Some(10)));
    // It counts at once; one change at a time.
    let commands = replica.step(Event::Fetched(fetch(2, 12, 1004)), ends(12, 12));
    assert_eq!(commands.high_watermark, Some(Offset(8)));
    let in_sync = ALL.to_vec();
    let answer = Answer::Accepted { leader_epoch: LeaderEpoch(5), partition_epoch: 2, in_sync };
    let _nothing = replica.step(Event::Answered(&answer), ends(12, 12));
    let commands = replica.step(Event::Fetched(fetch(3, 12, 1005)), ends(12, 12));
    assert_eq!(commands.high_watermark, Some(Offset(12)));
}

#[test]
fn the_answers_of_the_controller() {
    let proposed = || {
        let mut replica = leader(&[1, 2], ends(8, 8));
        let commands = replica.step(Event::Fetched(fetch(3, 8, 1003)), ends(8, 8));
        assert!(commands.proposal.is_some());
        replica
    };
    let mut replica = proposed();
    let again = replica.step(Event::Answered(&Answer::Lost), ends(8, 8));
    assert_eq!(in_sync_of(&again), Some(vec![1, 2, 3]));
    // It may have been done: nothing else is proposed before the metadata is here.
    let _nothing = replica.step(Event::Answered(&Answer::Superseded), ends(8, 8));
    let quiet = replica.step(Event::Looked { now_ms: 99_000 }, ends(9, 9));
    assert_eq!(quiet.proposal, None);
    let _newer = assign(&mut replica, &led_by(1, 5, 2, &[1, 2, 3]), ends(9, 9));
    let shrinks = replica.step(Event::Looked { now_ms: 99_000 }, ends(9, 9));
    assert_eq!(in_sync_of(&shrinks), Some(vec![1]));
    // A late answer of an older partition epoch is none (KAFKA-14144).
    let (leader_epoch, in_sync) = (LeaderEpoch(5), ALL.to_vec());
    let late = Answer::Accepted { leader_epoch, partition_epoch: 2, in_sync };
    let _nothing = replica.step(Event::Answered(&late), ends(9, 9));
    assert_eq!(replica.step(Event::Answered(&Answer::Lost), ends(9, 9)).proposal, shrinks.proposal);
    let mut replica = proposed();
    let _nothing = replica.step(Event::Answered(&Answer::Rejected), ends(8, 8));
    let again = replica.step(Event::Fetched(fetch(3, 8, 1004)), ends(8, 8));
    assert_eq!(in_sync_of(&again), Some(vec![1, 2, 3]));
}

/// KIP-841, KIP-903, KAFKA-15221.
#[test]
fn a_broker_that_is_fenced_or_was_registered_anew_stays_out() {
    let mut replica = leader(&[1, 2], ends(8, 8));
    let mut assignment = led_by(1, 5, 2, &[1, 2]);
    assignment.replicas[2].is_eligible = false;
    let _nothing = assign(&mut replica, &assignment, ends(8, 8));
    let commands = replica.step(Event::Fetched(fetch(3, 8, 1003)), ends(8, 8));
    assert_eq!(commands.proposal, None);
    assignment.replicas[2] = Member { broker_epoch: Some(11), ..member(NodeId(3)) };
    assignment.partition_epoch = 3;
    let _nothing = assign(&mut replica, &assignment, ends(8, 8));
    let stale = fetch(3, 8, 1004);
    let refused = FetchRefused::StaleBroker { follower: NodeId(3), asked: 10, current: 11 };
    assert_eq!(replica.may_fetch(&stale), Err(refused));
    assert_eq!(replica.step(Event::Fetched(stale), ends(8, 8)).proposal, None);
    let fresh = FollowerFetch { broker_epoch: Some(11), ..stale };
    assert!(replica.may_fetch(&fresh).is_ok());
    assert!(replica.step(Event::Fetched(fresh), ends(8, 8)).proposal.is_some());
    let stranger = fetch(9, 8, 1004);
    assert_eq!(replica.may_fetch(&stranger), Err(FetchRefused::NoReplica(NodeId(9))));
}

/// KAFKA-7152: who has the end is caught up, however long ago it fetched.
#[test]
fn who_falls_behind_is_proposed_to_leave_and_one_with_all_never() {
    let mut replica = leader(&[1, 2, 3], ends(0, 0));
    let _nothing = replica.step(Event::Fetched(fetch(2, 4, 2000)), ends(4, 4));
    let _nothing = replica.step(Event::Fetched(fetch(3, 3, 2000)), ends(4, 4));
    let late = replica.step(Event::Looked { now_ms: 2000 + 30_001 }, ends(4, 4));
    assert_eq!(in_sync_of(&late), Some(vec![1, 2]));
    // Until the controller agrees it holds the high watermark back.
    assert_eq!(replica.high_watermark(), Offset(3));
    let (leader_epoch, in_sync) = (LeaderEpoch(5), vec![NodeId(1), NodeId(2)]);
    let answer = Answer::Accepted { leader_epoch, partition_epoch: 2, in_sync };
    let commands = replica.step(Event::Answered(&answer), ends(4, 4));
    assert_eq!(commands.high_watermark, Some(Offset(4)));
}

#[test]
fn a_leader_that_follows_tells_its_waiters_and_old_metadata_changes_nothing() {
    let mut replica = leader(&[1, 2], ends(8, 8));
    let term = replica.term();
    let commands = assign(&mut replica, &led_by(2, 6, 2, &[1, 2]), ends(8, 8));
    assert!(commands.has_resigned && !replica.is_leader());
    let commands = assign(&mut replica, &led_by(1, 5, 1, &[1, 2]), ends(8, 8));
    assert_eq!(commands, Commands::default());
    assert!(!replica.is_leader());
    let _begun = assign(&mut replica, &led_by(1, 7, 3, &[1, 2]), ends(8, 8));
    assert!(replica.is_leader() && replica.term() > term);
}

/// One thing that happens to a leader, with small numbers.
#[derive(Clone, Debug)]
pub(crate) enum Step {
    Append(i64),
    Sync,
    Fetch { follower: i32, behind: i64 },
    Look,
    Answer(u8),
    Later(u64),
}

pub(crate) fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        (1i64..5).prop_map(Step::Append),
        Just(Step::Sync),
        (2i32..4, 0i64..4).prop_map(|(follower, behind)| Step::Fetch { follower, behind }),
        Just(Step::Look),
        (0u8..4).prop_map(Step::Answer),
        (0u64..40_000).prop_map(Step::Later),
    ];
    prop::collection::vec(step, 0..80)
}

/// Runs a leader. What is committed must be on every replica of both sets that the next leader may
/// be chosen of: the one that the controller has, and the one that it is asked for.
pub(crate) fn hold(steps: &[Step]) {
    let mut replica = leader(&[1, 2, 3], ends(0, 0));
    let (mut log, mut now_ms, mut partition_epoch) = (ends(0, 0), 1000, 1);
    let mut has = [Offset(0); 4];
    let mut controllers: Vec<NodeId> = ALL.to_vec();
    let mut asked: Option<Vec<NodeId>> = None;
    for step in steps {
        let before = replica.high_watermark();
        let commands = match step {
            Step::Append(records) => {
                log.log_end = log.log_end.plus(*records);
                Commands::default()
            }
            Step::Sync => {
                log.durable = log.log_end;
                replica.step(Event::Synced, log)
            }
            Step::Fetch { follower, behind } => {
                let at = &mut has[*follower as usize];
                *at = (*at).max(Offset(log.log_end.0 - behind));
                let fetch = fetch(*follower, at.0, now_ms);
                replica.step(Event::Fetched(fetch), log)
            }
            Step::Look => replica.step(Event::Looked { now_ms }, log),
            Step::Later(ms) => {
                now_ms += ms;
                Commands::default()
            }
            Step::Answer(how) => {
                let Some(in_sync) = asked.clone() else { continue };
                let answer = match how {
                    0 => Answer::Rejected,
                    1 => Answer::Lost,
                    _ => {
                        partition_epoch += 1;
                        controllers.clone_from(&in_sync);
                        let leader_epoch = LeaderEpoch(5);
                        Answer::Accepted { leader_epoch, partition_epoch, in_sync }
                    }
                };
                asked = None;
                replica.step(Event::Answered(&answer), log)
            }
        };
        if let Some(proposal) = &commands.proposal {
            assert!(asked.is_none(), "two proposals are under way");
            asked = Some(proposal.in_sync.iter().map(|(node, _)| *node).collect());
        }
        has[1] = log.durable;
        replica.invariants(log);
        assert!(replica.high_watermark() >= before, "it goes back");
        let is_held = |set: &[NodeId]| {
            set.iter().all(|node| has[node.0 as usize] >= replica.high_watermark())
        };
        assert!(is_held(&controllers), "the controller's set lacks what is committed");
        let of_proposal = asked.as_deref().is_none_or(is_held);
        assert!(of_proposal, "the proposed set lacks what is committed");
    }
}

proptest! {
    #[test]
    fn what_is_committed_is_on_every_replica_that_may_lead_next(steps in steps()) {
        hold(&steps);
    }
}

/// Whether one of so many random runs fails, for who has planted a bug.
#[cfg(feature = "sim")]
pub(crate) fn fails_within(runs: u32) -> bool {
    use proptest::strategy::ValueTree;
    use proptest::test_runner::TestRunner;
    let mut runner = TestRunner::deterministic();
    (0..runs).any(|_| {
        let steps = steps().new_tree(&mut runner).unwrap().current();
        std::panic::catch_unwind(|| hold(&steps)).is_err()
    })
}
