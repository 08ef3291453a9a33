//! What must not be in a folder of a log before something else is durable.

use super::*;
use crate::clock;
use crate::format::{checkpoint, partition_metadata};
use crate::io::file::{File, OpenOptions};
use crate::io::{directory, simulation};
use crate::limits;

const DATA: &str = "/node";
const COUNT: usize = 10;

/// None of the log's own files syncs its folder meanwhile.
async fn append_some(log: &Log) {
    let epochs = log.directory().join(checkpoint::LEADER_EPOCHS);
    simulation::fail_opens(&directory::with_ending(&epochs, ".tmp"), libc::EMFILE);
    for number in 0..COUNT {
        append(log, &values(number, 1, 100), 0).await;
    }
}

/// Whether the log is whole after a power cut.
fn is_whole_after_power_cut() -> bool {
    simulation::crash();
    run(async {
        let node = Node::start(Path::new(DATA)).await;
        let log = node.store.open_or_create(spec(0, LogConfig::default())).await.unwrap();
        read_all(&log, Offset(0), 1 << 20).await == values(0, COUNT, 100)
    })
}

/// As a kill leaves it between the rename and the sync of its directory.
async fn make_identity_unsynced(folder: &Path) {
    directory::create_all(folder).await.unwrap();
    let path = folder.join(partition_metadata::FILE_NAME);
    let temporary = directory::with_ending(&path, ".tmp");
    let options = OpenOptions::new().write(true).create(true);
    let file = File::open(&temporary, options).await.unwrap();
    let identity = partition_metadata::encode(Uuid::from_u128(42)).into_bytes();
    file.write_all_at(vec![identity.into()], 0, Durability::Synced).await.unwrap();
    directory::rename(&temporary, &path).await.unwrap();
}

#[test]
fn what_a_kill_left_half_made_is_durable_before_it_takes_records() {
    for seed in 0..20 {
        simulation::start(seed);
        run(async { Node::start(Path::new(DATA)).await.stop().await });
        run(make_identity_unsynced(&Path::new(DATA).join("topic-0")));
        run(async {
            let node = Node::start(Path::new(DATA)).await;
            let log = node.store.open_or_create(spec(0, LogConfig::default())).await.unwrap();
            append_some(&log).await;
        });
        assert!(is_whole_after_power_cut(), "seed {seed}");
    }
}

#[test]
fn what_a_shortage_left_half_made_is_durable_before_it_takes_records() {
    let mut refused = 0;
    for seed in 0..20 {
        simulation::start(seed);
        run(async {
            let node = Node::start(Path::new(DATA)).await;
            let identity = Path::new(DATA).join("topic-0").join(partition_metadata::FILE_NAME);
            // The directory can not be opened to sync the name that it has already.
            let shortage = executor::spawn(async move {
                while !directory::exists(&identity).await.unwrap() {
                    executor::yield_now().await;
                }
                simulation::fail_opens(Path::new(DATA), libc::EMFILE);
            });
            let spec = spec(0, LogConfig::default());
            let made = node.store.open_or_create(spec.clone()).await;
            refused += usize::from(made.is_err());
            shortage.await;
            simulation::fail_opens(Path::new(DATA), 0);
            let log = node.store.open_or_create(spec).await.unwrap();
            append_some(&log).await;
        });
        assert!(is_whole_after_power_cut(), "seed {seed}");
    }
    assert!(refused > 0, "the shortage came too late each time");
}

/// Syncs that fail leave such bytes in the page cache alone, where the next process finds them.
#[test]
fn a_segment_is_given_nothing_that_the_journal_has_not() {
    simulation::start(1);
    run(async {
        let node = Node::start(Path::new(DATA)).await;
        let config = LogConfig { segment_bytes: 8192, ..LogConfig::default() };
        let log = node.store.open_or_create(spec(0, config)).await.unwrap();
        append_some(&log).await;
        let held = log.ends().log_end;
        simulation::hang_writes(&Path::new(DATA).join("ringlog.journal.0.new"));
        for number in 0..500 {
            log.append(&batch(&values(COUNT + number, 1, 1000), 0), Origin::Client).unwrap();
        }
        assert!(log.clone().take_over().await, "what the journal holds is taken over");
        clock::sleep(limits::SHORTAGE_RETRY).await;
        let mut found = 0;
        for (name, size) in simulation::entries_of(&log.directory()) {
            let size = size.filter(|_| name.ends_with(".log")).unwrap_or_default();
            let bytes = simulation::peek(&log.directory().join(&name), 0, size as usize);
            for batch in Batches::new(&bytes).map_while(Result::ok) {
                assert!(batch.base_offset() < held.0, "{name}");
                found += 1;
            }
        }
        assert_eq!(found, COUNT);
    });
}
