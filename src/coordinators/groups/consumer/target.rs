//! New targets: what an assignor makes of the members' subscriptions.
//!
//! Source: TargetAssignmentBuilder, GroupMetadataManager.maybeUpdateTargetAssignment.

use super::assignment::Partitions;
use super::assignors::{Assignor, Spec, Subscriber, assign};
use super::group::ConsumerGroup;
use super::member::{Member, MemberMetadata};
use super::record::{ConsumerChange, TargetEpoch};
use super::work::Work;
use crate::metadata::Image;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;
use uuid::Uuid;

impl Work<'_> {
    /// Makes new targets if the group's epoch is newer than those that it has, and not sooner than
    /// an interval after those.
    pub(super) fn update_targets(&mut self) {
        let epoch = self.group.epoch();
        if self.group.target_epoch() >= epoch || !self.may_assign() {
            return;
        }
        let assignor = self.assignor();
        let targets = self.group.new_targets(assignor, self.around.image);
        for (member_id, target) in targets {
            let before = self.group.member(&member_id).and_then(|member| member.target.clone());
            if before.as_deref() != Some(&target) {
                let partitions = Some(Rc::new(target));
                self.set(ConsumerChange::Target { member_id, partitions });
            }
        }
        let made_at_ms = self.around.now.wall_ms;
        self.set(ConsumerChange::TargetEpoch(Some(TargetEpoch { epoch, made_at_ms })));
    }

    fn may_assign(&mut self) -> bool {
        let made_at_ms = self.group.target_made_at_ms();
        let interval_ms = self.intervals().assignment_ms;
        let since_ms = self.around.now.wall_ms.saturating_sub(made_at_ms);
        // A clock that was set back does not stop assignments.
        made_at_ms == 0 || interval_ms == 0 || since_ms < 0 || since_ms >= interval_ms
    }

    fn assignor(&self) -> Assignor {
        let preferred = self.group.preferred_assignor().and_then(Assignor::by_name);
        preferred.unwrap_or_else(|| self.around.config.consumer.default_assignor())
    }
}

impl ConsumerGroup {
    fn new_targets(&self, assignor: Assignor, image: &Image) -> Vec<(String, Partitions)> {
        let mut sets = TopicSets::default();
        let member = |(id, member): (&String, &Member)| {
            let metadata = member.metadata();
            let topics = sets.of(self, &metadata, image);
            (id.clone(), metadata, topics, member.target())
        };
        let members: Vec<_> = self.members().map(member).collect();
        let spec = Spec {
            subscribers: members.iter().map(subscriber).collect(),
            partitions: sets.partitions(image),
        };
        let targets = assign(assignor, &spec);
        members.iter().map(|(id, ..)| id.clone()).zip(targets).collect()
    }

    /// Whether a member subscribes to a topic, by its name or by a pattern.
    pub(super) fn subscribes(&self, metadata: &MemberMetadata, topic: &str) -> bool {
        let by_regex = || {
            let resolved = self.resolved(&metadata.regex);
            resolved.is_some_and(|resolved| resolved.topics.contains(topic))
        };
        metadata.topics.contains(topic) || (!metadata.regex.is_empty() && by_regex())
    }
}

/// A member's id, what it said, the topics it subscribes to, its last target.
type Entry = (String, Rc<MemberMetadata>, Rc<BTreeSet<Uuid>>, Rc<Partitions>);

fn subscriber((member_id, metadata, topics, target): &Entry) -> Subscriber<'_> {
    let instance_id = metadata.instance_id.as_deref();
    Subscriber { member_id, instance_id, topics: topics.clone(), target }
}

/// The ids of the topics of each subscription; members that subscribe to the same share a set.
#[derive(Default)]
struct TopicSets {
    known: BTreeMap<(BTreeSet<String>, String), Rc<BTreeSet<Uuid>>>,
}

impl TopicSets {
    fn of(
        &mut self,
        group: &ConsumerGroup,
        metadata: &MemberMetadata,
        image: &Image,
    ) -> Rc<BTreeSet<Uuid>> {
        let key = (metadata.topics.clone(), metadata.regex.clone());
        if let Some(known) = self.known.get(&key) {
            return known.clone();
        }
        let matched = group.resolved(&metadata.regex).filter(|_| !metadata.regex.is_empty());
        let matched = matched.iter().flat_map(|resolved| &resolved.topics);
        let names = metadata.topics.iter().chain(matched);
        let set: BTreeSet<Uuid> = names.filter_map(|name| image.topics.id_of(name)).collect();
        let set = Rc::new(set);
        self.known.insert(key, set.clone());
        set
    }

    /// How many partitions each topic has.
    fn partitions(&self, image: &Image) -> BTreeMap<Uuid, usize> {
        let topics: BTreeSet<Uuid> =
            self.known.values().flat_map(|set| set.iter().copied()).collect();
        let count = |id| Some((id, image.topics.by_id(id)?.partitions.len()));
        topics.into_iter().filter_map(count).collect()
    }
}
