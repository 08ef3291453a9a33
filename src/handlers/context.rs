//! What a handler knows of the request it answers.
//!
//! Lives on: the connection's core.   Read next: response.rs.

use std::rc::Rc;

use shards::io::Slice;

use super::throttle::Throttling;
use super::{Pending, Refusal, Response};
use crate::broker::Core;
use crate::limits;
use crate::listeners::Peer;
use crate::protocol::{
    Call, EncodeError, ErrorCode, Message, Reader, RequestHeader, ResponseHeader, Writer,
};

/// The request's header, who sent it, and the broker on this core. Cheap to clone.
#[derive(Clone)]
pub struct Context {
    pub broker: Rc<Core>,
    pub peer: Rc<Peer>,
    pub header: Rc<RequestHeader>,
    /// None for a client without quotas.
    pub throttling: Option<Rc<Throttling>>,
}

impl Context {
    pub fn new(broker: Rc<Core>, peer: Rc<Peer>, header: RequestHeader) -> Context {
        Context { broker, peer, header: Rc::new(header), throttling: None }
    }

    pub fn version(&self) -> i16 {
        self.header.version
    }

    pub fn client_id(&self) -> &str {
        self.header.client_id.as_deref().unwrap_or("")
    }

    /// Counts a partition that this request asks for and does not get.
    pub fn note_partition_error(&self, code: ErrorCode) {
        self.broker.metrics.requests.note_partition_error(self.header.api, code);
    }

    /// The response to this request, in its version.
    pub fn respond<M: Message>(&self, message: &M) -> Result<Response, Refusal> {
        self.respond_with(|writer| message.encode(writer, self.version()))
    }

    /// The response whose body `encode` writes.
    pub fn respond_with(
        &self,
        encode: impl FnOnce(&mut Writer) -> Result<(), EncodeError>,
    ) -> Result<Response, Refusal> {
        let mut writer = self.begin_frame();
        encode(&mut writer)?;
        let body_bytes = writer.len() - LENGTH_BYTES;
        set_length(&mut writer, body_bytes)?;
        Ok(Response::Encoded(writer.into_vec()))
    }

    /// Where the body begins in a frame that this context has made.
    pub(super) fn body_at(&self) -> usize {
        self.begin_frame().len()
    }

    /// A writer that holds the place of the length, and the response header.
    pub(super) fn begin_frame(&self) -> Writer {
        let mut writer = Writer::with_capacity(128);
        writer.i32(0);
        let header = ResponseHeader { correlation_id: self.header.correlation_id };
        header.encode(&mut writer, self.header.api, self.header.version);
        writer
    }
}

const LENGTH_BYTES: usize = 4;

/// Writes the frame's length into the place that `begin_frame` left.
pub(super) fn set_length(writer: &mut Writer, length: usize) -> Result<(), EncodeError> {
    let length = i32::try_from(length).map_err(|_| EncodeError::TooLong { length })?;
    writer.set_i32_at(0, length);
    Ok(())
}

/// The skeleton of a handler of generated messages: decode, `run`, encode.
pub fn answer<M, F>(
    context: Context,
    body: Slice,
    run: impl FnOnce(Context, M) -> F + 'static,
) -> Pending
where
    M: Call + 'static,
    F: Future<Output = M::Response>,
{
    answer_within(context, body, |_| 0, run)
}

/// The same for a request that is taken apart into its partitions, each with the names it stands
/// under: `repeated` says how many bytes of names that makes. A small request may mean very many.
pub fn answer_within<M, F>(
    context: Context,
    body: Slice,
    repeated: impl FnOnce(&M) -> usize + 'static,
    run: impl FnOnce(Context, M) -> F + 'static,
) -> Pending
where
    M: Call + 'static,
    F: Future<Output = M::Response>,
{
    Box::pin(async move {
        let request = {
            let mut reader = Reader::new(&body);
            // What follows the message is let pass, as Kafka does: librdkafka asks for all topics
            // (Metadata 9 and later) with three bytes too many.
            M::decode(&mut reader, context.version())?
        };
        drop(body);
        let bytes = repeated(&request);
        if bytes > limits::REPEATED_NAMES_BYTES_MAX {
            return Err(Refusal::TooManyNames { bytes, max: limits::REPEATED_NAMES_BYTES_MAX });
        }
        let response = run(context.clone(), request).await;
        context.respond(&response)
    })
}
