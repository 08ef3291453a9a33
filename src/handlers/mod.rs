//! What the broker answers: one table of APIs, one file per API.
//!
//! Lives on: the connection's core. A handler that needs another core asks `routing`.
//! Promise: every request ends in a response or in a refusal that closes its connection; only this
//! folder and `refusals` choose Kafka's error codes. An API that is not in `table.rs` is not
//! advertised.
//! Never: opens a file, touches another core's state.
//! Each file has the same shape: decode, check, find the owners, ask them, assemble.
//! Read next: table.rs, context.rs, ../refusals/mod.rs; then api_versions.rs as the simplest API.

use std::ops::RangeInclusive;
use std::pin::Pin;
use std::rc::Rc;

use shards::flight;
use shards::io::Slice;

use crate::broker::Core;
use crate::listeners::Peer;
use crate::listeners::memory::Reserved;
use crate::listeners::pipeline::Pace;
use crate::protocol::{ApiKey, DecodeError, EncodeError, Reader, RequestHeader};

pub mod table;

mod context;
mod metrics;
mod response;
mod throttle;

pub mod config_errors;
pub mod operations;
pub mod repeated_groups;

mod changes;

pub mod add_offsets_to_txn;
pub mod add_partitions_to_txn;
pub mod alter_client_quotas;
pub mod alter_configs;
pub mod alter_partition_reassignments;
pub mod alter_replica_log_dirs;
pub mod api_versions;
pub mod consumer_group_describe;
pub mod consumer_group_heartbeat;
pub mod create_partitions;
pub mod create_topics;
pub mod delete_groups;
pub mod delete_records;
pub mod delete_topics;
pub mod describe_client_quotas;
pub mod describe_cluster;
pub mod describe_configs;
pub mod describe_groups;
pub mod describe_log_dirs;
pub mod describe_producers;
pub mod describe_quorum;
pub mod describe_topic_partitions;
pub mod describe_transactions;
pub mod describe_user_scram_credentials;
pub mod elect_leaders;
pub mod end_txn;
pub mod fetch;
pub mod find_coordinator;
pub mod heartbeat;
pub mod incremental_alter_configs;
pub mod init_producer_id;
pub mod join_group;
pub mod leave_group;
pub mod list_config_resources;
pub mod list_groups;
pub mod list_offsets;
pub mod list_partition_reassignments;
pub mod list_transactions;
pub mod metadata;
pub mod offset_commit;
pub mod offset_delete;
pub mod offset_fetch;
pub mod offset_for_leader_epoch;
pub mod produce;
pub mod sasl_handshake;
pub mod sync_group;
pub mod txn_offset_commit;
pub mod update_features;
pub mod write_txn_markers;

#[cfg(test)]
mod fixtures;

pub use context::{Context, answer, answer_within};
pub use metrics::{ApiMetrics, RequestMetrics};
pub use response::Response;
use throttle::Throttling;

/// One API: which versions are served, and by what.
pub struct Api {
    pub key: ApiKey,
    pub versions: RangeInclusive<i16>,
    /// Starts the work: what it does before it first waits is done in the order of the requests.
    pub handle: fn(Context, Slice) -> Pending,
}

/// A request at work.
pub type Pending = Pin<Box<dyn Future<Output = Result<Response, Refusal>>>>;

/// Why a request has no answer and its connection is closed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error(transparent)]
    Malformed(#[from] DecodeError),
    #[error(
        "{name} version {version} is not served (versions {min} to {max} are): the peer is to ask \
         ApiVersions first"
    )]
    UnsupportedVersion { name: &'static str, version: i16, min: i16, max: i16 },
    #[error("{name} is not served by this listener")]
    NotServed { name: &'static str },
    #[error("the answer cannot be written, a bug of the broker: {0}")]
    Unencodable(#[from] EncodeError),
    /// A producer that wants no answer learns of a failure by losing its connection, as with Kafka.
    #[error("a Produce request with acks=0 failed: {reason}")]
    Unacknowledged { reason: String },
    #[error("it names {bytes} bytes of topics, one for each partition; {max} are the most")]
    TooManyNames { bytes: usize, max: usize },
    #[error("the broker is stopping")]
    Stopping,
}

impl Refusal {
    /// Names the reason without what changes from one request to the next.
    pub fn kind(&self) -> &'static str {
        match self {
            Refusal::Malformed(_) => "malformed",
            Refusal::UnsupportedVersion { name, .. } | Refusal::NotServed { name } => name,
            Refusal::Unencodable(_) => "unencodable",
            Refusal::Unacknowledged { .. } => "unacknowledged",
            Refusal::TooManyNames { .. } => "too many names",
            Refusal::Stopping => "stopping",
        }
    }
}

/// A request that is ready to be started.
pub struct Request {
    pub api: &'static Api,
    context: Context,
    body: Slice,
}

impl Request {
    /// Reads the header of a frame and finds who serves it.
    pub fn parse(broker: &Rc<Core>, peer: &Rc<Peer>, frame: Slice) -> Result<Request, Refusal> {
        let mut reader = Reader::new(&frame);
        let header = RequestHeader::decode(&mut reader)?;
        let body_at = reader.position();
        let name = header.api.info().name;
        let api = table::find(header.api, peer.listener.role).ok_or(Refusal::NotServed { name })?;
        let version = header.version;
        // ApiVersions answers any version, so that a newer client learns what there is.
        let offered = table::offered(api, &broker.config.settings);
        if !offered.contains(&version) && api.key != ApiKey::ApiVersions {
            let (min, max) = (*offered.start(), *offered.end());
            return Err(Refusal::UnsupportedVersion { name, version, min, max });
        }
        let body = frame.slice(body_at..frame.len());
        let throttling = Throttling::of(broker, peer, &header, frame.len());
        let context = Context { throttling, ..Context::new(broker.clone(), peer.clone(), header) };
        Ok(Request { api, context, body })
    }

    pub fn pace(&self) -> Pace {
        match self.api.key {
            // One transaction after the other, as with Kafka: the first of its batches waits for
            // the coordinator, and none may overtake it.
            ApiKey::Produce if produce::is_transactional(self.context.version(), &self.body) => {
                Pace::Alone
            }
            ApiKey::Produce => Pace::Together,
            _ => Pace::Alone,
        }
    }

    /// The handler's work; it starts when first polled. `memory` is held until it ends.
    pub fn work(self, memory: Option<Reserved>) -> Pending {
        let Request { api, context, body } = self;
        Box::pin(async move {
            let _held = memory;
            let broker = context.broker.clone();
            let metrics = broker.metrics.requests.of(api.key);
            let at_work = metrics.start();
            flight::note(api.key.info().name, i64::from(context.header.correlation_id));
            let outcome = match context.throttling.clone() {
                None => (api.handle)(context, body).await,
                Some(throttling) => {
                    let outcome = throttling.time((api.handle)(context.clone(), body)).await;
                    throttle::answer(&context, api, outcome).await
                }
            };
            match outcome {
                Ok(_) => at_work.answered(),
                Err(_) => at_work.refused(),
            }
            outcome
        })
    }
}
