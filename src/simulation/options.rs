//! What a seed decides before anything runs.
//!
//! Promise: printed, they say all that distinguishes one run from another, besides the dice.

use std::fmt;
use std::time::Duration;

use shards::io::simulation::Weather;

use super::dice::Dice;
use crate::config::{BrokerConfig, Settings};

const BATCH_BYTES_MAX: u64 = 500_000;
/// What the producers of a run send at the most, roughly.
const REQUESTS_ABOUT: u64 = 4_000;
/// Far worse than any clock that works.
const DRIFT_PPM_MAX: i32 = 100_000;
/// Longer than any client of the workload says nothing.
pub(super) const IDLE: Duration = Duration::from_secs(60);
/// Where the node keeps everything.
pub(super) const DATA: &str = "/node";

/// Of a node whose logs move.
pub(super) const LOG_DIRS: [&str; 2] = ["/node/first", "/node/second"];

/// The shape of one run.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    pub seed: u64,
    /// How long faults may happen.
    pub safety: Duration,
    pub shards: usize,
    /// Restarts may be with another number of shards.
    pub shards_vary: bool,
    pub journal_bytes: u64,
    pub segment_ms: u64,
    pub producers: u32,
    pub idempotent_producers: u32,
    pub transactional_producers: u32,
    pub consumers: u32,
    /// That commit offsets.
    pub groups: u32,
    /// Whose members share out partitions.
    pub member_groups: u32,
    pub members_per_group: u32,
    pub records_per_batch_max: u64,
    pub record_bytes_max: u64,
    /// Between two requests of one producer, at the most.
    pub pause_ms_max: u64,
    pub topics: u64,
    pub partitions_max: u64,
    /// Between two changes of topics, at the most; none: topics stay as they are.
    pub topic_changes_ms_max: Option<u64>,
    /// Between two ends of the node, at the most; none: it runs through.
    pub restarts_ms_max: Option<u64>,
    pub kills_percent: u64,
    pub power_cuts_percent: u64,
    /// How slow files and the network are while faults may happen.
    pub weather: Weather,
    /// Between two troubles of a running node, at the most; none: there are none.
    pub troubles_ms_max: Option<u64>,
    /// Between two moves of a log to another directory, at the most; none: there is one directory.
    pub moves_ms_max: Option<u64>,
    /// Between two times of a full disk, at the most; none: there is always room.
    pub full_disks_ms_max: Option<u64>,
    /// How often, at the end, a block changes while the node is stopped.
    pub damages: u32,
    /// Ends of the node that come because its disk fails.
    pub broken_disks_percent: u64,
    /// What the node's data may take of memory.
    pub memory_bytes: u64,
    /// By how many parts in a million the node's clocks run fast against those of its clients.
    pub drift_ppm: i32,
    /// Between two outages of the network, or two clients that vanish; none: there are none.
    pub outages_ms_max: Option<u64>,
    /// Between two changes of a topic's configuration, at the most; none: it stays as it is.
    pub config_changes_ms_max: Option<u64>,
    /// What a log keeps at the most; none: all of it.
    pub retention_bytes: Option<u64>,
}

impl Options {
    /// What a seed stands for.
    pub fn from_seed(seed: u64) -> Options {
        match seed % 4 {
            0 => Options::harsh(seed),
            _ => Options::any(seed),
        }
    }

    fn any(seed: u64) -> Options {
        let options = Options::drawn(seed);
        // A batch fits `max.message.bytes` and the smallest journal.
        let record_bytes_max = BATCH_BYTES_MAX / options.records_per_batch_max;
        let record_bytes_max = options.record_bytes_max.min(record_bytes_max);
        // The busier, the shorter.
        let producers = u64::from(options.producers + options.idempotent_producers);
        let longest_ms = REQUESTS_ABOUT * options.pause_ms_max.max(10) / 2 / producers.max(1);
        let safety = options.safety.min(Duration::from_millis(longest_ms.max(5_000)));
        Options { record_bytes_max, safety, ..options }
    }

    fn drawn(seed: u64) -> Options {
        let mut dice = Dice::new(seed);
        let dice = &mut dice;
        let kills_percent = dice.within(0..70);
        Options {
            seed,
            safety: Duration::from_millis(dice.within(5_000..200_000)),
            shards: dice.skewed(1..4) as usize,
            shards_vary: dice.percent(30),
            journal_bytes: 1 << dice.within(20..25),
            segment_ms: 1 << dice.within(8..18),
            producers: dice.within(0..4) as u32,
            idempotent_producers: dice.within(1..4) as u32,
            consumers: dice.within(1..4) as u32,
            records_per_batch_max: dice.skewed(1..100),
            record_bytes_max: dice.skewed(16..20_000),
            pause_ms_max: dice.skewed(20..3_000),
            topics: dice.within(1..5),
            partitions_max: dice.skewed(1..6),
            topic_changes_ms_max: dice.percent(60).then(|| dice.within(500..20_000)),
            restarts_ms_max: dice.percent(85).then(|| dice.within(500..30_000)),
            kills_percent,
            power_cuts_percent: dice.within(0..100 - kills_percent),
            weather: Weather {
                file_ns_max: dice.skewed(200_000..4_000_000),
                network_ns_max: dice.skewed(200_000..50_000_000),
            },
            troubles_ms_max: dice.percent(60).then(|| dice.within(500..30_000)),
            groups: dice.within(0..3) as u32,
            full_disks_ms_max: dice.percent(25).then(|| dice.within(2_000..40_000)),
            memory_bytes: 1 << dice.within(20..27),
            broken_disks_percent: dice.skewed(0..20),
            damages: dice.skewed(0..4) as u32,
            member_groups: dice.within(0..3) as u32,
            members_per_group: dice.within(1..4) as u32,
            moves_ms_max: dice.percent(40).then(|| dice.skewed(50..10_000)),
            drift_ppm: match dice.percent(40) {
                true => dice.within(0..2 * DRIFT_PPM_MAX as u64 + 1) as i32 - DRIFT_PPM_MAX,
                false => 0,
            },
            outages_ms_max: dice.percent(30).then(|| dice.within(500..20_000)),
            config_changes_ms_max: dice.percent(30).then(|| dice.within(200..5_000)),
            retention_bytes: dice.percent(25).then(|| dice.skewed(1..2_000_000)),
            transactional_producers: dice.within(0..3) as u32,
        }
    }

    /// As a suite has time for: some seconds, and not too many requests.
    pub fn short(seed: u64) -> Options {
        let options = Options::any(seed);
        let restarts_ms_max = options.restarts_ms_max.map(|between| between.min(6_000));
        Options {
            safety: Duration::from_millis(options.safety.as_millis() as u64 % 10_000 + 5_000),
            pause_ms_max: options.pause_ms_max.max(200),
            restarts_ms_max,
            ..options
        }
    }

    /// What finds most in little time: crashes every other second, topics that come and go.
    pub fn harsh(seed: u64) -> Options {
        let options = Options::drawn(seed);
        Options {
            safety: Duration::from_secs(10),
            shards: 1 + (seed % 3) as usize,
            journal_bytes: 1 << 20,
            segment_ms: 1 << (8 + seed % 4),
            producers: 1,
            idempotent_producers: 2,
            transactional_producers: 2 * u32::from(seed.is_multiple_of(3)),
            consumers: 2,
            groups: 3,
            records_per_batch_max: options.records_per_batch_max.min(20),
            record_bytes_max: options.record_bytes_max.max(4_000),
            pause_ms_max: 5,
            topics: 2,
            partitions_max: 2,
            topic_changes_ms_max: (seed % 2 == 1).then_some(1_000),
            // A node that was started again knows nothing of a disk that was full.
            restarts_ms_max: (seed % 10 != 5).then_some(2_500),
            kills_percent: 35,
            power_cuts_percent: 50,
            // Where files are slow, what is answered too early is known for long before it is kept.
            weather: match seed % 3 {
                0 => Weather { file_ns_max: 4_000_000, ..Weather::CALM },
                _ => Weather::CALM,
            },
            moves_ms_max: (seed % 5 == 4).then_some(100),
            full_disks_ms_max: seed.is_multiple_of(5).then_some(4_000),
            outages_ms_max: (seed % 5 == 1).then_some(3_000),
            config_changes_ms_max: (seed % 5 == 2).then_some(500),
            retention_bytes: (seed % 4 == 3).then_some(20_000),
            ..options
        }
    }

    pub(super) fn batch_bytes_max(&self) -> u64 {
        self.records_per_batch_max * self.record_bytes_max
    }

    pub(super) fn log_dirs(&self) -> &'static [&'static str] {
        match self.moves_ms_max {
            Some(_) => &LOG_DIRS,
            None => &[DATA],
        }
    }

    /// What the node is started with.
    pub(super) fn broker(&self, shards: usize) -> Result<BrokerConfig, String> {
        let log_dirs = self.log_dirs().join(",");
        let housekeeping_ms = match self.retention_bytes {
            Some(_) => 100 + self.seed % 7 * 100,
            None => 300_000,
        };
        let overrides = [
            "node.id=1".to_owned(),
            format!("log.dirs={log_dirs}"),
            "listeners=PLAINTEXT://127.0.0.1:9092".to_owned(),
            "advertised.listeners=PLAINTEXT://127.0.0.1:9092".to_owned(),
            "offsets.topic.num.partitions=3".to_owned(),
            // The workload asks in the newest version of each request.
            "unstable.api.versions.enable=true".to_owned(),
            // The workload is the coordinator of its transactions.
            "transaction.partition.verification.enable=false".to_owned(),
            // Not a share of the data's memory, which may be small.
            "queued.max.request.bytes=134217728".to_owned(),
            // Segments and folders go within a run, and a start finds snapshots.
            format!("log.segment.delete.delay.ms={}", self.seed % 4 * 300),
            format!(
                "metadata.log.max.record.bytes.between.snapshots={}",
                1 << (10 + self.seed % 7)
            ),
            format!("connections.max.idle.ms={}", IDLE.as_millis()),
            format!(
                "log.retention.bytes={}",
                self.retention_bytes.map_or(-1, |bytes| bytes as i64)
            ),
            // Elsewhere nothing that comes round by itself hides a wake that was lost.
            format!("log.retention.check.interval.ms={housekeeping_ms}"),
            format!("log.initial.task.delay.ms={}", self.seed % 3 * 200),
            // Timestamps of records say nothing of when they were sent.
            "log.retention.ms=-1".to_owned(),
            format!("log.cleaner.backoff.ms={housekeeping_ms}"),
            format!("ringlog.shards={shards}"),
        ];
        let loaded = Settings::load(None, &overrides).map_err(|error| error.to_string())?;
        let mut config = BrokerConfig::new(&loaded.0).map_err(|error| error.to_string())?;
        // Smaller than an operator may ask for: the journal has to come round within a run, and
        // memory has to run short.
        config.engine.journal_bytes = self.journal_bytes;
        config.engine.memory_bytes = Some(self.memory_bytes);
        Ok(config)
    }
}

impl fmt::Display for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The names of the fields say it best.
        write!(f, "{self:#?}")
    }
}
