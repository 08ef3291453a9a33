//! A disk that fills up under load, and gets room again: refused meanwhile, and nothing more.
//!
//! The broker's files lie on small file systems of their own, ext4 and XFS, and it runs with one
//! core and with two. The load and its checks are support::load: nothing acknowledged is lost,
//! doubled or out of order.
//! The same load while a disk is lost: lost.rs.
//! Run as root: `cargo test --release --test full -- --ignored --nocapture --test-threads 1`.
//! Read next: volume.rs.

mod lost;
mod volume;

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use support::batch::{self, Sequence};
use support::broker::{Broker, Launch};
use support::calls::{self, Acks};
use support::connection::{Connection, frame};
use support::folder::folder;
use support::load::random::Random;
use support::load::{Load, RECOVERY_TIME_MAX};
use support::volume::FileSystem;
use volume::Volume;

const PATIENCE: Duration = Duration::from_secs(60);
/// Connections are given 6 seconds, and a look for space takes one.
const STOP_TIME_MAX: Duration = Duration::from_secs(15);
/// What a broker may say about a disk that stays full for some seconds.
const LOG_BYTES_MAX: u64 = 64 << 10;
/// How much is left to the load before the disk is full.
const ROOM_MIB: u64 = 24;

/// Each file system with each number of cores.
fn everywhere(test: fn(FileSystem, usize)) {
    for kind in [FileSystem::Ext4, FileSystem::Xfs] {
        for shards in [1, 2] {
            let began = Instant::now();
            test(kind, shards);
            println!("{kind:?}, {shards} cores: {:?}", began.elapsed());
        }
    }
}

fn start(data: &Path, shards: usize) -> (Broker, Load) {
    let broker = broker(&data.display().to_string(), shards);
    let load = start_load(&broker);
    (broker, load)
}

fn start_load(broker: &Broker) -> Load {
    let load = Load::start(broker, &mut Random::from_environment()).expect("producers");
    load.run_for(Duration::from_millis(500));
    load
}

fn broker(log_dirs: &str, shards: usize) -> Broker {
    let launch = Launch::from_environment(env!("CARGO_BIN_EXE_ringlog"));
    let (dirs, shards) = (format!("log.dirs={log_dirs}"), format!("ringlog.shards={shards}"));
    Broker::start(&launch, &["log.segment.bytes=4194304", &shards, &dirs]).expect("it starts")
}

fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < PATIENCE, "in vain: {what}");
        sleep(Duration::from_millis(50));
    }
}

/// Until no batch was accepted for a while.
fn fill(volume: &Volume, broker: &Broker, load: &Load) {
    volume.leave(ROOM_MIB);
    wait_until("it is full", || broker.log_of_last_start().contains("the disk is full"));
    let mut seen = (load.acknowledged(), Instant::now());
    wait_until("the journals take no more", || {
        let now = load.acknowledged();
        if now != seen.0 {
            seen = (now, Instant::now());
        }
        seen.1.elapsed() > Duration::from_secs(2)
    });
}

/// The error code, if there is one.
fn create(broker: &Broker, topic: &str) -> Result<(), i16> {
    let created = broker.connect().and_then(|mut on| calls::create_topic(&mut on, topic, 1));
    created.map_err(|error| calls::refusal(&error).unwrap_or(0))
}

fn assert_names_the_disk(said: &str, data: &Path) {
    let named = said.lines().any(|line| {
        line.contains("the disk is full") && line.contains(&data.display().to_string())
    });
    assert!(named, "{said}");
    assert!(!said.contains("goes offline"), "{said}");
}

fn goes_on(load: &Load) {
    let (before, began) = (load.acknowledged(), Instant::now());
    wait_until("appends go on", || load.acknowledged() > before + 100);
    assert!(began.elapsed() < RECOVERY_TIME_MAX, "it takes long to go on");
}

/// A broker that has ended on its full disk has everything once there is room.
fn starts_with_room(volume: &Volume, broker: &mut Broker, mut load: Load) {
    load.hold();
    volume.free();
    broker.restart().expect("it recovers");
    load.check(broker);
    load.finish(broker);
    assert_eq!(stop(broker), Some(0));
}

fn stop(broker: &mut Broker) -> Option<i32> {
    let began = Instant::now();
    let status = broker.stop().expect("it stops");
    assert!(began.elapsed() < STOP_TIME_MAX, "it stopped after {:?}", began.elapsed());
    status.code()
}

#[test]
#[ignore = "needs root and loop devices, and takes minutes"]
fn while_it_is_full_all_can_be_read_and_then_writes_go_on_by_themselves() {
    everywhere(|kind, shards| {
        let volume = Volume::new(kind);
        let (mut broker, mut load) = start(&volume.data(), shards);
        fill(&volume, &broker, &load);
        load.hold();
        load.check(&broker);
        assert_names_the_disk(&broker.log_of_last_start(), &volume.data());
        assert!(broker.log_bytes() < LOG_BYTES_MAX, "it fills its log with complaints");
        load.run_for(Duration::ZERO);
        volume.free();
        goes_on(&load);
        wait_until("topics are created again", || create(&broker, "later").is_ok());
        load.hold();
        load.check(&broker);
        assert_eq!(stop(&mut broker), Some(0));
        broker.restart().expect("it starts");
        load.finish(&broker);
        assert_eq!(stop(&mut broker), Some(0));
    });
}

#[test]
#[ignore = "needs root and loop devices, and takes minutes"]
fn a_stop_on_a_full_disk_ends_and_a_start_with_room_has_everything() {
    everywhere(|kind, shards| {
        let volume = Volume::new(kind);
        let (mut broker, load) = start(&volume.data(), shards);
        fill(&volume, &broker, &load);
        assert_ne!(stop(&mut broker), Some(0), "the journal was not taken over");
        let said = broker.log_of_last_start();
        assert!(said.contains("Nothing acknowledged is lost"), "{said}");
        starts_with_room(&volume, &mut broker, load);
    });
}

#[test]
#[ignore = "needs root and loop devices, and takes minutes"]
fn a_kill_on_a_full_disk_loses_nothing() {
    everywhere(|kind, shards| {
        let volume = Volume::new(kind);
        let (mut broker, load) = start(&volume.data(), shards);
        fill(&volume, &broker, &load);
        broker.kill().expect("it runs");
        starts_with_room(&volume, &mut broker, load);
    });
}

/// XFS makes inodes as long as there is space.
#[test]
#[ignore = "needs root and loop devices, and takes minutes"]
fn a_disk_without_inodes_is_waited_for() {
    for shards in [1, 2] {
        let volume = Volume::new(FileSystem::Ext4WithInodes(512));
        let (mut broker, mut load) = start(&volume.data(), shards);
        volume.take_inodes();
        wait_until("it is full", || broker.log_of_last_start().contains("the disk is full"));
        volume.free();
        goes_on(&load);
        load.hold();
        load.check(&broker);
        assert_names_the_disk(&broker.log_of_last_start(), &volume.data());
        load.finish(&broker);
        assert_eq!(stop(&mut broker), Some(0));
    }
}

/// The second of two log directories: topics in the other one know nothing of it.
#[test]
#[ignore = "needs root and loop devices, and takes minutes"]
fn a_full_log_directory_leaves_the_other_at_work() {
    everywhere(|kind, shards| {
        let (volume, roomy) = (Volume::new(kind), folder().expect("a folder"));
        let log_dirs = format!("{},{}", roomy.path().display(), volume.data().display());
        let mut broker = broker(&log_dirs, shards);
        let mut load = start_load(&broker);
        let beside = topic_in(roomy.path(), &broker, "beside");
        fill(&volume, &broker, &load);
        let mut connection = broker.connect().expect("it answers");
        let producer = calls::producer_id(&mut connection).expect("an id");
        for first in 0..1000 {
            append(&mut connection, &beside, Sequence { first, ..producer });
        }
        for number in 0..4 {
            let topic = format!("later-{number}");
            create(&broker, &topic).expect("there is room for it");
            assert!(roomy.path().join(format!("{topic}-0")).exists(), "{topic} is elsewhere");
            append(&mut connection, &topic, producer);
        }
        load.hold();
        load.check(&broker);
        assert_names_the_disk(&broker.log_of_last_start(), &volume.data());
        load.run_for(Duration::ZERO);
        volume.free();
        goes_on(&load);
        load.finish(&broker);
        assert_eq!(stop(&mut broker), Some(0));
    });
}

/// A new topic whose one partition is in this log directory.
fn topic_in(log_dir: &Path, broker: &Broker, name: &str) -> String {
    let mut names = (0..100).map(|number| format!("{name}-{number}"));
    let is_there = |topic: &String| {
        create(broker, topic).expect("there is room for it");
        log_dir.join(format!("{topic}-0")).exists()
    };
    names.find(is_there).expect("both directories are used")
}

fn append(connection: &mut Connection, topic: &str, sequence: Sequence) {
    let batch = batch::build(&[b"value"], sequence, batch::now_ms());
    let body = calls::produce_body(topic, 0, Acks::All, &batch);
    connection.send(&frame(calls::PRODUCE, &body)).expect("it hears");
    let appended = calls::produced(connection.receive().expect("it answers"));
    assert!(appended.is_ok(), "{appended:?}");
}

/// Runs a command that must succeed, in the time that one takes where nothing is waited for.
fn succeeds(broker: &Broker, words: &str) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ringlog"));
    command.args(words.split(' ')).args(["--request-timeout", "10"]);
    command.args(["--server", &broker.address().to_string()]);
    let ran = command.output().expect("it runs");
    let said = String::from_utf8_lossy(&ran.stderr).into_owned();
    assert!(ran.status.success(), "{words}: {said}");
    String::from_utf8_lossy(&ran.stdout).into_owned()
}

/// What frees space is never refused for want of it, whatever was tried before: not even where the
/// last byte is taken. The log says once that the disk is full, and once that it has room.
#[test]
#[ignore = "needs root and loop devices, and takes minutes"]
fn a_full_disk_lets_everything_be_deleted() {
    everywhere(|kind, shards| {
        let volume = Volume::new(kind);
        let (mut broker, mut load) = start(&volume.data(), shards);
        let settings = "--config file.delete.delay.ms=0";
        succeeds(&broker, &format!("topic create large --partitions 2 {settings}"));
        fill_topic(&broker, "large");
        fill(&volume, &broker, &load);
        volume.take_the_rest();
        // A partition for which there is no room: its topic, and all that comes after, waited.
        let _made_or_not = create(&broker, "squeezed");
        sleep(Duration::from_secs(1));
        succeeds(&broker, "topic delete squeezed --if-exists");
        let trimmed = succeeds(&broker, "topic delete-records large --partition 0 --before 10");
        assert_eq!(trimmed, "large-0 begins at offset 10 now\n");
        succeeds(&broker, "topic alter large --add retention.ms=3600000");
        let said = broker.log_of_last_start();
        let times = |words: &str| said.lines().filter(|line| line.contains(words)).count();
        assert!((1..=shards).contains(&times("the disk is full: appends")), "{said}");
        assert_eq!(times("the disk has room"), 0, "{said}");
        succeeds(&broker, "topic delete large");
        goes_on(&load);
        load.hold();
        load.check(&broker);
        let said = broker.log_of_last_start();
        let times = said.lines().filter(|line| line.contains("the disk has room")).count();
        assert!((1..=shards).contains(&times), "{said}");
        volume.free();
        load.finish(&broker);
        assert_eq!(stop(&mut broker), Some(0));
    });
}

/// More than a disk must have free to be taken for one with room.
fn fill_topic(broker: &Broker, topic: &str) {
    const VALUE_BYTES: usize = 64 << 10;
    const VALUES: i32 = 2 * 512;
    let mut connection = broker.connect().expect("it answers");
    let value = vec![7; VALUE_BYTES];
    for number in 0..VALUES {
        let batch = batch::build(&[&value], Sequence::NONE, batch::now_ms());
        let body = calls::produce_body(topic, number % 2, Acks::All, &batch);
        connection.send(&frame(calls::PRODUCE, &body)).expect("it hears");
        let appended = calls::produced(connection.receive().expect("it answers"));
        assert!(appended.is_ok(), "{appended:?}");
    }
}

/// Who sends by hand is not left to wonder.
#[test]
#[ignore = "needs root and loop devices, and takes minutes"]
fn produce_says_why_it_waits_and_goes_on_when_there_is_room() {
    let volume = Volume::new(FileSystem::Ext4);
    let (mut broker, load) = start(&volume.data(), 1);
    fill(&volume, &broker, &load);
    let mut produce = Command::new(env!("CARGO_BIN_EXE_ringlog"))
        .args(["produce", support::load::TOPIC, "--server", &broker.address().to_string()])
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it runs");
    let began = Instant::now();
    produce.stdin.take().expect("piped").write_all(b"value\n").expect("it reads");
    let mut said = BufReader::new(produce.stderr.take().expect("piped")).lines();
    let first = said.next().expect("it says something").expect("text");
    assert!(began.elapsed() < Duration::from_secs(10), "after {:?}", began.elapsed());
    let disk = format!("{} is full", volume.data().display());
    assert!(first.contains(&disk) && first.contains("KAFKA_STORAGE_ERROR"), "{first}");
    volume.free();
    assert!(produce.wait().expect("it ends").success());
    goes_on(&load);
    load.hold();
    assert_eq!(stop(&mut broker), Some(0));
}
