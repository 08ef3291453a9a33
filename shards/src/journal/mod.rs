//! The journal: one ring of pages per shard and log directory, written before anything is
//! acknowledged.
//!
//! Lives on: its shard. Read next: page.rs, open_page.rs, writer.rs, unsynced.rs, figures.rs,
//! space.rs, mark.rs, replay.rs.

#[cfg(feature = "sim")]
pub mod audit;
pub mod figures;
pub mod mark;
pub mod open_page;
pub mod page;
pub mod replay;
pub mod space;
pub mod unsynced;
pub mod writer;

pub use figures::Figures;
pub use page::{EntryHeader, EntryKind};
pub use writer::{Journal, JournalFailed, JournalOptions, NotAdmitted, PageSequence, Room};

#[cfg(test)]
mod tests;
