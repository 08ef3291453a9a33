//! `__consumer_offsets`: records with damage make a coordinator that works, whatever members ask.

use bolero::{TypeGenerator, check};
use ringlog::coordinators::coordinator::{Coordinator, Now, OutputOf, RequestToken};
use ringlog::coordinators::groups::{
    ConsumerHeartbeat, GroupConfig, GroupPartition, Heartbeat, JoinGroup, LeaveGroup,
    LeavingMember, Partitions, Protocol, Request, SyncGroup,
};
use ringlog::metadata::Image;
use ringlog::protocol::group_records::consumer_group_current_member_assignment_value as current;
use ringlog::protocol::group_records::consumer_group_target_assignment_member_value as target;
use ringlog::protocol::group_records::group_metadata_value::MemberMetadata;
use ringlog::protocol::group_records::{
    ConsumerGroupCurrentMemberAssignmentKey, ConsumerGroupCurrentMemberAssignmentValue,
    ConsumerGroupMemberMetadataKey, ConsumerGroupMemberMetadataValue, ConsumerGroupMetadataKey,
    ConsumerGroupMetadataValue, ConsumerGroupRegularExpressionKey,
    ConsumerGroupRegularExpressionValue, ConsumerGroupTargetAssignmentMemberKey,
    ConsumerGroupTargetAssignmentMemberValue, ConsumerGroupTargetAssignmentMetadataKey,
    ConsumerGroupTargetAssignmentMetadataValue, GroupKey, GroupMetadataKey, GroupMetadataValue,
    GroupValue, OffsetCommitKey, OffsetCommitValue,
};
use std::collections::BTreeSet;
use std::sync::Arc;
use uuid::Uuid;

use crate::input::Damage;

/// What of the log is read, and what members do then.
#[derive(Clone, Debug, TypeGenerator)]
struct Course {
    records: Vec<(Written, u8, Damage, Damage)>,
    steps: Vec<Step>,
}

#[derive(Clone, Debug, TypeGenerator)]
enum Written {
    Offset { partition: i32, offset: i64 },
    Group { members: u8, session_ms: i32, rebalance_ms: i32, subscription: Vec<u8> },
    Tombstone,
    Consumer { who: u8, kind: u8, epoch: i32, partition: i32, is_tombstone: bool },
}

#[derive(Clone, Debug, TypeGenerator)]
enum Step {
    Beat { group: u8, who: u8, epoch: i8, is_full: bool, owned: i32, regex: u8, timeout_ms: i32 },
    ClassicBeat { group: u8, who: u8, generation: u8 },
    Join { group: u8, who: u8, is_static: bool, rebalance_ms: i32, subscription: Vec<u8> },
    Sync { group: u8, who: u8, generation: u8 },
    Leave { group: u8, who: u8 },
    Wait { ms: u16 },
}

/// A group of hostile members is looked at so often in a second, at the most.
const TICKS_A_SECOND_MAX: u64 = 200 * GROUPS;
const GROUPS: u64 = 3;

#[test]
fn group_logs_and_members() {
    check!().with_test_time(crate::time()).with_type::<Course>().for_each(|course| {
        let config = GroupConfig { session_timeout_ms_min: 100, ..GroupConfig::default() };
        let mut bench = Bench::new(config);
        for (written, group, in_key, in_value) in course.records.iter().take(20) {
            let (mut key, mut value) = record(written, *group);
            in_key.apply(&mut key);
            let value = value.as_mut().map(|value| {
                in_value.apply(value);
                &value[..]
            });
            // Where a record cannot be read, a real one gives up the partition.
            let _refused = bench.partition.replay(&key, value, None);
        }
        let output = bench.partition.loaded(&Arc::new(Image::empty("fuzz")), bench.now);
        bench.take(output);
        for step in course.steps.iter().take(40) {
            bench.carry_out(step);
        }
        bench.pass(20_000);
    });
}

fn group_id(number: u8) -> String {
    format!("g{}", u64::from(number) % GROUPS)
}

fn member_id(number: u8) -> String {
    format!("m{}", number % 4)
}

fn record(written: &Written, group: u8) -> (Vec<u8>, Option<Vec<u8>>) {
    let group = group_id(group);
    let of_group = GroupKey::GroupMetadata(GroupMetadataKey { group: group.clone() });
    match written {
        Written::Offset { partition, offset } => {
            let key = OffsetCommitKey { group, topic: "t".into(), partition: *partition };
            let value = OffsetCommitValue { offset: *offset, ..OffsetCommitValue::default() };
            (key_of(GroupKey::OffsetCommit(key)), value_of(GroupValue::OffsetCommit(value)))
        }
        Written::Group { members, session_ms, rebalance_ms, subscription } => {
            let member = |number| MemberMetadata {
                member_id: member_id(number),
                group_instance_id: (number % 2 == 0).then(|| format!("i{number}")),
                client_id: "c".into(),
                client_host: "/127.0.0.1".into(),
                rebalance_timeout: *rebalance_ms,
                session_timeout: *session_ms,
                subscription: subscription.clone().into(),
                assignment: subscription.clone().into(),
            };
            let value = GroupMetadataValue {
                protocol_type: "consumer".into(),
                generation: 1,
                protocol: Some("range".into()),
                leader: Some(member_id(0)),
                members: (0..members % 4).map(member).collect(),
                ..GroupMetadataValue::default()
            };
            (key_of(of_group), value_of(GroupValue::GroupMetadata(value)))
        }
        Written::Tombstone => (key_of(of_group), None),
        Written::Consumer { who, kind, epoch, partition, is_tombstone } => {
            let (key, value) = consumer_record(group, member_id(*who), *kind, *epoch, *partition);
            let value = (!is_tombstone).then(|| value.to_vec(0).expect("it fits the version"));
            (key_of(key), value)
        }
    }
}

const TOPIC: Uuid = Uuid::from_u128(7);

/// A record of a consumer group.
fn consumer_record(
    group_id: String,
    member_id: String,
    kind: u8,
    epoch: i32,
    partition: i32,
) -> (GroupKey, GroupValue) {
    match kind % 6 {
        0 => (
            ConsumerGroupMetadataKey { group_id }.into(),
            ConsumerGroupMetadataValue { epoch, metadata_hash: 1 }.into(),
        ),
        1 => (
            ConsumerGroupMemberMetadataKey { group_id, member_id }.into(),
            ConsumerGroupMemberMetadataValue {
                instance_id: (partition % 2 == 0).then(|| format!("i{}", partition % 4)),
                subscribed_topic_names: vec!["t".into()],
                rebalance_timeout_ms: epoch,
                ..ConsumerGroupMemberMetadataValue::default()
            }
            .into(),
        ),
        2 => (
            ConsumerGroupTargetAssignmentMetadataKey { group_id }.into(),
            ConsumerGroupTargetAssignmentMetadataValue {
                assignment_epoch: epoch,
                assignment_timestamp: i64::from(partition),
            }
            .into(),
        ),
        3 => {
            let topic = target::TopicPartition { topic_id: TOPIC, partitions: vec![partition; 2] };
            (
                ConsumerGroupTargetAssignmentMemberKey { group_id, member_id }.into(),
                ConsumerGroupTargetAssignmentMemberValue { topic_partitions: vec![topic] }.into(),
            )
        }
        4 => {
            let topic = current::TopicPartitions {
                topic_id: TOPIC,
                partitions: vec![partition, 1],
                assignment_epochs: (epoch % 2 == 0).then(|| vec![epoch]),
            };
            let value = ConsumerGroupCurrentMemberAssignmentValue {
                member_epoch: epoch,
                previous_member_epoch: partition,
                state: (epoch % 5) as i8,
                assigned_partitions: vec![topic.clone()],
                partitions_pending_revocation: vec![topic],
            };
            (ConsumerGroupCurrentMemberAssignmentKey { group_id, member_id }.into(), value.into())
        }
        _ => {
            let value = ConsumerGroupRegularExpressionValue {
                topics: vec!["t".into(), "t".into()],
                version: i64::from(epoch),
                timestamp: i64::from(partition),
            };
            let key =
                ConsumerGroupRegularExpressionKey { group_id, regular_expression: "(".into() };
            (key.into(), value.into())
        }
    }
}

fn key_of(key: GroupKey) -> Vec<u8> {
    key.to_vec().expect("a key")
}

fn value_of(value: GroupValue) -> Option<Vec<u8>> {
    Some(value.to_vec(3).expect("it fits the version"))
}

/// A coordinator whose appends are durable at once.
struct Bench {
    partition: GroupPartition,
    now: Now,
    tokens: u64,
}

impl Bench {
    fn new(config: GroupConfig) -> Bench {
        let now = Now { wall_ms: 1_000_000, steady_ms: 500 };
        Bench { partition: GroupPartition::new(config), now, tokens: 0 }
    }

    fn take(&mut self, output: OutputOf<GroupPartition>) {
        for append in output.appends {
            let output = self.partition.appended(append.ticket, Ok(()), self.now);
            self.take(output);
        }
    }

    fn carry_out(&mut self, step: &Step) {
        let request = match step {
            Step::Wait { ms } => return self.pass(u64::from(*ms)),
            Step::Join { group, who, is_static, rebalance_ms, subscription } => {
                let protocol =
                    Protocol { name: "range".into(), metadata: subscription.clone().into() };
                Request::Join(JoinGroup {
                    group_id: group_id(*group),
                    member_id: if *is_static { String::new() } else { member_id(*who) },
                    group_instance_id: is_static.then(|| format!("i{}", who % 4)),
                    client_id: "c".into(),
                    client_host: "/127.0.0.1".into(),
                    session_timeout_ms: 100 + i32::from(*who) * 50,
                    rebalance_timeout_ms: *rebalance_ms % 20_000,
                    protocol_type: "consumer".into(),
                    protocols: vec![protocol],
                    member_id_required: false,
                    can_skip_assignment: true,
                    fresh_uuid: Uuid::from_u128(u128::from(self.tokens)),
                })
            }
            Step::Beat { group, who, epoch, is_full, owned, regex, timeout_ms } => {
                Request::ConsumerHeartbeat(ConsumerHeartbeat {
                    group_id: group_id(*group),
                    member_id: member_id(*who),
                    member_epoch: i32::from(*epoch),
                    instance_id: (*who >= 128).then(|| format!("i{}", who % 3)),
                    rack_id: None,
                    rebalance_timeout_ms: if *is_full { *timeout_ms % 20_000 } else { -1 },
                    topics: is_full.then(|| BTreeSet::from(["t".to_owned()])),
                    regex: is_full.then(|| ["", "t.*", "("][usize::from(regex % 3)].to_owned()),
                    assignor: (*regex >= 128).then(|| "range".to_owned()),
                    owned: is_full.then(|| Partitions::from([(TOPIC, BTreeSet::from([*owned]))])),
                    client_id: "c".into(),
                    client_host: "/127.0.0.1".into(),
                    fresh_uuid: Uuid::from_u128(u128::from(self.tokens)),
                })
            }
            Step::ClassicBeat { group, who, generation } => Request::Heartbeat(Heartbeat {
                group_id: group_id(*group),
                member_id: member_id(*who),
                generation: i32::from(*generation % 8),
                group_instance_id: None,
            }),
            Step::Sync { group, who, generation } => Request::Sync(SyncGroup {
                group_id: group_id(*group),
                member_id: member_id(*who),
                generation: i32::from(*generation % 8),
                group_instance_id: None,
                protocol_type: None,
                protocol_name: None,
                assignments: Vec::new(),
            }),
            Step::Leave { group, who } => Request::Leave(LeaveGroup {
                group_id: group_id(*group),
                members: vec![LeavingMember {
                    member_id: String::new(),
                    group_instance_id: Some(format!("i{}", who % 4)),
                }],
            }),
        };
        self.tokens += 1;
        let output = self.partition.handle(RequestToken(self.tokens), request, self.now);
        self.take(output);
    }

    /// Lets time pass, with a tick at each deadline on the way.
    fn pass(&mut self, ms: u64) {
        let (mut ticks, end_ms) = (0, self.now.steady_ms + ms);
        while let Some(at_ms) = self.partition.next_deadline().filter(|at_ms| *at_ms <= end_ms) {
            self.jump(at_ms.max(self.now.steady_ms));
            let output = self.partition.tick(self.now);
            self.take(output);
            ticks += 1;
            assert!(ticks <= TICKS_A_SECOND_MAX * (1 + ms / 1000), "the core does nothing else");
        }
        self.jump(end_ms);
    }

    fn jump(&mut self, steady_ms: u64) {
        self.now.wall_ms += (steady_ms - self.now.steady_ms) as i64;
        self.now.steady_ms = steady_ms;
    }
}
