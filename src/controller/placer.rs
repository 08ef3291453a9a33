//! Chooses brokers for the replicas of new partitions.
//!
//! Promise: the first replica is on a broker that is not fenced, no broker holds two replicas of a
//! partition; leaders go round the racks, replicas of a partition over as many racks as there are;
//! brokers of a rack take turns, active ones before fenced ones.
//! Never: fails half way; what cannot be placed is refused before the first partition.

use std::collections::BTreeMap;

use crate::controller::Entropy;
use crate::metadata::{Cluster, NodeId};

/// The brokers for each of `partitions` new partitions; the error is the end of a sentence.
pub fn place(
    cluster: &Cluster,
    partitions: usize,
    replication_factor: i16,
    entropy: Entropy<'_>,
) -> Result<Vec<Vec<NodeId>>, String> {
    if replication_factor <= 0 {
        return Err(format!(
            "Invalid replication factor {replication_factor}: the replication factor must be \
             positive."
        ));
    }
    let mut racks = Racks::new(cluster, entropy);
    if racks.unfenced == 0 {
        return Err("All brokers are currently fenced.".to_owned());
    }
    let registered = cluster.brokers.len();
    let replicas = replication_factor as usize;
    if replicas > registered {
        return Err(format!(
            "The target replication factor of {replication_factor} cannot be reached because \
             only {registered} broker(s) are registered."
        ));
    }
    Ok((0..partitions).map(|_| racks.place(replicas, entropy)).collect())
}

/// Brokers of one rack and state that take turns. Each round starts one broker further.
#[derive(Default)]
struct Turns {
    brokers: Vec<NodeId>,
    start: usize,
    taken: usize,
    round: usize,
}

impl Turns {
    fn next(&mut self, round: usize) -> Option<NodeId> {
        if self.round != round {
            self.round = round;
            self.taken = 0;
            self.start += 1;
        }
        if self.taken >= self.brokers.len() {
            return None;
        }
        self.taken += 1;
        Some(self.brokers[(self.start + self.taken - 1) % self.brokers.len()])
    }
}

#[derive(Default)]
struct Rack {
    unfenced: Turns,
    fenced: Turns,
}

impl Rack {
    fn next(&mut self, round: usize) -> Option<NodeId> {
        self.unfenced.next(round).or_else(|| self.fenced.next(round))
    }
}

struct Racks {
    racks: Vec<Rack>,
    unfenced: usize,
    round: usize,
    first: usize,
}

impl Racks {
    fn new(cluster: &Cluster, entropy: Entropy<'_>) -> Self {
        let mut racks: BTreeMap<Option<&str>, Rack> = BTreeMap::new();
        let mut unfenced = 0;
        for broker in cluster.brokers.values() {
            let rack = racks.entry(broker.rack()).or_default();
            if broker.is_fenced() {
                rack.fenced.brokers.push(broker.id());
            } else {
                rack.unfenced.brokers.push(broker.id());
                unfenced += 1;
            }
        }
        let mut racks: Vec<Rack> = racks.into_values().collect();
        for turns in racks.iter_mut().flat_map(|rack| [&mut rack.unfenced, &mut rack.fenced]) {
            turns.start = below(turns.brokers.len(), entropy);
        }
        let first = below(racks.len(), entropy);
        Self { racks, unfenced, round: 0, first }
    }

    /// Terminates: there are at least as many brokers as replicas and one that is not fenced.
    fn place(&mut self, replicas: usize, entropy: Entropy<'_>) -> Vec<NodeId> {
        if self.round == self.unfenced && self.unfenced > 1 {
            self.shuffle(entropy);
            self.round = 0;
        }
        let count = self.racks.len();
        let round = self.round;
        let mut placed = Vec::with_capacity(replicas);
        let leads = (0..count).map(|step| (self.first + step) % count).find(|&rack| {
            let leader = self.racks[rack].unfenced.next(round);
            placed.extend(leader);
            leader.is_some()
        });
        let mut passed_over = leads;
        let mut rack = self.first % count;
        while placed.len() < replicas {
            if passed_over == Some(rack) {
                passed_over = None;
            } else {
                placed.extend(self.racks[rack].next(round));
            }
            rack = (rack + 1) % count;
        }
        self.round += 1;
        self.first = (self.first + 1) % count;
        placed
    }

    fn shuffle(&mut self, entropy: Entropy<'_>) {
        shuffle(&mut self.racks, entropy);
        for rack in &mut self.racks {
            shuffle(&mut rack.unfenced.brokers, entropy);
            shuffle(&mut rack.fenced.brokers, entropy);
        }
    }
}

fn below(bound: usize, entropy: Entropy<'_>) -> usize {
    if bound < 2 { 0 } else { (entropy() % bound as u64) as usize }
}

fn shuffle<T>(items: &mut [T], entropy: Entropy<'_>) {
    for last in (1..items.len()).rev() {
        items.swap(last, below(last + 1, entropy));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::metadata::Broker;
    use crate::protocol::metadata_records::RegisterBrokerRecord;

    fn cluster(brokers: &[(Option<u8>, bool)]) -> Cluster {
        let mut cluster = Cluster::default();
        for (position, (rack, fenced)) in brokers.iter().enumerate() {
            let registration = RegisterBrokerRecord {
                broker_id: position as i32,
                rack: rack.map(|rack| format!("rack{rack}")),
                fenced: *fenced,
                ..Default::default()
            };
            cluster.brokers.insert(position as i32, Broker { registration });
        }
        cluster
    }

    fn counting() -> impl FnMut() -> u64 {
        let mut state = 1u64;
        move || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            state >> 33
        }
    }

    #[test]
    fn says_why_it_cannot_place() {
        let fenced = cluster(&[(None, true)]);
        let one = cluster(&[(None, false)]);
        let place = |cluster, factor| place(cluster, 1, factor, &mut counting()).unwrap_err();
        assert_eq!(place(&fenced, 1), "All brokers are currently fenced.");
        assert_eq!(
            place(&one, 2),
            "The target replication factor of 2 cannot be reached because only 1 broker(s) are \
             registered."
        );
        assert!(place(&one, 0).starts_with("Invalid replication factor 0"));
    }

    #[test]
    fn spreads_leaders_evenly() {
        let cluster = cluster(&[(None, false), (None, false), (None, false)]);
        let placed = place(&cluster, 9, 2, &mut counting()).unwrap();
        for broker in 0..3 {
            let leads = placed.iter().filter(|replicas| replicas[0] == broker).count();
            assert_eq!(leads, 3, "broker {broker} in {placed:?}");
        }
    }

    proptest! {
        #[test]
        fn replicas_are_distinct_and_led_by_an_active_broker(
            brokers in proptest::collection::vec(
                (proptest::option::of(0u8..3), any::<bool>()),
                1..8,
            ),
            partitions in 0usize..40,
            factor in 1i16..8,
        ) {
            let cluster = cluster(&brokers);
            match place(&cluster, partitions, factor, &mut counting()) {
                Ok(placed) => {
                    prop_assert_eq!(placed.len(), partitions);
                    for replicas in placed {
                        prop_assert_eq!(replicas.len(), factor as usize);
                        prop_assert!(!brokers[replicas[0] as usize].1);
                        let mut distinct = replicas.clone();
                        distinct.sort_unstable();
                        distinct.dedup();
                        prop_assert_eq!(distinct.len(), replicas.len());
                    }
                }
                Err(_) => prop_assert!(
                    brokers.iter().all(|(_, fenced)| *fenced) || factor as usize > brokers.len()
                ),
            }
        }
    }
}
