//! Groups of the consumer protocol (KIP-848): the coordinator assigns, members come step by step
//! to their targets.
//!
//! A group has an epoch, which each change of its subscriptions or of their topics raises. Targets
//! are made for an epoch, and each member has the epoch up to which it has reconciled itself with
//! its target. A partition goes to its next owner only after the last one said that it gave it up.
//! Promise: one owner of a partition at any time, as the members' confirmed epochs tell; the state
//! is what the records say, key by key.
//! Never: changes a group but by a record's content.
//! Limits: ../limits.rs.
//!
//! Read next: record.rs (the state, key by key), group.rs, heartbeat.rs, reconcile.rs, target.rs.

mod assignment;
mod assignors;
mod classic;
mod commit;
mod describe;
mod fence;
mod group;
mod heartbeat;
mod member;
mod metadata_hash;
mod reconcile;
mod record;
mod regexes;
mod size;
mod target;
mod work;

pub use assignment::Partitions;
pub use assignors::Assignor;
pub(super) use classic::Adopted;
pub(super) use group::ConsumerGroup;
pub(super) use member::{ClassicMetadata, MemberMetadata};
pub use member::{EPOCH_AWAY, EPOCH_JOINING, EPOCH_LEFT};
pub(super) use metadata_hash::TopicHashes;
pub(super) use record::{ConsumerChange, ResolvedRegex};
pub use regexes::check_regex;
pub(super) use regexes::compile;
pub(super) use work::{Around, Versions, Work};
