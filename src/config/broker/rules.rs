//! Rules between settings, which Kafka checks at start as well.

use std::collections::BTreeSet;

use super::super::endpoint::{Endpoint, Role, SecurityProtocol};
use super::super::settings::Settings;
use super::{BrokerConfig, BrokerConfigError, Network};

/// Says that the operator knows.
const OVERRIDE: &str = "ringlog.start.unrestricted";

type Rule = Result<(), BrokerConfigError>;

pub(super) fn check(config: &BrokerConfig, settings: &Settings) -> Rule {
    check_restrictions(settings)?;
    check_roles(config)?;
    check_voters(config)?;
    check_controller_listeners(config)?;
    check_advertised(config, settings)?;
    check_protocols(&config.network.listeners)?;
    check_queue(config)?;
    check_groups(config, settings)?;
    check_log(config, settings)
}

fn require(holds: bool, message: impl FnOnce() -> String) -> Rule {
    if holds { Ok(()) } else { Err(BrokerConfigError::Rule(message())) }
}

/// No one is to believe that a node is protected, or that data is not kept, because a key says so.
fn check_restrictions(settings: &Settings) -> Rule {
    let unenforced = settings.unenforced();
    let reasons: BTreeSet<&str> = unenforced.iter().map(|(_, why)| *why).collect();
    require(unenforced.is_empty() || settings.truth(OVERRIDE), || {
        let names: Vec<&str> = unenforced.iter().map(|(name, _)| *name).collect();
        let reasons: Vec<&str> = reasons.into_iter().collect();
        format!(
            "{} would restrict who may do what, or what is kept, and would not be enforced. {} \
             Take out what is named here, or set {OVERRIDE}=true to start all the same, open to \
             everyone who reaches the listeners",
            names.join(", "),
            reasons.join(" ")
        )
    })
}

fn check_roles(config: &BrokerConfig) -> Rule {
    require(config.roles.broker || config.roles.controller, || {
        "process.roles must name broker, controller, or both".into()
    })
}

fn check_voters(config: &BrokerConfig) -> Rule {
    let voters = &config.quorum.voters;
    let is_voter = voters.iter().any(|voter| voter.id == config.node_id);
    let node_id = config.node_id;
    if config.roles.controller {
        return require(voters.is_empty() || is_voter, || {
            format!(
                "If process.roles contains the 'controller' role, the node id {node_id} must be \
                 included in controller.quorum.voters"
            )
        });
    }
    require(!is_voter, || {
        format!(
            "If process.roles contains just the 'broker' role, the node id {node_id} must not be \
             included in controller.quorum.voters"
        )
    })?;
    require(!voters.is_empty() || !config.quorum.bootstrap_servers.is_empty(), || {
        "a node with just the 'broker' role needs controller.quorum.voters or \
         controller.quorum.bootstrap.servers to find its controllers"
            .into()
    })
}

fn check_controller_listeners(config: &BrokerConfig) -> Rule {
    let names = &config.network.controller_listeners;
    let listeners = &config.network.listeners;
    let is_listened = |name: &String| listeners.iter().any(|listener| listener.name == *name);
    if config.roles.controller {
        require(names.iter().all(is_listened), || {
            "controller.listener.names must only contain values appearing in the 'listeners' \
             configuration when running the KRaft controller role"
                .into()
        })?;
    } else {
        require(!names.is_empty(), || {
            "controller.listener.names must contain at least one value when running KRaft with \
             just the broker role"
                .into()
        })?;
        require(!names.iter().any(is_listened), || {
            "controller.listener.names must not contain a value appearing in the 'listeners' \
             configuration when running KRaft with just the broker role"
                .into()
        })?;
    }
    if config.roles.broker {
        return require(broker_listeners(listeners).next().is_some(), || {
            "listeners has none for clients. Perhaps all listeners appear in \
             controller.listener.names?"
                .into()
        });
    }
    require(broker_listeners(listeners).next().is_none(), || {
        "The listeners config must only contain KRaft controller listeners from \
         controller.listener.names when process.roles=controller"
            .into()
    })
}

fn broker_listeners(listeners: &[Endpoint]) -> impl Iterator<Item = &Endpoint> {
    listeners.iter().filter(|listener| listener.role == Role::Broker)
}

fn check_advertised(config: &BrokerConfig, settings: &Settings) -> Rule {
    let network = &config.network;
    require(network.advertised.iter().all(|told| told.host != "0.0.0.0"), || {
        "advertised.listeners cannot use the nonroutable meta-address 0.0.0.0. Use a routable IP \
         address."
            .into()
    })?;
    if !config.roles.broker {
        return Ok(());
    }
    let is_listened =
        |told: &Endpoint| network.listeners.iter().any(|listener| listener.name == told.name);
    require(network.advertised.iter().all(is_listened), || {
        "advertised.listeners listener names must be equal to or a subset of the ones defined in \
         listeners."
            .into()
    })?;
    require(network.advertised.iter().any(|told| told.role == Role::Broker), || {
        "There must be at least one broker advertised listener.".into()
    })?;
    let name = &network.inter_broker_listener;
    let is_told = broker_listeners(&network.advertised).any(|told| told.name == *name);
    require(is_told || !is_inter_broker_set(settings), || {
        format!(
            "inter.broker.listener.name is {name}, which is no broker listener of \
             advertised.listeners"
        )
    })
}

/// A listener is never served with less protection than the operator asks for.
fn check_protocols(listeners: &[Endpoint]) -> Rule {
    let is_plain = |listener: &&Endpoint| listener.protocol == SecurityProtocol::Plaintext;
    let protected = listeners.iter().find(|listener| !is_plain(listener));
    require(protected.is_none(), || {
        let name = protected.map_or("", |listener| &listener.name);
        format!(
            "listener {name} asks for TLS or SASL, which are not there yet: take it out of \
             listeners, or give it PLAINTEXT in listener.security.protocol.map"
        )
    })
}

fn is_inter_broker_set(settings: &Settings) -> bool {
    settings.is_set("inter.broker.listener.name")
        || settings.is_set("security.inter.broker.protocol")
}

fn check_queue(config: &BrokerConfig) -> Rule {
    let Network { request_bytes_max, queued_bytes_max, .. } = config.network;
    require(queued_bytes_max.is_none_or(|bytes| bytes >= request_bytes_max), || {
        "queued.max.request.bytes must be larger or equal to socket.request.max.bytes".into()
    })
}

fn check_groups(config: &BrokerConfig, settings: &Settings) -> Rule {
    let groups = &config.groups;
    check_consumer_groups(settings)?;
    require(groups.session_timeout_ms_min <= groups.session_timeout_ms_max, || {
        "group.min.session.timeout.ms must not be more than group.max.session.timeout.ms".into()
    })?;
    require(groups.protocols.iter().any(|protocol| protocol == "classic"), || {
        "Disabling the 'classic' protocol is not supported.".into()
    })
}

/// Times of the consumer protocol lie within their bounds (GroupCoordinatorConfig).
fn check_consumer_groups(settings: &Settings) -> Rule {
    let number = |name: &str| settings.integer(&format!("group.consumer.{name}"));
    for name in ["session.timeout.ms", "heartbeat.interval.ms", "assignment.interval.ms"] {
        let (min, max) = (number(&format!("min.{name}")), number(&format!("max.{name}")));
        require(min <= max, || {
            format!(
                "group.consumer.max.{name} must be greater than or equal to \
                 group.consumer.min.{name}"
            )
        })?;
        require((min..=max).contains(&number(name)), || {
            format!(
                "group.consumer.{name} must be between group.consumer.min.{name} ({min}) and \
                 group.consumer.max.{name} ({max})"
            )
        })?;
    }
    require(number("heartbeat.interval.ms") < number("session.timeout.ms"), || {
        "group.consumer.heartbeat.interval.ms must be less than \
         group.consumer.session.timeout.ms"
            .into()
    })
}

fn check_log(config: &BrokerConfig, settings: &Settings) -> Rule {
    require(!config.log_dirs.is_empty(), || {
        "At least one log directory must be defined via log.dirs or log.dir.".into()
    })?;
    check_values(settings)?;
    let per_address = config.network.connections_max_per_address;
    require(per_address > 0 || !config.network.connections_max_overrides.is_empty(), || {
        "max.connections.per.ip can be set to zero only if max.connections.per.ip.overrides \
         property is set."
            .into()
    })
}

/// What must hold at start and after each change that an administrator makes.
pub(in super::super) fn check_values(settings: &Settings) -> Rule {
    let least = |name: &str, least: i64| {
        let value = settings.optional_integer(name);
        require(value.is_none_or(|value| value >= least), || {
            format!("{name} must be greater than or equal to {least}")
        })
    };
    least("log.roll.ms", 1)?;
    least("log.roll.jitter.ms", 0)?;
    let retention = ["log.retention.ms", "log.retention.minutes", "log.retention.hours"];
    for name in retention {
        let value = settings.optional_integer(name);
        require(value != Some(0), || {
            format!("{name} must be unlimited (-1) or, greater than or equal to 1")
        })?;
    }
    check_cleaner(settings)
}

/// The division rounds down, as Kafka's does.
fn check_cleaner(settings: &Settings) -> Rule {
    const BYTES_PER_THREAD_MIN: i64 = 1 << 20;
    let bytes = settings.integer("log.cleaner.dedupe.buffer.size");
    let threads = settings.integer("log.cleaner.threads").max(1);
    require(bytes / threads > BYTES_PER_THREAD_MIN, || {
        "log.cleaner.dedupe.buffer.size must be at least 1MB per cleaner thread.".into()
    })
}
