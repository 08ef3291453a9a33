//! Coordinators on a real log.

mod cores;
mod transactions;

use super::groups::GroupHost;
use crate::coordinators::groups::*;
use shards::io::executor::{self, RingConfig};
use shards::io::file::Durability;
use shards::log::Log;
use shards::log::config::LogConfig;
use shards::log::lifecycle::LogSpec;
use shards::node_dir::{self, Owner};
use shards::store::{Store, StoreOptions};
use shards::units::{PartitionId, ShardId};
use std::path::Path;
use uuid::Uuid;

const INDEX: i32 = 7;

/// Runs with an empty log of partition 7.
fn with_log<F: Future>(body: impl FnOnce(Log) -> F) {
    let directory = tempfile::tempdir().unwrap();
    executor::run(RingConfig::default(), async {
        let (store, log) = open(directory.path()).await;
        body(log).await;
        store.close().await.in_order().unwrap();
    })
    .unwrap();
}

async fn open(path: &Path) -> (Store, Log) {
    let owner = Owner { cluster_id: Some("test".into()), node_id: 1 };
    let (directory, _lock) = node_dir::prepare(path, &owner).await.unwrap();
    let options = StoreOptions {
        shard: ShardId(0),
        shards: 1,
        journal_bytes_max: 64 << 20,
        journal_durability: Durability::Synced,
        memory_bytes: 64 << 20,
        segment_files_max: 1000,
    };
    let (store, _) = Store::recover(&[directory], &options).await.unwrap();
    let id = PartitionId { topic: Uuid::from_u128(42), index: INDEX };
    let name = format!("__consumer_offsets-{INDEX}");
    let spec = LogSpec { id, name, config: LogConfig::default() };
    let log = store.open_or_create(spec).await.unwrap();
    (store, log)
}

fn host() -> GroupHost {
    GroupHost::of_groups(GroupConfig { initial_rebalance_delay_ms: 5, ..GroupConfig::default() })
}

/// Asks until the log is loaded.
async fn ask(host: &GroupHost, request: Request) -> Reply {
    loop {
        match host.ask(INDEX, request.clone()).await {
            Reply::Refused(GroupError::Loading)
            | Reply::JoinRefused { error: GroupError::Loading, .. } => executor::yield_now().await,
            reply => return reply,
        }
    }
}

fn join() -> Request {
    Request::Join(JoinGroup {
        group_id: "g".into(),
        member_id: String::new(),
        group_instance_id: None,
        client_id: "c".into(),
        client_host: "/127.0.0.1".into(),
        session_timeout_ms: 10_000,
        rebalance_timeout_ms: 10_000,
        protocol_type: "consumer".into(),
        protocols: vec![Protocol { name: "range".into(), metadata: "m".into() }],
        member_id_required: false,
        can_skip_assignment: true,
        fresh_uuid: Uuid::from_u128(1),
    })
}

fn sync(member_id: &str) -> Request {
    Request::Sync(SyncGroup {
        group_id: "g".into(),
        generation: 1,
        member_id: member_id.into(),
        group_instance_id: None,
        protocol_type: None,
        protocol_name: None,
        assignments: vec![(member_id.into(), "all".into())],
    })
}

fn commit(offset: i64) -> Request {
    let partition = OffsetToCommit { partition: 0, offset, leader_epoch: None, metadata: None };
    let topic = CommitTopic { name: "t".into(), topic_id: None, partitions: vec![partition] };
    Request::Commit(CommitOffsets {
        group_id: "simple".into(),
        generation: -1,
        member_id: String::new(),
        group_instance_id: None,
        retention_ms: None,
        knows_member_epochs: true,
        topics: vec![topic],
    })
}

fn fetch() -> Request {
    let topics = None;
    Request::Fetch(FetchOffsets {
        group_id: "simple".into(),
        topics,
        require_stable: false,
        claim: Claim::NONE,
    })
}

async fn stable_group(host: &GroupHost) -> String {
    let Reply::Join(joined) = ask(host, join()).await else { panic!("not joined") };
    let Reply::Sync(synced) = ask(host, sync(&joined.member_id)).await else { panic!("no part") };
    assert_eq!(synced.assignment, "all");
    joined.member_id
}

#[test]
fn groups_and_offsets_outlive_their_host() {
    with_log(|log| async move {
        let first = host();
        first.lead(INDEX, 0, log.clone());
        let member_id = stable_group(&first).await;
        for offset in 0..100 {
            assert!(matches!(ask(&first, commit(offset)).await, Reply::Commit(_)));
        }
        let before = ask(&first, fetch()).await;
        let describe = || {
            let group_ids = vec!["g".to_owned()];
            Request::Describe(DescribeGroups { group_ids })
        };
        let described = ask(&first, describe()).await;
        first.resign(INDEX);

        let second = host();
        second.lead(INDEX, 0, log);
        assert_eq!(ask(&second, fetch()).await, before);
        assert_eq!(ask(&second, describe()).await, described);
        let heartbeat = Request::Heartbeat(Heartbeat {
            group_id: "g".into(),
            generation: 1,
            member_id,
            group_instance_id: None,
        });
        assert_eq!(ask(&second, heartbeat).await, Reply::Heartbeat);
        second.resign(INDEX);
    });
}

#[test]
fn who_waits_is_sent_elsewhere_when_the_partition_goes() {
    with_log(|log| async move {
        let host = GroupHost::of_groups(GroupConfig::default());
        host.lead(INDEX, 0, log);
        ask(&host, fetch()).await;
        let asking = host.clone();
        let waiting = executor::spawn(async move { asking.ask(INDEX, join()).await });
        executor::yield_now().await;
        host.resign(INDEX);
        let reply = waiting.await;
        let member_id = format!("c-{}", Uuid::from_u128(1));
        let error = GroupError::NotCoordinator;
        assert_eq!(reply, Reply::JoinRefused { error, member_id });
        assert_eq!(host.ask(INDEX, fetch()).await, Reply::Refused(error));
        assert!(host.partitions().is_empty());
    });
}

#[test]
fn many_ask_at_once_and_all_are_answered() {
    with_log(|log| async move {
        let host = host();
        host.lead(INDEX, 0, log);
        ask(&host, fetch()).await;
        let commits: Vec<_> = (0..500)
            .map(|offset| {
                let host = host.clone();
                executor::spawn(async move { host.ask(INDEX, commit(offset)).await })
            })
            .collect();
        for commit in commits {
            assert!(matches!(commit.await, Reply::Commit(_)));
        }
        let Reply::Fetch(topics) = ask(&host, fetch()).await else { panic!("not fetched") };
        let (_, FetchedPartition::Committed(last)) = &topics[0].partitions[0] else {
            panic!("nothing committed")
        };
        assert_eq!(last.offset, 499);
        let lists = host.ask_all(&Request::List(ListGroups::default())).await;
        assert!(matches!(&lists[..], [Reply::List(groups)] if groups.len() == 1));
        host.resign(INDEX);
    });
}
