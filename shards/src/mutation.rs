//! Bugs that a simulation plants, to show that its checkers see them.
//!
//! Without the feature `sim` none can be planted, and the compiler removes the question.

/// One planted bug.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mutation {
    /// The journal's write is not synced.
    JournalUnsynced,
    /// Appends are acknowledged before the journal has them.
    EarlyAcknowledgement,
    /// Readers see what is not durable.
    EarlyHighWatermark,
    /// The journal is let go before the segment is synced.
    SegmentUnsynced,
    /// A new segment's name is not synced.
    SegmentNameUnsynced,
    /// Pages of the journal and the last batches of segments are believed without their checksums.
    TornBytesBelieved,
    /// A replay stops one page early.
    ReplayCutShort,
    /// A replayed segment is not synced before the journal is emptied.
    ReplayUnsynced,
    /// A duplicate of an idempotent producer is appended.
    DuplicateAppended,
    /// Producers are forgotten at a restart.
    ProducersForgotten,
    /// What DeleteRecords has cut comes back.
    LogStartForgotten,
    /// A topic inherits the files of an older one of its name.
    StrayInherited,
    /// A wake of a sleeping core is lost.
    WakeLost,
    /// Who waits for a journal write is not told that it is done.
    WaitersUntold,
    /// An append's offset is told wrong by one.
    OffsetMistold,
    /// A read begins one batch late.
    BatchSkipped,
    /// A moved log is not synced before the old one goes.
    MoveUnsynced,
    /// A group's coordinator does not read the end of its log.
    CommitsForgotten,
    /// A commit is acknowledged before its record is durable.
    EarlyCommit,
    /// A disk that was full is taken to be full for ever.
    FullForEver,
    /// What the full disk did not take is let go of as if it had.
    FullDiskBelieved,
    /// A sync that failed passes for one that did not.
    FailedSyncBelieved,
    /// Memory is freed though no file holds its bytes.
    UnwrittenEvicted,
    /// What a file holds is given out without a look at its checksum.
    DamageServed,
    /// Two members of a group are given the same.
    AssignmentShared,
    /// A connection on which nothing comes any more is kept.
    IdleKept,
    /// A changed configuration is forgotten by a restart.
    ConfigForgotten,
    /// What DeleteRecords has cut is given out still.
    DeletedServed,
    /// A silent member keeps its partitions.
    MemberKept,
    /// A fetch that waits is not told of an append.
    FetchUntold,
    /// The folder of a deleted log stays.
    FolderKept,
    /// Buffers lent to other cores are never counted as given back.
    LoanKept,
    /// A segment's file is closed before what was written to it is synced.
    UnsyncedClosed,
    /// Appends that wait for a device may hold all credits of the mesh.
    AppendsTakeAll,
    /// A turn is never spent, whatever its tasks go through.
    TurnUnbounded,
    /// Readers of committed records see up to the high watermark.
    OpenTransactionServed,
    /// Markers below the high watermark still hold the last stable offset back.
    LastStableStandsStill,
    /// Readers are not told which transactions were aborted.
    AbortedUntold,
    /// A segment's transaction index is not written when it is sealed.
    AbortedForgottenAtRoll,
    /// What a walk at the start finds of aborted transactions is not kept.
    AbortedForgottenByRecovery,
    /// A marker is acknowledged and not appended.
    MarkerDropped,
    /// A snapshot of producers does not say which transactions are open.
    OpenTransactionForgotten,
    /// Retention deletes what readers do not see yet.
    UnseenExpired,
    /// A start keeps the segments that a compaction has replaced.
    ReplacedKept,
    /// Retention believes an index about how old a segment is.
    IndexAgeBelieved,
    /// A compaction drops tombstones at once.
    TombstoneDroppedEarly,
    /// A compaction drops a key's newest value.
    NewestDropped,
    /// A compaction drops the markers of transactions at once.
    MarkerDroppedEarly,
    /// A compaction takes aborted data for data.
    AbortedKept,
    /// A compaction drops a producer's last batch.
    SequenceDropped,
    /// A compacted segment takes its place before it is synced.
    CleanedUnsynced,
    /// A compacted segment keeps the indexes of what it replaced.
    StaleIndexKept,
    /// A replay writes what was compacted since.
    ReplayOverCleaned,
    /// A start does not say in the journal that the pages before its first are not needed. Whole
    /// runs meet it too seldom; a test of the journal plants it.
    MarkLeftOut,
    /// A start sets aside what it finds of deleted topics, for good.
    DeletedSetAside,
    /// The max timestamp of a batch is what its producer says.
    MaxTimestampBelieved,
    /// A member of an older epoch is heard as if it had the current one.
    FencedHeartbeat,
    /// A partition is given to its next owner before the last one gave it up.
    UnreleasedGiven,
    /// A commit from any epoch of a member counts.
    StaleCommit,
}

impl Mutation {
    pub const ALL: &[Mutation] = &[
        Mutation::JournalUnsynced,
        Mutation::EarlyAcknowledgement,
        Mutation::EarlyHighWatermark,
        Mutation::SegmentUnsynced,
        Mutation::SegmentNameUnsynced,
        Mutation::TornBytesBelieved,
        Mutation::ReplayCutShort,
        Mutation::ReplayUnsynced,
        Mutation::DuplicateAppended,
        Mutation::ProducersForgotten,
        Mutation::LogStartForgotten,
        Mutation::StrayInherited,
        Mutation::WakeLost,
        Mutation::WaitersUntold,
        Mutation::OffsetMistold,
        Mutation::BatchSkipped,
        Mutation::MoveUnsynced,
        Mutation::CommitsForgotten,
        Mutation::EarlyCommit,
        Mutation::FullForEver,
        Mutation::FullDiskBelieved,
        Mutation::FailedSyncBelieved,
        Mutation::UnwrittenEvicted,
        Mutation::DamageServed,
        Mutation::AssignmentShared,
        Mutation::IdleKept,
        Mutation::ConfigForgotten,
        Mutation::DeletedServed,
        Mutation::MemberKept,
        Mutation::FetchUntold,
        Mutation::FolderKept,
        Mutation::LoanKept,
        Mutation::OpenTransactionServed,
        Mutation::LastStableStandsStill,
        Mutation::AbortedUntold,
        Mutation::AbortedForgottenAtRoll,
        Mutation::AbortedForgottenByRecovery,
        Mutation::MarkerDropped,
        Mutation::OpenTransactionForgotten,
        Mutation::DeletedSetAside,
        Mutation::MaxTimestampBelieved,
    ];

    /// Of retention and compaction; the tests of a log plant them.
    pub const OF_CLEANUP: &[Mutation] = &[
        Mutation::UnseenExpired,
        Mutation::IndexAgeBelieved,
        Mutation::ReplacedKept,
        Mutation::TombstoneDroppedEarly,
        Mutation::NewestDropped,
        Mutation::MarkerDroppedEarly,
        Mutation::AbortedKept,
        Mutation::SequenceDropped,
        Mutation::CleanedUnsynced,
        Mutation::StaleIndexKept,
        Mutation::ReplayOverCleaned,
    ];

    /// Of what many share; each is found by the test beside what it breaks.
    pub const OF_FAIRNESS: &[Mutation] =
        &[Mutation::UnsyncedClosed, Mutation::AppendsTakeAll, Mutation::TurnUnbounded];

    /// Of groups of the consumer protocol; each is found by the test beside what it breaks.
    pub const OF_GROUPS: &[Mutation] =
        &[Mutation::FencedHeartbeat, Mutation::UnreleasedGiven, Mutation::StaleCommit];

    #[cfg(not(feature = "sim"))]
    #[inline(always)]
    pub fn is_planted(self) -> bool {
        false
    }

    #[cfg(feature = "sim")]
    pub fn is_planted(self) -> bool {
        PLANTED.get() == Some(self)
    }
}

#[cfg(feature = "sim")]
thread_local! {
    static PLANTED: std::cell::Cell<Option<Mutation>> = const { std::cell::Cell::new(None) };
}

/// Plants a bug in all that this thread runs from now on.
#[cfg(feature = "sim")]
pub fn plant(mutation: Option<Mutation>) {
    PLANTED.set(mutation);
}

/// A test passes as it is, and fails once the bug is planted.
#[cfg(feature = "sim")]
pub fn assert_found(planted: Mutation, test: fn()) {
    assert!([Mutation::OF_FAIRNESS, Mutation::OF_GROUPS].concat().contains(&planted));
    crate::io::simulation::start(1);
    test();
    crate::io::simulation::start(1);
    plant(Some(planted));
    let found = std::panic::catch_unwind(test).is_err();
    plant(None);
    assert!(found, "{planted:?} is not found");
}
