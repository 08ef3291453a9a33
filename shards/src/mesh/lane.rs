//! Lanes: what a request waits for at the core that serves it, and what it may hold meanwhile.
//!
//! Promise: requests that wait for a device never hold all credits, so that a device that stalls
//! holds up its own kind alone.   Read next: links.rs.

use crate::mutation::Mutation;

/// What a request waits for. Requests of one lane arrive in the order of their calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lane {
    /// Nothing: it is answered in the turn in which it comes.
    Prompt,
    /// A journal.
    Appends,
    /// A file.
    Reads,
}

impl Lane {
    pub(super) const ALL: [Lane; 3] = [Lane::Prompt, Lane::Appends, Lane::Reads];

    /// How many of the credits its requests may hold.
    pub(super) fn share(self, credits: usize) -> usize {
        match self {
            Lane::Prompt => credits,
            Lane::Appends if Mutation::AppendsTakeAll.is_planted() => credits,
            Lane::Appends => (credits / 2).max(1),
            Lane::Reads => (credits * 3 / 8).max(1),
        }
    }

    pub(super) fn index(self) -> usize {
        self as usize
    }
}
