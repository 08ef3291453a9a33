//! WriteTxnMarkers (key 27), versions 1-2.
//!
//! Writes the markers that end transactions, as a transaction coordinator decided them. The answer
//! comes once they are durable.
//! Versions: 2 transaction version, from whose second on a marker's epoch is above the records'.
//! Skipped: nothing.
//! Runs on the connection's core; one hop to each core that owns some of the partitions.

use std::sync::Arc;

use shards::io::Slice;

use super::{Api, Context, Pending, answer_within};
use crate::coordinators::transactions::EndMarker;
use crate::protocol::write_txn_markers::request::{Request, WritableTxnMarker};
use crate::protocol::write_txn_markers::response::{
    Response, WritableTxnMarkerPartitionResult, WritableTxnMarkerResult,
    WritableTxnMarkerTopicResult,
};
use crate::protocol::{ApiKey, ErrorCode};
use crate::routing::markers::{self, Addressed};

pub const API: Api = Api { key: ApiKey::WriteTxnMarkers, versions: 1..=2, handle };

fn handle(context: Context, body: Slice) -> Pending {
    answer_within(context, body, |_| 0, run)
}

async fn run(context: Context, request: Request) -> Response {
    let addressed = request.markers.iter().map(address).collect();
    let outcomes = markers::write(&context.broker, addressed).await;
    let written = request.markers.into_iter().zip(outcomes);
    Response { markers: written.map(|(marker, outcomes)| result(marker, outcomes)).collect() }
}

fn address(marker: &WritableTxnMarker) -> Addressed {
    let end = EndMarker {
        producer_id: marker.producer_id,
        producer_epoch: marker.producer_epoch,
        coordinator_epoch: marker.coordinator_epoch,
        committed: marker.transaction_result,
        transaction_version: marker.transaction_version,
    };
    let mut partitions = Vec::new();
    for topic in &marker.topics {
        let name: Arc<str> = topic.name.as_str().into();
        partitions.extend(topic.partition_indexes.iter().map(|index| (name.clone(), *index)));
    }
    (end, partitions)
}

/// The outcomes are in the order of the partitions.
fn result(
    marker: WritableTxnMarker,
    outcomes: Vec<Result<(), ErrorCode>>,
) -> WritableTxnMarkerResult {
    let mut outcomes = outcomes.into_iter();
    let mut topics = Vec::with_capacity(marker.topics.len());
    for topic in marker.topics {
        let partitions = topic.partition_indexes.into_iter().zip(&mut outcomes);
        let partitions = partitions.map(|(partition_index, outcome)| {
            let error_code = outcome.err().unwrap_or(ErrorCode::None) as i16;
            WritableTxnMarkerPartitionResult { partition_index, error_code }
        });
        let partitions = partitions.collect();
        topics.push(WritableTxnMarkerTopicResult { name: topic.name, partitions });
    }
    WritableTxnMarkerResult { producer_id: marker.producer_id, topics }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::write_txn_markers::request::WritableTxnMarkerTopic;

    #[test]
    fn outcomes_go_to_their_partitions() {
        let topic = |name: &str, partition_indexes: &[i32]| WritableTxnMarkerTopic {
            name: name.into(),
            partition_indexes: partition_indexes.to_vec(),
        };
        let marker = WritableTxnMarker {
            producer_id: 7,
            transaction_result: true,
            topics: vec![topic("a", &[0, 1]), topic("b", &[]), topic("c", &[5])],
            ..WritableTxnMarker::default()
        };
        let (end, partitions) = address(&marker);
        assert!(end.committed);
        let named: Vec<(&str, i32)> = partitions.iter().map(|(name, at)| (&**name, *at)).collect();
        assert_eq!(named, [("a", 0), ("a", 1), ("c", 5)]);
        let outcomes =
            vec![Ok(()), Err(ErrorCode::InvalidProducerEpoch), Err(ErrorCode::NotLeaderOrFollower)];
        let told = result(marker, outcomes);
        let told: Vec<Vec<(i32, i16)>> = told
            .topics
            .iter()
            .map(|it| it.partitions.iter().map(|it| (it.partition_index, it.error_code)).collect())
            .collect();
        assert_eq!(told, [vec![(0, 0), (1, 47)], vec![], vec![(5, 6)]]);
    }
}
