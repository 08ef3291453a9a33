//! Accepts connections and gives each to the shard that has the fewest.
//!
//! Lives on: shard 0; the connections it gives away live elsewhere and report their end.
//! Promise: never more connections than `max.connections`, nor than `max.connections.per.ip` from
//! one address, nor so many that no descriptors are left for files; one too many is closed at once,
//! and counted. One above the rate of its address is closed later, unread, so that its client does
//! not come back at once.
//! Read next: connection.rs.

use shards::entropy::HashMap;
use std::net::{IpAddr, ToSocketAddrs};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use shards::clock::{self, Instant};
use shards::io::{Accepted, DescriptorUse, Listener, Socket, spawn};
use shards::units::ShardId;

use super::metrics::count;
use super::{ListenerFacts, Peer, connection, host_names};
use crate::broker::Core;
use crate::config::broker::Network;
use crate::limits;
use crate::routing::charge::now_ms;

/// How many connections there are, where and from where.
#[derive(Debug)]
pub struct Census {
    max: usize,
    max_per_address: usize,
    /// Addresses with a limit of their own.
    overrides: HashMap<IpAddr, usize>,
    by_shard: Vec<usize>,
    by_address: HashMap<IpAddr, usize>,
}

/// Which limit a new connection would break.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Full {
    #[error("max.connections ({0}) are open")]
    Node(usize),
    #[error("{max} connections from {address} are open (max.connections.per.ip)")]
    Address { address: IpAddr, max: usize },
    #[error("{used} of {max} file descriptors are open; the rest is kept for files")]
    Descriptors { used: u64, max: u64 },
}

impl Census {
    pub fn new(
        shards: usize,
        max: usize,
        max_per_address: usize,
        overrides: HashMap<IpAddr, usize>,
    ) -> Census {
        let by_shard = vec![0; shards.max(1)];
        Census { max, max_per_address, overrides, by_shard, by_address: HashMap::default() }
    }

    /// As configured. Names among the addresses with limits of their own are looked up once, here.
    pub fn of(network: &Network, shards: usize) -> Census {
        let mut overrides = HashMap::default();
        for (host, max) in &network.connections_max_overrides {
            match (host.as_str(), 0).to_socket_addrs() {
                Ok(addresses) => overrides.extend(addresses.map(|address| (address.ip(), *max))),
                Err(error) => tracing::warn!(
                    %host, %error, "max.connections.per.ip.overrides: the host is not known, so it \
                     has no limit of its own"
                ),
            }
        }
        let (max, max_per_address) = (network.connections_max, network.connections_max_per_address);
        Census::new(shards, max, max_per_address, overrides)
    }

    pub fn total(&self) -> usize {
        self.by_shard.iter().sum()
    }

    /// Counts a connection in, and says where it is to live.
    pub fn admit(&mut self, address: IpAddr) -> Result<ShardId, Full> {
        if self.total() >= self.max {
            return Err(Full::Node(self.max));
        }
        let max = self.overrides.get(&address).copied().unwrap_or(self.max_per_address);
        let from_address = self.by_address.get(&address).copied().unwrap_or(0);
        if from_address >= max {
            return Err(Full::Address { address, max });
        }
        self.by_address.insert(address, from_address + 1);
        let shards = self.by_shard.iter().enumerate();
        let (least, _) = shards.min_by_key(|(_, count)| **count).unwrap_or((0, &0));
        self.by_shard[least] += 1;
        Ok(ShardId(least))
    }

    /// Counts a connection out.
    pub fn release(&mut self, address: IpAddr, shard: ShardId) {
        self.by_shard[shard.0] -= 1;
        let left = self.by_address.get(&address).map_or(0, |count| count - 1);
        if left == 0 {
            self.by_address.remove(&address);
        } else {
            self.by_address.insert(address, left);
        }
    }
}

/// Accepts for as long as the broker runs.
pub async fn accept(broker: Rc<Core>, listener: Listener, facts: Arc<ListenerFacts>) {
    let mut told_at = None;
    loop {
        match listener.accept().await {
            Ok(accepted) => match check_descriptors(accepted.descriptors()) {
                Ok(()) => admit(&broker, accepted, facts.clone()),
                Err(full) => {
                    count(&broker.metrics.connections.refused, 1);
                    tell_seldom(&full, &mut told_at);
                }
            },
            // Out of descriptors, most likely: told once, the listener itself tries again.
            Err(error) => {
                tracing::error!(listener = %facts.name, %error, "connections cannot be accepted");
            }
        }
    }
}

/// Connections leave some descriptors to the files.
fn check_descriptors(descriptors: DescriptorUse) -> Result<(), Full> {
    let DescriptorUse { used, max } = descriptors;
    match used.saturating_add(limits::descriptors_kept(max)) <= max {
        true => Ok(()),
        false => Err(Full::Descriptors { used, max }),
    }
}

fn tell_seldom(full: &Full, told_at: &mut Option<Instant>) {
    if told_at.is_none_or(|told| told.elapsed() >= limits::REFUSALS_TOLD) {
        *told_at = Some(clock::now());
        tracing::error!(
            reason = %full, "connections are refused: raise the limit (ulimit -Hn, or LimitNOFILE \
             of systemd)"
        );
    }
}

fn admit(broker: &Rc<Core>, accepted: Accepted, facts: Arc<ListenerFacts>) {
    let peer = accepted.peer_addr();
    if let Err(throttle_ms) = check_rate(broker, peer.ip()) {
        return close_later(broker, accepted, throttle_ms);
    }
    let admitted = broker.first_core().census.borrow_mut().admit(peer.ip());
    match admitted {
        Ok(shard) => broker.adopt_on(shard, accepted, facts),
        Err(full) => {
            count(&broker.metrics.connections.refused, 1);
            let mut told = broker.refusals_told.borrow_mut();
            match told.tell(peer.ip(), "the limit of connections", clock::now()) {
                Some(same_before) => {
                    tracing::warn!(%peer, reason = %full, same_before, "connection refused");
                }
                None => tracing::debug!(%peer, reason = %full, "connection refused"),
            }
        }
    }
}

/// Counts a new connection of an address, or says for how long there may be none.
fn check_rate(broker: &Rc<Core>, address: IpAddr) -> Result<(), u64> {
    let security = broker.image().security.clone();
    let hosts = broker.first_core().connection_rates.borrow_mut().follow(&security);
    if !hosts.is_empty() {
        let broker = broker.clone();
        drop(spawn(async move {
            let found = host_names::look_up(&broker.name_lookups, hosts).await;
            for (host, addresses) in found {
                broker
                    .first_core()
                    .connection_rates
                    .borrow_mut()
                    .learn(&security, &host, &addresses);
            }
        }));
    }
    broker.first_core().connection_rates.borrow_mut().admit(address, now_ms())
}

fn close_later(broker: &Rc<Core>, accepted: Accepted, throttle_ms: u64) {
    let metrics = &broker.metrics.connections;
    count(&metrics.refused_by_rate, 1);
    tracing::debug!(peer = %accepted.peer_addr(), throttle_ms, "connection above the rate");
    if metrics.delayed.get() >= limits::CONNECTIONS_DELAYED_MAX as u64 {
        return;
    }
    metrics.delayed.set(metrics.delayed.get() + 1);
    let broker = broker.clone();
    drop(spawn(async move {
        clock::sleep(Duration::from_millis(throttle_ms)).await;
        drop(accepted);
        let delayed = &broker.metrics.connections.delayed;
        delayed.set(delayed.get() - 1);
    }));
}

/// Serves a connection on this shard, in a task of its own, and reports its end to shard 0.
pub fn adopt(broker: Rc<Core>, accepted: Accepted, facts: Arc<ListenerFacts>) {
    let address = accepted.peer_addr();
    let socket = Socket::from_accepted(accepted);
    let served = async move {
        connection::serve(broker.clone(), socket, Peer::new(address, facts)).await;
        let shard = broker.shard;
        let released = broker.run_on(ShardId(0), move |acceptor| {
            Box::pin(async move {
                acceptor.first_core().census.borrow_mut().release(address.ip(), shard)
            })
        });
        released.await;
    };
    drop(spawn(served));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(last: u8) -> IpAddr {
        IpAddr::from([10, 0, 0, last])
    }

    #[test]
    fn spreads_over_the_shards_and_follows_what_ends() {
        let mut census = Census::new(3, 100, 100, HashMap::default());
        let shards: Vec<usize> = (0..6).map(|_| census.admit(address(1)).unwrap().0).collect();
        assert_eq!(shards, [0, 1, 2, 0, 1, 2]);
        census.release(address(1), ShardId(1));
        assert_eq!(census.admit(address(1)), Ok(ShardId(1)));
    }

    #[test]
    fn descriptors_are_kept_for_files() {
        let is_let_in = |used, max| check_descriptors(DescriptorUse { used, max }).is_ok();
        assert!(is_let_in(640, 1024));
        assert!(!is_let_in(641, 1024));
        let max = 1 << 20;
        assert!(is_let_in(max - limits::DESCRIPTORS_KEPT_MAX, max));
        assert!(!is_let_in(max - limits::DESCRIPTORS_KEPT_MAX + 1, max));
        assert!(is_let_in(1 << 30, u64::MAX));
    }

    #[test]
    fn refuses_beyond_each_limit() {
        let overrides = HashMap::from_iter([(address(9), 0)]);
        let mut census = Census::new(2, 3, 2, overrides);
        assert_eq!(census.admit(address(9)), Err(Full::Address { address: address(9), max: 0 }));
        census.admit(address(1)).unwrap();
        let shard = census.admit(address(1)).unwrap();
        assert_eq!(census.admit(address(1)), Err(Full::Address { address: address(1), max: 2 }));
        census.admit(address(2)).unwrap();
        assert_eq!(census.admit(address(3)), Err(Full::Node(3)));
        census.release(address(1), shard);
        assert!(census.admit(address(3)).is_ok());
        assert_eq!(census.total(), 3);
    }
}
