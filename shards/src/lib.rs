//! The engine of Ringlog.
