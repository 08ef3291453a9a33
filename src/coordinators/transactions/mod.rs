//! The transaction coordinator of one `__transaction_state` partition.

mod marker;

pub use marker::EndMarker;
