//! Whether a recovery brings into the segments what the journals held, byte for byte.
//!
//! Lives on: the simulator's thread, between two turns.
//! Read next: ../../shards/src/journal/audit.rs.

use std::path::Path;

use shards::journal::audit::{self, Kept, Promised};

use super::model::Model;
use super::options::{DATA, Options};

/// What the journals held when a node was started.
#[derive(Default)]
pub(super) struct Audit {
    promised: Vec<Promised>,
    /// There was none to look into.
    is_blind: bool,
}

impl Audit {
    /// Of a node with one directory: a log that moves is in two journals.
    pub(super) fn begin(options: &Options) -> Audit {
        match options.moves_ms_max {
            None => {
                let journals = audit::journals(Path::new(DATA));
                Audit { promised: audit::promised(&journals), is_blind: journals.is_empty() }
            }
            Some(_) => Audit::default(),
        }
    }

    /// After a clean stop the journals are there and hold nothing.
    pub(super) fn nothing_left(&self) -> Result<(), String> {
        if self.is_blind {
            return Err("after a clean stop no journal is found".to_owned());
        }
        match self.promised.first() {
            None => Ok(()),
            Some(first) => Err(format!("after a clean stop a journal holds {:?}", first.entry)),
        }
    }

    /// Compares the segments with what was promised, once the node serves.
    pub(super) fn end(&mut self, model: &mut Model) -> Result<(), String> {
        let partitions = audit::partitions(Path::new(DATA));
        for promised in self.promised.drain(..) {
            let entry = promised.entry;
            let outcome = match promised.look(&partitions) {
                Kept::Whole => Ok(()),
                Kept::Different => Err("holds something else"),
                Kept::Missing if model.may_be_gone(entry.partition, entry.next_offset) => Ok(()),
                Kept::Missing => Err("does not hold it"),
            };
            outcome.map_err(|what| format!("the journal held {entry:?}, the segment {what}"))?;
        }
        Ok(())
    }
}
