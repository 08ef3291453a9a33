//! Bounds of the group coordinator. One of numbers, when reached, is answered with
//! `GroupError::LimitReached`.

/// Groups in one `__consumer_offsets` partition. Kafka has no bound; a peer could create groups
/// without end.
pub const GROUPS_MAX: usize = 200_000;
/// Committed offsets in one `__consumer_offsets` partition.
pub const OFFSETS_MAX: usize = 5_000_000;
/// Members of one group that were given an id and have not joined with it yet.
pub const PENDING_JOIN_MAX: usize = 10_000;
/// What members of groups hold on one core, so that a new one is let in: some 100,000 members with
/// 2 KB each. Numbers alone bound nothing, as each may bring megabytes.
pub const MEMBER_BYTES_MAX: usize = if cfg!(test) { 1 << 20 } else { 256 << 20 };
/// Appends that were handed out and not yet reported.
pub const APPENDS_MAX: usize = 100_000;
/// Records in one batch of tombstones, so that a batch stays far below `max.message.bytes`.
pub const TOMBSTONES_PER_APPEND: usize = 1_000;
/// What of a client's or an instance's name goes into a member id: with 37 bytes more it is a
/// string of the protocol.
pub const MEMBER_NAME_BYTES_MAX: usize = 32_000;
/// Between two looks at a group whose members are all absent, which only a new member or the end
/// of a session helps.
pub const ABSENT_WAIT_MS_MIN: u64 = 1_000;
/// The least time that a phase of a rebalance is given, whatever the members ask for: a group whose
/// absent members allow none would be looked at without end.
pub const REBALANCE_TIMEOUT_MS_MIN: u64 = 10;
/// Bytes of a pattern that a member subscribes to.
pub const REGEX_PATTERN_BYTES_MAX: usize = 4_096;
/// What a subscribed pattern may take once it is compiled.
pub const REGEX_BYTES_MAX: usize = 1 << 20;
/// Names that are held against a pattern before others get their turn: some milliseconds.
pub const MATCHES_PER_TICK: usize = 2_000;

const _: () = assert!(TOMBSTONES_PER_APPEND < OFFSETS_MAX);
const _: () = assert!(PENDING_JOIN_MAX <= GROUPS_MAX);
