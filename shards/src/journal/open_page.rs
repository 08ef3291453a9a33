//! A page of the journal that still takes appends.
//!
//! Lives on: its shard, inside the writer's state.
//! Promise: an append is copied once, and its checksum taken while its bytes are in the cache, so
//! that sealing a page of megabytes costs no second look at them. Never: does I/O.
//! Limits: limits::JOURNAL_BUFFER_*. Read next: writer.rs.

use std::rc::Rc;

use super::page::{EntryHeader, PAGE_HEADER_BYTES, PageHeader, seal};
use super::writer::{Appender, PageSequence};
use crate::format::checksum::Crc32c;
use crate::io::buffers::{Buffer, Slice};
use crate::limits;
use crate::units::{BLOCK_BYTES, Offset, blocks_up};

/// See the module.
pub struct OpenPage {
    pub sequence: PageSequence,
    /// Who is to be told, and the end of what the page holds of each.
    pub appenders: Vec<(Rc<dyn Appender>, Offset)>,
    buffers: Vec<Buffer>,
    /// It is synced, with all before it, before anyone is told.
    pub must_be_synced: bool,
    length: usize,
    entries: u32,
    /// Of the entries so far.
    checksum: Crc32c,
}

impl OpenPage {
    pub fn new(sequence: PageSequence) -> OpenPage {
        let mut page = OpenPage {
            sequence,
            appenders: Vec::new(),
            buffers: Vec::new(),
            must_be_synced: false,
            length: 0,
            entries: 0,
            checksum: Crc32c::new(),
        };
        page.copy(&[0; PAGE_HEADER_BYTES]);
        page
    }

    /// Header and entries, without padding.
    pub fn length(&self) -> usize {
        self.length
    }

    pub fn entries(&self) -> u32 {
        self.entries
    }

    /// Copies an entry, its bytes given in pieces, behind the others.
    pub fn add(&mut self, entry: &EntryHeader, pieces: &[&[u8]], appender: &Rc<dyn Appender>) {
        let head = entry.encode();
        for piece in std::iter::once(&head[..]).chain(pieces.iter().copied()) {
            self.checksum.update(piece);
            self.copy(piece);
        }
        self.entries += 1;
        self.must_be_synced |= appender.must_be_synced();
        match self.appenders.last_mut() {
            Some((last, end)) if Rc::ptr_eq(last, appender) => *end = entry.next_offset,
            _ => self.appenders.push((appender.clone(), entry.next_offset)),
        }
    }

    /// Writes the header, pads to whole blocks, and gives the pieces to be written.
    pub fn seal(&mut self, header: &PageHeader) -> Vec<Slice> {
        let mut buffers = std::mem::take(&mut self.buffers);
        let head = buffers.first_mut().expect("a page has its header");
        seal(head.as_mut_slice(), header, std::mem::take(&mut self.checksum));
        let padding = (blocks_up(self.length as u64) - self.length as u64) as usize;
        let last = buffers.last_mut().expect("a page has its header");
        last.extend_from_slice(&[0; BLOCK_BYTES][..padding]);
        buffers.into_iter().map(Buffer::freeze).collect()
    }

    fn copy(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            let room = self.buffers.last().map_or(0, Buffer::remaining);
            if room == 0 {
                // Each buffer doubles the page, so that a quiet broker's pages stay small.
                let size = self.length.next_power_of_two();
                let size =
                    size.clamp(limits::JOURNAL_BUFFER_BYTES_MIN, limits::JOURNAL_BUFFER_BYTES_MAX);
                self.buffers.push(Buffer::with_capacity(size));
                continue;
            }
            let (now, later) = bytes.split_at(room.min(bytes.len()));
            self.buffers.last_mut().expect("it has room").extend_from_slice(now);
            self.length += now.len();
            bytes = later;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::journal::EntryKind;
    use crate::journal::page::decode_page;
    use crate::units::{LeaderEpoch, PartitionId, Uuid};

    struct Nobody;

    impl Appender for Nobody {
        fn durable(self: Rc<Self>, _end: Offset, _page: PageSequence) {}
        fn failed(&self) {}
    }

    #[test]
    fn a_page_over_many_buffers_is_what_replay_reads() {
        let id = Uuid::from_u128(3);
        let appender: Rc<dyn Appender> = Rc::new(Nobody);
        let mut page = OpenPage::new(PageSequence(5));
        let body: Vec<u8> = (0..100_000u32).map(|at| at as u8).collect();
        let entry = EntryHeader {
            kind: EntryKind::Append,
            length: body.len() as u32,
            partition: PartitionId { topic: Uuid::from_u128(7), index: 3 },
            leader_epoch: LeaderEpoch(2),
            base_offset: Offset(100),
            next_offset: Offset(105),
            segment_base: Offset(64),
            position: 4711,
        };
        page.add(&entry, &[&body[..16], &body[16..]], &appender);
        page.add(&entry, &[&body], &appender);
        assert_eq!((page.entries(), page.appenders.len()), (2, 1));
        let header = PageHeader {
            sequence: 5,
            journal_id: id,
            length: page.length() as u32,
            entries: page.entries(),
            oldest_sequence: 4,
            oldest_position: 8192,
            unsynced: 0,
            position: 8192,
        };
        let pieces = page.seal(&header);
        assert!(pieces.len() > 1 && pieces.iter().all(|piece| piece.len() % BLOCK_BYTES == 0));
        let written: Vec<u8> = pieces.iter().flat_map(|piece| piece.to_vec()).collect();
        let (read, entries) = decode_page(&written, id, 8192).unwrap();
        assert_eq!(read, header);
        assert_eq!(entries, [(entry, &body[..]), (entry, &body[..])]);
    }
}
