//! What is done once a node: metadata, listeners, the banner, the stop.
//!
//! Lives on: shard 0. Read next: ../controller/log.rs, ../listeners/acceptor.rs.

use shards::entropy::HashMap;
use std::collections::BTreeMap;
use std::future::pending;
use std::net::{SocketAddr, ToSocketAddrs};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;

use shards::clock::{self, Instant};
use shards::io::inbox::Inbox;
use shards::io::{Listener, Task, spawn};
use shards::log::recovery::Replayed;
use shards::node_dir::{self, Lock, NodeDir};
use shards::store::Checkpoints;
use shards::store::failed_directories::FailedDirectory;
use shards::sync::first_of;

use super::service::Announce;
use super::{BootError, Stop, banner, shard};
use crate::broker::Core;
use crate::config::BrokerConfig;
use crate::config::endpoint::Endpoint;
use crate::limits;
use crate::listeners::stopping::close_connections;
use crate::listeners::{ListenerFacts, acceptor};
use crate::observe::{self, Phase};
use crate::routing::failed_directories;

/// What shard 0 holds for the node.
pub(super) struct Node {
    pub node_dirs: Arc<Vec<NodeDir>>,
    /// Let go of when the node ends.
    pub locks: Vec<Lock>,
    /// Log directories that were not usable from the beginning.
    pub unusable: Vec<FailedDirectory>,
    pub started: Instant,
    pub replayed: Replayed,
    pub announce: Announce,
}

impl Node {
    pub(super) async fn serve(
        mut self,
        broker: &Rc<Core>,
        ports: Ports,
        stops: Inbox<Stop>,
    ) -> Result<(), BootError> {
        // Answered once a core has replayed its journals: none opens a partition before that.
        let unusable = std::mem::take(&mut self.unusable);
        self.unusable = failed_directories::agree(broker, unusable).await;
        self.check_directories(broker)?;
        let Ports { listeners, metrics } = ports;
        if let Some(metrics) = &metrics {
            metrics.enter(Phase::Metadata);
            metrics.attach(broker)?;
        }
        self.start_metadata(broker).await?;
        let accepting = accept(broker, listeners)?;
        let enter = |phase| metrics.as_ref().into_iter().for_each(|on| on.enter(phase));
        enter(Phase::Ready);
        let address = metrics.as_ref().map(observe::Server::address);
        (self.announce)(broker, &banner::text(broker, &self, address));
        let told = async { stops.first().await.map(|_stop| None) };
        let lost = async { Ok(Some(directory_lost(broker).await)) };
        let lost = first_of(told, lost).await?;
        if let Some(lost) = &lost {
            tracing::error!(cause = lost.cause, "the node ends: it needs this log directory");
        }
        enter(Phase::Stopping);
        for task in accepting {
            task.cancel();
        }
        let stopped = self.stop(broker).await;
        match lost {
            Some(lost) => Err(BootError::DirectoryNeeded(lost.cause)),
            None => stopped,
        }
    }

    async fn start_metadata(&self, broker: &Rc<Core>) -> Result<(), BootError> {
        let has_failed = |path: &Path| self.unusable.iter().any(|failed| failed.path == path);
        let all = self.node_dirs.iter();
        let serving: Vec<NodeDir> = all.filter(|found| !has_failed(&found.path)).cloned().collect();
        super::metadata::start(broker, &serving).await
    }

    /// The metadata log's directory serves, and one for logs.
    fn check_directories(&self, broker: &Core) -> Result<(), BootError> {
        let config = &broker.config;
        let find = |path: &Path| self.unusable.iter().find(|failed| failed.path == path);
        let failed = match config.log_dirs.iter().all(|path| find(path).is_some()) {
            true => self.unusable.first(),
            false => find(&config.metadata_log_dir),
        };
        match failed {
            Some(failed) => Err(BootError::DirectoryNeeded(failed.cause.clone())),
            None => Ok(()),
        }
    }

    /// Empties the journals and says in each directory that the stop was clean; in those that have
    /// not failed.
    async fn stop(self, broker: &Rc<Core>) -> Result<(), BootError> {
        broker.run_on_all(|on| Box::pin(async move { close_connections(&on).await })).await;
        let closed = broker.run_on_all(|on| {
            Box::pin(async move {
                on.groups.resign_all();
                on.transactions.resign_all();
                let closed = on.store.close().await;
                let failed = closed.failed.into_iter();
                let failed = failed.map(|(path, error)| (path, error.to_string()));
                (closed.checkpoints, failed.collect::<Vec<_>>())
            })
        });
        let mut merged: HashMap<PathBuf, Checkpoints> = HashMap::default();
        let mut failed: BTreeMap<PathBuf, String> = BTreeMap::new();
        for (by_directory, failures) in closed.await {
            for (path, checkpoints) in by_directory {
                merged.entry(path).or_default().add(checkpoints);
            }
            failed.extend(failures);
        }
        for (path, checkpoints) in merged {
            if failed.contains_key(&path) {
                continue;
            }
            if let Err(error) = node_dir::finish(&path, &checkpoints).await {
                failed.insert(path, error.to_string());
            }
        }
        broker.run_on_all(|on| Box::pin(async move { shard::end(&on) })).await;
        drop(self.locks);
        if let Some((path, cause)) = failed.pop_first() {
            return Err(BootError::LeftInDisorder { path, cause });
        }
        tracing::info!("stopped");
        Ok(())
    }
}

/// Completes once the metadata log's directory has failed, or all that are for logs: a node that
/// can keep nothing ends, as Kafka's does, so that whoever watches over it sees that.
async fn directory_lost(broker: &Core) -> FailedDirectory {
    let (config, store) = (&broker.config, &broker.store);
    let of_logs = async {
        let mut last = None;
        for path in &config.log_dirs {
            last = Some(store.directory_failed(path).await);
        }
        match last {
            Some(last) => last,
            None => pending().await,
        }
    };
    first_of(store.directory_failed(&config.metadata_log_dir), of_logs).await
}

/// The addresses of a node, which it alone has; clients are refused until it accepts.
pub(super) struct Ports {
    listeners: Vec<(Listener, Endpoint)>,
    /// Serves already, and says that the node starts.
    metrics: Option<observe::Server>,
}

impl Ports {
    /// The journals are replayed now.
    pub(super) fn replaying(&self) {
        self.metrics.iter().for_each(|metrics| metrics.enter(Phase::Journals));
    }
}

/// Takes the addresses of all listeners, or says which can not be had.
pub(super) async fn reserve_ports(config: &Arc<BrokerConfig>) -> Result<Ports, BootError> {
    let mut listeners = Vec::new();
    for endpoint in &config.network.listeners {
        let reserved = reserve(endpoint).await;
        let listener = reserved.map_err(|error| not_bound(endpoint, error))?;
        listeners.push((listener, endpoint.clone()));
    }
    let metrics = config.engine.metrics_listener.as_ref().map(|(host, port)| {
        let failed = |error| BootError::Metrics { address: format!("{host}:{port}"), error };
        let port = observe::Port::reserve(host, *port).map_err(&failed)?;
        observe::Server::start(port, config.clone()).map_err(failed)
    });
    Ok(Ports { listeners, metrics: metrics.transpose()? })
}

/// A process that was killed a moment ago may hold its port a little longer: the kernel ends its
/// accepts in the background.
async fn reserve(endpoint: &Endpoint) -> std::io::Result<Listener> {
    let began = clock::now();
    loop {
        match resolve(endpoint).and_then(Listener::reserve) {
            Err(error)
                if error.kind() == std::io::ErrorKind::AddrInUse
                    && began.elapsed() < limits::PORT_PATIENCE =>
            {
                clock::sleep(limits::PORT_RETRY).await;
            }
            reserved => return reserved,
        }
    }
}

fn not_bound(endpoint: &Endpoint, error: std::io::Error) -> BootError {
    BootError::Bind { listener: endpoint.name.clone(), address: endpoint.address(), error }
}

/// The first address of a host, IPv4 before IPv6; every interface where none is named.
fn resolve(endpoint: &Endpoint) -> std::io::Result<SocketAddr> {
    let host = if endpoint.host.is_empty() { "0.0.0.0" } else { endpoint.host.as_str() };
    let mut addresses: Vec<SocketAddr> = (host, endpoint.port).to_socket_addrs()?.collect();
    addresses.sort_by_key(SocketAddr::is_ipv6);
    addresses.first().copied().ok_or_else(|| std::io::Error::other("the host has no address"))
}

fn accept(
    broker: &Rc<Core>,
    listeners: Vec<(Listener, Endpoint)>,
) -> Result<Vec<Task<()>>, BootError> {
    let accept = |(listener, endpoint): (Listener, Endpoint)| {
        listener.listen().map_err(|error| not_bound(&endpoint, error))?;
        let facts = Arc::new(ListenerFacts { name: endpoint.name, role: endpoint.role });
        Ok(spawn(acceptor::accept(broker.clone(), listener, facts)))
    };
    listeners.into_iter().map(accept).collect()
}
