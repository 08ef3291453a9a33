//! Listeners and connection limits from the settings.

use super::super::endpoint::{self, Endpoint, Naming, Role, SecurityProtocol};
use super::super::settings::Settings;
use super::{BrokerConfigError, Network, size};

pub(super) fn derive(settings: &Settings) -> Result<Network, BrokerConfigError> {
    let controllers = controller_names(settings);
    let mut protocols = match settings.string("listener.security.protocol.map") {
        Some(text) => endpoint::parse_protocol_map(&text)?,
        None => endpoint::parse_protocol_map("PLAINTEXT:PLAINTEXT")?,
    };
    if !settings.is_set("listener.security.protocol.map") {
        for name in &controllers {
            protocols.entry(name.clone()).or_insert(SecurityProtocol::Plaintext);
        }
    }
    let naming = Naming { key: "listeners", protocols: &protocols, controllers: &controllers };
    let listeners = endpoint::parse_endpoints(&settings.words("listeners"), naming)?;
    endpoint::check_ports("listeners", &listeners)?;
    let advertised = advertised(settings, naming, &listeners)?;
    let inter_broker_listener = inter_broker_listener(settings, &advertised)?;
    let idle_ms = settings.integer("connections.max.idle.ms");
    Ok(Network {
        listeners,
        advertised,
        inter_broker_listener,
        controller_listeners: controllers,
        request_bytes_max: size(settings, "socket.request.max.bytes"),
        queued_bytes_max: buffer_bytes(settings, "queued.max.request.bytes"),
        connections_max: size(settings, "max.connections"),
        connections_max_per_address: size(settings, "max.connections.per.ip"),
        connections_max_overrides: connection_overrides(settings)?,
        connection_idle_ms_max: u64::try_from(idle_ms).ok(),
        send_buffer_bytes: buffer_bytes(settings, "socket.send.buffer.bytes"),
        receive_buffer_bytes: buffer_bytes(settings, "socket.receive.buffer.bytes"),
        backlog: super::bytes(settings, "socket.listen.backlog.size"),
    })
}

fn controller_names(settings: &Settings) -> Vec<String> {
    let names = settings.words("controller.listener.names");
    names.iter().map(|name| name.to_ascii_uppercase()).collect()
}

/// The broker's listeners with what `advertised.listeners` says, and those of the controller.
fn advertised(
    settings: &Settings,
    naming: Naming<'_>,
    listeners: &[Endpoint],
) -> Result<Vec<Endpoint>, BrokerConfigError> {
    if !settings.is_set("advertised.listeners") {
        return Ok(listeners.to_vec());
    }
    let naming = Naming { key: "advertised.listeners", ..naming };
    let texts = settings.words("advertised.listeners");
    let mut advertised = endpoint::parse_endpoints(&texts, naming)?;
    for listener in listeners {
        let is_told = advertised.iter().any(|told| told.name == listener.name);
        if listener.role == Role::Controller && !is_told {
            advertised.push(listener.clone());
        }
    }
    Ok(advertised)
}

fn inter_broker_listener(
    settings: &Settings,
    advertised: &[Endpoint],
) -> Result<String, BrokerConfigError> {
    if let Some(name) = settings.string("inter.broker.listener.name") {
        if settings.is_set("security.inter.broker.protocol") {
            let message = "Only one of inter.broker.listener.name and \
                           security.inter.broker.protocol should be set.";
            return Err(BrokerConfigError::Rule(message.to_owned()));
        }
        return Ok(name.to_ascii_uppercase());
    }
    let by_protocol = settings.string("security.inter.broker.protocol").unwrap_or_default();
    let mut brokers = advertised.iter().filter(|told| told.role == Role::Broker);
    let is_there = advertised.iter().any(|told| told.name == by_protocol);
    if is_there || settings.is_set("security.inter.broker.protocol") {
        return Ok(by_protocol);
    }
    Ok(brokers.next().map(|told| told.name.clone()).unwrap_or(by_protocol))
}

fn connection_overrides(settings: &Settings) -> Result<Vec<(String, usize)>, BrokerConfigError> {
    let key = "max.connections.per.ip.overrides";
    let text = settings.string(key).unwrap_or_default();
    parse_connection_overrides(&text).map_err(|pair| {
        BrokerConfigError::Rule(format!("{key}: `{pair}` is not of the form host:count"))
    })
}

/// `host:count` pairs, or the first that is none.
pub(in crate::config) fn parse_connection_overrides(
    text: &str,
) -> Result<Vec<(String, usize)>, String> {
    let parse = |pair: &str| {
        let (host, count) = pair.rsplit_once(':')?;
        Some((host.trim().to_owned(), count.trim().parse().ok()?))
    };
    text.split(',')
        .map(str::trim)
        .filter(|pair| !pair.is_empty())
        .map(|pair| parse(pair).ok_or_else(|| pair.to_owned()))
        .collect()
}

fn buffer_bytes(settings: &Settings, name: &str) -> Option<usize> {
    usize::try_from(settings.integer(name)).ok().filter(|bytes| *bytes > 0)
}
