//! Logs on their way from one log directory to another, while they are written.

use std::time::Duration;

use super::*;
use crate::clock;
use crate::format::partition_metadata;
use crate::io::directory;
use crate::log::error::OpenError;
use crate::log::relocate::WHOLE;
#[cfg(feature = "sim")]
use crate::store::moves::MoveRefused;

/// A node of one shard with the directories `a` and `b`.
pub(super) struct Pair {
    pub(super) store: Store,
    pub(super) directories: Vec<NodeDir>,
    _locks: Vec<node_dir::Lock>,
}

impl Pair {
    pub(super) async fn start(path: &Path) -> Pair {
        let owner = Owner { cluster_id: Some("test".into()), node_id: 1 };
        let (mut directories, mut locks) = (Vec::new(), Vec::new());
        for name in ["a", "b"] {
            let (directory, lock) = node_dir::prepare(&path.join(name), &owner).await.unwrap();
            directories.push(directory);
            locks.push(lock);
        }
        let options = StoreOptions { journal_bytes_max: 32 << 20, ..store_options() };
        let (store, _) = Store::recover(&directories, &options).await.unwrap();
        Pair { store, directories, _locks: locks }
    }

    /// Opens a log as a broker does whose metadata may be late by a move.
    pub(super) async fn open(&self, index: i32, kept_in: Option<usize>) -> Log {
        let kept_in = kept_in.map(|number| self.directories[number].directory_id);
        let log = self.store.open_or_create_in(spec(index, config()), kept_in).await.unwrap();
        log.lead(log.latest_epoch().unwrap_or_default());
        log
    }

    fn move_to(&self, log: &Log, number: usize) {
        self.store.move_partition(log.id(), &self.directories[number].path).unwrap();
    }

    pub(super) fn place_of(&self, log: &Log) -> usize {
        let path = log.log_dir().path().to_owned();
        self.directories.iter().position(|directory| directory.path == path).unwrap()
    }

    async fn stop(self) {
        for (path, checkpoints) in self.store.close().await.in_order().unwrap() {
            node_dir::finish(&path, &checkpoints).await.unwrap();
        }
    }
}

fn config() -> LogConfig {
    LogConfig { segment_bytes: 100_000, file_delete_delay_ms: 0, ..LogConfig::default() }
}

async fn folders_of(path: &Path) -> Vec<String> {
    let listed = directory::list(path).await.unwrap();
    let names = listed.into_iter().filter(|entry| entry.is_dir).map(|entry| entry.name);
    let mut names: Vec<String> = names.filter(|name| name.starts_with("topic-0")).collect();
    names.sort_unstable();
    names
}

#[test]
fn a_name_that_no_directory_takes_is_refused_and_the_directories_serve() {
    let scratch = tempfile::tempdir().unwrap();
    run(async {
        let node = Pair::start(scratch.path()).await;
        let name = format!("{}-100000", "x".repeat(249));
        let refused = node.store.open_or_create(LogSpec { name, ..spec(0, config()) }).await;
        assert!(matches!(refused, Err(OpenError::Io { .. })));
        assert_eq!(node.store.failed_directories(), []);
        let log = node.open(1, None).await;
        append(&log, &values(0, 1, 10), 0).await;
        node.stop().await;
    });
}

#[test]
fn a_log_moves_while_it_is_written_and_read() {
    let scratch = tempfile::tempdir().unwrap();
    run(async {
        let node = Pair::start(scratch.path()).await;
        let log = node.open(0, Some(0)).await;
        let mut count = 0;
        let more = async |log: &Log, count: &mut usize| {
            append(log, &values(*count, 1, 3000), 1000).await;
            // So that the copy is the faster one.
            clock::sleep(Duration::from_millis(1)).await;
            *count += 1;
        };
        for _ in 0..100 {
            more(&log, &mut count).await;
        }
        log.trim_prefix(Offset(30)).await.unwrap();
        for target in [1, 0, 1] {
            node.move_to(&log, target);
            assert_eq!(node.store.futures().len(), 1);
            while node.place_of(&log) != target {
                more(&log, &mut count).await;
                assert_eq!(read_all(&log, Offset(count as i64 - 50), 20_000).await.len(), 50);
            }
            assert_eq!(node.store.moved().await.len(), 1);
            assert_eq!(log.ends().log_end, Offset(count as i64));
            assert_eq!(read_all(&log, Offset(30), 20_000).await, values(30, count - 30, 3000));
        }
        for _ in 0..30 {
            more(&log, &mut count).await;
        }
        node.move_to(&log, 1);
        assert!(node.store.futures().is_empty(), "it is there already");
        node.stop().await;
        let node = Pair::start(scratch.path()).await;
        let log = node.open(0, Some(1)).await;
        assert_eq!(node.place_of(&log), 1);
        assert_eq!(log.ends().log_start, Offset(30));
        assert_eq!(read_all(&log, Offset(30), 20_000).await, values(30, count - 30, 3000));
        assert_eq!(folders_of(&scratch.path().join("b")).await, ["topic-0"]);
        node.stop().await;
    });
}

#[test]
fn a_move_is_given_up_when_the_log_is_to_stay() {
    let scratch = tempfile::tempdir().unwrap();
    run(async {
        let node = Pair::start(scratch.path()).await;
        let log = node.open(0, Some(0)).await;
        append(&log, &values(0, 10, 3000), 1000).await;
        node.move_to(&log, 1);
        node.move_to(&log, 0);
        node.store.stop_moves().await;
        assert_eq!(node.place_of(&log), 0);
        assert_eq!(read_all(&log, Offset(0), 20_000).await, values(0, 10, 3000));
        node.stop().await;
    });
}

#[test]
fn a_move_that_a_stop_cut_short_goes_on_after_the_start() {
    let scratch = tempfile::tempdir().unwrap();
    run(async {
        let node = Pair::start(scratch.path()).await;
        let log = node.open(0, Some(0)).await;
        append(&log, &values(0, 10, 3000), 1000).await;
        node.move_to(&log, 1);
        while folders_of(&scratch.path().join("b")).await.is_empty() {
            executor::yield_now().await;
        }
        node.stop().await;
        let found = folders_of(&scratch.path().join("b")).await;
        assert!(found[0].ends_with("-future") || found == ["topic-0"], "{found:?}");
        let node = Pair::start(scratch.path()).await;
        let log = node.open(0, Some(0)).await;
        if node.place_of(&log) == 0 {
            node.store.moved().await;
        }
        assert_eq!(node.place_of(&log), 1);
        assert_eq!(read_all(&log, Offset(0), 20_000).await, values(0, 10, 3000));
        node.stop().await;
        assert_eq!(folders_of(&scratch.path().join("b")).await, ["topic-0"]);
    });
}

#[test]
fn a_log_that_is_deleted_on_its_way_leaves_no_copy() {
    let scratch = tempfile::tempdir().unwrap();
    run(async {
        let node = Pair::start(scratch.path()).await;
        let log = node.open(0, Some(0)).await;
        append(&log, &values(0, 10, 3000), 1000).await;
        node.move_to(&log, 1);
        executor::yield_now().await;
        node.store.delete(log.id()).await.unwrap();
        while !node.store.is_at_rest() {
            executor::yield_now().await;
        }
        assert!(folders_of(&scratch.path().join("b")).await.iter().all(|n| n.ends_with("-delete")));
        node.stop().await;
    });
}

/// A log in `a`, stopped; what its folder is called then is up to the test.
async fn stopped(path: &Path) {
    let node = Pair::start(path).await;
    let log = node.open(0, Some(0)).await;
    append(&log, &values(0, 10, 3000), 1000).await;
    node.stop().await;
}

/// The same when it has left `a`, and its copy in `b` has not got its name.
async fn stopped_in_the_last_step(path: &Path) {
    stopped(path).await;
    let copy = path.join("b").join(format!("topic-0.{:032x}-future", 7));
    directory::rename(&path.join("a/topic-0"), &copy).await.unwrap();
    directory::write_atomically(&copy.join(WHOLE), &[]).await.unwrap();
}

/// The copy is the log.
async fn assert_taken(path: &Path) -> Pair {
    let node = Pair::start(path).await;
    let log = node.open(0, Some(0)).await;
    assert_eq!(node.place_of(&log), 1);
    assert_eq!(read_all(&log, Offset(0), 20_000).await, values(0, 10, 3000));
    assert!(!directory::exists(&path.join("b/topic-0").join(WHOLE)).await.unwrap());
    node
}

#[test]
fn a_whole_copy_is_the_log_where_there_is_no_other() {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path();
    run(async {
        stopped_in_the_last_step(path).await;
        assert_taken(path).await.stop().await;
    });
}

/// What a power cut brings back of a topic that was deleted.
async fn leave_older_topic(folder: &Path) {
    directory::create_all(folder).await.unwrap();
    let identity = partition_metadata::encode(Uuid::from_u128(!42));
    let file = folder.join(partition_metadata::FILE_NAME);
    directory::write_atomically(&file, identity.as_bytes()).await.unwrap();
}

#[test]
fn what_an_older_topic_of_the_name_left_makes_way_for_a_log_that_comes() {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path();
    run(async {
        let node = Pair::start(path).await;
        let log = node.open(0, Some(0)).await;
        append(&log, &values(0, 10, 3000), 1000).await;
        leave_older_topic(&path.join("b/topic-0")).await;
        node.move_to(&log, 1);
        node.store.moved().await;
        assert_eq!(node.store.failed_directories(), []);
        assert_eq!(read_all(&log, Offset(0), 20_000).await, values(0, 10, 3000));
        let found = folders_of(&path.join("b")).await;
        assert!(found[0] == "topic-0" && found[1].ends_with("-stray"), "{found:?}");
        node.stop().await;
    });
}

#[test]
fn what_an_older_topic_of_the_name_left_makes_way_for_a_whole_copy() {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path();
    run(async {
        stopped_in_the_last_step(path).await;
        leave_older_topic(&path.join("b/topic-0")).await;
        leave_older_topic(&path.join("a/topic-0")).await;
        assert_taken(path).await.stop().await;
    });
}

#[test]
fn a_folder_of_the_name_that_does_not_say_whose_it_is_ends_the_move_alone() {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path();
    run(async {
        let node = Pair::start(path).await;
        let log = node.open(0, Some(0)).await;
        append(&log, &values(0, 10, 3000), 1000).await;
        let folder = path.join("b/topic-0");
        directory::create_all(&folder).await.unwrap();
        let segment = folder.join("00000000000000000000.log");
        directory::write_atomically(&segment, &[]).await.unwrap();
        fails_to_move(&node, &log).await;
        assert_eq!((node.place_of(&log), node.store.failed_directories()), (0, vec![]));
        assert_eq!(folders_of(&path.join("b")).await, ["topic-0"]);
        assert!(directory::exists(&segment).await.unwrap());
        append(&log, &values(10, 1, 3000), 1000).await;
        assert_eq!(read_all(&log, Offset(0), 20_000).await, values(0, 11, 3000));
        node.stop().await;
    });
}

#[test]
fn a_log_that_has_left_for_a_directory_that_is_away_is_missed() {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path();
    run(async {
        stopped(path).await;
        let left = path.join("a").join(format!("topic-0.{:032x}-delete", 7));
        directory::rename(&path.join("a/topic-0"), &left).await.unwrap();
        let node = Pair::start(path).await;
        let kept_in = Some(node.directories[0].directory_id);
        let opened = node.store.open_or_create_in(spec(0, config()), kept_in).await;
        assert!(matches!(opened, Err(OpenError::MovedAway { .. })), "made anew");
        node.stop().await;
    });
}

/// Until a move to the second directory has ended.
async fn fails_to_move(node: &Pair, log: &Log) {
    node.move_to(log, 1);
    while !node.store.is_at_rest() {
        executor::yield_now().await;
    }
}

/// The log is where it was, and the second directory takes none any more.
#[cfg(feature = "sim")]
#[track_caller]
fn assert_failed(node: &Pair, log: &Log) {
    assert_eq!(node.place_of(log), 0);
    let refused = node.store.move_partition(log.id(), &node.directories[1].path);
    assert!(matches!(refused, Err(MoveRefused::DirectoryFailed(_))), "{refused:?}");
}

#[cfg(feature = "sim")]
#[test]
fn an_error_of_the_new_directory_ends_the_move() {
    crate::io::simulation::start(5);
    let path = Path::new("/logs");
    run(async {
        let node = Pair::start(path).await;
        let log = node.open(0, Some(0)).await;
        for number in 0..100 {
            append(&log, &values(number, 1, 3000), 1000).await;
        }
        crate::io::simulation::fail_writes(&path.join("b/topic-0"), libc::EIO);
        crate::io::simulation::fail_writes(&path.join("b"), libc::EIO);
        fails_to_move(&node, &log).await;
        assert_failed(&node, &log);
        append(&log, &values(100, 1, 3000), 1000).await;
        assert_eq!(read_all(&log, Offset(0), 20_000).await, values(0, 101, 3000));
    });
}

/// The old directory fails when its folder has lost its name, and the other one stops in order.
#[cfg(feature = "sim")]
#[test]
fn a_copy_that_may_be_the_log_keeps_its_start_over_a_stop() {
    use crate::io::simulation::{Errors, Failing, set_errors, start};
    start(7);
    let path = Path::new("/logs");
    run(async {
        let node = Pair::start(path).await;
        let log = node.open(0, Some(0)).await;
        for number in 0..100 {
            append(&log, &values(number, 1, 300), 1000).await;
        }
        log.trim_prefix(Offset(50)).await.unwrap();
        let folder = path.join("a/topic-0");
        let failure = executor::spawn(async move {
            while directory::exists(&folder).await.unwrap() {
                executor::yield_now().await;
            }
            set_errors(Some(Errors { failing: Failing::Syncs, one_in: 1 }));
        });
        fails_to_move(&node, &log).await;
        failure.await;
        set_errors(None);
        assert_eq!(node.store.failed_directories().len(), 1);
        let closed = node.store.close().await;
        assert!(matches!(
            closed.failed.get(&path.join("b")),
            Some(OpenError::UndecidedMove { .. })
        ));
        for (path, checkpoints) in closed.checkpoints {
            node_dir::finish(&path, &checkpoints).await.unwrap();
        }
    });
    run(async {
        let node = Pair::start(path).await;
        let log = node.open(0, Some(0)).await;
        assert_eq!(node.place_of(&log), 1);
        assert_eq!(log.ends().log_start, Offset(50));
        assert_eq!(read_all(&log, Offset(50), 20_000).await, values(50, 50, 300));
    });
}

#[cfg(feature = "sim")]
#[test]
fn a_move_that_finds_no_room_for_its_folder_waits_for_it() {
    use crate::io::simulation;
    let path = Path::new("/logs");
    simulation::start(1);
    run(async {
        let node = Pair::start(path).await;
        let log = node.open(0, Some(0)).await;
        append(&log, &values(0, 3, 3000), 1000).await;
        simulation::leave_room(Some(0));
        node.move_to(&log, 1);
        clock::sleep(crate::limits::SHORTAGE_RETRY * 5).await;
        assert_eq!(folders_of(&path.join("b")).await, Vec::<String>::new());
        assert!(!node.store.is_at_rest());
        simulation::leave_room(None);
        while !node.store.is_at_rest() {
            clock::sleep(crate::limits::SHORTAGE_RETRY).await;
        }
        assert_eq!(node.place_of(&log), 1);
        node.stop().await;
    });
}

#[cfg(feature = "sim")]
#[test]
fn a_sync_of_the_new_directory_that_finds_no_room_is_not_made_again() {
    crate::io::simulation::start(6);
    let path = Path::new("/logs");
    run(async {
        let node = Pair::start(path).await;
        let log = node.open(0, Some(0)).await;
        append(&log, &values(0, 1, 3000), 1000).await;
        crate::io::simulation::fail_syncs(&path.join("b"), libc::ENOSPC);
        fails_to_move(&node, &log).await;
        crate::io::simulation::fail_syncs(&path.join("b"), 0);
        assert_failed(&node, &log);
    });
}

#[cfg(feature = "sim")]
mod power_cuts {
    use std::cell::Cell;
    use std::collections::BTreeSet;

    use super::*;
    use crate::io::simulation;
    use crate::mutation::{Mutation, plant};

    /// Appends and moves to and fro until time is up; what was acknowledged so far is in
    /// `acknowledged`.
    async fn write_and_move(path: &Path, acknowledged: &Cell<usize>, sent: &Cell<usize>) {
        let node = Pair::start(path).await;
        let log = node.open(0, Some(0)).await;
        // Keeps the oldest pages of both journals.
        for index in [1, 2] {
            let other = node.open(index, None).await;
            append(&other, &values(0, 1, 10), 0).await;
        }
        let moving = async {
            loop {
                for target in [1, 0] {
                    node.move_to(&log, target);
                    node.store.moved().await;
                }
            }
        };
        let writing = async {
            loop {
                let number = sent.get();
                sent.set(number + 1);
                append(&log, &values(number, 1, 2000), 1000).await;
                acknowledged.set(number + 1);
                clock::sleep(Duration::from_micros(500)).await;
            }
        };
        let (mut moving, mut writing) = (Box::pin(moving), Box::pin(writing));
        std::future::poll_fn(|context| {
            let _goes_on: std::task::Poll<()> = moving.as_mut().poll(context);
            writing.as_mut().poll(context)
        })
        .await
    }

    /// The log after a crash: all that was acknowledged, in whichever directory, and it goes on.
    async fn check(path: &Path, acknowledged: usize, sent: usize) -> usize {
        let node = Pair::start(path).await;
        let log = node.open(0, Some(0)).await;
        let end = log.ends().log_end.0 as usize;
        assert!((acknowledged..=sent).contains(&end), "{acknowledged} acknowledged, {end} there");
        assert_eq!(read_all(&log, Offset(0), 20_000).await, values(0, end, 2000));
        let at_start = node.place_of(&log);
        append(&log, &values(end, 1, 2000), 1000).await;
        let target = 1 - node.place_of(&log);
        node.move_to(&log, target);
        while node.place_of(&log) != target {
            node.store.moved().await;
        }
        assert_eq!(read_all(&log, Offset(0), 20_000).await, values(0, end + 1, 2000));
        node.stop().await;
        let node = Pair::start(path).await;
        let log = node.open(0, Some(0)).await;
        assert_eq!(node.place_of(&log), target);
        assert_eq!(read_all(&log, Offset(0), 20_000).await, values(0, end + 1, 2000));
        node.stop().await;
        at_start
    }

    /// Cuts the power at some moment of one seed's run, and looks.
    fn cut(seed: u64, after: Duration) -> usize {
        simulation::start(seed);
        let path = Path::new("/logs");
        let (acknowledged, sent) = (Cell::new(0), Cell::new(0));
        run(async {
            let _time_is_up =
                clock::timeout(after, write_and_move(path, &acknowledged, &sent)).await;
        });
        simulation::crash();
        run(check(path, acknowledged.get(), sent.get()))
    }

    #[test]
    fn nothing_acknowledged_is_lost_wherever_the_power_goes() {
        let mut found = BTreeSet::new();
        for seed in 0..80 {
            found.insert(cut(seed, Duration::from_micros(20_000 + seed * 1_237)));
        }
        assert_eq!(found.len(), 2, "logs were found in one directory alone");
    }

    #[test]
    fn a_copy_that_is_not_synced_before_the_old_log_goes_is_noticed() {
        let lost = (0..80).any(|seed| {
            let looked = std::thread::spawn(move || {
                plant(Some(Mutation::MoveUnsynced));
                cut(seed, Duration::from_micros(20_000 + seed * 1_237))
            });
            looked.join().is_err()
        });
        assert!(lost);
    }
}
