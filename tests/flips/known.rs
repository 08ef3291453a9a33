//! What the broker answered before the damage, and what of it is still answered so.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::time::{Duration, Instant};

use support::batch;
use support::broker::Broker;
use support::calls::{self, Acks, FETCH, FetchPlan, PRODUCE};
use support::connection::{Connection, frame};
use support::group_offsets::GroupOffsets;
use support::questions::{self, Cluster, EARLIEST, LATEST, Located};

use crate::scene::{GROUPS_PARTITIONS, Scene, Sent, TOPICS};

/// All that was asked, with the answers.
pub(crate) struct Known {
    partitions: BTreeMap<(&'static str, i32), Partition>,
    cluster: Cluster,
    configs: BTreeMap<&'static str, BTreeMap<String, String>>,
    committed: Vec<(GroupOffsets, i64)>,
    sent: Vec<Sent>,
}

/// A record, with its time, and the epoch that its batch names.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Record {
    value: Vec<u8>,
    timestamp: i64,
    leader_epoch: i32,
}

#[derive(Default)]
struct Partition {
    records: BTreeMap<i64, Record>,
    /// By the time that was asked for.
    located: BTreeMap<i64, Located>,
    epochs: BTreeMap<i32, (i32, i64)>,
}

/// What differs from what was known.
#[derive(Default, Debug)]
pub(crate) struct Findings {
    /// Records that are refused, by the folder of their partition.
    pub(crate) lost: BTreeMap<String, BTreeSet<i64>>,
    /// Folders of partitions that refuse an answer.
    pub(crate) refused: BTreeSet<String>,
    /// What is answered wrongly, or not at all.
    pub(crate) wrong: Vec<String>,
}

impl Findings {
    pub(crate) fn is_empty(&self) -> bool {
        self.lost.is_empty() && self.refused.is_empty() && self.wrong.is_empty()
    }

    /// Notes an answer that is refused or not as it was.
    fn hold<T: PartialEq + std::fmt::Debug>(
        &mut self,
        folder: &str,
        what: &str,
        answer: io::Result<T>,
        known: &T,
    ) {
        match answer {
            Ok(answer) if answer == *known => {}
            Ok(answer) => {
                self.wrong.push(format!("{folder}: {what} is {answer:?}, and was {known:?}"));
            }
            Err(error) if calls::refusal(&error).is_some() => {
                self.refused.insert(folder.to_owned());
            }
            Err(error) => self.wrong.push(format!("{folder}: {what}: {error}")),
        }
    }
}

impl Known {
    pub(crate) fn read(broker: &Broker, scene: &Scene) -> io::Result<Known> {
        let mut on = broker.connect()?;
        let mut partitions = BTreeMap::new();
        for (topic, count) in TOPICS {
            for index in 0..count {
                partitions.insert((topic, index), Partition::read(&mut on, topic, index)?);
            }
        }
        let mut configs = BTreeMap::new();
        for (topic, _) in TOPICS {
            configs.insert(topic, questions::topic_configs(&mut on, topic)?);
        }
        let committed = scene.committed.clone();
        let cluster = questions::cluster(&mut on)?;
        Ok(Known { partitions, cluster, configs, committed, sent: scene.sent.clone() })
    }

    /// How many records it has.
    pub(crate) fn records(&self) -> usize {
        self.partitions.values().map(|partition| partition.records.len()).sum()
    }

    /// How many a partition has, by the name of its folder; none: its records were not asked for.
    pub(crate) fn records_of(&self, folder: &str) -> Option<usize> {
        let mut partitions = self.partitions.iter();
        let found = partitions.find(|((topic, index), _)| format!("{topic}-{index}") == folder);
        found.map(|(_, partition)| partition.records.len())
    }

    pub(crate) fn compare(&self, broker: &Broker) -> Findings {
        let mut findings = Findings::default();
        if let Err(error) = self.try_to_compare(broker, &mut findings) {
            findings.wrong.push(format!("it could not be asked: {error}"));
        }
        findings
    }

    fn try_to_compare(&self, broker: &Broker, findings: &mut Findings) -> io::Result<()> {
        let mut on = broker.connect()?;
        for ((topic, index), known) in &self.partitions {
            known.compare(&mut on, topic, *index, findings);
        }
        findings.hold("the cluster", "metadata", questions::cluster(&mut on), &self.cluster);
        for (topic, known) in &self.configs {
            findings.hold(topic, "configs", questions::topic_configs(&mut on, topic), known);
        }
        for (group, known) in &self.committed {
            let folder = format!("__consumer_offsets-{}", partition_of(group.group));
            let patience = match findings.refused.contains(&folder) {
                true => Duration::ZERO,
                false => GROUP_PATIENCE,
            };
            let committed = group.committed_within(&mut on, patience);
            findings.hold(&folder, group.group, committed, known);
        }
        for sent in &self.sent {
            let folder = format!("{}-{}", sent.topic, sent.partition);
            let body = calls::produce_body(sent.topic, sent.partition, Acks::All, &sent.batch);
            on.send(&frame(PRODUCE, &body))?;
            let offset = calls::produced(on.receive()?);
            findings.hold(&folder, "a batch that is sent again", offset, &sent.offset);
        }
        Ok(())
    }
}

impl Partition {
    fn read(on: &mut Connection, topic: &str, index: i32) -> io::Result<Partition> {
        let mut known = Partition::default();
        for position in [EARLIEST, LATEST] {
            known.located.insert(position, questions::locate(on, topic, index, position)?);
        }
        let (mut next, end) = (known.located[&EARLIEST].offset, known.located[&LATEST].offset);
        while next < end {
            next = read_once(on, topic, index, next, &mut known.records)?;
        }
        for asked in known.times() {
            let located = questions::locate(on, topic, index, asked)?;
            assert_eq!(located, known.first_since(asked), "{topic}-{index} at {asked}");
            known.located.insert(asked, located);
        }
        let epochs: BTreeSet<i32> = known.records.values().map(|it| it.leader_epoch).collect();
        for epoch in epochs {
            known.epochs.insert(epoch, questions::epoch_end(on, topic, index, epoch)?);
        }
        Ok(known)
    }

    /// Times all over the log, and before and behind it.
    fn times(&self) -> Vec<i64> {
        let mut times: Vec<i64> = self.records.values().map(|record| record.timestamp).collect();
        times.sort_unstable();
        let (Some(first), Some(last)) = (times.first(), times.last()) else { return Vec::new() };
        let ends = [first - 1, last - 1, last + 1];
        let steps = (0..TIMES).map(|step| times[step * (times.len() - 1) / (TIMES - 1)]);
        steps.flat_map(|time| [time, time + 1]).chain(ends).collect()
    }

    fn first_since(&self, asked: i64) -> Located {
        let found = self.records.iter().find(|(_, record)| record.timestamp >= asked);
        found.map_or(NOWHERE, |(offset, record)| Located {
            timestamp: record.timestamp,
            offset: *offset,
            leader_epoch: record.leader_epoch,
        })
    }

    fn compare(&self, on: &mut Connection, topic: &str, index: i32, findings: &mut Findings) {
        let folder = format!("{topic}-{index}");
        match self.compare_records(on, topic, index) {
            Ok(lost) if lost.is_empty() => {}
            Ok(lost) => {
                findings.lost.insert(folder.clone(), lost);
            }
            Err(what) => findings.wrong.push(format!("{folder}: {what}")),
        }
        for (asked, known) in &self.located {
            let located = questions::locate(on, topic, index, *asked);
            findings.hold(&folder, &format!("the offset at {asked}"), located, known);
        }
        for (epoch, known) in &self.epochs {
            let end = questions::epoch_end(on, topic, index, *epoch);
            findings.hold(&folder, &format!("the end of epoch {epoch}"), end, known);
        }
    }

    /// The records that are refused; an error says what is wrong.
    fn compare_records(
        &self,
        on: &mut Connection,
        topic: &str,
        index: i32,
    ) -> Result<BTreeSet<i64>, String> {
        let mut given = BTreeMap::new();
        let (mut next, end) = (self.located[&EARLIEST].offset, self.located[&LATEST].offset);
        let mut is_refused = false;
        let began = Instant::now();
        while next < end {
            match read_once(on, topic, index, next, &mut given) {
                Ok(reached) if reached > next => next = reached,
                Ok(_) => return Err(format!("nothing is given at offset {next} of {end}")),
                // A partition takes a moment after the start.
                Err(error) if calls::refusal(&error).is_some() => {
                    if given.is_empty() && !is_refused && began.elapsed() < START_PATIENCE {
                        std::thread::sleep(Duration::from_millis(10));
                    } else {
                        is_refused = true;
                        next += 1;
                    }
                }
                Err(error) => return Err(format!("at offset {next}: {error}")),
            }
        }
        for (offset, record) in &given {
            let known = self.records.get(offset);
            if known != Some(record) {
                return Err(format!("offset {offset} is {record:?}, and was {known:?}"));
            }
        }
        let lost = self.records.keys().filter(|offset| !given.contains_key(offset));
        Ok(lost.copied().collect())
    }
}

/// Reads what one answer gives; the offset behind it.
fn read_once(
    on: &mut Connection,
    topic: &str,
    index: i32,
    next: i64,
    records: &mut BTreeMap<i64, Record>,
) -> io::Result<i64> {
    let plan =
        FetchPlan { topic, positions: &[(index, next)], bytes_max: 1 << 20, wait_ms_max: 100 };
    on.send(&frame(FETCH, &calls::fetch_body(&plan)))?;
    let mut reached = next;
    for (_, set) in calls::fetched(on.receive()?)? {
        for batch in batch::split(set)? {
            for (offset, value) in batch.values()? {
                if offset >= next {
                    let (timestamp, value) = (batch.max_timestamp_ms, value.to_vec());
                    let leader_epoch = batch.leader_epoch;
                    records.insert(offset, Record { value, timestamp, leader_epoch });
                }
            }
            reached = batch.next_offset();
        }
    }
    Ok(reached)
}

/// The partition of the offsets' topic that has a group, as Kafka finds it.
fn partition_of(group: &str) -> i32 {
    let hash = group
        .encode_utf16()
        .fold(0i32, |hash, unit| hash.wrapping_mul(31).wrapping_add(i32::from(unit)));
    (hash & i32::MAX) % GROUPS_PARTITIONS
}

const NOWHERE: Located = Located { timestamp: -1, offset: -1, leader_epoch: -1 };
const TIMES: usize = 6;
const START_PATIENCE: Duration = Duration::from_millis(500);
const GROUP_PATIENCE: Duration = Duration::from_secs(2);
