//! The answer to a Fetch: what is written, and around it the records from where they are.
//!
//! Read next: ../fetch.rs.

use shards::io::Slice;

use super::session::{Begun, Finished, NO_SESSION, Seen, SessionError, TopicKey};
use super::trim::Read;
use crate::handlers::context::set_length;
use crate::handlers::{Context, Refusal, Response};
use crate::metadata::Image;
use crate::protocol::fetch::{
    FetchResponse, Insertion, OutgoingRecords, PartitionResponse, TopicResponse,
};
use crate::protocol::produce::TopicReference;
use crate::protocol::{ErrorCode, Writer};
use crate::refusals::topics;
use crate::routing::read::Isolation;
use crate::routing::segment::Segment;

/// Older clients do not know KAFKA_STORAGE_ERROR.
const STORAGE_ERROR_FROM: i16 = 6;
const CURRENT_LEADER_FROM: i16 = 16;
/// In place of an offset that is not known.
const UNKNOWN_OFFSET: i64 = -1;

/// What a session cares about.
pub(super) fn seen(read: &Read) -> Seen {
    match read {
        Ok(Some(given)) => Seen {
            high_watermark: given.high_watermark.0,
            log_start: given.log_start.0,
            has_records: given.bytes > 0,
            failed: false,
            has_notice: given.diverging.is_some(),
        },
        Ok(None) | Err(_) => Seen {
            high_watermark: UNKNOWN_OFFSET,
            log_start: UNKNOWN_OFFSET,
            has_records: false,
            failed: true,
            has_notice: false,
        },
    }
}

/// A request out of turn: the client begins a new session.
pub(super) fn session_error(context: &Context, error: SessionError) -> Result<Response, Refusal> {
    let error_code = match error {
        SessionError::NotFound => ErrorCode::FetchSessionIdNotFound,
        SessionError::WrongEpoch => ErrorCode::InvalidFetchSessionEpoch,
        SessionError::TopicIds => ErrorCode::FetchSessionTopicIdError,
    };
    encode(context, FetchResponse { error_code, ..empty(NO_SESSION) })
}

/// The answer to a client that is to be silent first: nothing, which it is to ask for again.
pub(super) fn throttled(
    context: &Context,
    session_id: i32,
    throttle_time_ms: i32,
) -> Result<Response, Refusal> {
    encode(context, FetchResponse { throttle_time_ms, ..empty(session_id) })
}

/// The answer with everything that is to be told.
pub(super) fn response(
    context: &Context,
    image: &Image,
    begun: &Begun,
    reads: Vec<Read>,
    finished: &Finished,
    isolation: Isolation,
) -> Result<Response, Refusal> {
    let mut response = empty(finished.session_id);
    let told = begun.partitions.iter().zip(reads).zip(&finished.told);
    for (((key, _), read), _) in told.filter(|(_, told)| **told) {
        let topic = match &key.topic {
            TopicKey::Id(id) => TopicReference::Id(*id),
            TopicKey::Name(name) => TopicReference::Name(name),
        };
        let mut partition = partition(context.version(), key.index, read, isolation);
        if partition.error_code != ErrorCode::None {
            context.note_partition_error(partition.error_code);
        }
        note_leader(context, image, topic, &mut partition, &mut response);
        match response.topics.last_mut() {
            Some(last) if last.topic == topic => last.partitions.push(partition),
            _ => response.topics.push(TopicResponse { topic, partitions: vec![partition] }),
        }
    }
    encode(context, response)
}

fn empty<'a>(session_id: i32) -> FetchResponse<'a, Records> {
    FetchResponse {
        throttle_time_ms: 0,
        error_code: ErrorCode::None,
        session_id,
        topics: Vec::new(),
        node_endpoints: Vec::new(),
    }
}

fn partition(
    version: i16,
    index: i32,
    read: Read,
    isolation: Isolation,
) -> PartitionResponse<Records> {
    let mut answer = PartitionResponse {
        index,
        error_code: ErrorCode::None,
        high_watermark: UNKNOWN_OFFSET,
        last_stable_offset: UNKNOWN_OFFSET,
        log_start_offset: UNKNOWN_OFFSET,
        diverging_epoch: None,
        current_leader: None,
        snapshot_id: None,
        aborted_transactions: None,
        preferred_read_replica: -1,
        records: Records::default(),
    };
    match read {
        Ok(Some(given)) => {
            answer.high_watermark = given.high_watermark.0;
            answer.last_stable_offset = given.last_stable.0;
            answer.log_start_offset = given.log_start.0;
            answer.diverging_epoch = given.diverging;
            let is_told = isolation == Isolation::ReadCommitted;
            answer.aborted_transactions = is_told.then_some(given.aborted);
            answer.records = Records { pieces: given.pieces, bytes: given.bytes };
        }
        Ok(None) => answer.error_code = ErrorCode::UnknownServerError,
        Err(failure) => answer.error_code = failure.code,
    }
    if answer.error_code == ErrorCode::KafkaStorageError && version < STORAGE_ERROR_FROM {
        answer.error_code = ErrorCode::NotLeaderOrFollower;
    }
    answer
}

fn note_leader(
    context: &Context,
    image: &Image,
    topic: TopicReference<'_>,
    partition: &mut PartitionResponse<Records>,
    response: &mut FetchResponse<'_, Records>,
) {
    let is_stale = matches!(
        partition.error_code,
        ErrorCode::NotLeaderOrFollower | ErrorCode::FencedLeaderEpoch
    );
    if context.version() < CURRENT_LEADER_FROM || !is_stale {
        return;
    }
    let Ok(found) = topics::find(image, topic) else { return };
    partition.current_leader = topics::current_leader(found, partition.index);
    if let Some(leader) = partition.current_leader {
        let listener = &context.peer.listener.name;
        topics::note_endpoint(&mut response.node_endpoints, image, leader.leader_id, listener);
    }
}

/// The records of one partition.
#[derive(Debug, Default)]
struct Records {
    pieces: Vec<Segment>,
    bytes: usize,
}

impl OutgoingRecords for Records {
    fn size_bytes(&self) -> usize {
        self.bytes
    }
}

fn encode(context: &Context, response: FetchResponse<'_, Records>) -> Result<Response, Refusal> {
    let mut writer = context.begin_frame();
    let insertions = response.encode(&mut writer, context.version())?;
    let records_bytes: usize = insertions.iter().map(|insertion| insertion.records.bytes).sum();
    let frame_bytes = writer.len() - size_of::<i32>() + records_bytes;
    set_length(&mut writer, frame_bytes)?;
    Ok(if insertions.is_empty() {
        Response::Encoded(writer.into_vec())
    } else {
        Response::Segments(interleave(writer, insertions))
    })
}

fn interleave(writer: Writer, insertions: Vec<Insertion<Records>>) -> Vec<Segment> {
    let written = Slice::from(writer.into_vec());
    let mut segments = Vec::with_capacity(insertions.len() * 2 + 1);
    let mut from = 0;
    for Insertion { at, records } in insertions {
        segments.push(Segment::Memory(written.slice(from..at)));
        segments.extend(records.pieces);
        from = at;
    }
    if from < written.len() {
        segments.push(Segment::Memory(written.slice(from..written.len())));
    }
    segments
}
