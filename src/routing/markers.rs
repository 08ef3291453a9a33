//! Markers, the ends of transactions: written to the partitions that took part, wherever they live.
//!
//! Lives on: the asking core sends and collects; the owning core appends. One hop to each owner.
//! Promise: an outcome comes once the marker is committed, or was refused; markers of one partition
//! are appended in the order in which they were given.
//! Read next: ../handlers/write_txn_markers.rs.

use std::rc::Rc;
use std::sync::Arc;

use shards::format::control::EndTransaction;
use shards::io::spawn;
use shards::log::producers::TransactionVersion;
use shards::log::replication::Committed;
use shards::mutation::Mutation;
use shards::units::{PartitionId, ShardId};

use super::Local;
use super::scatter::scatter;
use crate::broker::Core;
use crate::coordinators::groups::GroupError;
use crate::coordinators::transactions::EndMarker;
use crate::hosting::groups::GroupHost;
use crate::metadata::Image;
use crate::metadata::topic_name::CONSUMER_OFFSETS;
use crate::protocol::ErrorCode;
use crate::protocol::produce::TopicReference;
use crate::refusals::errors::{self, Failure};
use crate::refusals::group_errors;
use crate::refusals::topics;

/// What the journal is asked to let in for a marker.
const MARKER_BYTES: usize = 128;

/// A marker, and the partitions, by topic and index, that it is for.
pub type Addressed = (EndMarker, Vec<(Arc<str>, i32)>);

/// Writes markers to partitions that this node leads. One outcome for each partition of each
/// marker, in their order.
pub async fn write(broker: &Rc<Core>, markers: Vec<Addressed>) -> Vec<Vec<Result<(), ErrorCode>>> {
    let image = broker.image();
    let mut outcomes: Vec<Vec<Result<(), ErrorCode>>> = Vec::with_capacity(markers.len());
    let (mut places, mut questions) = (Vec::new(), Vec::new());
    for (number, (marker, partitions)) in markers.into_iter().enumerate() {
        let mut of_marker = Vec::with_capacity(partitions.len());
        for (topic, index) in partitions {
            match place(broker, &image, &topic, index) {
                Ok((owner, partition)) => {
                    places.push((number, of_marker.len()));
                    questions.push((owner, partition, marker));
                    of_marker.push(Ok(()));
                }
                Err(code) => of_marker.push(Err(code)),
            }
        }
        outcomes.push(of_marker);
    }
    let answers = scatter(broker, questions, write_here).await;
    for ((marker, partition), answer) in places.into_iter().zip(answers) {
        outcomes[marker][partition] = answer;
    }
    outcomes
}

fn place(
    broker: &Core,
    image: &Image,
    topic: &str,
    index: i32,
) -> Result<(ShardId, PartitionId), ErrorCode> {
    let topic = topics::find(image, TopicReference::Name(topic))?;
    let place = topics::local(broker, topic, index)?;
    Ok((place.owner, place.partition))
}

/// Writes on the owner's core: all markers are appended before the first one is waited for.
fn write_here(
    broker: Rc<Core>,
    questions: Vec<(PartitionId, EndMarker)>,
) -> Local<Vec<Result<(), ErrorCode>>> {
    Box::pin(async move {
        let mut begun = Vec::with_capacity(questions.len());
        let groups = broker.image().topics.by_name(CONSUMER_OFFSETS).map(|topic| topic.id);
        for (partition, marker) in questions {
            begun.push(match groups == Some(partition.topic) {
                true => Begun::in_groups(broker.groups.clone(), partition.index, marker),
                false => Begun::Appended(append(&broker, partition, marker).await),
            });
        }
        let mut outcomes = Vec::with_capacity(begun.len());
        for begun in begun {
            outcomes.push(begun.outcome().await);
        }
        outcomes
    })
}

/// A marker on its way to the device.
enum Begun {
    Appended(Result<Option<Committed>, Failure>),
    /// The coordinator of groups appends it, in the order of its own records.
    InGroups(Local<Result<(), GroupError>>),
}

impl Begun {
    fn in_groups(groups: GroupHost, index: i32, marker: EndMarker) -> Begun {
        let work = spawn(async move { groups.write_marker(index, marker).await });
        Begun::InGroups(Box::pin(work))
    }

    async fn outcome(self) -> Result<(), ErrorCode> {
        match self {
            Begun::Appended(Ok(None)) => Ok(()),
            Begun::Appended(Ok(Some(mut committed))) => {
                committed.wait().await.map_err(|error| errors::not_committed(&error).code)
            }
            Begun::Appended(Err(failure)) => Err(failure.code),
            Begun::InGroups(work) => work.await.map_err(group_errors::code_of),
        }
    }
}

async fn append(
    broker: &Core,
    partition: PartitionId,
    marker: EndMarker,
) -> Result<Option<Committed>, Failure> {
    let log = errors::led_here(broker, partition, None)?;
    if Mutation::MarkerDropped.is_planted() {
        return Ok(None);
    }
    log.admit(MARKER_BYTES).await.map_err(|refused| errors::append(&refused))?;
    let end = EndTransaction {
        producer_id: marker.producer_id,
        producer_epoch: marker.producer_epoch,
        coordinator_epoch: marker.coordinator_epoch,
        committed: marker.committed,
    };
    let version = TransactionVersion::of_level(i16::from(marker.transaction_version));
    let appended = log.append_marker(&end, version).map_err(|error| errors::append(&error))?;
    Ok(Some(appended.committed(&log)))
}
