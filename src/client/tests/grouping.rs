//! A member of a group: joining, rebalances, commits, leaving.

use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use super::fake_broker::{Asked, FakeBroker, Reply};
use crate::client::consumer::{Consumer, Isolation, OutOfRange};
use crate::client::member::{Member, MemberOptions};
use crate::client::{Cluster, TopicPartition};
use crate::protocol::embedded_data::{ConsumerProtocolAssignment, ConsumerProtocolSubscription};
use crate::protocol::generated::fetch;
use crate::protocol::records::{from_versioned_slice, to_versioned_vec};
use crate::protocol::{
    ApiKey, ErrorCode, heartbeat, join_group, leave_group, list_offsets, offset_commit,
    offset_fetch, sync_group,
};

/// A coordinator with one member; its heartbeats are answered with these codes, then with none.
struct Coordinator {
    heartbeats: Vec<ErrorCode>,
    generation: i32,
}

impl Coordinator {
    fn answer(&mut self, asked: &Asked) -> Option<Reply> {
        Some(match asked.api {
            ApiKey::JoinGroup => self.join(asked),
            ApiKey::SyncGroup => {
                let request: sync_group::Request = asked.read();
                let assignment = request.assignments[0].assignment.clone();
                let response = sync_group::Response { assignment, ..Default::default() };
                asked.answer::<sync_group::Request>(&response)
            }
            ApiKey::Heartbeat => {
                let error_code = self.heartbeats.pop().unwrap_or(ErrorCode::None).code();
                let response = heartbeat::Response { error_code, ..Default::default() };
                asked.answer::<heartbeat::Request>(&response)
            }
            ApiKey::OffsetFetch => committed_5(asked),
            ApiKey::OffsetCommit => {
                asked.answer::<offset_commit::Request>(&offset_commit::Response::default())
            }
            ApiKey::LeaveGroup => {
                asked.answer::<leave_group::Request>(&leave_group::Response::default())
            }
            ApiKey::ListOffsets => end_20(asked),
            ApiKey::Fetch => asked.answer::<fetch::Request>(&fetch::Response::default()),
            _ => return None,
        })
    }

    fn join(&mut self, asked: &Asked) -> Reply {
        let request: join_group::Request = asked.read();
        let mut response = join_group::Response { member_id: "m".into(), ..Default::default() };
        if request.member_id.is_empty() {
            response.error_code = ErrorCode::MemberIdRequired.code();
            return asked.answer::<join_group::Request>(&response);
        }
        self.generation += 1;
        response.generation_id = self.generation;
        response.leader = "m".to_owned();
        response.protocol_name = Some("range".to_owned());
        response.members = vec![join_group::response::JoinGroupResponseMember {
            member_id: "m".to_owned(),
            metadata: request.protocols[0].metadata.clone(),
            ..Default::default()
        }];
        asked.answer::<join_group::Request>(&response)
    }
}

/// The group stored 5 for partition 0, and nothing for the others.
fn committed_5(asked: &Asked) -> Reply {
    let request: offset_fetch::Request = asked.read();
    let partition = |partition_index| offset_fetch::response::OffsetFetchResponsePartitions {
        partition_index,
        committed_offset: if partition_index == 0 { 5 } else { -1 },
        ..Default::default()
    };
    let topic = offset_fetch::response::OffsetFetchResponseTopics {
        name: "t".to_owned(),
        partitions: (0..2).map(partition).collect(),
        ..Default::default()
    };
    let group = offset_fetch::response::OffsetFetchResponseGroup {
        group_id: request.groups[0].group_id.clone(),
        topics: vec![topic],
        ..Default::default()
    };
    let response = offset_fetch::Response { groups: vec![group], ..Default::default() };
    asked.answer::<offset_fetch::Request>(&response)
}

fn end_20(asked: &Asked) -> Reply {
    let request: list_offsets::Request = asked.read();
    let partition = |it: &list_offsets::request::ListOffsetsPartition| {
        list_offsets::response::ListOffsetsPartitionResponse {
            partition_index: it.partition_index,
            offset: 20,
            ..Default::default()
        }
    };
    let topic = list_offsets::response::ListOffsetsTopicResponse {
        name: "t".to_owned(),
        partitions: request.topics[0].partitions.iter().map(partition).collect(),
    };
    let response = list_offsets::Response { topics: vec![topic], ..Default::default() };
    asked.answer::<list_offsets::Request>(&response)
}

fn start(heartbeats: Vec<ErrorCode>) -> (FakeBroker, Receiver<ApiKey>) {
    let (sender, apis) = channel();
    let mut coordinator = Coordinator { heartbeats, generation: 0 };
    let broker = FakeBroker::start(2, move |asked| {
        // The test may have ended.
        let _ = sender.send(asked.api);
        coordinator.answer(asked)
    });
    (broker, apis)
}

fn member(cluster: &Cluster) -> Member {
    let options = MemberOptions {
        heartbeat_interval: Duration::from_millis(5),
        commit_interval: Duration::ZERO,
        ..MemberOptions::new("g", vec!["t".to_owned()])
    };
    let consumer = Consumer::new(Isolation::ReadUncommitted, OutOfRange::Latest);
    Member::new(cluster, options, consumer, OutOfRange::Latest).unwrap()
}

/// How often the API was asked until the member left.
fn count(apis: &Receiver<ApiKey>, api: ApiKey) -> usize {
    apis.try_iter().filter(|it| *it == api).count()
}

const PATIENCE: Duration = Duration::from_millis(5);

#[test]
fn a_member_goes_on_from_what_is_committed_and_leaves() {
    let (broker, apis) = start(Vec::new());
    let mut cluster = broker.cluster();
    let mut member = member(&cluster);
    member.poll(&mut cluster, PATIENCE).unwrap();
    let partitions = [0, 1].map(|index| TopicPartition::new("t", index));
    assert_eq!(member.assignment(), partitions);
    let positions: Vec<i64> = member.consumer().positions().into_values().collect();
    assert_eq!(positions, [5, 20]);
    member.consumer().seek(&partitions[0], 9);
    member.leave(&mut cluster).unwrap();
    drop(broker);
    let asked: Vec<ApiKey> = apis.try_iter().collect();
    let times = |api| asked.iter().filter(|it| **it == api).count();
    assert_eq!(times(ApiKey::JoinGroup), 2, "once to get an id, once with it: {asked:?}");
    assert_eq!((times(ApiKey::SyncGroup), times(ApiKey::LeaveGroup)), (1, 1));
    assert!(times(ApiKey::OffsetCommit) >= 1);
}

#[test]
fn a_rebalance_and_an_expulsion_make_it_join_again() {
    // The last is answered first.
    let (broker, apis) = start(vec![ErrorCode::UnknownMemberId, ErrorCode::RebalanceInProgress]);
    let mut cluster = broker.cluster();
    let mut member = member(&cluster);
    let mut joins = 0;
    // An id and the first join, the rebalance, an id again and the join as a new member.
    while joins < 5 {
        member.poll(&mut cluster, PATIENCE).unwrap();
        joins += count(&apis, ApiKey::JoinGroup);
    }
    assert_eq!(member.assignment().len(), 2);
    member.leave(&mut cluster).unwrap();
}

#[test]
fn what_members_embed_reads_back() {
    let topics = vec!["t".to_owned()];
    let subscription = ConsumerProtocolSubscription { topics, ..Default::default() };
    let bytes = to_versioned_vec(&subscription, 0).unwrap();
    let read = from_versioned_slice::<ConsumerProtocolSubscription>(&bytes).unwrap();
    assert_eq!(read.record, subscription);
    assert!(from_versioned_slice::<ConsumerProtocolAssignment>(&bytes[..3]).is_err());
}
