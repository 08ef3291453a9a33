//! What a history of sends and polls may not show.
//!
//! The anomalies are those that Jepsen's workload for Kafka names, for a log whose producers do not
//! use transactions. Pure. Promise: a history without anomalies gives none, whatever is unknown in
//! it; each anomaly says which records show it.

use std::collections::{BTreeMap, HashMap};

/// A value that is sent once, to one partition.
pub(crate) type Value = u64;
type Position = (i32, i64);

/// What became of a send.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Outcome {
    At(i64),
    /// Acknowledged, without an offset.
    Acknowledged,
    /// For certain not in the log.
    Refused,
    Unknown,
}

#[derive(Clone, Debug)]
pub(crate) struct Send {
    pub(crate) partition: i32,
    pub(crate) value: Value,
    pub(crate) outcome: Outcome,
}

/// An answer with records; `from` is what was asked for.
#[derive(Clone, Debug)]
pub(crate) struct Poll {
    pub(crate) partition: i32,
    pub(crate) from: i64,
    /// The consumer chose `from` anew; else it goes on from its last poll.
    pub(crate) sought: bool,
    pub(crate) records: Vec<(i64, Value)>,
}

/// All that happened, each client's events in their order.
#[derive(Debug, Default)]
pub(crate) struct History {
    pub(crate) producers: Vec<Vec<Send>>,
    pub(crate) consumers: Vec<Vec<Poll>>,
    /// Every partition from its beginning to its end, once all is over.
    pub(crate) in_the_end: Vec<Poll>,
}

#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) enum Anomaly {
    /// Two values at one offset.
    InconsistentOffset { place: Position, values: (Value, Value) },
    /// One value at two offsets.
    Duplicate { value: Value, places: (Position, Position) },
    /// Acknowledged and not in the log, which goes on behind it.
    LostWrite { value: Value, place: Position },
    /// Acknowledged and never seen.
    Unseen { value: Value },
    /// Refused, and read all the same.
    RefusedRead { value: Value, place: Position },
    /// Read, and not there in the end.
    Vanished { value: Value, place: Position },
    /// A consumer went back without being told to.
    NonmonotonicPoll { consumer: usize, partition: i32, expected: i64, found: i64 },
    /// A consumer passed over a record.
    Skip { consumer: usize, place: Position },
    /// A producer's later send lies before its earlier one.
    NonmonotonicSend { producer: usize, earlier: Position, later: Position },
}

pub(crate) fn anomalies(history: &History) -> Vec<Anomaly> {
    let mut found = Vec::new();
    let read = values_read(history, &mut found);
    duplicates(&read, &mut found);
    sends(history, &read, &mut found);
    for (consumer, polls) in history.consumers.iter().enumerate() {
        consumer_goes_on(consumer, polls, &read, &mut found);
    }
    vanished(history, &mut found);
    found
}

/// Each place that anyone read, with its value.
fn values_read(history: &History, found: &mut Vec<Anomaly>) -> BTreeMap<Position, Value> {
    let mut read = BTreeMap::new();
    for poll in history.consumers.iter().flatten().chain(&history.in_the_end) {
        for &(offset, value) in &poll.records {
            let place = (poll.partition, offset);
            let before = *read.entry(place).or_insert(value);
            if before != value {
                found.push(Anomaly::InconsistentOffset { place, values: (before, value) });
            }
        }
    }
    read
}

fn duplicates(read: &BTreeMap<Position, Value>, found: &mut Vec<Anomaly>) {
    let mut places: HashMap<Value, Position> = HashMap::new();
    for (&place, &value) in read {
        if let Some(first) = places.insert(value, place) {
            found.push(Anomaly::Duplicate { value, places: (first, place) });
        }
    }
}

fn sends(history: &History, read: &BTreeMap<Position, Value>, found: &mut Vec<Anomaly>) {
    let places: HashMap<Value, Position> =
        read.iter().map(|(place, value)| (*value, *place)).collect();
    for (producer, sends) in history.producers.iter().enumerate() {
        let mut last: HashMap<i32, i64> = HashMap::new();
        for send in sends {
            let (value, partition) = (send.value, send.partition);
            let seen = places.get(&value).copied();
            match (send.outcome, seen) {
                (Outcome::Refused, Some(place)) => {
                    found.push(Anomaly::RefusedRead { value, place });
                }
                (Outcome::At(offset), _) => {
                    let place = (partition, offset);
                    found.extend(acknowledged(value, place, seen, read));
                    if let Some(earlier) = last.insert(partition, offset)
                        && earlier >= offset
                    {
                        let earlier = (partition, earlier);
                        found.push(Anomaly::NonmonotonicSend { producer, earlier, later: place });
                    }
                }
                (Outcome::Acknowledged, None) => found.push(Anomaly::Unseen { value }),
                _ => {}
            }
        }
    }
}

fn acknowledged(
    value: Value,
    place: Position,
    seen: Option<Position>,
    read: &BTreeMap<Position, Value>,
) -> Option<Anomaly> {
    match (seen, read.get(&place)) {
        (_, Some(&other)) if other != value => {
            Some(Anomaly::InconsistentOffset { place, values: (value, other) })
        }
        (Some(seen), _) if seen != place => {
            Some(Anomaly::Duplicate { value, places: (place, seen) })
        }
        (Some(_), _) => None,
        (None, _) if read.range(place..=(place.0, i64::MAX)).next().is_some() => {
            Some(Anomaly::LostWrite { value, place })
        }
        (None, _) => Some(Anomaly::Unseen { value }),
    }
}

/// Each poll begins where the last one ended, and gives every record of its range.
fn consumer_goes_on(
    consumer: usize,
    polls: &[Poll],
    read: &BTreeMap<Position, Value>,
    found: &mut Vec<Anomaly>,
) {
    let mut positions: HashMap<i32, i64> = HashMap::new();
    for poll in polls {
        let partition = poll.partition;
        let mut expected = match positions.get(&partition) {
            Some(position) if !poll.sought => *position,
            _ => poll.from,
        };
        for &(offset, _) in &poll.records {
            if offset < expected {
                let back =
                    Anomaly::NonmonotonicPoll { consumer, partition, expected, found: offset };
                found.push(back);
            } else if let Some((place, _)) =
                read.range((partition, expected)..(partition, offset)).next()
            {
                found.push(Anomaly::Skip { consumer, place: *place });
            }
            expected = offset + 1;
        }
        positions.insert(partition, expected);
    }
}

/// What a consumer was given is in the log for good.
fn vanished(history: &History, found: &mut Vec<Anomaly>) {
    let end = history.in_the_end.iter();
    let there: BTreeMap<Position, Value> = end
        .flat_map(|poll| {
            poll.records.iter().map(|(offset, value)| ((poll.partition, *offset), *value))
        })
        .collect();
    for poll in history.consumers.iter().flatten() {
        for &(offset, value) in &poll.records {
            let place = (poll.partition, offset);
            if there.get(&place) != Some(&value) {
                found.push(Anomaly::Vanished { value, place });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn poll(from: i64, records: &[(i64, Value)]) -> Poll {
        Poll { partition: 0, from, sought: false, records: records.to_vec() }
    }

    fn sent(value: Value, outcome: Outcome) -> Send {
        Send { partition: 0, value, outcome }
    }

    /// Three records, sent by one and read by another.
    fn sound() -> History {
        History {
            producers: vec![vec![
                sent(1, Outcome::At(0)),
                sent(2, Outcome::Acknowledged),
                sent(3, Outcome::Unknown),
                sent(4, Outcome::At(3)),
                sent(5, Outcome::Refused),
                sent(6, Outcome::Unknown),
            ]],
            consumers: vec![vec![poll(0, &[(0, 1), (1, 2)]), poll(2, &[(2, 3), (3, 4)])]],
            in_the_end: vec![poll(0, &[(0, 1), (1, 2), (2, 3), (3, 4)])],
        }
    }

    fn only(history: &History) -> Anomaly {
        let found = anomalies(history);
        assert_eq!(found.len(), 1, "{found:?}");
        found[0].clone()
    }

    #[test]
    fn a_sound_history_has_none() {
        assert_eq!(anomalies(&sound()), []);
        let mut sought = sound();
        sought.consumers[0].push(Poll { sought: true, ..poll(1, &[(1, 2)]) });
        assert_eq!(anomalies(&sought), []);
    }

    #[test]
    fn what_was_acknowledged_and_is_not_there() {
        let mut lost = sound();
        lost.producers[0].push(sent(7, Outcome::Acknowledged));
        assert_eq!(only(&lost), Anomaly::Unseen { value: 7 });
        let mut lost = sound();
        lost.producers.push(vec![sent(7, Outcome::At(9))]);
        assert_eq!(only(&lost), Anomaly::Unseen { value: 7 });
        let mut hole = sound();
        hole.producers.push(vec![sent(7, Outcome::At(2))]);
        hole.consumers.clear();
        hole.in_the_end = vec![poll(0, &[(0, 1), (1, 2), (3, 4)])];
        assert_eq!(only(&hole), Anomaly::LostWrite { value: 7, place: (0, 2) });
    }

    #[test]
    fn records_at_two_places_and_places_with_two_records() {
        let mut doubled = sound();
        doubled.in_the_end[0].records.push((4, 3));
        let places = ((0, 2), (0, 4));
        assert_eq!(only(&doubled), Anomaly::Duplicate { value: 3, places });
        let mut changed = sound();
        changed.in_the_end[0].records[2].1 = 8;
        let found = anomalies(&changed);
        let values = (3, 8);
        assert!(found.contains(&Anomaly::InconsistentOffset { place: (0, 2), values }));
        assert!(found.contains(&Anomaly::Vanished { value: 3, place: (0, 2) }));
    }

    #[test]
    fn what_was_refused_and_what_vanished() {
        let mut refused = sound();
        refused.in_the_end[0].records.push((4, 5));
        assert_eq!(only(&refused), Anomaly::RefusedRead { value: 5, place: (0, 4) });
        let mut vanished = sound();
        vanished.consumers[0].push(poll(4, &[(4, 6)]));
        assert_eq!(only(&vanished), Anomaly::Vanished { value: 6, place: (0, 4) });
    }

    #[test]
    fn clients_go_on_in_order() {
        let mut back = sound();
        back.consumers[0].push(poll(4, &[(1, 2)]));
        let found = Anomaly::NonmonotonicPoll { consumer: 0, partition: 0, expected: 4, found: 1 };
        assert_eq!(only(&back), found);
        let mut skipped = sound();
        skipped.consumers[0].remove(0);
        skipped.consumers[0][0].from = 0;
        assert_eq!(only(&skipped), Anomaly::Skip { consumer: 0, place: (0, 0) });
        let mut swapped = sound();
        swapped.producers[0][0] = sent(4, Outcome::At(3));
        swapped.producers[0][3] = sent(1, Outcome::At(0));
        let found = Anomaly::NonmonotonicSend { producer: 0, earlier: (0, 3), later: (0, 0) };
        assert_eq!(only(&swapped), found);
    }
}
