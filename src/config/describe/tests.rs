//! What Kafka 4.3.1 answered after the same changes.

use super::*;
use crate::config::overlay::{ConfigRecord, Overlay};

fn overlay(records: &[(ConfigResource, &str, &str)]) -> Overlay {
    let mut overlay = Overlay::default();
    for (resource, name, value) in records {
        overlay.replay(ConfigRecord {
            resource: resource.clone(),
            name: name.to_string(),
            value: Some(value.to_string()),
        });
    }
    overlay
}

fn describe<T>(
    file: &str,
    records: &[(ConfigResource, &str, &str)],
    with: impl FnOnce(View<'_>) -> T,
) -> T {
    let (settings, _) = Settings::load(Some(file.as_bytes()), &[]).unwrap();
    let overlay = overlay(records);
    with(View {
        node_id: 1,
        settings: &settings,
        overlay: &overlay,
        eligible_leader_replicas: false,
    })
}

/// One line for each entry: value, source, flags and synonyms.
fn show(entries: &[Entry], name: &str) -> String {
    let entry = entries.iter().find(|entry| entry.name == name).expect(name);
    let mut line = format!("{} {:?}", entry.value.as_deref().unwrap_or("null"), entry.source);
    if entry.is_read_only {
        line.push_str(" read-only");
    }
    if entry.is_sensitive {
        line.push_str(" sensitive");
    }
    for synonym in &entry.synonyms {
        let value = synonym.value.as_deref().unwrap_or("null");
        line.push_str(&format!(" {{{:?}:{}={value}}}", synonym.source, synonym.name));
    }
    line
}

fn topic_t() -> ConfigResource {
    ConfigResource::Topic("t".to_owned())
}

const BROKER: ConfigResource = ConfigResource::Broker(Some(1));
const ALL_BROKERS: ConfigResource = ConfigResource::Broker(None);

#[test]
fn a_topic() {
    let records = [
        (topic_t(), "cleanup.policy", "compact,delete"),
        (topic_t(), "retention.ms", "1000"),
        (topic_t(), "preallocate", "TRUE"),
        (BROKER, "message.max.bytes", "5"),
        (ALL_BROKERS, "min.insync.replicas", "2"),
    ];
    let entries = describe("log.segment.bytes=2000000", &records, |view| topic(view, "t"));
    assert_eq!(entries.len(), 33);
    for (name, expected) in [
        (
            "cleanup.policy",
            "compact,delete Topic {Topic:cleanup.policy=compact,delete} \
             {Default:log.cleanup.policy=delete}",
        ),
        ("retention.ms", "1000 Topic {Topic:retention.ms=1000}"),
        ("preallocate", "true Topic {Topic:preallocate=true} {Default:log.preallocate=false}"),
        ("segment.ms", "604800000 Default"),
        ("flush.ms", "9223372036854775807 Default"),
        ("remote.storage.enable", "false Default"),
        (
            "segment.bytes",
            "2000000 StaticBroker {StaticBroker:log.segment.bytes=2000000} \
             {Default:log.segment.bytes=1073741824}",
        ),
        (
            "max.message.bytes",
            "5 Broker {Broker:message.max.bytes=5} {Default:message.max.bytes=1048588}",
        ),
        (
            "min.insync.replicas",
            "2 DefaultBroker {DefaultBroker:min.insync.replicas=2} \
             {Default:min.insync.replicas=1}",
        ),
    ] {
        assert_eq!(show(&entries, name), expected, "{name}");
    }
}

#[test]
fn an_internal_key_is_described_once_it_is_set() {
    let records = [(topic_t(), "internal.segment.bytes", "10000")];
    let entries = describe("", &records, |view| topic(view, "t"));
    assert_eq!(entries.len(), 34);
    let expected = "10000 Topic {Topic:internal.segment.bytes=10000}";
    assert_eq!(show(&entries, "internal.segment.bytes"), expected);
}

#[test]
fn a_broker() {
    let file = "node.id=1\nlog.dirs=/data\ncontroller.quorum.voters=1@a:1\nfoo.bar=x\n\
                ssl.key.password=secret";
    let keystore_password = "listener.name.external.ssl.keystore.password";
    let records = [
        (BROKER, "log.retention.ms", "5000"),
        (ALL_BROKERS, "log.retention.ms", "6000"),
        (ALL_BROKERS, "follower.replication.throttled.rate", "10"),
        (BROKER, "listener.name.plaintext.max.connections", "10"),
        (BROKER, keystore_password, "secret"),
        (BROKER, "unknown.key", "v"),
    ];
    let entries = describe(file, &records, broker);
    for (name, expected) in [
        ("broker.id", "1 StaticBroker read-only {StaticBroker:broker.id=1} {Default:broker.id=-1}"),
        (
            "log.retention.ms",
            "5000 Broker {Broker:log.retention.ms=5000} {DefaultBroker:log.retention.ms=6000} \
             {Default:log.retention.hours=168}",
        ),
        ("log.retention.hours", "168 Default read-only {Default:log.retention.hours=168}"),
        ("log.retention.minutes", "null Default read-only"),
        ("log.roll.ms", "null Default"),
        ("advertised.listeners", "null Default read-only"),
        ("sasl.jaas.config", "null Default sensitive"),
        ("ssl.key.password", "null StaticBroker sensitive {StaticBroker:ssl.key.password=null}"),
        (
            "follower.replication.throttled.rate",
            "10 DefaultBroker {DefaultBroker:follower.replication.throttled.rate=10}",
        ),
        (
            "listener.name.plaintext.max.connections",
            "10 Broker read-only {Broker:listener.name.plaintext.max.connections=10} \
             {Default:max.connections=2147483647}",
        ),
        (
            keystore_password,
            "null Broker read-only sensitive \
             {Broker:listener.name.external.ssl.keystore.password=null}",
        ),
        ("unknown.key", "null Broker read-only sensitive {Broker:unknown.key=null}"),
        ("foo.bar", "null StaticBroker read-only sensitive {StaticBroker:foo.bar=null}"),
    ] {
        let expected = expected.replace("  ", " ");
        assert_eq!(show(&entries, name), expected, "{name}");
    }
    let undeclared = entries.iter().find(|entry| entry.name == "unknown.key").unwrap();
    assert_eq!((undeclared.kind, undeclared.documentation), (None, None));
    assert!(entries.iter().all(|entry| entry.name != "leader.replication.throttled.rate"));
    assert!(entries.iter().all(|entry| entry.name != "server.max.startup.time.ms"));
    assert!(entries.iter().all(|entry| entry.value.as_deref() != Some("secret")));
}

#[test]
fn the_default_of_all_brokers_has_only_what_is_set() {
    let records = [(ALL_BROKERS, "log.retention.ms", "6000"), (BROKER, "log.retention.ms", "5000")];
    let entries = describe("", &records, default_broker);
    assert_eq!(entries.len(), 1);
    let expected = "6000 DefaultBroker {DefaultBroker:log.retention.ms=6000}";
    assert_eq!(show(&entries, "log.retention.ms"), expected);
}

#[test]
fn a_group() {
    let group_g = ConfigResource::Group("g".to_owned());
    let records = [
        (group_g.clone(), "consumer.session.timeout.ms", "50000"),
        (group_g, "share.auto.offset.reset", "by_duration:PT1H"),
    ];
    let entries = describe("group.share.delivery.count.limit=6", &records, |view| group(view, "g"));
    assert_eq!(entries.len(), 17);
    for (name, expected) in [
        (
            "consumer.session.timeout.ms",
            "50000 Group {Group:consumer.session.timeout.ms=50000} \
             {Default:group.consumer.session.timeout.ms=45000}",
        ),
        (
            "share.auto.offset.reset",
            "by_duration:PT1H Group {Group:share.auto.offset.reset=by_duration:PT1H} \
             {Default:share.auto.offset.reset=latest}",
        ),
        (
            "share.isolation.level",
            "read_uncommitted Default {Default:share.isolation.level=read_uncommitted}",
        ),
        (
            "share.delivery.count.limit",
            "6 StaticBroker {StaticBroker:group.share.delivery.count.limit=6} \
             {Default:group.share.delivery.count.limit=5}",
        ),
    ] {
        assert_eq!(show(&entries, name), expected, "{name}");
    }
}

#[test]
fn client_metrics_name_only_what_is_set_as_synonym() {
    let metrics = ConfigResource::ClientMetrics("m".to_owned());
    let records = [(metrics, "interval.ms", "1000")];
    let entries = describe("", &records, |view| client_metrics(view, "m"));
    assert_eq!(
        show(&entries, "interval.ms"),
        "1000 ClientMetrics {ClientMetrics:interval.ms=1000}"
    );
    assert_eq!(show(&entries, "match"), " Default");
    assert_eq!(entries.len(), 3);
}
