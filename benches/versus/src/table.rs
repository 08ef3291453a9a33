//! The medians of each peer's runs, side by side.

use std::fmt;

use crate::figures::{Figures, Percentiles};

pub(crate) struct Row {
    scenario: &'static str,
    peer: &'static str,
    runs: Vec<Figures>,
}

impl Row {
    pub(crate) fn new(scenario: &'static str, peer: &'static str) -> Row {
        Row { scenario, peer, runs: Vec::new() }
    }

    pub(crate) fn add(&mut self, figures: Figures) {
        self.runs.push(figures);
    }

    fn median(&self, pick: impl Fn(&Figures) -> f64) -> f64 {
        let mut values: Vec<f64> = self.runs.iter().map(pick).collect();
        values.sort_by(f64::total_cmp);
        values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
    }

    fn times(&self, pick: impl Fn(&Figures) -> Option<Percentiles>) -> String {
        if self.runs.iter().all(|run| pick(run).is_none()) {
            return "-".to_string();
        }
        let of = |part: fn(Percentiles) -> f64| self.median(|run| pick(run).map_or(f64::NAN, part));
        let (p50, p99) = (of(|times| times.p50_ms), of(|times| times.p99_ms));
        format!("{p50:.2} / {p99:.2} / {:.2}", of(|times| times.p999_ms))
    }
}

/// One line of the table.
impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let per_gb = |value: f64| match value.is_finite() {
            true => format!("{value:.2}"),
            false => "-".to_string(),
        };
        write!(
            f,
            "| {} | {} | {:.1} | {} | {} | {:.1} | {} | {} | {:.0} | {:.0} |",
            self.scenario,
            self.peer,
            self.median(|run| run.mb_per_second),
            per_gb(self.median(|run| run.broker_cpu_s_per_gb)),
            per_gb(self.median(|run| run.machine_cpu_s_per_gb)),
            self.median(|run| run.broker_cpu_percent),
            self.times(|run| run.ack),
            self.times(|run| run.end_to_end),
            self.median(|run| run.resident_mb),
            self.median(|run| run.start_ms),
        )
    }
}

/// How many times of the first row's figure the second has.
fn ratio([first, second]: &[Row; 2]) -> String {
    let times = |pick: fn(&Figures) -> f64| {
        let ratio = second.median(pick) / first.median(pick);
        let digits = if ratio < 0.095 { 3 } else { 2 };
        if ratio.is_finite() { format!("x {ratio:.digits$}") } else { "-".to_string() }
    };
    let p99 = |pick: fn(&Figures) -> Option<Percentiles>| {
        let of = |row: &Row| row.median(|run| pick(run).map_or(f64::NAN, |times| times.p99_ms));
        let ratio = of(second) / of(first);
        if ratio.is_finite() { format!("p99 x {ratio:.2}") } else { "-".to_string() }
    };
    format!(
        "| {} | {} : {} | {} | {} | {} | {} | {} | {} | {} | {} |",
        first.scenario,
        second.peer,
        first.peer,
        times(|run| run.mb_per_second),
        times(|run| run.broker_cpu_s_per_gb),
        times(|run| run.machine_cpu_s_per_gb),
        times(|run| run.broker_cpu_percent),
        p99(|run| run.ack),
        p99(|run| run.end_to_end),
        times(|run| run.resident_mb),
        times(|run| run.start_ms),
    )
}

#[expect(clippy::print_stdout, reason = "the table is what the program is for")]
pub(crate) fn print_heading() {
    println!(
        "| scenario | broker | MB/s | CPU s/GB | machine CPU s/GB | CPU % | \
         ack p50 / p99 / p99.9 ms | end to end p50 / p99 / p99.9 ms | resident MB | start ms |"
    );
    println!("|---|---|---|---|---|---|---|---|---|---|");
}

/// The rows of one scenario, and what the second peer has of the first.
#[expect(clippy::print_stdout, reason = "the table is what the program is for")]
pub(crate) fn print(of_peers: &[Row; 2]) {
    let [first, second] = of_peers;
    println!("{first}\n{second}\n{}", ratio(of_peers));
}
