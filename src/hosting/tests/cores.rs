//! The group protocol from frame to frame, on a node of two cores.

use crate::broker::{Core, Parts};
use crate::config::endpoint::Role;
use crate::config::{BrokerConfig, Settings};
use crate::coordinators::coordinator::ImageStep;
use crate::handlers::Request;
use crate::handlers::Response;
use crate::listeners::{ListenerFacts, Peer};
use crate::metadata::topic_name::{CONSUMER_OFFSETS, TRANSACTION_STATE};
use crate::metadata::{Changes, Delta, Image};
use crate::protocol::metadata_records::{MetadataRecord, PartitionRecord, TopicRecord};
use crate::protocol::*;
use crate::routing::{Local, Message as Hop, Owners};
use shards::io::executor::{self, RingConfig};
use shards::io::{CoreId, Durability, Slice};
use shards::log::config::LogConfig;
use shards::log::lifecycle::LogSpec;
use shards::mesh::{self, Seat};
use shards::node_dir::{self, NodeDir, Owner};
use shards::store::{Store, StoreOptions};
use shards::units::{PartitionId, ShardId};
use std::path::Path;
use std::rc::Rc;
use std::sync::{Arc, mpsc};
use uuid::Uuid;

const CORES: usize = 2;
const PARTITIONS: i32 = 4;

/// Runs on the first core of a node that has the topic of groups on both, and topic "t".
pub(super) fn on_node<F: Future<Output = ()>>(body: impl FnOnce(Rc<Core>) -> F + Send) {
    let directory = tempfile::tempdir().unwrap();
    let mut seats = mesh::seats(CORES).into_iter();
    let (first, second) = (seats.next().unwrap(), seats.next().unwrap());
    let (to_second, node_dirs) = mpsc::sync_channel(1);
    std::thread::scope(|threads| {
        threads.spawn(move || {
            let ring = RingConfig { core: CoreId(1), ..RingConfig::default() };
            let node_dir: NodeDir = node_dirs.recv().unwrap();
            executor::run(ring, async {
                let broker = start(ShardId(1), second, node_dir).await;
                broker.ended.notified().await;
            })
            .unwrap();
        });
        executor::run(RingConfig::default(), async {
            let (node_dir, _lock) = prepare(directory.path()).await;
            to_second.send(node_dir.clone()).unwrap();
            let broker = start(ShardId(0), first, node_dir).await;
            open_partitions(&broker).await;
            body(broker.clone()).await;
            broker.run_on_all(|on| Box::pin(async move { close(on).await })).await;
        })
        .unwrap();
    });
}

async fn prepare(path: &Path) -> (NodeDir, node_dir::Lock) {
    let owner = Owner { cluster_id: Some("test".into()), node_id: 1 };
    node_dir::prepare(path, &owner).await.unwrap()
}

async fn start(shard: ShardId, seat: Seat<Hop>, node_dir: NodeDir) -> Rc<Core> {
    let options = StoreOptions {
        shard,
        shards: CORES,
        journal_bytes_max: 64 << 20,
        journal_durability: Durability::Synced,
        memory_bytes: 64 << 20,
        segment_files_max: 1000,
    };
    let (store, _) = Store::recover(&[node_dir], &options).await.unwrap();
    let overrides = ["group.initial.rebalance.delay.ms=5", "node.id=1"].map(String::from);
    let (settings, _) = Settings::load(None, &overrides).unwrap();
    let config = Arc::new(BrokerConfig::new(&settings).unwrap());
    Core::new(Parts {
        shard,
        config,
        store,
        image: Arc::new(image()),
        seat,
        request_bytes_max: 64 << 20,
    })
}

async fn close(broker: Rc<Core>) {
    broker.groups.resign_all();
    broker.transactions.resign_all();
    broker.store.close().await.in_order().unwrap();
    broker.ended.notify_one();
}

fn topic_id(name: &str) -> Uuid {
    Uuid::from_u128(match name {
        CONSUMER_OFFSETS => 1,
        TRANSACTION_STATE => 3,
        _ => 2,
    })
}

fn image() -> Image {
    let mut delta = Delta::new(Image::empty("cluster"));
    for name in [CONSUMER_OFFSETS, TRANSACTION_STATE, "t"] {
        let topic = TopicRecord { name: name.into(), topic_id: topic_id(name) };
        delta.replay(&MetadataRecord::from(topic)).unwrap();
        for partition_id in 0..PARTITIONS {
            let partition = PartitionRecord {
                partition_id,
                topic_id: topic_id(name),
                replicas: vec![1],
                isr: vec![1],
                leader: 1,
                ..PartitionRecord::default()
            };
            delta.replay(&MetadataRecord::from(partition)).unwrap();
        }
    }
    delta.image().clone()
}

fn owner_of(index: i32) -> ShardId {
    ShardId(index as usize % CORES)
}

/// Opens the partitions of the group log, every second one on each core.
async fn open_partitions(broker: &Rc<Core>) {
    let open = |on: Rc<Core>| -> Local<()> {
        Box::pin(async move {
            let mut owners = Owners::default();
            let topics = [CONSUMER_OFFSETS, TRANSACTION_STATE];
            let both =
                topics.into_iter().flat_map(|topic| (0..PARTITIONS).map(move |it| (topic, it)));
            for (topic, index) in both {
                let id = PartitionId { topic: topic_id(topic), index };
                owners.insert(id, owner_of(index));
                if owner_of(index) == on.shard {
                    let name = format!("{topic}-{index}");
                    let spec = LogSpec { id, name, config: LogConfig::default() };
                    on.store.open_or_create(spec).await.unwrap();
                }
            }
            on.routing.set_owners(owners);
            follow(&on, &Image::empty("cluster"), &on.image(), &Changes::default());
        })
    };
    broker.run_on_all(open).await;
}

fn follow(broker: &Core, before: &Image, after: &Arc<Image>, changes: &Changes) {
    let step = ImageStep { before, after, changes };
    broker.groups.follow(&step, 1, &broker.store);
    broker.transactions.follow(&step, 1, &broker.store);
}

/// The node leads again what it led before.
pub(super) async fn refollow(broker: &Rc<Core>) {
    let again = |on: Rc<Core>| -> Local<()> {
        follow(&on, &Image::empty("cluster"), &on.image(), &Changes::default());
        Box::pin(async {})
    };
    broker.run_on_all(again).await;
}

/// Sends a request as a frame and reads the response's frame.
pub(super) async fn call<M: Call>(broker: &Rc<Core>, request: &M, version: i16) -> M::Response {
    let header = RequestHeader { api: M::API, version, correlation_id: 7, client_id: None };
    let mut writer = Writer::new();
    header.encode(&mut writer).unwrap();
    request.encode(&mut writer, version).unwrap();
    let facts = ListenerFacts { name: "PLAINTEXT".into(), role: Role::Broker };
    let peer = Rc::new(Peer::new("127.0.0.1:1".parse().unwrap(), Arc::new(facts)));
    let frame = Slice::from(writer.into_vec());
    let request = Request::parse(broker, &peer, frame).unwrap();
    let Response::Encoded(bytes) = request.work(None).await.unwrap() else { panic!("no bytes") };
    let mut reader = Reader::new(&bytes[4..]);
    let header = ResponseHeader::decode(&mut reader, M::API, version).unwrap();
    assert_eq!(header.correlation_id, 7);
    M::Response::from_slice(reader.rest(), version).unwrap()
}

/// Asks again while coordinators load.
pub(super) async fn loaded(broker: &Rc<Core>) {
    const LOADING: i16 = ErrorCode::CoordinatorLoadInProgress as i16;
    while call(broker, &list_groups::Request::default(), 5).await.error_code == LOADING {
        executor::yield_now().await;
    }
}

fn join(group_id: &str, member_id: &str) -> join_group::Request {
    let protocol = join_group::request::JoinGroupRequestProtocol {
        name: "range".into(),
        metadata: "metadata".into(),
    };
    join_group::Request {
        group_id: group_id.into(),
        session_timeout_ms: 10_000,
        rebalance_timeout_ms: 10_000,
        member_id: member_id.into(),
        group_instance_id: None,
        protocol_type: "consumer".into(),
        protocols: vec![protocol],
        reason: None,
    }
}

/// A group of one member that has its assignment. Gives the member's id.
async fn stable_group(broker: &Rc<Core>, group_id: &str) -> String {
    let first = call(broker, &join(group_id, ""), 9).await;
    assert_eq!(first.error_code, ErrorCode::MemberIdRequired as i16);
    let joined = call(broker, &join(group_id, &first.member_id), 9).await;
    assert_eq!((joined.error_code, joined.generation_id), (0, 1));
    let assignment = sync_group::request::SyncGroupRequestAssignment {
        member_id: joined.member_id.clone(),
        assignment: "part".into(),
    };
    let sync = sync_group::Request {
        group_id: group_id.into(),
        generation_id: 1,
        member_id: joined.member_id.clone(),
        group_instance_id: None,
        protocol_type: Some("consumer".into()),
        protocol_name: Some("range".into()),
        assignments: vec![assignment],
    };
    assert_eq!(call(broker, &sync, 5).await.assignment, "part");
    joined.member_id
}

async fn commit(broker: &Rc<Core>, group_id: &str, member_id: &str, offset: i64) -> i16 {
    let partition = offset_commit::request::OffsetCommitRequestPartition {
        partition_index: 3,
        committed_offset: offset,
        ..Default::default()
    };
    let topic = offset_commit::request::OffsetCommitRequestTopic {
        name: String::new(),
        topic_id: topic_id("t"),
        partitions: vec![partition],
    };
    let request = offset_commit::Request {
        group_id: group_id.into(),
        generation_id_or_member_epoch: if member_id.is_empty() { -1 } else { 1 },
        member_id: member_id.into(),
        group_instance_id: None,
        topics: vec![topic],
        ..Default::default()
    };
    call(broker, &request, 10).await.topics[0].partitions[0].error_code
}

/// Committed offsets of the groups, all asked for at once.
async fn fetch(broker: &Rc<Core>, group_ids: &[String]) -> Vec<Option<i64>> {
    let group = |group_id: &String| offset_fetch::request::OffsetFetchRequestGroup {
        group_id: group_id.clone(),
        topics: None,
        ..Default::default()
    };
    let groups = group_ids.iter().map(group).collect();
    let request = offset_fetch::Request { groups, ..Default::default() };
    let response = call(broker, &request, 10).await;
    let told: Vec<_> = response.groups.iter().map(|group| group.group_id.clone()).collect();
    assert_eq!(told, group_ids);
    let offset = |group: &offset_fetch::response::OffsetFetchResponseGroup| {
        group.topics.first().map(|topic| topic.partitions[0].committed_offset)
    };
    response.groups.iter().map(offset).collect()
}

/// Groups that are named more than once are answered as often, in the order of the request; the
/// other core is asked once.
async fn named_again(broker: &Rc<Core>, group_ids: &[String]) {
    let again: Vec<String> = group_ids.iter().chain(group_ids).cloned().collect();
    let offsets: Vec<_> = (0..8).chain(0..8).map(Some).collect();
    let before = broker.routing.tasks_sent();
    assert_eq!(fetch(broker, &again).await, offsets);
    assert_eq!(broker.routing.tasks_sent() - before, 1, "hops, however many groups");
    let groups = again.clone();
    let describe = describe_groups::Request { groups, include_authorized_operations: false };
    let described = call(broker, &describe, 6).await.groups;
    let told: Vec<_> = described.iter().map(|group| group.group_id.clone()).collect();
    assert_eq!(told, again);
    assert!(described.iter().all(|group| group.members.len() == 1));
}

#[test]
fn groups_on_all_cores_are_reached_from_any() {
    on_node(async |broker| {
        loaded(&broker).await;
        let group_ids: Vec<String> = (0..8).map(|number| format!("group-{number}")).collect();
        let mut members = Vec::new();
        for (number, group_id) in group_ids.iter().enumerate() {
            let member_id = stable_group(&broker, group_id).await;
            assert_eq!(commit(&broker, group_id, &member_id, number as i64).await, 0);
            members.push(member_id);
        }
        let offsets: Vec<_> = (0..8).map(Some).collect();
        assert_eq!(fetch(&broker, &group_ids).await, offsets);

        let list = call(&broker, &list_groups::Request::default(), 5).await;
        let mut listed: Vec<_> = list.groups.into_iter().map(|group| group.group_id).collect();
        listed.sort();
        assert_eq!(listed, group_ids);

        let groups = group_ids.clone();
        let describe = describe_groups::Request { groups, include_authorized_operations: true };
        let described = call(&broker, &describe, 6).await;
        assert_eq!(described.groups.len(), 8);
        for group in described.groups {
            assert_eq!((group.error_code, group.group_state.as_str()), (0, "Stable"));
            assert_eq!((group.members.len(), group.authorized_operations), (1, 3400));
            assert_eq!(group.members[0].client_host, "/127.0.0.1");
        }
        named_again(&broker, &group_ids).await;

        let delete = delete_groups::Request { groups_names: group_ids.clone() };
        let refused = call(&broker, &delete, 3).await;
        let not_empty = ErrorCode::NonEmptyGroup as i16;
        assert!(refused.results.iter().all(|result| result.error_code == not_empty));
        for (group_id, member_id) in group_ids.iter().zip(members) {
            let member = leave_group::request::MemberIdentity {
                member_id,
                group_instance_id: None,
                reason: None,
            };
            let request = leave_group::Request {
                group_id: group_id.clone(),
                members: vec![member],
                ..Default::default()
            };
            assert_eq!(call(&broker, &request, 5).await.members[0].error_code, 0);
        }
        let deleted = call(&broker, &delete, 3).await;
        assert!(deleted.results.iter().all(|result| result.error_code == 0));
        assert_eq!(fetch(&broker, &group_ids).await, [None; 8]);
    });
}

#[test]
fn offsets_of_a_deleted_topic_go_on_every_core() {
    on_node(async |broker| {
        loaded(&broker).await;
        let group_ids: Vec<String> = (0..8).map(|number| format!("group-{number}")).collect();
        for group_id in &group_ids {
            assert_eq!(commit(&broker, group_id, "", 5).await, 0);
        }
        let forget = |on: Rc<Core>| -> Local<()> {
            let mut delta = Delta::new(image());
            let removed = metadata_records::RemoveTopicRecord { topic_id: topic_id("t") };
            delta.replay(&MetadataRecord::from(removed)).unwrap();
            let (after, changes) = delta.take().unwrap();
            follow(&on, &on.image(), &Arc::new(after), &changes);
            Box::pin(async {})
        };
        broker.run_on_all(forget).await;
        assert_eq!(fetch(&broker, &group_ids).await, [None; 8]);
    });
}

#[test]
fn a_group_without_coordinator_is_refused_and_its_topic_wanted() {
    on_node(async |broker| {
        broker.set_image(Arc::new(Image::empty("cluster")));
        let heartbeat = heartbeat::Request { group_id: "g".into(), ..Default::default() };
        let refused = call(&broker, &heartbeat, 4).await;
        assert_eq!(refused.error_code, ErrorCode::NotCoordinator as i16);
        let coordinator_keys = vec!["g".to_owned()];
        let find = find_coordinator::Request { coordinator_keys, ..Default::default() };
        let found = call(&broker, &find, 6).await;
        let not_available = ErrorCode::CoordinatorNotAvailable as i16;
        assert_eq!(found.coordinators[0].error_code, not_available);
        let wanted = broker.first_core().topics_to_create.next().await;
        assert!(wanted.iter().eq([CONSUMER_OFFSETS]));
    });
}
