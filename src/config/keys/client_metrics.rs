//! Keys of a subscription to the metrics of clients.

use super::Initial::Is;
use super::{Key, int, list, reasons};

pub(super) const KEYS: &[Key] = &[
    int("interval.ms", Is("300000"), "Time between two reports of a client.")
        .cluster_wide()
        .not_yet(reasons::TELEMETRY),
    list("match", Is(""), "Which clients are meant, as name=pattern pairs.")
        .elements_or_none(&[])
        .cluster_wide()
        .not_yet(reasons::TELEMETRY),
    list("metrics", Is(""), "Names of metrics to report, by prefix; * for all.")
        .elements_or_none(&[])
        .cluster_wide()
        .not_yet(reasons::TELEMETRY),
];
