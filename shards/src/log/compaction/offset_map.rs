//! The last offset of each key, in bounded memory. Pure.
//!
//! A key is known by 16 bytes of a keyed hash: two keys of one hash would be taken for one, which
//! does not happen by chance, and nobody outside knows the hash's key.
//! Promise: never holds more than it was made for. Grows in small parts, so that no growth holds
//! the core for long. Read next: filter.rs.

use std::hash::{BuildHasher, Hasher};

use crate::entropy::{HashMap, Hashing};

/// What one key takes: digest, offset, and the map's own byte at its usual fill.
pub const ENTRY_BYTES: usize = 32;

const PARTS: usize = 256;

/// See the module.
pub struct OffsetMap {
    hashing: [Hashing; 2],
    parts: Vec<HashMap<u128, i64>>,
    keys: usize,
    keys_max: usize,
    /// Behind the last batch whose keys are all in the map.
    end: i64,
    is_whole: bool,
}

/// The map holds no more keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Full;

impl OffsetMap {
    /// For so many bytes, of which `load_factor` may be used.
    pub fn new(bytes: usize, load_factor: f64) -> OffsetMap {
        let keys = (bytes / ENTRY_BYTES) as f64 * load_factor.clamp(0.0, 1.0);
        OffsetMap {
            hashing: [Hashing::default(), Hashing::default()],
            parts: (0..PARTS).map(|_| HashMap::default()).collect(),
            keys: 0,
            keys_max: (keys as usize).max(1),
            end: 0,
            is_whole: false,
        }
    }

    pub fn len(&self) -> usize {
        self.keys
    }

    pub fn is_empty(&self) -> bool {
        self.keys == 0
    }

    /// The last offset that a compaction goes by is before this.
    pub fn end(&self) -> i64 {
        self.end
    }

    pub fn set_end(&mut self, end: i64) {
        self.end = self.end.max(end);
    }

    /// Says that it has all keys that there are.
    pub fn set_whole(&mut self) {
        self.is_whole = true;
    }

    pub fn is_whole(&self) -> bool {
        self.is_whole
    }

    /// Notes that the key has a record at `offset`, behind all noted before.
    pub fn put(&mut self, key: &[u8], offset: i64) -> Result<(), Full> {
        let digest = self.digest(key);
        let part = &mut self.parts[(digest >> 120) as usize];
        if let Some(known) = part.get_mut(&digest) {
            *known = offset;
            return Ok(());
        }
        if self.keys == self.keys_max {
            return Err(Full);
        }
        part.insert(digest, offset);
        self.keys += 1;
        Ok(())
    }

    /// The last offset of the key.
    pub fn get(&self, key: &[u8]) -> Option<i64> {
        let digest = self.digest(key);
        self.parts[(digest >> 120) as usize].get(&digest).copied()
    }

    fn digest(&self, key: &[u8]) -> u128 {
        let half = |number: u8| {
            let mut hasher = self.hashing[usize::from(number)].build_hasher();
            hasher.write_u8(number);
            hasher.write(key);
            u128::from(hasher.finish())
        };
        half(0) << 64 | half(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_offset_of_each_key_is_known() {
        let mut map = OffsetMap::new(1 << 20, 0.9);
        for offset in 0..10_000i64 {
            map.put(format!("key {}", offset % 1000).as_bytes(), offset).unwrap();
        }
        assert_eq!(map.len(), 1000);
        for key in 0..1000 {
            assert_eq!(map.get(format!("key {key}").as_bytes()), Some(9000 + key));
        }
        assert_eq!(map.get(b"other"), None);
    }

    #[test]
    fn no_more_keys_than_its_memory_allows_and_known_ones_still() {
        let mut map = OffsetMap::new(100 * ENTRY_BYTES, 0.5);
        let taken = (0..100).take_while(|key| map.put(&[*key], i64::from(*key)).is_ok()).count();
        assert_eq!((taken, map.len()), (50, 50));
        assert_eq!(map.put(&[3], 777), Ok(()));
        assert_eq!(map.put(&[99], 778), Err(Full));
        assert_eq!((map.get(&[3]), map.get(&[99])), (Some(777), None));
    }

    #[test]
    fn an_empty_key_is_a_key() {
        let mut map = OffsetMap::new(1000, 1.0);
        map.put(b"", 5).unwrap();
        assert_eq!((map.get(b""), map.get(b"\0")), (Some(5), None));
    }
}
