//! FindCoordinator (key 10), versions 0-6.
//!
//! Which broker coordinates a group or a transactional id: the leader of its partition of
//! `__consumer_offsets` or `__transaction_state`. Asked for the first time, the topic is created
//! and the client told to ask again.
//! Versions: 1 kind of coordinator · 3 flexible · 4 several keys · 6 share groups.
//! Skipped: coordinators of share groups; they are not there yet.

use crate::coordinators::groups::partition_for;
use crate::metadata::Image;
use crate::protocol::find_coordinator::response::Coordinator;
use crate::protocol::find_coordinator::{Request, Response};
use crate::protocol::produce::NodeEndpoint;
use crate::protocol::{ApiKey, ErrorCode};
use shards::io::Slice;

use super::{Api, Context, Pending, answer};
use crate::metadata::topic_name::{CONSUMER_OFFSETS, TRANSACTION_STATE};
use crate::refusals::topics;

pub const API: Api = Api { key: ApiKey::FindCoordinator, versions: 0..=6, handle };

fn handle(context: Context, body: Slice) -> Pending {
    answer(context, body, async |context, request: Request| {
        let (version, image) = (context.version(), context.broker.image());
        let listener = &context.peer.listener.name;
        let find = |key: String| {
            let place = look_up(&image, request.key_type, &key, listener);
            (key, place)
        };
        let places: Vec<_> = keys(&request, version).into_iter().map(find).collect();
        let is_wanted = places.iter().any(|(_, place)| *place == Lookup::NoTopic);
        if let Some(topic) = topic_of(request.key_type).filter(|_| is_wanted) {
            context.broker.request_topics(vec![topic.to_owned()]).await;
        }
        response(places, version)
    })
}

const FIRST_WITH_KEYS: i16 = 4;
const KIND_GROUP: i8 = 0;
const KIND_TRANSACTION: i8 = 1;

/// Where the coordinator of a key is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lookup {
    At(NodeEndpoint),
    /// The topic is to be created first.
    NoTopic,
    /// Its partition has no leader, or the leader no such listener.
    NotAvailable,
    /// No coordinators of this kind are known.
    Unknown,
}

/// Finds the coordinator that a client of the listener `listener` is to talk to.
pub fn look_up(image: &Image, kind: i8, key: &str, listener: &str) -> Lookup {
    let Some(topic) = topic_of(kind) else { return Lookup::Unknown };
    let Some(topic) = image.topics.by_name(topic) else { return Lookup::NoTopic };
    let Some(count) = u32::try_from(topic.partitions.len()).ok().filter(|count| *count > 0) else {
        return Lookup::NotAvailable;
    };
    let Ok(number) = i32::try_from(partition_for(key, count)) else {
        return Lookup::NotAvailable;
    };
    let leader = topic.partitions.get(&number).and_then(|partition| partition.leader());
    let alive = leader
        .filter(|leader| image.cluster.broker(*leader).is_some_and(|broker| !broker.is_fenced()));
    let endpoint = alive.and_then(|leader| topics::endpoint(image, leader, listener));
    endpoint.map_or(Lookup::NotAvailable, Lookup::At)
}

/// The topic in whose partitions the coordinators of a kind keep what they know.
fn topic_of(kind: i8) -> Option<&'static str> {
    match kind {
        KIND_GROUP => Some(CONSUMER_OFFSETS),
        KIND_TRANSACTION => Some(TRANSACTION_STATE),
        _ => None,
    }
}

/// The keys a request asks for.
pub fn keys(request: &Request, version: i16) -> Vec<String> {
    if version < FIRST_WITH_KEYS {
        vec![request.key.clone()]
    } else {
        request.coordinator_keys.clone()
    }
}

/// `places` are those of the keys, in order.
pub fn response(places: Vec<(String, Lookup)>, version: i16) -> Response {
    let coordinators = places.into_iter().map(|(key, place)| coordinator(key, place));
    if version >= FIRST_WITH_KEYS {
        return Response { coordinators: coordinators.collect(), ..Response::default() };
    }
    let Some(one) = coordinators.into_iter().next() else { return Response::default() };
    let error_message = match one.error_code == ErrorCode::None as i16 {
        // As Kafka says it in these versions.
        true => Some(ErrorCode::None.name().to_owned()),
        false => one.error_message,
    };
    Response {
        error_code: one.error_code,
        error_message,
        node_id: one.node_id,
        host: one.host,
        port: one.port,
        ..Response::default()
    }
}

fn coordinator(key: String, place: Lookup) -> Coordinator {
    let error = match place {
        Lookup::At(NodeEndpoint { node_id, host, port, .. }) => {
            return Coordinator {
                key,
                node_id,
                host,
                port,
                error_code: ErrorCode::None as i16,
                error_message: Some(String::new()),
            };
        }
        Lookup::NoTopic | Lookup::NotAvailable => ErrorCode::CoordinatorNotAvailable,
        Lookup::Unknown => ErrorCode::InvalidRequest,
    };
    Coordinator {
        key,
        node_id: -1,
        host: String::new(),
        port: -1,
        error_code: error as i16,
        error_message: Some(error.message().to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::image;
    use super::*;
    use crate::metadata::Delta;
    use crate::protocol::Message;
    use crate::protocol::metadata_records::register_broker_record::BrokerEndpoint;
    use crate::protocol::metadata_records::{MetadataRecord, RegisterBrokerRecord};

    fn with_broker() -> Image {
        let mut delta = Delta::new(image(CONSUMER_OFFSETS));
        let endpoint = BrokerEndpoint {
            name: "PLAIN".into(),
            host: "h".into(),
            port: 9092,
            ..BrokerEndpoint::default()
        };
        let record = RegisterBrokerRecord {
            broker_id: 1,
            end_points: vec![endpoint],
            fenced: false,
            rack: None,
            ..RegisterBrokerRecord::default()
        };
        delta.replay(&MetadataRecord::from(record)).unwrap();
        delta.image().clone()
    }

    #[test]
    fn the_leader_of_the_groups_partition_coordinates_it() {
        let at = NodeEndpoint { node_id: 1, host: "h".into(), port: 9092, rack: None };
        let at = Lookup::At(at);
        assert_eq!(look_up(&with_broker(), 0, "g", "PLAIN"), at);
        assert_eq!(look_up(&with_broker(), 0, "g", "OTHER"), Lookup::NotAvailable);
        assert_eq!(look_up(&image(CONSUMER_OFFSETS), 0, "g", "PLAIN"), Lookup::NotAvailable);
        assert_eq!(look_up(&image("t"), 0, "g", "PLAIN"), Lookup::NoTopic);
        assert_eq!(look_up(&with_broker(), 9, "g", "PLAIN"), Lookup::Unknown);
        assert_eq!(look_up(&with_broker(), 1, "id", "PLAIN"), Lookup::NoTopic);
        assert_eq!(look_up(&image(TRANSACTION_STATE), 1, "id", "PLAIN"), Lookup::NotAvailable);
    }

    #[test]
    fn every_version_tells_where_and_why_not() {
        for version in Response::VERSIONS {
            for (place, code, node) in [
                (look_up(&with_broker(), 0, "g", "PLAIN"), 0, 1),
                (Lookup::NoTopic, 15, -1),
                (Lookup::Unknown, 42, -1),
            ] {
                let response = response(vec![("g".into(), place)], version);
                let bytes = response.to_vec(version).unwrap();
                let read = Response::from_slice(&bytes, version).unwrap();
                let message = match read.coordinators.first() {
                    Some(one) => one.error_message.clone(),
                    None => read.error_message.clone(),
                };
                let none = if version >= FIRST_WITH_KEYS { "" } else { "NONE" };
                assert!(code != 0 || version == 0 || message.as_deref() == Some(none));
                let told = match read.coordinators.first() {
                    Some(one) => (one.error_code, one.node_id),
                    None => (read.error_code, read.node_id),
                };
                assert_eq!(told, (code, node), "version {version}");
            }
        }
    }
}
