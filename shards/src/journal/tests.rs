//! What a journal lets in, and what a reader of its file makes of damage.

use std::cell::Cell;
#[cfg(feature = "sim")]
use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::open_page::OpenPage;
use super::page::{PAGE_HEADER_BYTES, PageHeader};
use super::replay::{self, Recovered, ReplayError};
use super::space::RING_START;
use super::writer::Appender;
use super::*;
use crate::io::executor::{self, RingConfig};
use crate::io::file::{Durability, File, OpenOptions};
use crate::units::{BLOCK_BYTES, LeaderEpoch, Offset, PartitionId, Uuid};

const BLOCK: u64 = BLOCK_BYTES as u64;
const JOURNAL_BYTES: u64 = 16 << 20;
const ID: Uuid = Uuid::from_u128(7);

/// Counts what it is told.
#[derive(Default)]
struct Told {
    durable: Cell<i64>,
    failed: Cell<bool>,
}

impl Appender for Told {
    fn durable(self: Rc<Self>, end: Offset, _page: PageSequence) {
        self.durable.set(end.0);
    }

    fn failed(&self) {
        self.failed.set(true);
    }
}

fn run<T>(body: impl Future<Output = T>) -> T {
    executor::run(RingConfig::default(), body).unwrap()
}

async fn start(path: &Path) -> Journal {
    start_sized(path, JOURNAL_BYTES).await
}

async fn start_sized(path: &Path, bytes: u64) -> Journal {
    let file = replay::create(path, ID, bytes).await.unwrap();
    Journal::start(file, options(PageSequence(0), bytes))
}

/// As a node goes on with a journal that it finds.
async fn start_again(mut recovered: Recovered) -> Journal {
    recovered.begin().await.unwrap();
    let options = options(recovered.next_sequence, recovered.capacity_bytes);
    Journal::start(recovered.file, options)
}

fn options(first_sequence: PageSequence, bytes: u64) -> JournalOptions {
    JournalOptions {
        name: "journal".into(),
        id: ID,
        durability: Durability::Synced,
        first_sequence,
        capacity_bytes: bytes,
        capacity_bytes_max: bytes,
    }
}

fn entry(number: i64, length: u32) -> EntryHeader {
    EntryHeader {
        kind: EntryKind::Append,
        length,
        partition: PartitionId { topic: Uuid::from_u128(1), index: 0 },
        leader_epoch: LeaderEpoch(0),
        base_offset: Offset(number),
        next_offset: Offset(number + 1),
        segment_base: Offset(0),
        position: 0,
    }
}

/// Appends of one block each, every one in a page of its own.
async fn write_pages(journal: &Journal, count: i64) -> Rc<Told> {
    let told = Rc::new(Told::default());
    let appender: Rc<dyn Appender> = told.clone();
    for number in 0..count {
        journal.admit(100, Room::Ordinary).await.unwrap();
        let page = journal.append(&entry(number, 100), &[&[b'x'; 100]], &appender).unwrap();
        journal.written(page).await.unwrap();
    }
    told
}

/// Flips a byte behind the head of the page in block `block` of the ring.
async fn damage(path: &Path, block: u64) {
    let file = File::open(path, OpenOptions::new().write(true)).await.unwrap();
    let at = RING_START + block * BLOCK + PAGE_HEADER_BYTES as u64 + 80;
    let buffer = crate::io::buffers::Buffer::with_capacity(1);
    let (read, buffer) = file.read_exact_at(buffer, 1, at).await;
    read.unwrap();
    let flipped = vec![buffer.as_slice()[0] ^ 1];
    file.write_all_at(vec![flipped.into()], at, Durability::Synced).await.unwrap();
}

async fn reopened(damaged: &[u64]) -> (PathBuf, Result<Recovered, ReplayError>) {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("journal");
    crate::io::directory::create_all(directory.path()).await.unwrap();
    let told = write_pages(&start(&path).await, 5).await;
    assert_eq!(told.durable.get(), 5);
    for block in damaged {
        damage(&path, *block).await;
    }
    let opened = replay::open(&path).await;
    (path, opened)
}

#[test]
fn all_pages_are_found_again() {
    let (_, opened) = run(reopened(&[]));
    assert_eq!(opened.unwrap().pages(), 5);
}

#[test]
fn the_last_page_may_be_torn() {
    let (_, opened) = run(reopened(&[4]));
    assert_eq!(opened.unwrap().pages(), 4);
}

#[test]
fn damage_before_the_last_page_is_named() {
    for damaged in [&[2][..], &[3, 4], &[0, 1, 2, 3, 4]] {
        let (path, opened) = run(reopened(damaged));
        let Err(error) = opened else { panic!("damage at {damaged:?} was passed over") };
        let text = error.to_string();
        let sequence = damaged[0];
        let position = RING_START + sequence * BLOCK;
        assert!(text.contains(&path.display().to_string()), "{text}");
        assert!(text.contains(&format!("page {sequence} at byte {position}")), "{text}");
    }
}

/// A journal of whole pages, each of one block, of which the last `unsynced` are not synced.
async fn make_unsynced(path: &Path, count: u64, unsynced: u64) {
    crate::io::directory::create_all(path.parent().unwrap()).await.unwrap();
    let id = ID;
    let file = replay::create(path, id, JOURNAL_BYTES).await.unwrap();
    let nobody: Rc<dyn Appender> = Rc::new(Told::default());
    for sequence in 0..count {
        let mut page = OpenPage::new(PageSequence(sequence));
        page.add(&entry(sequence as i64, 100), &[&[b'x'; 100]], &nobody);
        let header = PageHeader {
            sequence,
            journal_id: id,
            length: page.length() as u32,
            entries: page.entries(),
            oldest_sequence: 0,
            oldest_position: RING_START,
            position: RING_START + sequence * BLOCK,
            unsynced: (sequence + 1).saturating_sub(count - unsynced).max(1),
        };
        let at = RING_START + sequence * BLOCK;
        file.write_all_at(page.seal(&header), at, Durability::Synced).await.unwrap();
    }
}

/// How many pages are replayed, and which one is named as lost; they never come back.
async fn window_of_unsynced(
    unsynced: u64,
    damaged: &[u64],
) -> Result<(usize, Option<PageSequence>), ReplayError> {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("journal");
    make_unsynced(&path, 5, unsynced).await;
    for block in damaged {
        damage(&path, *block).await;
    }
    let mut recovered = replay::open(&path).await?;
    let found = (recovered.pages(), recovered.lost);
    recovered.close().await?;
    let again = replay::open(&path).await?;
    assert_eq!((again.pages(), again.lost), (0, None));
    assert!(again.next_sequence > PageSequence(5));
    Ok(found)
}

#[test]
fn pages_that_were_not_synced_may_be_missing() {
    for (damaged, pages) in [(&[][..], 5), (&[2], 2), (&[1, 3], 1), (&[3, 4], 3), (&[0, 4], 0)] {
        let (found, lost) = run(window_of_unsynced(5, damaged)).unwrap();
        assert_eq!(found, pages, "damage at {damaged:?}");
        let expected = (pages < 5).then_some(PageSequence(pages as u64));
        assert_eq!(lost, expected, "damage at {damaged:?}");
    }
    let (found, lost) = run(window_of_unsynced(5, &[0, 1, 2, 3, 4])).unwrap();
    assert_eq!((found, lost), (0, Some(PageSequence(0))));
}

#[test]
fn pages_that_were_synced_later_must_not_be_missing() {
    // Pages 0, 1 and 2 were synced before page 4 was written.
    assert_eq!(run(window_of_unsynced(2, &[3])).unwrap(), (3, Some(PageSequence(3))));
    for damaged in [&[2][..], &[0, 3], &[1, 4], &[2, 3, 4]] {
        let Err(error) = run(window_of_unsynced(2, damaged)) else {
            panic!("damage at {damaged:?} was passed over");
        };
        let expected = damaged[0];
        assert!(error.to_string().contains(&format!("page {expected} at byte")), "{error}");
    }
}

#[test]
fn a_failure_at_any_moment_leaves_a_journal_that_is_recovered() {
    run(async {
        for turns in 0..6 {
            let directory = tempfile::tempdir().unwrap();
            let path = directory.path().join("journal");
            crate::io::directory::create_all(directory.path()).await.unwrap();
            let journal = start(&path).await;
            write_pages(&journal, 3).await;
            let told = Rc::new(Told::default());
            let appender: Rc<dyn Appender> = told.clone();
            journal.append(&entry(3, 100), &[&[b'x'; 100]], &appender).unwrap();
            for _ in 0..turns {
                executor::yield_now().await;
            }
            journal.fail("its device is gone");
            while told.durable.get() == 0 && !told.failed.get() {
                executor::yield_now().await;
            }
            // Whatever is on its way ends.
            for _ in 0..100 {
                executor::yield_now().await;
            }
            assert_eq!(journal.failed().await.cause.as_ref(), "its device is gone");
            let acknowledged = if told.durable.get() > 0 { 4 } else { 3 };
            let found = replay::open(&path).await.unwrap().pages();
            assert!((acknowledged..=4).contains(&found), "{found} of {acknowledged} pages");
        }
    });
}

#[test]
fn what_no_empty_journal_takes_is_refused_at_once() {
    run(async {
        let directory = tempfile::tempdir().unwrap();
        crate::io::directory::create_all(directory.path()).await.unwrap();
        let journal = start(&directory.path().join("journal")).await;
        let too_large = journal.admit(JOURNAL_BYTES as usize, Room::Ordinary).await;
        let Err(NotAdmitted::LargerThanJournal { bytes, journal_bytes }) = too_large else {
            panic!("{too_large:?}");
        };
        assert_eq!((bytes as u64, journal_bytes), (JOURNAL_BYTES, JOURNAL_BYTES));
        journal.admit(JOURNAL_BYTES as usize - (1 << 20), Room::Ordinary).await.unwrap();
    });
}

#[test]
fn who_waits_for_room_is_refused_when_the_disk_is_full() {
    run(async {
        let directory = tempfile::tempdir().unwrap();
        crate::io::directory::create_all(directory.path()).await.unwrap();
        let journal = start(&directory.path().join("journal")).await;
        let appender: Rc<dyn Appender> = Rc::new(Told::default());
        let large = vec![b'x'; 11 << 20];
        journal.admit(large.len(), Room::Ordinary).await.unwrap();
        journal.append(&entry(0, large.len() as u32), &[&large], &appender).unwrap();
        let waiting = journal.clone();
        let waiting = executor::spawn(async move { waiting.admit(2 << 20, Room::Ordinary).await });
        executor::yield_now().await;
        journal.set_disk_full(true);
        let refused = waiting.await;
        assert!(matches!(refused, Err(NotAdmitted::DiskFull(_))), "{refused:?}");
        // What frees space is let in.
        journal.admit(100, Room::Reserve).await.unwrap();
        journal.set_disk_full(false);
        journal.admit(100, Room::Ordinary).await.unwrap();
    });
}

#[cfg(feature = "sim")]
#[test]
fn a_power_cut_while_a_page_is_written_over_freed_ones_loses_nothing() {
    const SMALL_BYTES: u64 = 24 * BLOCK;
    for seed in 0..200 {
        crate::io::simulation::start(seed);
        let path = Path::new("/journal");
        let (count, held) = (3 + seed % 41, seed as usize % 9);
        run(async {
            let journal = start_sized(path, SMALL_BYTES).await;
            crate::io::directory::sync_parent(path).await.unwrap();
            let told = Rc::new(Told::default());
            let appender: Rc<dyn Appender> = told.clone();
            let mut live = VecDeque::new();
            for number in 0..count as i64 {
                // The page before this one is whole, and named what is freed now.
                let is_last = number + 1 == count as i64;
                while live.len() > held || is_last {
                    let Some(oldest) = live.pop_front() else { break };
                    journal.release(oldest, 1);
                }
                let body = vec![b'x'; if is_last { 8 } else { 1 } * BLOCK_BYTES];
                let header = entry(number, body.len() as u32);
                let page = journal.append(&header, &[&body], &appender).unwrap();
                if !is_last {
                    journal.written(page).await.unwrap();
                    live.push_back(page);
                }
            }
            for _ in 0..seed % 7 {
                executor::yield_now().await;
            }
        });
        crate::io::simulation::crash();
        run(async {
            let opened = replay::open(path).await;
            assert!(opened.is_ok(), "seed {seed}, {count} pages: {}", opened.err().unwrap());
        });
    }
}

/// Offsets of the entries that a start would replay.
#[cfg(feature = "sim")]
async fn replayed(recovered: &Recovered) -> Vec<i64> {
    let mut offsets = Vec::new();
    for page in 0..recovered.pages() {
        recovered.read(page, |entry, _| offsets.push(entry.base_offset.0)).await.unwrap();
    }
    offsets
}

/// A stop in order leaves a mark, by which a start knows without looking that all is done.
#[test]
fn a_clean_stop_says_where_the_next_start_goes_on() {
    run(async {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("journal");
        crate::io::directory::create_all(directory.path()).await.unwrap();
        let journal = start(&path).await;
        write_pages(&journal, 3).await;
        (0..3).for_each(|page| journal.release(PageSequence(page), 1));
        journal.close().await.unwrap();
        // Were it looked at, the damage would be found: the closing page is the fourth.
        damage(&path, 2).await;
        let again = replay::open(&path).await.unwrap();
        assert_eq!((again.pages(), again.next_sequence), (0, PageSequence(4)));
        // From the next start on the mark says something else.
        drop(start_again(again).await);
        let again = replay::open(&path).await.unwrap();
        assert_eq!((again.pages(), again.next_sequence), (0, PageSequence(4)));
    });
}

/// One run of a journal after a stop in order, ended by a power cut: what the next start finds, of
/// which only appends of that last run may be.
#[cfg(feature = "sim")]
fn cut_after_a_clean_stop(seed: u64) -> Result<Vec<i64>, String> {
    const SMALL_BYTES: u64 = 48 * BLOCK;
    const OF_LAST_RUN: i64 = 1000;
    crate::io::simulation::start(seed);
    let path = Path::new("/journal");
    run(async {
        let journal = start_sized(path, SMALL_BYTES).await;
        crate::io::directory::sync_parent(path).await.unwrap();
        let pages = seed % 13;
        write_pages(&journal, pages as i64).await;
        (0..pages).for_each(|page| journal.release(PageSequence(page), 1));
        journal.close().await.unwrap();
    });
    let mut found = Vec::new();
    // The second time the first cut came in between.
    for round in 0..2 {
        run(async {
            let mut recovered = replay::open(path).await.map_err(|error| error.to_string())?;
            found = replayed(&recovered).await;
            if recovered.pages() > 0 {
                recovered.close().await.unwrap();
            }
            let again = executor::spawn(start_again(recovered));
            let turns = (seed / 3 + 5 * round as u64) % 7;
            if !seed.is_multiple_of(3) {
                let journal = again.await;
                let told: Rc<dyn Appender> = Rc::new(Told::default());
                let body = vec![b'x'; (1 + seed as usize % 14) * BLOCK_BYTES];
                let header = entry(OF_LAST_RUN + round, body.len() as u32);
                journal.append(&header, &[&body], &told).unwrap();
            }
            // In the midst of the mark, or of the page.
            for _ in 0..turns {
                executor::yield_now().await;
            }
            Ok::<(), String>(())
        })?;
        crate::io::simulation::crash();
    }
    let last = run(async {
        let recovered = replay::open(path).await.map_err(|error| error.to_string())?;
        Ok::<_, String>(replayed(&recovered).await)
    });
    found.extend(last?);
    match found.iter().find(|offset| **offset < OF_LAST_RUN) {
        None => Ok(found),
        Some(stale) => Err(format!("offset {stale} is of a run that was stopped in order")),
    }
}

#[cfg(feature = "sim")]
#[test]
fn a_power_cut_in_the_first_page_after_a_clean_stop_brings_nothing_old_back() {
    let mut replayed = 0;
    for seed in 0..300 {
        match cut_after_a_clean_stop(seed) {
            Ok(found) => replayed += found.len(),
            Err(error) => panic!("seed {seed}: {error}"),
        }
    }
    assert!(replayed > 20, "only {replayed} pages came through: the cuts come too early");
}

#[cfg(feature = "sim")]
#[test]
fn without_a_mark_the_first_page_after_a_clean_stop_is_a_danger() {
    crate::mutation::plant(Some(crate::mutation::Mutation::MarkLeftOut));
    let failed = (0..300).filter(|seed| cut_after_a_clean_stop(*seed).is_err()).count();
    crate::mutation::plant(None);
    assert!(failed > 0, "the planted bug is not found");
}

#[cfg(feature = "sim")]
#[test]
fn a_write_that_the_kernel_has_no_memory_for_is_made_again() {
    for code in [libc::ENOMEM, libc::EAGAIN] {
        crate::io::simulation::start(1);
        let path = Path::new("/journal");
        run(async {
            let journal = start(path).await;
            crate::io::simulation::fail_writes(Path::new("/"), code);
            let writing = journal.clone();
            let writing = executor::spawn(async move { write_pages(&writing, 2).await });
            crate::clock::sleep(3 * crate::limits::SHORTAGE_RETRY).await;
            let figures = journal.figures();
            assert!(journal.failure().is_none() && figures.page_bytes.count() == 0);
            crate::io::simulation::fail_writes(Path::new("/"), 0);
            assert_eq!(writing.await.durable.get(), 2);
            let found = replay::open(path).await.unwrap();
            assert_eq!(replayed(&found).await, [0, 1]);
            // Not for ever.
            crate::io::simulation::fail_writes(Path::new("/"), code);
            let page = journal.append(&entry(2, 0), &[], &(Rc::new(Told::default()) as _)).unwrap();
            assert!(journal.written(page).await.is_err());
        });
    }
}
