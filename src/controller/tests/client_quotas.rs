//! Quotas of users, client ids and addresses.

use std::collections::BTreeSet;

use super::*;
use crate::controller::client_quotas::{Alteration, QuotaResults};
use crate::controller::limits::{ENTITY_NAME_BYTES_MAX, RECORDS_PER_BATCH_MAX};
use crate::metadata::security::QuotaEntity;
use crate::protocol::metadata_records::ClientQuotaRecord;
use crate::protocol::metadata_records::client_quota_record::EntityData;

fn entity(parts: &[(&str, Option<&str>)]) -> QuotaEntity {
    let part = |(kind, name): &(&str, Option<&str>)| ((*kind).to_owned(), name.map(str::to_owned));
    parts.iter().map(part).collect()
}

fn alteration(entity: QuotaEntity, operations: &[(&str, Option<f64>)]) -> Alteration {
    let operation = |(key, value): &(&str, Option<f64>)| ((*key).to_owned(), *value);
    Alteration { entity, operations: operations.iter().map(operation).collect() }
}

fn alter(controller: &Controller, alterations: &[Alteration]) -> Outcome<QuotaResults> {
    let unknown = BTreeSet::from(["nowhere".to_owned()]);
    controller.alter_client_quotas(alterations, &unknown, false).unwrap()
}

/// The sentence with which one alteration is refused.
fn refused(parts: &[(&str, Option<&str>)], operations: &[(&str, Option<f64>)]) -> String {
    let outcome = alter(&cluster(&[1]), &[alteration(entity(parts), operations)]);
    assert_eq!(outcome.records, []);
    let refusal = outcome.reply[0].1.clone().unwrap_err();
    assert_eq!(refusal.cause, Cause::InvalidRequest);
    refusal.message.unwrap()
}

const USER: &[(&str, Option<&str>)] = &[("user", Some("u"))];
const RATE: &[(&str, Option<f64>)] = &[("producer_byte_rate", Some(1024.0))];

#[test]
fn a_change_is_its_records_and_is_there_after_a_restart() {
    let mut controller = cluster(&[1]);
    let both = entity(&[("client-id", None), ("user", Some("u"))]);
    let operations = [("request_percentage", Some(0.5)), ("consumer_byte_rate", Some(10.0))];
    let outcome = alter(&controller, &[alteration(both.clone(), &operations)]);
    let record = |key: &str, value| {
        let part = |kind: &str, name: Option<&str>| EntityData {
            entity_type: kind.to_owned(),
            entity_name: name.map(str::to_owned),
        };
        let entity = vec![part("client-id", None), part("user", Some("u"))];
        v0(ClientQuotaRecord { entity, key: key.to_owned(), value, remove: false })
    };
    let records = vec![record("consumer_byte_rate", 10.0), record("request_percentage", 0.5)];
    assert_eq!(outcome, Outcome::atomic(records, vec![(both.clone(), Ok(()))]));
    commit(&mut controller, outcome);
    let quotas = &controller.image().security.client_quotas;
    assert_eq!(quotas[&both].values().copied().collect::<Vec<_>>(), [10.0, 0.5]);
    let restarted = through_snapshot(controller.image());
    assert_eq!(&restarted.security, &controller.image().security);
}

#[test]
fn only_what_differs_is_written() {
    let mut controller = cluster(&[1]);
    let set = alteration(entity(USER), RATE);
    let outcome = alter(&controller, std::slice::from_ref(&set));
    commit(&mut controller, outcome);
    let again = alter(&controller, &[set]);
    assert_eq!(again, Outcome::reply(vec![(entity(USER), Ok(()))]));
    let remove = [("producer_byte_rate", None), ("no such key", None)];
    let outcome = alter(&controller, &[alteration(entity(USER), &remove)]);
    assert_eq!(outcome.records.len(), 1);
    assert!(matches!(&outcome.reply[..], [(_, Ok(()))]));
    commit(&mut controller, outcome);
    assert!(controller.image().security.client_quotas.is_empty());
}

#[test]
fn validation_writes_nothing() {
    let alterations = [alteration(entity(USER), RATE), alteration(entity(USER), &[])];
    let outcome = cluster(&[1]).alter_client_quotas(&alterations, &BTreeSet::new(), true).unwrap();
    assert_eq!(outcome.records, []);
    let [(_, Err(refusal))] = &outcome.reply[..] else { panic!("{outcome:?}") };
    assert_eq!(refusal.message.as_deref(), Some("Ignoring duplicate entity user=u"));
}

#[test]
fn entities_that_make_no_sense_are_refused() {
    assert_eq!(refused(&[], RATE), "Invalid empty client quota entity");
    assert_eq!(refused(&[("user", Some(""))], RATE), "Empty user not supported");
    assert_eq!(refused(&[("", Some("x"))], RATE), "Unhandled client quota entity type: ");
    let long = "x".repeat(ENTITY_NAME_BYTES_MAX + 1);
    assert!(refused(&[("user", Some(&long))], RATE).contains("bytes"));
    let mixed = refused(&[("ip", Some("10.0.0.1")), ("user", None)], RATE);
    assert!(mixed.starts_with("Invalid quota entity combination"), "{mixed}");
    let connections: &[(&str, Option<f64>)] = &[("connection_creation_rate", Some(1.0))];
    let unknown = refused(&[("ip", Some("nowhere"))], connections);
    assert_eq!(unknown, "nowhere is not a valid IP or resolvable host.");
}

#[test]
fn values_that_a_key_does_not_take_are_refused() {
    let value = |key: &str, value| refused(USER, &[(key, Some(value))]);
    assert_eq!(
        value("connection_creation_rate", 1.0),
        "Invalid configuration key connection_creation_rate"
    );
    for wrong in [0.0, -1.0, f64::NAN] {
        let message = value("producer_byte_rate", wrong);
        assert_eq!(message, "Quota producer_byte_rate must be greater than 0");
    }
    let large = value("producer_byte_rate", 1e19);
    assert_eq!(large, "Proposed value for producer_byte_rate is too large for a LONG.");
    assert!(value("request_percentage", f64::INFINITY).ends_with("too large for a DOUBLE."));
    let part = value("consumer_byte_rate", 1.5);
    assert_eq!(part, "consumer_byte_rate cannot be a fractional value.");
    let twice = refused(USER, &[RATE[0], RATE[0]]);
    assert_eq!(twice, "Duplicate quota key, not updating quota for this entity user=u");
    let address: &[(&str, Option<&str>)] = &[("ip", None)];
    let large = refused(address, &[("connection_creation_rate", Some(1e10))]);
    assert!(large.ends_with("too large for an INT."), "{large}");
    assert!(refused(address, RATE).starts_with("Invalid configuration key"));
}

#[test]
fn a_request_that_would_not_fit_into_one_batch_is_refused_whole() {
    let controller = cluster(&[1]);
    let too_many = |name_bytes: usize, count: usize| {
        let alterations: Vec<Alteration> = (0..count)
            .map(|number| {
                let name = format!("{number:0name_bytes$}");
                alteration(entity(&[("client-id", Some(&name))]), RATE)
            })
            .collect();
        controller.alter_client_quotas(&alterations, &BTreeSet::new(), false)
    };
    assert!(too_many(5, RECORDS_PER_BATCH_MAX).is_ok());
    for refused in [too_many(5, RECORDS_PER_BATCH_MAX + 1), too_many(ENTITY_NAME_BYTES_MAX, 200)] {
        assert_eq!(refused.unwrap_err().cause, Cause::PolicyViolation);
    }
    let fits = too_many(ENTITY_NAME_BYTES_MAX, 100).unwrap();
    let stamp =
        crate::controller::codec::Stamp { base_offset: 0, leader_epoch: 1, timestamp_ms: 1 };
    assert!(crate::controller::codec::records_batch(&fits.records, stamp).is_ok());
}
