//! What becomes of each resource in a request about configurations, and its error code.
//!
//! Lives on: the connection's core; pure.   Read next: incremental_alter_configs.rs.

use std::collections::BTreeMap;

use shards::entropy::HashSet;

use crate::config::alter::Blame;
use crate::config::overlay;
use crate::config::{ConfigError, ConfigResource};
use crate::controller::Refusal;
use crate::controller::configs::ConfigResults;
use crate::protocol::ErrorCode;
use crate::refusals::controller_errors;
use crate::refusals::errors::sentence;

/// A code with its sentence, as it stands beside one resource of a response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResourceError {
    pub code: ErrorCode,
    pub message: Option<String>,
}

impl ResourceError {
    pub fn new(code: ErrorCode, message: impl Into<String>) -> ResourceError {
        ResourceError { code, message: Some(message.into()) }
    }

    /// The request names the resource more than once.
    pub fn repeated() -> ResourceError {
        let message = "Each resource must appear at most once.";
        ResourceError::new(ErrorCode::InvalidRequest, message)
    }
}

impl From<ConfigError> for ResourceError {
    fn from(error: ConfigError) -> ResourceError {
        let code = match error.blame() {
            Blame::Request => ErrorCode::InvalidRequest,
            Blame::TopicName => ErrorCode::InvalidTopicException,
            Blame::Configuration => ErrorCode::InvalidConfig,
        };
        ResourceError::new(code, error.to_string())
    }
}

impl From<overlay::ResourceError> for ResourceError {
    fn from(error: overlay::ResourceError) -> ResourceError {
        ResourceError::new(ErrorCode::InvalidRequest, error.to_string())
    }
}

impl From<Refusal> for ResourceError {
    fn from(refusal: Refusal) -> ResourceError {
        let code = controller_errors::code_of(refusal.cause);
        ResourceError { code, message: refusal.message }
    }
}

impl ResourceError {
    /// The fields of a response.
    pub fn on_wire(outcome: Result<(), ResourceError>) -> (i16, Option<String>) {
        match outcome {
            Ok(()) => (ErrorCode::None as i16, None),
            Err(error) => (error.code as i16, error.message.map(sentence)),
        }
    }
}

/// A resource as a request names it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct WireResource {
    pub kind: i8,
    pub name: String,
}

/// What becomes of each resource of a request, in its order.
#[derive(Debug)]
pub struct Outcomes {
    resources: Vec<(WireResource, Option<Decided>)>,
    /// Named more than once.
    repeated: HashSet<WireResource>,
}

/// Done or refused here (no resource), or left to the controller.
type Decided = Result<Option<ConfigResource>, ResourceError>;

impl Outcomes {
    pub fn of(resources: Vec<WireResource>) -> Outcomes {
        let (mut seen, mut repeated) = (HashSet::default(), HashSet::default());
        for resource in &resources {
            if !seen.insert(resource) {
                repeated.insert(resource.clone());
            }
        }
        let resources = resources.into_iter().map(|resource| (resource, None)).collect();
        Outcomes { resources, repeated }
    }

    /// The resource at this place, if it is one and the request names it once.
    pub fn resource(&self, index: usize) -> Result<ConfigResource, ResourceError> {
        let resource = &self.resources[index].0;
        if self.repeated.contains(resource) {
            return Err(ResourceError::repeated());
        }
        Ok(ConfigResource::from_wire(resource.kind, &resource.name)?)
    }

    pub fn decide(&mut self, index: usize, decided: Decided) {
        self.resources[index].1 = Some(decided);
    }

    /// With what the controller answered; if it refused everything, with that.
    pub fn complete(
        self,
        results: Result<ConfigResults, Refusal>,
    ) -> impl Iterator<Item = (WireResource, Result<(), ResourceError>)> {
        let results = results.map(|results| results.into_iter().collect::<BTreeMap<_, _>>());
        let of_controller = move |resource: &ConfigResource| match &results {
            Err(refusal) => Err(refusal.clone().into()),
            Ok(results) => match results.get(resource) {
                Some(result) => result.clone().map_err(ResourceError::from),
                None => Err(unanswered()),
            },
        };
        self.resources.into_iter().map(move |(resource, decided)| {
            let outcome = match decided {
                Some(Ok(None)) => Ok(()),
                Some(Ok(Some(resource))) => of_controller(&resource),
                Some(Err(error)) => Err(error),
                None => Err(unanswered()),
            };
            (resource, outcome)
        })
    }
}

fn unanswered() -> ResourceError {
    ResourceError::new(ErrorCode::UnknownServerError, "nobody decided about this resource")
}

/// A node with a topic, and a check that a response can be written in all versions.
#[cfg(test)]
pub(super) mod fixture {
    use uuid::Uuid;

    use super::super::describe_configs::Subject;
    use crate::config::loggers::Loggers;
    use crate::config::{Settings, View};
    use crate::metadata::{Delta, Image};
    use crate::protocol::Message;
    use crate::protocol::metadata_records::{MetadataRecord, RegisterBrokerRecord, TopicRecord};

    pub(in crate::handlers) struct Node {
        settings: Settings,
        loggers: Loggers,
        pub(in crate::handlers) image: Image,
    }

    impl Node {
        pub(in crate::handlers) fn with_topic(name: &str) -> Node {
            let topic = TopicRecord { name: name.to_owned(), topic_id: Uuid::from_u128(7) };
            let broker = RegisterBrokerRecord { broker_id: 1, ..RegisterBrokerRecord::default() };
            let mut delta = Delta::new(Image::empty("cluster"));
            delta.replay(&MetadataRecord::RegisterBroker(broker)).unwrap();
            delta.replay(&MetadataRecord::Topic(topic)).unwrap();
            let (settings, _) = Settings::load(None, &[]).unwrap();
            let loggers = Loggers::new("info");
            Node { settings, loggers, image: delta.image().clone() }
        }

        pub(in crate::handlers) fn subject(&self) -> Subject<'_> {
            let view = View::of(1, &self.settings, &self.image);
            Subject { view, image: &self.image, loggers: &self.loggers }
        }
    }

    pub(in crate::handlers) fn round_trip<M: Message>(message: &M) {
        for version in M::VERSIONS {
            let bytes = message.to_vec(version).unwrap();
            assert!(M::from_slice(&bytes, version).is_ok());
        }
    }
}
