//! What goes to stdout: aligned tables and JSON; and what goes to stderr.

use std::io::{self, BufWriter, IsTerminal, StdoutLock, Write};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use serde_json::Value;

use super::failure::Failure;

const BUFFER_BYTES: usize = 256 << 10;

/// Stdout, buffered; flushed at the end and where a command says.
pub(super) struct Output {
    stdout: BufWriter<StdoutLock<'static>>,
}

impl Output {
    pub(super) fn stdout() -> Self {
        Self { stdout: BufWriter::with_capacity(BUFFER_BYTES, io::stdout().lock()) }
    }

    pub(super) fn line(&mut self, line: &str) -> Result<(), Failure> {
        self.stdout.write_all(line.as_bytes())?;
        self.stdout.write_all(b"\n")?;
        Ok(())
    }

    pub(super) fn bytes(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        Ok(self.stdout.write_all(bytes)?)
    }

    pub(super) fn table(&mut self, table: &Table) -> Result<(), Failure> {
        self.bytes(table.text().as_bytes())
    }

    pub(super) fn json(&mut self, value: &Value) -> Result<(), Failure> {
        serde_json::to_writer_pretty(&mut self.stdout, value).map_err(io::Error::from)?;
        Ok(self.stdout.write_all(b"\n")?)
    }

    pub(super) fn json_line(&mut self, value: &Value) -> Result<(), Failure> {
        serde_json::to_writer(&mut self.stdout, value).map_err(io::Error::from)?;
        Ok(self.stdout.write_all(b"\n")?)
    }

    pub(super) fn flush(&mut self) -> Result<(), Failure> {
        Ok(self.stdout.flush()?)
    }
}

/// Tells the operator something that is not data.
pub(super) fn note(text: &str) {
    // A closed stderr must not end a command.
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// So many of something, in words: "1 partition", "3 partitions".
pub(super) fn counted(count: impl TryInto<u64>, what: &str) -> String {
    match count.try_into() {
        Ok(1) => format!("1 {what}"),
        Ok(count) => format!("{} {what}s", grouped(count)),
        Err(_) => format!("no {what}"),
    }
}

/// Says something if it takes long till this is dropped.
pub(super) struct Waiting(#[expect(dead_code, reason = "dropped")] Option<mpsc::Sender<()>>);

impl Waiting {
    pub(super) fn for_long(text: String) -> Self {
        const LONG: Duration = Duration::from_secs(2);
        let (sender, ended) = mpsc::channel();
        let wait = move || {
            if ended.recv_timeout(LONG) == Err(RecvTimeoutError::Timeout) {
                note(&text);
            }
        };
        let waits = thread::Builder::new().name("waiting".to_owned()).spawn(wait);
        Self(waits.is_ok().then_some(sender))
    }
}

/// A note that only a person at a terminal needs.
pub(super) fn hint(text: &str) {
    if io::stderr().is_terminal() {
        note(text);
    }
}

/// Rows under a heading; columns of numbers stand to the right.
#[derive(Debug)]
pub(super) struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(super) fn new<const N: usize>(heading: [&str; N]) -> Self {
        Self { rows: vec![heading.map(str::to_owned).to_vec()] }
    }

    pub(super) fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.rows.push(cells.to_vec());
    }

    fn text(&self) -> String {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let width = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        let is_number = |column: usize| {
            let mut cells = self.rows.iter().skip(1).filter_map(|row| row.get(column));
            cells.all(|cell| cell == "-" || cell.parse::<f64>().is_ok())
        };
        let layout: Vec<(usize, bool)> =
            (0..columns).map(|column| (width(column), is_number(column))).collect();
        let mut text = String::new();
        for row in &self.rows {
            let mut line = String::new();
            for (cell, (width, is_number)) in row.iter().zip(&layout) {
                let padding = " ".repeat(width - cell.chars().count());
                let (before, after) =
                    if *is_number { (padding, String::new()) } else { (String::new(), padding) };
                line.extend([before.as_str(), cell, &after, "  "]);
            }
            text.push_str(line.trim_end());
            text.push('\n');
        }
        text
    }
}

/// `1234567` as `1,234,567`.
pub(super) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Bytes in the unit that suits their number.
pub(super) fn sized(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
    if bytes < 1000 {
        return format!("{bytes} bytes");
    }
    let mut size = bytes as f64 / 1000.0;
    let mut unit = 0;
    while size >= 999.95 && unit + 1 < UNITS.len() {
        size /= 1000.0;
        unit += 1;
    }
    format!("{size:.1} {}", UNITS[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_are_aligned() {
        let mut table = Table::new(["NAME", "PARTITIONS", "NOTE"]);
        table.row(["a".to_owned(), "3".to_owned(), "x".to_owned()]);
        table.row(["longer".to_owned(), "-".to_owned(), String::new()]);
        let expected = "NAME    PARTITIONS  NOTE\na                3  x\nlonger           -\n";
        assert_eq!(table.text(), expected);
    }

    #[test]
    fn numbers_for_people() {
        assert_eq!([0, 999, 1000, 1_234_567].map(grouped), ["0", "999", "1,000", "1,234,567"]);
        assert_eq!(
            [0, 999, 1500, 999_999, 2_000_000_000].map(sized),
            ["0 bytes", "999 bytes", "1.5 kB", "1.0 MB", "2.0 GB"]
        );
    }
}
