//! Reads lines in blocks, on a thread of its own, so that sending does not wait for reading.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use crate::cli::failure::Failure;

/// Bytes asked for in one read.
const READ_BYTES: usize = 256 << 10;
/// Longest line.
const LINE_BYTES_MAX: usize = 256 << 20;
/// Blocks that wait to be sent.
const BLOCKS_WAITING_MAX: usize = 16;

/// How a line becomes key and value.
#[derive(Debug, Clone, Default)]
pub(super) struct LineFormat {
    pub json: bool,
    pub key_separator: Option<Vec<u8>>,
    pub null: Option<Vec<u8>>,
}

type KeyAndValue<'a> = (Option<&'a [u8]>, Option<&'a [u8]>);

impl LineFormat {
    /// The error completes "line 5: ".
    pub(super) fn split<'a>(&self, line: &'a [u8]) -> Result<KeyAndValue<'a>, String> {
        let (key, value) = match &self.key_separator {
            None => (None, line),
            Some(separator) => {
                let mut windows = line.windows(separator.len());
                let at = windows.position(|window| window == separator.as_slice());
                let at = at.ok_or_else(|| {
                    let separator = String::from_utf8_lossy(separator);
                    format!("no key: the separator `{separator}` is not in the line")
                })?;
                (Some(&line[..at]), &line[at + separator.len()..])
            }
        };
        let is_null = self.null.as_ref().is_some_and(|null| null.as_slice() == value);
        Ok((key, (!is_null).then_some(value)))
    }
}

/// Whole lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Block {
    /// File name, or stdin.
    pub source: String,
    first_line: u64,
    pub bytes: Vec<u8>,
}

impl Block {
    /// The lines with their numbers, without what ends them.
    pub(super) fn lines(&self) -> impl Iterator<Item = (u64, &[u8])> {
        let bytes = self.bytes.strip_suffix(b"\n").unwrap_or(&self.bytes);
        (self.first_line..).zip(bytes.split(|byte| *byte == b'\n'))
    }
}

/// Bytes of all files; none for stdin.
pub(super) fn total_bytes(files: &[PathBuf]) -> Result<Option<u64>, Failure> {
    let mut total = 0;
    for path in files {
        let metadata = std::fs::metadata(path).map_err(|cause| failure(path, cause))?;
        if metadata.is_dir() {
            return Err(failure(path, io::ErrorKind::IsADirectory.into()));
        }
        total += metadata.len();
    }
    Ok((!files.is_empty()).then_some(total))
}

/// Begins to read the files one after the other, or stdin; ends when the receiver is dropped.
pub(super) fn read(files: &[PathBuf]) -> Result<Receiver<Result<Block, Failure>>, Failure> {
    let (sender, receiver) = sync_channel(BLOCKS_WAITING_MAX);
    let files = files.to_vec();
    thread::Builder::new()
        .name("input".to_owned())
        .spawn(move || {
            if files.is_empty() {
                read_source("stdin", Path::new("stdin"), io::stdin(), &sender);
            }
            for path in files {
                match File::open(&path) {
                    Ok(file) => read_source(&path.to_string_lossy(), &path, file, &sender),
                    Err(cause) => drop(sender.send(Err(failure(&path, cause)))),
                }
            }
        })
        .map_err(|cause| failure(Path::new("input"), cause))?;
    Ok(receiver)
}

fn read_source(
    source: &str,
    path: &Path,
    mut input: impl Read,
    blocks: &SyncSender<Result<Block, Failure>>,
) {
    let mut rest: Vec<u8> = Vec::new();
    let mut next_line = 1;
    loop {
        let start = rest.len();
        rest.resize(start + READ_BYTES, 0);
        let read = match input.read(&mut rest[start..]) {
            Ok(read) => read,
            Err(cause) if cause.kind() == io::ErrorKind::Interrupted => {
                rest.truncate(start);
                continue;
            }
            Err(cause) => return drop(blocks.send(Err(failure(path, cause)))),
        };
        rest.truncate(start + read);
        // What stood before `start` holds no end of a line.
        let end = rest[start..].iter().rposition(|byte| *byte == b'\n');
        let end = end.map_or(0, |at| start + at + 1);
        let (whole, remaining) = match read {
            0 => (std::mem::take(&mut rest), Vec::new()),
            _ => {
                let remaining = rest.split_off(end);
                (std::mem::take(&mut rest), remaining)
            }
        };
        rest = remaining;
        if !whole.is_empty() {
            let lines = whole.iter().filter(|byte| **byte == b'\n').count() as u64;
            let block = Block { source: source.to_owned(), first_line: next_line, bytes: whole };
            next_line += lines;
            if blocks.send(Ok(block)).is_err() {
                return;
            }
        }
        if read == 0 {
            return;
        }
        if rest.len() > LINE_BYTES_MAX {
            let words = format!("{source}: line {next_line} has more than {LINE_BYTES_MAX} bytes");
            return drop(blocks.send(Err(Failure::failed(words))));
        }
    }
}

fn failure(path: &Path, cause: io::Error) -> Failure {
    Failure::File { path: path.display().to_string(), cause }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives a few bytes at each read.
    struct Drip<'a>(&'a [u8], usize);

    impl Read for Drip<'_> {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let length = self.1.min(self.0.len()).min(buffer.len());
            let (now, later) = self.0.split_at(length);
            buffer[..length].copy_from_slice(now);
            self.0 = later;
            Ok(length)
        }
    }

    fn lines_of(text: &[u8], step: usize) -> Vec<(u64, Vec<u8>)> {
        let (sender, receiver) = sync_channel(1000);
        read_source("test", Path::new("test"), Drip(text, step), &sender);
        drop(sender);
        let mut lines = Vec::new();
        for block in receiver {
            let block = block.unwrap();
            lines.extend(block.lines().map(|(number, line)| (number, line.to_vec())));
        }
        lines
    }

    #[test]
    fn lines_are_the_same_however_they_come() {
        let text = b"one\n\ntwo\r\n\xff\xfe\nlast";
        let expected: Vec<(u64, Vec<u8>)> =
            (1..).zip([&b"one"[..], b"", b"two\r", b"\xff\xfe", b"last"].map(Vec::from)).collect();
        for step in 1..text.len() + 1 {
            assert_eq!(lines_of(text, step), expected, "{step} bytes a read");
        }
        assert_eq!(lines_of(b"", 1), []);
        assert_eq!(lines_of(b"\n", 1), [(1, Vec::new())]);
        assert_eq!(lines_of(b"a\n", 9), [(1, b"a".to_vec())]);
    }

    #[test]
    fn keys_and_nulls() {
        let format = LineFormat {
            key_separator: Some(b"::".to_vec()),
            null: Some(b"NULL".to_vec()),
            ..LineFormat::default()
        };
        assert_eq!(format.split(b"k::v::w"), Ok((Some(&b"k"[..]), Some(&b"v::w"[..]))));
        assert_eq!(format.split(b"::"), Ok((Some(&b""[..]), Some(&b""[..]))));
        assert_eq!(format.split(b"k::NULL"), Ok((Some(&b"k"[..]), None)));
        assert!(format.split(b"k:v").unwrap_err().contains("`::`"));
        assert_eq!(LineFormat::default().split(b"k\tv"), Ok((None, Some(&b"k\tv"[..]))));
    }
}
