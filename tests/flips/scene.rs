//! What is written before the damage: a load of two leaders, a topic with a config, a start that
//! was moved, times that go back and forth, committed offsets, and a batch that is sent again.

use std::io;
use std::time::Duration;

use support::batch::{self, Sequence};
use support::broker::Broker;
use support::calls::{self, Acks, PRODUCE};
use support::connection::{Connection, frame};
use support::group_offsets::GroupOffsets;
use support::load::random::Random;
use support::load::{self, Load};
use support::questions;

/// The topics, and how many partitions they have.
pub(crate) const TOPICS: [(&str, i32); 2] = [(load::TOPIC, load::PARTITIONS), (KEPT, KEPT_COUNT)];
pub(crate) const GROUPS_PARTITIONS: i32 = 4;
pub(crate) const SETTINGS: [&str; 2] =
    ["log.segment.bytes=1048576", "offsets.topic.num.partitions=4"];

const KEPT: &str = "kept";
const KEPT_COUNT: i32 = 2;
/// Small segments, so that the time index of several is asked.
const CONFIGS: [(&str, &str); 3] =
    [("segment.bytes", "1048576"), ("index.interval.bytes", "1024"), ("retention.ms", "-1")];
const BATCHES: usize = 600;
const GROUPS: [&str; 6] = ["ants", "bees", "crows", "dogs", "eels", "foxes"];

/// A batch, and where it is.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    pub(crate) topic: &'static str,
    pub(crate) partition: i32,
    pub(crate) batch: Vec<u8>,
    pub(crate) offset: i64,
}

pub(crate) struct Scene {
    pub(crate) committed: Vec<(GroupOffsets, i64)>,
    /// The last batch of a producer on each partition.
    pub(crate) sent: Vec<Sent>,
}

impl Scene {
    /// Writes it all, and stops the broker.
    pub(crate) fn play(broker: &mut Broker, random: &mut Random) -> io::Result<Scene> {
        let load = Load::start(broker, random)?;
        let mut on = broker.connect()?;
        calls::create_topic_with(&mut on, KEPT, KEPT_COUNT, &CONFIGS)?;
        let committed = commit(&mut on, 100)?;
        load.run_for(Duration::from_millis(1500));
        load.hold();
        write_kept(&mut on, random, BATCHES)?;
        drop(committed);
        broker.stop()?;
        broker.restart()?;
        let mut on = broker.connect()?;
        let committed = commit(&mut on, 200)?;
        load.finish(broker);
        let sent = write_kept(&mut on, random, BATCHES / 4)?;
        let end = calls::offset(&mut on, KEPT, 1, calls::Position::Latest)?;
        questions::delete_records(&mut on, KEPT, 1, end / 2 + 1)?;
        broker.stop()?;
        Ok(Scene { committed, sent })
    }
}

fn commit(on: &mut Connection, first: i64) -> io::Result<Vec<(GroupOffsets, i64)>> {
    let mut committed = Vec::new();
    for (number, group) in GROUPS.into_iter().enumerate() {
        let offsets = GroupOffsets { group, topic: load::TOPIC };
        let offset = first + number as i64;
        offsets.begin(on, offset)?;
        committed.push((offsets, offset));
    }
    Ok(committed)
}

/// Batches whose times rise on the whole, and go back now and then. The last one of each partition.
fn write_kept(on: &mut Connection, random: &mut Random, batches: usize) -> io::Result<Vec<Sent>> {
    let mut last = Vec::new();
    for partition in 0..KEPT_COUNT {
        let producer = calls::producer_id(on)?;
        let began = batch::now_ms() - 1_000_000;
        let mut first = 0;
        for number in 0..batches {
            let value = format!("{partition}-{number}-").repeat(1 + random.below(1000) as usize);
            let count = 1 + random.below(4) as usize;
            let back = random.below(8) * random.below(8) * 100;
            let time = began + number as i64 * 700 - back as i64;
            let values = vec![value.as_bytes(); count];
            let built = batch::build(&values, Sequence { first, ..producer }, time);
            first += count as i32;
            on.send(&frame(PRODUCE, &calls::produce_body(KEPT, partition, Acks::All, &built)))?;
            let offset = calls::produced(on.receive()?)?;
            if number + 1 == batches {
                last.push(Sent { topic: KEPT, partition, batch: built, offset });
            }
        }
    }
    Ok(last)
}
