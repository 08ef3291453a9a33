//! What a stream of "key TAB value" lines holds, small enough to compare.

use std::collections::HashMap;
use std::io::{self, BufRead};

/// For each key: how many records, and a checksum over their values in order.
#[derive(Default, Eq, PartialEq)]
pub(crate) struct Digest(HashMap<Vec<u8>, Values>);

#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
struct Values {
    count: u64,
    checksum: u32,
}

impl Digest {
    pub(crate) fn of_lines(mut lines: impl BufRead) -> io::Result<Digest> {
        let mut digest = Digest::default();
        let mut line = Vec::new();
        while lines.read_until(b'\n', &mut line)? > 0 {
            let (key, value) = split_line(&line)?;
            digest.add(key, value);
            line.clear();
        }
        Ok(digest)
    }

    pub(crate) fn add(&mut self, key: &[u8], value: &[u8]) {
        // No owned key unless it is new: there are few keys and millions of lines.
        let values = match self.0.get_mut(key) {
            Some(values) => values,
            None => self.0.entry(key.to_vec()).or_default(),
        };
        values.count += 1;
        values.checksum =
            crc32c::crc32c_append(values.checksum, &(value.len() as u32).to_be_bytes());
        values.checksum = crc32c::crc32c_append(values.checksum, value);
    }

    pub(crate) fn count(&self) -> u64 {
        self.0.values().map(|values| values.count).sum()
    }

    /// Panics with the first few keys that differ.
    pub(crate) fn assert_same(&self, expected: &Digest, what: &str) {
        let keys = expected.0.keys().chain(self.0.keys().filter(|k| !expected.0.contains_key(*k)));
        let differing: Vec<String> = keys
            .filter(|key| self.0.get(*key) != expected.0.get(*key))
            .map(|key| {
                let name = String::from_utf8_lossy(key);
                format!("{name}: {:?} instead of {:?}", self.0.get(key), expected.0.get(key))
            })
            .collect();
        let shown = &differing[..differing.len().min(5)];
        assert!(differing.is_empty(), "{what}: {} keys differ: {shown:#?}", differing.len());
    }
}

/// The key and value of one line, its newline included.
pub(crate) fn split_line(line: &[u8]) -> io::Result<(&[u8], &[u8])> {
    let line = line.strip_suffix(b"\n");
    let parts = line.and_then(|line| {
        let tab = line.iter().position(|byte| *byte == b'\t')?;
        Some((&line[..tab], &line[tab + 1..]))
    });
    parts.ok_or_else(|| io::Error::other("a line without tab or newline"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(lines: &str) -> Digest {
        Digest::of_lines(lines.as_bytes()).unwrap()
    }

    #[test]
    fn the_order_of_keys_does_not_matter_but_that_within_a_key_does() {
        let lines = digest("a\t1\nb\t2\na\t3\n");
        assert_eq!(lines.count(), 3);
        assert!(lines == digest("b\t2\na\t1\na\t3\n"));
        assert!(lines != digest("a\t3\nb\t2\na\t1\n"));
    }

    #[test]
    fn where_a_value_ends_matters() {
        assert!(digest("a\t12\na\t3\n") != digest("a\t1\na\t23\n"));
    }
}
