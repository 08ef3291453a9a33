//! What the broker's own topics are created with, and topics that come to be when asked for.

use crate::config::BrokerConfig;
use crate::config::broker::InternalTopic;
use crate::metadata::topic_name::{CONSUMER_OFFSETS, SHARE_GROUP_STATE, TRANSACTION_STATE};
use crate::protocol::create_topics::request::{CreatableTopic, CreatableTopicConfig};

/// What to ask the controller for. A topic that is not internal gets the node's defaults.
pub fn creatable_topic(name: &str, config: &BrokerConfig, brokers: usize) -> CreatableTopic {
    let minimum = |topic: &InternalTopic| {
        let minimum = topic.min_insync_replicas.map(|minimum| minimum.within(brokers).to_string());
        ("min.insync.replicas", minimum)
    };
    let fixed = |value: &str| Some(value.to_owned());
    let (topic, mut configs) = match name {
        CONSUMER_OFFSETS => (
            &config.offsets_topic,
            vec![("cleanup.policy", fixed("compact")), ("compression.type", fixed("producer"))],
        ),
        TRANSACTION_STATE => (
            &config.transactions_topic,
            vec![
                ("cleanup.policy", fixed("compact")),
                ("compression.type", fixed("uncompressed")),
                ("unclean.leader.election.enable", fixed("false")),
                minimum(&config.transactions_topic),
            ],
        ),
        SHARE_GROUP_STATE => (
            &config.share_topic,
            vec![
                ("cleanup.policy", fixed("delete")),
                ("compression.type", fixed("producer")),
                ("retention.ms", fixed("-1")),
                minimum(&config.share_topic),
            ],
        ),
        _ => {
            return CreatableTopic {
                name: name.to_owned(),
                num_partitions: -1,
                replication_factor: -1,
                ..Default::default()
            };
        }
    };
    configs.push(("segment.bytes", Some(topic.segment_bytes.to_string())));
    let set = configs.into_iter().filter(|(_, value)| value.is_some());
    CreatableTopic {
        name: name.to_owned(),
        num_partitions: i32::try_from(topic.partitions).unwrap_or(i32::MAX),
        replication_factor: topic.replication.within(brokers),
        configs: set
            .map(|(name, value)| CreatableTopicConfig { name: name.to_owned(), value })
            .collect(),
        ..Default::default()
    }
}

/// The key that says how many replicas the topic gets where the request does not.
pub fn replication_key(name: &str) -> &'static str {
    match name {
        CONSUMER_OFFSETS => "offsets.topic.replication.factor",
        TRANSACTION_STATE => "transaction.state.log.replication.factor",
        SHARE_GROUP_STATE => "share.coordinator.state.topic.replication.factor",
        _ => "default.replication.factor",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Settings;
    use crate::config::keys::Scope;

    #[test]
    fn the_group_topic_is_compacted() {
        let config = BrokerConfig::new(&Settings::load(None, &[]).unwrap().0).unwrap();
        let topic = creatable_topic(CONSUMER_OFFSETS, &config, 1);
        assert_eq!((topic.num_partitions, topic.replication_factor), (50, 1));
        let value = |name: &str| {
            let found = topic.configs.iter().find(|config| config.name == name);
            found.and_then(|config| config.value.as_deref())
        };
        assert_eq!(value("cleanup.policy"), Some("compact"));
        assert_eq!(value("compression.type"), Some("producer"));
        assert_eq!(value("segment.bytes"), Some("104857600"));
    }

    #[test]
    fn the_keys_of_replication_are_known() {
        for name in [CONSUMER_OFFSETS, TRANSACTION_STATE, SHARE_GROUP_STATE, "t"] {
            let key = replication_key(name);
            assert!(Scope::Broker.find(key).is_some(), "{key}");
        }
    }

    #[test]
    fn other_topics_get_the_defaults() {
        let config = BrokerConfig::new(&Settings::load(None, &[]).unwrap().0).unwrap();
        let topic = creatable_topic("t", &config, 1);
        assert_eq!((topic.num_partitions, topic.replication_factor), (-1, -1));
        assert_eq!(topic.configs, []);
    }
}
