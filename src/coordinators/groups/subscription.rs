//! Topics that a consumer's join metadata subscribes to: the only part of a member's metadata the
//! broker reads.
//!
//! Format (Kafka's consumer protocol): version i16, then an array of topic names; later fields are
//! not read.

use std::collections::BTreeSet;

/// Topic names in the metadata, or `None` when it is not a subscription.
pub(super) fn topics(metadata: &[u8]) -> Option<BTreeSet<String>> {
    let (version, rest) = take_i16(metadata)?;
    let (count, mut rest) = take_i32(rest)?;
    if version < 0 || count < 0 {
        return None;
    }
    let mut topics = BTreeSet::new();
    for _ in 0..count {
        let (length, after) = take_i16(rest)?;
        let length = usize::try_from(length).ok()?;
        let (name, after) = after.split_at_checked(length)?;
        topics.insert(std::str::from_utf8(name).ok()?.to_owned());
        rest = after;
    }
    Some(topics)
}

fn take_i16(bytes: &[u8]) -> Option<(i16, &[u8])> {
    let (head, rest) = bytes.split_first_chunk()?;
    Some((i16::from_be_bytes(*head), rest))
}

fn take_i32(bytes: &[u8]) -> Option<(i32, &[u8])> {
    let (head, rest) = bytes.split_first_chunk()?;
    Some((i32::from_be_bytes(*head), rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_topics_and_ignores_what_follows() {
        let metadata = [&[0, 1, 0, 0, 0, 2, 0, 1, b'a', 0, 2, b'b', b'c'][..], &[9; 7]].concat();
        assert_eq!(topics(&metadata), Some(BTreeSet::from(["a".into(), "bc".into()])));
    }

    #[test]
    fn refuses_every_truncated_prefix_and_lies_about_counts() {
        let metadata = [0, 0, 0, 0, 0, 1, 0, 3, b'a', b'b', b'c'];
        for end in 0..metadata.len() {
            assert_eq!(topics(&metadata[..end]), None, "prefix of {end} bytes");
        }
        assert_eq!(topics(&[0, 0, 0x7f, 0xff, 0xff, 0xff]), None);
        assert_eq!(topics(&[0, 0, 0xff, 0xff, 0xff, 0xff]), None);
        assert_eq!(topics(&[0xff, 0xff, 0, 0, 0, 0]), None);
    }
}
