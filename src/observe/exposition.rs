//! Writes Prometheus' text format, version 0.0.4.
//!
//! Lives on: any thread; pure. Promise: a family is written whole, its head once; values of labels
//! are escaped.

use std::fmt::Write as _;

use shards::metrics::Spread;

/// Labels of a sample, in the order in which they are written.
pub(super) type Labels<'a> = [(&'a str, &'a str)];

/// See the module.
#[derive(Default)]
pub(super) struct Exposition {
    text: String,
}

/// Which buckets of a histogram are shown, and in which unit.
pub(super) struct Scale {
    /// Buckets up to 2^n for each n of the range; smaller values are in the first of them.
    pub powers: std::ops::RangeInclusive<usize>,
    /// What a counted 1 is in the unit that is shown.
    pub unit: f64,
}

impl Exposition {
    pub(super) fn counter(&mut self, name: &str, help: &str) -> Family<'_> {
        self.family(name, help, "counter")
    }

    pub(super) fn gauge(&mut self, name: &str, help: &str) -> Family<'_> {
        self.family(name, help, "gauge")
    }

    pub(super) fn histogram(&mut self, name: &str, help: &str) -> Family<'_> {
        self.family(name, help, "histogram")
    }

    pub(super) fn into_text(self) -> String {
        self.text
    }

    fn family(&mut self, name: &str, help: &str, kind: &str) -> Family<'_> {
        // What every exporter shows has everywhere the same name.
        let prefix = if name.starts_with("process_") { "" } else { "ringlog_" };
        let name = format!("{prefix}{name}");
        self.line(format_args!("# HELP {name} {help}"));
        self.line(format_args!("# TYPE {name} {kind}"));
        Family { exposition: self, name }
    }

    fn line(&mut self, line: std::fmt::Arguments<'_>) {
        // Writing to a string cannot fail.
        let _ = writeln!(self.text, "{line}");
    }
}

/// Samples of one name.
pub(super) struct Family<'a> {
    exposition: &'a mut Exposition,
    name: String,
}

impl Family<'_> {
    pub(super) fn add(&mut self, labels: &Labels<'_>, value: u64) {
        let labels = braces(labels, None);
        self.exposition.line(format_args!("{}{labels} {value}", self.name));
    }

    pub(super) fn add_fraction(&mut self, labels: &Labels<'_>, value: f64) {
        let labels = braces(labels, None);
        self.exposition.line(format_args!("{}{labels} {value}", self.name));
    }

    pub(super) fn add_spread(&mut self, labels: &Labels<'_>, spread: &Spread, scale: &Scale) {
        let name = &self.name;
        for power in scale.powers.clone() {
            let below: u64 = spread.counts.iter().take(power + 1).sum();
            let bound = (1_u64 << power) as f64 * scale.unit;
            let labels = braces(labels, Some(&bound.to_string()));
            self.exposition.line(format_args!("{name}_bucket{labels} {below}"));
        }
        let (all, count) = (braces(labels, Some("+Inf")), spread.count());
        self.exposition.line(format_args!("{name}_bucket{all} {count}"));
        let labels = braces(labels, None);
        let sum = spread.sum as f64 * scale.unit;
        self.exposition.line(format_args!("{name}_sum{labels} {sum}"));
        self.exposition.line(format_args!("{name}_count{labels} {count}"));
    }
}

fn braces(labels: &Labels<'_>, bound: Option<&str>) -> String {
    let all = labels.iter().copied().chain(bound.map(|bound| ("le", bound)));
    let written: Vec<String> =
        all.map(|(name, value)| format!("{name}=\"{}\"", escaped(value))).collect();
    if written.is_empty() { String::new() } else { format!("{{{}}}", written.join(",")) }
}

fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use shards::metrics::Histogram;

    use super::*;

    #[test]
    fn families_read_as_prometheus_wants_them() {
        let mut exposition = Exposition::default();
        let mut open = exposition.gauge("open", "What is open.");
        open.add(&[("core", "0"), ("path", "a\"b\\c\nd")], 7);
        exposition.counter("plain", "Nothing.").add_fraction(&[], 0.5);
        let histogram = Histogram::default();
        [1, 2, 5, 1000].iter().for_each(|value| histogram.observe(*value));
        let scale = Scale { powers: 1..=3, unit: 0.5 };
        let mut spread = exposition.histogram("took", "How long.");
        spread.add_spread(&[("core", "0")], &histogram.spread(), &scale);
        let expected = "\
# HELP ringlog_open What is open.
# TYPE ringlog_open gauge
ringlog_open{core=\"0\",path=\"a\\\"b\\\\c\\nd\"} 7
# HELP ringlog_plain Nothing.
# TYPE ringlog_plain counter
ringlog_plain 0.5
# HELP ringlog_took How long.
# TYPE ringlog_took histogram
ringlog_took_bucket{core=\"0\",le=\"1\"} 1
ringlog_took_bucket{core=\"0\",le=\"2\"} 2
ringlog_took_bucket{core=\"0\",le=\"4\"} 3
ringlog_took_bucket{core=\"0\",le=\"+Inf\"} 4
ringlog_took_sum{core=\"0\"} 504
ringlog_took_count{core=\"0\"} 4
";
        assert_eq!(exposition.into_text(), expected);
    }
}
