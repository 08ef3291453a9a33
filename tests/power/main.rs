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

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use support::broker::{Broker, Launch};
use support::calls;
use support::load::random::Random;
use support::load::{Load, RECOVERY_TIME_MAX};
use tempfile::TempDir;
use volume::{FileSystem, Volume};

/// Sparse: takes what the load writes.
const DISK_BYTES: u64 = 16 << 30;
/// What a broker may say about a disk that stays full for some seconds.
const LOG_BYTES_MAX: u64 = 64 << 10;

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

/// A disk that fills up under load: appends are refused, nothing acknowledged is lost, and all goes
/// on by itself once there is room.
#[test]
#[ignore = "needs root, FUSE and loop devices, and takes minutes"]
fn a_full_disk_refuses_until_there_is_room() {
    let mut random = Random::from_environment();
    let folder = folder();
    let volume = Volume::new(folder.path(), FileSystem::Ext4, 256 << 20).expect("a volume");
    let (mut broker, mut load) = start(&volume, &mut random);
    load.run_for(Duration::from_millis(500));
    let ballast = volume.path().join("ballast");
    fill(&ballast);
    let before = load.acknowledged();
    thread::sleep(Duration::from_secs(10));
    let filled = load.acknowledged();
    thread::sleep(Duration::from_secs(2));
    assert_eq!(load.acknowledged(), filled, "what is on the disk was full {before} batches ago");
    // What there is can still be read.
    let mut connection = broker.connect().expect("it answers");
    calls::brokers(&mut connection).expect("it answers");
    assert!(broker.log_bytes() < LOG_BYTES_MAX, "it fills its log with complaints");
    fs::remove_file(&ballast).expect("the ballast can go");
    let began = Instant::now();
    while load.acknowledged() < filled + 100 {
        assert!(began.elapsed() < RECOVERY_TIME_MAX, "it does not go on");
        thread::sleep(Duration::from_millis(50));
    }
    load.run_for(Duration::from_millis(500));
    load.hold();
    load.check(&broker);
    broker.kill().expect("it runs");
    broker.restart().expect("it recovers");
    load.check(&broker);
    load.finish(&broker);
    let status = broker.stop().expect("it stops").code();
    assert!(matches!(status, Some(0 | 143)), "a clean stop ended with {status:?}");
}

/// Writes zeros until nothing more goes in.
fn fill(path: &Path) {
    let mut file = File::create(path).expect("a file");
    let mut bytes = 1 << 20;
    while bytes >= 4096 {
        if file.write_all(&vec![0; bytes]).and_then(|()| file.sync_all()).is_err() {
            bytes /= 2;
        }
    }
}

fn folder() -> TempDir {
    let parent = std::env::var_os("RINGLOG_TEST_DIR").unwrap_or_else(|| "/var/tmp".into());
    tempfile::Builder::new().prefix("ringlog-power-").tempdir_in(parent).expect("a folder")
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
    let folder = folder();
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
