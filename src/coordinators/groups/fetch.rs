//! OffsetFetch: what a group has committed, for some partitions or for all.

use super::effects::Effects;
use super::kinds::Group;
use super::message::{FetchOffsets, FetchTopic, FetchedPartition, FetchedTopic, Reply};
use super::offsets::CommittedOffset;
use super::partition::GroupPartition;
use crate::coordinators::coordinator::RequestToken;
use uuid::Uuid;

impl GroupPartition {
    /// A group that does not exist has committed nothing; that is no error.
    pub(super) fn fetch(
        &mut self,
        token: RequestToken,
        request: FetchOffsets,
        effects: &mut Effects,
    ) {
        let FetchOffsets { group_id, topics, require_stable, claim } = request;
        let consumer = self.groups.get(&group_id).and_then(Group::as_consumer);
        let checked = consumer.map(|group| group.check_fetch(&claim));
        if let Some(Err(error)) = checked {
            return effects.reply(token, Reply::Refused(error));
        }
        let fetched = match topics {
            Some(topics) => topics
                .into_iter()
                .map(|topic| self.fetch_topic(&group_id, topic, require_stable))
                .collect(),
            None => self.fetch_all(&group_id, require_stable),
        };
        self.reply_in_order(token, Reply::Fetch(fetched), effects);
    }

    fn fetch_topic(&self, group_id: &str, topic: FetchTopic, require_stable: bool) -> FetchedTopic {
        let FetchTopic { name, topic_id, partitions } = topic;
        let fetch = |partition: i32| {
            let committed = self
                .offsets
                .get(group_id, &name, partition)
                .filter(|committed| is_same_topic(committed, topic_id));
            (partition, self.fetched(group_id, &name, partition, committed, require_stable))
        };
        let partitions = partitions.into_iter().map(fetch).collect();
        FetchedTopic { name, topic_id, partitions }
    }

    fn fetch_all(&self, group_id: &str, require_stable: bool) -> Vec<FetchedTopic> {
        let Some(topics) = self.offsets.of_group(group_id) else { return Vec::new() };
        let fetch_topic = |(name, partitions): (&String, &std::collections::BTreeMap<i32, _>)| {
            let fetch = |(partition, offset): (&i32, &super::offsets::Sequenced)| {
                let committed = Some(&offset.committed);
                let fetched = self.fetched(group_id, name, *partition, committed, require_stable);
                (*partition, fetched)
            };
            let partitions = partitions.iter().map(fetch).collect();
            FetchedTopic { name: name.clone(), topic_id: None, partitions }
        };
        topics.iter().map(fetch_topic).collect()
    }

    fn fetched(
        &self,
        group_id: &str,
        topic: &str,
        partition: i32,
        committed: Option<&CommittedOffset>,
        require_stable: bool,
    ) -> FetchedPartition {
        if require_stable && self.offsets.is_unstable(group_id, topic, partition) {
            return FetchedPartition::Unstable;
        }
        committed.cloned().map_or(FetchedPartition::Nothing, FetchedPartition::Committed)
    }
}

/// Ids of a topic tell a deleted topic from a new one of the same name; who gives none means
/// either.
fn is_same_topic(committed: &CommittedOffset, asked: Option<Uuid>) -> bool {
    match (committed.topic_id, asked) {
        (Some(ours), Some(theirs)) => ours == theirs,
        _ => true,
    }
}
