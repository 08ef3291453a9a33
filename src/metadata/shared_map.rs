//! An ordered map whose copies share what they have in common.
//!
//! Lives on: any core. Promise: `clone` is O(1); a change of one entry of n copies one chunk of at
//! most CHUNK_ENTRIES_MAX entries and n / CHUNK_ENTRIES_MAX pointers, so that one topic of ten
//! thousand is changed for the price of a few hundred pointers.
//! Never: has an empty chunk.

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

const CHUNK_ENTRIES_MAX: usize = 64;
/// A chunk below this is joined with a neighbour if both fit into one.
const CHUNK_ENTRIES_MIN: usize = CHUNK_ENTRIES_MAX / 4;

type Chunk<K, V> = Arc<Vec<(K, V)>>;

pub struct SharedMap<K, V> {
    chunks: Arc<Vec<Chunk<K, V>>>,
    len: usize,
}

impl<K, V> SharedMap<K, V> {
    pub fn len(&self) -> usize {
        self.len
    }

    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// In ascending order of the keys.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&K, &V)> {
        self.chunks.iter().flat_map(|chunk| chunk.iter().map(|(key, value)| (key, value)))
    }

    pub fn keys(&self) -> impl DoubleEndedIterator<Item = &K> {
        self.iter().map(|(key, _)| key)
    }

    pub fn values(&self) -> impl DoubleEndedIterator<Item = &V> {
        self.iter().map(|(_, value)| value)
    }
}

impl<K: Ord, V> SharedMap<K, V> {
    pub fn get<Q>(&self, key: &Q) -> Option<&V>
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        let (chunk, position) = self.find(key).ok()?;
        Some(&self.chunks[chunk][position].1)
    }

    pub fn contains_key<Q>(&self, key: &Q) -> bool
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        self.find(key).is_ok()
    }

    /// The entries from `key` on, in ascending order.
    pub fn iter_from<Q>(&self, key: &Q) -> impl Iterator<Item = (&K, &V)>
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        let (chunk, position) = match self.find(key) {
            Ok(place) | Err(place) => place,
        };
        let chunks = &self.chunks[chunk.min(self.chunks.len())..];
        chunks.iter().flat_map(|chunk| chunk.iter().map(|(key, value)| (key, value))).skip(position)
    }

    /// Where the key is, or where it would be inserted. The chunk may be the one after the last.
    fn find<Q>(&self, key: &Q) -> Result<(usize, usize), (usize, usize)>
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        let chunk = self
            .chunks
            .partition_point(|chunk| chunk.last().is_some_and(|(last, _)| last.borrow() < key));
        let Some(entries) = self.chunks.get(chunk) else { return Err((chunk, 0)) };
        match entries.binary_search_by(|(probe, _)| probe.borrow().cmp(key)) {
            Ok(position) => Ok((chunk, position)),
            Err(position) => Err((chunk, position)),
        }
    }
}

impl<K: Ord + Clone, V: Clone> SharedMap<K, V> {
    /// The value before, if there was one.
    pub fn insert(&mut self, key: K, value: V) -> Option<V> {
        match self.find(&key) {
            Ok((chunk, position)) => {
                let entry = &mut self.chunk_mut(chunk)[position];
                Some(std::mem::replace(&mut entry.1, value))
            }
            Err((chunk, position)) => {
                self.insert_at(chunk, position, (key, value));
                self.len += 1;
                None
            }
        }
    }

    pub fn get_mut<Q>(&mut self, key: &Q) -> Option<&mut V>
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        let (chunk, position) = self.find(key).ok()?;
        Some(&mut self.chunk_mut(chunk)[position].1)
    }

    pub fn remove<Q>(&mut self, key: &Q) -> Option<V>
    where
        K: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        let (chunk, position) = self.find(key).ok()?;
        let (_, value) = self.chunk_mut(chunk).remove(position);
        self.len -= 1;
        self.shrink(chunk);
        Some(value)
    }

    fn chunk_mut(&mut self, chunk: usize) -> &mut Vec<(K, V)> {
        Arc::make_mut(&mut Arc::make_mut(&mut self.chunks)[chunk])
    }

    fn insert_at(&mut self, chunk: usize, position: usize, entry: (K, V)) {
        let chunks = Arc::make_mut(&mut self.chunks);
        if chunk == chunks.len() {
            match chunks.last_mut() {
                Some(last) if last.len() < CHUNK_ENTRIES_MAX => Arc::make_mut(last).push(entry),
                _ => chunks.push(Arc::new(vec![entry])),
            }
            return;
        }
        let entries = Arc::make_mut(&mut chunks[chunk]);
        entries.insert(position, entry);
        if entries.len() > CHUNK_ENTRIES_MAX {
            let upper = entries.split_off(CHUNK_ENTRIES_MAX / 2);
            chunks.insert(chunk + 1, Arc::new(upper));
        }
    }

    /// Drops an empty chunk, joins a small one with a neighbour.
    fn shrink(&mut self, chunk: usize) {
        let chunks = Arc::make_mut(&mut self.chunks);
        let entries = chunks[chunk].len();
        if entries == 0 {
            chunks.remove(chunk);
            return;
        }
        if entries >= CHUNK_ENTRIES_MIN {
            return;
        }
        let lower = if chunk + 1 < chunks.len() { chunk } else { chunk.saturating_sub(1) };
        let fits = chunks
            .get(lower + 1)
            .is_some_and(|upper| upper.len() + chunks[lower].len() <= CHUNK_ENTRIES_MAX);
        if fits {
            let upper = chunks.remove(lower + 1);
            Arc::make_mut(&mut chunks[lower]).extend(upper.iter().cloned());
        }
    }
}

impl<K, V> Clone for SharedMap<K, V> {
    fn clone(&self) -> Self {
        Self { chunks: Arc::clone(&self.chunks), len: self.len }
    }
}

impl<K, V> Default for SharedMap<K, V> {
    fn default() -> Self {
        Self { chunks: Arc::default(), len: 0 }
    }
}

impl<K: PartialEq, V: PartialEq> PartialEq for SharedMap<K, V> {
    fn eq(&self, other: &Self) -> bool {
        self.len == other.len && self.iter().eq(other.iter())
    }
}

impl<K: fmt::Debug, V: fmt::Debug> fmt::Debug for SharedMap<K, V> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_map().entries(self.iter()).finish()
    }
}

impl<K: Ord + Clone, V: Clone> FromIterator<(K, V)> for SharedMap<K, V> {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(entries: I) -> Self {
        let mut map = Self::default();
        for (key, value) in entries {
            map.insert(key, value);
        }
        map
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    #[derive(Debug, Clone)]
    enum Step {
        Insert(u16, u32),
        Remove(u16),
        Change(u16, u32),
    }

    fn step() -> impl Strategy<Value = Step> {
        let key = 0u16..600;
        prop_oneof![
            3 => (key.clone(), any::<u32>()).prop_map(|(key, value)| Step::Insert(key, value)),
            2 => key.clone().prop_map(Step::Remove),
            1 => (key, any::<u32>()).prop_map(|(key, value)| Step::Change(key, value)),
        ]
    }

    fn check(map: &SharedMap<u16, u32>, model: &BTreeMap<u16, u32>) {
        assert!(map.chunks.iter().all(|chunk| (1..=CHUNK_ENTRIES_MAX).contains(&chunk.len())));
        assert_eq!(map.len(), model.len());
        assert!(map.iter().eq(model.iter()));
    }

    proptest! {
        #[test]
        fn behaves_as_a_tree_map_and_copies_keep_their_content(
            steps in proptest::collection::vec(step(), 0..1500),
            from in 0u16..650,
        ) {
            let mut map = SharedMap::default();
            let mut model = BTreeMap::new();
            let mut copies = Vec::new();
            for (number, step) in steps.into_iter().enumerate() {
                match step {
                    Step::Insert(key, value) => {
                        prop_assert_eq!(map.insert(key, value), model.insert(key, value));
                    }
                    Step::Remove(key) => prop_assert_eq!(map.remove(&key), model.remove(&key)),
                    Step::Change(key, value) => {
                        prop_assert_eq!(map.get(&key), model.get(&key));
                        if let Some(entry) = map.get_mut(&key) {
                            *entry = value;
                            model.insert(key, value);
                        }
                    }
                }
                if number % 400 == 0 {
                    copies.push((map.clone(), model.clone()));
                }
            }
            check(&map, &model);
            prop_assert!(map.iter_from(&from).eq(model.range(from..)));
            for (copy, model) in &copies {
                check(copy, model);
            }
        }
    }

    #[test]
    fn a_change_shares_all_other_chunks() {
        let map: SharedMap<u32, u32> = (0..10_000).map(|number| (number, number)).collect();
        let mut changed = map.clone();
        changed.insert(5_000, 0);
        let shared = map
            .chunks
            .iter()
            .zip(changed.chunks.iter())
            .filter(|(before, after)| Arc::ptr_eq(before, after))
            .count();
        assert_eq!(shared, map.chunks.len() - 1);
    }
}
