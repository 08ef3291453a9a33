//! Which ends of connections are told in the log: the first of a kind from an address, and then at
//! most one in `limits::REFUSALS_TOLD`, with the number of those that were not told.
//!
//! Lives on: each core, for its connections. Pure. A client that reconnects for ever, and is
//! refused for the same reason each time, is one line a minute.
//! Limits: limits::REFUSALS_REMEMBERED.   Read next: connection.rs.

use std::net::IpAddr;

use shards::clock::Instant;
use shards::entropy::HashMap;

use crate::limits;

/// A kind of refusal, of one address.
type Key = (IpAddr, &'static str);

/// See the module.
#[derive(Debug, Default)]
pub struct RefusalsTold {
    known: HashMap<Key, Told>,
    /// Those of addresses beyond the bound.
    others: Option<Told>,
}

#[derive(Clone, Copy, Debug)]
struct Told {
    at: Instant,
    /// The same since then, untold.
    untold: u64,
}

impl RefusalsTold {
    /// Whether a refusal is to be told, and if so with how many before it that were not.
    pub fn tell(&mut self, address: IpAddr, kind: &'static str, now: Instant) -> Option<u64> {
        let is_over = |told: &Told| now.since(told.at) >= limits::REFUSALS_TOLD;
        let known = self.known.contains_key(&(address, kind));
        if !known && self.known.len() >= limits::REFUSALS_REMEMBERED {
            self.known.retain(|_, told| !is_over(told));
        }
        let told = match known || self.known.len() < limits::REFUSALS_REMEMBERED {
            true => self.known.get_mut(&(address, kind)),
            false => self.others.as_mut(),
        };
        match told {
            Some(told) if !is_over(told) => {
                told.untold += 1;
                None
            }
            Some(told) => Some(std::mem::replace(told, Told { at: now, untold: 0 }).untold),
            None => {
                let first = Told { at: now, untold: 0 };
                match self.known.len() < limits::REFUSALS_REMEMBERED {
                    true => drop(self.known.insert((address, kind), first)),
                    false => self.others = Some(first),
                }
                Some(0)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    fn address(n: u32) -> IpAddr {
        IpAddr::from(n.to_be_bytes())
    }

    #[test]
    fn a_refusal_that_repeats_is_told_once_a_minute_with_its_number() {
        let mut told = RefusalsTold::default();
        let start = Instant::from_ns(0);
        assert_eq!(told.tell(address(1), "frame", start), Some(0));
        for _ in 0..1204 {
            assert_eq!(told.tell(address(1), "frame", start), None);
        }
        // Another reason, or another peer, is news.
        assert_eq!(told.tell(address(1), "idle", start), Some(0));
        assert_eq!(told.tell(address(2), "frame", start), Some(0));
        let later = start + limits::REFUSALS_TOLD;
        assert_eq!(told.tell(address(1), "frame", later), Some(1204));
        assert_eq!(told.tell(address(1), "frame", later), None);
    }

    #[test]
    fn what_is_remembered_has_a_bound_and_is_forgotten() {
        let mut told = RefusalsTold::default();
        let start = Instant::from_ns(0);
        for n in 0..limits::REFUSALS_REMEMBERED as u32 {
            assert_eq!(told.tell(address(n), "frame", start), Some(0));
        }
        // All others are one.
        assert_eq!(told.tell(address(1 << 24), "frame", start), Some(0));
        assert_eq!(told.tell(address(2 << 24), "frame", start), None);
        assert_eq!(told.known.len(), limits::REFUSALS_REMEMBERED);
        let later = start + limits::REFUSALS_TOLD + Duration::from_secs(1);
        assert_eq!(told.tell(address(3 << 24), "frame", later), Some(0));
        assert_eq!(told.known.len(), 1);
    }
}
