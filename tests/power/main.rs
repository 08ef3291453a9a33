//! Power cuts at random moments under load: nothing acknowledged is lost, doubled or out of order.
//!
//! The broker's files lie on a real file system, on a disk of ours that keeps any part of what was
//! not flushed when its power goes. (A library put before the system calls would not do: it does
//! not see io_uring.) The load and its checks are support::load.
//! RINGLOG_CUTS: cuts for each file system (default 20). RINGLOG_SEED: as a failed run printed it.
//! Run as root: `cargo test --release --test power -- --ignored --nocapture --test-threads 1`.
//! Read next: disk.rs, volume.rs.

mod disk;
mod volume;

use std::time::Duration;

use support::broker::{Broker, Launch};
use support::folder::folder;
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

/// A broker with its data on the volume, under load.
fn start(volume: &Volume, random: &mut Random) -> (Broker, Load) {
    let data = format!("log.dirs={}", volume.path().join("data").display());
    let launch = Launch::from_environment(env!("CARGO_BIN_EXE_ringlog"));
    let settings = ["log.segment.bytes=4194304", &data];
    let broker = Broker::start(&launch, &settings).expect("the broker starts");
    let load = Load::start(&broker, random).expect("a topic and its producers");
    (broker, load)
}

fn survives(kind: FileSystem) {
    let mut random = Random::from_environment();
    let cuts = Random::number("RINGLOG_CUTS").unwrap_or(20);
    let folder = folder().expect("a folder");
    let mut volume = Volume::new(folder.path(), kind, DISK_BYTES).expect("a volume");
    let (mut broker, mut load) = start(&volume, &mut random);
    for round in 1..=cuts {
        load.run_for(Duration::from_millis(random.below(1500)));
        let mut cut = volume.cut_power(&mut random);
        broker.kill().expect("it runs");
        load.hold();
        volume.restore_power().expect("the volume is mounted again");
        if random.below(4) == 0 {
            broker
                .with_start_under_way(Duration::from_millis(random.below(200)), || {
                    cut = volume.cut_power(&mut random);
                })
                .expect("it can be started");
            volume.restore_power().expect("the volume is mounted again");
        }
        broker.restart().expect("it recovers");
        let progress = load.check(&broker);
        println!("{kind:?} {round}: {cut}; {progress:?}, back in {:?}", broker.start_time);
    }
    load.finish(&broker);
    let status = broker.stop().expect("it stops").code();
    assert!(matches!(status, Some(0 | 143)), "a clean stop ended with {status:?}");
}
