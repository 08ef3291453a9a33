//! Retention: offsets that nobody needs any more, and groups that have none left.

use super::consumer_steps::Draft;
use super::delete::{group_tombstone, offset_tombstone, plan_in_pieces};
use super::effects::Effects;
use super::group::{ClassicGroup, State};
use super::kinds::Group;
use super::offsets::CommittedOffset;
use super::partition::GroupPartition;
use super::record::Change;
use crate::coordinators::coordinator::Now;

/// From when an offset's retention counts.
enum RetentionStart {
    Commit,
    /// The group has been empty since then.
    GroupEmptied(i64),
}

impl GroupPartition {
    pub(super) fn expire(&mut self, now: Now, effects: &mut Effects) {
        let mut changes = Vec::new();
        let mut unused = Vec::new();
        for group in self.groups.values() {
            let planned = changes.len();
            let nothing_left = self.expire_offsets(group, now, &mut changes);
            if nothing_left && group.is_unused() {
                match group {
                    Group::Classic(group) => changes.push(group_tombstone(&group.id)),
                    // Its offsets go with it, in one step.
                    Group::Consumer(group) => {
                        changes.truncate(planned);
                        unused.push(group.id.clone());
                    }
                }
            }
        }
        plan_in_pieces(changes, effects);
        for group_id in unused {
            let mut draft = Draft::default();
            self.delete_group(&group_id, now, &mut draft);
            self.keep(draft, effects);
        }
    }

    /// Plans tombstones for the expired offsets of a group; true if none is left.
    fn expire_offsets(&self, group: &Group, now: Now, changes: &mut Vec<Change>) -> bool {
        let group_id = group.id();
        let Some(topics) = self.offsets.of_group(group_id) else {
            return !self.offsets.has_open_transaction(group_id);
        };
        let Some(start) = group.retention_start() else { return false };
        let mut nothing_left = true;
        for (topic, partitions) in topics {
            if group.is_subscribed(topic) {
                nothing_left = false;
                continue;
            }
            for (partition, offset) in partitions {
                let expired = self.is_expired(&offset.committed, &start, now);
                if expired && !self.offsets.is_unstable(group_id, topic, *partition) {
                    changes.push(offset_tombstone(group_id, topic, *partition));
                } else {
                    nothing_left = false;
                }
            }
        }
        nothing_left && !self.offsets.has_open_transaction(group_id)
    }

    fn is_expired(&self, committed: &CommittedOffset, start: &RetentionStart, now: Now) -> bool {
        if let Some(expires_ms) = committed.expire_timestamp_ms {
            return now.wall_ms >= expires_ms;
        }
        let start_ms = match start {
            RetentionStart::Commit => committed.commit_timestamp_ms,
            RetentionStart::GroupEmptied(since_ms) => *since_ms,
        };
        now.wall_ms.saturating_sub(start_ms) >= self.config.offsets_retention_ms
    }
}

impl Group {
    /// `None`: the group is in use, its offsets stay.
    fn retention_start(&self) -> Option<RetentionStart> {
        match self {
            Group::Classic(group) => group.retention_start(),
            Group::Consumer(_) => Some(RetentionStart::Commit),
        }
    }
}

impl ClassicGroup {
    /// `None`: the group is in use, its offsets stay.
    fn retention_start(&self) -> Option<RetentionStart> {
        if self.protocol_type.is_none() {
            return Some(RetentionStart::Commit);
        }
        match self.state {
            State::Empty => {
                let since = self.state_since_ms.map(RetentionStart::GroupEmptied);
                Some(since.unwrap_or(RetentionStart::Commit))
            }
            State::Stable(_) if self.subscribed_topics.is_some() => Some(RetentionStart::Commit),
            State::Stable(_) | State::Preparing(_) | State::Completing(_) => None,
        }
    }
}
