//! ConsumerGroupDescribe.
//!
//! Source: ConsumerGroup.asDescribedGroup, ConsumerGroupMember.asConsumerGroupDescribeMember.

use super::assignment::{Partitions, without_epochs};
use super::group::ConsumerGroup;
use super::member::Member;
use crate::coordinators::groups::message::{DescribedConsumer, DescribedConsumerGroup};

impl ConsumerGroup {
    pub(crate) fn describe(&self, default_assignor: &'static str) -> DescribedConsumerGroup {
        DescribedConsumerGroup {
            group_id: self.id.clone(),
            state: self.state().name(),
            epoch: self.epoch(),
            target_epoch: self.target_epoch(),
            assignor: self.preferred_assignor().unwrap_or(default_assignor).to_owned(),
            members: self.members().map(|(id, member)| describe_member(id, member)).collect(),
        }
    }
}

fn describe_member(member_id: &str, member: &Member) -> DescribedConsumer {
    let (metadata, current) = (member.metadata(), member.current());
    let mut assigned = without_epochs(&current.assigned);
    // The member answers for what it is to give up until it has.
    merge(&mut assigned, without_epochs(&current.revoking));
    DescribedConsumer {
        member_id: member_id.to_owned(),
        instance_id: metadata.instance_id.clone(),
        rack_id: metadata.rack_id.clone(),
        epoch: current.epoch,
        client_id: metadata.client_id.clone(),
        client_host: metadata.client_host.clone(),
        topics: metadata.topics.iter().cloned().collect(),
        regex: metadata.regex.clone(),
        assigned,
        target: (*member.target()).clone(),
        speaks_classic: member.is_classic(),
    }
}

fn merge(to: &mut Partitions, from: Partitions) {
    for (topic, partitions) in from {
        to.entry(topic).or_default().extend(partitions);
    }
}
