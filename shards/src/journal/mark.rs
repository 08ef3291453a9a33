//! The journal's mark: one block that says from which page on the journal may be needed.
//!
//! Block, little endian: magic u32 · CRC-32C u32 of what follows · journal id 16 · needed from u64
//! (a page's sequence) · state u8 · the rest zeros. It stands behind the block that identifies the
//! journal and is written in place, synced. Promise: a mark that is torn reads as none. Whoever
//! writes one has seen to it that the pages alone say the same, or that nothing was written since
//! the mark before it. Never: does I/O. Read next: page.rs, replay.rs.

use super::PageSequence;
use crate::format::checksum::crc32c;
use crate::units::{BLOCK_BYTES, Uuid};

/// Where the mark stands: behind the block that identifies the journal.
pub const MARK_AT: u64 = BLOCK_BYTES as u64;

pub const MARK_BYTES: usize = 33;
const MAGIC: u32 = 0x4d4a_4c52; // "RLJM"
const CHECKED_FROM: usize = 8;

/// See the module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Recovery needs no page before this one, whatever pages say.
    pub needed_from: PageSequence,
    pub state: MarkState,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MarkState {
    /// Pages are written, of which recovery may need some.
    InUse,
    /// A stop in order came after the last page: recovery needs none, and need not look for any.
    Closed,
}

impl MarkState {
    fn number(self) -> u8 {
        match self {
            MarkState::InUse => 1,
            MarkState::Closed => 2,
        }
    }

    fn from_number(number: u8) -> Option<MarkState> {
        match number {
            1 => Some(MarkState::InUse),
            2 => Some(MarkState::Closed),
            _ => None,
        }
    }
}

impl Mark {
    pub fn encode(&self, journal_id: Uuid) -> [u8; MARK_BYTES] {
        let mut bytes = [0; MARK_BYTES];
        bytes[0..4].copy_from_slice(&MAGIC.to_le_bytes());
        bytes[8..24].copy_from_slice(journal_id.as_bytes());
        bytes[24..32].copy_from_slice(&self.needed_from.0.to_le_bytes());
        bytes[32] = self.state.number();
        let checksum = crc32c(&bytes[CHECKED_FROM..]);
        bytes[4..CHECKED_FROM].copy_from_slice(&checksum.to_le_bytes());
        bytes
    }

    /// The mark of this journal that a block begins with; none where it is torn or not there.
    pub fn decode(block: &[u8], journal_id: Uuid) -> Option<Mark> {
        let bytes = block.first_chunk::<MARK_BYTES>()?;
        let needed_from = u64::from_le_bytes(*bytes[24..].first_chunk()?);
        let state = MarkState::from_number(bytes[32])?;
        let mark = Mark { needed_from: PageSequence(needed_from), state };
        (*bytes == mark.encode(journal_id)).then_some(mark)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: Uuid = Uuid::from_u128(7);

    #[test]
    fn a_mark_round_trips() {
        for state in [MarkState::InUse, MarkState::Closed] {
            let mark = Mark { needed_from: PageSequence(u64::MAX - 1), state };
            let mut block = mark.encode(ID).to_vec();
            assert_eq!(Mark::decode(&block, ID), Some(mark));
            block.resize(BLOCK_BYTES, 0);
            assert_eq!(Mark::decode(&block, ID), Some(mark));
            assert_eq!(Mark::decode(&block, Uuid::from_u128(8)), None);
        }
        assert_eq!(Mark::decode(&[0; BLOCK_BYTES], ID), None);
    }

    #[test]
    fn every_truncated_prefix_and_every_flipped_bit_is_refused() {
        let bytes = Mark { needed_from: PageSequence(9), state: MarkState::Closed }.encode(ID);
        for end in 0..bytes.len() {
            assert_eq!(Mark::decode(&bytes[..end], ID), None, "prefix of {end} bytes");
        }
        for bit in 0..bytes.len() * 8 {
            let mut flipped = bytes;
            flipped[bit / 8] ^= 1 << (bit % 8);
            assert_eq!(Mark::decode(&flipped, ID), None, "bit {bit}");
        }
    }
}
