//! What an operator sees at start, on one screen.

use std::io::Write;
use std::net::SocketAddr;
use std::rc::Rc;

use super::node::Node;
use crate::broker::Core;

/// Shows the text to who started the node.
pub(super) fn print(text: &str) {
    // Without a terminal or a log to write to, the node runs all the same.
    let _unseen = std::io::stdout().lock().write_all(text.as_bytes());
}

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
        line("listener", format!("{} on {}:{}", endpoint.name, endpoint.host, endpoint.port));
    }
    for directory in node.node_dirs.iter() {
        let left = if directory.was_stopped_cleanly { "stopped cleanly" } else { "new or crashed" };
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
    if let Some(client) = config.network.advertised.first() {
        // Without a host it listens on every interface.
        let host = if client.host.is_empty() { "127.0.0.1" } else { &client.host };
        let server = format!("{host}:{}", client.port);
        line("connect", format!("bootstrap.servers={server}, or: ringlog topic list -s {server}"));
    }
    text
}
