//! What classic members of the consumer protocol type carry inside of JoinGroup and SyncGroup: the
//! subscription, and the assignment that its leader, or the coordinator, makes.
//!
//! Format: version i16, then the message. Of a newer version what is known is read.
//! Source: ConsumerProtocol, ConsumerProtocolSubscription, ConsumerProtocolAssignment.

use super::consumer::Partitions;
use crate::metadata::Image;
use crate::protocol::codec::Reader;
use crate::protocol::embedded_data::consumer_protocol_assignment::TopicPartition;
use crate::protocol::embedded_data::{ConsumerProtocolAssignment, ConsumerProtocolSubscription};
use crate::protocol::{EncodeError, Message};
use bytes::Bytes;

/// A member's subscription; `None`: these bytes are none.
pub(super) fn subscription(bytes: &[u8]) -> Option<ConsumerProtocolSubscription> {
    decode(bytes)
}

/// A member's assignment; `None`: these bytes are none.
pub(super) fn assignment(bytes: &[u8]) -> Option<ConsumerProtocolAssignment> {
    decode(bytes)
}

/// An assignment in the version of a subscription.
pub(super) fn encode_assignment(
    partitions: &Partitions,
    image: &Image,
    subscription: &[u8],
) -> Result<Bytes, EncodeError> {
    let topics = partitions.iter().filter_map(|(id, partitions)| {
        let topic = image.topics.by_id(*id)?.name.as_ref().to_owned();
        Some(TopicPartition { topic, partitions: partitions.iter().copied().collect() })
    });
    let assigned_partitions = topics.collect();
    let newest = *ConsumerProtocolAssignment::VERSIONS.end();
    let version = version_of(subscription).unwrap_or(newest).min(newest);
    let message = ConsumerProtocolAssignment { assigned_partitions, user_data: None };
    let mut bytes = version.to_be_bytes().to_vec();
    bytes.extend(message.to_vec(version)?);
    Ok(bytes.into())
}

/// Partitions by the ids of their topics; those that are not there are left out.
pub(super) fn by_id<'t>(
    topics: impl Iterator<Item = (&'t str, &'t [i32])>,
    image: &Image,
) -> Partitions {
    let mut partitions = Partitions::new();
    for (name, numbers) in topics.filter(|(_, numbers)| !numbers.is_empty()) {
        if let Some(id) = image.topics.id_of(name) {
            partitions.entry(id).or_default().extend(numbers);
        }
    }
    partitions
}

fn decode<M: Message>(bytes: &[u8]) -> Option<M> {
    let version = version_of(bytes)?.min(*M::VERSIONS.end());
    let mut reader = Reader::new(bytes.get(2..)?);
    M::decode(&mut reader, version).ok()
}

fn version_of(bytes: &[u8]) -> Option<i16> {
    let version = i16::from_be_bytes(*bytes.first_chunk()?);
    (version >= 0).then_some(version)
}
