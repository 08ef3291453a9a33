//! The group coordinators of one core.
//!
//! Read next: host.rs, ../coordinators/groups/mod.rs.

use super::host::Host;
use crate::coordinators::groups::{GroupConfig, GroupPartition, GroupShared, MemberMemory};

pub type GroupHost = Host<GroupPartition>;

impl Host<GroupPartition> {
    pub fn of_groups(config: GroupConfig) -> GroupHost {
        let shared = GroupShared { config, memory: MemberMemory::default() };
        Host::new(shared, Box::new(|_, command| match command {}))
    }

    /// What the members of groups hold on this core.
    pub fn memory(&self) -> &MemberMemory {
        &self.shared().memory
    }
}
