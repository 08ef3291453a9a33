//! The controller on a real log: restarts, snapshots, order.

use std::collections::BTreeMap;
use std::path::Path;

use shards::compression::Compression;
use shards::format::batch::{Batches, Header};
use shards::format::builder::{BatchBuilder, NewRecord};
use shards::io::executor::{self, RingConfig};
use shards::io::file::Durability;
use shards::log::config::LogConfig;
use shards::log::lifecycle::LogSpec;
use shards::node_dir::{self, Owner};
use shards::store::{Store, StoreOptions};
use shards::units::{PartitionId, ShardId};
use uuid::Uuid;

use super::*;
use crate::config::Settings;
use crate::controller::brokers::{Endpoint, Node};
use crate::controller::limits::METADATA_BATCH_BYTES_MAX;
use crate::controller::loading::NewCluster;
use crate::controller::update_features::{Direction, Update, Updates};
use crate::metadata::features::Offer;
use crate::metadata::{Delta, Versioned, Voter};
use crate::protocol::create_topics::request::{CreatableTopic, Request};
use crate::protocol::metadata_records::{
    ConfigRecord, FeatureLevelRecord, MetadataRecord, PartitionChangeRecord,
};

type Step = (Arc<Image>, Changes);

/// Remembers what was published.
#[derive(Clone, Default)]
struct Published {
    steps: Rc<RefCell<Vec<Step>>>,
    /// What a disk says that has no room.
    full: Rc<RefCell<Option<Arc<str>>>>,
    /// How often partitions were to be opened again.
    tries: Rc<Cell<usize>>,
}

impl Publish for Published {
    async fn publish(&mut self, image: Arc<Image>, changes: Changes) {
        executor::yield_now().await;
        self.steps.borrow_mut().push((image, changes));
    }

    fn without_room(&self) -> Option<Arc<str>> {
        self.full.borrow().clone()
    }

    async fn open_again(&mut self) {
        self.tries.set(self.tries.get() + 1);
    }
}

impl Published {
    fn last(&self) -> Arc<Image> {
        self.steps.borrow().last().expect("something is published").0.clone()
    }
}

fn node() -> Node {
    Node {
        id: 1,
        incarnation_id: Uuid::from_u128(8),
        endpoints: vec![Endpoint {
            listener: "PLAINTEXT".to_owned(),
            host: "localhost".to_owned(),
            port: 9092,
            security_protocol: 0,
        }],
        rack: None,
        directories: vec![Uuid::from_u128(9)],
    }
}

fn options(snapshot_after_bytes: u64) -> LogOptions {
    let settings = Arc::new(Settings::load(None, &[]).unwrap().0);
    LogOptions {
        controller: Options {
            node_id: 1,
            partitions: 1,
            replication_factor: 1,
            descriptors_max: 20_000,
            voters: voters(),
            settings,
        },
        cluster_id: "cluster".to_owned(),
        static_voters: Vec::new(),
        snapshot_after_bytes,
    }
}

fn voters() -> VoterSet {
    let endpoints = vec![("CONTROLLER".to_owned(), "localhost".to_owned(), 9093)];
    let voter = Voter { id: 1, directory_id: Uuid::from_u128(9), endpoints };
    VoterSet { kraft_version: 1, voters: vec![voter] }
}

fn new_cluster(static_voters: &[NodeId]) -> NewCluster {
    let voters = static_voters.is_empty().then(voters);
    NewCluster { features: BTreeMap::new(), offer: Offer::Final, voters }
}

/// A node from start to stop.
struct Run {
    store: Store,
    log: Rc<MetadataLog>,
    published: Published,
    publishing: shards::io::Task<()>,
    root: std::path::PathBuf,
}

impl Run {
    async fn open(root: &Path, options: &LogOptions) -> (Store, Log) {
        let owner = Owner { cluster_id: Some("cluster".into()), node_id: 1 };
        let (directory, _lock) = node_dir::prepare(root, &owner).await.unwrap();
        let store_options = StoreOptions {
            shard: ShardId(0),
            shards: 1,
            journal_bytes_max: 64 << 20,
            journal_durability: Durability::Synced,
            memory_bytes: 64 << 20,
            segment_files_max: 1000,
        };
        let (store, _) = Store::recover(&[directory], &store_options).await.unwrap();
        let folder = root.join("__cluster_metadata-0");
        directory::create_all(&folder).await.unwrap();
        loading::format(root, &folder, &new_cluster(&options.static_voters)).await.unwrap();
        let spec = LogSpec {
            id: PartitionId { topic: Uuid::from_u128(1), index: 0 },
            name: "__cluster_metadata-0".to_owned(),
            config: LogConfig::default(),
        };
        let partition = store.open_or_create(spec).await.unwrap();
        (store, partition)
    }

    async fn start(root: &Path, options: LogOptions) -> Run {
        let (store, partition) = Run::open(root, &options).await;
        let log = MetadataLog::start(partition, options).await.unwrap();
        let published = Published::default();
        let publishing = spawn(log.clone().publish(published.clone()));
        let run = Run { store, log, published, publishing, root: root.to_owned() };
        run.register().await;
        run
    }

    async fn register(&self) {
        let bootstrap = loading::bootstrap(&self.root).await.unwrap();
        let log = &self.log;
        log.submit(|controller, _| Ok(controller.activate(&bootstrap, 1))).await.unwrap();
        log.submit(|controller, _| Ok(controller.register_controller(&node()))).await.unwrap();
        log.submit(|controller, _| controller.register_broker(&node())).await.unwrap();
        log.submit(|controller, _| controller.unfence_broker(1)).await.unwrap();
    }

    async fn create(&self, name: String) {
        assert!(self.create_topics(name).await.unwrap());
    }

    async fn create_topics(&self, name: String) -> Result<bool, SubmitError> {
        let topic =
            CreatableTopic { name, num_partitions: 2, replication_factor: 1, ..Default::default() };
        let request = Request { topics: vec![topic], ..Default::default() };
        let results = self.log.submit(|c, entropy| c.create_topics(&request, entropy)).await?;
        Ok(results[0].result.is_ok())
    }

    async fn stop(self) -> Image {
        self.publishing.cancel();
        let image = self.log.look(|controller| controller.image().clone());
        drop(self.log);
        for (path, checkpoints) in self.store.close().await.in_order().unwrap() {
            node_dir::finish(&path, &checkpoints).await.unwrap();
        }
        image
    }
}

fn with_folder<F: Future>(body: impl FnOnce(std::path::PathBuf) -> F) {
    let folder = tempfile::tempdir().unwrap();
    executor::run(RingConfig::default(), body(folder.path().to_owned())).unwrap();
}

/// All but what a new start changes: the registrations, and where the log stands.
fn without_registrations(mut image: Image) -> Image {
    image.cluster = Arc::default();
    image.provenance = Provenance::NONE;
    image
}

/// What the node makes of an image by so many starts: it leads each partition in a new epoch.
fn started_anew(image: &Image, starts: u32) -> Image {
    let mut delta = Delta::new(image.clone());
    for topic in (0..starts).flat_map(|_| image.topics.iter()) {
        for (partition_id, _) in topic.partitions.iter() {
            let record = PartitionChangeRecord {
                topic_id: topic.id,
                partition_id: *partition_id,
                leader: 1,
                ..Default::default()
            };
            delta.replay(&MetadataRecord::from(record)).unwrap();
        }
    }
    delta.image().clone()
}

#[test]
fn a_new_cluster_begins_with_kafkas_files() {
    with_folder(|root| async move {
        let run = Run::start(&root, options(u64::MAX)).await;
        let image = run.published.last();
        assert_eq!(image.features.metadata_version(), 30);
        assert_eq!(image.finalized_features()["kraft.version"], 1);
        assert!(image.cluster.is_active(1));
        let broker = image.configs.get(&crate::config::ConfigResource::Broker(None));
        assert_eq!(broker["min.insync.replicas"], "1");
        run.stop().await;
        let state = std::fs::read_to_string(root.join("__cluster_metadata-0/quorum-state"));
        assert!(state.unwrap().starts_with(r#"{"leaderId":1,"leaderEpoch":1,"votedId":-1,"#));
    });
}

#[test]
fn a_full_disk_refuses_what_takes_space_and_takes_what_frees_it() {
    with_folder(|root| async move {
        let run = Run::start(&root, options(u64::MAX)).await;
        run.create("old".to_owned()).await;
        let journal = run.store.log_dirs().next().unwrap().journal().clone();
        journal.set_disk_full(true);
        let before = run.log.describe().log_end_offset;
        let refused = run.create_topics("new".to_owned()).await;
        assert!(matches!(refused, Err(SubmitError::DiskFull(_))), "{:?}", refused.err());
        assert_eq!(run.log.describe().log_end_offset, before);
        let old = run.published.last().topics.by_name("old").unwrap().id;
        let deleted =
            run.log.submit(|c, _| Ok(c.delete_topics(&[old], &mut crate::controller::unlimited)));
        assert!(deleted.await.unwrap()[0].1.is_ok());
        assert!(run.published.last().topics.by_name("old").is_none());
        journal.set_disk_full(false);
        run.create("new".to_owned()).await;
        assert!(run.published.last().topics.by_name("new").is_some());
        run.stop().await;
    });
}

#[test]
fn without_room_for_a_partition_no_other_is_made_but_topics_are_deleted() {
    with_folder(async |root| {
        let run = Run::start(&root, options(u64::MAX)).await;
        *run.published.full.borrow_mut() = Some("/a is full".into());
        run.create("first".to_owned()).await;
        let refused = run.create_topics("refused".to_owned()).await;
        assert!(matches!(&refused, Err(SubmitError::DiskFull(why)) if &**why == "/a is full"));
        let first = run.published.last().topics.by_name("first").unwrap().id;
        let deleted =
            run.log.submit(|c, _| Ok(c.delete_topics(&[first], &mut crate::controller::unlimited)));
        assert!(deleted.await.unwrap()[0].1.is_ok());
        *run.published.full.borrow_mut() = None;
        while run.log.without_room.borrow().is_some() {
            clock::sleep(SHORTAGE_RETRY / 10).await;
        }
        run.create("taken".to_owned()).await;
        let image = run.published.last();
        assert!(["first", "refused"].iter().all(|name| image.topics.by_name(name).is_none()));
        assert!(image.topics.by_name("taken").is_some());
        run.stop().await;
    });
}

/// A client that is gone before its answer: what it asked for is published, and who comes after it
/// and changes nothing is answered.
#[test]
fn what_was_decided_is_published_though_nobody_waits() {
    with_folder(|root| async move {
        let run = Run::start(&root, options(u64::MAX)).await;
        {
            let mut creating = std::pin::pin!(run.create("left".to_owned()));
            let mut polled = 0;
            std::future::poll_fn(|context| {
                polled += 1;
                let _pending = creating.as_mut().poll(context);
                match run.log.look(|c| c.image().topics.by_name("left").is_some()) || polled > 9 {
                    true => std::task::Poll::Ready(()),
                    false => std::task::Poll::Pending,
                }
            })
            .await;
        }
        run.log.submit(|_, _| Ok(Outcome::reply(()))).await.unwrap();
        assert!(run.published.last().topics.by_name("left").is_some());
        run.stop().await;
    });
}

#[test]
fn restarts_continue_where_the_log_ends_with_a_new_epoch() {
    with_folder(|root| async move {
        let run = Run::start(&root, options(u64::MAX)).await;
        run.create("before".to_owned()).await;
        let before = run.stop().await;
        for epoch in 2_i32..5 {
            let run = Run::start(&root, options(u64::MAX)).await;
            assert_eq!(run.log.describe().leader_epoch, epoch);
            let image = run.published.steps.borrow()[0].0.clone();
            assert_eq!(
                without_registrations((*image).clone()),
                without_registrations(started_anew(&before, epoch.unsigned_abs() - 2))
            );
            run.stop().await;
        }
    });
}

/// Why a log is refused whose first bytes are others, as a stray block leaves it. What is looked at
/// to open the log is further on.
fn refusal_of_beginning(beginning: impl FnOnce(&[u8]) -> Vec<u8>) -> String {
    let mut refusal = String::new();
    let told = &mut refusal;
    with_folder(|root| async move {
        let run = Run::start(&root, options(u64::MAX)).await;
        for number in 0..60 {
            run.create(format!("topic{number}")).await;
        }
        run.stop().await;
        let segment = root.join("__cluster_metadata-0/00000000000000000000.log");
        let mut bytes = std::fs::read(&segment).unwrap();
        let beginning = beginning(&bytes);
        bytes[..beginning.len()].copy_from_slice(&beginning);
        std::fs::write(&segment, bytes).unwrap();
        let (_store, partition) = Run::open(&root, &options(u64::MAX)).await;
        match MetadataLog::start(partition, options(u64::MAX)).await {
            Ok(_) => panic!("its beginning is missing"),
            Err(refused) => *told = refused.to_string(),
        }
        assert!(told.contains(&segment.display().to_string()), "{told}");
    });
    refusal
}

#[test]
fn a_log_whose_beginning_is_missing_is_refused_and_its_file_named() {
    let refusal = refusal_of_beginning(|log| {
        let sizes = Batches::new(log).map(|batch| batch.unwrap().size());
        let sizes: Vec<usize> = sizes.take(3).collect();
        log[sizes[0]..sizes.iter().sum()].to_vec()
    });
    assert!(refusal.ends_with(": after offset -1 comes 3; restore it from a backup"), "{refusal}");
}

#[test]
fn a_log_that_begins_with_anothers_records_is_refused_and_its_file_named() {
    let stray = |offset: i64| {
        let mut builder = BatchBuilder::new(Header::default(), Compression::NONE);
        let record = NewRecord { timestamp: 0, key: None, value: Some(b"stray"), headers: &[] };
        builder.append(&record).unwrap();
        let mut bytes = builder.finish().unwrap();
        bytes[..8].copy_from_slice(&offset.to_be_bytes());
        bytes
    };
    let refusal = refusal_of_beginning(|_| [stray(100), stray(101)].concat());
    assert!(refusal.contains("the record at offset 100 cannot be decoded"), "{refusal}");
}

#[test]
fn snapshots_are_written_loaded_and_removed() {
    with_folder(|root| async move {
        let run = Run::start(&root, options(500)).await;
        for number in 0..20 {
            run.create(format!("topic{number}")).await;
        }
        let before = run.stop().await;
        let folder = root.join("__cluster_metadata-0");
        let mut snapshots = loading::snapshots(&folder).await.unwrap();
        snapshots.sort_unstable();
        assert_eq!(snapshots.len(), SNAPSHOTS_KEPT);
        assert!(snapshots[1].end_offset > 50, "{snapshots:?}");
        let run = Run::start(&root, options(u64::MAX)).await;
        let begins = run.log.partition.ends().log_start;
        assert_eq!(begins, Offset(snapshots[0].end_offset), "the log was cut before the snapshots");
        let after = run.stop().await;
        let expected = without_registrations(started_anew(&before, 1));
        assert_eq!(without_registrations(after), expected);
    });
}

#[test]
fn requests_at_the_same_time_are_decided_one_after_the_other() {
    with_folder(|root| async move {
        let run = Rc::new(Run::start(&root, options(u64::MAX)).await);
        let creating: Vec<_> = (0..50)
            .map(|number| {
                let run = run.clone();
                spawn(async move { run.create(format!("topic{number}")).await })
            })
            .collect();
        for task in creating {
            task.await;
        }
        assert_eq!(run.published.last().topics.len(), 50);
        let published = run.published.steps.borrow();
        let offsets: Vec<i64> =
            published.iter().map(|(image, _)| image.provenance.last_offset).collect();
        assert!(offsets.is_sorted_by(|one, other| one < other), "{offsets:?}");
        let topics: std::collections::BTreeSet<Uuid> =
            published.iter().flat_map(|(_, changes)| changes.topics.keys().copied()).collect();
        assert_eq!(topics.len(), 50);
    });
}

/// The second batch of it, or what would be torn apart by a second one.
#[test]
fn what_cannot_be_written_whole_is_refused_and_the_log_goes_on() {
    with_folder(|root| async move {
        let run = Run::start(&root, options(u64::MAX)).await;
        let before = run.log.describe().log_end_offset;
        let named = |name: String| Versioned::v0(FeatureLevelRecord { name, feature_level: 0 });
        let mut records: Vec<_> =
            (0..RECORDS_PER_BATCH_MAX).map(|number| named(number.to_string())).collect();
        records.push(named("x".repeat(40_000)));
        for outcome in [Outcome::loose(records.clone(), ()), Outcome::atomic(records, ())] {
            let refused = run.log.submit(|_, _| Ok(outcome)).await;
            assert!(matches!(refused, Err(SubmitError::Refused(_))), "{refused:?}");
        }
        assert_eq!(run.log.describe().log_end_offset, before);
        run.create("after".to_owned()).await;
        run.stop().await;
    });
}

#[test]
fn a_refusal_writes_nothing() {
    with_folder(|root| async move {
        let run = Run::start(&root, options(u64::MAX)).await;
        let before = run.log.describe().log_end_offset;
        let refused = run.log.submit(|controller, _| controller.allocate_producer_ids(1, -5)).await;
        assert!(matches!(refused, Err(SubmitError::Refused(_))), "{refused:?}");
        assert_eq!(run.log.describe().log_end_offset, before);
        run.stop().await;
    });
}

#[test]
fn what_does_not_fit_into_a_batch_is_refused_and_nothing_else() {
    with_folder(|root| async move {
        let run = Run::start(&root, options(u64::MAX)).await;
        let before = run.log.describe().log_end_offset;
        let record = ConfigRecord {
            resource_type: 2,
            resource_name: "t".to_owned(),
            name: "a".to_owned(),
            value: Some("x".repeat(METADATA_BATCH_BYTES_MAX)),
        };
        let outcome = Outcome::atomic(vec![Versioned::v0(record)], ());
        let refused = run.log.submit(|_, _| Ok(outcome)).await;
        assert!(matches!(refused, Err(SubmitError::Refused(_))), "{refused:?}");
        assert_eq!(run.log.describe().log_end_offset, before);
        run.create("t".to_owned()).await;
        run.stop().await;
    });
}

#[test]
fn a_static_quorum_becomes_dynamic_and_outlives_the_configuration() {
    with_folder(|root| async move {
        let options = || LogOptions { static_voters: vec![1], ..options(u64::MAX) };
        let run = Run::start(&root, options()).await;
        assert_eq!(run.log.describe().voters, VoterSet::default());
        let level = Update { level: 1, direction: Direction::Upgrade };
        let updates: Updates = [("kraft.version".to_owned(), level)].into();
        run.log
            .submit(|controller, _| controller.update_features(&updates, 1, false))
            .await
            .unwrap();
        assert_eq!(run.published.last().finalized_features()["kraft.version"], 1);
        run.stop().await;
        let run = Run::start(&root, options()).await;
        assert_eq!(run.log.describe().voters, voters());
        run.stop().await;
    });
}
