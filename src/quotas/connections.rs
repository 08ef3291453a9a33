//! How many connections an address may open a second.
//!
//! Lives on: shard 0, with the acceptor.
//! Promise: an address with a limit of its own has that one, any other the default, if there is
//! one. A connection that is refused does not count.   Limits: limits::QUOTA_METERS_MAX.

use shards::entropy::HashMap;
use std::collections::BTreeSet;
use std::net::IpAddr;
use std::sync::Arc;

use super::keys::{CONNECTION_CREATION_RATE, IP};
use super::rate::{Rate, Window};
use crate::limits;
use crate::metadata::security::Security;

/// See the module.
#[derive(Debug)]
pub struct ConnectionRates {
    window: Window,
    /// Where the limits are from.
    security: Option<Arc<Security>>,
    default: Option<f64>,
    by_address: HashMap<IpAddr, f64>,
    rates: HashMap<IpAddr, Rate>,
}

impl ConnectionRates {
    pub fn new(window: Window) -> ConnectionRates {
        ConnectionRates {
            window,
            security: None,
            default: None,
            by_address: HashMap::default(),
            rates: HashMap::default(),
        }
    }

    /// Takes over the limits that are set now. Names of hosts, whose addresses are to be found
    /// first, are returned; give them to `learn`.
    pub fn follow(&mut self, security: &Arc<Security>) -> BTreeSet<String> {
        let mut hosts = BTreeSet::new();
        if self.security.as_ref().is_some_and(|known| Arc::ptr_eq(known, security)) {
            return hosts;
        }
        self.security = Some(security.clone());
        (self.default, self.by_address) = (None, HashMap::default());
        for (name, limit) in limits_of(security) {
            match name.map(str::parse::<IpAddr>) {
                None => self.default = Some(limit),
                Some(Ok(address)) => {
                    self.by_address.insert(address.to_canonical(), limit);
                }
                Some(Err(_)) => hosts.extend(name.map(str::to_owned)),
            }
        }
        hosts
    }

    /// The addresses of a host that `follow` named for these limits.
    pub fn learn(&mut self, security: &Arc<Security>, host: &str, addresses: &[IpAddr]) {
        if !self.security.as_ref().is_some_and(|known| Arc::ptr_eq(known, security)) {
            return;
        }
        let limit = limits_of(security).find(|(name, _)| *name == Some(host));
        if let Some((_, limit)) = limit {
            let addresses = addresses.iter().map(|address| (address.to_canonical(), limit));
            self.by_address.extend(addresses);
        }
    }

    /// Counts a new connection in, or says for how long there may be none.
    pub fn admit(&mut self, address: IpAddr, now_ms: u64) -> Result<(), u64> {
        let address = address.to_canonical();
        let Some(limit) = self.by_address.get(&address).copied().or(self.default) else {
            return Ok(());
        };
        let window = self.window;
        if self.rates.len() >= limits::QUOTA_METERS_MAX && !self.rates.contains_key(&address) {
            self.rates.retain(|_, rate| !rate.is_over(window, now_ms));
            if self.rates.len() >= limits::QUOTA_METERS_MAX {
                return Ok(());
            }
        }
        let rate = self.rates.entry(address).or_default();
        rate.record(window, 1.0, now_ms);
        let throttle_ms = rate.measure(window, now_ms).throttle_ms(limit).min(window.sample_ms);
        if throttle_ms == 0 {
            return Ok(());
        }
        rate.record(window, -1.0, now_ms);
        Err(throttle_ms)
    }
}

/// Addresses or names of hosts with their limits; no name for the default.
fn limits_of(security: &Security) -> impl Iterator<Item = (Option<&str>, f64)> {
    security.client_quotas.iter().filter_map(|(entity, quotas)| match &entity[..] {
        [(kind, name)] if kind == IP => {
            Some((name.as_deref(), *quotas.get(CONNECTION_CREATION_RATE)?))
        }
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    const WINDOW: Window = Window { samples: 11, sample_ms: 1000 };

    fn security(limits: &[(Option<&str>, f64)]) -> Arc<Security> {
        let quotas = limits.iter().map(|(name, limit)| {
            let values = BTreeMap::from([(CONNECTION_CREATION_RATE.to_owned(), *limit)]);
            (vec![(IP.to_owned(), name.map(str::to_owned))], values)
        });
        Arc::new(Security { client_quotas: quotas.collect(), ..Security::default() })
    }

    fn address(last: u8) -> IpAddr {
        IpAddr::from([10, 0, 0, last])
    }

    /// How many connections get in at once.
    fn admitted(rates: &mut ConnectionRates, address: IpAddr) -> usize {
        (0..100).take_while(|_| rates.admit(address, 0).is_ok()).count()
    }

    #[test]
    fn an_address_has_its_own_limit_or_the_default() {
        let mut rates = ConnectionRates::new(WINDOW);
        assert_eq!(admitted(&mut rates, address(1)), 100);
        let limits = security(&[(None, 2.0), (Some("10.0.0.2"), 1.0)]);
        assert_eq!(rates.follow(&limits), BTreeSet::new());
        assert_eq!(admitted(&mut rates, address(1)), 20);
        assert_eq!(admitted(&mut rates, address(2)), 10);
        let mapped = "::ffff:10.0.0.2".parse().unwrap();
        assert_eq!(rates.admit(mapped, 0), Err(1000));
        assert_eq!(rates.admit(mapped, 999), Err(1));
        assert_eq!(rates.admit(mapped, 11_000), Ok(()));
    }

    #[test]
    fn a_host_is_limited_once_its_addresses_are_known() {
        let mut rates = ConnectionRates::new(WINDOW);
        let limits = security(&[(Some("there"), 1.0)]);
        assert_eq!(rates.follow(&limits), BTreeSet::from(["there".to_owned()]));
        assert_eq!(rates.follow(&limits), BTreeSet::new());
        rates.learn(&security(&[(Some("there"), 3.0)]), "there", &[address(1)]);
        assert_eq!(admitted(&mut rates, address(1)), 100);
        rates.learn(&limits, "there", &[address(1)]);
        assert_eq!(admitted(&mut rates, address(1)), 10);
        assert_eq!(rates.follow(&security(&[])), BTreeSet::new());
        assert_eq!(admitted(&mut rates, address(1)), 100);
    }
}
