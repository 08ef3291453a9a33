//! Power cuts at random moments under load: nothing acknowledged is lost, doubled or out of order;
//! with `ringlog.journal.sync=false` at most what its text allows, and always the newest.
//!
//! The broker's files lie on a real file system, on a disk of ours that keeps any part of what was
//! not flushed when its power goes. (A library put before the system calls would not do: it does
//! not see io_uring.) The load and its checks are support::load, or bounded.rs.
//! RINGLOG_CUTS: cuts for each file system (default 20). RINGLOG_SEED: as a failed run printed it.
//! Run as root: `cargo test --release --test power -- --ignored --nocapture --test-threads 1`.
//! Read next: disk.rs, volume.rs, bounded.rs.

mod bounded;
mod disk;
mod volume;

use std::time::{Duration, Instant};

use bounded::Bounded;
use disk::Cut;
use support::broker::{Broker, Launch};
use support::folder::folder;
use support::group_offsets::GroupOffsets;
use support::load::Load;
use support::load::random::Random;
use support::volume::FileSystem;
use volume::Volume;

/// Sparse: takes what the load writes.
const DISK_BYTES: u64 = 16 << 30;

#[test]
#[ignore = "needs root, FUSE and loop devices, and takes minutes"]
fn what_was_acknowledged_outlives_every_power_cut_on_ext4() {
    survives(FileSystem::Ext4);
}

#[test]
#[ignore = "needs root, FUSE and loop devices, and takes minutes"]
fn what_was_acknowledged_outlives_every_power_cut_on_xfs() {
    survives(FileSystem::Xfs);
}

#[test]
#[ignore = "needs root, FUSE and loop devices, and takes minutes"]
fn with_sync_false_the_loss_is_bounded_on_ext4() {
    loses_little(FileSystem::Ext4);
}

#[test]
#[ignore = "needs root, FUSE and loop devices, and takes minutes"]
fn with_sync_false_the_loss_is_bounded_on_xfs() {
    loses_little(FileSystem::Xfs);
}

/// A broker with its data on the volume.
fn start_broker(volume: &Volume, settings: &[&str]) -> Broker {
    let data = format!("log.dirs={}", volume.path().join("data").display());
    let launch = Launch::from_environment(env!("CARGO_BIN_EXE_ringlog"));
    let settings = [settings, &["log.segment.bytes=4194304", &data]].concat();
    Broker::start(&launch, &settings).expect("the broker starts")
}

/// A second cut while the broker starts, now and then.
fn cut_a_start(broker: &mut Broker, volume: &mut Volume, random: &mut Random) -> Option<Cut> {
    if random.below(4) != 0 {
        return None;
    }
    let mut cut = None;
    let moment = Duration::from_millis(random.below(200));
    let started = broker.with_start_under_way(moment, || cut = Some(volume.cut_power(random)));
    started.expect("it can be started");
    volume.restore_power().expect("the volume is mounted again");
    cut
}

fn survives(kind: FileSystem) {
    let mut random = Random::from_environment();
    let cuts = Random::number("RINGLOG_CUTS").unwrap_or(20);
    let folder = folder().expect("a folder");
    let mut volume = Volume::new(folder.path(), kind, DISK_BYTES).expect("a volume");
    let mut broker = start_broker(&volume, &[]);
    let mut load = Load::start(&broker, &mut random).expect("a topic and its producers");
    for round in 1..=cuts {
        load.run_for(Duration::from_millis(random.below(1500)));
        let cut = volume.cut_power(&mut random);
        broker.kill().expect("it runs");
        load.hold();
        volume.restore_power().expect("the volume is mounted again");
        let cut = cut_a_start(&mut broker, &mut volume, &mut random).unwrap_or(cut);
        broker.restart().expect("it recovers");
        let progress = load.check(&broker);
        println!("{kind:?} {round}: {cut}; {progress:?}, back in {:?}", broker.start_time);
    }
    load.finish(&broker);
    let status = broker.stop().expect("it stops").code();
    assert!(matches!(status, Some(0 | 143)), "a clean stop ended with {status:?}");
}

fn loses_little(kind: FileSystem) {
    const OFFSETS: GroupOffsets = GroupOffsets { group: "bounded-group", topic: "bounded" };
    let mut random = Random::from_environment();
    let cuts = Random::number("RINGLOG_CUTS").unwrap_or(20);
    let folder = folder().expect("a folder");
    let mut volume = Volume::new(folder.path(), kind, DISK_BYTES).expect("a volume");
    let settings = ["ringlog.journal.sync=false", "offsets.topic.num.partitions=4"];
    let mut broker = start_broker(&volume, &settings);
    let mut load = Bounded::start(&broker).expect("a topic");
    let mut connection = broker.connect().expect("it answers");
    OFFSETS.begin(&mut connection, 0).expect("an offset is committed");
    let (mut lost, mut committed) = (0, 0);
    for round in 1..=cuts as i64 {
        OFFSETS.commit(&mut connection, round).expect("an offset is committed");
        let mut cut = None;
        // Longer than what may be lost, or nothing would be seen of the bound.
        let time = Duration::from_millis(random.below(2 * bounded::LOSS_MAX.as_millis() as u64));
        let sent = load.write_until(&mut random, |random| {
            std::thread::sleep(time);
            cut = Some((volume.cut_power(random), Instant::now()));
            broker.kill().expect("it runs");
        });
        let (cut, moment) = cut.expect("the power was cut");
        volume.restore_power().expect("the volume is mounted again");
        cut_a_start(&mut broker, &mut volume, &mut random);
        broker.restart().expect("it recovers");
        let loss = load.check(&broker, &sent, moment);
        println!("{kind:?} {round}: {cut}; {loss:?}, back in {:?}", broker.start_time);
        lost += loss.lost;
        connection = broker.connect().expect("it answers");
        let found = OFFSETS.committed(&mut connection).expect("the offset is there");
        let is_old = time > bounded::LOSS_MAX;
        assert!(found == round || found == committed && !is_old, "{found}, not {round}");
        committed = found;
    }
    load.finish(&broker);
    println!("{kind:?}: {lost} acknowledged records lost in {cuts} cuts");
    assert!(lost > 0, "no cut took anything: this looks at nothing");
    let status = broker.stop().expect("it stops").code();
    assert!(matches!(status, Some(0 | 143)), "a clean stop ended with {status:?}");
}
