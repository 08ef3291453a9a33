//! Bounds of what a configuration may hold.

/// A properties file is a page of text; more than this is a wrong file.
pub(super) const PROPERTIES_FILE_BYTES_MAX: usize = 1 << 20;

/// Keys in one properties file and its overrides together.
pub(super) const SETTINGS_MAX: usize = 10_000;

/// A longer value is refused; certificates in PEM fit well.
pub(super) const VALUE_BYTES_MAX: usize = 256 << 10;

/// Overrides of one resource (a topic, a broker, a group).
pub(super) const OVERRIDES_MAX: usize = 4_096;

/// Loggers whose level may be set one by one.
pub(super) const LOGGERS_MAX: usize = 256;

const _: () = assert!(VALUE_BYTES_MAX <= PROPERTIES_FILE_BYTES_MAX);
