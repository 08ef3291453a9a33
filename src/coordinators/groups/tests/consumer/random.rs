//! Random heartbeats, time, topics, refused records and reloads. After each step: one owner of each
//! partition, as far as members were told; and the log, read from its beginning, is the live state.

use super::bench::*;
use crate::coordinators::coordinator::AppendFailure;
use crate::coordinators::groups::kinds::Group;
use crate::coordinators::groups::tests::bench::*;
use crate::coordinators::groups::*;
use proptest::prelude::*;
use std::collections::BTreeMap;

#[derive(Clone, Debug)]
enum Step {
    Join {
        member: usize,
    },
    Beat {
        member: usize,
    },
    /// Says nothing of what it has.
    PlainBeat {
        member: usize,
    },
    Subscribe {
        member: usize,
        topics: u8,
        regex: u8,
    },
    Leave {
        member: usize,
        away: bool,
    },
    OldBeat {
        member: usize,
        back: i32,
    },
    CreateTopic {
        number: u8,
        partitions: i32,
    },
    DeleteTopic {
        number: u8,
    },
    Grow {
        number: u8,
        to: i32,
    },
    Pass {
        ms: u64,
    },
    Reload,
    Hold,
    Release,
    Refuse,
}

fn step() -> impl Strategy<Value = Step> {
    let member = || 0..MEMBERS;
    prop_oneof![
        8 => member().prop_map(|member| Step::Join { member }),
        16 => member().prop_map(|member| Step::Beat { member }),
        4 => member().prop_map(|member| Step::PlainBeat { member }),
        3 => (member(), 0..8u8, 0..4u8)
            .prop_map(|(member, topics, regex)| Step::Subscribe { member, topics, regex }),
        2 => (member(), any::<bool>()).prop_map(|(member, away)| Step::Leave { member, away }),
        2 => (member(), 1..3i32).prop_map(|(member, back)| Step::OldBeat { member, back }),
        2 => (0..3u8, 0..5i32)
            .prop_map(|(number, partitions)| Step::CreateTopic { number, partitions }),
        1 => (0..3u8).prop_map(|number| Step::DeleteTopic { number }),
        1 => (0..3u8, 1..8i32).prop_map(|(number, to)| Step::Grow { number, to }),
        6 => (0..20_000u64).prop_map(|ms| Step::Pass { ms }),
        1 => Just(Step::Reload),
        1 => Just(Step::Hold),
        2 => Just(Step::Release),
        1 => Just(Step::Refuse),
    ]
}

const MEMBERS: usize = 5;
/// The last ones are static.
const STATIC_FROM: usize = 3;

struct Run {
    world: World,
    members: Vec<Client>,
    serial: usize,
}

impl Run {
    fn new() -> Self {
        let member = |number: usize| match number < STATIC_FROM {
            true => Client::new(&format!("m{number}"), &["t0", "t1"]),
            false => Client::of_instance(&format!("m{number}"), &format!("i{number}"), &["t1"]),
        };
        let world = World::new(&[("t0", 3), ("t1", 2)]);
        Run { world, members: (0..MEMBERS).map(member).collect(), serial: 0 }
    }

    fn run(&mut self, step: &Step) {
        match *step {
            Step::Join { member } => {
                self.serial += 1;
                let id = format!("m{member}-{}", self.serial);
                let member = &mut self.members[member];
                if member.instance_id.is_some() {
                    member.id = id;
                }
                member.owned.clear();
                member.epoch = 0;
                let request = member.joining();
                self.ask(request);
            }
            Step::Beat { member } => self.ask(self.members[member].owning()),
            Step::PlainBeat { member } => self.ask(self.members[member].plain()),
            Step::Subscribe { member, topics, regex } => {
                let member = &mut self.members[member];
                let names = (0..3).filter(|bit| topics & (1 << bit) != 0);
                member.topics = names.map(|number| format!("t{number}")).collect();
                let pattern = ["", "t.", "t[12]", "t0"][usize::from(regex)];
                member.regex = Some(pattern.to_owned());
                let (topics, regex) = (Some(member.topics.clone()), member.regex.clone());
                let request = ConsumerHeartbeat { topics, regex, ..member.owning() };
                self.ask(request);
            }
            Step::Leave { member, away } => {
                let member = &mut self.members[member];
                let away = away && member.instance_id.is_some();
                let member_epoch = if away { -2 } else { -1 };
                let request = ConsumerHeartbeat { member_epoch, ..member.plain() };
                member.owned.clear();
                self.ask(request);
            }
            Step::OldBeat { member, back } => {
                let member = &self.members[member];
                let member_epoch = (member.epoch - back).max(0);
                self.ask(ConsumerHeartbeat { member_epoch, ..member.plain() });
            }
            Step::CreateTopic { .. } | Step::DeleteTopic { .. } | Step::Grow { .. } => {
                self.change_topics(step);
            }
            Step::Pass { ms } => self.world.bench.pass(ms),
            Step::Reload => {
                self.world.bench.release();
                self.world.reload();
            }
            Step::Hold => self.world.bench.hold = true,
            Step::Release => self.world.bench.release(),
            Step::Refuse if !self.world.bench.held.is_empty() => {
                self.world.bench.refuse(AppendFailure::Unavailable);
            }
            Step::Refuse => {}
        }
        self.read_replies();
    }

    fn change_topics(&mut self, step: &Step) {
        match *step {
            Step::CreateTopic { number, partitions } => {
                let name = format!("t{number}");
                if self.world.image.topics.by_name(&name).is_none() {
                    self.world.create(&name, partitions);
                }
            }
            Step::DeleteTopic { number } => {
                let name = format!("t{number}");
                if self.world.image.topics.by_name(&name).is_some() {
                    self.world.delete(&name);
                }
            }
            Step::Grow { number, to } => {
                let name = format!("t{number}");
                let topic = self.world.image.topics.by_name(&name);
                if let Some(count) = topic.map(|topic| topic.partitions.len() as i32) {
                    self.world.add_partitions(&name, count..to);
                }
            }
            _ => {}
        }
    }

    fn ask(&mut self, request: ConsumerHeartbeat) {
        self.world.bench.ask(Request::ConsumerHeartbeat(request));
    }

    /// Members act on answers as clients do: who is fenced has nothing any more.
    fn read_replies(&mut self) {
        for (_, reply) in std::mem::take(&mut self.world.bench.replies) {
            let Reply::Beat(beat) = reply else { continue };
            let found = self.members.iter_mut().find(|member| member.id == beat.member_id);
            if let Some(member) = found.filter(|_| beat.member_epoch >= 0) {
                member.epoch = beat.member_epoch;
                if let Some(assignment) = beat.assignment {
                    member.owned = assignment;
                }
            }
        }
        self.drop_what_fenced_members_had();
    }

    fn drop_what_fenced_members_had(&mut self) {
        let group = self.world.bench.partition.groups.get(GROUP).and_then(Group::as_consumer);
        for member in &mut self.members {
            if group.is_none_or(|group| !group.has_member(&member.id)) {
                member.owned.clear();
            }
        }
    }

    fn check(&mut self) {
        let group = self.world.bench.partition.groups.get(GROUP).and_then(Group::as_consumer);
        if let Some(group) = group {
            group.invariants();
            assert_eq!(group.contested(), 0, "each partition has one owner");
        }
        if self.world.bench.held.is_empty() {
            let mut owners = BTreeMap::new();
            for member in &self.members {
                for (topic, partitions) in &member.owned {
                    for partition in partitions {
                        let before = owners.insert((*topic, *partition), &member.id);
                        assert_eq!(before, None, "{} has it too", member.id);
                    }
                }
            }
            self.check_replay();
        }
    }

    fn check_replay(&self) {
        let content = |partition: &GroupPartition| {
            let group = partition.groups.get(GROUP).and_then(Group::as_consumer);
            group.map(|group| group.content())
        };
        let read = Bench::reloaded(&self.world.bench.log);
        assert_eq!(content(&read.partition), content(&self.world.bench.partition));
    }
}

proptest! {
    #[test]
    fn one_owner_and_one_state_whatever_happens(
        steps in proptest::collection::vec(step(), 1..120)
    ) {
        let mut run = Run::new();
        for step in &steps {
            run.run(step);
            run.check();
        }
        run.world.bench.release();
        run.read_replies();
        // Left alone, everyone is given up, and what they held is given back.
        run.world.bench.pass(400_000);
        if let Some(group) = run.world.bench.partition.groups.get(GROUP) {
            prop_assert!(group.is_empty());
        }
        run.check_replay();
    }
}
