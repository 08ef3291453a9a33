//! What one partition must hold.
//!
//! Promise: checked at each acknowledgement and each read: an acknowledged record is there, a
//! record stands at one offset and an offset holds one record, for ever; within one life of a
//! producer records keep their order; neither the high watermark nor the log start go back.

use std::collections::BTreeMap;

use crate::simulation::record::{Found, RecordId};

/// More than any run sends to one partition.
const RECORDS_MAX: usize = 1 << 26;

/// What became of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::simulation) enum Fate {
    /// Sent; it may be there or not.
    Unknown,
    /// The node said that it is there.
    Acknowledged,
    /// The node said that it is not.
    Refused,
}

/// Bounds below which an answer must not fall; those at the time of asking.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::simulation) struct Floors {
    pub high_watermark: i64,
    pub log_start: i64,
}

#[derive(Debug, Default)]
pub(in crate::simulation) struct PartitionModel {
    fates: BTreeMap<RecordId, Fate>,
    /// What stands at each offset, as far as it is known; and where each record stands.
    at: Vec<Option<RecordId>>,
    places: BTreeMap<RecordId, i64>,
    high_watermark: i64,
    log_start: i64,
    /// What was asked to be deleted, at the most.
    log_start_max: i64,
    /// Old segments go without being asked for.
    pub deletes_itself: bool,
    /// Records acknowledged up to here must be there.
    acknowledged_end: i64,
}

impl PartitionModel {
    pub(in crate::simulation) fn floors(&self) -> Floors {
        Floors { high_watermark: self.high_watermark, log_start: self.log_start }
    }

    pub(in crate::simulation) fn acknowledged_end(&self) -> i64 {
        self.acknowledged_end
    }

    pub(in crate::simulation) fn sent(&mut self, ids: &[RecordId]) {
        self.fates.extend(ids.iter().map(|id| (*id, Fate::Unknown)));
    }

    pub(in crate::simulation) fn refused(&mut self, ids: &[RecordId]) -> Result<(), String> {
        for id in ids {
            if let Some(offset) = self.places.get(id) {
                return Err(format!("{id} was refused, but stands at {offset}"));
            }
            self.fates.insert(*id, Fate::Refused);
        }
        Ok(())
    }

    /// The node said that these records are there, from an offset on.
    pub(in crate::simulation) fn acknowledged(
        &mut self,
        ids: &[RecordId],
        base_offset: i64,
    ) -> Result<(), String> {
        for (id, offset) in ids.iter().zip(base_offset..) {
            self.fates.insert(*id, Fate::Acknowledged);
            self.stands(Found { offset, id: *id })?;
            self.acknowledged_end = self.acknowledged_end.max(offset + 1);
        }
        Ok(())
    }

    /// The node said that these records are there, and not where.
    pub(in crate::simulation) fn acknowledged_somewhere(&mut self, ids: &[RecordId]) {
        self.fates.extend(ids.iter().map(|id| (*id, Fate::Acknowledged)));
    }

    /// Acknowledged records whose place nobody has seen.
    pub(in crate::simulation) fn unplaced(&self) -> impl Iterator<Item = RecordId> + '_ {
        let acknowledged = self.fates.iter().filter(|(_, fate)| **fate == Fate::Acknowledged);
        acknowledged.map(|(id, _)| *id).filter(|id| !self.places.contains_key(id))
    }

    /// Deletion up to an offset was asked for.
    pub(in crate::simulation) fn deletion_asked(&mut self, before: i64) {
        self.log_start_max = self.log_start_max.max(before);
    }

    /// Whether the log may begin behind an offset by now. One that deletes old segments itself may
    /// have deleted records that nobody was told of yet, and never more than were sent.
    pub(in crate::simulation) fn may_have_cut(&self, offset: i64) -> bool {
        let sent = if self.deletes_itself { self.fates.len() as i64 } else { 0 };
        offset < self.log_start_max.max(sent)
    }

    /// Records up to which nothing is promised any more: acknowledged places below may be unseen.
    pub(in crate::simulation) fn log_start_max(&self) -> i64 {
        self.log_start_max
    }

    /// The node told where the log starts; `floor` was known when it was asked.
    pub(in crate::simulation) fn starts(
        &mut self,
        log_start: i64,
        floor: Floors,
    ) -> Result<(), String> {
        if log_start < floor.log_start {
            return Err(format!("the log start went back from {} to {log_start}", floor.log_start));
        }
        if self.deletes_itself {
            // Never what nobody could see, which an answer tells together with this.
            self.log_start_max = self.log_start_max.max(log_start);
        }
        if log_start > self.log_start_max {
            let asked = self.log_start_max;
            return Err(format!("the log starts at {log_start}, deleted was up to {asked}"));
        }
        self.log_start = self.log_start.max(log_start);
        Ok(())
    }

    /// The node told a high watermark; `floor` was known when it was asked.
    pub(in crate::simulation) fn ends(&mut self, high: i64, floor: Floors) -> Result<(), String> {
        if high < floor.high_watermark {
            let before = floor.high_watermark;
            return Err(format!("the high watermark went back from {before} to {high}"));
        }
        self.high_watermark = self.high_watermark.max(high);
        Ok(())
    }

    /// Records were read from an offset on; the next offset to read from.
    pub(in crate::simulation) fn read(
        &mut self,
        from: i64,
        found: &[Found],
        high_watermark: i64,
    ) -> Result<i64, String> {
        let mut next = from;
        for record in found.iter().filter(|record| record.offset >= from) {
            if record.offset != next {
                return Err(format!("offset {next} is skipped: {} comes next", record.offset));
            }
            if record.offset >= high_watermark {
                return Err(format!("{next} is served, the high watermark is {high_watermark}"));
            }
            self.stands(*record)?;
            next += 1;
        }
        Ok(next)
    }

    fn stands(&mut self, record: Found) -> Result<(), String> {
        let Found { offset, id } = record;
        let index = usize::try_from(offset).map_err(|_| format!("{id} stands at {offset}"))?;
        let there = self.at.get(index).copied().flatten();
        if there == Some(id) {
            return Ok(());
        }
        match self.fates.get(&id) {
            None => return Err(format!("{id} at {offset} was not sent here")),
            Some(Fate::Refused) => return Err(format!("{id} at {offset} was refused")),
            Some(_) => {}
        }
        if let Some(there) = there {
            return Err(format!("at {offset} stands {id}, before it was {there}"));
        }
        if index >= self.at.len() + RECORDS_MAX {
            return Err(format!("{id} stands at {offset}, far behind all that was sent"));
        }
        self.at.resize(self.at.len().max(index + 1), None);
        self.at[index] = Some(id);
        let place = *self.places.entry(id).or_insert(offset);
        if place != offset {
            return Err(format!("{id} stands at {place} and at {offset}"));
        }
        self.keeps_order(id, offset)
    }

    /// Records of one life of a producer stand in their order.
    fn keeps_order(&self, id: RecordId, offset: i64) -> Result<(), String> {
        let same_life = |other: &RecordId| (other.producer, other.life) == (id.producer, id.life);
        let before = self.places.range(..id).next_back().filter(|(other, _)| same_life(other));
        if let Some((other, place)) = before.filter(|(_, place)| **place > offset) {
            return Err(format!("{id} stands at {offset}, before {other} at {place}"));
        }
        let mut after = self.places.range(id..).skip(1);
        let after = after.next().filter(|(other, _)| same_life(other));
        if let Some((other, place)) = after.filter(|(_, place)| **place < offset) {
            return Err(format!("{id} stands at {offset}, after {other} at {place}"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u64) -> RecordId {
        RecordId { producer: 1, life: 1, number }
    }

    fn found(offset: i64, number: u64) -> Found {
        Found { offset, id: id(number) }
    }

    fn with_two() -> PartitionModel {
        let mut model = PartitionModel::default();
        model.sent(&[id(1), id(2), id(3)]);
        model.acknowledged(&[id(1), id(2)], 5).unwrap();
        model
    }

    #[test]
    fn what_is_as_it_was_is_accepted() {
        let mut model = with_two();
        assert_eq!(model.read(5, &[found(5, 1), found(6, 2), found(7, 3)], 8), Ok(8));
        assert_eq!(model.read(6, &[found(5, 1), found(6, 2)], 8), Ok(7));
    }

    #[test]
    fn what_differs_is_told() {
        let wrong = [
            vec![found(5, 2)],
            vec![found(5, 1), found(7, 3)],
            vec![found(5, 1), found(6, 2), found(7, 1)],
            vec![found(5, 1), found(6, 2), found(7, 4)],
            vec![found(5, 1), found(6, 2), found(7, 3), found(8, 3)],
        ];
        for read in wrong {
            assert!(with_two().read(5, &read, 8).is_err(), "{read:?}");
        }
    }

    #[test]
    fn order_within_a_life_is_kept() {
        let mut model = with_two();
        assert!(model.acknowledged(&[id(3)], 4).is_err());
        let other = RecordId { producer: 1, life: 2, number: 0 };
        model.sent(&[other]);
        assert_eq!(model.acknowledged(&[other], 3), Ok(()));
    }

    #[test]
    fn bounds_do_not_go_back() {
        let mut model = with_two();
        let floors = model.floors();
        model.ends(7, floors).unwrap();
        assert!(model.ends(6, model.floors()).is_err());
        assert!(model.ends(6, floors).is_ok(), "asked before");
        assert!(model.starts(1, floors).is_err(), "nobody asked for a deletion");
        model.deletion_asked(4);
        model.starts(4, floors).unwrap();
        assert!(model.starts(3, model.floors()).is_err());
    }

    #[test]
    fn what_was_refused_is_not_there() {
        let mut model = with_two();
        model.refused(&[id(3)]).unwrap();
        assert!(model.read(7, &[found(7, 3)], 8).is_err());
        assert!(model.refused(&[id(1)]).is_err());
    }
}
