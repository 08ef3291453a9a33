//! Bugs that the tests plant, to show that their checkers see them.
//!
//! Outside of this crate's own tests none can be planted, and the compiler removes the question.

/// One planted bug.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Mutation {
    /// A vote is given and not stored.
    VoteNotStored,
    /// A vote is given whatever the candidate's log.
    VoteToStaleLog,
    /// The lead is taken before it is stored.
    LeadNotStored,
    /// The high watermark moves by records of former epochs alone.
    HighWatermarkOfOldEpoch,
    /// A follower fetches on before its records are synced.
    AcknowledgedBeforeSync,
    /// A leader counts what it has not synced itself.
    LeaderCountsUnsynced,
    /// A follower of a new leader cuts its log to the high watermark.
    TruncatedToHighWatermark,
    /// A follower ignores that its log has diverged.
    DivergenceIgnored,
    /// A snapshot may hold what is not committed.
    SnapshotOfUncommitted,
    /// A voter change begins before the one before is committed.
    TwoVoterChanges,
    /// A pre-vote is granted though the leader is alive.
    PreVoteAlwaysGranted,
    /// A leader stays though no majority fetches from it.
    NoCheckQuorum,
    /// A fetch of an offset that the log does not have is answered as if it had.
    FetchBeyondLog,
    /// A leader that restarts votes in the epoch that it led.
    ResignedForgotten,
    /// An answer to an earlier fetch is used.
    LateAnswerUsed,
    /// The directory of a fetching replica is not looked at.
    DirectoryIgnored,
    /// A leader that is no voter any more stays.
    RemovedLeaderStays,
    /// A leader is announced before it has committed anything of its epoch.
    AnnouncedEarly,
}

/// Whether `bug` is planted in a machine with this configuration.
#[cfg(test)]
pub(crate) fn is_planted(config: &crate::config::Config, bug: Mutation) -> bool {
    config.planted == Some(bug)
}

/// Whether `bug` is planted: never.
#[cfg(not(test))]
pub(crate) fn is_planted(_config: &crate::config::Config, _bug: Mutation) -> bool {
    false
}
