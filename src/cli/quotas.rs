//! Quotas of users, clients and addresses, for `ringlog config`.

use serde_json::{Value, json};

use super::failure::Failure;
use super::output::{Output, Table};
use crate::client::{ClientError, Cluster, error::check};
use crate::protocol::describe_client_quotas::response::EntryData;
use crate::protocol::{alter_client_quotas, describe_client_quotas};

/// Numbers of the protocol: how a filter finds names.
const EXACT: i8 = 0;
const DEFAULT: i8 = 1;
const SPECIFIED: i8 = 2;

/// Whom quotas are for: types with names; no name is whoever has no quota of its own.
#[derive(Clone, Debug)]
pub(super) struct Entity(pub Vec<(&'static str, Option<String>)>);

impl Entity {
    pub(super) fn shown(&self) -> String {
        let parts = self.0.iter().map(|(kind, name)| part(kind, name.as_deref()));
        parts.collect::<Vec<_>>().join(", ")
    }
}

fn part(kind: &str, name: Option<&str>) -> String {
    match name {
        Some(name) => format!("{kind} {name}"),
        None => format!("any other {kind}"),
    }
}

/// Shows the quotas of an entity; with `all` those of all entities that have these types.
pub(super) fn describe(
    cluster: &mut Cluster,
    entity: &Entity,
    all: bool,
    json: bool,
) -> Result<(), Failure> {
    let entries = look_up(cluster, entity, all)?;
    let mut output = Output::stdout();
    if json {
        output.json(&entries.iter().map(entry_json).collect())?;
        return output.flush();
    }
    let mut table = Table::new(["OF", "NAME", "VALUE"]);
    for entry in &entries {
        let parts = entry.entity.iter();
        let parts = parts.map(|it| part(&it.entity_type, it.entity_name.as_deref()));
        let whom = parts.collect::<Vec<_>>().join(", ");
        for value in &entry.values {
            table.row([whom.clone(), value.key.clone(), value.value.to_string()]);
        }
    }
    output.table(&table)?;
    output.flush()
}

fn entry_json(entry: &EntryData) -> Value {
    let entity = entry.entity.iter().map(|it| (it.entity_type.clone(), json!(it.entity_name)));
    let values = entry.values.iter().map(|it| (it.key.clone(), json!(it.value)));
    json!({
        "entity": entity.collect::<serde_json::Map<_, _>>(),
        "quotas": values.collect::<serde_json::Map<_, _>>(),
    })
}

fn look_up(
    cluster: &mut Cluster,
    entity: &Entity,
    all: bool,
) -> Result<Vec<EntryData>, ClientError> {
    use describe_client_quotas::request::{ComponentData, Request};
    let component = |(kind, name): &(&str, Option<String>)| ComponentData {
        entity_type: (*kind).to_owned(),
        match_type: match name {
            _ if all => SPECIFIED,
            Some(_) => EXACT,
            None => DEFAULT,
        },
        r#match: name.clone().filter(|_| !all),
    };
    let components = entity.0.iter().map(component).collect();
    let request = Request { components, strict: !all };
    cluster.retry(|cluster| {
        let response = cluster.call_any(&request)?;
        let message = response.error_message.as_deref();
        check(response.error_code, message, || format!("the quotas of {}", entity.shown()))?;
        Ok(response.entries.unwrap_or_default())
    })
}

/// Sets and removes quotas of an entity.
pub(super) fn alter(
    cluster: &mut Cluster,
    entity: &Entity,
    add: &[(String, String)],
    delete: &[String],
) -> Result<(), Failure> {
    use alter_client_quotas::request::{EntityData, EntryData, OpData, Request};
    let mut ops = Vec::with_capacity(add.len() + delete.len());
    for (key, value) in add {
        let not_a_number = |_| Failure::usage(format!("{key}: `{value}` is no number"));
        let value = value.parse().map_err(not_a_number)?;
        ops.push(OpData { key: key.clone(), value, remove: false });
    }
    let remove = |key: &String| OpData { key: key.clone(), value: 0.0, remove: true };
    ops.extend(delete.iter().map(remove));
    let part = |(kind, name): &(&str, Option<String>)| EntityData {
        entity_type: (*kind).to_owned(),
        entity_name: name.clone(),
    };
    let entries = vec![EntryData { entity: entity.0.iter().map(part).collect(), ops }];
    let request = Request { entries, validate_only: false };
    let altered = cluster.retry(|cluster| {
        for entry in cluster.call_controller(&request)?.entries {
            let message = entry.error_message.as_deref();
            check(entry.error_code, message, || format!("the quotas of {}", entity.shown()))?;
        }
        Ok(())
    });
    Ok(altered?)
}
