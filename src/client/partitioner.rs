//! Which partition a record goes to: by its key as the Java client does it, else by turns.

/// The hash of Kafka's Java client: murmur2 of 32 bits with its seed.
pub fn murmur2(bytes: &[u8]) -> u32 {
    const SEED: u32 = 0x9747_b28c;
    const MULTIPLIER: u32 = 0x5bd1_e995;
    const SHIFT: u32 = 24;
    let mut hash = SEED ^ bytes.len() as u32;
    let (words, rest) = bytes.as_chunks::<4>();
    for word in words {
        let mut word = u32::from_le_bytes(*word).wrapping_mul(MULTIPLIER);
        word = (word ^ (word >> SHIFT)).wrapping_mul(MULTIPLIER);
        hash = hash.wrapping_mul(MULTIPLIER) ^ word;
    }
    if !rest.is_empty() {
        for (index, byte) in rest.iter().enumerate() {
            hash ^= u32::from(*byte) << (8 * index);
        }
        hash = hash.wrapping_mul(MULTIPLIER);
    }
    hash = (hash ^ (hash >> 13)).wrapping_mul(MULTIPLIER);
    hash ^ (hash >> 15)
}

/// The partition of a key among `count` partitions.
pub fn partition_of_key(key: &[u8], count: usize) -> usize {
    (murmur2(key) & 0x7fff_ffff) as usize % count.max(1)
}

/// Records without a key stay on one partition until a batch is full, then go to the next.
#[derive(Debug)]
pub struct Sticky {
    current: usize,
    count: usize,
}

impl Sticky {
    /// `start` spreads several producers over the partitions.
    pub fn new(start: usize, count: usize) -> Self {
        Self { current: start % count.max(1), count: count.max(1) }
    }

    pub fn current(&self) -> usize {
        self.current
    }

    pub fn advance(&mut self) {
        self.current = (self.current + 1) % self.count;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Computed by `org.apache.kafka.common.utils.Utils.murmur2`.
    #[test]
    fn hashes_are_those_of_the_java_client() {
        for (key, hash) in [
            ("21", -973_932_308),
            ("foobar", -790_332_482),
            ("a-little-bit-long-string", -985_981_536),
            ("a-little-bit-longer-string", -1_486_304_829),
            ("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58_897_971),
            ("abc", 479_470_107),
        ] {
            assert_eq!(murmur2(key.as_bytes()) as i32, hash, "{key}");
        }
    }

    #[test]
    fn partitions_are_never_negative() {
        assert_eq!(partition_of_key(b"21", 10), ((-973_932_308 & 0x7fff_ffff) % 10) as usize);
        assert_eq!(partition_of_key(b"21", 0), 0);
    }

    #[test]
    fn sticky_goes_round() {
        let mut sticky = Sticky::new(5, 3);
        let mut seen = Vec::new();
        for _ in 0..4 {
            seen.push(sticky.current());
            sticky.advance();
        }
        assert_eq!(seen, [2, 0, 1, 2]);
    }
}
