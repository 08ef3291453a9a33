//! Figures by name: of topics, of partitions, and of what groups have committed.
//!
//! Lives on: collected on each core, put together and written on the thread of the metrics.
//! A name is a series for Prometheus, and clients make names: each kind has a bound, and what is
//! left out is counted. A group's lag is the end of a partition, which its owner knows, less the
//! group's offset, which its coordinator knows.
//! Limits: `ringlog.metrics.series.max`.   Read next: figures.rs, page.rs.

use std::collections::BTreeMap;
use std::rc::Rc;

use shards::entropy::HashMap;
use shards::log::Log;
use shards::log::state::Traffic;
use shards::units::TopicId;

use super::exposition::Exposition;
use super::figures::CoreFigures;
use crate::broker::Core;

/// Of one core.
#[derive(Debug, Default)]
pub(super) struct Named {
    topics: Vec<TopicFigures>,
    partitions: Vec<PartitionFigures>,
    committed: Vec<Committed>,
    left_out: LeftOut,
    max: usize,
}

/// What has no series of its own.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct LeftOut {
    topics: u64,
    partitions: u64,
    committed: u64,
}

#[derive(Clone, Debug)]
struct TopicFigures {
    topic: String,
    traffic: Traffic,
    bytes: u64,
}

#[derive(Debug)]
struct PartitionFigures {
    topic: String,
    partition: i32,
    bytes: u64,
    log_start: i64,
    log_end: i64,
    high_watermark: i64,
}

#[derive(Debug)]
struct Committed {
    group: String,
    topic: String,
    partition: i32,
    offset: i64,
}

pub(super) fn of(broker: &Rc<Core>) -> Named {
    let max = broker.config.engine.metrics_series_max;
    let mut logs = broker.store.partitions();
    // Those that were there first, so that a series does not come and go.
    logs.sort_unstable_by_key(Log::id);
    let mut named = Named { max, ..Named::default() };
    let mut topics: HashMap<TopicId, TopicFigures> = HashMap::default();
    for log in &logs {
        let bytes = log.size_bytes();
        note_topic(&mut topics, log, bytes);
        if named.partitions.len() < max {
            named.partitions.push(PartitionFigures::of(log, bytes));
        }
    }
    named.left_out.partitions = (logs.len() - named.partitions.len()) as u64;
    named.topics = topics.into_values().collect();
    broker.groups.inspect(|coordinator| {
        for (group, topic, partition, offset) in coordinator.committed_offsets() {
            if named.committed.len() == max {
                named.left_out.committed += 1;
                continue;
            }
            let (group, topic) = (group.to_owned(), topic.to_owned());
            named.committed.push(Committed { group, topic, partition, offset });
        }
    });
    named
}

fn note_topic(topics: &mut HashMap<TopicId, TopicFigures>, log: &Log, bytes: u64) {
    let new =
        || TopicFigures { topic: topic_of(log).to_owned(), traffic: Traffic::default(), bytes: 0 };
    topics.entry(log.id().topic).or_insert_with(new).add(log.traffic(), bytes);
}

fn topic_of(log: &Log) -> &str {
    log.name().rsplit_once('-').map_or(log.name(), |(topic, _)| topic)
}

impl TopicFigures {
    fn add(&mut self, traffic: Traffic, bytes: u64) {
        self.traffic.appended_bytes += traffic.appended_bytes;
        self.traffic.appended_records += traffic.appended_records;
        self.traffic.served_bytes += traffic.served_bytes;
        self.bytes += bytes;
    }
}

impl PartitionFigures {
    fn of(log: &Log, bytes: u64) -> PartitionFigures {
        let ends = log.ends();
        PartitionFigures {
            topic: topic_of(log).to_owned(),
            partition: log.id().index,
            bytes,
            log_start: ends.log_start.0,
            log_end: ends.log_end.0,
            high_watermark: ends.high_watermark.0,
        }
    }
}

pub(super) fn write(page: &mut Exposition, cores: &[CoreFigures]) {
    let named: Vec<&Named> = cores.iter().map(|core| &core.named).collect();
    let max = named.iter().map(|named| named.max).max().unwrap_or(0);
    let mut left_out = LeftOut::default();
    for of_core in &named {
        left_out.topics += of_core.left_out.topics;
        left_out.partitions += of_core.left_out.partitions;
        left_out.committed += of_core.left_out.committed;
    }
    let topics = topics(&named, max, &mut left_out);
    write_topics(page, &topics);
    let partitions = partitions(&named, max, &mut left_out);
    write_partitions(page, &partitions);
    write_groups(page, &named, max, &mut left_out);
    let help = "Names that have no series: ringlog.metrics.series.max.";
    let mut family = page.gauge("series_left_out", help);
    for (of, count) in [
        ("topics", left_out.topics),
        ("partitions", left_out.partitions),
        ("group_offsets", left_out.committed),
    ] {
        family.add(&[("of", of)], count);
    }
}

/// Topics by name, of all cores together.
fn topics(named: &[&Named], max: usize, left_out: &mut LeftOut) -> BTreeMap<String, TopicFigures> {
    let mut topics: BTreeMap<String, TopicFigures> = BTreeMap::new();
    for figures in named.iter().flat_map(|named| &named.topics) {
        match topics.get_mut(&figures.topic) {
            Some(known) => known.add(figures.traffic, figures.bytes),
            None => drop(topics.insert(figures.topic.clone(), figures.clone())),
        }
    }
    while topics.len() > max {
        topics.pop_last();
        left_out.topics += 1;
    }
    topics
}

fn write_topics(page: &mut Exposition, topics: &BTreeMap<String, TopicFigures>) {
    type Value = fn(&TopicFigures) -> u64;
    let counters: [(&str, &str, Value); 3] = [
        ("topic_appended_bytes_total", "Bytes of batches that were appended.", |of| {
            of.traffic.appended_bytes
        }),
        ("topic_appended_records_total", "Records that were appended.", |of| {
            of.traffic.appended_records
        }),
        ("topic_served_bytes_total", "Bytes of batches that readers were given.", |of| {
            of.traffic.served_bytes
        }),
    ];
    for (name, help, value) in counters {
        let mut family = page.counter(name, help);
        for (topic, figures) in topics {
            family.add(&[("topic", topic)], value(figures));
        }
    }
    let mut family = page.gauge("topic_log_bytes", "Size of the topic's logs.");
    for (topic, figures) in topics {
        family.add(&[("topic", topic)], figures.bytes);
    }
}

/// Of all cores, in order; no more than there may be series.
fn partitions<'n>(
    named: &[&'n Named],
    max: usize,
    left_out: &mut LeftOut,
) -> BTreeMap<(&'n str, i32), &'n PartitionFigures> {
    let all = named.iter().flat_map(|named| &named.partitions);
    let mut partitions: BTreeMap<_, _> =
        all.map(|of| ((of.topic.as_str(), of.partition), of)).collect();
    while partitions.len() > max {
        partitions.pop_last();
        left_out.partitions += 1;
    }
    partitions
}

fn write_partitions(page: &mut Exposition, partitions: &BTreeMap<(&str, i32), &PartitionFigures>) {
    type Value = fn(&PartitionFigures) -> u64;
    let gauges: [(&str, &str, Value); 3] = [
        ("partition_log_bytes", "Size of the partition's log.", |of| of.bytes),
        ("partition_log_start_offset", "Where the log begins.", |of| of.log_start.unsigned_abs()),
        ("partition_log_end_offset", "Offset of the next record.", |of| of.log_end.unsigned_abs()),
    ];
    for (name, help, value) in gauges {
        let mut family = page.gauge(name, help);
        for ((topic, partition), figures) in partitions {
            let partition = partition.to_string();
            family.add(&[("topic", topic), ("partition", &partition)], value(figures));
        }
    }
}

fn write_groups(page: &mut Exposition, named: &[&Named], max: usize, left_out: &mut LeftOut) {
    let all = named.iter().flat_map(|named| &named.partitions);
    let ends: BTreeMap<(&str, i32), i64> =
        all.map(|of| ((of.topic.as_str(), of.partition), of.high_watermark)).collect();
    let mut committed: BTreeMap<(&str, &str, i32), i64> = BTreeMap::new();
    for of in named.iter().flat_map(|named| &named.committed) {
        if committed.len() == max {
            left_out.committed += 1;
            continue;
        }
        committed.insert((&of.group, &of.topic, of.partition), of.offset);
    }
    let help = "Offset that a group has committed.";
    let mut family = page.gauge("group_committed_offset", help);
    for ((group, topic, partition), offset) in &committed {
        let partition = partition.to_string();
        let labels = [("group", *group), ("topic", *topic), ("partition", &partition)];
        family.add(&labels, offset.unsigned_abs());
    }
    let help = "Offsets from what a group has committed to the high watermark.";
    let mut family = page.gauge("group_lag", help);
    for ((group, topic, partition), offset) in &committed {
        // Of a partition that is left out, or led elsewhere, the end is not known here.
        let Some(end) = ends.get(&(*topic, *partition)) else { continue };
        let partition = partition.to_string();
        let labels = [("group", *group), ("topic", *topic), ("partition", &partition)];
        family.add(&labels, (end - offset).max(0).unsigned_abs());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn partition(topic: &str, partition: i32, high_watermark: i64) -> PartitionFigures {
        let topic = topic.to_owned();
        let (log_start, log_end, bytes) = (1, high_watermark + 2, 100);
        PartitionFigures { topic, partition, bytes, log_start, log_end, high_watermark }
    }

    fn committed(topic: &str, partition: i32, offset: i64) -> Committed {
        Committed { group: "readers".into(), topic: topic.into(), partition, offset }
    }

    fn topic(topic: &str, appended_bytes: u64) -> TopicFigures {
        let traffic = Traffic { appended_bytes, appended_records: 3, served_bytes: 7 };
        TopicFigures { topic: topic.to_owned(), traffic, bytes: 50 }
    }

    fn page(named: &[&Named]) -> String {
        let max = named[0].max;
        let mut page = Exposition::default();
        let mut left_out = LeftOut::default();
        write_topics(&mut page, &topics(named, max, &mut left_out));
        write_partitions(&mut page, &partitions(named, max, &mut left_out));
        write_groups(&mut page, named, max, &mut left_out);
        page.into_text() + &format!("{left_out:?}")
    }

    #[test]
    fn a_lag_is_put_together_from_two_cores() {
        let max = 10;
        let owner = Named {
            topics: vec![topic("logs", 10)],
            partitions: vec![partition("logs", 0, 30)],
            max,
            ..Named::default()
        };
        let coordinator = Named {
            topics: vec![topic("logs", 5)],
            partitions: vec![partition("logs", 1, 8)],
            committed: vec![committed("logs", 0, 12), committed("logs", 1, 9)],
            max,
            ..Named::default()
        };
        let page = page(&[&owner, &coordinator]);
        for line in [
            "ringlog_topic_appended_bytes_total{topic=\"logs\"} 15",
            "ringlog_topic_appended_records_total{topic=\"logs\"} 6",
            "ringlog_topic_served_bytes_total{topic=\"logs\"} 14",
            "ringlog_topic_log_bytes{topic=\"logs\"} 100",
            "ringlog_partition_log_end_offset{topic=\"logs\",partition=\"0\"} 32",
            "ringlog_partition_log_start_offset{topic=\"logs\",partition=\"1\"} 1",
            "ringlog_group_committed_offset{group=\"readers\",topic=\"logs\",partition=\"0\"} 12",
            "ringlog_group_lag{group=\"readers\",topic=\"logs\",partition=\"0\"} 18",
            // It has committed beyond what is there now.
            "ringlog_group_lag{group=\"readers\",topic=\"logs\",partition=\"1\"} 0",
        ] {
            assert!(page.lines().any(|found| found == line), "{line}\n{page}");
        }
    }

    #[test]
    fn no_kind_has_more_series_than_it_may() {
        let names = |from: i32| (from..from + 4).map(|number| format!("topic{number}"));
        let core = |from: i32| Named {
            topics: names(from).map(|name| topic(&name, 1)).collect(),
            partitions: names(from).map(|name| partition(&name, 0, 5)).collect(),
            committed: names(from).map(|name| committed(&name, 0, 1)).collect(),
            max: 5,
            ..Named::default()
        };
        let (first, second) = (core(0), core(4));
        let page = page(&[&first, &second]);
        for name in ["topic_log_bytes", "partition_log_bytes", "group_committed_offset"] {
            let begin = format!("ringlog_{name}{{");
            assert_eq!(page.lines().filter(|line| line.starts_with(&begin)).count(), 5, "{page}");
        }
        let left_out = LeftOut { topics: 3, partitions: 3, committed: 3 };
        assert!(page.ends_with(&format!("{left_out:?}")), "{page}");
    }
}
