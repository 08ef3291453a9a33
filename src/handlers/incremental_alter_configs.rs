//! IncrementalAlterConfigs (key 44), versions 0-1.
//!
//! Sets, unsets and extends single keys of topics, brokers, groups, subscriptions and loggers.
//! Versions: 1 flexible.   Skipped: authorization.
//! Runs on the connection's core, which checks what only this node can and changes its loggers, on
//! all cores; the controller decides about all else (`prepare`, then the controller, then
//! `assemble`).

use std::rc::Rc;

use shards::io::Slice;

use super::describe_configs::Subject;
use super::{Api, Context, Pending, answer, changes};
use crate::broker::Core;
use crate::config::alter::{Requested, changes, check_is_this_broker};
use crate::config::loggers::Loggers;
use crate::config::{Change, ConfigResource, View};
use crate::controller::Refusal;
use crate::controller::configs::ConfigResults;
use crate::handlers::config_errors::{Outcomes, ResourceError, WireResource};
use crate::observe::logging;
use crate::protocol::ApiKey;
use crate::protocol::incremental_alter_configs::request::{
    AlterConfigsResource, AlterableConfig, Request,
};
use crate::protocol::incremental_alter_configs::response::{
    AlterConfigsResourceResponse, Response,
};
use crate::routing::Local;

pub const API: Api = Api { key: ApiKey::IncrementalAlterConfigs, versions: 0..=1, handle };

fn handle(context: Context, body: Slice) -> Pending {
    answer(context, body, |context, request: Request| async move {
        let broker = &context.broker;
        let mut prepared = {
            let image = broker.image();
            let view = View::of(broker.config.node_id, &broker.config.settings, &image);
            let loggers = &broker.loggers.borrow();
            prepare(request, Subject { view, image: &image, loggers })
        };
        let told = told(&prepared.wanted);
        if let Some(loggers) = prepared.loggers.take() {
            changes::tell(&context, "log levels changed", &prepared.levels);
            logging::follow(&loggers);
            let keep = move |on: Rc<Core>| -> Local<()> {
                on.loggers.replace(loggers.clone());
                Box::pin(async {})
            };
            broker.run_on_all(keep).await;
        }
        let (wanted, validate_only) =
            (std::mem::take(&mut prepared.wanted), prepared.validate_only);
        let results = match wanted.is_empty() {
            true => Ok(Vec::new()),
            false => {
                broker
                    .control(move |on, _| on.incremental_alter_configs(&wanted, validate_only))
                    .await
            }
        };
        if !validate_only && let Ok(results) = &results {
            changes::tell(&context, "configurations changed", &changes::made(results, told));
        }
        prepared.assemble(results)
    })
}

fn told(wanted: &[(ConfigResource, Vec<Change>)]) -> Vec<String> {
    let told = |(resource, changes): &(ConfigResource, Vec<Change>)| {
        let changes: Vec<String> = changes.iter().map(changes::change).collect();
        format!("{}: {}", changes::resource(resource), changes.join(", "))
    };
    wanted.iter().map(told).collect()
}

/// A request, divided between this node and the controller.
#[derive(Debug)]
pub struct Prepared {
    /// What the controller is to change.
    pub wanted: Vec<(ConfigResource, Vec<Change>)>,
    /// The levels that this node's loggers get, if the request changes any.
    pub loggers: Option<Loggers>,
    /// The same for the log.
    levels: Vec<String>,
    pub validate_only: bool,
    outcomes: Outcomes,
}

pub fn prepare(request: Request, subject: Subject<'_>) -> Prepared {
    let validate_only = request.validate_only;
    let names = request.resources.iter().map(WireResource::from);
    let mut outcomes = Outcomes::of(names.collect());
    let mut wanted = Vec::new();
    let (mut loggers, mut levels) = (None, Vec::new());
    for (index, requested) in request.resources.into_iter().enumerate() {
        let decided = outcomes.resource(index).and_then(|resource| {
            let changes = check(requested, &resource, subject)?;
            if let ConfigResource::BrokerLogger(_) = &resource {
                let current = loggers.as_ref().unwrap_or(subject.loggers);
                loggers = Some(current.alter(&changes)?);
                levels.extend(changes.iter().map(changes::change));
                return Ok(None);
            }
            wanted.push((resource.clone(), changes));
            Ok(Some(resource))
        });
        outcomes.decide(index, decided);
    }
    let loggers = loggers.filter(|_| !validate_only);
    Prepared { wanted, loggers, levels, validate_only, outcomes }
}

fn check(
    requested: AlterConfigsResource,
    resource: &ConfigResource,
    subject: Subject<'_>,
) -> Result<Vec<Change>, ResourceError> {
    check_is_this_broker(subject.view.node_id, resource)?;
    let form = |one: AlterableConfig| Requested {
        name: one.name,
        operation: one.config_operation,
        value: one.value,
    };
    Ok(changes(requested.configs.into_iter().map(form).collect())?)
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
    use crate::controller::Cause;
    use crate::handlers::config_errors::fixture::{Node, round_trip};
    use crate::protocol::ErrorCode;

    fn requested(kind: i8, name: &str, key: &str, value: &str) -> AlterConfigsResource {
        let config = AlterableConfig {
            name: key.to_owned(),
            config_operation: 0,
            value: Some(value.to_owned()),
        };
        let resource_name = name.to_owned();
        AlterConfigsResource { resource_type: kind, resource_name, configs: vec![config] }
    }

    fn ask(resources: Vec<AlterConfigsResource>) -> Prepared {
        let node = Node::with_topic("t");
        let request = Request { resources, validate_only: false };
        prepare(request, node.subject())
    }

    #[test]
    fn what_the_controller_decides_comes_back_in_the_order_of_the_request() {
        let prepared = ask(vec![
            requested(2, "t", "retention.ms", "1"),
            requested(4, "2", "log.retention.ms", "2"),
            requested(8, "1", "ringlog", "DEBUG"),
            requested(4, "", "log.retention.ms", "2"),
            requested(77, "x", "a", "1"),
        ]);
        let topic = ConfigResource::Topic("t".to_owned());
        let brokers = ConfigResource::Broker(None);
        let wanted: Vec<&ConfigResource> = prepared.wanted.iter().map(|one| &one.0).collect();
        assert_eq!(wanted, [&topic, &brokers]);
        let loggers = prepared.loggers.clone().unwrap();
        assert!(loggers.own_levels().any(|pair| pair == ("ringlog", "DEBUG")));
        let refusal = Refusal::new(Cause::InvalidConfig, "no");
        let response = prepared.assemble(Ok(vec![(topic, Ok(())), (brokers, Err(refusal))]));
        round_trip(&response);
        let codes: Vec<i16> = response.responses.iter().map(|one| one.error_code).collect();
        assert_eq!(codes, [0, 42, 0, 40, 42]);
        let message = response.responses[1].error_message.as_deref();
        assert_eq!(message, Some("Unexpected broker id, expected 1, but received 2"));
    }

    #[test]
    fn a_resource_that_appears_twice_is_refused_both_times() {
        let prepared =
            ask(vec![requested(2, "t", "retention.ms", "1"), requested(2, "t", "segment.ms", "1")]);
        assert_eq!(prepared.wanted, []);
        let response = prepared.assemble(Ok(Vec::new()));
        assert!(response.responses.iter().all(|one| one.error_code == 42));
        let message = response.responses[0].error_message.as_deref();
        assert_eq!(message, Some("Each resource must appear at most once."));
    }

    #[test]
    fn a_controller_that_refuses_everything_is_heard() {
        let prepared = ask(vec![requested(2, "t", "retention.ms", "1")]);
        let response = prepared.assemble(Err(Refusal::plain(Cause::PolicyViolation)));
        assert_eq!(response.responses[0].error_code, ErrorCode::PolicyViolation as i16);
    }
}
