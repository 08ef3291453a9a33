//! Transactions, and what readers of committed records may see of them.
//!
//! Promise: a record of a transaction that was not decided to be committed is never seen, and no
//! reader gets past one of a transaction that is open; each acknowledged record of one that is
//! committed is seen, where it stands.

use std::collections::BTreeMap;

use crate::simulation::record::{Found, RecordId};

/// What was decided of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::simulation) enum Fate {
    Open,
    Committed,
    Aborted,
}

#[derive(Debug, Default)]
pub(in crate::simulation) struct TransactionsModel {
    fates: BTreeMap<(u32, u32), Fate>,
    /// Where acknowledged records stand, by partition.
    places: BTreeMap<i32, BTreeMap<i64, RecordId>>,
}

impl TransactionsModel {
    pub(in crate::simulation) fn begun(&mut self, producer: u32, number: u32) {
        self.fates.insert((producer, number), Fate::Open);
    }

    /// From now on readers may see it so.
    pub(in crate::simulation) fn decided(&mut self, producer: u32, number: u32, fate: Fate) {
        self.fates.insert((producer, number), fate);
    }

    pub(in crate::simulation) fn acknowledged(
        &mut self,
        partition: i32,
        ids: &[RecordId],
        base_offset: i64,
    ) -> Result<(), String> {
        let places = self.places.entry(partition).or_default();
        for (offset, id) in (base_offset..).zip(ids) {
            match places.insert(offset, *id) {
                Some(other) if other != *id => {
                    return Err(format!("{id} stands at {offset}, where {other} was"));
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// A reader of committed records went from `from` to `to`, and was shown `shown`.
    pub(in crate::simulation) fn read(
        &self,
        partition: i32,
        (from, to): (i64, i64),
        shown: &[Found],
    ) -> Result<(), String> {
        for found in shown {
            if self.fate_of(found.id) != Some(Fate::Committed) {
                let fate = self.fate_of(found.id);
                return Err(format!("{} at {} is shown: {fate:?}", found.id, found.offset));
            }
        }
        let Some(places) = self.places.get(&partition) else { return Ok(()) };
        let mut shown = shown.iter().peekable();
        for (offset, id) in places.range(from..to) {
            while shown.next_if(|found| found.offset < *offset).is_some() {}
            let found = shown.next_if(|found| found.offset == *offset);
            match (self.fate_of(*id), found) {
                (Some(Fate::Open), _) => {
                    return Err(format!("{id} at {offset} is passed while it is undecided"));
                }
                (Some(Fate::Committed), None) => {
                    return Err(format!("{id} at {offset} is committed and not shown"));
                }
                (Some(Fate::Committed), Some(found)) if found.id != *id => {
                    return Err(format!("at {offset} {} is shown instead of {id}", found.id));
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn fate_of(&self, id: RecordId) -> Option<Fate> {
        self.fates.get(&(id.producer, id.life)).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(life: u32, number: u64) -> RecordId {
        RecordId { producer: 1, life, number }
    }

    fn model(fate: Fate) -> TransactionsModel {
        let mut model = TransactionsModel::default();
        model.begun(1, 1);
        model.acknowledged(0, &[id(1, 0), id(1, 1)], 5).unwrap();
        model.decided(1, 1, fate);
        model
    }

    fn both() -> Vec<Found> {
        vec![Found { offset: 5, id: id(1, 0) }, Found { offset: 6, id: id(1, 1) }]
    }

    #[test]
    fn what_is_committed_is_shown_whole() {
        let model = model(Fate::Committed);
        assert_eq!(model.read(0, (0, 9), &both()), Ok(()));
        assert_eq!(model.read(0, (0, 5), &[]), Ok(()));
        assert!(model.read(0, (0, 9), &both()[..1]).is_err());
        assert!(model.read(0, (0, 9), &[]).is_err());
    }

    #[test]
    fn what_is_aborted_is_not_shown() {
        let model = model(Fate::Aborted);
        assert_eq!(model.read(0, (0, 9), &[]), Ok(()));
        assert!(model.read(0, (0, 9), &both()[1..]).is_err());
    }

    #[test]
    fn what_is_open_is_neither_shown_nor_passed() {
        let model = model(Fate::Open);
        assert_eq!(model.read(0, (0, 5), &[]), Ok(()));
        assert!(model.read(0, (0, 6), &[]).is_err());
        assert!(model.read(0, (0, 9), &both()).is_err());
    }

    #[test]
    fn a_record_stands_alone_at_its_offset() {
        let mut model = model(Fate::Open);
        assert_eq!(model.acknowledged(0, &[id(1, 1)], 6), Ok(()));
        assert!(model.acknowledged(0, &[id(2, 0)], 6).is_err());
    }
}
