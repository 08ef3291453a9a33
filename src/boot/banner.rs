//! What an operator sees at start, on one screen.

use std::net::SocketAddr;
use std::rc::Rc;

use super::metadata::host as host_of;
use super::node::Node;
use crate::broker::Core;
use crate::config::endpoint::{Endpoint, Role, address_text};

/// Version, cores, listeners, directories, journal, and how to connect.
pub(super) fn text(broker: &Rc<Core>, node: &Node, metrics: Option<SocketAddr>) -> String {
    let config = &broker.config;
    let took = shards::clock::now().since(node.started);
    let mut text =
        format!("Ringlog {} is ready after {} ms\n", env!("CARGO_PKG_VERSION"), took.as_millis());
    let mut line = |name: &str, value: String| text.push_str(&format!("  {name:<11}{value}\n"));
    line("cluster", node.node_dirs[0].cluster_id.clone());
    line("node", config.node_id.to_string());
    line("cores", format!("{} (ringlog.shards)", broker.routing.shards()));
    for endpoint in &config.network.listeners {
        line("listener", listener(endpoint, &config.network.advertised));
    }
    for directory in node.node_dirs.iter() {
        let left = match (directory.was_stopped_cleanly, directory.is_new) {
            (true, _) => "stopped cleanly",
            (false, true) => "new",
            (false, false) => "recovered: not stopped cleanly",
        };
        line("data", format!("{} ({left})", directory.path.display()));
    }
    for failed in &node.unusable {
        line("data", format!("{} (OFFLINE: {})", failed.path.display(), failed.cause));
    }
    let mib = config.engine.journal_bytes >> 20;
    let synced = if config.engine.journal_sync { "synced" } else { "NOT SYNCED" };
    line("journal", format!("up to {mib} MiB per core, {synced}; {}", node.replayed));
    if let Some(address) = metrics {
        line("metrics", format!("http://{address}/metrics"));
    }
    let mut told = config.network.advertised.iter();
    if let Some(client) = told.find(|endpoint| endpoint.role == Role::Broker) {
        let server = reachable(client);
        line("connect", format!("bootstrap.servers={server}, or: ringlog topic list -s {server}"));
    }
    text
}

/// Where it listens, and what clients are told if that is something else.
fn listener(endpoint: &Endpoint, advertised: &[Endpoint]) -> String {
    let host = if endpoint.host.is_empty() { "0.0.0.0" } else { &endpoint.host };
    let here = format!("{} on {}", endpoint.name, address_text(host, endpoint.port));
    match advertised.iter().find(|told| told.name == endpoint.name) {
        Some(told) if told.host != endpoint.host || told.port != endpoint.port => {
            format!("{here}, advertised as {}", address_text(&host_of(told), told.port))
        }
        None if endpoint.role == Role::Broker => format!("{here}, not advertised"),
        _ if endpoint.host.is_empty() => {
            format!("{here}, advertised as {}", address_text(&host_of(endpoint), endpoint.port))
        }
        _ => here,
    }
}

/// How a client of this machine reaches it.
fn reachable(client: &Endpoint) -> String {
    // Without a host it listens on every interface.
    let host = if client.host.is_empty() { "127.0.0.1" } else { &client.host };
    address_text(host, client.port)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::endpoint::SecurityProtocol;

    fn endpoint(name: &str, host: &str, role: Role) -> Endpoint {
        let (name, host) = (name.to_owned(), host.to_owned());
        Endpoint { name, host, port: 9092, protocol: SecurityProtocol::Plaintext, role }
    }

    #[test]
    fn addresses_as_clients_write_them() {
        let on = |host, told: &str| {
            let told = [endpoint("A", told, Role::Broker)];
            listener(&endpoint("A", host, Role::Broker), &told)
        };
        assert_eq!(on("127.0.0.1", "127.0.0.1"), "A on 127.0.0.1:9092");
        assert_eq!(on("::1", "::1"), "A on [::1]:9092");
        assert_eq!(on("::", "kafka.example"), "A on [::]:9092, advertised as kafka.example:9092");
        assert!(on("", "").starts_with("A on 0.0.0.0:9092, advertised as "));
        let hidden = listener(&endpoint("B", "h", Role::Broker), &[]);
        assert_eq!(hidden, "B on h:9092, not advertised");
        let controller = listener(&endpoint("C", "h", Role::Controller), &[]);
        assert_eq!(controller, "C on h:9092");
        assert_eq!(reachable(&endpoint("A", "::1", Role::Broker)), "[::1]:9092");
        assert_eq!(reachable(&endpoint("A", "", Role::Broker)), "127.0.0.1:9092");
    }
}
