//! New levels of the cluster's features.
//!
//! All updates of a request or none. A level of metadata.version may go down only where nothing
//! that the log may hold is lost; that of kraft.version never: going up writes this node as the
//! one voter into the log, and the configuration does not name the voters any more.

use std::collections::BTreeMap;

use crate::config::ConfigResource;
use crate::controller::configs::MIN_IN_SYNC_REPLICAS;
use crate::controller::create_topics::check_number_of_records;
use crate::controller::quorum::voter_entries;
use crate::controller::refusal::{Cause, Refusal};
use crate::controller::{Controller, Outcome};
use crate::metadata::Versioned;
use crate::metadata::features::{
    self, ELIGIBLE_LEADER_REPLICAS_VERSION, KRAFT_VERSION, METADATA_VERSION, Offer,
};
use crate::protocol::metadata_records::{ConfigRecord, FeatureLevelRecord};

/// Which way a level may go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    Upgrade,
    SafeDowngrade,
    UnsafeDowngrade,
    /// None of those that are known here.
    Unknown,
}

/// The level that a feature is to get.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Update {
    pub level: i16,
    pub direction: Direction,
}

/// By the names of the features.
pub type Updates = BTreeMap<String, Update>;

impl Controller {
    /// The first update that is not allowed refuses all of them. `min_in_sync_replicas` is what
    /// the node's configuration says: eligible leader replicas need it for the whole cluster.
    pub fn update_features(
        &self,
        updates: &Updates,
        min_in_sync_replicas: u32,
        validate_only: bool,
    ) -> Result<Outcome<()>, Refusal> {
        let mut outcome = Outcome::reply(());
        let proposed = self.proposed(updates);
        for (name, update) in updates {
            self.check_level(name, *update)?;
            match name.as_str() {
                KRAFT_VERSION if self.image().voters.kraft_version < update.level => {
                    outcome.quorum = voter_entries(&self.options.voters);
                }
                KRAFT_VERSION => {}
                name => outcome.records.push(level_record(name, update.level)),
            }
            check_dependency(name, update.level, &proposed)?;
        }
        let elr = updates.get(ELIGIBLE_LEADER_REPLICAS_VERSION);
        if elr.is_some_and(|update| update.level > 0) {
            let guarded = self.guard_min_in_sync_replicas(min_in_sync_replicas);
            outcome.records.splice(0..0, guarded);
        }
        check_number_of_records(&outcome.records)?;
        if validate_only {
            return Ok(Outcome::reply(()));
        }
        Ok(outcome)
    }

    fn level_of(&self, name: &str) -> i16 {
        let image = self.image();
        match name {
            METADATA_VERSION => image.features.metadata_version(),
            KRAFT_VERSION => image.voters.kraft_version,
            name => image.features.level(name),
        }
    }

    /// The levels once all updates are made.
    fn proposed(&self, updates: &Updates) -> BTreeMap<String, i16> {
        let mut levels = self.image().features.levels().clone();
        levels.insert(METADATA_VERSION.to_owned(), self.level_of(METADATA_VERSION));
        levels.extend(updates.iter().map(|(name, update)| (name.clone(), update.level)));
        levels
    }

    fn check_level(&self, name: &str, update: Update) -> Result<(), Refusal> {
        let Update { level, direction } = update;
        let current = self.level_of(name);
        let refuse = |why: &str| Err(invalid(name, level, why));
        if direction == Direction::Unknown {
            return refuse("The controller does not support the given upgrade type.");
        }
        if level < 0 {
            return refuse("A feature version cannot be less than 0.");
        }
        if let Some(reason) = self.reason_not_supported(name, level) {
            return refuse(&reason);
        }
        match direction {
            Direction::Upgrade if level < current => refuse(
                "Can't downgrade the version of this feature without setting the upgrade type to \
                 either safe or unsafe downgrade.",
            ),
            Direction::SafeDowngrade | Direction::UnsafeDowngrade if level > current => {
                refuse("Can't downgrade to a newer version.")
            }
            _ if level < current && name == KRAFT_VERSION => {
                refuse("Can't downgrade the version of this feature.")
            }
            _ if level < current && name == METADATA_VERSION => {
                check_metadata_downgrade(current, level, direction)
            }
            _ => Ok(()),
        }
    }

    /// What this node, another controller or a broker cannot follow.
    fn reason_not_supported(&self, name: &str, level: i16) -> Option<String> {
        let reason = |who: String, range: Option<(i16, i16)>| match range {
            Some((min, max)) if (min..=max).contains(&level) => None,
            Some((min, max)) if max > 0 => {
                Some(format!("{who} only supports versions {min}-{max}"))
            }
            _ if level == 0 => None,
            _ => Some(format!("{who} does not support this feature.")),
        };
        let mut offered = Offer::of(&self.options.settings).supported();
        let own = offered.find(|feature| feature.name == name);
        let own = own.map(|feature| (feature.min, feature.max));
        if own.is_none() && level == 0 && self.level_of(name) == 0 {
            return Some(format!("Feature {name} not found."));
        }
        let brokers = self.image().cluster.brokers.values().map(|broker| {
            let mut features = broker.registration.features.iter();
            let feature = features.find(|feature| feature.name == name);
            let range = feature.map(|it| (it.min_supported_version, it.max_supported_version));
            (format!("Broker {}", broker.id()), range)
        });
        let mut nodes =
            std::iter::once((format!("Local controller {}", self.options.node_id), own))
                .chain(brokers);
        nodes.find_map(|(who, range)| reason(who, range))
    }

    /// With eligible leader replicas, one value of min.insync.replicas holds everywhere.
    fn guard_min_in_sync_replicas(&self, min_in_sync_replicas: u32) -> Vec<Versioned> {
        let record = |resource_name, value| {
            Versioned::v0(ConfigRecord {
                resource_type: ConfigResource::BROKER,
                resource_name,
                name: MIN_IN_SYNC_REPLICAS.to_owned(),
                value,
            })
        };
        let configs = &self.image().configs;
        let mut records = Vec::new();
        if !configs.get(&ConfigResource::Broker(None)).contains_key(MIN_IN_SYNC_REPLICAS) {
            records.push(record(String::new(), Some(min_in_sync_replicas.to_string())));
        }
        for (resource, overrides) in configs.resources() {
            let is_broker = matches!(resource, ConfigResource::Broker(Some(_)));
            if is_broker && overrides.contains_key(MIN_IN_SYNC_REPLICAS) {
                records.push(record(resource.name(), None));
            }
        }
        records
    }
}

fn level_record(name: &str, feature_level: i16) -> Versioned {
    Versioned::v0(FeatureLevelRecord { name: name.to_owned(), feature_level })
}

fn invalid(name: &str, level: i16, why: &str) -> Refusal {
    let message = format!("Invalid update version {level} for feature {name}. {why}");
    Refusal::new(Cause::InvalidUpdateVersion, message)
}

fn check_metadata_downgrade(from: i16, to: i16, direction: Direction) -> Result<(), Refusal> {
    if !features::downgrade_loses_metadata(from, to) {
        return Ok(());
    }
    let why = match direction {
        Direction::UnsafeDowngrade => "Unsafe metadata downgrade is not supported in this version.",
        _ => {
            "Refusing to perform the requested downgrade because it might delete metadata \
             information."
        }
    };
    let message = format!("Unsupported metadata.version downgrade from {from} to {to}. {why}");
    Err(Refusal::new(Cause::InvalidUpdateVersion, message))
}

fn check_dependency(name: &str, level: i16, levels: &BTreeMap<String, i16>) -> Result<(), Refusal> {
    let Some((needed, least)) = features::dependency(name, level) else { return Ok(()) };
    if levels.get(needed).is_some_and(|found| *found >= least) {
        return Ok(());
    }
    let why =
        format!("{name} could not be set to {level} because it depends on {needed} level {least}");
    Err(invalid(name, level, &why))
}
