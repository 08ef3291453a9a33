//! Addresses of hosts by name, which may take long.
//!
//! Lives on: any core; the work is done by a thread of its own, one at a time for each core, also
//! where who asked has gone.
//! Promise: the core goes on meanwhile.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, ToSocketAddrs};
use std::thread;

use shards::io::{executor, inbox};
use shards::sync::Semaphore;

/// The addresses of each host; none of one that is not known.
pub type Addresses = BTreeMap<String, Vec<IpAddr>>;

/// Asks the system for the addresses of `hosts`. `turn` lets one look-up in at a time.
pub async fn look_up(turn: &Semaphore, hosts: BTreeSet<String>) -> Addresses {
    if hosts.is_empty() {
        return Addresses::new();
    }
    let turn = turn.acquire().await;
    let none = hosts.iter().map(|host| (host.clone(), Vec::new())).collect();
    let asked = async move {
        let (found, inbox) = inbox::channel()?;
        thread::Builder::new().name("names".into()).spawn(move || {
            // A core that is gone does not want to know.
            let _gone = found.send(hosts.into_iter().map(addresses).collect::<Addresses>());
        })?;
        inbox.first().await
    };
    // The thread can not be called back: its turn ends when it does.
    let asked = executor::spawn(async move {
        let _turn = turn;
        asked.await
    });
    asked.await.unwrap_or_else(|error: std::io::Error| {
        tracing::warn!(%error, "names of hosts cannot be looked up");
        none
    })
}

fn addresses(host: String) -> (String, Vec<IpAddr>) {
    let found = (host.as_str(), 0).to_socket_addrs();
    let found = found.map(|addresses| addresses.map(|address| address.ip()).collect());
    (host, found.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_its_own() {
        let found = addresses("127.0.0.1".to_owned());
        assert_eq!(found.1, [IpAddr::from([127, 0, 0, 1])]);
        assert_eq!(addresses("no such host".to_owned()).1, Vec::<IpAddr>::new());
    }
}
