//! DescribeLogDirs (key 35), versions 1-5.
//!
//! Says what each log directory holds, and how much room it has.
//! Versions: 2 flexible · 3 error code · 4 sizes of the volume · 5 cordoned.   Skipped: cordoned
//! directories: there are none.
//! Runs on the connection's core; one hop to every core.

use shards::entropy::{HashMap, HashSet};
use std::collections::BTreeMap;
use std::path::Path;

use shards::io::{Slice, directory};

use super::{Api, Context, Pending, answer_within};
use crate::metadata::Image;
use crate::protocol::describe_log_dirs::request::Request;
use crate::protocol::describe_log_dirs::response::{
    DescribeLogDirsPartition, DescribeLogDirsResult, DescribeLogDirsTopic, Response,
};
use crate::protocol::{ApiKey, ErrorCode};

pub const API: Api = Api { key: ApiKey::DescribeLogDirs, versions: 1..=5, handle };

fn handle(context: Context, body: Slice) -> Pending {
    answer_within(context, body, repeated, run)
}

fn repeated(request: &Request) -> usize {
    let topics = request.topics.iter().flatten();
    topics.map(|topic| topic.topic.len() * topic.partitions.len()).sum()
}

/// A partition's log, as its core sees it.
#[derive(Debug)]
struct Replica {
    directory: String,
    topic: uuid::Uuid,
    index: i32,
    size_bytes: u64,
    /// On its way here, and so many records behind.
    future_lag: Option<i64>,
}

/// A directory, as one core sees it.
#[derive(Debug)]
struct Directory {
    path: String,
    has_failed: bool,
}

async fn run(context: Context, request: Request) -> Response {
    let image = context.broker.image();
    let wanted = AskedTopics::new(request);
    let mut failed: BTreeMap<String, bool> = BTreeMap::new();
    let mut logs: HashMap<String, Vec<Replica>> = HashMap::default();
    for (directories, core_logs) in context.broker.run_on_all(|on| Box::pin(look(on))).await {
        for Directory { path, has_failed } in directories {
            *failed.entry(path).or_default() |= has_failed;
        }
        for log in core_logs {
            logs.entry(log.directory.clone()).or_default().push(log);
        }
    }
    let mut response = Response::default();
    for (path, has_failed) in failed {
        let logs = logs.remove(&path).unwrap_or_default();
        let result = match has_failed {
            true => DescribeLogDirsResult {
                error_code: ErrorCode::KafkaStorageError as i16,
                log_dir: path,
                ..Default::default()
            },
            false => describe(&image, &wanted, path, logs).await,
        };
        response.results.push(result);
    }
    response
}

/// The partitions that the client asks about.
enum AskedTopics {
    All,
    These(HashSet<(String, i32)>),
}

impl AskedTopics {
    fn new(request: Request) -> AskedTopics {
        let Some(topics) = request.topics else { return AskedTopics::All };
        let named = topics.into_iter().flat_map(|topic| {
            let name = topic.topic;
            topic.partitions.into_iter().map(move |index| (name.clone(), index))
        });
        AskedTopics::These(named.collect())
    }

    fn contains(&self, topic: &str, index: i32) -> bool {
        match self {
            AskedTopics::All => true,
            AskedTopics::These(these) => these.contains(&(topic.to_owned(), index)),
        }
    }
}

async fn look(broker: std::rc::Rc<crate::broker::Core>) -> (Vec<Directory>, Vec<Replica>) {
    let failed = broker.store.failed_directories();
    let directories = broker.config.log_dirs.iter().map(|path| Directory {
        path: path.display().to_string(),
        has_failed: failed.iter().any(|of| of.path == *path),
    });
    let logs = broker.store.partitions().into_iter().map(|log| Replica {
        directory: log.log_dir().path().display().to_string(),
        topic: log.id().topic,
        index: log.id().index,
        size_bytes: log.size_bytes(),
        future_lag: None,
    });
    let futures = broker.store.futures().into_iter().map(|future| Replica {
        directory: future.directory.display().to_string(),
        topic: future.partition.topic,
        index: future.partition.index,
        size_bytes: future.copied.bytes,
        future_lag: Some(future.copied.offset_lag),
    });
    (directories.collect(), logs.chain(futures).collect())
}

async fn describe(
    image: &Image,
    wanted: &AskedTopics,
    path: String,
    logs: Vec<Replica>,
) -> DescribeLogDirsResult {
    let mut topics: BTreeMap<String, Vec<DescribeLogDirsPartition>> = BTreeMap::new();
    for log in logs {
        let Some(topic) = image.topics.by_id(log.topic) else { continue };
        if wanted.contains(&topic.name, log.index) {
            let partition = DescribeLogDirsPartition {
                partition_index: log.index,
                partition_size: i64::try_from(log.size_bytes).unwrap_or(i64::MAX),
                offset_lag: log.future_lag.unwrap_or(0),
                is_future_key: log.future_lag.is_some(),
            };
            topics.entry(topic.name.to_string()).or_default().push(partition);
        }
    }
    let sizes = directory::volume_bytes(Path::new(&path)).await;
    let (total_bytes, usable_bytes) = sizes.map_or((-1, -1), |volume| {
        let known = |bytes: u64| i64::try_from(bytes).unwrap_or(i64::MAX);
        (known(volume.total), known(volume.free))
    });
    DescribeLogDirsResult {
        error_code: ErrorCode::None as i16,
        log_dir: path,
        topics: topics
            .into_iter()
            .map(|(name, mut partitions)| {
                partitions.sort_by_key(|partition| partition.partition_index);
                DescribeLogDirsTopic { name, partitions }
            })
            .collect(),
        total_bytes,
        usable_bytes,
        is_cordoned: false,
    }
}
