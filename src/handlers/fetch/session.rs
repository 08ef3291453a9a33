//! Fetch sessions: what a consumer fetches again and again is said once, and only what changed is
//! answered.
//!
//! Lives on: the core of the connection that began it, which its id tells; pure, the time is an
//! argument. Who goes on with it elsewhere asks that core.
//! Promise: as Kafka's: a session counts its requests by epochs, and a request out of turn is
//! refused; partitions that gave records move to the end, so that none starves.
//! Limits: max.incremental.fetch.session.cache.slots, limits::FETCH_SESSION_BYTES_MAX.
//! Read next: ../fetch.rs, which asks.

use shards::entropy::HashMap;
use std::collections::BTreeMap;
use std::sync::Arc;

use shards::units::ShardId;
use uuid::Uuid;

use crate::limits;

/// No session, in a request or an answer.
pub(super) const NO_SESSION: i32 = 0;
/// Of a request that wants a new session.
pub(super) const INITIAL_EPOCH: i32 = 0;
/// Of a request that wants none, and closes the one it names.
pub(super) const FINAL_EPOCH: i32 = -1;
/// A session that was not used for this long may be dropped for a new one; one that is younger is
/// not dropped for a larger one.
const KEPT_MS: i64 = 120_000;

/// How a session names topics.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TopicKey {
    Id(Uuid),
    Name(Arc<str>),
}

/// A partition of a session.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key {
    pub topic: TopicKey,
    pub index: i32,
}

/// What is to be fetched of a partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartitionFetch {
    pub fetch_offset: i64,
    pub bytes_max: i32,
    pub leader_epoch: i32,
    pub last_fetched_epoch: i32,
    /// Where the log of a follower begins.
    pub log_start: i64,
}

/// What a request says of sessions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claim {
    pub id: i32,
    pub epoch: i32,
    pub uses_topic_ids: bool,
}

/// A request that is out of turn. To blame: the client, or it lost an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SessionError {
    #[error("the fetch session is not known (any more)")]
    NotFound,
    #[error("the fetch session expects another epoch")]
    WrongEpoch,
    #[error("the fetch session began with topic ids, and goes on without, or the other way round")]
    TopicIds,
}

/// A fetch that may go on: with which partitions, in which order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Begun {
    kind: Kind,
    pub partitions: Vec<(Key, PartitionFetch)>,
    names: Names,
}

/// What topics were called when their session first named them by their ids.
type Names = Arc<HashMap<Uuid, Arc<str>>>;

/// Finds a topic's name.
pub(super) type NameOf<'a> = &'a dyn Fn(&Uuid) -> Option<Arc<str>>;

/// Which of the node's cores has sessions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Home {
    pub core: ShardId,
    pub cores: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Sessionless,
    Full { uses_topic_ids: bool },
    Incremental { id: i32, next_epoch: i32 },
}

/// What came of one partition, as far as a session cares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    pub high_watermark: i64,
    pub log_start: i64,
    pub has_records: bool,
    pub failed: bool,
    /// Must be told whatever else: a diverging epoch, another replica to read from.
    pub has_notice: bool,
}

impl Begun {
    /// The session, if the fetch goes on with one.
    pub fn session(&self) -> Option<i32> {
        match self.kind {
            Kind::Incremental { id, .. } => Some(id),
            Kind::Sessionless | Kind::Full { .. } => None,
        }
    }

    /// What the session knows the topic as.
    pub fn name_of(&self, topic: &Uuid) -> Option<&str> {
        self.names.get(topic).map(|name| &**name)
    }
}

/// How to answer.
#[derive(Debug, PartialEq, Eq)]
pub struct Finished {
    pub session_id: i32,
    /// For each partition whether the answer names it.
    pub told: Vec<bool>,
}

/// The sessions of one core.
#[derive(Debug)]
pub struct Sessions {
    home: Home,
    max: usize,
    by_id: HashMap<i32, Session>,
    bytes: usize,
    evictions: u64,
}

#[derive(Debug)]
struct Session {
    epoch: i32,
    uses_topic_ids: bool,
    created_ms: i64,
    last_used_ms: i64,
    partitions: HashMap<Key, Cached>,
    /// The order in which they are fetched.
    order: BTreeMap<u64, Key>,
    next_place: u64,
    names: Names,
    /// What the partitions take.
    bytes: usize,
}

#[derive(Debug)]
struct Cached {
    place: u64,
    wanted: PartitionFetch,
    high_watermark: i64,
    log_start: i64,
}

impl Sessions {
    pub fn on(home: Home, max: usize) -> Sessions {
        assert!(home.core.0 < home.cores, "the core is one of the node's");
        Sessions { home, max, by_id: HashMap::default(), bytes: 0, evictions: 0 }
    }

    /// The core that has the session, if there is such a session.
    pub fn home_of(&self, id: i32) -> ShardId {
        match usize::try_from(id) {
            Ok(id) if id > 0 => ShardId(id % self.home.cores),
            _ => self.home.core,
        }
    }

    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    pub fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }

    /// What the partitions of all sessions take.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    pub fn evictions(&self) -> u64 {
        self.evictions
    }

    /// Begins a fetch of `wanted`, without those that are to be forgotten.
    pub fn begin(
        &mut self,
        claim: Claim,
        wanted: Vec<(Key, PartitionFetch)>,
        forgotten: &[Key],
        name_of: NameOf<'_>,
        now_ms: i64,
    ) -> Result<Begun, SessionError> {
        if claim.epoch == INITIAL_EPOCH || claim.epoch == FINAL_EPOCH {
            self.remove(claim.id);
            let kind = match claim.epoch {
                FINAL_EPOCH => Kind::Sessionless,
                _ => Kind::Full { uses_topic_ids: claim.uses_topic_ids },
            };
            return Ok(Begun { kind, partitions: last_of_each(wanted), names: Names::default() });
        }
        let session = self.by_id.get_mut(&claim.id).ok_or(SessionError::NotFound)?;
        if session.epoch != claim.epoch {
            return Err(SessionError::WrongEpoch);
        }
        if session.uses_topic_ids != claim.uses_topic_ids {
            return Err(SessionError::TopicIds);
        }
        let before = session.bytes;
        for (key, wanted) in &wanted {
            session.want(key, *wanted, name_of);
        }
        forgotten.iter().for_each(|key| session.forget(key));
        self.bytes = self.bytes + session.bytes - before;
        if session.partitions.is_empty() || self.bytes > limits::FETCH_SESSION_BYTES_MAX {
            self.remove(claim.id);
            let partitions = last_of_each(wanted);
            return Ok(Begun { kind: Kind::Sessionless, partitions, names: Names::default() });
        }
        session.last_used_ms = now_ms;
        session.epoch = next_epoch(session.epoch);
        let kind = Kind::Incremental { id: claim.id, next_epoch: session.epoch };
        Ok(Begun { kind, partitions: session.in_order(), names: session.names.clone() })
    }

    /// Ends a fetch: notes what is told, and says what is to be. `seen` is in the order of the
    /// partitions; `random` names a new session.
    pub fn finish(
        &mut self,
        begun: &Begun,
        seen: &[Seen],
        name_of: NameOf<'_>,
        now_ms: i64,
        random: impl FnMut() -> u64,
    ) -> Result<Finished, SessionError> {
        assert_eq!(begun.partitions.len(), seen.len(), "each partition was seen");
        let told = vec![true; seen.len()];
        match begun.kind {
            Kind::Sessionless => Ok(Finished { session_id: NO_SESSION, told }),
            Kind::Full { uses_topic_ids } => {
                let session_id =
                    self.create(begun, seen, uses_topic_ids, (name_of, now_ms), random);
                Ok(Finished { session_id, told })
            }
            Kind::Incremental { id, next_epoch } => match self.by_id.get_mut(&id) {
                // Dropped for another one meanwhile: the next request will hear of it.
                None => Ok(Finished { session_id: id, told }),
                Some(session) if session.epoch != next_epoch => Err(SessionError::WrongEpoch),
                Some(session) => {
                    let pairs = begun.partitions.iter().zip(seen);
                    let told = pairs.map(|((key, _), seen)| session.tell(key, *seen)).collect();
                    Ok(Finished { session_id: id, told })
                }
            },
        }
    }

    /// Ends a fetch that is answered with nothing: the session's, as the next request is to name
    /// it. A new one is not begun.
    pub fn pass_over(&self, begun: &Begun) -> Result<i32, SessionError> {
        match begun.kind {
            Kind::Sessionless | Kind::Full { .. } => Ok(NO_SESSION),
            Kind::Incremental { id, next_epoch } => match self.by_id.get(&id) {
                Some(session) if session.epoch != next_epoch => Err(SessionError::WrongEpoch),
                _ => Ok(id),
            },
        }
    }

    fn create(
        &mut self,
        begun: &Begun,
        seen: &[Seen],
        uses_topic_ids: bool,
        (name_of, now_ms): (NameOf<'_>, i64),
        mut random: impl FnMut() -> u64,
    ) -> i32 {
        let size = begun.partitions.len();
        let bytes = begun.partitions.iter().map(|(key, _)| bytes_of(key)).sum();
        if !self.make_room(bytes, now_ms)
            || self.by_id.len() >= self.max && !self.evict_for(size, now_ms)
        {
            return NO_SESSION;
        }
        let id = loop {
            let id = self.id_here((random() >> 33) as i32);
            if let Some(id) = id.filter(|id| !self.by_id.contains_key(id)) {
                break id;
            }
        };
        let mut session = Session {
            epoch: next_epoch(INITIAL_EPOCH),
            uses_topic_ids,
            created_ms: now_ms,
            last_used_ms: now_ms,
            partitions: HashMap::default(),
            order: BTreeMap::new(),
            next_place: 0,
            names: Names::default(),
            bytes: 0,
        };
        for ((key, wanted), seen) in begun.partitions.iter().zip(seen) {
            session.want(key, *wanted, name_of);
            session.note(key, seen.high_watermark, seen.log_start);
        }
        self.bytes += session.bytes;
        self.by_id.insert(id, session);
        id
    }

    /// An id near `random` that tells this core.
    fn id_here(&self, random: i32) -> Option<i32> {
        let cores = i32::try_from(self.home.cores).ok()?;
        let core = i32::try_from(self.home.core.0).ok()?;
        (random / cores * cores).checked_add(core).filter(|id| *id > NO_SESSION)
    }

    /// Makes room for so many bytes by sessions that are out of use.
    fn make_room(&mut self, bytes: usize, now_ms: i64) -> bool {
        if bytes > limits::FETCH_SESSION_BYTES_MAX {
            return false;
        }
        while self.bytes + bytes > limits::FETCH_SESSION_BYTES_MAX {
            match self.unused(now_ms) {
                Some(id) => self.evict(id),
                None => return false,
            }
        }
        true
    }

    /// The session that was not used for the longest time, if it may be dropped.
    fn unused(&self, now_ms: i64) -> Option<i32> {
        let unused = self.by_id.iter().min_by_key(|(id, session)| (session.last_used_ms, **id));
        unused.filter(|(_, session)| now_ms - session.last_used_ms > KEPT_MS).map(|(id, _)| *id)
    }

    /// Makes room for a session of `size` partitions: by one that is out of use, or by the smallest
    /// of those that are old, if it is smaller.
    fn evict_for(&mut self, size: usize, now_ms: i64) -> bool {
        let smallest_of_old = || {
            let old = self.by_id.iter().filter(|(_, s)| now_ms - s.created_ms > KEPT_MS);
            let smallest = old.min_by_key(|(id, session)| (session.partitions.len(), **id));
            smallest.filter(|(_, session)| session.partitions.len() < size).map(|(id, _)| *id)
        };
        let Some(victim) = self.unused(now_ms).or_else(smallest_of_old) else { return false };
        self.evict(victim);
        true
    }

    fn evict(&mut self, id: i32) {
        self.remove(id);
        self.evictions += 1;
    }

    fn remove(&mut self, id: i32) {
        if let Some(session) = self.by_id.remove(&id) {
            self.bytes -= session.bytes;
        }
    }
}

impl Session {
    fn want(&mut self, key: &Key, wanted: PartitionFetch, name_of: NameOf<'_>) {
        if let Some(cached) = self.partitions.get_mut(key) {
            cached.wanted = wanted;
            return;
        }
        let place = self.take_place(key);
        let cached = Cached { place, wanted, high_watermark: -1, log_start: -1 };
        self.partitions.insert(key.clone(), cached);
        self.bytes += bytes_of(key);
        if let TopicKey::Id(id) = &key.topic
            && !self.names.contains_key(id)
            && let Some(name) = name_of(id)
        {
            self.bytes += NAME_BYTES + name.len();
            Arc::make_mut(&mut self.names).insert(*id, name);
        }
    }

    fn forget(&mut self, key: &Key) {
        if let Some(cached) = self.partitions.remove(key) {
            self.order.remove(&cached.place);
            self.bytes -= bytes_of(key);
        }
    }

    fn note(&mut self, key: &Key, high_watermark: i64, log_start: i64) {
        if let Some(cached) = self.partitions.get_mut(key) {
            (cached.high_watermark, cached.log_start) = (high_watermark, log_start);
        }
    }

    fn in_order(&self) -> Vec<(Key, PartitionFetch)> {
        let wanted = |key: &Key| self.partitions.get(key).map(|cached| cached.wanted);
        self.order.values().filter_map(|key| Some((key.clone(), wanted(key)?))).collect()
    }

    /// Whether the client is to be told; notes that it is.
    fn tell(&mut self, key: &Key, seen: Seen) -> bool {
        let Some(cached) = self.partitions.get_mut(key) else { return true };
        let changed =
            cached.high_watermark != seen.high_watermark || cached.log_start != seen.log_start;
        // A failure is told again when it is over, even if nothing else changed.
        cached.high_watermark = if seen.failed { -1 } else { seen.high_watermark };
        cached.log_start = seen.log_start;
        if seen.has_records {
            let place = cached.place;
            self.order.remove(&place);
            let place = self.take_place(key);
            if let Some(cached) = self.partitions.get_mut(key) {
                cached.place = place;
            }
        }
        changed || seen.has_records || seen.failed || seen.has_notice
    }

    fn take_place(&mut self, key: &Key) -> u64 {
        let place = self.next_place;
        self.next_place += 1;
        self.order.insert(place, key.clone());
        place
    }
}

/// What a known name takes beside its text, about. It is kept as long as its session.
const NAME_BYTES: usize = 2 * size_of::<(Uuid, Arc<str>)>();

/// What a partition takes in a session, about: it stands in a map and in an order. Its topic's name
/// counts each time, even if others share it.
fn bytes_of(key: &Key) -> usize {
    const PARTITION_BYTES: usize = 2 * (size_of::<Cached>() + 2 * size_of::<Key>());
    let name_bytes = match &key.topic {
        TopicKey::Id(_) => 0,
        TopicKey::Name(name) => name.len(),
    };
    PARTITION_BYTES + name_bytes
}

/// Each partition once, where it stood first, as it was wanted last: as in Kafka's linked map.
fn last_of_each(wanted: Vec<(Key, PartitionFetch)>) -> Vec<(Key, PartitionFetch)> {
    let mut places: HashMap<Key, usize> = HashMap::default();
    let mut once: Vec<(Key, PartitionFetch)> = Vec::with_capacity(wanted.len());
    for (key, wanted) in wanted {
        let place = *places.entry(key.clone()).or_insert(once.len());
        match once.get_mut(place) {
            Some(known) => known.1 = wanted,
            None => once.push((key, wanted)),
        }
    }
    once
}

/// Epochs count from 1 to the largest number and begin again.
fn next_epoch(epoch: i32) -> i32 {
    if epoch < 0 { FINAL_EPOCH } else { epoch.checked_add(1).unwrap_or(1) }
}

#[cfg(test)]
mod tests;
