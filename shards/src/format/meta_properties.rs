//! `meta.properties`: to which node of which cluster a log directory belongs.
//!
//! Lives on: any core; pure.
//! Promise: reads what Java's properties writer makes (comments, escapes); refuses version 0, of
//! the time before the quorum.
//! Limits: limits::CHECKPOINT_BYTES_MAX.
//!
//! ```text
//! directory.id=<22 characters>    cluster.id=<text>    node.id=<number>    version=1
//! ```
//! The first line is a comment to Kafka, with the CRC-32C of all that follows it. A file without
//! is Kafka's, and a bit that is flipped in its cluster id is not seen.

use uuid::Uuid;

use crate::format::checksum::crc32c;
use crate::format::uuid_text;
use crate::limits;

pub const FILE_NAME: &str = "meta.properties";

/// What the file says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetaProperties {
    pub cluster_id: String,
    pub node_id: i32,
    /// Missing in directories of older brokers.
    pub directory_id: Option<Uuid>,
}

/// Why the file is refused. To blame: the disk, or whoever edited it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MetaPropertiesError {
    #[error("meta.properties is no text, or is too long")]
    NoText,
    #[error("meta.properties has the version {version:?}; only 1 is supported")]
    Version { version: String },
    #[error("meta.properties does not say {key}")]
    Missing { key: &'static str },
    #[error("meta.properties says {key}={value:?}, which is not possible")]
    Value { key: &'static str, value: String },
    #[error(
        "meta.properties is damaged: its checksum is {computed:08x}, and it says {stored:?}; who \
         has edited it removes the line with the checksum"
    )]
    Checksum { stored: String, computed: u32 },
}

const CHECKSUM: &str = "#ringlog.crc32c=";

pub fn encode(properties: &MetaProperties) -> String {
    let said = encode_properties(properties);
    format!("{CHECKSUM}{:08x}\n{said}", crc32c(said.as_bytes()))
}

fn encode_properties(properties: &MetaProperties) -> String {
    let mut text = String::new();
    if let Some(directory_id) = properties.directory_id {
        text += &format!("directory.id={}\n", uuid_text::encode(directory_id));
    }
    let cluster_id = escape(&properties.cluster_id);
    // The version last: without it nothing that was cut off is taken for whole.
    text + &format!("cluster.id={cluster_id}\nnode.id={}\nversion=1\n", properties.node_id)
}

pub fn decode(bytes: &[u8]) -> Result<MetaProperties, MetaPropertiesError> {
    if bytes.len() > limits::CHECKPOINT_BYTES_MAX {
        return Err(MetaPropertiesError::NoText);
    }
    let text = std::str::from_utf8(bytes).map_err(|_| MetaPropertiesError::NoText)?;
    if let Some(checked) = text.strip_prefix(CHECKSUM) {
        let (stored, said) = checked.split_once('\n').unwrap_or((checked, ""));
        let computed = crc32c(said.as_bytes());
        if stored != format!("{computed:08x}") {
            return Err(MetaPropertiesError::Checksum { stored: stored.to_owned(), computed });
        }
    }
    let properties: Vec<(String, String)> = text.lines().filter_map(parse_line).collect();
    // As in Java, the last of several holds.
    let find = |key: &'static str| {
        let found = properties.iter().rev().find(|(name, _)| name == key);
        found.map(|(_, value)| value.clone())
    };
    let need = |key: &'static str| find(key).ok_or(MetaPropertiesError::Missing { key });
    let version = need("version")?;
    if version.trim() != "1" {
        return Err(MetaPropertiesError::Version { version });
    }
    let (key, value) = ("node.id", need("node.id")?);
    let node_id = value.trim().parse().ok().filter(|id| *id >= 0);
    let node_id = node_id.ok_or(MetaPropertiesError::Value { key, value })?;
    let directory_id = find("directory.id").map(|value| {
        let key = "directory.id";
        uuid_text::decode(value.trim()).ok_or(MetaPropertiesError::Value { key, value })
    });
    let cluster_id = need("cluster.id")?;
    Ok(MetaProperties { cluster_id, node_id, directory_id: directory_id.transpose()? })
}

/// Key and value of a line; none: it is a comment or empty. Lines are not continued: none of
/// these values is long.
fn parse_line(line: &str) -> Option<(String, String)> {
    let line = line.trim_start_matches([' ', '\t', '\x0c']);
    if line.is_empty() || line.starts_with(['#', '!']) {
        return None;
    }
    let mut escaped = false;
    let key_end = line.find(|character| {
        let ends = !escaped && matches!(character, '=' | ':' | ' ' | '\t');
        escaped = character == '\\' && !escaped;
        ends
    });
    let (key, rest) = line.split_at(key_end.unwrap_or(line.len()));
    let rest = rest.trim_start_matches([' ', '\t']);
    let value = rest.strip_prefix(['=', ':']).unwrap_or(rest);
    Some((unescape(key), unescape(value.trim_start_matches([' ', '\t']))))
}

fn escape(value: &str) -> String {
    let mut escaped = String::new();
    for (index, character) in value.chars().enumerate() {
        match character {
            ' ' if index == 0 => escaped.push_str("\\ "),
            '\n' => escaped.push_str("\\n"),
            '\r' => escaped.push_str("\\r"),
            '\t' => escaped.push_str("\\t"),
            '\x0c' => escaped.push_str("\\f"),
            '=' | ':' | '#' | '!' | '\\' => escaped.extend(['\\', character]),
            character => escaped.push(character),
        }
    }
    escaped
}

fn unescape(text: &str) -> String {
    let mut plain = String::new();
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        if character != '\\' {
            plain.push(character);
            continue;
        }
        match characters.next() {
            None => {}
            Some('n') => plain.push('\n'),
            Some('r') => plain.push('\r'),
            Some('t') => plain.push('\t'),
            Some('f') => plain.push('\x0c'),
            Some('u') => {
                let code = characters.as_str().get(..4);
                let code = code.and_then(|digits| u32::from_str_radix(digits, 16).ok());
                plain.push(code.and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER));
                characters = characters.as_str().get(4..).unwrap_or_default().chars();
            }
            Some(character) => plain.push(character),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sample() -> MetaProperties {
        MetaProperties {
            cluster_id: "MkU3OEVBNTcwNTJENDM2Qg".to_owned(),
            node_id: 3,
            directory_id: Some(Uuid::from_u128(5)),
        }
    }

    #[test]
    fn round_trip_and_truncated_prefixes() {
        let text = encode(&sample());
        assert_eq!(decode(text.as_bytes()), Ok(sample()));
        let without = MetaProperties { directory_id: None, ..sample() };
        assert_eq!(decode(encode(&without).as_bytes()), Ok(without));
        for cut in 0..text.len() {
            assert!(decode(&text.as_bytes()[..cut]).is_err(), "cut at {cut}");
        }
    }

    #[test]
    fn no_flipped_bit_changes_what_the_file_says() {
        let text = encode(&sample());
        for bit in 0..text.len() * 8 {
            let mut bytes = text.clone().into_bytes();
            bytes[bit / 8] ^= 1 << (bit % 8);
            let is_comment = bit / 8 < CHECKSUM.len();
            let found = decode(&bytes);
            assert!(found.is_err() || is_comment && found == Ok(sample()), "bit {bit}: {found:?}");
        }
    }

    #[test]
    fn files_of_the_java_broker_are_read() {
        let text = "#\n#Sat Jan 06 10:00:00 UTC 2024\nnode.id=1\n\
                    directory.id=AAAAAAAAAAAAAAAAAAAABQ\nversion=1\ncluster.id=a\\=b\\u0041 c\n";
        let read = decode(text.as_bytes()).unwrap();
        assert_eq!(read.cluster_id, "a=bA c");
        assert_eq!((read.node_id, read.directory_id), (1, Some(Uuid::from_u128(5))));
    }

    #[test]
    fn what_is_wrong_is_named() {
        let error = |text: &str| decode(text.as_bytes()).unwrap_err();
        assert_eq!(error(""), MetaPropertiesError::Missing { key: "version" });
        assert_eq!(
            error("version=0\nbroker.id=1\n"),
            MetaPropertiesError::Version { version: "0".to_owned() }
        );
        assert_eq!(
            error("version=1\nnode.id=1\n"),
            MetaPropertiesError::Missing { key: "cluster.id" }
        );
        let value = MetaPropertiesError::Value { key: "node.id", value: "x".to_owned() };
        assert_eq!(error("version=1\nnode.id=x\ncluster.id=c\n"), value);
    }

    proptest! {
        #[test]
        fn any_cluster_id_survives(cluster_id: String) {
            let properties = MetaProperties { cluster_id, ..sample() };
            prop_assert_eq!(decode(encode(&properties).as_bytes()), Ok(properties));
        }

        #[test]
        fn random_bytes_never_panic(bytes: Vec<u8>, text: String) {
            prop_assert!(decode(&bytes).is_err());
            let text = format!("version=1\n{text}");
            prop_assert!(decode(text.as_bytes()).is_err());
        }
    }
}
