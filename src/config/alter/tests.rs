//! What Kafka 4.3.1 answered to the same requests.

use super::super::settings::Settings;
use super::*;
use crate::config::overlay::Overlay;

/// A node with overrides that grow change by change, as a cluster's do.
struct Node {
    settings: Settings,
    overlay: Overlay,
    eligible_leader_replicas: bool,
}

impl Node {
    fn new() -> Node {
        let (settings, _) = Settings::load(Some(b""), &[]).unwrap();
        Node { settings, overlay: Overlay::default(), eligible_leader_replicas: false }
    }

    fn view(&self) -> View<'_> {
        View {
            node_id: 1,
            settings: &self.settings,
            overlay: &self.overlay,
            eligible_leader_replicas: self.eligible_leader_replicas,
        }
    }

    fn alter(&mut self, resource: &ConfigResource, changes: &[Change]) -> Result<(), ConfigError> {
        for record in incremental(self.view(), resource, changes)? {
            self.overlay.replay(record);
        }
        Ok(())
    }

    fn set(&mut self, resource: &ConfigResource, name: &str, value: &str) -> String {
        self.try_one(resource, name, Operation::Set(value.to_owned()))
    }

    fn try_one(&mut self, resource: &ConfigResource, name: &str, operation: Operation) -> String {
        match self.alter(resource, &[change(name, operation)]) {
            Ok(()) => "OK".to_owned(),
            Err(error) => format!("{:?}: {error}", error.blame()),
        }
    }
}

fn change(name: &str, operation: Operation) -> Change {
    Change { name: name.to_owned(), operation }
}

fn topic() -> ConfigResource {
    ConfigResource::Topic("t".to_owned())
}

const BROKER: ConfigResource = ConfigResource::Broker(Some(1));
const ALL_BROKERS: ConfigResource = ConfigResource::Broker(None);

#[test]
fn keys_of_topics() {
    let mut node = Node::new();
    for (name, value, expected) in [
        ("foo", "1", "Configuration: Unknown topic config name: foo"),
        ("message.format.version", "3.0", "Configuration: Unknown topic config name: message.f"),
        ("retention.ms", "-5", "Configuration: Invalid value -5 for configuration retention.ms: V"),
        ("retention.ms", "77", "OK"),
        ("cleanup.policy", "delete,delete", "OK"),
        ("cleanup.policy", "", "OK"),
        ("internal.segment.bytes", "10000", "OK"),
        (
            "remote.storage.enable",
            "true",
            "Configuration: Tiered Storage functionality is disabled",
        ),
        ("leader.replication.throttled.replicas", "*", "OK"),
        ("leader.replication.throttled.replicas", "", "OK"),
        ("local.retention.ms", "9", "OK"),
    ] {
        let answer = node.set(&topic(), name, value);
        assert!(answer.starts_with(expected), "{name}={value}: {answer}");
    }
    assert_eq!(node.try_one(&topic(), "foo", Operation::Delete), "OK");
    let unnamed = ConfigResource::Topic(String::new());
    let answer = node.set(&unnamed, "retention.ms", "1");
    assert_eq!(answer, "Request: Default topic resources are not allowed.");
    let answer = node.set(&ConfigResource::Topic("a b".to_owned()), "retention.ms", "1");
    assert!(answer.starts_with("TopicName: Topic name is invalid: 'a b' contains"), "{answer}");
}

#[test]
fn keys_of_topics_that_do_not_go_together() {
    let mut node = Node::new();
    let both = [
        change("min.compaction.lag.ms", Operation::Set("100".into())),
        change("max.compaction.lag.ms", Operation::Set("10".into())),
    ];
    let error = node.alter(&topic(), &both).unwrap_err();
    assert_eq!(
        error.to_string(),
        "conflict topic config setting min.compaction.lag.ms (100) > max.compaction.lag.ms (10)"
    );
    let twice = [change("a", Operation::Delete), change("a", Operation::Delete)];
    let error = node.alter(&topic(), &twice).unwrap_err();
    assert_eq!(error, ConfigError::DuplicateKeys);
    assert_eq!(node.overlay, Overlay::default());
}

#[test]
fn lists_grow_and_shrink() {
    let mut node = Node::new();
    let append = |value: &str| Operation::Append(value.to_owned());
    let subtract = |value: &str| Operation::Subtract(value.to_owned());
    let policy = |node: &Node| node.overlay.topic("t").get("cleanup.policy").cloned();
    assert_eq!(node.try_one(&topic(), "cleanup.policy", append("compact")), "OK");
    assert_eq!(policy(&node).as_deref(), Some("delete,compact"));
    assert_eq!(node.try_one(&topic(), "cleanup.policy", subtract("delete")), "OK");
    assert_eq!(policy(&node).as_deref(), Some("compact"));
    assert_eq!(
        node.try_one(&topic(), "retention.ms", append("1")),
        "Configuration: Can't APPEND to key retention.ms because its type is not LIST."
    );
    assert_eq!(
        node.try_one(&topic(), "bogus", subtract("1")),
        "Configuration: Can't SUBTRACT to key bogus because its type is not LIST."
    );
    assert_eq!(
        node.try_one(&BROKER, "log.cleaner.threads", append("1")),
        "Configuration: Config value append is not allowed for config key: log.cleaner.threads"
    );
    assert_eq!(
        node.try_one(&BROKER, "nokey", append("1")),
        "Configuration: Unknown config name: nokey"
    );
}

#[test]
fn keys_of_brokers() {
    let per_listener = "listener.name.external.ssl.keystore.location";
    let mut node = Node::new();
    for (resource, name, value, expected) in [
        (&BROKER, "node.id", "4", "Request: Cannot update these configs dynamically: [node.id]"),
        (&BROKER, "log.retention.hours", "5", "Request: Cannot update these configs dynamically"),
        (&BROKER, "log.cleaner.threads", "-1", "Request: Invalid value -1 for configuration log.c"),
        (&BROKER, "log.segment.bytes", "1", "Request: Invalid value 1 for configuration log.segm"),
        (&BROKER, "ssl.keystore.location", "/x", "Request: These security configs can be dynam"),
        (&ALL_BROKERS, per_listener, "/x", "Request: Cannot update these configs at default clu"),
        (&ALL_BROKERS, "listeners", "PLAINTEXT://:1", "Request: Cannot update these configs at d"),
        (&BROKER, "max.connections.per.ip.overrides", "x", "Request: Error parsing configuration"),
        (&BROKER, "log.retention.ms", "5000", "OK"),
        (&ALL_BROKERS, "log.retention.ms", "6000", "OK"),
        (&BROKER, "unknown.key", "v", "OK"),
        (&BROKER, per_listener, "/x", "OK"),
        (&BROKER, "ssl.client.auth", "none", "OK"),
        (&BROKER, "listener.name.plaintext.max.connections", "10", "OK"),
        (&BROKER, "leader.replication.throttled.rate", "10", "OK"),
    ] {
        let answer = node.set(resource, name, value);
        assert!(answer.starts_with(expected), "{name}={value}: {answer}");
    }
    assert_eq!(node.try_one(&BROKER, "node.id", Operation::Delete), "OK");
    let other = ConfigResource::Broker(Some(7));
    assert_eq!(
        check_is_this_broker(1, &other).unwrap_err().to_string(),
        "Unexpected broker id, expected 1, but received 7"
    );
    assert_eq!(check_is_this_broker(7, &other), Ok(()));
}

#[test]
fn keys_of_brokers_that_do_not_go_together() {
    let mut node = Node::new();
    assert_eq!(node.set(&ALL_BROKERS, "log.cleaner.dedupe.buffer.size", "2097152"), "OK");
    let refused =
        "Request: log.cleaner.dedupe.buffer.size must be at least 1MB per cleaner thread.";
    assert_eq!(node.set(&BROKER, "log.cleaner.threads", "2"), refused);
    assert_eq!(node.set(&ALL_BROKERS, "log.cleaner.threads", "2"), refused);
    assert_eq!(node.set(&BROKER, "log.cleaner.threads", "1"), "OK");
    assert_eq!(node.set(&ALL_BROKERS, "log.cleaner.threads", "2"), "OK");
    let refused = "Request: log.retention.ms must be unlimited (-1) or, greater than or equal to 1";
    assert_eq!(node.set(&BROKER, "log.retention.ms", "0"), refused);
}

#[test]
fn a_broker_s_key_is_written_again_though_it_stays() {
    let mut node = Node::new();
    assert_eq!(node.set(&BROKER, "log.cleaner.threads", "2"), "OK");
    assert_eq!(node.set(&topic(), "retention.ms", "2"), "OK");
    let again = |name: &str| [change(name, Operation::Set("2".into()))];
    let count = |resource, name| incremental(node.view(), resource, &again(name)).unwrap().len();
    assert_eq!(count(&BROKER, "log.cleaner.threads"), 1);
    assert_eq!(count(&topic(), "retention.ms"), 0);
}

#[test]
fn eligible_leader_replicas_guard_min_insync_replicas() {
    let mut node = Node::new();
    node.eligible_leader_replicas = true;
    assert_eq!(node.set(&ALL_BROKERS, "min.insync.replicas", "2"), "OK");
    assert_eq!(
        node.set(&BROKER, "min.insync.replicas", "2"),
        "Configuration: Broker-level min.insync.replicas cannot be altered while ELR is enabled."
    );
    let answer = node.try_one(&ALL_BROKERS, "min.insync.replicas", Operation::Delete);
    assert!(answer.starts_with("Configuration: Cluster-level min.insync.replicas cannot be"));
}

#[test]
fn keys_of_groups() {
    let mut node = Node::new();
    let group = ConfigResource::Group("g".to_owned());
    for (name, value, expected) in [
        ("foo", "1", "Configuration: Unknown group config name: foo"),
        (
            "consumer.session.timeout.ms",
            "1",
            "Configuration: consumer.session.timeout.ms must be greater than or equal to \
             group.consumer.min.session.timeout.ms",
        ),
        ("consumer.session.timeout.ms", "50000", "OK"),
        ("consumer.heartbeat.interval.ms", "14000", "OK"),
        ("share.auto.offset.reset", "by_duration:PT1H", "OK"),
        ("share.auto.offset.reset", "x", "Configuration: Invalid value x for configuration share."),
        (
            "streams.num.standby.replicas",
            "3",
            "Configuration: streams.num.standby.replicas must be less than or equal to \
             group.streams.max.standby.replicas",
        ),
        ("share.delivery.count.limit", "50", "Configuration: share.delivery.count.limit must be l"),
        ("share.delivery.count.limit", "1", "Configuration: Invalid value 1 for configuration sh"),
        ("consumer.assignment.interval.ms", "20000", "Configuration: consumer.assignment.interval"),
    ] {
        let answer = node.set(&group, name, value);
        assert!(answer.starts_with(expected), "{name}={value}: {answer}");
    }
    let unnamed = ConfigResource::Group(String::new());
    let answer = node.set(&unnamed, "consumer.session.timeout.ms", "1");
    assert_eq!(answer, "Request: Default group resources are not allowed.");
}

#[test]
fn keys_of_client_metrics() {
    let mut node = Node::new();
    let metrics = ConfigResource::ClientMetrics("m".to_owned());
    for (name, value, expected) in [
        ("foo", "1", "Request: Unknown client metrics configuration: foo"),
        ("interval.ms", "1", "Request: Invalid value 1 for interval.ms, interval must be between"),
        ("interval.ms", "x", "Configuration: Invalid value x for configuration interval.ms: Not a"),
        ("interval.ms", "1000", "OK"),
        ("match", "client_id=a.*", "OK"),
        ("match", "bad=1", "Configuration: Illegal client matching pattern: bad=1"),
        ("match", "client_id=[", "Configuration: Illegal client matching pattern: client_id=["),
        ("match", "client_id", "Configuration: Illegal client matching pattern: client_id"),
        ("metrics", "a,a", "OK"),
    ] {
        let answer = node.set(&metrics, name, value);
        assert!(answer.starts_with(expected), "{name}={value}: {answer}");
    }
    let answer = node.try_one(&metrics, "metrics", Operation::Append("d".to_owned()));
    assert!(answer.starts_with("Configuration: Can't APPEND to key metrics because"));
    let unnamed = ConfigResource::ClientMetrics(String::new());
    let answer = node.set(&unnamed, "interval.ms", "1000");
    assert_eq!(answer, "Request: Subscription name can't be empty");
}

#[test]
fn replacing_unsets_what_is_not_named() {
    let mut node = Node::new();
    assert_eq!(node.set(&topic(), "retention.ms", "1"), "OK");
    assert_eq!(node.set(&topic(), "segment.ms", "2"), "OK");
    let configs = [("segment.ms".to_owned(), Some("3".to_owned()))];
    let records = replace(node.view(), &topic(), &configs).unwrap();
    let shown: Vec<(&str, Option<&str>)> =
        records.iter().map(|record| (record.name.as_str(), record.value.as_deref())).collect();
    assert_eq!(shown, [("retention.ms", None), ("segment.ms", Some("3"))]);
    let null = [("segment.ms".to_owned(), None)];
    let error = replace(node.view(), &topic(), &null).unwrap_err();
    assert_eq!(error.to_string(), "Null value not supported for : segment.ms");
}

#[test]
fn a_new_topic_is_checked_in_the_same_way() {
    let node = Node::new();
    let create = |name: &str, value: Option<&str>| {
        create_topic(node.view(), &[(name.to_owned(), value.map(str::to_owned))])
    };
    assert_eq!(create("retention.ms", Some("1")).unwrap().len(), 1);
    assert!(create("retention.ms", None).is_err());
    assert!(create("foo", Some("1")).is_err());
}

#[test]
fn a_request_names_each_key_once_with_a_value() {
    let requested = |name: &str, operation, value: Option<&str>| Requested {
        name: name.to_owned(),
        operation,
        value: value.map(str::to_owned),
    };
    let good = vec![requested("a", 1, None), requested("b", 2, Some("x"))];
    let expected = [change("a", Operation::Delete), change("b", Operation::Append("x".to_owned()))];
    assert_eq!(changes(good).unwrap(), expected);
    for (wanted, expected) in [
        (
            vec![requested("a", 1, None), requested("a", 0, Some("1"))],
            "Error due to duplicate config keys",
        ),
        (
            vec![requested("a", 0, None), requested("b", 2, None)],
            "Null value not supported for : a, b",
        ),
        (vec![requested("a", 9, Some("1"))], "Unknown operations type 9"),
    ] {
        assert_eq!(changes(wanted).unwrap_err().to_string(), expected);
    }
}
