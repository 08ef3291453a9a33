//! The group coordinators of one core.
//!
//! Read next: host.rs, ../coordinators/groups/mod.rs.

use super::host::Host;
use crate::coordinators::groups::{
    GroupConfig, GroupCounts, GroupError, GroupPartition, GroupShared, MemberMemory, Reply, Request,
};
use crate::coordinators::transactions::EndMarker;

pub type GroupHost = Host<GroupPartition>;

impl Host<GroupPartition> {
    pub fn of_groups(config: GroupConfig) -> GroupHost {
        let shared = GroupShared { config, memory: MemberMemory::default() };
        Host::new(shared, Box::new(|_, command| match command {}))
    }

    /// Writes the end of a transaction into a partition of the group log that is coordinated here:
    /// the offsets that were committed within it count from then on, or never.
    pub async fn write_marker(&self, index: i32, marker: EndMarker) -> Result<(), GroupError> {
        match self.ask(index, Request::EndTransaction(marker)).await {
            Reply::Refused(error) => Err(error),
            _ => Ok(()),
        }
    }

    /// The groups that are coordinated on this core.
    pub fn counts(&self) -> GroupCounts {
        let mut counts = GroupCounts::default();
        self.inspect(|partition| partition.count(&mut counts));
        counts
    }

    /// What the members of groups hold on this core.
    pub fn memory(&self) -> &MemberMemory {
        &self.shared().memory
    }
}
