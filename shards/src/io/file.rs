//! Files: direct or through the page cache, read and written at offsets.
//!
//! Lives on: one core; a clone is another handle on the same open file.
//! Promise: a synced write is on the device when it completes; a short write is continued.
//! Never: orders two writes: who needs order waits for the first.
//! Limits: limits::PIECES_PER_WRITE_MAX pieces go in one operation, the rest in further ones.
//! Read next: directory.rs, op.rs.

use std::io;
use std::path::Path;
use std::rc::Rc;

use super::buffers::{Buffer, PAGE_BYTES, Slice};
use super::executor;
use super::fixed::Fixed;
use super::gather::Gather;
use super::kernel::{self, Descriptor};
use super::op::{Metadata, Op, check};
use super::operations::submit;
use super::shortage::not_to_be_repeated;
use crate::limits;

/// When a write counts as done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// The kernel has it.
    Cached,
    /// The device has it, and all metadata needed to find it (RWF_DSYNC).
    Synced,
}

/// How to open a file: for reading, and as said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OpenOptions {
    pub(super) write: bool,
    pub(super) create: bool,
    pub(super) create_new: bool,
    pub(super) truncate: bool,
    pub(super) direct: bool,
    pub(super) directory: bool,
}

impl OpenOptions {
    pub fn new() -> OpenOptions {
        OpenOptions::default()
    }

    /// Also for writing.
    pub fn write(mut self, write: bool) -> OpenOptions {
        self.write = write;
        self
    }

    /// Makes the file if it is missing.
    pub fn create(mut self, create: bool) -> OpenOptions {
        self.create = create;
        self
    }

    /// Makes the file, which must be missing.
    pub fn create_new(mut self, create_new: bool) -> OpenOptions {
        self.create_new = create_new;
        self
    }

    /// Empties the file.
    pub fn truncate(mut self, truncate: bool) -> OpenOptions {
        self.truncate = truncate;
        self
    }

    /// Past the page cache, if the file system can: see [`File::is_direct`].
    pub fn direct(mut self, direct: bool) -> OpenOptions {
        self.direct = direct;
        self
    }
}

/// An open file.
#[derive(Clone, Debug)]
pub struct File {
    descriptor: Rc<Descriptor>,
    direct: bool,
}

/// An open file on its way to another core.
#[derive(Debug)]
pub struct Handoff {
    descriptor: Descriptor,
    direct: bool,
}

impl From<Handoff> for File {
    fn from(handoff: Handoff) -> File {
        File { descriptor: Rc::new(handoff.descriptor), direct: handoff.direct }
    }
}

impl File {
    pub async fn open(path: &Path, options: OpenOptions) -> io::Result<File> {
        match open_once(path, options).await {
            // Some file systems have no direct I/O, and say so only after making the file.
            Err(error) if options.direct && error.kind() == io::ErrorKind::InvalidInput => {
                let create = options.create || options.create_new;
                let cached = options.direct(false).create_new(false).create(create);
                open_once(path, cached).await
            }
            opened => opened,
        }
    }

    /// Whether reads and writes go past the page cache. If not although it was asked for, the file
    /// system cannot, and writes cost several times as much: the caller warns.
    pub fn is_direct(&self) -> bool {
        self.direct
    }

    /// Reads once into the spare capacity of `into`; may be short; 0 is the end of the file.
    pub async fn read_at(&self, into: Buffer, offset: u64) -> (io::Result<usize>, Buffer) {
        let limit = into.remaining();
        self.read_some(into, limit, offset).await
    }

    /// Reads exactly `length` bytes into the spare capacity of `into`.
    pub async fn read_exact_at(
        &self,
        mut into: Buffer,
        length: usize,
        offset: u64,
    ) -> (io::Result<()>, Buffer) {
        assert!(length <= into.remaining(), "{length} bytes do not fit into {into:?}");
        let mut done = 0;
        while done < length {
            let part = self.read_some(into, length - done, offset + done as u64);
            let (result, buffer) = part.await;
            into = buffer;
            match result {
                Err(error) => return (Err(error), into),
                // A direct read that ends inside of a page has met the end of the file.
                Ok(got) if got == 0 || self.ends_inside_page(got) && done + got < length => {
                    return (Err(io::ErrorKind::UnexpectedEof.into()), into);
                }
                Ok(got) => done += got,
            }
        }
        (Ok(()), into)
    }

    /// Writes all of `data` from `offset` on. For a direct file the offset and each piece, its
    /// length and its place in memory, are multiples of the page.
    pub async fn write_all_at(
        &self,
        data: Vec<Slice>,
        offset: u64,
        durability: Durability,
    ) -> io::Result<()> {
        if self.direct {
            let fits = |n: usize| n.is_multiple_of(PAGE_BYTES);
            let pieces = data.iter().all(|piece| fits(piece.len()) && fits(piece.as_ptr().addr()));
            assert!(pieces && fits(offset as usize), "a direct write that is not page-aligned");
        }
        let mut gather = Fixed::new(Gather::new(data));
        let mut offset = offset;
        while gather.remaining() > 0 {
            let synced = durability == Durability::Synced;
            let file = self.descriptor.clone();
            let (result, op) = submit(Op::Write { file, gather, offset, synced }).await;
            let written = check(result)? as usize;
            if written == 0 {
                return Err(io::ErrorKind::WriteZero.into());
            }
            let Op::Write { gather: rest, .. } = op else { unreachable!("it was a write") };
            gather = rest;
            gather.advance(written);
            offset += written as u64;
        }
        Ok(())
    }

    /// Waits until the device has all data, and the metadata needed to find it.
    pub async fn sync_data(&self) -> io::Result<()> {
        self.sync(Metadata::Needed).await
    }

    /// Waits until the device has all data and metadata.
    pub async fn sync_all(&self) -> io::Result<()> {
        self.sync(Metadata::All).await
    }

    /// Reserves the range on the device; the file grows to its end.
    pub async fn allocate(&self, offset: u64, length: u64) -> io::Result<()> {
        let file = self.descriptor.clone();
        check(submit(Op::Allocate { file, offset, length }).await.0).map(drop)
    }

    /// Cuts the file, or extends it with a hole.
    pub async fn set_size(&self, size: u64) -> io::Result<()> {
        let file = self.descriptor.clone();
        check(submit(Op::SetSize { file, size }).await.0).map(drop)
    }

    pub fn size(&self) -> io::Result<u64> {
        kernel::size(&self.descriptor)
    }

    /// A second handle on the open file, for another core: the same descriptor.
    pub fn hand_off(&self) -> Handoff {
        Handoff { descriptor: self.descriptor.share(), direct: self.direct }
    }

    /// Whether all of the range is in the page cache, so that sending it does not wait for a disk.
    pub fn resident(&self, offset: u64, length: u64) -> bool {
        kernel::is_resident(&self.descriptor, offset, length)
    }

    /// Has the range in the page cache when it completes, if it was not: read by the ring, so that
    /// this core does not wait for a disk, into memory that is given back at once.
    pub async fn bring_in(&self, offset: u64, length: u64) -> io::Result<()> {
        let end = offset + length;
        let mut at = offset;
        while at < end && !self.resident(at, end - at) {
            let piece = (end - at).min(limits::BRING_IN_BYTES as u64) as usize;
            let _turn = executor::bring_in_turn().await;
            let (read, _) = self.read_exact_at(Buffer::with_capacity(piece), piece, at).await;
            read?;
            at += piece as u64;
        }
        Ok(())
    }

    /// Lets the page cache drop the range.
    pub fn forget(&self, offset: u64, length: u64) {
        kernel::forget(&self.descriptor, offset, length);
    }

    /// Takes the file's exclusive lock until all handles are gone; false if another process has it.
    pub fn try_lock_exclusive(&self) -> io::Result<bool> {
        kernel::try_lock(&self.descriptor)
    }

    /// Whether there is another handle on the open file, on this core or another.
    pub fn is_shared(&self) -> bool {
        Rc::strong_count(&self.descriptor) > 1 || self.descriptor.is_shared()
    }

    pub(super) fn descriptor(&self) -> &Descriptor {
        &self.descriptor
    }

    async fn read_some(
        &self,
        into: Buffer,
        limit: usize,
        offset: u64,
    ) -> (io::Result<usize>, Buffer) {
        if self.direct {
            let aligned = [into.len(), limit, offset as usize];
            let fits = aligned.iter().all(|n| n.is_multiple_of(PAGE_BYTES));
            assert!(fits, "a direct read that is not page-aligned");
        }
        let file = self.descriptor.clone();
        let (result, op) = submit(Op::Read { file, into, limit, offset }).await;
        let Op::Read { mut into, .. } = op else { unreachable!("it was a read") };
        let result = check(result).map(|got| got as usize);
        if let Ok(got) = result {
            into.advance(got);
        }
        (result, into)
    }

    async fn sync(&self, metadata: Metadata) -> io::Result<()> {
        let file = self.descriptor.clone();
        check(submit(Op::Sync { file, metadata }).await.0).map(drop).map_err(not_to_be_repeated)
    }

    fn ends_inside_page(&self, got: usize) -> bool {
        self.direct && !got.is_multiple_of(PAGE_BYTES)
    }
}

async fn open_once(path: &Path, options: OpenOptions) -> io::Result<File> {
    let (result, _) = submit(Op::Open { path: kernel::path_text(path)?, options }).await;
    check(result)?;
    let descriptor = Rc::new(Descriptor::from_completion(result));
    Ok(File { descriptor, direct: options.direct })
}

/// Opens a directory, to sync it.
pub(super) async fn open_directory(path: &Path) -> io::Result<File> {
    open_once(path, OpenOptions { directory: true, ..OpenOptions::default() }).await
}
