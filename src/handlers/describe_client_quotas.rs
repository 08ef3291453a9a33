//! DescribeClientQuotas (key 48), versions 0-1.
//!
//! The quotas that are set for the entities a filter finds, as this core's image has them.
//! Versions: 1 flexible.   Skipped: authorization.   Runs on the connection's core.

use std::collections::BTreeMap;

use shards::io::Slice;

use super::{Api, Context, Pending, answer};
use crate::metadata::security::{QuotaEntity, Security};
use crate::protocol::describe_client_quotas::request::{ComponentData, Request};
use crate::protocol::describe_client_quotas::response::{
    EntityData, EntryData, Response, ValueData,
};
use crate::protocol::{ApiKey, ErrorCode};
use crate::quotas::keys::{CLIENT_ID, IP, USER};
use crate::refusals::errors::sentence;

pub const API: Api = Api { key: ApiKey::DescribeClientQuotas, versions: 0..=1, handle };

fn handle(context: Context, body: Slice) -> Pending {
    answer(context, body, |context, request: Request| async move {
        respond(&context.broker.image().security, &request)
    })
}

fn respond(security: &Security, request: &Request) -> Response {
    match Filter::of(request) {
        Ok(filter) => {
            let quotas = security.client_quotas.iter();
            let found = quotas.filter(|(entity, _)| filter.finds(entity));
            let entries = found.map(|(entity, values)| entry(entity, values)).collect();
            Response { entries: Some(entries), ..Response::default() }
        }
        Err((code, message)) => Response {
            error_code: code as i16,
            error_message: Some(sentence(message)),
            entries: None,
            ..Response::default()
        },
    }
}

fn entry(entity: &QuotaEntity, values: &BTreeMap<String, f64>) -> EntryData {
    let part = |(entity_type, entity_name): &(String, Option<String>)| EntityData {
        entity_type: entity_type.clone(),
        entity_name: entity_name.clone(),
    };
    let value = |(key, value): (&String, &f64)| ValueData { key: key.clone(), value: *value };
    EntryData {
        entity: entity.iter().map(part).collect(),
        values: values.iter().map(value).collect(),
    }
}

/// Numbers of the protocol: how a component finds names.
const EXACT: i8 = 0;
const DEFAULT: i8 = 1;
const SPECIFIED: i8 = 2;

/// Which name an entity must have of a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Match<'r> {
    Named(&'r str),
    Default,
    Any,
}

struct Filter<'r> {
    by_type: BTreeMap<&'r str, Match<'r>>,
    /// Whether the entity may have no other types.
    strict: bool,
}

impl<'r> Filter<'r> {
    fn of(request: &'r Request) -> Result<Filter<'r>, (ErrorCode, String)> {
        let mut by_type = BTreeMap::new();
        let invalid = |message: String| (ErrorCode::InvalidRequest, message);
        for component in &request.components {
            let kind = component.entity_type.as_str();
            if kind.is_empty() {
                return Err(invalid("Invalid empty entity type.".to_owned()));
            }
            if by_type.contains_key(kind) {
                let message = format!("Entity type {kind} cannot appear more than once");
                return Err(invalid(format!("{message} in the filter.")));
            }
            if ![USER, CLIENT_ID, IP].contains(&kind) {
                let message = format!("Unsupported entity type {kind}");
                return Err((ErrorCode::UnsupportedVersion, message));
            }
            by_type.insert(kind, wanted(component).map_err(invalid)?);
        }
        if by_type.contains_key(IP) && by_type.len() > 1 {
            let message = "Invalid entity filter component combination. IP filter component \
                           should not be used with user or clientId filter component.";
            return Err(invalid(message.to_owned()));
        }
        Ok(Filter { by_type, strict: request.strict })
    }

    fn finds(&self, entity: &QuotaEntity) -> bool {
        if self.strict && entity.len() != self.by_type.len() {
            return false;
        }
        self.by_type.iter().all(|(kind, wanted)| {
            let part = entity.iter().find(|(other, _)| other == kind);
            part.is_some_and(|(_, name)| match wanted {
                Match::Named(wanted) => name.as_deref() == Some(wanted),
                Match::Default => name.is_none(),
                Match::Any => true,
            })
        })
    }
}

fn wanted(component: &ComponentData) -> Result<Match<'_>, String> {
    let but = |kind: &str, what: &str| Err(format!("Request specified {kind}, but {what}."));
    let with_name = "also specified a match string";
    match (component.match_type, component.r#match.as_deref()) {
        (EXACT, Some(name)) => Ok(Match::Named(name)),
        (EXACT, None) => but("MATCH_TYPE_EXACT", "set match string to null"),
        (DEFAULT, None) => Ok(Match::Default),
        (DEFAULT, Some(_)) => but("MATCH_TYPE_DEFAULT", with_name),
        (SPECIFIED, None) => Ok(Match::Any),
        (SPECIFIED, Some(_)) => but("MATCH_TYPE_SPECIFIED", with_name),
        (other, _) => Err(format!("Unknown match type {other}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Message;

    fn security() -> Security {
        let entity = |parts: &[(&str, Option<&str>)]| -> QuotaEntity {
            let part =
                |(kind, name): &(&str, Option<&str>)| ((*kind).to_owned(), name.map(str::to_owned));
            parts.iter().map(part).collect()
        };
        let values = BTreeMap::from([("producer_byte_rate".to_owned(), 1024.0)]);
        let entities = [
            entity(&[(USER, Some("u"))]),
            entity(&[(USER, None)]),
            entity(&[(CLIENT_ID, Some("c")), (USER, Some("u"))]),
            entity(&[(CLIENT_ID, None), (USER, Some("u"))]),
            entity(&[(CLIENT_ID, Some("c"))]),
            entity(&[(IP, Some("10.0.0.1"))]),
        ];
        let client_quotas = entities.into_iter().map(|entity| (entity, values.clone())).collect();
        Security { client_quotas, ..Security::default() }
    }

    fn component(kind: &str, match_type: i8, name: Option<&str>) -> ComponentData {
        let r#match = name.map(str::to_owned);
        ComponentData { entity_type: kind.to_owned(), match_type, r#match }
    }

    fn ask(components: Vec<ComponentData>, strict: bool) -> Response {
        let response = respond(&security(), &Request { components, strict });
        for version in API.versions {
            let bytes = response.to_vec(version).unwrap();
            assert_eq!(Response::from_slice(&bytes, version).unwrap(), response);
        }
        response
    }

    /// The names of what is found, `*` for a default.
    fn found(components: Vec<ComponentData>, strict: bool) -> Vec<String> {
        let entries = ask(components, strict).entries.unwrap();
        let names = |entry: EntryData| {
            let parts = entry.entity.into_iter();
            let name = |part: EntityData| part.entity_name.unwrap_or_else(|| "*".to_owned());
            parts.map(name).collect::<Vec<_>>().join("+")
        };
        entries.into_iter().map(names).collect()
    }

    #[test]
    fn an_empty_filter_finds_everything_or_nothing() {
        assert_eq!(found(Vec::new(), false).len(), 6);
        assert_eq!(found(Vec::new(), true), Vec::<String>::new());
    }

    #[test]
    fn each_type_of_match_and_strictness() {
        let user = |match_type, name| vec![component(USER, match_type, name)];
        assert_eq!(found(user(EXACT, Some("u")), true), ["u"]);
        assert_eq!(found(user(EXACT, Some("u")), false), ["*+u", "c+u", "u"]);
        assert_eq!(found(user(DEFAULT, None), false), ["*"]);
        assert_eq!(found(user(SPECIFIED, None), true), ["*", "u"]);
        let both = vec![component(USER, EXACT, Some("u")), component(CLIENT_ID, DEFAULT, None)];
        assert_eq!(found(both, true), ["*+u"]);
        assert_eq!(found(vec![component(IP, SPECIFIED, None)], true), ["10.0.0.1"]);
    }

    #[test]
    fn a_filter_that_makes_no_sense_is_refused() {
        let refused = |components| {
            let response = ask(components, true);
            assert_eq!(response.entries, None);
            (response.error_code, response.error_message.unwrap())
        };
        let invalid = ErrorCode::InvalidRequest as i16;
        let user = component(USER, EXACT, Some("u"));
        for (components, part) in [
            (vec![component("", EXACT, Some("u"))], "Invalid empty entity type."),
            (vec![user.clone(), user.clone()], "cannot appear more than once"),
            (vec![component(USER, EXACT, None)], "set match string to null"),
            (vec![component(USER, DEFAULT, Some("u"))], "also specified a match string"),
            (vec![component(USER, SPECIFIED, Some("u"))], "also specified a match string"),
            (vec![component(USER, 3, None)], "Unknown match type 3"),
            (vec![user, component(IP, SPECIFIED, None)], "IP filter component should not be used"),
        ] {
            let (code, message) = refused(components);
            assert_eq!(code, invalid, "{message}");
            assert!(message.contains(part), "{message}");
        }
        let (code, message) = refused(vec![component("group", EXACT, Some("g"))]);
        assert_eq!(code, ErrorCode::UnsupportedVersion as i16);
        assert_eq!(message, "Unsupported entity type group");
    }
}
