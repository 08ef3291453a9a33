//! Where tests put their files.

use std::io;

use tempfile::TempDir;

/// A new folder on the disk of all tests, RINGLOG_TEST_DIR or `/var/tmp`; gone when it is dropped.
pub fn folder() -> io::Result<TempDir> {
    let parent = std::env::var_os("RINGLOG_TEST_DIR").unwrap_or_else(|| "/var/tmp".into());
    tempfile::Builder::new().prefix("ringlog-test-").tempdir_in(parent)
}
