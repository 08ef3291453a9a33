//! Files and directories.

use std::io::ErrorKind;

use super::{Scratch, large, on_core, pattern};
use crate::io::{Buffer, Chunk, Durability, File, OpenOptions, PAGE_BYTES, Slice, directory};

fn writing() -> OpenOptions {
    OpenOptions::new().write(true).create(true)
}

async fn read_all(file: &File) -> Vec<u8> {
    let size = file.size().unwrap() as usize;
    let (result, buffer) = file.read_exact_at(Buffer::with_capacity(size), size, 0).await;
    result.unwrap();
    buffer.to_vec()
}

#[test]
fn what_is_written_in_pieces_is_read_back() {
    let scratch = Scratch::new();
    on_core(async {
        let file = File::open(&scratch.file("a"), writing()).await.unwrap();
        let bytes = pattern(large(300_000), 1);
        let pieces = bytes.chunks(97).map(|piece| Slice::from(piece.to_vec())).collect();
        file.write_all_at(pieces, 0, Durability::Cached).await.unwrap();
        file.write_all_at(vec![Slice::from_static(b"xyz")], 5, Durability::Synced).await.unwrap();
        let mut expected = bytes;
        expected[5..8].copy_from_slice(b"xyz");
        assert_eq!(read_all(&file).await, expected);
        file.sync_data().await.unwrap();
        file.sync_all().await.unwrap();
    });
}

#[test]
fn reads_are_short_at_the_end_of_the_file() {
    let scratch = Scratch::new();
    on_core(async {
        let file = File::open(&scratch.file("a"), writing()).await.unwrap();
        file.write_all_at(vec![Slice::from(pattern(10, 2))], 0, Durability::Cached).await.unwrap();
        let mut buffer = Buffer::with_capacity(PAGE_BYTES);
        buffer.extend_from_slice(b"head");
        let (got, buffer) = file.read_at(buffer, 4).await;
        assert_eq!((got.unwrap(), &buffer[..4], buffer.len()), (6, &b"head"[..], 10));
        assert_eq!(buffer[4..], pattern(10, 2)[4..]);
        let (got, buffer) = file.read_at(buffer, 10).await;
        assert_eq!((got.unwrap(), buffer.len()), (0, 10));
        let (result, _) = file.read_exact_at(buffer, 11, 0).await;
        assert_eq!(result.unwrap_err().kind(), ErrorKind::UnexpectedEof);
    });
}

#[test]
fn direct_writes_and_reads_work_on_pages() {
    let scratch = Scratch::new();
    on_core(async {
        let file = File::open(&scratch.file("a"), writing().direct(true)).await.unwrap();
        file.allocate(0, 8 * PAGE_BYTES as u64).await.unwrap();
        assert_eq!(file.size().unwrap(), 8 * PAGE_BYTES as u64);
        let chunk = Chunk::with_capacity(4 * PAGE_BYTES);
        chunk.append(&pattern(4 * PAGE_BYTES, 3));
        let pieces = vec![chunk.slice(PAGE_BYTES..2 * PAGE_BYTES), chunk.slice(0..PAGE_BYTES)];
        file.write_all_at(pieces, PAGE_BYTES as u64, Durability::Synced).await.unwrap();
        let whole = read_all(&file).await;
        let pattern = pattern(4 * PAGE_BYTES, 3);
        assert_eq!(whole[PAGE_BYTES..2 * PAGE_BYTES], pattern[PAGE_BYTES..2 * PAGE_BYTES]);
        assert_eq!(whole[2 * PAGE_BYTES..3 * PAGE_BYTES], pattern[..PAGE_BYTES]);
        assert!(whole[..PAGE_BYTES].iter().all(|byte| *byte == 0));
        file.set_size(PAGE_BYTES as u64 + 10).await.unwrap();
        let (result, buffer) =
            file.read_exact_at(Buffer::with_capacity(16384), 3 * PAGE_BYTES, 0).await;
        assert_eq!(result.unwrap_err().kind(), ErrorKind::UnexpectedEof);
        assert_eq!(buffer.len(), PAGE_BYTES + 10);
    });
}

#[test]
fn opening_says_what_is_wrong() {
    let scratch = Scratch::new();
    on_core(async {
        let path = scratch.file("a");
        let missing = File::open(&path, OpenOptions::new()).await.unwrap_err();
        assert_eq!(missing.kind(), ErrorKind::NotFound);
        let new = OpenOptions::new().write(true).create_new(true);
        File::open(&path, new).await.unwrap();
        let exists = File::open(&path, new).await.unwrap_err();
        assert_eq!(exists.kind(), ErrorKind::AlreadyExists);
        let zero = File::open(std::path::Path::new("a\0b"), new).await.unwrap_err();
        assert_eq!(zero.kind(), ErrorKind::InvalidInput);
        let file = File::open(&path, OpenOptions::new()).await.unwrap();
        let write = file.write_all_at(vec![Slice::from_static(b"x")], 0, Durability::Cached).await;
        assert!(write.is_err(), "it was opened for reading");
    });
}

#[test]
fn a_lock_excludes_other_handles_until_it_is_gone() {
    let scratch = Scratch::new();
    on_core(async {
        let first = File::open(&scratch.file("lock"), writing()).await.unwrap();
        let second = File::open(&scratch.file("lock"), writing()).await.unwrap();
        assert!(first.try_lock_exclusive().unwrap());
        assert!(!second.try_lock_exclusive().unwrap());
        drop(first);
        assert!(second.try_lock_exclusive().unwrap());
    });
}

#[test]
fn written_pages_are_resident() {
    let scratch = Scratch::new();
    on_core(async {
        let file = File::open(&scratch.file("a"), writing()).await.unwrap();
        let length = large(2_000_000);
        let bytes = vec![Slice::from(pattern(length, 4))];
        file.write_all_at(bytes, 0, Durability::Synced).await.unwrap();
        assert!(file.resident(0, length as u64) && file.resident(5, 0));
        assert!(!file.resident(0, 2 * length as u64), "pages after the end are nowhere");
        file.forget(0, length as u64);
        assert_eq!(read_all(&file).await, pattern(length, 4));
    });
}

#[test]
fn directories_are_made_listed_and_removed() {
    let scratch = Scratch::new();
    on_core(async {
        let deep = scratch.file("x/y/z");
        directory::create_all(&deep).await.unwrap();
        directory::create_all(&deep).await.unwrap();
        directory::write_atomically(&deep.join("f"), b"content").await.unwrap();
        directory::write_atomically(&deep.join("f"), b"newer").await.unwrap();
        assert_eq!(directory::read_to_vec(&deep.join("f"), 5).await.unwrap(), b"newer");
        let over = directory::read_to_vec(&deep.join("f"), 4).await.unwrap_err();
        assert_eq!(over.kind(), ErrorKind::FileTooLarge);
        directory::rename(&deep.join("f"), &deep.join("g")).await.unwrap();
        let entries = directory::list(&deep).await.unwrap();
        let expected = directory::Entry { name: "g".into(), is_dir: false, size: 5 };
        assert_eq!(entries, [expected]);
        assert!(directory::list(&scratch.file("x")).await.unwrap()[0].is_dir);
        directory::sync(&deep).await.unwrap();
        assert!(directory::free_bytes(&deep).await.unwrap() > 0);
        directory::remove_all(&scratch.file("x")).await.unwrap();
        assert!(!directory::exists(&scratch.file("x")).await.unwrap());
        let gone = directory::remove_file(&deep.join("g")).await.unwrap_err();
        assert_eq!(gone.kind(), ErrorKind::NotFound);
    });
}

#[test]
fn a_file_read_in_pieces_larger_than_its_first_size() {
    let scratch = Scratch::new();
    on_core(async {
        let path = scratch.file("a");
        for length in [0, 1, PAGE_BYTES - 1, PAGE_BYTES, PAGE_BYTES + 1, large(70_000)] {
            let bytes = pattern(length, 6);
            directory::write_atomically(&path, &bytes).await.unwrap();
            assert_eq!(directory::read_to_vec(&path, 1 << 20).await.unwrap(), bytes);
        }
    });
}

#[test]
fn a_dropped_write_keeps_its_memory_until_the_kernel_is_done() {
    let scratch = Scratch::new();
    on_core(async {
        let file = File::open(&scratch.file("a"), writing()).await.unwrap();
        let length = large(200_000);
        for round in 0..50 {
            let bytes = vec![Slice::from(pattern(length, round))];
            let mut write = Box::pin(file.write_all_at(bytes, 0, Durability::Synced));
            let _ = futures_poll_once(write.as_mut()).await;
            drop(write);
        }
        file.sync_all().await.unwrap();
        let size = file.size().unwrap();
        assert!(size == 0 || size == length as u64, "{size}");
    });
}

async fn futures_poll_once<F: Future>(
    mut future: std::pin::Pin<&mut F>,
) -> std::task::Poll<F::Output> {
    std::future::poll_fn(|context| std::task::Poll::Ready(future.as_mut().poll(context))).await
}
