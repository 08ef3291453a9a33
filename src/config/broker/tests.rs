use super::super::endpoint::Role;
use super::*;

fn config(text: &str) -> Result<BrokerConfig, BrokerConfigError> {
    let (settings, _) = Settings::load(Some(text.as_bytes()), &[]).unwrap();
    BrokerConfig::new(&settings)
}

fn refusal(text: &str) -> String {
    config(text).unwrap_err().to_string()
}

#[test]
fn without_any_configuration_it_is_a_single_node_on_the_loopback() {
    let (settings, notices) = Settings::load(None, &[]).unwrap();
    let config = BrokerConfig::new(&settings).unwrap();
    assert_eq!(notices, []);
    assert_eq!(config.node_id, 1);
    assert_eq!(config.roles, Roles { broker: true, controller: true });
    assert_eq!(config.log_dirs, [PathBuf::from("./ringlog-data")]);
    assert_eq!(config.metadata_log_dir, PathBuf::from("./ringlog-data"));
    let listener = &config.network.listeners[0];
    assert_eq!((listener.host.as_str(), listener.port), ("127.0.0.1", 9092));
    assert_eq!(config.network.inter_broker_listener, "PLAINTEXT");
    assert_eq!(config.offsets_topic.partitions, 50);
    assert_eq!(config.offsets_topic.replication.within(1), 1);
    assert_eq!(config.offsets_topic.replication.within(5), 3);
    assert_eq!(config.transactions_topic.min_insync_replicas.unwrap().within(1), 1);
    assert_eq!(config.engine.journal_bytes, 1 << 30);
    assert!(config.engine.journal_sync);
    assert_eq!(config.engine.shards, None);
}

/// The keys that Kafka's own integration tests give every node.
#[test]
fn a_combined_node_with_a_controller_listener() {
    let config = config(
        "node.id=3000\nprocess.roles=broker,controller\n\
         listeners=EXTERNAL://localhost:0,CONTROLLER://localhost:0\n\
         listener.security.protocol.map=EXTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT\n\
         controller.listener.names=CONTROLLER\ninter.broker.listener.name=EXTERNAL\n\
         controller.quorum.voters=3000@localhost:9999\nlog.dirs=/tmp/a,/tmp/b\n\
         metadata.log.dir=/tmp/a\ncluster.id=abc\nserver.max.startup.time.ms=60000\n\
         format.features=metadata.version=30,group.version=1\n\
         offsets.topic.replication.factor=1\nunstable.api.versions.enable=true",
    )
    .unwrap();
    assert_eq!(config.network.listeners[1].role, Role::Controller);
    assert_eq!(config.network.inter_broker_listener, "EXTERNAL");
    assert_eq!(config.log_dirs.len(), 2);
    assert_eq!(config.cluster_id.as_deref(), Some("abc"));
    let features = [("metadata.version".to_owned(), 30), ("group.version".to_owned(), 1)];
    assert_eq!(config.format.features, features);
    assert_eq!(config.quorum.voters[0].id, 3000);
    assert!(config.offsets_topic.replication.is_explicit);
}

#[test]
fn a_file_without_listeners_means_every_interface_as_in_kafka() {
    let config = config("num.partitions=1").unwrap();
    assert_eq!(config.network.listeners[0].host, "");
}

#[test]
fn advertised_listeners_replace_those_of_the_broker_only() {
    let config = config(
        "listeners=A://:1,C://:2\nadvertised.listeners=A://example.org:7\n\
         listener.security.protocol.map=A:PLAINTEXT,C:PLAINTEXT\ncontroller.listener.names=C",
    )
    .unwrap();
    assert_eq!(config.network.advertised[0].host, "example.org");
    assert_eq!(config.network.advertised[1].name, "C");
    assert_eq!(config.network.inter_broker_listener, "A");
}

#[test]
fn rules_between_keys() {
    for (text, expected) in [
        ("controller.quorum.voters=2@a:1", "the node id 1 must be included"),
        ("process.roles=broker", "needs controller.quorum.voters"),
        ("controller.listener.names=X", "must only contain values appearing in the 'listeners'"),
        ("listeners=PLAINTEXT://0.0.0.0:1", "nonroutable meta-address 0.0.0.0"),
        ("advertised.listeners=SSL://a:1", "must be equal to or a subset"),
        ("inter.broker.listener.name=SSL", "which is no broker listener"),
        ("listeners=X://a:1", "no security protocol is given for listener X"),
        ("controller.listener.names=PLAINTEXT", "listeners has none for clients"),
        ("listeners=PLAINTEXT://a:1,SSL://a:2", "listener SSL asks for TLS or SASL, which are not"),
        (
            "authorizer.class.name=A\nsuper.users=U",
            "authorizer.class.name, super.users would restr",
        ),
        ("listener.name.a.plain.sasl.jaas.config=x", "ringlog.start.unrestricted=true to start"),
        ("ssl.client.auth=required", "ssl.client.auth would restrict"),
        ("create.topic.policy.class.name=A", "create.topic.policy.class.name would restrict"),
        ("log.retention.ms=0", "must be unlimited (-1)"),
        ("log.roll.ms=0", "log.roll.ms must be greater than or equal to 1"),
        ("group.coordinator.rebalance.protocols=consumer", "Disabling the 'classic' protocol"),
        ("max.connections.per.ip.overrides=x", "not of the form host:count"),
        ("format.features=x", "not of the form name=level"),
        ("max.connections.per.ip=0", "can be set to zero only if"),
    ] {
        let message = refusal(text);
        assert!(message.contains(expected), "{text}: {message}");
    }
}

#[test]
fn keys_that_are_not_enforced_are_passed_over_by_who_says_so() {
    let text = "authorizer.class.name=A\nssl.client.auth=required\nringlog.start.unrestricted=true";
    assert!(config(text).is_ok());
    assert!(config("authorizer.class.name=\nssl.client.auth=none\nsuper.users=").is_ok());
}
