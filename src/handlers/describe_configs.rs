//! DescribeConfigs (key 32), versions 1-4.
//!
//! The keys of topics, brokers, groups, subscriptions and loggers with their values in force.
//! Versions: 3 types and documentation · 4 flexible.   Skipped: authorization.
//! Runs on the connection's core; a broker or its loggers must be this node.

use shards::entropy::HashSet;
use shards::io::Slice;

use super::repeated_groups::Mentions;
use super::{Api, Context, Pending, answer};
use crate::config::alter::check_is_this_broker;
use crate::config::describe::{self, Entry};
use crate::config::loggers::Loggers;
use crate::config::overlay;
use crate::config::{ConfigError, ConfigResource, View};
use crate::handlers::config_errors::ResourceError;
use crate::metadata::{Image, topic_name};
use crate::protocol::describe_configs::request::{DescribeConfigsResource, Request};
use crate::protocol::describe_configs::response::{
    DescribeConfigsResourceResult, DescribeConfigsResult, DescribeConfigsSynonym, Response,
};
use crate::protocol::{ApiKey, ErrorCode};

pub const API: Api = Api { key: ApiKey::DescribeConfigs, versions: 1..=4, handle };

fn handle(context: Context, body: Slice) -> Pending {
    answer(context, body, |context, request: Request| async move {
        let broker = &context.broker;
        let image = broker.image();
        let view = View::of(broker.config.node_id, &broker.config.settings, &image);
        let loggers = &broker.loggers.borrow();
        respond(&request, Subject { view, image: &image, loggers })
    })
}

/// What there is to describe.
#[derive(Clone, Copy)]
pub struct Subject<'a> {
    pub view: View<'a>,
    pub image: &'a Image,
    pub loggers: &'a Loggers,
}

pub fn respond(request: &Request, subject: Subject<'_>) -> Response {
    let resources: Vec<&DescribeConfigsResource> = request.resources.iter().collect();
    let (distinct, mentions) = Mentions::of(resources, |resource| {
        let resource = *resource;
        Some((resource.resource_type, &resource.resource_name, &resource.configuration_keys))
    });
    let describe = |resource: &&DescribeConfigsResource| {
        assemble(request, resource, describe_resource(resource, subject))
    };
    let described = distinct.iter().map(describe).collect();
    // What a broker says of itself is long: copies of it are bounded.
    let results = mentions.answer(described, bytes_of, |described| {
        let (error_code, error_message) = ResourceError::on_wire(Err(ResourceError::repeated()));
        let resource_name = described.resource_name.clone();
        let resource_type = described.resource_type;
        DescribeConfigsResult {
            error_code,
            error_message,
            resource_type,
            resource_name,
            ..Default::default()
        }
    });
    Response { results, ..Response::default() }
}

/// What an answer about a resource takes, about.
fn bytes_of(result: &DescribeConfigsResult) -> usize {
    const FIXED_BYTES: usize = 64;
    let text = |text: &Option<String>| text.as_ref().map_or(0, String::len);
    let synonym = |one: &DescribeConfigsSynonym| FIXED_BYTES + one.name.len() + text(&one.value);
    let config = |one: &DescribeConfigsResourceResult| {
        let texts = one.name.len() + text(&one.value) + text(&one.documentation);
        FIXED_BYTES + texts + one.synonyms.iter().map(synonym).sum::<usize>()
    };
    FIXED_BYTES + result.resource_name.len() + result.configs.iter().map(config).sum::<usize>()
}

fn describe_resource(
    resource: &DescribeConfigsResource,
    subject: Subject<'_>,
) -> Result<Vec<Entry>, ResourceError> {
    let Subject { view, image, loggers } = subject;
    let name = resource.resource_name.as_str();
    let resource = ConfigResource::from_wire(resource.resource_type, name).map_err(not_a_broker)?;
    check_is_this_broker(view.node_id, &resource)
        .map_err(|error| other_broker(error, &resource))?;
    let unnamed = |what: &str| {
        ResourceError::new(ErrorCode::InvalidRequest, format!("{what} must not be empty"))
    };
    match resource {
        ConfigResource::Topic(name) => describe_topic(&name, view, image),
        ConfigResource::Broker(None) => Ok(describe::default_broker(view)),
        ConfigResource::Broker(Some(_)) => Ok(describe::broker(view)),
        ConfigResource::BrokerLogger(_) => Ok(loggers.describe()),
        ConfigResource::Group(_) if name.is_empty() => Err(unnamed("Group name")),
        ConfigResource::Group(name) => Ok(describe::group(view, &name)),
        ConfigResource::ClientMetrics(_) if name.is_empty() => {
            Err(unnamed("Client metrics subscription name"))
        }
        ConfigResource::ClientMetrics(name) => Ok(describe::client_metrics(view, &name)),
    }
}

fn describe_topic(name: &str, view: View<'_>, image: &Image) -> Result<Vec<Entry>, ResourceError> {
    topic_name::validate(name)
        .map_err(|message| ResourceError::new(ErrorCode::InvalidTopicException, message))?;
    if image.topics.by_name(name).is_none() {
        return Err(ResourceError::new(ErrorCode::UnknownTopicOrPartition, ""));
    }
    Ok(describe::topic(view, name))
}

/// As Kafka says it here; where configurations are altered it speaks of a node.
fn not_a_broker(error: overlay::ResourceError) -> ResourceError {
    match error {
        overlay::ResourceError::NotANodeId(name) => {
            let message = format!("Broker id must be an integer, but it is: {name}");
            ResourceError::new(ErrorCode::InvalidRequest, message)
        }
        other => other.into(),
    }
}

/// The default of all brokers could have been asked for as well.
fn other_broker(error: ConfigError, resource: &ConfigResource) -> ResourceError {
    match (&error, resource) {
        (ConfigError::OtherBroker { expected, received }, ConfigResource::Broker(_)) => {
            let message = format!(
                "Unexpected broker id, expected {expected} or empty string, but received \
                 {received}"
            );
            ResourceError::new(ErrorCode::InvalidRequest, message)
        }
        _ => error.into(),
    }
}

fn assemble(
    request: &Request,
    resource: &DescribeConfigsResource,
    described: Result<Vec<Entry>, ResourceError>,
) -> DescribeConfigsResult {
    let mut result = DescribeConfigsResult {
        resource_type: resource.resource_type,
        resource_name: resource.resource_name.clone(),
        ..DescribeConfigsResult::default()
    };
    match described {
        Ok(entries) => {
            let wanted = resource.configuration_keys.as_deref().unwrap_or_default();
            let wanted: HashSet<&String> = wanted.iter().collect();
            let is_wanted = |entry: &Entry| wanted.is_empty() || wanted.contains(&entry.name);
            let entries = entries.into_iter().filter(is_wanted);
            result.configs = entries.map(|entry| config(request, entry)).collect();
        }
        Err(error) => {
            (result.error_code, result.error_message) = ResourceError::on_wire(Err(error));
        }
    }
    result
}

fn config(request: &Request, entry: Entry) -> DescribeConfigsResourceResult {
    let synonym = |synonym: describe::SynonymEntry| DescribeConfigsSynonym {
        name: synonym.name,
        value: synonym.value,
        source: synonym.source.id(),
    };
    let synonyms = if request.include_synonyms { entry.synonyms } else { Vec::new() };
    let documentation = entry.documentation.filter(|_| request.include_documentation);
    DescribeConfigsResourceResult {
        name: entry.name,
        value: entry.value,
        read_only: entry.is_read_only,
        config_source: entry.source.id(),
        is_sensitive: entry.is_sensitive,
        synonyms: synonyms.into_iter().map(synonym).collect(),
        config_type: entry.kind.map_or(0, |kind| kind.id()),
        documentation: documentation.map(str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::handlers::config_errors::fixture::{Node, round_trip};

    fn ask(kind: i8, name: &str, keys: &[&str]) -> DescribeConfigsResult {
        let node = Node::with_topic("t");
        let resource = DescribeConfigsResource {
            resource_type: kind,
            resource_name: name.to_owned(),
            configuration_keys: Some(keys.iter().map(ToString::to_string).collect()),
        };
        let request = Request {
            resources: vec![resource],
            include_synonyms: true,
            include_documentation: true,
        };
        let response = respond(&request, node.subject());
        round_trip(&response);
        response.results.into_iter().next().unwrap()
    }

    /// As Kafka answers: each mention.
    #[test]
    fn a_resource_named_twice_is_answered_twice() {
        let node = Node::with_topic("t");
        let resource = |keys: &[&str]| DescribeConfigsResource {
            resource_type: ConfigResource::TOPIC,
            resource_name: "t".to_owned(),
            configuration_keys: Some(keys.iter().map(|key| (*key).to_owned()).collect()),
        };
        let resources =
            vec![resource(&["retention.ms"]), resource(&["retention.ms"]), resource(&["flush.ms"])];
        let request = Request { resources, ..Request::default() };
        let response = respond(&request, node.subject());
        let told: Vec<(i16, &str)> = response
            .results
            .iter()
            .map(|result| (result.error_code, result.configs[0].name.as_str()))
            .collect();
        assert_eq!(told, [(0, "retention.ms"), (0, "retention.ms"), (0, "flush.ms")]);
    }

    #[test]
    fn the_keys_asked_for_or_all() {
        let result = ask(ConfigResource::TOPIC, "t", &["retention.ms", "nothing"]);
        assert_eq!(result.error_code, 0);
        let [config] = result.configs.as_slice() else { panic!("{result:?}") };
        assert_eq!(config.value.as_deref(), Some("604800000"));
        assert_eq!((config.config_source, config.config_type), (5, 5));
        assert!(config.documentation.is_some());
        assert_eq!(ask(ConfigResource::TOPIC, "t", &[]).configs.len(), 33);
        assert!(ask(ConfigResource::BROKER, "1", &[]).configs.len() > 340);
        let loggers = ask(ConfigResource::BROKER_LOGGER, "1", &[]).configs;
        // And the root.
        assert_eq!(loggers.len(), crate::config::loggers::NAMES.len() + 1);
    }

    /// As Kafka 4.3.1 answers.
    #[test]
    fn refusals() {
        for (kind, name, code, message) in [
            (ConfigResource::TOPIC, "none", 3, ""),
            (
                ConfigResource::TOPIC,
                "",
                17,
                "Topic name is invalid: the empty string is not allowed",
            ),
            (
                ConfigResource::BROKER,
                "7",
                42,
                "Unexpected broker id, expected 1 or empty string, but received 7",
            ),
            (ConfigResource::GROUP, "", 42, "Group name must not be empty"),
            (
                ConfigResource::CLIENT_METRICS,
                "",
                42,
                "Client metrics subscription name must not be empty",
            ),
            (3, "x", 42, "Unknown resource type 3"),
            (ConfigResource::BROKER, "x", 42, "Broker id must be an integer, but it is: x"),
        ] {
            let result = ask(kind, name, &[]);
            assert_eq!(result.error_code, code, "{name}");
            assert_eq!(result.error_message.as_deref(), Some(message));
            assert_eq!(result.configs, []);
        }
    }
}
