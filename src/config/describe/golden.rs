//! Every key, value, type, source, flag and synonym against what Kafka 4.3.1 describes.

use super::*;
use crate::config::overlay::{ConfigRecord, Overlay};

const GOLDEN: &str = include_str!("../../../tests/golden/describe_configs_kafka_4.3.1.tsv");

const SETTINGS: &str = "process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:9091
listeners=PLAINTEXT://127.0.0.1:9090,CONTROLLER://127.0.0.1:9091
controller.listener.names=CONTROLLER
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
log.dirs=/data
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
";

/// What is set in the cluster; the first by Kafka itself, when it formats with its newest features.
const OVERRIDES: [(i8, &str, &str, &str); 3] = [
    (ConfigResource::BROKER, "", "min.insync.replicas", "1"),
    (ConfigResource::TOPIC, "t", "retention.ms", "1000"),
    (ConfigResource::TOPIC, "t", "cleanup.policy", "compact,delete"),
];

/// Keys whose default is not Kafka's, as their declarations say.
fn is_ours(name: &str) -> bool {
    let declared = Scope::Broker.find(name);
    declared.is_some_and(|key| key.is_ours() || key.kafka_default.is_some())
}

#[test]
fn descriptions_are_kafka_s() {
    let (settings, _) = Settings::load(Some(SETTINGS.as_bytes()), &[]).unwrap();
    let mut overlay = Overlay::default();
    for (kind, resource, name, value) in OVERRIDES {
        let resource = ConfigResource::from_wire(kind, resource).unwrap();
        let (name, value) = (name.to_owned(), Some(value.to_owned()));
        overlay.replay(ConfigRecord { resource, name, value });
    }
    let view =
        View { node_id: 1, settings: &settings, overlay: &overlay, eligible_leader_replicas: true };
    for (resource, entries) in [
        ("topic", topic(view, "t")),
        ("broker", broker(view)),
        ("group", group(view, "g")),
        ("client-metrics", client_metrics(view, "c")),
    ] {
        let mut ours: Vec<String> = entries
            .iter()
            .filter(|entry| !(resource == "broker" && is_ours(&entry.name)))
            .map(|entry| line(resource, entry))
            .collect();
        let mut theirs: Vec<String> = GOLDEN
            .lines()
            .filter(|line| line.starts_with(&format!("{resource}\t")))
            .filter(|line| {
                let name = line.split('\t').nth(1).unwrap_or_default();
                !(resource == "broker" && is_ours(name))
            })
            .map(str::to_owned)
            .collect();
        ours.sort();
        theirs.sort();
        assert_eq!(ours, theirs);
    }
}

fn line(resource: &str, entry: &Entry) -> String {
    let value = entry.value.as_deref().unwrap_or("null");
    let flags = format!(
        "{}{}",
        if entry.is_sensitive { 's' } else { '-' },
        if entry.is_read_only { 'r' } else { '-' }
    );
    let synonyms: Vec<String> = entry
        .synonyms
        .iter()
        .map(|synonym| {
            let value = synonym.value.as_deref().unwrap_or("null");
            format!("{{{}:{}={value}}}", source(synonym.source), synonym.name)
        })
        .collect();
    let kind = entry.kind.map_or("UNKNOWN", Kind::name);
    let source = source(entry.source);
    format!("{resource}\t{}\t{value}\t{kind}\t{source}\t{flags}\t{}", entry.name, synonyms.concat())
}

/// The names of Kafka's Java client.
fn source(source: Source) -> &'static str {
    match source {
        Source::Topic => "DYNAMIC_TOPIC_CONFIG",
        Source::Broker => "DYNAMIC_BROKER_CONFIG",
        Source::DefaultBroker => "DYNAMIC_DEFAULT_BROKER_CONFIG",
        Source::StaticBroker => "STATIC_BROKER_CONFIG",
        Source::Default => "DEFAULT_CONFIG",
        Source::BrokerLogger => "DYNAMIC_BROKER_LOGGER_CONFIG",
        Source::ClientMetrics => "DYNAMIC_CLIENT_METRICS_CONFIG",
        Source::Group => "DYNAMIC_GROUP_CONFIG",
    }
}
