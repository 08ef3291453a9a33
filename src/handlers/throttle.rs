//! What a request costs of its client's quotas, and for how long the client is then not heard.
//!
//! Lives on: the connection's core; a hop to the home of each quota. A request of a client that has
//! no quota comes with no `Throttling` and costs nothing here.
//! Promise: as Kafka since KIP-219: the answer goes out at once and says the time; the connection
//! is not read from meanwhile. The time that a request takes is that of this core.
//! Read next: ../quotas/mod.rs, ../routing/charge.rs.

use std::cell::Cell;
use std::pin::Pin;
use std::rc::Rc;
use std::task::Poll;
use std::time::Duration;

use shards::clock::{self, Instant};

use super::{Api, Context, Pending, Refusal, Response};
use crate::broker::Core;
use crate::listeners::Peer;
use crate::protocol::{ApiKey, RequestHeader};
use crate::quotas::meters::{Charge, Keep, Manner};
use crate::quotas::resolve::{ClientQuotas, Quota};
use crate::routing::charge::charge_on;

/// A request whose client has quotas.
pub struct Throttling {
    pub quotas: Rc<ClientQuotas>,
    request_bytes: usize,
    /// Time of this core that it took so far.
    busy: Cell<Duration>,
    /// When it was polled last, while it is.
    polled: Cell<Option<Instant>>,
}

impl Throttling {
    /// None for a client without quotas.
    pub fn of(
        broker: &Core,
        peer: &Peer,
        header: &RequestHeader,
        request_bytes: usize,
    ) -> Option<Rc<Throttling>> {
        let client_id = header.client_id.as_deref().unwrap_or("");
        let quotas = broker.quotas_of(peer, client_id)?;
        let (busy, polled) = (Cell::default(), Cell::default());
        Some(Rc::new(Throttling { quotas, request_bytes, busy, polled }))
    }

    /// Runs the request's work, and notes how long this core was busy with it.
    pub(super) async fn time(&self, mut work: Pending) -> Result<Response, Refusal> {
        std::future::poll_fn(|context| {
            let since = clock::now();
            self.polled.set(Some(since));
            let polled: Poll<_> = Pin::new(&mut work).poll(context);
            self.polled.set(None);
            self.busy.set(self.busy.get() + since.elapsed());
            polled
        })
        .await
    }

    fn busy(&self) -> Duration {
        let now = self.polled.get().map_or(Duration::ZERO, Instant::elapsed);
        self.busy.get() + now
    }

    /// In percent of one core for a second.
    fn busy_percent(&self) -> f64 {
        self.busy().as_secs_f64() * 100.0
    }
}

impl Context {
    /// Charges a Produce request: its bytes, and its time if it is answered. The milliseconds for
    /// which the client is to be silent, as from now on it is.
    pub(super) async fn charge_produce(&self, is_answered: bool) -> i32 {
        let Some(throttling) = &self.throttling else { return 0 };
        let bytes = throttling.request_bytes as f64;
        let for_bytes = self.charge(&throttling.quotas.produced_bytes, bytes, Keep::Always).await;
        let for_time = match is_answered {
            true => self.charge_time(throttling).await,
            false => 0,
        };
        self.mute(for_bytes.max(for_time))
    }

    /// Charges a Fetch request whose answer has so many bytes of records. If the client is to be
    /// silent they are not to be sent, and do not count.
    pub(super) async fn charge_fetch(&self, bytes: impl FnOnce() -> usize) -> i32 {
        let Some(throttling) = &self.throttling else { return 0 };
        let for_time = self.charge_time(throttling).await;
        let keep = if for_time > 0 { Keep::Never } else { Keep::WithinLimit };
        let for_bytes = self.charge(&throttling.quotas.fetched_bytes, bytes() as f64, keep).await;
        self.mute(for_bytes.max(for_time))
    }

    /// Charges any other request.
    pub(super) async fn charge_request(&self) -> i32 {
        let Some(throttling) = &self.throttling else { return 0 };
        let for_time = self.charge_time(throttling).await;
        self.mute(for_time)
    }

    /// The client's quota of partitions created and deleted, and how sharply it is kept: clients of
    /// older versions do not know of the error.
    pub(super) fn mutations(&self, strict_from: i16) -> Option<(Quota, Manner)> {
        let quota = self.throttling.as_ref()?.quotas.mutations.clone()?;
        let is_strict = self.version() >= strict_from;
        Some((quota, if is_strict { Manner::Strict } else { Manner::Permissive }))
    }

    /// What one Fetch may give without its client being silenced for it alone.
    pub(super) fn fetch_bytes_max(&self) -> usize {
        let quota = self.throttling.as_ref().and_then(|it| it.quotas.fetched_bytes.as_ref());
        let window = self.broker.config.quotas.clients;
        // Saturates.
        quota.map_or(usize::MAX, |quota| window.most_within(quota.limit) as usize)
    }

    /// Does not hear the client for so long; the same as it is told.
    pub(super) fn mute(&self, throttle_ms: u64) -> i32 {
        if throttle_ms > 0 {
            self.broker.metrics.requests.note_throttled(throttle_ms);
            self.peer.mute(Duration::from_millis(throttle_ms));
        }
        i32::try_from(throttle_ms).unwrap_or(i32::MAX)
    }

    async fn charge_time(&self, throttling: &Throttling) -> u64 {
        let percent = throttling.busy_percent();
        self.charge(&throttling.quotas.request_time, percent, Keep::Always).await
    }

    async fn charge(&self, quota: &Option<Quota>, amount: f64, keep: Keep) -> u64 {
        match quota.clone() {
            Some(quota) => charge_on(&self.broker, Charge { quota, amount, keep }).await,
            None => 0,
        }
    }
}

/// Charges a request whose handler did not, and writes the time into its answer.
pub(super) async fn answer(
    context: &Context,
    api: &Api,
    outcome: Result<Response, Refusal>,
) -> Result<Response, Refusal> {
    if CHARGED_BY_HANDLER.contains(&api.key) {
        return outcome;
    }
    let Ok(Response::Encoded(mut frame)) = outcome else { return outcome };
    let throttle_ms = context.charge_request().await;
    if throttle_ms > 0
        && let Some(place) = place_in_body(api.key, context.version())
    {
        write_longer(&mut frame, context.body_at() + place, throttle_ms);
    }
    Ok(Response::Encoded(frame))
}

/// What is known there may be longer already: what the controller said.
fn write_longer(frame: &mut [u8], at: usize, throttle_ms: i32) {
    const BYTES: usize = size_of::<i32>();
    let Some(field) = frame.get_mut(at..at + BYTES) else { return };
    let written = <[u8; BYTES]>::try_from(&*field).map_or(0, i32::from_be_bytes);
    field.copy_from_slice(&written.max(throttle_ms).to_be_bytes());
}

/// Their answers do not begin with the time, or depend on it.
const CHARGED_BY_HANDLER: [ApiKey; 3] = [ApiKey::Produce, ApiKey::Fetch, ApiKey::ApiVersions];

/// Where the answer of an API says the time, if it does: almost all begin with it, from some
/// version on.
fn place_in_body(api: ApiKey, version: i16) -> Option<usize> {
    use ApiKey as A;
    let (from, place) = match api {
        A::SaslHandshake | A::DescribeQuorum | A::WriteTxnMarkers => return None,
        A::OffsetDelete => (0, size_of::<i16>()),
        A::DeleteTopics
        | A::DescribeGroups
        | A::FindCoordinator
        | A::Heartbeat
        | A::LeaveGroup
        | A::ListGroups
        | A::SyncGroup => (1, 0),
        A::CreateTopics | A::JoinGroup | A::ListOffsets | A::OffsetForLeaderEpoch => (2, 0),
        A::Metadata | A::OffsetCommit | A::OffsetFetch => (3, 0),
        _ => (0, 0),
    };
    (version >= from).then_some(place)
}

#[cfg(test)]
mod tests {
    use super::super::table;
    use super::*;

    /// The fields of an answer in front of the time, and from which version on it is there.
    fn in_schema(name: &str) -> Option<(Vec<String>, i16)> {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/protocol/schemata");
        let schema = std::fs::read_dir(folder).unwrap().find_map(|entry| {
            let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
            let first = text.lines().next().unwrap_or_default();
            first
                .starts_with("api ")
                .then(|| first.split(' ').nth(2) == Some(name))?
                .then_some(text)
        });
        let schema = schema.unwrap_or_else(|| panic!("{name} has no schema"));
        let mut before = Vec::new();
        for line in schema.lines().skip_while(|line| !line.starts_with("response")).skip(1) {
            let words: Vec<&str> = line.split_whitespace().collect();
            if words[0] == "throttle_time_ms" {
                return Some((before, words[2].trim_end_matches('+').parse().unwrap()));
            }
            before.push(words[1].to_owned());
        }
        None
    }

    #[test]
    fn the_time_is_where_the_messages_have_it() {
        for api in table::APIS.iter().filter(|api| !CHARGED_BY_HANDLER.contains(&api.key)) {
            let name = api.key.info().name;
            let found = in_schema(name);
            for version in api.versions.clone() {
                let expected = found.as_ref().filter(|(_, from)| version >= *from);
                let expected = expected.map(|(before, _)| {
                    assert!(before.iter().all(|kind| kind == "int16"), "{name}: {before:?}");
                    before.len() * size_of::<i16>()
                });
                assert_eq!(place_in_body(api.key, version), expected, "{name} {version}");
            }
        }
    }

    #[test]
    fn the_longer_time_stays() {
        let mut frame = [0, 0, 0, 0, 0, 9];
        write_longer(&mut frame, 2, 7);
        assert_eq!(frame, [0, 0, 0, 0, 0, 9]);
        write_longer(&mut frame, 2, 258);
        assert_eq!(frame, [0, 0, 0, 0, 1, 2]);
        write_longer(&mut frame, 3, 1);
        assert_eq!(frame, [0, 0, 0, 0, 1, 2]);
    }
}
