//! The first records of a cluster, and those of a controller that takes over.

use std::collections::BTreeMap;

use crate::config::ConfigResource;
use crate::controller::configs::MIN_IN_SYNC_REPLICAS;
use crate::controller::{Controller, Outcome};
use crate::handlers::table;
use crate::metadata::Versioned;
use crate::metadata::features::{
    ELIGIBLE_LEADER_REPLICAS_VERSION, KRAFT_VERSION, METADATA_VERSION, Offer, Supported,
};
use crate::protocol::metadata_records::{
    AbortTransactionRecord, BeginTransactionRecord, ConfigRecord, EndTransactionRecord,
    FeatureLevelRecord, MetadataRecord,
};

/// Why feature levels cannot be those of a new cluster. To blame: the operator.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FeatureError {
    #[error("unknown feature {name}; known are {}", known())]
    Unknown { name: String },
    #[error("{name} can be {min} to {max} here, not {level}")]
    Level { name: &'static str, min: i16, max: i16, level: i16 },
}

fn known() -> String {
    Offer::Final.supported().map(|feature| feature.name).collect::<Vec<_>>().join(", ")
}

/// The levels of a new cluster: the defaults, save where `wanted` says otherwise. A feature whose
/// APIs are not served is off: clients would go by a level that means nothing.
pub fn initial_levels(
    wanted: &BTreeMap<String, i16>,
    offer: Offer,
) -> Result<BTreeMap<&'static str, i16>, FeatureError> {
    let mut levels: BTreeMap<&str, i16> =
        offer.supported().map(|feature| (feature.name, level_at_first(feature))).collect();
    for (name, &level) in wanted {
        let unknown = || FeatureError::Unknown { name: name.clone() };
        let feature = offer.supported().find(|feature| feature.name == name).ok_or_else(unknown)?;
        if !(feature.min..=feature.max).contains(&level) {
            let (min, max) = (feature.min, feature.max);
            return Err(FeatureError::Level { name: feature.name, min, max, level });
        }
        levels.insert(feature.name, level);
    }
    Ok(levels)
}

fn level_at_first(feature: Supported) -> i16 {
    match feature.needs.is_none_or(table::serves) {
        true => feature.default,
        false => feature.min,
    }
}

/// What the file `bootstrap.checkpoint` of a new cluster holds. The version of the quorum is not
/// among it: the log has control records for that.
pub fn bootstrap_records(levels: &BTreeMap<&'static str, i16>) -> Vec<Versioned> {
    let record = |name: &str, level| {
        Versioned::v0(FeatureLevelRecord { name: name.to_owned(), feature_level: level })
    };
    let first = levels.get_key_value(METADATA_VERSION);
    let others = levels
        .iter()
        .filter(|(name, level)| ![METADATA_VERSION, KRAFT_VERSION].contains(name) && **level > 0);
    first.into_iter().chain(others).map(|(name, level)| record(name, *level)).collect()
}

impl Controller {
    /// What a controller writes before anything else: the bootstrap records into an empty log, the
    /// end of a transaction that its predecessor left open into another.
    pub fn activate(&self, bootstrap: &[Versioned], min_in_sync_replicas: i32) -> Outcome<()> {
        let mut records = Vec::new();
        if self.state.is_in_transaction() {
            let reason = Some("Controller failover".to_owned());
            records.push(Versioned::v0(AbortTransactionRecord { reason }));
        }
        if self.state.committed().features.levels().is_empty() {
            let name = Some("Bootstrap records".to_owned());
            records.push(Versioned::v0(BeginTransactionRecord { name }));
            records.extend(bootstrap.iter().cloned());
            if enables_eligible_leader_replicas(bootstrap) {
                records.push(Versioned::v0(ConfigRecord {
                    resource_type: ConfigResource::BROKER,
                    resource_name: String::new(),
                    name: MIN_IN_SYNC_REPLICAS.to_owned(),
                    value: Some(min_in_sync_replicas.to_string()),
                }));
            }
            records.push(Versioned::v0(EndTransactionRecord {}));
        }
        Outcome::atomic(records, ())
    }
}

fn enables_eligible_leader_replicas(records: &[Versioned]) -> bool {
    records.iter().any(|versioned| match &versioned.record {
        MetadataRecord::FeatureLevel(level) => {
            level.name == ELIGIBLE_LEADER_REPLICAS_VERSION && level.feature_level > 0
        }
        _ => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_feature_is_on_at_first_whose_apis_are_not_there() {
        let levels = initial_levels(&BTreeMap::new(), Offer::Final).unwrap();
        for feature in Offer::Final.supported() {
            let is_served = feature.needs.is_none_or(table::serves);
            assert_eq!(levels[feature.name] > 0, is_served, "{}", feature.name);
        }
        let wanted = BTreeMap::from([("share.version".to_owned(), 1)]);
        let levels = initial_levels(&wanted, Offer::Final).unwrap();
        assert_eq!(levels["share.version"], 1, "what the operator asks for by name");
    }
}
