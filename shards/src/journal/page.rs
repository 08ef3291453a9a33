//! The journal's pages on disk: a header, then entries, padded to whole blocks.
//!
//! Header, 64 bytes, little endian: magic u32 · CRC-32C u32 of the entries, then of the header from
//! here on (so that it is taken while entries arrive) · sequence u64 · journal id 16 · length u32
//! (header and entries, without padding) · entries u32 · oldest sequence u64 (first page that
//! recovery still needs) · oldest position u64 · unsynced u32 (see `PageHeader`) · own position u32
//! (in blocks: a copy of a page, in what clients have sent say, is no page).
//! Entry, 64 bytes, then its bytes: kind u8 · 3 reserved · length u32 · topic id 16 · partition i32
//! · leader epoch i32 · base offset i64 · next offset i64 · segment base i64 · position u64.
//! Promise: `decode_page` accepts nothing but a whole page of this journal at its place.
//! Never: does I/O. Read next: open_page.rs, writer.rs, then replay.rs.

use thiserror::Error;

use crate::format::checksum::Crc32c;
use crate::mutation::Mutation;
use crate::units::{BLOCK_BYTES, LeaderEpoch, Offset, PartitionId, Uuid};

pub const PAGE_HEADER_BYTES: usize = 64;
pub const ENTRY_HEADER_BYTES: usize = 64;
const MAGIC: u32 = 0x334a_4c52; // "RLJ3"
const CHECKSUM_AT: usize = 4;
const CHECKED_FROM: usize = 8;

/// The fixed head of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageHeader {
    pub sequence: u64,
    pub journal_id: Uuid,
    /// Header and entries, without the padding to whole blocks.
    pub length: u32,
    pub entries: u32,
    pub oldest_sequence: u64,
    pub oldest_position: u64,
    /// Of the pages up to this one so many may be missing after a power cut; none: pages are synced
    /// one by one, and those before this one are on the device.
    pub unsynced: u64,
    /// Where the page stands in the file.
    pub position: u64,
}

/// What an entry asks recovery to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryKind {
    /// The entry's bytes belong at `position` of the segment.
    Append,
    /// The bytes stand in the segment already, written and synced there; the entry has none.
    Placed,
    /// The log ends at `base_offset`, at `position` of the segment; what lies behind is void.
    Truncate,
    /// The partition came from another log directory, whole: what older entries say of it is void.
    Arrived,
}

/// The fixed head of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EntryHeader {
    pub kind: EntryKind,
    pub length: u32,
    pub partition: PartitionId,
    pub leader_epoch: LeaderEpoch,
    pub base_offset: Offset,
    /// The offset after the last record of the entry.
    pub next_offset: Offset,
    pub segment_base: Offset,
    pub position: u64,
}

/// Entries of a page, with their bytes.
pub type Entries<'a> = Vec<(EntryHeader, &'a [u8])>;

/// Why bytes are not a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum PageError {
    #[error("no page of this journal begins here")]
    NotAPage,
    #[error("the page is torn: its length or checksum does not hold")]
    Torn,
    #[error("the page's entries do not fill its length")]
    Malformed,
}

impl PageHeader {
    /// The header's bytes, the checksum left to `seal`.
    fn encode(&self) -> [u8; PAGE_HEADER_BYTES] {
        let mut bytes = [0; PAGE_HEADER_BYTES];
        let mut at = Cursor { bytes: &mut bytes, at: 0 };
        at.put(&MAGIC.to_le_bytes());
        at.put(&0u32.to_le_bytes());
        at.put(&self.sequence.to_le_bytes());
        at.put(self.journal_id.as_bytes());
        at.put(&self.length.to_le_bytes());
        at.put(&self.entries.to_le_bytes());
        at.put(&self.oldest_sequence.to_le_bytes());
        at.put(&self.oldest_position.to_le_bytes());
        let unsynced = u32::try_from(self.unsynced).expect("a second's pages are far fewer");
        at.put(&unsynced.to_le_bytes());
        at.put(&in_blocks(self.position).to_le_bytes());
        bytes
    }

    /// Reads a header at its position without checking the page behind it; `None` where none of
    /// this journal begins.
    pub fn peek(bytes: &[u8], journal_id: Uuid, position: u64) -> Option<PageHeader> {
        let header = bytes.first_chunk::<PAGE_HEADER_BYTES>()?;
        let known = u32_at(header, 0) == MAGIC
            && header[16..32] == journal_id.as_bytes()[..]
            && u32_at(header, 60) == in_blocks(position);
        known.then(|| PageHeader {
            sequence: u64_at(header, 8),
            journal_id,
            length: u32_at(header, 32),
            entries: u32_at(header, 36),
            oldest_sequence: u64_at(header, 40),
            oldest_position: u64_at(header, 48),
            unsynced: u64::from(u32_at(header, 56)),
            position,
        })
    }

    /// Pages before this one were on the device when the page was written.
    pub fn durable_before(&self) -> u64 {
        match self.unsynced {
            0 => self.sequence,
            unsynced => self.sequence.saturating_add(1).saturating_sub(unsynced),
        }
    }
}

/// Writes a header, with the checksum that `entries` began, over the first bytes of a page.
pub fn seal(head: &mut [u8], header: &PageHeader, mut entries: Crc32c) {
    let mut bytes = header.encode();
    entries.update(&bytes[CHECKED_FROM..]);
    bytes[CHECKSUM_AT..CHECKED_FROM].copy_from_slice(&entries.finish().to_le_bytes());
    head[..PAGE_HEADER_BYTES].copy_from_slice(&bytes);
}

/// Checks the whole page at a position and returns its header and its entries with their bytes.
pub fn decode_page(
    bytes: &[u8],
    journal_id: Uuid,
    position: u64,
) -> Result<(PageHeader, Entries<'_>), PageError> {
    let header = PageHeader::peek(bytes, journal_id, position).ok_or(PageError::NotAPage)?;
    let length = header.length as usize;
    let page =
        bytes.get(..length).filter(|_| length >= PAGE_HEADER_BYTES).ok_or(PageError::Torn)?;
    let (head, mut rest) = page.split_at(PAGE_HEADER_BYTES);
    let mut checksum = Crc32c::new();
    checksum.update(rest);
    checksum.update(&head[CHECKED_FROM..]);
    let is_torn = checksum.finish() != u32_at(head, CHECKSUM_AT);
    if is_torn && !Mutation::TornBytesBelieved.is_planted() {
        return Err(PageError::Torn);
    }
    let mut entries = Vec::new();
    for _ in 0..header.entries {
        let (entry, after) = EntryHeader::decode(rest).ok_or(PageError::Malformed)?;
        let body = after.get(..entry.length as usize).ok_or(PageError::Malformed)?;
        rest = &after[entry.length as usize..];
        entries.push((entry, body));
    }
    if rest.is_empty() { Ok((header, entries)) } else { Err(PageError::Malformed) }
}

impl EntryHeader {
    pub fn encode(&self) -> [u8; ENTRY_HEADER_BYTES] {
        let mut bytes = [0; ENTRY_HEADER_BYTES];
        let mut at = Cursor { bytes: &mut bytes, at: 0 };
        at.put(&[self.kind.number(), 0, 0, 0]);
        at.put(&self.length.to_le_bytes());
        at.put(self.partition.topic.as_bytes());
        at.put(&self.partition.index.to_le_bytes());
        at.put(&self.leader_epoch.0.to_le_bytes());
        at.put(&self.base_offset.0.to_le_bytes());
        at.put(&self.next_offset.0.to_le_bytes());
        at.put(&self.segment_base.0.to_le_bytes());
        at.put(&self.position.to_le_bytes());
        bytes
    }

    fn decode(bytes: &[u8]) -> Option<(EntryHeader, &[u8])> {
        let (head, rest) = bytes.split_first_chunk::<ENTRY_HEADER_BYTES>()?;
        let topic: [u8; 16] = *head[8..].first_chunk()?;
        let entry = EntryHeader {
            kind: EntryKind::from_number(head[0])?,
            length: u32_at(head, 4),
            partition: PartitionId {
                topic: Uuid::from_bytes(topic),
                index: u32_at(head, 24) as i32,
            },
            leader_epoch: LeaderEpoch(u32_at(head, 28) as i32),
            base_offset: Offset(u64_at(head, 32) as i64),
            next_offset: Offset(u64_at(head, 40) as i64),
            segment_base: Offset(u64_at(head, 48) as i64),
            position: u64_at(head, 56),
        };
        Some((entry, rest))
    }
}

impl EntryKind {
    fn number(self) -> u8 {
        match self {
            EntryKind::Append => 1,
            EntryKind::Placed => 2,
            EntryKind::Truncate => 3,
            EntryKind::Arrived => 4,
        }
    }

    fn from_number(number: u8) -> Option<EntryKind> {
        match number {
            1 => Some(EntryKind::Append),
            2 => Some(EntryKind::Placed),
            3 => Some(EntryKind::Truncate),
            4 => Some(EntryKind::Arrived),
            _ => None,
        }
    }
}

/// A position as a header has it.
fn in_blocks(position: u64) -> u32 {
    assert!(position.is_multiple_of(BLOCK_BYTES as u64), "pages begin at whole blocks");
    u32::try_from(position / BLOCK_BYTES as u64).expect("a journal is smaller than 16 TiB")
}

struct Cursor<'a> {
    bytes: &'a mut [u8],
    at: usize,
}

impl Cursor<'_> {
    fn put(&mut self, field: &[u8]) {
        self.bytes[self.at..self.at + field.len()].copy_from_slice(field);
        self.at += field.len();
    }
}

/// Reads a field of a head whose size the caller has checked.
fn u32_at(head: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([head[at], head[at + 1], head[at + 2], head[at + 3]])
}

fn u64_at(head: &[u8], at: usize) -> u64 {
    u64::from(u32_at(head, at)) | u64::from(u32_at(head, at + 4)) << 32
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where the pages of these tests stand.
    const AT: u64 = 5 * BLOCK_BYTES as u64;

    fn entry(length: u32) -> EntryHeader {
        EntryHeader {
            kind: EntryKind::Append,
            length,
            partition: PartitionId { topic: Uuid::from_u128(7), index: 3 },
            leader_epoch: LeaderEpoch(2),
            base_offset: Offset(100),
            next_offset: Offset(105),
            segment_base: Offset(64),
            position: 4711,
        }
    }

    fn page(id: Uuid, bodies: &[&[u8]]) -> Vec<u8> {
        let mut bytes = vec![0; PAGE_HEADER_BYTES];
        for body in bodies {
            bytes.extend(entry(body.len() as u32).encode());
            bytes.extend(*body);
        }
        let header = PageHeader {
            sequence: 9,
            journal_id: id,
            length: bytes.len() as u32,
            entries: bodies.len() as u32,
            oldest_sequence: 4,
            oldest_position: 8192,
            unsynced: 3,
            position: AT,
        };
        let mut checksum = Crc32c::new();
        checksum.update(&bytes[PAGE_HEADER_BYTES..100]);
        checksum.update(&bytes[100..]);
        seal(&mut bytes, &header, checksum);
        bytes
    }

    #[test]
    fn a_page_round_trips() {
        let id = Uuid::from_u128(1);
        let bytes = page(id, &[b"hello", b"", b"world"]);
        let (header, entries) = decode_page(&bytes, id, AT).unwrap();
        assert_eq!((header.sequence, header.oldest_sequence, header.entries), (9, 4, 3));
        assert_eq!((header.unsynced, header.durable_before()), (3, 7));
        assert_eq!(entries[0], (entry(5), &b"hello"[..]));
        assert_eq!(entries[1], (entry(0), &b""[..]));
        assert_eq!(entries[2], (entry(5), &b"world"[..]));
    }

    #[test]
    fn every_truncated_prefix_and_every_flipped_bit_is_refused() {
        let id = Uuid::from_u128(1);
        let bytes = page(id, &[b"hello", b"there"]);
        for end in 0..bytes.len() {
            assert!(decode_page(&bytes[..end], id, AT).is_err(), "prefix of {end} bytes");
        }
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert!(decode_page(&flipped, id, AT).is_err(), "bit {bit}");
        }
    }

    #[test]
    fn a_page_of_another_journal_is_not_ours() {
        let bytes = page(Uuid::from_u128(1), &[b"hello"]);
        assert_eq!(decode_page(&bytes, Uuid::from_u128(2), AT), Err(PageError::NotAPage));
    }
    #[test]
    fn a_copy_of_a_page_elsewhere_is_no_page() {
        let id = Uuid::from_u128(1);
        let bytes = page(id, &[b"hello"]);
        let elsewhere = AT + BLOCK_BYTES as u64;
        assert_eq!(PageHeader::peek(&bytes, id, elsewhere), None);
        assert_eq!(decode_page(&bytes, id, elsewhere), Err(PageError::NotAPage));
    }
}
