//! Strings of the protocol are UTF-8. What is not is read as Java reads it: each malformed sequence
//! becomes U+FFFD, and the request is answered.
//!
//! Java and Rust agree on where a malformed sequence ends but for surrogates, halves of UTF-16
//! pairs that were encoded by themselves: Java takes all of their bytes for one sequence.

use std::borrow::Cow;

const REPLACEMENT: char = char::REPLACEMENT_CHARACTER;

pub(super) fn read(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_malformed) => Cow::Owned(replaced(bytes)),
    }
}

#[cold]
fn replaced(mut bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    while !bytes.is_empty() {
        let (sound, malformed, rest) = match std::str::from_utf8(bytes) {
            Ok(sound) => (sound, false, &[][..]),
            Err(error) => {
                let (sound, rest) = bytes.split_at(error.valid_up_to());
                let sound = std::str::from_utf8(sound).unwrap_or_default();
                let length = surrogate_bytes(rest).or(error.error_len()).unwrap_or(rest.len());
                (sound, true, rest.get(length..).unwrap_or_default())
            }
        };
        text.push_str(sound);
        if malformed {
            text.push(REPLACEMENT);
        }
        bytes = rest;
    }
    text
}

/// The length of an encoded surrogate at the front, the last byte of which may be missing.
fn surrogate_bytes(bytes: &[u8]) -> Option<usize> {
    match bytes {
        [0xed, 0xa0..=0xbf, 0x80..=0xbf, ..] => Some(3),
        [0xed, 0xa0..=0xbf, ..] => Some(2),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What `new String(bytes, UTF_8)` of a Java 17 gives.
    #[test]
    fn as_java_reads() {
        for (bytes, text) in [
            (&b"plain"[..], "plain"),
            ("sch\u{f6}n \u{1f600}".as_bytes(), "sch\u{f6}n \u{1f600}"),
            (b"M\xfcller", "M\u{fffd}ller"),
            (b"a\xed\xa0\x80b", "a\u{fffd}b"),
            (b"\xed\xa0", "\u{fffd}"),
            (b"\xed\xa0A", "\u{fffd}A"),
            (b"\xed\xa0\x80\xed\xb0\x80", "\u{fffd}\u{fffd}"),
            (b"\xe0\x80\x80", "\u{fffd}\u{fffd}\u{fffd}"),
            (b"\xe2\x82", "\u{fffd}"),
            (b"\xe2\x82A", "\u{fffd}A"),
            (b"\xf0\x9f\x98", "\u{fffd}"),
            (b"\xf0\x9f\x98A", "\u{fffd}A"),
            (b"\xf0\x80\x80\x80", "\u{fffd}\u{fffd}\u{fffd}\u{fffd}"),
            (b"\xf4\x90\x80\x80", "\u{fffd}\u{fffd}\u{fffd}\u{fffd}"),
            (b"\xf5\x80", "\u{fffd}\u{fffd}"),
            (b"\xc0\x80", "\u{fffd}\u{fffd}"),
            (b"\xc3", "\u{fffd}"),
            (b"\xc3\xc3\xa9", "\u{fffd}\u{e9}"),
            (b"\x80\xff", "\u{fffd}\u{fffd}"),
        ] {
            assert_eq!(read(bytes), text, "{bytes:02x?}");
        }
    }
}
