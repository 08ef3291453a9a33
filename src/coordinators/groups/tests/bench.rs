//! A partition with a clock and a log, driven by requests.

use crate::coordinators::coordinator::*;
use crate::coordinators::groups::*;
use crate::metadata::Image;
use bytes::Bytes;
use std::collections::BTreeMap;
use std::sync::Arc;
use uuid::Uuid;

pub(super) const GROUP: &str = "g";
pub(super) const SESSION_MS: i32 = 10_000;
pub(super) const REBALANCE_MS: i32 = 30_000;
pub(super) const DELAY_MS: u64 = 3_000;

pub(super) struct Bench {
    pub(super) partition: GroupPartition,
    pub(super) now: Now,
    /// What was appended and is durable, in order.
    pub(super) log: Vec<Record>,
    /// What was handed out while `hold` was set.
    pub(super) held: Vec<Append>,
    pub(super) hold: bool,
    pub(super) replies: BTreeMap<RequestToken, Reply>,
    /// What was appended within transactions, and their ends, in order.
    pub(super) transactional: Vec<Content>,
    tokens: u64,
}

impl Bench {
    pub(super) fn new() -> Self {
        Self::with(GroupConfig::default())
    }

    pub(super) fn with(config: GroupConfig) -> Self {
        let mut bench = Bench {
            partition: GroupPartition::new(config),
            now: Now { wall_ms: 1_000_000, steady_ms: 500 },
            log: Vec::new(),
            held: Vec::new(),
            hold: false,
            replies: BTreeMap::new(),
            transactional: Vec::new(),
            tokens: 0,
        };
        let output = bench.partition.loaded(&no_image(), bench.now);
        bench.take(output);
        bench
    }

    /// A partition that has read `log` from its beginning.
    pub(super) fn reloaded(log: &[Record]) -> Self {
        let mut bench = Bench::new();
        bench.partition = GroupPartition::new(GroupConfig::default());
        for record in log {
            bench.partition.replay(&record.key, record.value.as_deref(), None).unwrap();
        }
        let output = bench.partition.loaded(&no_image(), bench.now);
        bench.take(output);
        bench
    }

    pub(super) fn take(&mut self, output: OutputOf<GroupPartition>) {
        for (token, reply) in output.replies {
            let before = self.replies.insert(token, reply);
            assert_eq!(before, None, "{token:?} is answered once");
        }
        for append in output.appends {
            if self.hold {
                self.held.push(append);
            } else {
                self.keep(append.content);
                let output = self.partition.appended(append.ticket, Ok(()), self.now);
                self.take(output);
            }
        }
    }

    fn keep(&mut self, content: Content) {
        match content {
            Content::Records(records) => {
                assert!(!records.is_empty(), "a batch has records");
                self.log.extend(records);
            }
            other => self.transactional.push(other),
        }
    }

    /// The disk has written all that was held.
    pub(super) fn release(&mut self) {
        self.hold = false;
        for append in std::mem::take(&mut self.held) {
            self.keep(append.content);
            let output = self.partition.appended(append.ticket, Ok(()), self.now);
            self.take(output);
        }
    }

    /// The partition refuses the first batch that was held, and so all.
    pub(super) fn refuse(&mut self, failure: AppendFailure) {
        self.hold = false;
        let held = std::mem::take(&mut self.held);
        let output = self.partition.appended(held[0].ticket, Err(failure), self.now);
        self.take(output);
    }

    pub(super) fn ask(&mut self, request: Request) -> RequestToken {
        self.tokens += 1;
        let token = RequestToken(self.tokens);
        let output = self.partition.handle(token, request, self.now);
        self.take(output);
        token
    }

    pub(super) fn reply(&mut self, token: RequestToken) -> Reply {
        self.replies.remove(&token).expect("the request is answered")
    }

    pub(super) fn is_waiting(&self, token: RequestToken) -> bool {
        !self.replies.contains_key(&token)
    }

    pub(super) fn ask_now(&mut self, request: Request) -> Reply {
        let token = self.ask(request);
        self.reply(token)
    }

    /// Lets time pass, with a tick at each deadline on the way.
    pub(super) fn pass(&mut self, ms: u64) {
        let end_ms = self.now.steady_ms + ms;
        while let Some(at_ms) = self.partition.next_deadline().filter(|at_ms| *at_ms <= end_ms) {
            self.jump(at_ms.max(self.now.steady_ms));
            let output = self.partition.tick(self.now);
            self.take(output);
        }
        self.jump(end_ms);
    }

    fn jump(&mut self, steady_ms: u64) {
        self.now.wall_ms += (steady_ms - self.now.steady_ms) as i64;
        self.now.steady_ms = steady_ms;
    }

    pub(super) fn joined(&mut self, token: RequestToken) -> Joined {
        match self.reply(token) {
            Reply::Join(joined) => joined,
            other => panic!("not joined: {other:?}"),
        }
    }

    /// Asks for a member id, as clients of today do.
    pub(super) fn member_id(&mut self, name: &str) -> String {
        match self.ask_now(Request::Join(join(name, ""))) {
            Reply::JoinRefused { error: GroupError::MemberIdRequired, member_id } => member_id,
            other => panic!("no member id: {other:?}"),
        }
    }

    /// A stable group of these clients; the first one leads. Gives their member ids.
    pub(super) fn stable_group(&mut self, names: &[&str]) -> Vec<String> {
        let ids: Vec<String> = names.iter().map(|name| self.member_id(name)).collect();
        let tokens: Vec<_> = names
            .iter()
            .zip(&ids)
            .map(|(name, id)| self.ask(Request::Join(join(name, id))))
            .collect();
        self.pass(2 * DELAY_MS);
        let generation = self.joined(tokens[0]).generation;
        let assignments = ids.iter().map(|id| (id.clone(), Bytes::from(format!("for {id}"))));
        let assignments: Vec<_> = assignments.collect();
        let leading = SyncGroup { assignments, ..sync(&ids[0], generation) };
        let mut tokens = vec![self.ask(Request::Sync(leading))];
        tokens.extend(ids[1..].iter().map(|id| self.ask(Request::Sync(sync(id, generation)))));
        assert!(tokens.into_iter().all(|token| matches!(self.reply(token), Reply::Sync(_))));
        ids
    }

    pub(super) fn describe(&mut self) -> DescribedGroup {
        let request = DescribeGroups { group_ids: vec![GROUP.to_owned()] };
        match self.ask_now(Request::Describe(request)) {
            Reply::Describe(mut groups) => groups.remove(0),
            other => panic!("not described: {other:?}"),
        }
    }

    pub(super) fn state(&mut self) -> &'static str {
        self.describe().state.unwrap_or("Dead")
    }

    pub(super) fn fetch_one(&mut self, topic: &str, partition: i32) -> FetchedPartition {
        let topic = FetchTopic { name: topic.into(), topic_id: None, partitions: vec![partition] };
        let request = FetchOffsets {
            group_id: GROUP.into(),
            topics: Some(vec![topic]),
            require_stable: false,
            claim: Claim::NONE,
        };
        match self.ask_now(Request::Fetch(request)) {
            Reply::Fetch(mut topics) => topics.remove(0).partitions.remove(0).1,
            other => panic!("not fetched: {other:?}"),
        }
    }
}

pub(super) fn no_image() -> Arc<Image> {
    Arc::new(Image::empty("test"))
}

/// A join of client `name`; its uuid is made from the name, so that ids are known beforehand.
pub(super) fn join(name: &str, member_id: &str) -> JoinGroup {
    JoinGroup {
        group_id: GROUP.into(),
        member_id: member_id.into(),
        group_instance_id: None,
        client_id: name.into(),
        client_host: "/127.0.0.1".into(),
        session_timeout_ms: SESSION_MS,
        rebalance_timeout_ms: REBALANCE_MS,
        protocol_type: "consumer".into(),
        protocols: vec![protocol("range")],
        member_id_required: true,
        can_skip_assignment: true,
        fresh_uuid: uuid_of(name),
    }
}

pub(super) fn protocol(name: &str) -> Protocol {
    Protocol { name: name.into(), metadata: subscription(&["t"]) }
}

/// Join metadata of a consumer that subscribes to the topics.
pub(super) fn subscription(topics: &[&str]) -> Bytes {
    let mut bytes = vec![0, 1];
    bytes.extend((topics.len() as i32).to_be_bytes());
    for topic in topics {
        bytes.extend((topic.len() as i16).to_be_bytes());
        bytes.extend(topic.as_bytes());
    }
    bytes.extend((-1i32).to_be_bytes());
    bytes.into()
}

pub(super) fn uuid_of(name: &str) -> Uuid {
    let mut bytes = [0; 16];
    for (to, from) in bytes.iter_mut().zip(name.bytes()) {
        *to = from;
    }
    Uuid::from_bytes(bytes)
}

pub(super) fn sync(member_id: &str, generation: i32) -> SyncGroup {
    SyncGroup {
        group_id: GROUP.into(),
        generation,
        member_id: member_id.into(),
        group_instance_id: None,
        protocol_type: Some("consumer".into()),
        protocol_name: Some("range".into()),
        assignments: Vec::new(),
    }
}

pub(super) fn heartbeat(member_id: &str, generation: i32) -> Heartbeat {
    Heartbeat {
        group_id: GROUP.into(),
        generation,
        member_id: member_id.into(),
        group_instance_id: None,
    }
}

pub(super) fn leave(member_id: &str, instance_id: Option<&str>) -> LeaveGroup {
    let member = LeavingMember {
        member_id: member_id.into(),
        group_instance_id: instance_id.map(Into::into),
    };
    LeaveGroup { group_id: GROUP.into(), members: vec![member] }
}

/// A commit of one offset; generation -1 comes from outside the group.
pub(super) fn commit(member_id: &str, generation: i32, offset: i64) -> CommitOffsets {
    let partition = OffsetToCommit { partition: 0, offset, leader_epoch: Some(3), metadata: None };
    CommitOffsets {
        group_id: GROUP.into(),
        generation,
        member_id: member_id.into(),
        group_instance_id: None,
        retention_ms: None,
        knows_member_epochs: true,
        topics: vec![CommitTopic { name: "t".into(), topic_id: None, partitions: vec![partition] }],
    }
}

pub(super) fn refused(error: GroupError) -> Reply {
    Reply::Refused(error)
}

pub(super) fn join_refused(error: GroupError, member_id: &str) -> Reply {
    Reply::JoinRefused { error, member_id: member_id.into() }
}

/// What a commit of one offset in partition 0 of "t" is answered with.
pub(super) fn committed(result: Result<(), GroupError>) -> Reply {
    Reply::Commit(vec![TopicOutcome {
        name: "t".into(),
        topic_id: None,
        partitions: vec![PartitionOutcome { partition: 0, result }],
    }])
}
