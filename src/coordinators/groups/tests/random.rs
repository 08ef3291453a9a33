//! Random sequences of requests, time and failures: nothing panics, every request is answered or
//! held by a waiting member, and the log rebuilds what was acknowledged.

use super::bench::*;
use crate::coordinators::coordinator::*;
use crate::coordinators::groups::*;
use proptest::prelude::*;
use std::collections::BTreeMap;

/// One step; numbers pick a client, a known member id and a generation.
#[derive(Clone, Debug)]
enum Step {
    Join { client: u8, member: u8, statically: bool, protocols: u8 },
    Sync { member: u8, back: i32 },
    Heartbeat { member: u8, back: i32 },
    Leave { member: u8, instance: u8 },
    Commit { member: u8, back: i32, offset: i64 },
    DeleteOffsets,
    DeleteGroup,
    Pass { ms: u64 },
    Hold,
    Release,
    Refuse,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        6 => (0..4u8, 0..8u8, any::<bool>(), 0..3u8).prop_map(
            |(client, member, statically, protocols)| {
                Step::Join { client, member, statically, protocols }
            }
        ),
        6 => (0..8u8, 0..2i32).prop_map(|(member, back)| Step::Sync { member, back }),
        3 => (0..8u8, 0..2i32).prop_map(|(member, back)| Step::Heartbeat { member, back }),
        2 => (0..8u8, 0..4u8).prop_map(|(member, instance)| Step::Leave { member, instance }),
        3 => (0..8u8, -1..3i32, 0..100i64)
            .prop_map(|(member, back, offset)| Step::Commit { member, back, offset }),
        1 => Just(Step::DeleteOffsets),
        1 => Just(Step::DeleteGroup),
        4 => (0..15_000u64).prop_map(|ms| Step::Pass { ms }),
        1 => Just(Step::Hold),
        2 => Just(Step::Release),
        1 => Just(Step::Refuse),
    ]
}

/// Drives a bench, remembering ids and generations that members were told.
struct Run {
    bench: Bench,
    member_ids: Vec<String>,
    generation: i32,
    asked: u64,
    answered: usize,
    serial: u32,
    /// Who was told to lead which generation of the group as it is now.
    leaders: BTreeMap<i32, String>,
}

impl Run {
    fn member(&self, number: u8) -> String {
        self.member_ids.get(usize::from(number)).cloned().unwrap_or_default()
    }

    fn join(&mut self, client: u8, member: u8, statically: bool, protocols: u8) -> Request {
        self.serial += 1;
        let name = format!("{}", self.serial);
        let member_id = self.member(member);
        let protocols = match protocols {
            0 => vec![protocol("range")],
            1 => vec![protocol("range"), protocol("sticky")],
            _ => vec![protocol("sticky"), protocol("range")],
        };
        Request::Join(JoinGroup {
            group_instance_id: statically.then(|| format!("i{client}")),
            protocols,
            rebalance_timeout_ms: if client == 0 { 0 } else { REBALANCE_MS },
            ..join(&name, &member_id)
        })
    }

    fn run(&mut self, step: Step) {
        let request = match step {
            Step::Join { client, member, statically, protocols } => {
                self.join(client, member, statically, protocols)
            }
            Step::Sync { member, back } => {
                let assignments =
                    self.member_ids.iter().map(|id| (id.clone(), id.clone().into())).collect();
                let request = sync(&self.member(member), self.generation - back);
                Request::Sync(SyncGroup { assignments, protocol_name: None, ..request })
            }
            Step::Heartbeat { member, back } => {
                Request::Heartbeat(heartbeat(&self.member(member), self.generation - back))
            }
            Step::Leave { member, instance } => {
                let instance_id = format!("i{instance}");
                let instance_id = (instance % 2 == 0).then_some(instance_id.as_str());
                Request::Leave(leave(&self.member(member), instance_id))
            }
            Step::Commit { member, back, offset } => {
                let generation = if back < 0 { -1 } else { self.generation - back };
                Request::Commit(commit(&self.member(member), generation, offset))
            }
            Step::DeleteOffsets => Request::DeleteOffsets(DeleteOffsets {
                group_id: GROUP.into(),
                topics: vec![("t".into(), vec![0])],
            }),
            Step::DeleteGroup => Request::DeleteGroups(vec![GROUP.into()]),
            Step::Pass { ms } => return self.bench.pass(ms),
            Step::Hold => {
                self.bench.hold = true;
                return;
            }
            Step::Release => return self.bench.release(),
            Step::Refuse if !self.bench.held.is_empty() => {
                return self.bench.refuse(AppendFailure::Unavailable);
            }
            Step::Refuse => return,
        };
        self.asked += 1;
        self.bench.ask(request);
    }

    /// Reads the replies; one member at most is told to lead a generation.
    fn read_replies(&mut self) {
        for (_, reply) in std::mem::take(&mut self.bench.replies) {
            self.answered += 1;
            match reply {
                Reply::Join(joined) => {
                    self.generation = joined.generation;
                    self.remember(&joined.member_id);
                    if !joined.members.is_empty() && !joined.skip_assignment {
                        let before =
                            self.leaders.insert(joined.generation, joined.member_id.clone());
                        assert!(before.is_none_or(|leader| leader == joined.member_id));
                    }
                }
                Reply::JoinRefused { error: GroupError::MemberIdRequired, member_id } => {
                    self.remember(&member_id);
                }
                _ => {}
            }
        }
    }

    fn remember(&mut self, member_id: &str) {
        if !self.member_ids.iter().any(|known| known == member_id) {
            self.member_ids.push(member_id.to_owned());
            if self.member_ids.len() > 7 {
                self.member_ids.remove(0);
            }
        }
    }
}

proptest! {
    #[test]
    fn any_sequence_is_survived_and_can_be_replayed(
        steps in proptest::collection::vec(step(), 1..150)
    ) {
        let mut run = Run {
            bench: Bench::new(),
            member_ids: Vec::new(),
            generation: 0,
            asked: 0,
            answered: 0,
            serial: 0,
            leaders: BTreeMap::new(),
        };
        for step in steps {
            // A group that is deleted, or whose records were refused, counts its generations anew.
            let is_there = run.bench.partition.groups.contains_key(GROUP);
            let anew = matches!(step, Step::Refuse) || !is_there;
            if anew {
                run.leaders.clear();
            }
            run.run(step);
            run.read_replies();
        }
        run.bench.release();
        run.bench.pass(0);
        run.read_replies();
        check_replay(&mut run)?;

        // Left alone, the group gives everyone up and nobody waits any more.
        run.bench.pass(400_000);
        run.read_replies();
        prop_assert_eq!(run.asked as usize, run.answered);
    }
}

/// The log tells of the same offsets, and of the same group whenever that is at rest.
fn check_replay(run: &mut Run) -> Result<(), TestCaseError> {
    let mut reloaded = Bench::reloaded(&run.bench.log);
    prop_assert_eq!(reloaded.fetch_one("t", 0), run.bench.fetch_one("t", 0));
    let (live, read) = (run.bench.describe(), reloaded.describe());
    if live.state == Some("Stable") {
        prop_assert_eq!(live, read);
    } else if live.state.is_none() {
        prop_assert_eq!(read.state, None);
    }
    Ok(())
}
