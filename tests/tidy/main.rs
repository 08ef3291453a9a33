//! How the tree reads, as tests: sizes, words that have a better one, maps that match the tree.
//!
//! Runs with every `cargo test`. Each failure names the file, the line and the remedy. Generated
//! code (`src/protocol/generated*`) is held to nothing here.
//! Read next: sizes.rs (with the ratchets), bans.rs, maps.rs.

mod bans;
mod comments;
mod maps;
mod sizes;
mod sources;

/// Panics with all findings, one a line.
fn assert_none(findings: &[String]) {
    assert!(findings.is_empty(), "{} findings:\n{}", findings.len(), findings.join("\n"));
}
