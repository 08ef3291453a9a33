//! `__cluster_metadata-0/quorum-state`: for whom this node voted, in which epoch.
//!
//! Lives on: any core; pure.
//! Promise: a file is read whole or refused: a lost vote could be cast twice.
//!
//! ```text
//! version 1: {"leaderId":1,"leaderEpoch":5,"votedId":-1,"votedDirectoryId":"AA…",
//!             "data_version":1}
//! version 0: {"clusterId":"","leaderId":1,"leaderEpoch":5,"votedId":-1,"appliedOffset":0,
//!             "currentVoters":[{"voterId":1}],"data_version":0}            without line ends
//! ```

use uuid::Uuid;

use crate::format::uuid_text;

pub const FILE_NAME: &str = "quorum-state";

/// What the file says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QuorumState {
    pub leader_id: Option<i32>,
    pub leader_epoch: i32,
    pub voted_id: Option<i32>,
    /// Since version 1.
    pub voted_directory_id: Option<Uuid>,
}

/// Why the file is refused. To blame: the disk, or whoever edited it. Remedy: where the quorum has
/// other voters, remove the node's metadata directory and let it join again.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum QuorumStateError {
    #[error("quorum-state is no whole object")]
    Malformed,
    #[error("quorum-state has the unknown version {version}")]
    Version { version: i64 },
    #[error("quorum-state does not say a possible {key}")]
    Field { key: &'static str },
}

/// Version 1: voters are in the log.
pub fn encode(state: &QuorumState) -> String {
    let directory_id = uuid_text::encode(state.voted_directory_id.unwrap_or_default());
    let election = encode_election(state);
    format!("{{{election},\"votedDirectoryId\":\"{directory_id}\",\"data_version\":1}}")
}

/// Version 0: voters are configured.
pub fn encode_with_voters(state: &QuorumState, voters: &[i32]) -> String {
    let voters: Vec<_> = voters.iter().map(|id| format!("{{\"voterId\":{id}}}")).collect();
    let (election, voters) = (encode_election(state), voters.join(","));
    format!(
        "{{\"clusterId\":\"\",{election},\"appliedOffset\":0,\
         \"currentVoters\":[{voters}],\"data_version\":0}}"
    )
}

/// Reads both versions.
pub fn decode(bytes: &[u8]) -> Result<QuorumState, QuorumStateError> {
    let text = std::str::from_utf8(bytes).map_err(|_| QuorumStateError::Malformed)?.trim();
    let object = text.strip_prefix('{').and_then(|text| text.strip_suffix('}'));
    let object = object.ok_or(QuorumStateError::Malformed)?;
    let version = number(object, "data_version")?;
    if !(0..=1).contains(&version) {
        return Err(QuorumStateError::Version { version });
    }
    let directory_id = match version {
        0 => None,
        _ => Some(id(object, "votedDirectoryId")?).filter(|id| !id.is_nil()),
    };
    let node = |key| {
        let id = i32::try_from(number(object, key)?);
        let id = id.ok().filter(|id| *id >= -1).ok_or(QuorumStateError::Field { key })?;
        Ok((id >= 0).then_some(id))
    };
    let key = "leaderEpoch";
    let leader_epoch = i32::try_from(number(object, key)?).ok().filter(|epoch| *epoch >= -1);
    Ok(QuorumState {
        leader_id: node("leaderId")?,
        leader_epoch: leader_epoch.ok_or(QuorumStateError::Field { key })?,
        voted_id: node("votedId")?,
        voted_directory_id: directory_id,
    })
}

fn encode_election(state: &QuorumState) -> String {
    let QuorumState { leader_id, leader_epoch, voted_id, .. } = *state;
    let (leader_id, voted_id) = (leader_id.unwrap_or(-1), voted_id.unwrap_or(-1));
    format!("\"leaderId\":{leader_id},\"leaderEpoch\":{leader_epoch},\"votedId\":{voted_id}")
}

/// What follows a key, up to the end of its value: these values hold neither comma nor brace.
fn value<'a>(object: &'a str, key: &'static str) -> Result<&'a str, QuorumStateError> {
    let missing = QuorumStateError::Field { key };
    let quoted = format!("\"{key}\"");
    let (_, after) = object.split_once(quoted.as_str()).ok_or(missing.clone())?;
    let value = after.trim_start().strip_prefix(':').ok_or(missing)?;
    Ok(value.split([',', '}']).next().unwrap_or_default().trim())
}

fn number(object: &str, key: &'static str) -> Result<i64, QuorumStateError> {
    value(object, key)?.parse().map_err(|_| QuorumStateError::Field { key })
}

fn id(object: &str, key: &'static str) -> Result<Uuid, QuorumStateError> {
    let quoted = value(object, key)?;
    let text = quoted.strip_prefix('"').and_then(|text| text.strip_suffix('"'));
    text.and_then(uuid_text::decode).ok_or(QuorumStateError::Field { key })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sample() -> QuorumState {
        QuorumState {
            leader_id: None,
            leader_epoch: 5,
            voted_id: Some(2),
            voted_directory_id: Some(Uuid::from_u128(5)),
        }
    }

    #[test]
    fn round_trip_and_truncated_prefixes() {
        let state = sample();
        let plain = QuorumState { voted_directory_id: None, leader_id: Some(1), ..state };
        let files = [
            (encode(&state), state),
            (encode(&plain), plain),
            (encode_with_voters(&plain, &[1, 2, 3]), plain),
        ];
        for (text, state) in files {
            assert_eq!(decode(text.as_bytes()), Ok(state), "{text}");
            for cut in 0..text.len() {
                assert!(decode(&text.as_bytes()[..cut]).is_err(), "{text} cut at {cut}");
            }
        }
    }

    #[test]
    fn texts_are_kafkas() {
        let text = concat!(
            r#"{"leaderId":-1,"leaderEpoch":5,"votedId":2,"#,
            r#""votedDirectoryId":"AAAAAAAAAAAAAAAAAAAABQ","data_version":1}"#,
        );
        assert_eq!(encode(&sample()), text);
        let text = concat!(
            r#"{"clusterId":"","leaderId":-1,"leaderEpoch":5,"votedId":2,"#,
            r#""appliedOffset":0,"currentVoters":[{"voterId":1}],"data_version":0}"#,
        );
        assert_eq!(encode_with_voters(&sample(), &[1]), text);
    }

    #[test]
    fn impossible_values_are_refused() {
        let with = |from, to| decode(encode(&sample()).replacen(from, to, 1).as_bytes());
        assert_eq!(with("n\":1", "n\":2"), Err(QuorumStateError::Version { version: 2 }));
        assert_eq!(with(":5", ":-2"), Err(QuorumStateError::Field { key: "leaderEpoch" }));
        assert_eq!(with("votedId", "x"), Err(QuorumStateError::Field { key: "votedId" }));
        assert_eq!(with(":2", ":99999999999"), Err(QuorumStateError::Field { key: "votedId" }));
    }

    proptest! {
        #[test]
        fn random_bytes_never_panic(bytes: Vec<u8>, text: String) {
            prop_assert!(decode(&bytes).is_err());
            let text = format!("{{\"data_version\":1,{text}}}");
            prop_assert!(decode(text.as_bytes()).is_err());
        }
    }
}
