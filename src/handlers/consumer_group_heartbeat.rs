//! ConsumerGroupHeartbeat (key 68), versions 0-1.
//!
//! A member of a group of the consumer protocol (KIP-848) joins, lives, learns its assignment,
//! leaves. Versions: 1 the member brings its id, and may subscribe by a pattern.
//! Source of the checks: GroupCoordinatorService.throwIfConsumerGroupHeartbeatRequestIsInvalid.

use crate::broker::Core;
use crate::coordinators::groups::{
    self, Assignor, EPOCH_AWAY, EPOCH_JOINING, EPOCH_LEFT, Partitions, Reply, check_regex,
};
use crate::metadata::features::GROUP_VERSION;
use crate::protocol::consumer_group_heartbeat::request::TopicPartitions as OwnedPartitions;
use crate::protocol::consumer_group_heartbeat::response::{Assignment, TopicPartitions};
use crate::protocol::consumer_group_heartbeat::{Request, Response};
use crate::protocol::{ApiKey, ErrorCode};
use crate::routing::groups::ask;
use shards::io::Slice;
use uuid::Uuid;

use super::join_group::{Client, host_text};
use super::{Api, Context, Pending, answer};
use crate::refusals::errors::Failure;
use crate::refusals::group_errors::code_of;

pub const API: Api = Api { key: ApiKey::ConsumerGroupHeartbeat, versions: 0..=1, handle };

fn handle(context: Context, body: Slice) -> Pending {
    answer(context, body, async |context, request: Request| {
        let assignors = &context.broker.groups.shared().config.consumer.assignors;
        let checked = match is_enabled(&context.broker) {
            true => check(&request, context.version(), assignors),
            // Without a sentence, as Kafka has it.
            false => Err(Failure::plain(ErrorCode::UnsupportedVersion)),
        };
        if let Err(failure) = checked {
            return refusal(failure);
        }
        let client = Client {
            id: context.client_id().to_owned(),
            host: host_text(context.peer.address.ip()),
        };
        let group_id = request.group_id.clone();
        let question = question(request, client, shards::entropy::uuid());
        response(ask(&context.broker, &group_id, question).await)
    })
}

const FIRST_WITH_MEMBER_ID: i16 = 1;

/// Whether the cluster and this node offer the consumer protocol: `group.version` is finalized at
/// level 1, and `group.coordinator.rebalance.protocols` names it.
pub fn is_enabled(broker: &Core) -> bool {
    let is_finalized = broker.image().features.level(GROUP_VERSION) >= 1;
    is_finalized && broker.config.groups.protocols.iter().any(|protocol| protocol == "consumer")
}

/// What can be said of a request without its group.
pub fn check(request: &Request, version: i16, assignors: &[Assignor]) -> Result<(), Failure> {
    let invalid = |message: &str| Err(Failure::new(ErrorCode::InvalidRequest, message));
    let is_blank = |text: &Option<String>| text.as_ref().is_some_and(|text| text.trim().is_empty());
    let epoch = request.member_epoch;
    let needs_member_id =
        version >= FIRST_WITH_MEMBER_ID || epoch > EPOCH_JOINING || epoch == EPOCH_LEFT;
    if needs_member_id && request.member_id.trim().is_empty() {
        return invalid("MemberId can't be empty.");
    }
    if request.group_id.trim().is_empty() {
        return invalid("GroupId can't be empty.");
    }
    if is_blank(&request.instance_id) {
        return invalid("InstanceId can't be empty.");
    }
    if is_blank(&request.rack_id) {
        return invalid("RackId can't be empty.");
    }
    match epoch {
        EPOCH_JOINING => check_joining(request)?,
        EPOCH_AWAY if request.instance_id.is_none() => return invalid("InstanceId can't be null."),
        ..EPOCH_AWAY => return invalid("MemberEpoch is invalid."),
        _ => {}
    }
    check_assignor(request, assignors)?;
    check_pattern(request)
}

fn check_joining(request: &Request) -> Result<(), Failure> {
    let invalid = |message: &str| Err(Failure::new(ErrorCode::InvalidRequest, message));
    if request.rebalance_timeout_ms == -1 {
        return invalid("RebalanceTimeoutMs must be provided in first request.");
    }
    if request.topic_partitions.as_ref().is_none_or(|owned| !owned.is_empty()) {
        return invalid("TopicPartitions must be empty when (re-)joining.");
    }
    if request.subscribed_topic_names.is_none() && request.subscribed_topic_regex.is_none() {
        return invalid(
            "Either SubscribedTopicNames or SubscribedTopicRegex must be non-null when \
             (re-)joining.",
        );
    }
    Ok(())
}

fn check_assignor(request: &Request, assignors: &[Assignor]) -> Result<(), Failure> {
    let Some(name) = &request.server_assignor else { return Ok(()) };
    if assignors.iter().any(|assignor| assignor.name() == name) {
        return Ok(());
    }
    let names: Vec<&str> = assignors.iter().map(|assignor| assignor.name()).collect();
    let message = format!(
        "ServerAssignor {name} is not supported. Supported assignors: {}.",
        names.join(", ")
    );
    Err(Failure::new(ErrorCode::UnsupportedAssignor, message))
}

fn check_pattern(request: &Request) -> Result<(), Failure> {
    // An empty one ends a subscription, and no pattern is made of it.
    let pattern = request.subscribed_topic_regex.as_deref().filter(|it| !it.is_empty());
    let Some(pattern) = pattern else { return Ok(()) };
    check_regex(pattern).map_err(|reason| {
        let message = format!(
            "SubscribedTopicRegex `{pattern}` is not a valid regular expression: {reason}."
        );
        Failure::new(ErrorCode::InvalidRegularExpression, message)
    })
}

pub fn question(request: Request, client: Client, fresh_uuid: Uuid) -> groups::Request {
    let topics = request.subscribed_topic_names.map(|names| names.into_iter().collect());
    groups::Request::ConsumerHeartbeat(groups::ConsumerHeartbeat {
        group_id: request.group_id,
        member_id: request.member_id,
        member_epoch: request.member_epoch,
        instance_id: request.instance_id,
        rack_id: request.rack_id,
        rebalance_timeout_ms: request.rebalance_timeout_ms,
        topics,
        regex: request.subscribed_topic_regex,
        assignor: request.server_assignor,
        owned: request.topic_partitions.map(owned),
        client_id: client.id,
        client_host: client.host,
        fresh_uuid,
    })
}

fn owned(topics: Vec<OwnedPartitions>) -> Partitions {
    let mut owned = Partitions::new();
    for topic in topics.into_iter().filter(|topic| !topic.partitions.is_empty()) {
        owned.entry(topic.topic_id).or_default().extend(topic.partitions);
    }
    owned
}

pub fn response(reply: Reply) -> Response {
    let beat = match reply {
        Reply::Beat(beat) => beat,
        Reply::Refused(error) => {
            return refusal(Failure::new(code_of(error), error.to_string()));
        }
        _ => return refusal(Failure::plain(ErrorCode::UnknownServerError)),
    };
    let topic = |(topic_id, partitions): (Uuid, std::collections::BTreeSet<i32>)| TopicPartitions {
        topic_id,
        partitions: partitions.into_iter().collect(),
    };
    let assignment = beat.assignment.map(|partitions| Assignment {
        topic_partitions: partitions.into_iter().map(topic).collect(),
    });
    Response {
        member_id: Some(beat.member_id),
        member_epoch: beat.member_epoch,
        heartbeat_interval_ms: beat.heartbeat_interval_ms,
        assignment,
        ..Response::default()
    }
}

fn refusal(failure: Failure) -> Response {
    Response {
        error_code: failure.code as i16,
        error_message: failure.message,
        ..Response::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Message;
    use groups::{Beat, GroupError};
    use std::collections::BTreeSet;

    fn joining() -> Request {
        Request {
            group_id: "g".into(),
            member_id: "m".into(),
            rebalance_timeout_ms: 5,
            subscribed_topic_names: Some(vec!["t".into()]),
            topic_partitions: Some(Vec::new()),
            ..Request::default()
        }
    }

    fn code(change: impl FnOnce(&mut Request)) -> i16 {
        let mut request = joining();
        change(&mut request);
        check(&request, 1, &Assignor::ALL).map_or_else(|failure| failure.code as i16, |()| 0)
    }

    #[test]
    fn what_cannot_be_is_refused_before_the_coordinator() {
        assert_eq!(code(|_| {}), 0);
        assert_eq!(code(|request| request.group_id = " ".into()), 42);
        assert_eq!(code(|request| request.member_id = String::new()), 42);
        assert_eq!(code(|request| request.instance_id = Some(String::new())), 42);
        assert_eq!(code(|request| request.rack_id = Some(String::new())), 42);
        assert_eq!(code(|request| request.rebalance_timeout_ms = -1), 42);
        assert_eq!(code(|request| request.topic_partitions = None), 42);
        assert_eq!(code(|request| request.subscribed_topic_names = None), 42);
        assert_eq!(code(|request| request.member_epoch = -2), 42);
        assert_eq!(code(|request| request.member_epoch = -3), 42);
        assert_eq!(code(|request| request.server_assignor = Some("sticky".into())), 112);
        assert_eq!(code(|request| request.server_assignor = Some("range".into())), 0);
        assert_eq!(code(|request| request.subscribed_topic_regex = Some("(".into())), 128);
        assert_eq!(
            code(|request| request.subscribed_topic_regex = Some("a{99999999}".into())),
            128
        );
        assert_eq!(code(|request| request.subscribed_topic_regex = Some("a.*".into())), 0);
    }

    #[test]
    fn the_first_version_lets_the_coordinator_choose_an_id() {
        let request = Request { member_id: String::new(), ..joining() };
        assert!(check(&request, 0, &Assignor::ALL).is_ok());
        let later = Request { member_epoch: 3, ..request };
        assert!(check(&later, 0, &Assignor::ALL).is_err());
    }

    #[test]
    fn answers_are_read_as_they_were_meant() {
        let topic = Uuid::from_u128(9);
        let beat = Beat {
            member_id: "m".into(),
            member_epoch: 4,
            heartbeat_interval_ms: 5_000,
            assignment: Some(Partitions::from([(topic, BTreeSet::from([0, 2]))])),
        };
        for version in Response::VERSIONS {
            let answer = response(Reply::Beat(beat.clone()));
            let bytes = answer.to_vec(version).unwrap();
            let read = Response::from_slice(&bytes, version).unwrap();
            let assignment = read.assignment.unwrap();
            assert_eq!((read.member_epoch, read.heartbeat_interval_ms), (4, 5_000));
            assert_eq!(assignment.topic_partitions[0].partitions, [0, 2]);
        }
        let refused = response(Reply::Refused(GroupError::FencedMemberEpoch));
        assert_eq!(refused.error_code, 110);
        assert!(refused.error_message.is_some());
    }
}
