//! Keys that are Ringlog's own.

use super::Initial::Is;
use super::{Bounds, Key, boolean, int, list, long, string};

pub(super) const KEYS: &[Key] = &[
    int("ringlog.shards", Is("0"), "Cores to run on; 0 means every core the process may use.")
        .within(0, 1024)
        .high(),
    long("ringlog.journal.bytes", Is("1073741824"), "Size of the journal of each core.")
        .within(16 << 20, 1 << 40)
        .high(),
    boolean(
        "ringlog.journal.sync",
        Is("true"),
        "Answer once the device has the journal write; false: a power cut may take a second.",
    )
    .high(),
    long(
        "ringlog.memory.bytes",
        Is("0"),
        "Memory for data of all cores together; 0 means a quarter of the machine's.",
    )
    .bounds(Bounds::RangeOr(64 << 20, 1 << 46, 0))
    .high(),
    list(
        "ringlog.metrics.listener",
        Is(""),
        "Address of metrics and health over HTTP, as host:port; empty for none.",
    )
    .elements_or_none(&[]),
    int(
        "ringlog.metrics.series.max",
        Is("10000"),
        "Partitions, topics and offsets of groups that the metrics name, each; 0 names none.",
    )
    .within(0, 1_000_000),
    boolean(
        "ringlog.start.unrestricted",
        Is("false"),
        "Start although keys that restrict who may do what, or what is kept, do nothing yet.",
    )
    .high(),
    string(
        "ringlog.log.level",
        Is("info"),
        "How much is written to the log of the process at first; then the loggers say it.",
    )
    .one_of(&["error", "warn", "info", "debug", "trace"]),
    string(
        "ringlog.log.format",
        Is("text"),
        "The log of the process as text for people, or as one JSON object in each line.",
    )
    .one_of(&["text", "json"]),
];
