//! What members of consumer groups hold of the memory that a core has for members of groups.

use super::assignment::{Owned, Partitions};
use super::member::{Current, Member, MemberMetadata};
use super::record::ResolvedRegex;
use crate::coordinators::groups::memory::{COPIES_OF_NAMES, ENTRY_BYTES};

/// A partition in a map, and its place among the owners.
const PARTITION_BYTES: usize = 48;

pub(super) fn of_member(member_id: &str, member: &Member) -> usize {
    member.metadata.as_deref().map_or(0, |metadata| of_metadata(member_id, metadata))
        + member.target.as_deref().map_or(0, of_target)
        + member.current.as_deref().map_or(0, of_current)
}

pub(super) fn of_metadata(member_id: &str, metadata: &MemberMetadata) -> usize {
    let text = |text: &Option<String>| text.as_ref().map_or(0, String::len);
    let topics = metadata.topics.iter().map(|topic| ENTRY_BYTES + COPIES_OF_NAMES * topic.len());
    let classic = metadata.classic.iter().flat_map(|classic| &classic.protocols);
    let classic = classic.map(|one| ENTRY_BYTES + one.name.len() + one.metadata.len());
    size_of::<Member>()
        + size_of::<MemberMetadata>()
        + COPIES_OF_NAMES * (member_id.len() + text(&metadata.instance_id) + metadata.regex.len())
        + text(&metadata.rack_id)
        + text(&metadata.assignor)
        + metadata.client_id.len()
        + metadata.client_host.len()
        + topics.sum::<usize>()
        + classic.sum::<usize>()
}

pub(super) fn of_target(target: &Partitions) -> usize {
    target.values().map(|numbers| ENTRY_BYTES + numbers.len() * PARTITION_BYTES).sum()
}

pub(super) fn of_current(current: &Current) -> usize {
    let of = |owned: &Owned| -> usize {
        owned.values().map(|numbers| ENTRY_BYTES + numbers.len() * PARTITION_BYTES).sum()
    };
    size_of::<Current>() + of(&current.assigned) + of(&current.revoking)
}

pub(super) fn of_regex(regex: &str, resolved: &ResolvedRegex) -> usize {
    let topics = resolved.topics.iter();
    let topics = topics.map(|topic| ENTRY_BYTES + COPIES_OF_NAMES * topic.len());
    COPIES_OF_NAMES * regex.len() + topics.sum::<usize>()
}
