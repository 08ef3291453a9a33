//! ListConfigResources (key 74), versions 0-1.
//!
//! Which topics, brokers, groups and subscriptions can be described. All topics and brokers; of
//! groups and subscriptions those for which something is set.
//! Versions: 0 subscriptions only · 1 asks for types.   Skipped: authorization.
//! Runs on the connection's core.

use std::collections::BTreeSet;

use shards::io::Slice;

use super::{Api, Context, Pending, answer};
use crate::config;
use crate::metadata::Image;
use crate::protocol::list_config_resources::request::Request;
use crate::protocol::list_config_resources::response::{ConfigResource, Response};
use crate::protocol::{ApiKey, ErrorCode};

pub const API: Api = Api { key: ApiKey::ListConfigResources, versions: 0..=1, handle };

fn handle(context: Context, body: Slice) -> Pending {
    answer(context, body, |context, request: Request| async move {
        respond(&request, context.version(), &context.broker.image())
    })
}

const TYPES: [i8; 5] = [
    config::ConfigResource::TOPIC,
    config::ConfigResource::BROKER,
    config::ConfigResource::BROKER_LOGGER,
    config::ConfigResource::CLIENT_METRICS,
    config::ConfigResource::GROUP,
];

pub fn respond(request: &Request, version: i16, image: &Image) -> Response {
    let asked: BTreeSet<i8> = match request.resource_types.as_slice() {
        _ if version == 0 => BTreeSet::from([config::ConfigResource::CLIENT_METRICS]),
        [] => BTreeSet::from(TYPES),
        types => types.iter().copied().collect(),
    };
    if asked.iter().any(|kind| !TYPES.contains(kind)) {
        let error_code = ErrorCode::UnsupportedVersion as i16;
        return Response { error_code, ..Response::default() };
    }
    let resources = asked.into_iter().flat_map(|kind| {
        let named = move |name| ConfigResource { resource_name: name, resource_type: kind };
        names(kind, image).into_iter().map(named)
    });
    Response { config_resources: resources.collect(), ..Response::default() }
}

fn names(kind: i8, image: &Image) -> Vec<String> {
    match kind {
        config::ConfigResource::TOPIC => image.topics.names().map(ToString::to_string).collect(),
        config::ConfigResource::BROKER | config::ConfigResource::BROKER_LOGGER => {
            image.cluster.brokers.keys().map(ToString::to_string).collect()
        }
        _ => {
            let set = image.configs.resources().filter(|(resource, _)| resource.kind() == kind);
            set.map(|(resource, _)| resource.name()).collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::handlers::config_errors::fixture::{Node, round_trip};

    fn ask(version: i16, types: &[i8]) -> Response {
        let mut image = Node::with_topic("t").image;
        let group = config::ConfigResource::Group("g".to_owned());
        let metrics = config::ConfigResource::ClientMetrics("m".to_owned());
        for resource in [group, metrics] {
            let (name, value) = ("a".to_owned(), Some("b".to_owned()));
            image.configs.replay(config::overlay::ConfigRecord { resource, name, value });
        }
        let response = respond(&Request { resource_types: types.to_vec() }, version, &image);
        round_trip(&response);
        response
    }

    fn pairs(response: &Response) -> Vec<(i8, &str)> {
        let resources = response.config_resources.iter();
        resources.map(|one| (one.resource_type, one.resource_name.as_str())).collect()
    }

    #[test]
    fn all_types_some_types_or_only_subscriptions() {
        let all = ask(1, &[]);
        assert_eq!(pairs(&all), [(2, "t"), (4, "1"), (8, "1"), (16, "m"), (32, "g")]);
        assert_eq!(pairs(&ask(1, &[32, 2, 2])), [(2, "t"), (32, "g")]);
        assert_eq!(pairs(&ask(0, &[])), [(16, "m")]);
    }

    #[test]
    fn an_unknown_type_is_refused() {
        let response = ask(1, &[2, 3]);
        assert_eq!(response.error_code, ErrorCode::UnsupportedVersion as i16);
        assert_eq!(response.config_resources, []);
    }
}
