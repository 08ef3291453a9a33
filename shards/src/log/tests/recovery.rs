//! What a crash, a damaged file or a second node leaves of a log.

use super::*;
use crate::io::directory;
use crate::log::error::{Offline, OpenError};

/// Appends and then ends the core without a stop: what a kill leaves.
fn crash_after(path: &Path, config: &LogConfig, from: usize, count: usize, bytes: usize) {
    run(async {
        let node = Node::start(path).await;
        let log = node.store.open_or_create(spec(0, config.clone())).await.unwrap();
        for number in from..from + count {
            append(&log, &values(number, 1, bytes), number as i64).await;
        }
    });
}

fn content(path: &Path) -> Vec<u8> {
    run(async { directory::read_to_vec(path, 1 << 30).await.unwrap() })
}

fn flip(path: &Path, at: usize) {
    let mut bytes = content(path);
    bytes[at] ^= 1;
    replace(path, &bytes);
}

fn replace(path: &Path, bytes: &[u8]) {
    run(async { directory::write_atomically(path, bytes).await.unwrap() });
}

#[test]
fn nothing_acknowledged_is_lost_in_a_crash() {
    let scratch = tempfile::tempdir().unwrap();
    let config = LogConfig { segment_bytes: 1 << 20, ..LogConfig::default() };
    let mut count = 0;
    for round in 1..6 {
        crash_after(scratch.path(), &config, count, 100 * round, 7000);
        count += 100 * round;
        run(async {
            let node = Node::start(scratch.path()).await;
            let log = node.store.open_or_create(spec(0, config.clone())).await.unwrap();
            assert_eq!(log.ends().log_end, Offset(count as i64));
            assert_eq!(read_all(&log, Offset(0), 1 << 20).await, values(0, count, 7000));
            if round % 2 == 0 {
                node.stop().await;
            }
        });
    }
}

#[test]
fn a_topic_gets_nothing_of_an_older_one_of_its_name() {
    let scratch = tempfile::tempdir().unwrap();
    // Deleted in the metadata, and a crash came before its files were gone.
    crash_after(scratch.path(), &LogConfig::default(), 0, 10, 100);
    run(async {
        let node = Node::start(scratch.path()).await;
        let id = PartitionId { topic: Uuid::from_u128(!42), index: 0 };
        let newer = LogSpec { id, ..spec(0, LogConfig::default()) };
        let log = node.store.open_or_create(newer).await.unwrap();
        assert_eq!(log.ends().log_end, Offset(0));
        let kept = directory::list(scratch.path()).await.unwrap();
        assert!(kept.iter().any(|entry| entry.name.ends_with("-stray")));
    });
}

#[test]
fn a_torn_end_beyond_the_recovery_point_is_cut() {
    let scratch = tempfile::tempdir().unwrap();
    let config = LogConfig::default();
    crash_after(scratch.path(), &config, 0, 10, 100);
    run(async {
        let node = Node::start(scratch.path()).await;
        let _log = node.store.open_or_create(spec(0, config.clone())).await.unwrap();
    });
    let segment = scratch.path().join("topic-0/00000000000000000000.log");
    let mut bytes = content(&segment);
    let size = bytes.len();
    bytes.extend_from_within(..90);
    replace(&segment, &bytes);
    run(async {
        let node = Node::start(scratch.path()).await;
        let log = node.store.open_or_create(spec(0, config.clone())).await.unwrap();
        assert_eq!(log.ends().log_end, Offset(10));
        assert_eq!(read_all(&log, Offset(0), 1000).await, values(0, 10, 100));
        assert_eq!(log.size_bytes(), size as u64);
    });
}

#[test]
fn damage_below_the_recovery_point_is_named_and_never_cut() {
    let scratch = tempfile::tempdir().unwrap();
    let config = LogConfig::default();
    run(async {
        let node = Node::start(scratch.path()).await;
        let log = node.store.open_or_create(spec(0, config.clone())).await.unwrap();
        for number in 0..10 {
            append(&log, &values(number, 1, 100), 0).await;
        }
        node.stop().await;
    });
    // As after a crash that came later: the checkpoint says that all was synced.
    let clean = scratch.path().join(".kafka_cleanshutdown");
    run(async { directory::remove_file(&clean).await.unwrap() });
    let segment = scratch.path().join("topic-0/00000000000000000000.log");
    let mut bytes = content(&segment);
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    replace(&segment, &bytes);
    run(async {
        let node = Node::start(scratch.path()).await;
        let opened = node.store.open_or_create(spec(0, config.clone())).await;
        let Err(OpenError::Offline(Offline::Corrupt { path, position, .. })) = &opened else {
            panic!("a damaged log was opened: {:?}", opened.map(|log| log.ends()));
        };
        assert!(path.ends_with("topic-0/00000000000000000000.log"));
        assert!(*position <= middle as u64);
    });
    assert_eq!(content(&segment), bytes);
}

#[test]
fn damage_below_where_the_journal_began_is_named_and_never_cut() {
    let scratch = tempfile::tempdir().unwrap();
    let config = LogConfig::default();
    run(async {
        let node = Node::start_sized(scratch.path(), 64 << 20, 2 << 20).await;
        let log = node.store.open_or_create(spec(0, config.clone())).await.unwrap();
        for number in 0..200 {
            append(&log, &values(number, 1, 50_000), 0).await;
        }
    });
    let segment = scratch.path().join("topic-0/00000000000000000000.log");
    flip(&segment, 1_000_000);
    // Also when the next crash comes before a stop: the journal is empty then.
    for _ in 0..2 {
        run(async {
            let node = Node::start(scratch.path()).await;
            let opened = node.store.open_or_create(spec(0, config.clone())).await;
            let Err(OpenError::Offline(Offline::Corrupt { position, .. })) = &opened else {
                panic!("a damaged log was opened: {:?}", opened.map(|log| log.ends()));
            };
            assert!(*position <= 1_000_000);
        });
    }
    flip(&segment, 1_000_000);
    run(async {
        let node = Node::start(scratch.path()).await;
        let log = node.store.open_or_create(spec(0, config.clone())).await.unwrap();
        assert_eq!(read_all(&log, Offset(0), 1 << 20).await, values(0, 200, 50_000));
    });
}

#[test]
fn records_of_a_folder_that_lost_its_identity_stay_in_the_journal() {
    let scratch = tempfile::tempdir().unwrap();
    crash_after(scratch.path(), &LogConfig::default(), 0, 10, 100);
    let identity = scratch.path().join("topic-0/partition.metadata");
    let sound = content(&identity);
    replace(&identity, b"vErsion: 0\ntopic_id: AAAAAAAAAAAAAAAAAAAAKg\n");
    let owner = Owner { cluster_id: Some("test".into()), node_id: 1 };
    run(async {
        let (directory, _lock) = node_dir::prepare(scratch.path(), &owner).await.unwrap();
        let refused = Store::recover(&[directory], &store_options()).await.err().unwrap();
        assert!(matches!(refused, OpenError::Homeless { appends: 10, .. }), "{refused}");
        assert!(refused.to_string().contains("topic-0/partition.metadata"), "{refused}");
    });
    replace(&identity, &sound);
    run(async {
        let node = Node::start(scratch.path()).await;
        let log = node.store.open_or_create(spec(0, LogConfig::default())).await.unwrap();
        assert_eq!(read_all(&log, Offset(0), 1 << 20).await, values(0, 10, 100));
    });
}

#[test]
fn a_folder_that_lost_its_identity_is_named_and_left_alone() {
    let scratch = tempfile::tempdir().unwrap();
    run(async {
        let node = Node::start(scratch.path()).await;
        let log = node.store.open_or_create(spec(0, LogConfig::default())).await.unwrap();
        append(&log, &values(0, 10, 100), 0).await;
        node.stop().await;
    });
    let segment = scratch.path().join("topic-0/00000000000000000000.log");
    let before = content(&segment);
    let identity = scratch.path().join("topic-0/partition.metadata");
    run(async { directory::remove_file(&identity).await.unwrap() });
    for garbage in [None, Some(&b""[..]), Some(b"version: 0\n")] {
        if let Some(garbage) = garbage {
            replace(&identity, garbage);
        }
        run(async {
            let node = Node::start(scratch.path()).await;
            let opened = node.store.open_or_create(spec(0, LogConfig::default())).await;
            assert!(matches!(opened, Err(OpenError::Unidentified { .. })));
            // Its neighbours are not harmed.
            node.store.open_or_create(spec(1, LogConfig::default())).await.unwrap();
            node.stop().await;
        });
        assert_eq!(content(&segment), before);
    }
}

#[test]
fn data_without_a_name_is_no_new_directory() {
    let scratch = tempfile::tempdir().unwrap();
    crash_after(scratch.path(), &LogConfig::default(), 0, 1, 100);
    let owner = Owner { cluster_id: None, node_id: 1 };
    for data in ["topic-0", "ringlog.journal.0"] {
        run(async {
            let properties = scratch.path().join("meta.properties");
            let _absent = directory::remove_file(&properties).await;
            let refused = node_dir::prepare(scratch.path(), &owner).await;
            assert!(matches!(refused, Err(node_dir::DirectoryError::Nameless { .. })), "{data}");
            let _gone = directory::remove_all(&scratch.path().join("topic-0")).await;
        });
    }
}

#[test]
fn missing_and_damaged_indexes_are_made_anew() {
    let scratch = tempfile::tempdir().unwrap();
    let config = LogConfig { segment_bytes: 200_000, ..LogConfig::default() };
    run(async {
        let node = Node::start(scratch.path()).await;
        let log = node.store.open_or_create(spec(0, config.clone())).await.unwrap();
        for number in 0..500 {
            append(&log, &values(number, 1, 1000), number as i64).await;
        }
        node.stop().await;
    });
    let topic = scratch.path().join("topic-0");
    for entry in run(async { directory::list(&topic).await.unwrap() }) {
        let path = topic.join(&entry.name);
        match path.extension().and_then(|end| end.to_str()) {
            Some("index") => replace(&path, &[7; 20]),
            Some("timeindex") => run(async { directory::remove_file(&path).await.unwrap() }),
            _ => {}
        }
    }
    run(async {
        let node = Node::start(scratch.path()).await;
        let log = node.store.open_or_create(spec(0, config.clone())).await.unwrap();
        assert_eq!(read_all(&log, Offset(0), 10_000).await, values(0, 500, 1000));
        let end = log.ends().high_watermark;
        let found = log.find_timestamp(321, end).await.unwrap().unwrap();
        assert_eq!(found.at.offset, Offset(321));
        node.stop().await;
    });
}

#[test]
fn a_second_node_on_the_directory_is_refused_and_so_is_another_cluster() {
    let scratch = tempfile::tempdir().unwrap();
    run(async {
        let node = Node::start(scratch.path()).await;
        let owner = Owner { cluster_id: Some("test".into()), node_id: 1 };
        let second = node_dir::prepare(scratch.path(), &owner).await;
        assert!(matches!(second, Err(node_dir::DirectoryError::InUse { .. })));
        assert_eq!(node.directories[0].cluster_id, "test");
        node.stop().await;
        let other = Owner { cluster_id: Some("other".into()), node_id: 1 };
        let refused = node_dir::prepare(scratch.path(), &other).await;
        assert!(matches!(refused, Err(node_dir::DirectoryError::OtherCluster { .. })));
        let other = Owner { cluster_id: None, node_id: 2 };
        let refused = node_dir::prepare(scratch.path(), &other).await;
        assert!(matches!(refused, Err(node_dir::DirectoryError::OtherNode { .. })));
    });
}

#[test]
fn snapshots_of_producers_behind_the_end_of_the_log_are_removed() {
    let scratch = tempfile::tempdir().unwrap();
    crash_after(scratch.path(), &LogConfig::default(), 0, 10, 100);
    // Written for a segment that was lost.
    let stale = scratch.path().join("topic-0/00000000000000000011.snapshot");
    let sound = scratch.path().join("topic-0/00000000000000000010.snapshot");
    replace(&stale, b"of a producer that was never there");
    replace(&sound, b"as good as any");
    run(async {
        let node = Node::start(scratch.path()).await;
        let log = node.store.open_or_create(spec(0, LogConfig::default())).await.unwrap();
        assert_eq!(log.ends().log_end, Offset(10));
        assert!(!directory::exists(&stale).await.unwrap());
        assert!(directory::exists(&sound).await.unwrap());
    });
}

#[test]
fn a_segment_s_age_counts_from_its_first_batch_also_after_a_restart() {
    const ROLL_MS: i64 = 1000;
    for is_stopped in [true, false] {
        let scratch = tempfile::tempdir().unwrap();
        let config = LogConfig { segment_ms: ROLL_MS, ..LogConfig::default() };
        let segments = async || {
            let files = directory::list(&scratch.path().join("topic-0")).await.unwrap();
            let names = files.into_iter().map(|entry| entry.name);
            let mut logs: Vec<_> = names.filter(|name| name.ends_with(".log")).collect();
            logs.sort();
            logs
        };
        // Enough bytes for index entries: the last of them points to a batch much younger.
        run(async {
            let node = Node::start(scratch.path()).await;
            let log = node.store.open_or_create(spec(0, config.clone())).await.unwrap();
            for number in 0..10 {
                append(&log, &values(number, 1, 5000), 1 + 100 * number as i64).await;
            }
            if is_stopped {
                node.stop().await;
            }
        });
        run(async {
            let node = Node::start(scratch.path()).await;
            let log = node.store.open_or_create(spec(0, config.clone())).await.unwrap();
            append(&log, &values(10, 1, 10), 1 + ROLL_MS).await;
            append(&log, &values(11, 1, 10), 2 + ROLL_MS).await;
            node.stop().await;
            assert_eq!(segments().await, ["00000000000000000000.log", "00000000000000000011.log"]);
        });
    }
}
