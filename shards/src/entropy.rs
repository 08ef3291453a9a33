//! Randomness: the only place to ask for it.
//!
//! Promise: from the kernel's generator; from the run's seed in the simulated twin.

use uuid::Uuid;

/// A map that a peer cannot make slow; its order is of no meaning, and that of the seed in the
/// simulated twin.
pub type HashMap<K, V> = std::collections::HashMap<K, V, Hashing>;
pub type HashSet<K> = std::collections::HashSet<K, Hashing>;

#[cfg(not(feature = "sim"))]
pub type Hashing = std::hash::RandomState;
#[cfg(feature = "sim")]
pub type Hashing = std::hash::BuildHasherDefault<std::hash::DefaultHasher>;

/// Fills `bytes` with random ones.
pub fn fill(bytes: &mut [u8]) {
    crate::io::random(bytes);
}

pub fn u64() -> u64 {
    let mut bytes = [0; 8];
    fill(&mut bytes);
    u64::from_le_bytes(bytes)
}

/// A random (version 4) identifier.
pub fn uuid() -> Uuid {
    let mut bytes = [0; 16];
    fill(&mut bytes);
    uuid::Builder::from_random_bytes(bytes).into_uuid()
}

#[cfg(test)]
mod tests {
    #[test]
    fn identifiers_are_random_ones() {
        let (first, second) = (super::uuid(), super::uuid());
        assert!(first != second && first.get_version_num() == 4);
        assert!(super::u64() != super::u64());
    }
}
