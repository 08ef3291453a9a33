//! `partition.metadata`: the id of the topic that a partition's directory belongs to.
//!
//! Lives on: any core; pure.
//!
//! ```text
//! version: 0
//! topic_id: <22 characters>       no line end
//! ```

use uuid::Uuid;

use crate::format::uuid_text;

pub const FILE_NAME: &str = "partition.metadata";

/// Why the file is refused. To blame: the disk, or whoever edited it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("partition.metadata is malformed; it must name a version and a topic id")]
pub struct Malformed;

pub fn encode(topic_id: Uuid) -> String {
    format!("version: 0\ntopic_id: {}", uuid_text::encode(topic_id))
}

/// The topic id. Later versions are read by their first two lines.
pub fn decode(bytes: &[u8]) -> Result<Uuid, Malformed> {
    let mut lines = std::str::from_utf8(bytes).map_err(|_| Malformed)?.lines();
    let version = lines.next().and_then(|line| line.strip_prefix("version:")).ok_or(Malformed)?;
    let _version: u16 = version.trim().parse().map_err(|_| Malformed)?;
    let topic_id = lines.next().and_then(|line| line.strip_prefix("topic_id:")).ok_or(Malformed)?;
    uuid_text::decode(topic_id.trim()).filter(|id| !id.is_nil()).ok_or(Malformed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn round_trip_and_truncated_prefixes() {
        let topic_id = Uuid::from_u128(0x1234_5678_9abc);
        let text = encode(topic_id);
        assert_eq!(text, "version: 0\ntopic_id: AAAAAAAAAAAAABI0VniavA");
        assert_eq!(decode(text.as_bytes()), Ok(topic_id));
        assert_eq!(decode(format!("{text}\n").as_bytes()), Ok(topic_id));
        for cut in 0..text.len() {
            assert_eq!(decode(&text.as_bytes()[..cut]), Err(Malformed), "cut at {cut}");
        }
        assert_eq!(decode(encode(Uuid::nil()).as_bytes()), Err(Malformed));
        assert_eq!(decode(text.replace(": 0", ": -1").as_bytes()), Err(Malformed));
    }

    proptest! {
        #[test]
        fn random_bytes_never_panic(bytes: Vec<u8>) {
            prop_assert_eq!(decode(&bytes), Err(Malformed));
        }
    }
}
