//! Ids, offsets, epochs and times: one type each, so that none stands for another.

use std::fmt;

use uuid::Uuid;

/// A node of the cluster. Negative ones stand for bootstrap servers, whose ids are not known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub i32);

/// A leader epoch. At most one node leads in each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Epoch(pub i32);

/// Where a record stands in the log; as an end, the offset of the next one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Offset(pub i64);

/// Milliseconds on a clock that the driver chose; it need not be the same on two nodes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(pub u64);

impl Time {
    /// Never reached.
    pub const FAR: Self = Self(u64::MAX);

    #[must_use]
    pub fn after_ms(self, ms: u64) -> Self {
        Self(self.0.saturating_add(ms))
    }

    /// Milliseconds from `earlier` until this time; 0 if it is later.
    pub fn since_ms(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

/// An end of a log and the epoch of the record before it. Also the id of a snapshot. Ordered as
/// logs are compared: by epoch, then by offset.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OffsetAndEpoch {
    pub epoch: Epoch,
    pub offset: Offset,
}

impl OffsetAndEpoch {
    /// The snapshot of a cluster without records (`0-0.checkpoint`). It is never replicated: the
    /// first leader writes what it says into the log.
    pub const BOOTSTRAP: Self = Self { epoch: Epoch(0), offset: Offset(0) };

    pub const fn new(offset: i64, epoch: i32) -> Self {
        Self { epoch: Epoch(epoch), offset: Offset(offset) }
    }
}

/// A node with the directory that holds its log: a node with another disk is another replica.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ReplicaKey {
    pub id: NodeId,
    /// None where kraft.version 0 or an old request does not say.
    pub directory_id: Option<Uuid>,
}

impl ReplicaKey {
    /// A nil directory means that it is not known, as on the wire.
    pub fn new(id: NodeId, directory_id: Uuid) -> Self {
        Self { id, directory_id: (!directory_id.is_nil()).then_some(directory_id) }
    }

    /// Whether `replica` is the one that this key names. A key without directory names the node,
    /// whatever its disk.
    pub fn names(&self, replica: &Self) -> bool {
        self.id == replica.id
            && (self.directory_id.is_none() || self.directory_id == replica.directory_id)
    }
}

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Epoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl fmt::Display for Offset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn logs_are_compared_by_epoch_first() {
        assert!(OffsetAndEpoch::new(1, 3) > OffsetAndEpoch::new(9, 2));
        assert!(OffsetAndEpoch::new(2, 3) > OffsetAndEpoch::new(1, 3));
    }

    #[test]
    fn a_key_without_directory_names_any_disk_of_its_node() {
        let disk = ReplicaKey::new(NodeId(1), Uuid::from_u128(5));
        let any = ReplicaKey::new(NodeId(1), Uuid::nil());
        assert!(any.names(&disk) && disk.names(&disk));
        assert!(!disk.names(&any) && !disk.names(&ReplicaKey::new(NodeId(2), Uuid::from_u128(5))));
    }
}
