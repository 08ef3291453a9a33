//! Fetch (key 1), versions 4-18.
//!
//! Reads records from partitions, at once if there are enough, else when there are or the time is
//! over. Records go out from where they are: tail memory, or the page cache.
//! Versions: 5 log start offset · 7 sessions · 9 leader epoch · 11 rack · 12 last fetched epoch ·
//! 13 topic ids · 15 replica state · 16 endpoints.   Skipped: rack-aware reads. A follower, which
//! has a replica id, is sent what is not committed yet; what it asks for says what it has.
//! Runs on the connection's core; one hop to each core that owns some of the partitions, and one
//! more for each round of waiting. A waiting fetch costs no CPU.   Read next: fetch/session.rs.

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use shards::clock::{self, Instant};
use shards::entropy;
use shards::io::Slice;
use shards::units::{LeaderEpoch, NodeId, Offset, PartitionId, ShardId};
use uuid::Uuid;

use super::{Api, Context, Pending, Refusal, Response};
use crate::broker::Core;
use crate::limits;
use crate::metadata::Image;
use crate::protocol::fetch::{FetchRequest, TOPIC_IDS_FROM, VERSIONS};
use crate::protocol::produce::TopicReference;
use crate::protocol::{ApiKey, ErrorCode, Reader};
use crate::refusals::errors::Failure;
use crate::refusals::topics;
use crate::routing::read::{Answers, Follower, Isolation, PartitionRead, ReadRequest, read_on};
use crate::routing::segment::Segment;
use crate::routing::watch::{Seen, growth_on};
use crate::routing::{Local, together};

mod assemble;
mod session;
mod trim;

use session::{Begun, Claim, Key, PartitionFetch, SessionError, TopicKey};
pub use session::{Home, Sessions};
use trim::Read;

pub const API: Api = Api { key: ApiKey::Fetch, versions: VERSIONS, handle };

fn handle(context: Context, body: Slice) -> Pending {
    Box::pin(async move {
        let image = context.broker.image();
        let ask = Ask::decode(&context, &image, &body)?;
        drop(body);
        run(&context, &image, ask).await
    })
}

/// What the client asks for, without borrowing from its frame.
struct Ask {
    claim: Claim,
    partitions: Vec<(Key, PartitionFetch)>,
    forgotten: Vec<Key>,
    isolation: Isolation,
    bytes_max: usize,
    bytes_min: usize,
    deadline: Instant,
    follower: Option<Follower>,
}

impl Ask {
    fn decode(context: &Context, image: &Image, body: &Slice) -> Result<Ask, Refusal> {
        let request = FetchRequest::decode(&mut Reader::new(body), context.version())?;
        let mut partitions = Vec::new();
        for topic in &request.topics {
            let key = topic_key(image, topic.topic.reference());
            partitions.extend(topic.partitions.iter().map(|partition| {
                let wanted = PartitionFetch {
                    fetch_offset: partition.fetch_offset,
                    bytes_max: partition.max_bytes,
                    leader_epoch: partition.current_leader_epoch,
                    last_fetched_epoch: partition.last_fetched_epoch,
                    log_start: partition.log_start_offset,
                };
                (Key { topic: key.clone(), index: partition.index }, wanted)
            }));
        }
        let mut forgotten = Vec::new();
        for topic in &request.forgotten_topics {
            let key = topic_key(image, topic.topic.reference());
            let keys =
                topic.partitions.iter().map(|index| Key { topic: key.clone(), index: *index });
            forgotten.extend(keys);
        }
        let response_bytes_max = context.broker.config.fetch.response_bytes_max as usize;
        let bytes_max = usize::try_from(request.max_bytes).unwrap_or(0);
        let bytes_max = bytes_max.min(response_bytes_max).min(limits::FETCH_BYTES_MAX);
        let follower = (request.replica_id >= 0).then(|| Follower {
            node: NodeId(request.replica_id),
            broker_epoch: (request.replica_epoch >= 0).then_some(request.replica_epoch),
        });
        // Quotas are for clients.
        let bytes_max = match follower {
            None => bytes_max.min(context.fetch_bytes_max()),
            Some(_) => bytes_max,
        };
        let wait_ms = u64::try_from(request.max_wait_ms).unwrap_or(0);
        let wait = Duration::from_millis(wait_ms).min(limits::FETCH_WAIT);
        Ok(Ask {
            claim: Claim {
                id: request.session_id,
                epoch: request.session_epoch,
                uses_topic_ids: context.version() >= TOPIC_IDS_FROM,
            },
            partitions,
            forgotten,
            isolation: match (follower, request.isolation_level) {
                (Some(_), _) => Isolation::Replica,
                (None, 1) => Isolation::ReadCommitted,
                (None, _) => Isolation::ReadUncommitted,
            },
            bytes_max,
            bytes_min: usize::try_from(request.min_bytes).unwrap_or(0).min(bytes_max),
            deadline: clock::now() + wait,
            follower,
        })
    }
}

fn topic_key(image: &Image, reference: TopicReference<'_>) -> TopicKey {
    match reference {
        TopicReference::Id(id) => TopicKey::Id(id),
        // The image's own copy of the name where it has one.
        TopicReference::Name(name) => TopicKey::Name(
            image.topics.by_name(name).map_or_else(|| Arc::from(name), |topic| topic.name.clone()),
        ),
    }
}

async fn run(context: &Context, image: &Image, ask: Ask) -> Result<Response, Refusal> {
    let broker = &context.broker;
    let begun = match begin(broker, ask.claim, ask.partitions, ask.forgotten).await {
        Ok(begun) => begun,
        Err(error) => return assemble::session_error(context, error),
    };
    let plan = Plan::new(broker, image, &begun);
    let rules = Rules {
        isolation: ask.isolation,
        bytes_max: ask.bytes_max,
        bytes_min: ask.bytes_min,
        deadline: ask.deadline,
        follower: ask.follower,
    };
    let reads = plan.read(broker, &rules).await;
    let bytes = || reads.iter().flatten().flatten().map(|given| given.bytes).sum();
    let throttle_ms = match ask.follower {
        None => context.charge_fetch(bytes).await,
        Some(_) => 0,
    };
    if throttle_ms > 0 {
        let passed = with_session(broker, &begun, |sessions, begun, _| sessions.pass_over(begun));
        return match passed.await {
            Ok(session_id) => assemble::throttled(context, session_id, throttle_ms),
            Err(error) => assemble::session_error(context, error),
        };
    }
    let seen: Vec<session::Seen> = reads.iter().map(assemble::seen).collect();
    let finished = with_session(broker, &begun, move |sessions, begun, image| {
        let name_of = |id: &Uuid| name_of(image, id);
        sessions.finish(begun, &seen, &name_of, clock::wall_ms(), entropy::u64)
    });
    match finished.await {
        Ok(finished) => assemble::response(context, image, &begun, reads, &finished, ask.isolation),
        Err(error) => assemble::session_error(context, error),
    }
}

/// Begins the fetch on the core that has the session, if it names one.
async fn begin(
    broker: &Rc<Core>,
    claim: Claim,
    wanted: Vec<(Key, PartitionFetch)>,
    forgotten: Vec<Key>,
) -> Result<Begun, SessionError> {
    let home = broker.fetch_sessions.borrow().home_of(claim.id);
    if home == broker.shard {
        let image = broker.image();
        let name_of = |id: &Uuid| name_of(&image, id);
        let mut sessions = broker.fetch_sessions.borrow_mut();
        return sessions.begin(claim, wanted, &forgotten, &name_of, clock::wall_ms());
    }
    let begin = move |on: Rc<Core>| -> Local<Result<Begun, SessionError>> {
        Box::pin(async move {
            let image = on.image();
            let name_of = |id: &Uuid| name_of(&image, id);
            let mut sessions = on.fetch_sessions.borrow_mut();
            sessions.begin(claim, wanted, &forgotten, &name_of, clock::wall_ms())
        })
    };
    broker.run_on(home, begin).await
}

/// Does something with the sessions of the core that has the one of `begun`; a new one is this
/// core's.
async fn with_session<T: Send + 'static>(
    broker: &Rc<Core>,
    begun: &Begun,
    work: impl FnOnce(&mut Sessions, &Begun, &Image) -> T + Send + 'static,
) -> T {
    let home = match begun.session() {
        Some(id) => broker.fetch_sessions.borrow().home_of(id),
        None => broker.shard,
    };
    if home == broker.shard {
        return work(&mut broker.fetch_sessions.borrow_mut(), begun, &broker.image());
    }
    let begun = begun.clone();
    let work = move |on: Rc<Core>| -> Local<T> {
        Box::pin(async move { work(&mut on.fetch_sessions.borrow_mut(), &begun, &on.image()) })
    };
    broker.run_on(home, work).await
}

fn name_of(image: &Image, id: &Uuid) -> Option<Arc<str>> {
    image.topics.by_id(*id).map(|topic| topic.name.clone())
}

/// How much to wait for and to give.
struct Rules {
    isolation: Isolation,
    bytes_max: usize,
    bytes_min: usize,
    deadline: Instant,
    follower: Option<Follower>,
}

/// Who is to be asked for what.
struct Plan {
    /// One for each partition: refused at once, or where its answer will be.
    fates: Vec<Result<(), Failure>>,
    groups: Vec<Group>,
}

/// The partitions of one core, and their places in the answer.
struct Group {
    owner: ShardId,
    partitions: Vec<PartitionRead>,
    slots: Vec<usize>,
}

impl Plan {
    fn new(broker: &Core, image: &Image, begun: &Begun) -> Plan {
        let mut plan =
            Plan { fates: Vec::with_capacity(begun.partitions.len()), groups: Vec::new() };
        for (slot, (key, wanted)) in begun.partitions.iter().enumerate() {
            match place(broker, image, begun, key) {
                Ok(place) => {
                    let group = plan.group(place.owner);
                    group.partitions.push(partition_read(place.partition, wanted));
                    group.slots.push(slot);
                    plan.fates.push(Ok(()));
                }
                Err(code) => plan.fates.push(Err(Failure::plain(code))),
            }
        }
        plan
    }

    fn group(&mut self, owner: ShardId) -> &mut Group {
        let known = self.groups.iter().position(|group| group.owner == owner);
        let index = known.unwrap_or_else(|| {
            self.groups.push(Group { owner, partitions: Vec::new(), slots: Vec::new() });
            self.groups.len() - 1
        });
        &mut self.groups[index]
    }

    /// Reads until there is enough, a partition fails, or the time is over.
    async fn read(&self, broker: &Rc<Core>, rules: &Rules) -> Vec<Read> {
        let mut rounds = 0;
        let mut follower = rules.follower;
        loop {
            // What a follower says that it has is taken in once.
            let answers = self.read_once(broker, rules, follower.take()).await;
            let bytes = self.bytes_ready(&answers);
            let urgent = answers.iter().flatten().any(|answer| match answer {
                Ok(given) => given.diverging.is_some(),
                Err(_) => true,
            });
            let over = clock::now() >= rules.deadline;
            if self.groups.is_empty() || urgent || over || bytes >= rules.bytes_min {
                return self.collect(answers, rules);
            }
            let seen = self.seen(&answers, rules.isolation);
            // What is lent goes back while we wait.
            drop(answers);
            self.wait(broker, seen, rules).await;
            rounds += 1;
            if rounds > 1 {
                let pause = limits::FETCH_LOOK_PAUSE.min(rules.deadline.since(clock::now()));
                clock::sleep(pause).await;
            }
        }
    }

    /// Bytes that a reader need not wait for. What the limit of its partition cut counts as full,
    /// as in Kafka's DelayedFetch: waiting would not bring more of it.
    fn bytes_ready(&self, answers: &[Answers<Segment>]) -> usize {
        let groups = self.groups.iter().zip(answers);
        let reads = groups.flat_map(|(group, answers)| group.partitions.iter().zip(answers));
        let ready = reads.filter_map(|(wanted, answer)| {
            let given = answer.as_ref().ok()?;
            Some(if given.is_cut { given.bytes.max(wanted.bytes_max) } else { given.bytes })
        });
        ready.sum()
    }

    async fn read_once(
        &self,
        broker: &Rc<Core>,
        rules: &Rules,
        follower: Option<Follower>,
    ) -> Vec<Answers<Segment>> {
        let mut work: Vec<Local<_>> = Vec::with_capacity(self.groups.len());
        for (group, bytes_max) in self.groups.iter().zip(self.shares(rules.bytes_max)) {
            let request = ReadRequest {
                partitions: group.partitions.clone(),
                bytes_max,
                isolation: rules.isolation,
                follower,
            };
            let (broker, owner) = (broker.clone(), group.owner);
            work.push(Box::pin(async move { read_on(&broker, owner, request).await }));
        }
        together(work).await
    }

    /// What each core may give: as much as its partitions may, in proportion where that is too much
    /// together. Else each core would read up to all of it, and most of that would be thrown away.
    fn shares(&self, bytes_max: usize) -> Vec<usize> {
        let wanted = |group: &Group| {
            let each = group.partitions.iter().map(|partition| partition.bytes_max);
            each.fold(0, usize::saturating_add).min(bytes_max)
        };
        let wanted: Vec<usize> = self.groups.iter().map(wanted).collect();
        let all: usize = wanted.iter().sum();
        if all <= bytes_max {
            return wanted;
        }
        let part = |one: &usize| (*one as u64 * bytes_max as u64 / all as u64) as usize;
        wanted.iter().map(part).collect()
    }

    /// The answers in the order of the partitions, within the budget.
    fn collect(&self, answers: Vec<Answers<Segment>>, rules: &Rules) -> Vec<Read> {
        let mut reads: Vec<Read> =
            self.fates.iter().map(|fate| fate.clone().err().map_or(Ok(None), Err)).collect();
        for (group, answers) in self.groups.iter().zip(answers) {
            for (slot, answer) in group.slots.iter().zip(answers) {
                reads[*slot] = answer.map(Some);
            }
        }
        trim::within(&mut reads, rules.bytes_max);
        reads
    }

    /// Up to where each core's partitions were seen.
    fn seen(
        &self,
        answers: &[Answers<Segment>],
        isolation: Isolation,
    ) -> Vec<(ShardId, Vec<Seen>)> {
        let groups = self.groups.iter().zip(answers);
        groups
            .map(|(group, answers)| {
                let pairs = group.partitions.iter().zip(answers);
                let seen = pairs.filter_map(|(read, answer)| {
                    let given = answer.as_ref().ok()?;
                    let end = match isolation {
                        Isolation::ReadUncommitted => given.high_watermark,
                        Isolation::ReadCommitted => given.last_stable,
                        Isolation::Replica => given.log_end,
                    };
                    Some(Seen { partition: read.partition, end })
                });
                (group.owner, seen.collect())
            })
            .collect()
    }

    async fn wait(&self, broker: &Rc<Core>, seen: Vec<(ShardId, Vec<Seen>)>, rules: &Rules) {
        let isolation = rules.isolation;
        let mut watches: Vec<Local<()>> = Vec::with_capacity(seen.len());
        for (owner, seen) in seen {
            watches.push(Box::pin(growth_on(broker.clone(), owner, seen, isolation)));
        }
        let any_grows = std::future::poll_fn(|context| {
            let grown = watches.iter_mut().any(|watch| watch.as_mut().poll(context).is_ready());
            if grown { std::task::Poll::Ready(()) } else { std::task::Poll::Pending }
        });
        // Out of time: the caller looks at the clock itself.
        let _ = clock::timeout(rules.deadline.since(clock::now()), any_grows).await;
    }
}

fn place(
    broker: &Core,
    image: &Image,
    begun: &Begun,
    key: &Key,
) -> Result<topics::LocalPartition, ErrorCode> {
    let found = match &key.topic {
        TopicKey::Id(id) => topics::find(image, TopicReference::Id(*id))
            .map_err(|code| begun.name_of(id).map_or(code, |name| lost(image, name))),
        TopicKey::Name(name) => topics::find(image, TopicReference::Name(name)),
    };
    topics::local(broker, found?, key.index)
}

/// Why a topic that was there is not there any more, under the id that it had.
fn lost(image: &Image, name: &str) -> ErrorCode {
    match image.topics.by_name(name) {
        Some(_another) => ErrorCode::InconsistentTopicId,
        None => ErrorCode::UnknownTopicOrPartition,
    }
}

fn partition_read(partition: PartitionId, wanted: &PartitionFetch) -> PartitionRead {
    let epoch = |epoch: i32| (epoch >= 0).then_some(LeaderEpoch(epoch));
    PartitionRead {
        partition,
        offset: Offset(wanted.fetch_offset),
        bytes_max: usize::try_from(wanted.bytes_max).unwrap_or(0),
        leader_epoch: epoch(wanted.leader_epoch),
        last_fetched_epoch: epoch(wanted.last_fetched_epoch),
        log_start: Offset(wanted.log_start),
    }
}
