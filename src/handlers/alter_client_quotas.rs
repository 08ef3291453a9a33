//! AlterClientQuotas (key 49), versions 0-1.
//!
//! Sets and removes quotas of users, client ids and addresses, each entity by itself. The answer
//! comes when every core has them.
//! Versions: 1 flexible.   Skipped: authorization.
//! Runs on shard 0, asked from the connection's core, which looks up the names of hosts.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use shards::io::Slice;

use super::{Api, Context, Pending, answer, changes};
use crate::controller::client_quotas::{Alteration, QuotaResults};
use crate::controller::{Cause, Refusal};
use crate::limits;
use crate::listeners::host_names;
use crate::metadata::security::QuotaEntity;
use crate::protocol::ApiKey;
use crate::protocol::alter_client_quotas::request::{EntryData, Request};
use crate::protocol::alter_client_quotas::response::{self, EntityData, Response};
use crate::quotas::keys::IP;
use crate::refusals::controller_errors;

pub const API: Api = Api { key: ApiKey::AlterClientQuotas, versions: 0..=1, handle };

fn handle(context: Context, body: Slice) -> Pending {
    answer(context, body, |context, request: Request| async move {
        let validate_only = request.validate_only;
        let alterations: Vec<Alteration> = request.entries.into_iter().map(alteration).collect();
        let entities: Vec<QuotaEntity> =
            alterations.iter().map(|alteration| alteration.entity.clone()).collect();
        let told: BTreeMap<QuotaEntity, String> =
            alterations.iter().map(|it| (it.entity.clone(), told(it))).collect();
        let hosts = hosts(&entities);
        if hosts.len() > limits::HOSTS_PER_REQUEST_MAX {
            let message = format!("more than {} names of hosts", limits::HOSTS_PER_REQUEST_MAX);
            return respond(Err(Refusal::new(Cause::InvalidRequest, message)), entities);
        }
        let known = host_names::look_up(&context.broker.name_lookups, hosts).await;
        let unknown: BTreeSet<String> =
            known.into_iter().filter(|(_, addresses)| addresses.is_empty()).map(first).collect();
        let altered = context.broker.control(move |controller, _| {
            controller.alter_client_quotas(&alterations, &unknown, validate_only)
        });
        let altered = altered.await;
        if !validate_only && let Ok(results) = &altered {
            changes::tell(&context, "quotas changed", &made(results, &told));
        }
        respond(altered, entities)
    })
}

fn told(alteration: &Alteration) -> String {
    let value = |(key, value): &(String, Option<f64>)| match value {
        Some(value) => format!("{key}={value}"),
        None => format!("{key} deleted"),
    };
    let changes: Vec<String> = alteration.operations.iter().map(value).collect();
    format!("{}: {}", name(&alteration.entity), changes.join(", "))
}

fn name(entity: &QuotaEntity) -> String {
    let part = |(kind, name): &(String, Option<String>)| {
        format!("{kind} {}", name.as_deref().unwrap_or("<default>"))
    };
    entity.iter().map(part).collect::<Vec<_>>().join(" ")
}

fn made(results: &QuotaResults, told: &BTreeMap<QuotaEntity, String>) -> Vec<String> {
    let made = results.iter().filter(|(_, outcome)| outcome.is_ok());
    made.filter_map(|(entity, _)| told.get(entity).cloned()).collect()
}

fn first<A, B>((first, _): (A, B)) -> A {
    first
}

/// Of a type that an entity names twice, the last name counts.
fn alteration(entry: EntryData) -> Alteration {
    let parts = entry.entity.into_iter().map(|part| (part.entity_type, part.entity_name));
    let parts: BTreeMap<String, Option<String>> = parts.collect();
    let operations = entry.ops.into_iter();
    Alteration {
        entity: parts.into_iter().collect(),
        operations: operations.map(|op| (op.key, (!op.remove).then_some(op.value))).collect(),
    }
}

/// What is named as an address and is none.
fn hosts(entities: &[QuotaEntity]) -> BTreeSet<String> {
    let parts = entities.iter().flatten().filter(|(kind, _)| kind == IP);
    let names = parts.filter_map(|(_, name)| name.as_ref());
    names.filter(|name| !name.is_empty() && name.parse::<IpAddr>().is_err()).cloned().collect()
}

/// With what the controller made of `entities`; if it refused everything, with that.
fn respond(altered: Result<QuotaResults, Refusal>, entities: Vec<QuotaEntity>) -> Response {
    let results = altered.unwrap_or_else(|refusal| {
        entities.into_iter().map(|entity| (entity, Err(refusal.clone()))).collect()
    });
    let entry = |(entity, result): (QuotaEntity, Result<(), Refusal>)| {
        let (error_code, error_message) = controller_errors::on_wire(result);
        let part = |(entity_type, entity_name)| EntityData { entity_type, entity_name };
        let entity = entity.into_iter().map(part).collect();
        response::EntryData { error_code, error_message, entity }
    };
    Response { throttle_time_ms: 0, entries: results.into_iter().map(entry).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::controller::Cause;
    use crate::protocol::alter_client_quotas::request;
    use crate::protocol::{ErrorCode, Message};

    fn part(kind: &str, name: Option<&str>) -> request::EntityData {
        let entity_name = name.map(str::to_owned);
        request::EntityData { entity_type: kind.to_owned(), entity_name }
    }

    #[test]
    fn an_entry_is_its_entity_in_order_and_its_operations() {
        let op = |key: &str, value, remove| request::OpData { key: key.to_owned(), value, remove };
        let entry = EntryData {
            entity: vec![part("user", Some("a")), part("client-id", None), part("user", None)],
            ops: vec![op("x", 1.0, false), op("y", 2.0, true)],
        };
        let Alteration { entity, operations } = alteration(entry);
        assert_eq!(entity, [("client-id".to_owned(), None), ("user".to_owned(), None)]);
        assert_eq!(operations, [("x".to_owned(), Some(1.0)), ("y".to_owned(), None)]);
    }

    #[test]
    fn only_names_of_hosts_are_looked_up() {
        let entity = |kind: &str, name: Option<&str>| vec![(kind.to_owned(), name.map(Into::into))];
        let entities = [
            entity("ip", Some("10.1.2.3")),
            entity("ip", Some("::1")),
            entity("ip", None),
            entity("ip", Some("")),
            entity("ip", Some("localhost")),
            entity("user", Some("me")),
        ];
        assert_eq!(hosts(&entities), BTreeSet::from(["localhost".to_owned()]));
    }

    #[test]
    fn the_answer_names_each_entity() {
        let entity = |name: &str| vec![("user".to_owned(), Some(name.to_owned()))];
        let refusal = Refusal::new(Cause::InvalidRequest, "no");
        let results = vec![(entity("a"), Ok(())), (entity("b"), Err(refusal.clone()))];
        for (altered, codes) in [(Ok(results), [0, 42]), (Err(refusal), [42, 42])] {
            let response = respond(altered, vec![entity("a"), entity("b")]);
            for version in API.versions {
                let bytes = response.to_vec(version).unwrap();
                assert_eq!(Response::from_slice(&bytes, version).unwrap(), response);
            }
            let found: Vec<i16> = response.entries.iter().map(|entry| entry.error_code).collect();
            assert_eq!(found, codes);
            assert_eq!(ErrorCode::InvalidRequest as i16, 42);
        }
    }
}
