//! ConsumerGroupDescribe (key 69), versions 0-1.
//!
//! Members, epochs, assignments and targets of groups of the consumer protocol; each group is asked
//! of its own coordinator. Versions: 1 whether a member speaks the classic protocol.
//! Limits: groups named again and again, limits::REPEATED_NAMES_BYTES_MAX.

use crate::coordinators::groups::{self, FoundConsumerGroup, Missing, Partitions, Reply};
use crate::metadata::Image;
use crate::protocol::consumer_group_describe::response::{
    Assignment, DescribedGroup, Member, TopicPartitions,
};
use crate::protocol::consumer_group_describe::{Request, Response};
use crate::protocol::{ApiKey, ErrorCode};
use crate::routing::groups::ask_many;
use shards::io::Slice;

use super::consumer_group_heartbeat::is_enabled;
use super::describe_groups::ALL_OPERATIONS;
use super::repeated_groups::Mentions;
use super::{Api, Context, Pending, answer};
use crate::refusals::errors::sentence;
use crate::refusals::group_errors::code_of;

pub const API: Api = Api { key: ApiKey::ConsumerGroupDescribe, versions: 0..=1, handle };

fn handle(context: Context, body: Slice) -> Pending {
    answer(context, body, async |context, request: Request| {
        if !is_enabled(&context.broker) {
            let refuse = |group_id| refusal(group_id, ErrorCode::UnsupportedVersion, None);
            let groups = request.group_ids.into_iter().map(refuse).collect();
            return Response { throttle_time_ms: 0, groups };
        }
        let (asked, mentions) = Mentions::of(request.group_ids, |group_id| Some(group_id.clone()));
        let ask = |group_id: &String| (group_id.clone(), question(group_id));
        let replies = ask_many(&context.broker, asked.iter().map(ask).collect()).await;
        let image = context.broker.image();
        let describe = |(reply, group_id)| described(reply, group_id, &image);
        let groups = replies.into_iter().zip(asked).map(describe).collect();
        let mut groups = mentions.answer(groups, bytes_of, refuse_mention);
        if request.include_authorized_operations {
            let found = groups.iter_mut().filter(|group| group.error_code == 0);
            // There are no access rules yet.
            found.for_each(|group| group.authorized_operations = ALL_OPERATIONS);
        }
        Response { throttle_time_ms: 0, groups }
    })
}

const CLASSIC: i8 = 0;
const CONSUMER: i8 = 1;

fn question(group_id: &str) -> groups::Request {
    groups::Request::DescribeConsumers(vec![group_id.to_owned()])
}

/// The group, as its coordinator told of it.
pub fn described(reply: Reply, group_id: String, image: &Image) -> DescribedGroup {
    match reply {
        _ if group_id.is_empty() => refusal(group_id, ErrorCode::InvalidGroupId, None),
        Reply::DescribeConsumers(groups) => match groups.into_iter().next() {
            Some(FoundConsumerGroup::Found(group)) => describe(*group, image),
            Some(FoundConsumerGroup::Missing { group_id, why }) => missing(group_id, why),
            None => refusal(group_id, ErrorCode::UnknownServerError, None),
        },
        Reply::Refused(error) => refusal(group_id, code_of(error), Some(error.to_string())),
        _ => refusal(group_id, ErrorCode::UnknownServerError, None),
    }
}

fn missing(group_id: String, why: Missing) -> DescribedGroup {
    let message = match why {
        Missing::Absent => format!("Group {group_id} not found."),
        Missing::OfAnotherKind => format!("Group {group_id} is not a consumer group."),
    };
    refusal(group_id, ErrorCode::GroupIdNotFound, Some(message))
}

fn refusal(group_id: String, code: ErrorCode, error_message: Option<String>) -> DescribedGroup {
    let error_message = error_message.map(sentence);
    DescribedGroup { error_code: code as i16, error_message, group_id, ..DescribedGroup::default() }
}

fn describe(group: groups::DescribedConsumerGroup, image: &Image) -> DescribedGroup {
    let member = |member: groups::DescribedConsumer| Member {
        member_id: member.member_id,
        instance_id: member.instance_id,
        rack_id: member.rack_id,
        member_epoch: member.epoch,
        client_id: member.client_id,
        client_host: member.client_host,
        subscribed_topic_names: member.topics,
        subscribed_topic_regex: Some(member.regex),
        assignment: assignment(&member.assigned, image),
        target_assignment: assignment(&member.target, image),
        member_type: if member.speaks_classic { CLASSIC } else { CONSUMER },
    };
    DescribedGroup {
        error_code: ErrorCode::None as i16,
        error_message: None,
        group_id: group.group_id,
        group_state: group.state.to_owned(),
        group_epoch: group.epoch,
        assignment_epoch: group.target_epoch,
        assignor_name: group.assignor,
        members: group.members.into_iter().map(member).collect(),
        ..DescribedGroup::default()
    }
}

/// Topics that are no more are left out.
fn assignment(partitions: &Partitions, image: &Image) -> Assignment {
    let topics = partitions.iter().filter_map(|(id, partitions)| {
        Some(TopicPartitions {
            topic_id: *id,
            topic_name: image.topics.by_id(*id)?.name.as_ref().to_owned(),
            partitions: partitions.iter().copied().collect(),
        })
    });
    Assignment { topic_partitions: topics.collect() }
}

fn bytes_of(group: &DescribedGroup) -> usize {
    let text = |text: &Option<String>| text.as_ref().map_or(0, String::len);
    let assignment = |assignment: &Assignment| -> usize {
        let topics = assignment.topic_partitions.iter();
        let topic = |topic: &TopicPartitions| {
            size_of::<TopicPartitions>() + topic.topic_name.len() + 4 * topic.partitions.len()
        };
        topics.map(topic).sum()
    };
    let member = |member: &Member| {
        size_of::<Member>()
            + member.member_id.len()
            + text(&member.instance_id)
            + text(&member.rack_id)
            + member.client_id.len()
            + member.client_host.len()
            + member.subscribed_topic_names.iter().map(String::len).sum::<usize>()
            + text(&member.subscribed_topic_regex)
            + assignment(&member.assignment)
            + assignment(&member.target_assignment)
    };
    let members = group.members.iter().map(member);
    size_of::<DescribedGroup>() + group.group_id.len() + members.sum::<usize>()
}

fn refuse_mention(group: &DescribedGroup) -> DescribedGroup {
    refusal(group.group_id.clone(), ErrorCode::InvalidRequest, None)
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::{image, topic_id};
    use super::*;
    use crate::protocol::Message;
    use std::collections::BTreeSet;
    use uuid::Uuid;

    fn group() -> groups::DescribedConsumerGroup {
        let partitions = |topic| Partitions::from([(topic, BTreeSet::from([0, 1]))]);
        let member = groups::DescribedConsumer {
            member_id: "m".into(),
            instance_id: None,
            rack_id: None,
            epoch: 3,
            client_id: "c".into(),
            client_host: "/h".into(),
            topics: vec!["t".into()],
            regex: String::new(),
            assigned: partitions(topic_id()),
            target: partitions(Uuid::max()),
            speaks_classic: false,
        };
        groups::DescribedConsumerGroup {
            group_id: "g".into(),
            state: "Stable",
            epoch: 3,
            target_epoch: 3,
            assignor: "uniform".into(),
            members: vec![member],
        }
    }

    #[test]
    fn topics_have_their_names_and_those_that_are_no_more_are_left_out() {
        let found = FoundConsumerGroup::Found(Box::new(group()));
        let reply = Reply::DescribeConsumers(vec![found]);
        let group = described(reply, "g".into(), &image("t"));
        let member = &group.members[0];
        assert_eq!(member.assignment.topic_partitions[0].topic_name, "t");
        assert!(member.target_assignment.topic_partitions.is_empty());
        assert!(bytes_of(&group) > bytes_of(&refuse_mention(&group)));
        let response = Response { throttle_time_ms: 0, groups: vec![group] };
        for version in Response::VERSIONS {
            let bytes = response.to_vec(version).unwrap();
            let read = Response::from_slice(&bytes, version).unwrap().groups.remove(0);
            assert_eq!((read.group_state.as_str(), read.group_epoch), ("Stable", 3));
            assert_eq!(read.members[0].member_epoch, 3);
        }
    }

    /// A name may fill a string of the protocol; a sentence around it must not be longer than one.
    #[test]
    fn the_longest_name_can_be_answered() {
        let name = "g".repeat(i16::MAX as usize);
        let missing = FoundConsumerGroup::Missing { group_id: name.clone(), why: Missing::Absent };
        let group = described(Reply::DescribeConsumers(vec![missing]), name, &image("t"));
        let response = Response { throttle_time_ms: 0, groups: vec![group] };
        for version in API.versions {
            assert!(response.to_vec(version).is_ok());
        }
    }

    #[test]
    fn a_group_of_another_kind_is_not_found() {
        let missing = |why| FoundConsumerGroup::Missing { group_id: "g".into(), why };
        let told = |why| {
            let reply = Reply::DescribeConsumers(vec![missing(why)]);
            let group = described(reply, "g".into(), &image("t"));
            (group.error_code, group.error_message.unwrap())
        };
        assert_eq!(told(Missing::Absent), (69, "Group g not found.".to_owned()));
        let message = "Group g is not a consumer group.".to_owned();
        assert_eq!(told(Missing::OfAnotherKind), (69, message));
        let nameless = described(Reply::DescribeConsumers(Vec::new()), "".into(), &image("t"));
        assert_eq!(nameless.error_code, 24);
    }
}
