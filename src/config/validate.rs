//! Whether a set of overrides is one that Kafka would accept, for each kind of resource.

use super::alter::ConfigError;
use super::broker::parse_connection_overrides;
use super::keys::{Key, Scope, Update};
use super::overlay::Overrides;
use super::settings::{Settings, declaration, listener_base};
use super::topic::resolve;
use super::value::Value;

type Verdict = Result<(), ConfigError>;

/// `broker` is the effective configuration of the broker.
pub(super) fn topic(broker: &Settings, overrides: &Overrides) -> Verdict {
    for name in overrides.keys() {
        if Scope::Topic.find(name).is_none() {
            return Err(ConfigError::UnknownTopicKey { name: name.clone() });
        }
    }
    check_values(Scope::Topic, overrides)?;
    let number = |name: &str| integer(Scope::Topic, name, broker, overrides);
    let (least, most) = (number("min.compaction.lag.ms"), number("max.compaction.lag.ms"));
    if least > most {
        return Err(ConfigError::Conflict(format!(
            "conflict topic config setting min.compaction.lag.ms ({least}) > \
             max.compaction.lag.ms ({most})"
        )));
    }
    let tiered = Scope::Topic
        .find("remote.storage.enable")
        .is_some_and(|key| resolve(key, broker, overrides) == Value::Boolean(true));
    let can_tier = broker.value("remote.log.storage.system.enable") == Value::Boolean(true);
    if tiered && !can_tier {
        return Err(ConfigError::NoTieredStorage);
    }
    Ok(())
}

/// Overrides of one broker, or those that are for all of them.
pub(super) fn broker(are_for_all: bool, overrides: &Overrides) -> Verdict {
    let collect = |refused: &dyn Fn(&str) -> bool| -> Vec<String> {
        overrides.keys().filter(|name| refused(name)).cloned().collect()
    };
    let names =
        collect(&|name| Scope::Broker.find(name).is_some_and(|key| key.update == Update::ReadOnly));
    if !names.is_empty() {
        return Err(ConfigError::NotDynamic { names });
    }
    let names = collect(&|name| PER_LISTENER_ONLY.contains(&name));
    if !names.is_empty() {
        return Err(ConfigError::NoListenerPrefix { names });
    }
    check_broker_values(overrides)?;
    let names = collect(&is_per_broker);
    if are_for_all && !names.is_empty() {
        return Err(ConfigError::PerBrokerOnly { names });
    }
    Ok(())
}

/// Key stores differ from listener to listener.
const PER_LISTENER_ONLY: [&str; 10] = [
    "ssl.key.password",
    "ssl.keystore.certificate.chain",
    "ssl.keystore.key",
    "ssl.keystore.location",
    "ssl.keystore.password",
    "ssl.keystore.type",
    "ssl.truststore.certificates",
    "ssl.truststore.location",
    "ssl.truststore.password",
    "ssl.truststore.type",
];

/// Keys that may be set for all brokers even with a listener's prefix.
const CLUSTER_WIDE_PER_LISTENER: [&str; 3] =
    ["max.connections", "max.connection.creation.rate", "num.network.threads"];

fn is_per_broker(name: &str) -> bool {
    match listener_base(name) {
        Some(base) => !CLUSTER_WIDE_PER_LISTENER.contains(&base),
        None => Scope::Broker.find(name).is_some_and(|key| key.update == Update::PerBroker),
    }
}

fn check_broker_values(overrides: &Overrides) -> Verdict {
    for (name, text) in overrides {
        if let Some(key) = declaration(name) {
            key.parse(text).map_err(ConfigError::InvalidBrokerValue)?;
        }
        if name == "max.connections.per.ip.overrides" {
            parse_connection_overrides(text).map_err(ConfigError::InvalidConnectionOverrides)?;
        }
    }
    Ok(())
}

/// `broker` is the effective configuration of the broker.
pub(super) fn group(broker: &Settings, overrides: &Overrides) -> Verdict {
    for name in overrides.keys() {
        if Scope::Group.find(name).is_none() {
            return Err(ConfigError::UnknownGroupKey { name: name.clone() });
        }
    }
    check_values(Scope::Group, overrides)?;
    let number = |name: &str| integer(Scope::Group, name, broker, overrides);
    for name in overrides.keys() {
        check_group_bounds(name, number(name), broker)?;
    }
    for protocol in ["consumer", "share", "streams"] {
        let session = format!("{protocol}.session.timeout.ms");
        let heartbeat = format!("{protocol}.heartbeat.interval.ms");
        if number(&session) <= number(&heartbeat) {
            let message = format!("{session} must be greater than {heartbeat}");
            return Err(ConfigError::Conflict(message));
        }
    }
    Ok(())
}

/// The broker bounds `share.x` by `group.share.min.x` and `group.share.max.x`, where it has them.
fn check_group_bounds(name: &str, value: i64, broker: &Settings) -> Verdict {
    let Some((protocol, rest)) = name.split_once('.') else {
        return Ok(());
    };
    let rest = if rest == "num.standby.replicas" { "standby.replicas" } else { rest };
    let bound = |which: &str| {
        let bound = format!("group.{protocol}.{which}.{rest}");
        broker.value(&bound).as_integer().map(|limit| (bound, limit))
    };
    if let Some((bound, limit)) = bound("min")
        && value < limit
    {
        let message = format!("{name} must be greater than or equal to {bound}");
        return Err(ConfigError::Conflict(message));
    }
    if let Some((bound, limit)) = bound("max")
        && value > limit
    {
        let message = format!("{name} must be less than or equal to {bound}");
        return Err(ConfigError::Conflict(message));
    }
    Ok(())
}

pub(super) fn client_metrics(overrides: &Overrides) -> Verdict {
    for name in overrides.keys() {
        if Scope::ClientMetrics.find(name).is_none() {
            return Err(ConfigError::UnknownClientMetricsKey { name: name.clone() });
        }
    }
    check_values(Scope::ClientMetrics, overrides)?;
    let value = |name: &str| {
        let key = Scope::ClientMetrics.find(name)?;
        overrides.get(name).and_then(|text| key.parse(text).ok())
    };
    if let Some(Value::Integer(value)) = value("interval.ms")
        && !(100..=3_600_000).contains(&value)
    {
        return Err(ConfigError::SubscriptionInterval { value });
    }
    if let Some(Value::List(patterns)) = value("match") {
        return patterns.into_iter().try_for_each(check_pattern);
    }
    Ok(())
}

const CLIENT_PROPERTIES: [&str; 6] = [
    "client_instance_id",
    "client_id",
    "client_software_name",
    "client_software_version",
    "client_source_address",
    "client_source_port",
];

/// `name=pattern`. Of the pattern only the brackets are checked.
fn check_pattern(pattern: String) -> Verdict {
    let is_right = pattern.split_once('=').is_some_and(|(name, expression)| {
        CLIENT_PROPERTIES.contains(&name.trim()) && has_balanced_brackets(expression.trim())
    });
    if is_right { Ok(()) } else { Err(ConfigError::SubscriptionPattern { pattern }) }
}

fn has_balanced_brackets(expression: &str) -> bool {
    let mut groups = 0_usize;
    let mut in_class = false;
    let mut ends_in_escape = false;
    let mut characters = expression.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => ends_in_escape = characters.next().is_none(),
            '[' => in_class = true,
            ']' => in_class = false,
            '(' if !in_class => groups += 1,
            ')' if !in_class => match groups.checked_sub(1) {
                Some(left) => groups = left,
                None => return false,
            },
            _ => {}
        }
    }
    groups == 0 && !in_class && !ends_in_escape
}

fn check_values(scope: Scope, overrides: &Overrides) -> Verdict {
    for (name, text) in overrides {
        let parsed = scope.find(name).map(|key| key.parse(text));
        parsed.transpose()?;
    }
    Ok(())
}

fn integer(scope: Scope, name: &str, broker: &Settings, overrides: &Overrides) -> i64 {
    let value = |key: &'static Key| resolve(key, broker, overrides).as_integer();
    scope.find(name).and_then(value).unwrap_or(0)
}
