//! What one group has committed for one partition.
//!
//! Promise: an offset that was acknowledged, or read, is what is read from then on, until a later
//! commit; one of which nothing is known may take its place as long as the node lives that it was
//! sent to.

use shards::io::simulation::ProcessId;

/// What is answered where nothing was committed.
const NONE: i64 = -1;

#[derive(Debug, Default)]
pub(in crate::simulation) struct CommitModel {
    known: Option<i64>,
    /// Sent and not answered: it may be there, or come.
    unknown: Vec<(Option<ProcessId>, i64)>,
}

impl CommitModel {
    pub(in crate::simulation) fn sent(&mut self, node: Option<ProcessId>, offset: i64) {
        self.unknown.push((node, offset));
    }

    /// The node said that it has this offset. What earlier nodes were sent can not come any more.
    pub(in crate::simulation) fn acknowledged(&mut self, node: Option<ProcessId>, offset: i64) {
        self.unknown.retain(|(to, sent)| *to == node && *sent != offset);
        self.known = Some(offset);
    }

    pub(in crate::simulation) fn read(&mut self, offset: i64) -> Result<(), String> {
        if offset == self.known.unwrap_or(NONE) {
            return Ok(());
        }
        if self.unknown.iter().any(|(_, sent)| *sent == offset) {
            self.known = Some(offset);
            return Ok(());
        }
        Err(format!("offset {offset} was read, known were {self:?}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: Option<ProcessId> = Some(ProcessId(1));
    const SECOND: Option<ProcessId> = Some(ProcessId(2));

    #[test]
    fn a_commit_is_read_until_the_next() {
        let mut model = CommitModel::default();
        assert_eq!(model.read(NONE), Ok(()));
        model.sent(FIRST, 5);
        model.acknowledged(FIRST, 5);
        assert_eq!(model.read(5), Ok(()));
        assert!(model.read(NONE).is_err() && model.read(4).is_err());
    }

    #[test]
    fn what_was_not_answered_may_come_while_its_node_lives() {
        let mut model = CommitModel::default();
        model.sent(FIRST, 5);
        model.sent(FIRST, 6);
        model.acknowledged(FIRST, 6);
        assert_eq!(model.read(5), Ok(()));
        assert!(model.read(6).is_err(), "it was read to be another");
        model.sent(SECOND, 7);
        model.acknowledged(SECOND, 7);
        assert!(model.read(5).is_err());
    }
}
