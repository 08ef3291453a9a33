//! What only the twin can do: the same run twice, and crashes.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use super::{on_core, pattern};
use crate::clock;
use crate::io::{
    Buffer, Durability, File, OpenOptions, PAGE_BYTES, Slice, directory, simulation, spawn,
};

const PAGE: u64 = PAGE_BYTES as u64;

fn writing() -> OpenOptions {
    OpenOptions::new().write(true).create(true)
}

async fn read(path: &Path) -> Vec<u8> {
    directory::read_to_vec(path, 1 << 20).await.unwrap()
}

/// The order in which ten writes in flight complete, and when.
fn trace(seed: u64) -> Vec<(u64, u64)> {
    simulation::start(seed);
    on_core(async {
        let file = File::open(Path::new("/a"), writing()).await.unwrap();
        let tasks: Vec<_> = (0..10)
            .map(|n| {
                let file = file.clone();
                spawn(async move {
                    let page = vec![Slice::from(vec![n as u8; PAGE_BYTES])];
                    file.write_all_at(page, n * PAGE, Durability::Cached).await.unwrap();
                    (clock::now().as_ns(), n)
                })
            })
            .collect();
        let mut order = Vec::new();
        for task in tasks {
            order.push(task.await);
        }
        order.sort_unstable();
        order
    })
}

#[test]
fn a_seed_is_a_run() {
    assert_eq!(trace(1), trace(1));
    let orders: BTreeSet<Vec<u64>> = (0..if cfg!(miri) { 12 } else { 20 })
        .map(|seed| trace(seed).into_iter().map(|(_, n)| n).collect())
        .collect();
    assert!(orders.len() > 10, "writes in flight complete in any order");
}

#[test]
fn days_pass_in_no_time() {
    on_core(async {
        let (start, wall) = (clock::now(), clock::wall_ms());
        clock::sleep(Duration::from_secs(7 * 24 * 3600)).await;
        assert!(start.elapsed() >= Duration::from_secs(7 * 24 * 3600));
        assert!(clock::wall_ms() - wall >= 7 * 24 * 3600 * 1000);
    });
}

#[test]
fn a_crash_keeps_what_was_synced_and_any_part_of_the_rest() {
    let mut outcomes = BTreeSet::new();
    for seed in 0..if cfg!(miri) { 12 } else { 60 } {
        simulation::start(seed);
        let path = Path::new("/log");
        let (old, new) = (pattern(PAGE_BYTES, 1), pattern(PAGE_BYTES, 2));
        on_core(async {
            let file = File::open(path, writing()).await.unwrap();
            directory::sync(Path::new("/")).await.unwrap();
            let both = vec![Slice::from([old.clone(), old.clone()].concat())];
            file.write_all_at(both, 0, Durability::Cached).await.unwrap();
            file.sync_all().await.unwrap();
            let page = vec![Slice::from(new.clone())];
            file.write_all_at(page.clone(), 0, Durability::Synced).await.unwrap();
            file.write_all_at(page, PAGE, Durability::Cached).await.unwrap();
        });
        simulation::crash();
        let content = on_core(read(path));
        assert_eq!(content.len(), 2 * PAGE_BYTES);
        assert_eq!(content[..PAGE_BYTES], new);
        let rest = &content[PAGE_BYTES..];
        outcomes.insert(if rest == old {
            "lost"
        } else if rest == new {
            "kept"
        } else {
            for ((rest, old), new) in rest.chunks(512).zip(old.chunks(512)).zip(new.chunks(512)) {
                assert!(rest == old || rest == new, "torn inside of a sector");
            }
            "torn"
        });
    }
    assert_eq!(outcomes.into_iter().collect::<Vec<_>>(), ["kept", "lost", "torn"]);
}

#[test]
fn a_crash_may_lose_names_whose_directory_was_not_synced() {
    let mut survived = BTreeSet::new();
    for seed in 0..if cfg!(miri) { 12 } else { 30 } {
        simulation::start(seed);
        on_core(async {
            directory::write_atomically(Path::new("/atomic"), b"old").await.unwrap();
            directory::write_atomically(Path::new("/atomic"), b"new").await.unwrap();
            let file = File::open(Path::new("/loose"), writing()).await.unwrap();
            file.sync_all().await.unwrap();
        });
        simulation::crash();
        on_core(async {
            assert_eq!(read(Path::new("/atomic")).await, b"new");
            survived.insert(directory::exists(Path::new("/loose")).await.unwrap());
        });
    }
    assert_eq!(survived.len(), 2);
}

#[test]
fn a_full_disk_and_a_broken_one_say_so() {
    on_core(async {
        let file = File::open(Path::new("/a"), writing()).await.unwrap();
        let page = || vec![Slice::from(vec![1; PAGE_BYTES])];
        simulation::leave_room(Some(2 * PAGE));
        file.write_all_at(page(), 0, Durability::Cached).await.unwrap();
        assert_eq!(directory::free_bytes(Path::new("/")).await.unwrap(), PAGE);
        file.write_all_at(page(), PAGE, Durability::Cached).await.unwrap();
        let full = file.write_all_at(page(), 2 * PAGE, Durability::Cached).await.unwrap_err();
        assert_eq!(full.kind(), std::io::ErrorKind::StorageFull);
        simulation::fail_writes(Path::new("/a"), libc::EIO);
        let broken = file.set_size(0).await.unwrap_err();
        assert_eq!(broken.raw_os_error(), Some(libc::EIO));
        simulation::fail_writes(Path::new("/a"), 0);
        file.set_size(0).await.unwrap();
        file.write_all_at(page(), 0, Durability::Synced).await.unwrap();
        let (read, buffer) = file.read_at(Buffer::with_capacity(PAGE_BYTES), 0).await;
        assert_eq!((read.unwrap(), &buffer[..4]), (PAGE_BYTES, &[1; 4][..]));
    });
}

#[test]
fn what_was_allocated_is_written_though_the_disk_is_full() {
    on_core(async {
        let file = File::open(Path::new("/a"), writing()).await.unwrap();
        let page = || vec![Slice::from(vec![1; PAGE_BYTES])];
        simulation::leave_room(Some(2 * PAGE));
        file.allocate(0, 2 * PAGE).await.unwrap();
        assert_eq!(directory::free_bytes(Path::new("/")).await.unwrap(), 0);
        file.write_all_at(page(), 0, Durability::Synced).await.unwrap();
        file.write_all_at(page(), 0, Durability::Synced).await.unwrap();
        let full = file.write_all_at(page(), 2 * PAGE, Durability::Synced).await.unwrap_err();
        assert_eq!(full.kind(), std::io::ErrorKind::StorageFull);
        let no_name = File::open(Path::new("/b"), writing()).await.err().map(|error| error.kind());
        assert_eq!(no_name, Some(std::io::ErrorKind::StorageFull));
        file.set_size(PAGE).await.unwrap();
        File::open(Path::new("/b"), writing()).await.unwrap();
        directory::remove_file(Path::new("/a")).await.unwrap();
        assert_eq!(directory::free_bytes(Path::new("/")).await.unwrap(), PAGE);
        drop(file);
        assert_eq!(directory::free_bytes(Path::new("/")).await.unwrap(), 2 * PAGE);
    });
}

#[test]
fn what_a_failed_sync_was_about_passes_for_synced_and_may_be_lost() {
    let mut survived = BTreeSet::new();
    for seed in 0..30 {
        simulation::start(seed);
        on_core(async {
            let file = File::open(Path::new("/a"), writing()).await.unwrap();
            directory::sync(Path::new("/")).await.unwrap();
            let page = vec![Slice::from(vec![1; PAGE_BYTES])];
            file.write_all_at(page, 0, Durability::Cached).await.unwrap();
            let failing = simulation::Failing::ReadsWritesAndSyncs;
            simulation::set_errors(Some(simulation::Errors { failing, one_in: 1 }));
            assert!(file.sync_all().await.is_err());
            simulation::set_errors(None);
            file.sync_all().await.unwrap();
        });
        simulation::crash();
        let is_there = on_core(async { read(Path::new("/a")).await == [1; PAGE_BYTES] });
        survived.insert(is_there);
    }
    assert_eq!(survived.len(), 2);
}

#[test]
fn a_saved_disk_comes_back() {
    on_core(async {
        let path = Path::new("/a");
        directory::write_atomically(path, b"before").await.unwrap();
        let saved = simulation::save_disk();
        simulation::change_page(path, 0, |page| page[0] ^= 1);
        assert_eq!(read(path).await, b"cefore");
        simulation::restore_disk(&saved);
        assert_eq!(read(path).await, b"before");
    });
}
