//! DescribeGroups and ListGroups.

use super::effects::Effects;
use super::group::{ClassicGroup, State};
use super::kinds::Group;
use super::message::{
    DescribeGroups, DescribedGroup, DescribedMember, ListGroups, ListedGroup, Missing, Reply,
};
use super::partition::GroupPartition;
use crate::coordinators::coordinator::RequestToken;
use bytes::Bytes;
use shards::entropy::HashSet;

impl GroupPartition {
    pub(super) fn describe(
        &mut self,
        token: RequestToken,
        request: DescribeGroups,
        effects: &mut Effects,
    ) {
        let describe = |group_id: String| match self.groups.get(&group_id) {
            Some(Group::Classic(group)) => group.describe(),
            Some(_) => DescribedGroup::missing(group_id, Missing::OfAnotherKind),
            None => DescribedGroup::missing(group_id, Missing::Absent),
        };
        let described = request.group_ids.into_iter().map(describe).collect();
        self.reply_in_order(token, Reply::Describe(described), effects);
    }

    pub(super) fn list(
        &mut self,
        token: RequestToken,
        request: &ListGroups,
        effects: &mut Effects,
    ) {
        let lower = |filter: &[String]| -> HashSet<String> {
            filter.iter().map(|wanted| wanted.trim().to_ascii_lowercase()).collect()
        };
        let (states, types) = (lower(&request.states), lower(&request.types));
        let has = |filter: &HashSet<String>, value: &str| {
            filter.is_empty() || filter.contains(&value.to_ascii_lowercase())
        };
        let listed = self
            .groups
            .values()
            .filter(|group| has(&states, group.state_name()))
            .filter(|group| has(&types, group.kind()))
            .map(|group| ListedGroup {
                group_id: group.id().to_owned(),
                protocol_type: group.protocol_type().to_owned(),
                state: group.state_name(),
                group_type: group.kind(),
            });
        let listed = listed.collect();
        self.reply_in_order(token, Reply::List(listed), effects);
    }
}

impl DescribedGroup {
    fn missing(group_id: String, why: Missing) -> Self {
        DescribedGroup {
            group_id,
            state: None,
            missing: Some(why),
            protocol_type: String::new(),
            protocol_name: String::new(),
            members: Vec::new(),
        }
    }
}

impl ClassicGroup {
    /// What members support, and which protocol was chosen, is told of a stable group only.
    fn describe(&self) -> DescribedGroup {
        let chosen = match self.state {
            State::Stable(_) => self.protocol_name.as_deref(),
            State::Empty | State::Preparing(_) | State::Completing(_) => None,
        };
        let members = self.members.values().map(|member| DescribedMember {
            member_id: member.member_id.clone(),
            group_instance_id: member.group_instance_id.clone(),
            client_id: member.client_id.clone(),
            client_host: member.client_host.clone(),
            metadata: chosen.map_or_else(Bytes::new, |name| member.metadata(name)),
            assignment: member.assignment.clone(),
        });
        DescribedGroup {
            group_id: self.id.clone(),
            state: Some(self.state_name()),
            missing: None,
            protocol_type: self.protocol_type.clone().unwrap_or_default(),
            protocol_name: chosen.unwrap_or_default().to_owned(),
            members: members.collect(),
        }
    }
}
