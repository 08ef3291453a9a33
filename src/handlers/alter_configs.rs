//! AlterConfigs (key 33), versions 0-2.
//!
//! Replaces all that is set for topics, brokers, groups and subscriptions.
//! Versions: 2 flexible.   Skipped: authorization.
//! Runs on the connection's core; the controller decides (`prepare`, then the controller, then
//! `assemble`).

use shards::io::Slice;

use super::{Api, Context, Pending, answer, changes};
use crate::config::alter::{check_is_this_broker, check_replacement};
use crate::config::{ConfigError, ConfigResource};
use crate::controller::Refusal;
use crate::controller::configs::ConfigResults;
use crate::handlers::config_errors::{Outcomes, ResourceError, WireResource};
use crate::protocol::ApiKey;
use crate::protocol::alter_configs::request::{AlterConfigsResource, Request};
use crate::protocol::alter_configs::response::{AlterConfigsResourceResponse, Response};

pub const API: Api = Api { key: ApiKey::AlterConfigs, versions: 0..=2, handle };

fn handle(context: Context, body: Slice) -> Pending {
    answer(context, body, |context, request: Request| async move {
        let mut prepared = prepare(request, context.broker.config.node_id);
        let (wanted, validate_only) =
            (std::mem::take(&mut prepared.wanted), prepared.validate_only);
        let told = told(&wanted);
        let results = match wanted.is_empty() {
            true => Ok(Vec::new()),
            false => {
                let broker = &context.broker;
                broker.control(move |on, _| on.alter_configs(&wanted, validate_only)).await
            }
        };
        if !validate_only && let Ok(results) = &results {
            changes::tell(&context, "configurations replaced", &changes::made(results, told));
        }
        prepared.assemble(results)
    })
}

fn told(wanted: &[(ConfigResource, Values)]) -> Vec<String> {
    let told = |(resource, values): &(ConfigResource, Values)| {
        let values = values.iter().map(|(name, value)| changes::setting(name, value.as_deref()));
        format!("{}: {}", changes::resource(resource), values.collect::<Vec<_>>().join(", "))
    };
    wanted.iter().map(told).collect()
}

/// Names with their values.
type Values = Vec<(String, Option<String>)>;

/// A request, divided between this node and the controller.
#[derive(Debug)]
pub struct Prepared {
    /// What the controller is to set.
    pub wanted: Vec<(ConfigResource, Values)>,
    pub validate_only: bool,
    outcomes: Outcomes,
}

pub fn prepare(request: Request, node_id: i32) -> Prepared {
    let validate_only = request.validate_only;
    let names = request.resources.iter().map(WireResource::from);
    let mut outcomes = Outcomes::of(names.collect());
    let mut wanted = Vec::new();
    for (index, requested) in request.resources.into_iter().enumerate() {
        let decided = outcomes.resource(index).and_then(|resource| {
            let values = check(requested, &resource, node_id)?;
            wanted.push((resource.clone(), values));
            Ok(Some(resource))
        });
        outcomes.decide(index, decided);
    }
    Prepared { wanted, validate_only, outcomes }
}

fn check(
    requested: AlterConfigsResource,
    resource: &ConfigResource,
    node_id: i32,
) -> Result<Values, ResourceError> {
    if let ConfigResource::BrokerLogger(_) = resource {
        return Err(ConfigError::NotAlterable { kind: resource.kind() }.into());
    }
    check_is_this_broker(node_id, resource)?;
    let values: Values = requested.configs.into_iter().map(|one| (one.name, one.value)).collect();
    check_replacement(&values)?;
    Ok(values)
}

impl Prepared {
    /// The response, with what the controller made of `wanted`.
    pub fn assemble(self, results: Result<ConfigResults, Refusal>) -> Response {
        let response = |(resource, outcome): (WireResource, Result<(), ResourceError>)| {
            let (error_code, error_message) = ResourceError::on_wire(outcome);
            AlterConfigsResourceResponse {
                error_code,
                error_message,
                resource_type: resource.kind,
                resource_name: resource.name,
            }
        };
        let outcomes = self.outcomes.complete(results);
        Response { responses: outcomes.map(response).collect(), ..Response::default() }
    }
}

impl From<&AlterConfigsResource> for WireResource {
    fn from(resource: &AlterConfigsResource) -> WireResource {
        WireResource { kind: resource.resource_type, name: resource.resource_name.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::handlers::config_errors::fixture::round_trip;
    use crate::protocol::alter_configs::request::AlterableConfig;

    fn requested(kind: i8, name: &str, key: &str, value: Option<&str>) -> AlterConfigsResource {
        let config = AlterableConfig { name: key.to_owned(), value: value.map(str::to_owned) };
        let resource_name = name.to_owned();
        AlterConfigsResource { resource_type: kind, resource_name, configs: vec![config] }
    }

    #[test]
    fn the_form_is_checked_here_and_the_values_by_the_controller() {
        let resources = vec![
            requested(2, "t", "retention.ms", Some("x")),
            requested(4, "2", "log.cleaner.threads", Some("1")),
            requested(32, "g", "a", None),
            requested(8, "1", "root", Some("INFO")),
        ];
        let prepared = prepare(Request { resources, validate_only: true }, 1);
        assert!(prepared.validate_only);
        let topic = ConfigResource::Topic("t".to_owned());
        let values = vec![("retention.ms".to_owned(), Some("x".to_owned()))];
        assert_eq!(prepared.wanted, [(topic.clone(), values)]);
        let response = prepared.assemble(Ok(vec![(topic, Ok(()))]));
        round_trip(&response);
        let codes: Vec<i16> = response.responses.iter().map(|one| one.error_code).collect();
        assert_eq!(codes, [0, 42, 42, 42]);
        let message = response.responses[2].error_message.as_deref();
        assert_eq!(message, Some("Null value not supported for : a"));
    }
}
