//! Finalized feature levels, and what `metadata.version` allows in records.

use std::collections::BTreeMap;

use crate::config::Settings;
use crate::protocol::ApiKey;

pub const METADATA_VERSION: &str = "metadata.version";
pub const KRAFT_VERSION: &str = "kraft.version";
pub const GROUP_VERSION: &str = "group.version";
pub const TRANSACTION_VERSION: &str = "transaction.version";
pub const SHARE_VERSION: &str = "share.version";
pub const STREAMS_VERSION: &str = "streams.version";
pub const ELIGIBLE_LEADER_REPLICAS_VERSION: &str = "eligible.leader.replicas.version";

/// 3.3-IV3, the first that Kafka 4 can read.
pub const METADATA_VERSION_MIN: i16 = 7;
/// 4.3-IV0.
pub const METADATA_VERSION_LATEST: i16 = 30;

const MIGRATION_FROM: i16 = 8;
const DIRECTORIES_FROM: i16 = 17;
const ELIGIBLE_LEADER_REPLICAS_FROM: i16 = 23;
const CORDONED_DIRECTORIES_FROM: i16 = 30;

/// The levels of metadata.version that brought new records or fields: below them, what those hold
/// would be lost.
const RECORDS_CHANGED_AT: [i16; 8] = [8, 11, 13, 14, 15, 17, 23, 30];

/// A feature that this node supports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Supported {
    pub name: &'static str,
    pub min: i16,
    pub max: i16,
    /// The level that a new cluster of Kafka's starts with.
    pub default: i16,
    /// What the feature is about: without this API its level means nothing.
    pub needs: Option<ApiKey>,
}

/// 4.4-IV0, which is not final.
const METADATA_VERSION_UNSTABLE: i16 = 31;

/// Which levels a node offers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Offer {
    Final,
    /// `unstable.feature.versions.enable`
    Unstable,
}

impl Offer {
    pub fn of(settings: &Settings) -> Self {
        match settings.text("unstable.feature.versions.enable") {
            Some("true") => Self::Unstable,
            _ => Self::Final,
        }
    }

    /// The features with their levels, in the order in which they are reported.
    pub fn supported(self) -> impl Iterator<Item = Supported> {
        SUPPORTED.iter().map(move |feature| match feature.name {
            METADATA_VERSION if self == Self::Unstable => {
                Supported { max: METADATA_VERSION_UNSTABLE, ..*feature }
            }
            _ => *feature,
        })
    }
}

/// With their final levels.
const SUPPORTED: &[Supported] = &[
    Supported {
        name: METADATA_VERSION,
        min: METADATA_VERSION_MIN,
        max: METADATA_VERSION_LATEST,
        default: METADATA_VERSION_LATEST,
        needs: None,
    },
    to_level(ELIGIBLE_LEADER_REPLICAS_VERSION, 1, None),
    to_level(GROUP_VERSION, 1, Some(ApiKey::ConsumerGroupHeartbeat)),
    to_level(KRAFT_VERSION, 1, None),
    to_level(SHARE_VERSION, 1, Some(ApiKey::ShareFetch)),
    to_level(STREAMS_VERSION, 1, Some(ApiKey::StreamsGroupHeartbeat)),
    to_level(TRANSACTION_VERSION, 2, Some(ApiKey::EndTxn)),
];

const fn to_level(name: &'static str, max: i16, needs: Option<ApiKey>) -> Supported {
    Supported { name, min: 0, max, default: max, needs }
}

/// Whether metadata that the level `from` may have written cannot be kept at the level `to`.
pub fn downgrade_loses_metadata(from: i16, to: i16) -> bool {
    RECORDS_CHANGED_AT.iter().any(|level| (to + 1..=from).contains(level))
}

/// What `name` needs of another feature to be at `level`.
pub fn dependency(name: &str, level: i16) -> Option<(&'static str, i16)> {
    match (name, level) {
        (ELIGIBLE_LEADER_REPLICAS_VERSION, 1..) => {
            Some((METADATA_VERSION, ELIGIBLE_LEADER_REPLICAS_FROM))
        }
        _ => None,
    }
}

/// "4.3-IV0" of level 30. None for a level that this node does not know.
pub fn metadata_version_name(level: i16) -> Option<&'static str> {
    const NAMES: [&str; 25] = [
        "3.3-IV3", "3.4-IV0", "3.5-IV0", "3.5-IV1", "3.5-IV2", "3.6-IV0", "3.6-IV1", "3.6-IV2",
        "3.7-IV0", "3.7-IV1", "3.7-IV2", "3.7-IV3", "3.7-IV4", "3.8-IV0", "3.9-IV0", "4.0-IV0",
        "4.0-IV1", "4.0-IV2", "4.0-IV3", "4.1-IV0", "4.1-IV1", "4.2-IV0", "4.2-IV1", "4.3-IV0",
        "4.4-IV0",
    ];
    NAMES.get(usize::try_from(level.checked_sub(METADATA_VERSION_MIN)?).ok()?).copied()
}

/// Levels that the cluster has agreed on. Level 0 means disabled and is not kept.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Features {
    levels: BTreeMap<String, i16>,
    /// Written by clusters that came from ZooKeeper or began before Kafka 4.
    pub zk_migration_state: Option<i8>,
}

impl Features {
    pub fn level(&self, name: &str) -> i16 {
        self.levels.get(name).copied().unwrap_or(0)
    }

    pub fn levels(&self) -> &BTreeMap<String, i16> {
        &self.levels
    }

    pub fn set(&mut self, name: &str, level: i16) {
        match level {
            0 => self.levels.remove(name),
            _ => self.levels.insert(name.to_owned(), level),
        };
    }

    /// The least that Kafka 4 reads, while no record has set one.
    pub fn metadata_version(&self) -> i16 {
        self.levels.get(METADATA_VERSION).copied().unwrap_or(METADATA_VERSION_MIN)
    }

    pub fn has_directories(&self) -> bool {
        self.metadata_version() >= DIRECTORIES_FROM
    }

    pub fn has_eligible_leader_replicas(&self) -> bool {
        self.metadata_version() >= ELIGIBLE_LEADER_REPLICAS_FROM
            && self.level(ELIGIBLE_LEADER_REPLICAS_VERSION) >= 1
    }

    pub fn register_broker_version(&self) -> i16 {
        match self.metadata_version() {
            CORDONED_DIRECTORIES_FROM.. => 4,
            DIRECTORIES_FROM.. => 3,
            MIGRATION_FROM.. => 2,
            _ => 1,
        }
    }

    pub fn broker_registration_change_version(&self) -> i16 {
        match self.metadata_version() {
            CORDONED_DIRECTORIES_FROM.. => 3,
            DIRECTORIES_FROM.. => 2,
            _ => 1,
        }
    }

    /// Of a partition record and of its change record.
    pub fn partition_version(&self) -> i16 {
        match self.metadata_version() {
            ELIGIBLE_LEADER_REPLICAS_FROM.. => 2,
            DIRECTORIES_FROM.. => 1,
            _ => 0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_version_has_a_name() {
        assert_eq!(metadata_version_name(METADATA_VERSION_LATEST), Some("4.3-IV0"));
        assert_eq!(metadata_version_name(17), Some("3.7-IV2"));
        assert_eq!(metadata_version_name(23), Some("4.0-IV1"));
        assert_eq!(metadata_version_name(METADATA_VERSION_MIN - 1), None);
        assert_eq!(metadata_version_name(METADATA_VERSION_UNSTABLE), Some("4.4-IV0"));
        assert_eq!(metadata_version_name(METADATA_VERSION_UNSTABLE + 1), None);
    }

    #[test]
    fn level_zero_is_no_level() {
        let mut features = Features::default();
        features.set(GROUP_VERSION, 1);
        features.set(GROUP_VERSION, 0);
        assert_eq!(features, Features::default());
        assert_eq!(features.metadata_version(), METADATA_VERSION_MIN);
    }
}
