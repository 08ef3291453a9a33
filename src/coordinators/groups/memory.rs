//! The memory that members of groups hold: what they brought when they joined, their
//! assignments, and ids that were given out and not joined with yet.
//!
//! Shared by the coordinators of a core. Each group holds its part and gives it back when it goes,
//! wherever that happens.
//! Limits: limits::MEMBER_BYTES_MAX; known members may take as much again, so that their groups
//! can go on rebalancing when no new member is let in.

use super::limits;
use super::member::Member;
use super::message::{JoinGroup, Protocol};
use std::cell::Cell;
use std::rc::Rc;

/// See the module. Cheap to clone: all clones count the same.
#[derive(Clone, Debug, Default)]
pub struct MemberMemory(Rc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    held: Cell<usize>,
    refusals: Cell<u64>,
}

/// For whom memory is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    ForNew,
    ForKnown,
}

impl MemberMemory {
    pub fn bytes_held(&self) -> usize {
        self.0.held.get()
    }

    /// Requests that were refused because there was no room.
    pub fn refusals(&self) -> u64 {
        self.0.refusals.get()
    }

    /// Whether there is room for so many bytes more; counts it if there is not.
    pub(super) fn has_room(&self, bytes: usize, wanted: Purpose) -> bool {
        let max = match wanted {
            Purpose::ForNew => limits::MEMBER_BYTES_MAX,
            Purpose::ForKnown => 2 * limits::MEMBER_BYTES_MAX,
        };
        let has_room = bytes == 0 || self.bytes_held().saturating_add(bytes) <= max;
        if !has_room {
            self.0.refusals.set(self.0.refusals.get() + 1);
        }
        has_room
    }

    pub(super) fn share(&self) -> Share {
        Share { memory: self.clone(), bytes: 0 }
    }
}

/// What one group holds.
#[derive(Debug)]
pub(super) struct Share {
    memory: MemberMemory,
    bytes: usize,
}

impl Share {
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(super) fn memory(&self) -> &MemberMemory {
        &self.memory
    }

    pub(super) fn add(&mut self, bytes: usize) {
        self.bytes += bytes;
        let held = &self.memory.0.held;
        held.set(held.get() + bytes);
    }

    pub(super) fn subtract(&mut self, bytes: usize) {
        self.bytes -= bytes;
        let held = &self.memory.0.held;
        held.set(held.get() - bytes);
    }
}

impl Clone for Share {
    fn clone(&self) -> Self {
        let mut share = self.memory.share();
        share.add(self.bytes);
        share
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.subtract(self.bytes);
    }
}

/// Names stand in a member, in its group's maps and in timers.
pub(super) const COPIES_OF_NAMES: usize = 2;
/// A node of a map, about.
pub(super) const ENTRY_BYTES: usize = 64;

/// What a member holds, about.
pub(super) fn of_member(member: &Member) -> usize {
    let instance_id = member.group_instance_id.as_deref();
    of_names(&member.member_id, instance_id, &member.client_id, &member.client_host)
        + of_protocols(&member.protocols)
        + member.assignment.len()
}

/// What a new member will hold until it has an assignment.
pub(super) fn of_join(request: &JoinGroup, member_id: &str) -> usize {
    let instance_id = request.group_instance_id.as_deref();
    of_names(member_id, instance_id, &request.client_id, &request.client_host)
        + of_protocols(&request.protocols)
}

fn of_names(
    member_id: &str,
    group_instance_id: Option<&str>,
    client_id: &str,
    client_host: &str,
) -> usize {
    let copied = member_id.len() + group_instance_id.map_or(0, str::len);
    let names = COPIES_OF_NAMES * copied + client_id.len() + client_host.len();
    size_of::<Member>() + ENTRY_BYTES + names
}

pub(super) fn of_protocols(protocols: &[Protocol]) -> usize {
    let of_one = |protocol: &Protocol| {
        ENTRY_BYTES + COPIES_OF_NAMES * protocol.name.len() + protocol.metadata.len()
    };
    protocols.iter().map(of_one).sum()
}

/// What an id holds that was given out.
pub(super) fn of_pending(member_id: &str) -> usize {
    ENTRY_BYTES + member_id.len()
}
