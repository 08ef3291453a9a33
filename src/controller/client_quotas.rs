//! Quotas of users, client ids and addresses (KIP-546): what may be set, and the records of it.
//!
//! An entity is changed whole or not at all; one that is refused stops no other. The sentences are
//! those that Kafka's tools and their tests know.   Read next: ../quotas/keys.rs.

use std::collections::{BTreeMap, BTreeSet};

use crate::controller::create_topics::check_number_of_records;
use crate::controller::limits::{ENTITY_NAME_BYTES_MAX, QUOTA_NAMES_BYTES_MAX};
use crate::controller::refusal::{Cause, Refusal};
use crate::controller::{Controller, Outcome};
use crate::metadata::Versioned;
use crate::metadata::security::QuotaEntity;
use crate::protocol::metadata_records::ClientQuotaRecord;
use crate::protocol::metadata_records::client_quota_record::EntityData;
use crate::quotas::keys::{self, CLIENT_ID, IP, Kind, USER};

/// What is to be changed for one entity: each key gets a value, or none any more.
#[derive(Clone, Debug, PartialEq)]
pub struct Alteration {
    /// In the order of the types, each once.
    pub entity: QuotaEntity,
    pub operations: Vec<(String, Option<f64>)>,
}

/// What became of each entity, in the order in which the request names them first.
pub type QuotaResults = Vec<(QuotaEntity, Result<(), Refusal>)>;

impl Controller {
    /// `unknown_hosts`: names among the addresses that nothing is known of. An error refuses the
    /// whole request.
    pub fn alter_client_quotas(
        &self,
        alterations: &[Alteration],
        unknown_hosts: &BTreeSet<String>,
        validate_only: bool,
    ) -> Result<Outcome<QuotaResults>, Refusal> {
        let mut records = Vec::new();
        let mut results = QuotaResults::new();
        let mut places: BTreeMap<&QuotaEntity, usize> = BTreeMap::new();
        let mut names_bytes = 0;
        for Alteration { entity, operations } in alterations {
            if let Some(&place) = places.get(entity) {
                let message = format!("Ignoring duplicate entity {}", shown(entity));
                results[place].1 = Err(invalid(message));
                continue;
            }
            places.insert(entity, results.len());
            let changed = check_entity(entity, unknown_hosts)
                .and_then(|keys| self.changes(entity, operations, keys));
            let result = changed.map(|changed| {
                names_bytes += changed.len() * name_bytes(entity);
                records.extend(changed);
            });
            results.push((entity.clone(), result));
            check_number_of_records(&records)?;
            if names_bytes > QUOTA_NAMES_BYTES_MAX {
                let message = "Unable to perform excessively large batch operation.";
                return Err(Refusal::new(Cause::PolicyViolation, message));
            }
        }
        if validate_only {
            records.clear();
        }
        Ok(Outcome::atomic(records, results))
    }

    /// The records of what differs from what is set.
    fn changes(
        &self,
        entity: &QuotaEntity,
        operations: &[(String, Option<f64>)],
        keys: &'static [keys::Key],
    ) -> Result<Vec<Versioned>, Refusal> {
        let wanted: BTreeMap<&String, Option<f64>> =
            operations.iter().map(|(key, value)| (key, *value)).collect();
        if wanted.len() < operations.len() {
            let message = "Duplicate quota key, not updating quota for this entity ";
            return Err(invalid(format!("{message}{}", shown(entity))));
        }
        let current = self.image().security.client_quotas.get(entity);
        let mut records = Vec::new();
        for (key, value) in wanted {
            let before = current.and_then(|quotas| quotas.get(key)).copied();
            if let Some(value) = value {
                check_value(keys, key, value)?;
            }
            if before != value {
                records.push(Versioned::v0(ClientQuotaRecord {
                    entity: on_record(entity),
                    key: key.clone(),
                    value: value.unwrap_or_default(),
                    remove: value.is_none(),
                }));
            }
        }
        Ok(records)
    }
}

/// The keys that the entity may have.
fn check_entity(
    entity: &QuotaEntity,
    unknown_hosts: &BTreeSet<String>,
) -> Result<&'static [keys::Key], Refusal> {
    for (kind, name) in entity {
        if ![USER, CLIENT_ID, IP].contains(&kind.as_str()) {
            return Err(invalid(format!("Unhandled client quota entity type: {kind}")));
        }
        match name.as_deref() {
            Some("") => return Err(invalid(format!("Empty {kind} not supported"))),
            Some(name) if name.len() > ENTITY_NAME_BYTES_MAX => {
                let bytes = name.len();
                return Err(invalid(format!("A {kind} of {bytes} bytes is not supported")));
            }
            _ => {}
        }
    }
    let address = entity.iter().find(|(kind, _)| kind == IP);
    match address {
        None if entity.is_empty() => Err(invalid("Invalid empty client quota entity".to_owned())),
        None => Ok(keys::OF_CLIENTS),
        Some(_) if entity.len() > 1 => Err(invalid(
            "Invalid quota entity combination, IP entity should not be combined with User or \
             ClientId"
                .to_owned(),
        )),
        Some((_, Some(host))) if unknown_hosts.contains(host) => {
            Err(invalid(format!("{host} is not a valid IP or resolvable host.")))
        }
        Some(_) => Ok(keys::OF_ADDRESSES),
    }
}

fn check_value(keys: &[keys::Key], key: &str, value: f64) -> Result<(), Refusal> {
    let known = keys.iter().find(|known| known.name == key);
    let known = known.ok_or_else(|| invalid(format!("Invalid configuration key {key}")))?;
    if value.is_nan() || value <= 0.0 {
        return Err(invalid(format!("Quota {key} must be greater than 0")));
    }
    let (max, kind) = match known.kind {
        Kind::Real if value.is_finite() => return Ok(()),
        Kind::Real => (f64::MAX, "a DOUBLE"),
        Kind::Int => (f64::from(i32::MAX), "an INT"),
        Kind::Long => (i64::MAX as f64, "a LONG"),
    };
    if value > max {
        return Err(invalid(format!("Proposed value for {key} is too large for {kind}.")));
    }
    const WHOLE_WITHIN: f64 = 1e-6;
    if (value % 1.0).abs() > WHOLE_WITHIN {
        return Err(invalid(format!("{key} cannot be a fractional value.")));
    }
    Ok(())
}

fn invalid(message: String) -> Refusal {
    Refusal::new(Cause::InvalidRequest, message)
}

fn on_record(entity: &QuotaEntity) -> Vec<EntityData> {
    let part = |(entity_type, entity_name): &(String, Option<String>)| EntityData {
        entity_type: entity_type.clone(),
        entity_name: entity_name.clone(),
    };
    entity.iter().map(part).collect()
}

fn name_bytes(entity: &QuotaEntity) -> usize {
    entity.iter().map(|(kind, name)| kind.len() + name.as_ref().map_or(0, String::len)).sum()
}

fn shown(entity: &QuotaEntity) -> String {
    let part = |(kind, name): &(String, Option<String>)| match name {
        Some(name) => format!("{kind}={name}"),
        None => format!("default {kind}"),
    };
    entity.iter().map(part).collect::<Vec<_>>().join(", ")
}
