//! Reads a journal after a start: which pages recovery needs, and what they say.
//!
//! Lives on: the shard that recovers the journal. The file begins with one block that identifies it
//! (magic u32 · version u32 · journal id 16 · CRC-32C u32), then the mark's, then the ring of
//! pages. After a clean stop the mark says so, and only these two blocks are read.
//! Promise: either every page that was acknowledged and not yet taken over by segments is handed
//! out, in order, or an error names the page that can not be read. Of pages that were not synced
//! (`ringlog.journal.sync=false`) those before the first that is missing. No write of a start, torn
//! or failed, loses what says which pages are needed: either a closing page says it or the mark,
//! and only the other one is written. Read next: mark.rs, ../log/recovery.rs.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::mark::{MARK_AT, Mark, MarkState};
use super::page::{
    EntryHeader, EntryKind, PAGE_HEADER_BYTES, PageError, PageHeader, decode_page, seal,
};
use super::space::{RING_START, closing_position};
use super::writer::{PageSequence, fill, zeroed};
use crate::format::checksum::{Crc32c, crc32c};
use crate::io::buffers::{Buffer, Slice};
use crate::io::directory;
use crate::io::file::{Durability, File, OpenOptions};
use crate::io::remedy::remedy;
use crate::limits;
use crate::mutation::Mutation;
use crate::units::{BLOCK_BYTES, PartitionId, Uuid, blocks_up};

const MAGIC: u32 = 0x4a4c_4752; // "RGLJ"
const VERSION: u32 = 4;
const IDENTITY_BYTES: usize = 28;

/// Why a journal can not be recovered.
#[derive(Debug, Error)]
pub enum ReplayError {
    #[error("{path}: {error}{}", remedy(error))]
    Io { path: PathBuf, error: io::Error },
    #[error(
        "{path} was cut: its first blocks are missing, and acknowledged records with them. Restore \
         the log directory from a replica, or move the journal away to start without what it held"
    )]
    Cut { path: PathBuf },
    #[error("{path} is not a journal, or its first block is damaged: keep it, and restore it")]
    Foreign { path: PathBuf },
    #[error(
        "{path} is a journal of format {found}, and this program reads format {VERSION}: stop the \
         node in order with the program that wrote it, and start this one then"
    )]
    OtherVersion { path: PathBuf, found: u32 },
    #[error(
        "{path}: page {sequence} at byte {position} can not be read ({cause}); \
         acknowledged records may be missing. Restore the log directory from a replica, \
         or move the journal away to \
         start without what it holds"
    )]
    Damaged { path: PathBuf, sequence: u64, position: u64, cause: PageError },
}

/// Heads of pages by sequence, with their positions.
type Candidates = BTreeMap<u64, (u64, PageHeader)>;

/// A journal opened for recovery.
pub struct Recovered {
    pub path: PathBuf,
    pub file: File,
    pub id: Uuid,
    pub capacity_bytes: u64,
    /// The sequence for the first page to be written after recovery.
    pub next_sequence: PageSequence,
    /// The first page that was written but not synced, and can not be read: it and what came behind
    /// it is lost.
    pub lost: Option<PageSequence>,
    /// The newest page is a closing one: pages alone say that none is needed.
    is_closed: bool,
    /// Pages to replay, in order: position and padded length.
    window: Vec<(u64, u64)>,
    /// Where in the window partitions last came from another directory: page and entry.
    arrivals: BTreeMap<PartitionId, (usize, usize)>,
}

/// Creates a journal whose blocks are all written, so that later writes change no metadata.
pub async fn create(path: &Path, id: Uuid, capacity_bytes: u64) -> io::Result<File> {
    // Whole or not at all: a stop half way leaves a file that the next start replaces.
    let making = directory::with_ending(path, ".new");
    let options = OpenOptions::new().write(true).create(true).truncate(true).direct(true);
    let file = File::open(&making, options).await?;
    let identity = Identity { version: VERSION, id };
    let mut block = zeroed(BLOCK_BYTES);
    block.as_mut_slice()[..IDENTITY_BYTES].copy_from_slice(&identity.encode());
    fill(&file, MARK_AT, capacity_bytes).await?;
    file.write_all_at(vec![block.freeze()], 0, Durability::Synced).await?;
    file.sync_all().await?;
    directory::rename(&making, path).await?;
    Ok(file)
}

/// Writes the mark, durably.
pub(super) async fn write_mark(
    file: &File,
    id: Uuid,
    mark: Mark,
    durability: Durability,
) -> io::Result<()> {
    let mut block = zeroed(BLOCK_BYTES);
    let bytes = mark.encode(id);
    block.as_mut_slice()[..bytes.len()].copy_from_slice(&bytes);
    file.write_all_at(vec![block.freeze()], MARK_AT, durability).await
}

/// Opens a journal and finds the pages that recovery needs.
pub async fn open(path: &Path) -> Result<Recovered, ReplayError> {
    let failed = |error| ReplayError::Io { path: path.to_owned(), error };
    let file =
        File::open(path, OpenOptions::new().write(true).direct(true)).await.map_err(failed)?;
    let size = file.size().map_err(failed)?;
    let head_bytes = RING_START as usize;
    let (read, head) = file.read_exact_at(Buffer::with_capacity(head_bytes), head_bytes, 0).await;
    read.map_err(|error| match error.kind() {
        io::ErrorKind::UnexpectedEof => ReplayError::Cut { path: path.to_owned() },
        _ => failed(error),
    })?;
    let foreign = || ReplayError::Foreign { path: path.to_owned() };
    let id = match decode_identity(head.as_slice()) {
        Some(Identity { version: VERSION, id }) => id,
        Some(Identity { version, .. }) => {
            return Err(ReplayError::OtherVersion { path: path.to_owned(), found: version });
        }
        None => return Err(foreign()),
    };
    let mark = Mark::decode(&head.as_slice()[MARK_AT as usize..], id);
    let mut recovered = Recovered {
        path: path.to_owned(),
        file,
        id,
        capacity_bytes: size / BLOCK_BYTES as u64 * BLOCK_BYTES as u64,
        next_sequence: PageSequence(0),
        lost: None,
        is_closed: false,
        window: Vec::new(),
        arrivals: BTreeMap::new(),
    };
    match mark {
        Some(Mark { needed_from, state: MarkState::Closed }) => {
            (recovered.next_sequence, recovered.is_closed) = (needed_from, true);
        }
        _ => {
            let candidates = scan(&recovered.file, id, size).await.map_err(failed)?;
            let needed_from = mark.map_or(0, |mark| mark.needed_from.0);
            recovered.find_window(candidates, needed_from).await?;
        }
    }
    Ok(recovered)
}

impl Recovered {
    /// Number of pages to replay.
    pub fn pages(&self) -> usize {
        self.window.len()
    }

    /// Bytes of one page of those to replay.
    pub fn page_bytes(&self, page: usize) -> usize {
        self.window.get(page).map_or(0, |(_, length)| *length as usize)
    }

    /// Reads one page of those to replay and hands each entry to `each` that is not void.
    pub async fn read(
        &self,
        page: usize,
        mut each: impl FnMut(&EntryHeader, Slice),
    ) -> Result<(), ReplayError> {
        let Some(&(position, length)) = self.window.get(page) else { return Ok(()) };
        let bytes = self.bytes(position, length).await?;
        let (_, entries) = decode_page(&bytes, self.id, position)
            .map_err(|cause| self.damaged(page as u64, position, cause))?;
        for (number, (header, body)) in entries.into_iter().enumerate() {
            let arrived = self.arrivals.get(&header.partition);
            if arrived.is_some_and(|arrived| (page, number) <= *arrived) {
                continue;
            }
            let from = body.as_ptr() as usize - bytes.as_ptr() as usize;
            each(&header, bytes.slice(from..from + body.len()));
        }
        Ok(())
    }

    /// Says in the file that nothing it holds is needed any more: segments hold it, synced.
    pub async fn close(&mut self) -> Result<(), ReplayError> {
        let sequence = self.next_sequence;
        let position = closing_position(self.capacity_bytes);
        let page = empty_page(self.id, sequence, position);
        let written = self.file.write_all_at(vec![page], position, Durability::Synced).await;
        written.map_err(|error| ReplayError::Io { path: self.path.clone(), error })?;
        self.next_sequence = PageSequence(sequence.0 + 1);
        self.window.clear();
        self.lost = None;
        self.is_closed = true;
        Ok(())
    }

    /// Says in the file, before the first page is written, that none before it is needed. That page
    /// may come to lie over the closing one, and be torn: then an older page would be the newest.
    pub async fn begin(&mut self) -> Result<(), ReplayError> {
        assert!(self.window.is_empty() && self.lost.is_none(), "a journal begins when it is empty");
        // The mark that is there may be all that says so, and this write may tear it.
        if !self.is_closed {
            self.close().await?;
        }
        let needed_from = match Mutation::MarkLeftOut.is_planted() {
            true => PageSequence(0),
            false => self.next_sequence,
        };
        let mark = Mark { needed_from, state: MarkState::InUse };
        let written = write_mark(&self.file, self.id, mark, Durability::Synced).await;
        written.map_err(|error| ReplayError::Io { path: self.path.clone(), error })
    }

    /// The newest whole page names the oldest that is needed; all between them must be whole. But
    /// what was not synced may be missing: then the window ends before it.
    async fn find_window(
        &mut self,
        mut candidates: Candidates,
        needed_from: u64,
    ) -> Result<(), ReplayError> {
        // What the mark says is not needed may be gone, or partly so. No page may be numbered like
        // one that the file has, whole or not, or has had.
        let candidates = &candidates.split_off(&needed_from);
        let last = candidates.last_key_value().map(|(sequence, _)| sequence.saturating_add(1));
        self.next_sequence = PageSequence(needed_from.max(last.unwrap_or(0)));
        // Torn heads have a say too: what such a page was written behind was on the device.
        let durable_before = candidates.values().map(|(_, header)| header.durable_before()).max();
        let durable_before = durable_before.unwrap_or(0);
        let newest = self.newest_whole(candidates).await?;
        let found_before = newest.map_or(0, |(header, _)| header.sequence + 1).max(needed_from);
        // A page that is being written at a crash was not acknowledged and may be torn. One alone
        // is written at a time: with a second one behind it, it was whole once.
        if durable_before > found_before {
            let mut behind = candidates.range(found_before..);
            let position = behind.next().map_or(0, |(_, (position, _))| *position);
            return Err(self.damaged(found_before, position, PageError::Torn));
        }
        let is_unsynced = candidates.range(found_before..).any(|(_, page)| page.1.unsynced > 0);
        self.lost = is_unsynced.then_some(PageSequence(found_before));
        let Some((header, is_empty)) = newest else { return Ok(()) };
        if is_empty && header.oldest_sequence == header.sequence {
            self.is_closed = true;
            return Ok(());
        }
        for sequence in header.oldest_sequence.max(needed_from)..=header.sequence {
            match self.add_to_window(candidates, sequence).await {
                Err(ReplayError::Damaged { .. }) if sequence >= durable_before => {
                    self.lost = Some(PageSequence(sequence));
                    return Ok(());
                }
                added => added?,
            }
        }
        Ok(())
    }

    /// The newest page that can be read, and whether it has no entries.
    async fn newest_whole(
        &self,
        candidates: &Candidates,
    ) -> Result<Option<(PageHeader, bool)>, ReplayError> {
        for (position, header) in candidates.values().rev() {
            let bytes = self.bytes(*position, blocks_up(u64::from(header.length))).await?;
            if let Ok((header, entries)) = decode_page(&bytes, self.id, *position) {
                return Ok(Some((header, entries.is_empty())));
            }
        }
        Ok(None)
    }

    async fn add_to_window(
        &mut self,
        candidates: &Candidates,
        sequence: u64,
    ) -> Result<(), ReplayError> {
        let found = candidates.get(&sequence);
        let (position, header) =
            found.ok_or_else(|| self.damaged(sequence, 0, PageError::NotAPage))?;
        let length = blocks_up(u64::from(header.length));
        let bytes = self.bytes(*position, length).await?;
        let (_, entries) = decode_page(&bytes, self.id, *position)
            .map_err(|cause| self.damaged(sequence, *position, cause))?;
        for (number, (entry, _)) in entries.iter().enumerate() {
            if entry.kind == EntryKind::Arrived {
                self.arrivals.insert(entry.partition, (self.window.len(), number));
            }
        }
        self.window.push((*position, length));
        Ok(())
    }

    fn damaged(&self, sequence: u64, position: u64, cause: PageError) -> ReplayError {
        ReplayError::Damaged { path: self.path.clone(), sequence, position, cause }
    }

    async fn bytes(&self, position: u64, length: u64) -> Result<Slice, ReplayError> {
        let length = length.min(self.capacity_bytes.saturating_sub(position)) as usize;
        let buffer = Buffer::with_capacity(length);
        let (read, buffer) = self.file.read_exact_at(buffer, length, position).await;
        read.map_err(|error| ReplayError::Io { path: self.path.clone(), error })?;
        Ok(buffer.freeze())
    }
}

/// A page without entries that says that nothing before it is needed.
fn empty_page(id: Uuid, sequence: PageSequence, position: u64) -> Slice {
    let header = PageHeader {
        sequence: sequence.0,
        journal_id: id,
        length: PAGE_HEADER_BYTES as u32,
        entries: 0,
        oldest_sequence: sequence.0,
        oldest_position: position,
        unsynced: 0,
        position,
    };
    let mut block = zeroed(BLOCK_BYTES);
    seal(block.as_mut_slice(), &header, Crc32c::new());
    block.freeze()
}

/// Heads of pages found on block boundaries, by sequence. Not yet checked.
async fn scan(file: &File, id: Uuid, size: u64) -> io::Result<Candidates> {
    let mut found = BTreeMap::new();
    let mut at = RING_START;
    let mut buffer = Buffer::with_capacity(limits::JOURNAL_SCAN_BYTES);
    while at < size {
        let length = (size - at).min(limits::JOURNAL_SCAN_BYTES as u64) as usize;
        buffer.clear();
        let (read, filled) =
            file.read_exact_at(buffer, length / BLOCK_BYTES * BLOCK_BYTES, at).await;
        read?;
        for (block, bytes) in filled.as_slice().chunks_exact(BLOCK_BYTES).enumerate() {
            let position = at + (block * BLOCK_BYTES) as u64;
            let Some(header) = PageHeader::peek(bytes, id, position) else { continue };
            if u64::from(header.length) <= size - position {
                found.insert(header.sequence, (position, header));
            }
        }
        buffer = filled;
        at += length as u64;
    }
    Ok(found)
}

/// What the first block of a journal says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Identity {
    pub version: u32,
    pub id: Uuid,
}

impl Identity {
    fn encode(&self) -> [u8; IDENTITY_BYTES] {
        let mut bytes = [0; IDENTITY_BYTES];
        bytes[0..4].copy_from_slice(&MAGIC.to_le_bytes());
        bytes[4..8].copy_from_slice(&self.version.to_le_bytes());
        bytes[8..24].copy_from_slice(self.id.as_bytes());
        let checksum = crc32c(&bytes[..24]);
        bytes[24..28].copy_from_slice(&checksum.to_le_bytes());
        bytes
    }
}

pub(super) fn decode_identity(block: &[u8]) -> Option<Identity> {
    let bytes = block.first_chunk::<IDENTITY_BYTES>()?;
    let version = u32::from_le_bytes(*bytes[4..].first_chunk()?);
    let id = Uuid::from_bytes(*bytes[8..].first_chunk()?);
    let identity = Identity { version, id };
    (*bytes == identity.encode()).then_some(identity)
}
