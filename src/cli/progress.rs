//! Progress of long work, on stderr when that is a terminal.

use std::io::{self, IsTerminal};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

const REDRAWN_EVERY: Duration = Duration::from_millis(200);
const BYTES: &str = "{bar:30} {bytes}/{total_bytes} {bytes_per_sec} {eta} left {msg}";
const RECORDS: &str = "{bar:30} {human_pos}/{human_len} records {per_sec} {eta} left {msg}";
const PARTS: &str = "{bar:30} {pos}/{len} {msg}";
const UNBOUNDED: &str = "{spinner} {human_pos} records {per_sec} {msg}";

/// Work of a known number of bytes.
pub(super) fn of_bytes(total: u64) -> ProgressBar {
    bar(Some(total), BYTES)
}

/// Work of a few parts, each of which has a name.
pub(super) fn of_parts(total: u64) -> ProgressBar {
    bar(Some(total), PARTS)
}

/// Work on records, whose number may be known.
pub(super) fn of_records(total: Option<u64>) -> ProgressBar {
    bar(total, if total.is_some() { RECORDS } else { UNBOUNDED })
}

/// Shows nothing: where the bar would stand between the records on a terminal.
pub(super) fn hidden() -> ProgressBar {
    ProgressBar::hidden()
}

fn bar(total: Option<u64>, template: &str) -> ProgressBar {
    if !io::stderr().is_terminal() {
        return hidden();
    }
    let bar = total.map_or_else(ProgressBar::new_spinner, ProgressBar::new);
    let style = ProgressStyle::with_template(template);
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()));
    bar.enable_steady_tick(REDRAWN_EVERY);
    bar
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_are_sound() {
        for template in [BYTES, RECORDS, PARTS, UNBOUNDED] {
            assert!(ProgressStyle::with_template(template).is_ok(), "{template}");
        }
    }
}
