//! That the checkers have teeth: each planted bug is found within its number of harsh seeds.
//!
//! Minutes, so these tests are run by name: `cargo test --profile sim --features sim --test
//! simulation -- --ignored`.

use ringlog::simulation::{Mutation, Options, run_apart};

/// Harsh seeds that pass without a planted bug; a bug is planted in as many at the most.
const SEEDS_MAX: u64 = 300;

/// A test for each bug, and the list of them.
macro_rules! planted {
    ($($test:ident: $mutation:ident within $seeds:literal,)*) => {
        const LISTED: &[Mutation] = &[$(Mutation::$mutation),*];

        $(
            #[test]
            #[ignore = "takes a while; see above"]
            fn $test() {
                is_found(Mutation::$mutation, $seeds);
            }
        )*
    };
}

planted! {
    a_journal_that_does_not_sync: JournalUnsynced within 30,
    an_acknowledgement_before_the_write: EarlyAcknowledgement within 30,
    a_high_watermark_before_the_write: EarlyHighWatermark within 30,
    a_segment_not_synced_before_the_journal_forgets: SegmentUnsynced within 30,
    a_segment_whose_name_is_not_synced: SegmentNameUnsynced within 30,
    torn_bytes_that_are_believed: TornBytesBelieved within 300,
    a_replay_that_leaves_out_the_last_page: ReplayCutShort within 30,
    a_replay_that_does_not_sync: ReplayUnsynced within 30,
    a_batch_sent_again_that_is_appended_again: DuplicateAppended within 30,
    producers_forgotten_by_a_restart: ProducersForgotten within 100,
    a_log_start_forgotten_by_a_restart: LogStartForgotten within 30,
    files_of_an_older_topic_of_the_name: StrayInherited within 30,
    a_wake_that_is_lost: WakeLost within 30,
    waiters_that_are_not_told: WaitersUntold within 30,
    an_offset_told_wrong: OffsetMistold within 30,
    a_read_that_skips_a_batch: BatchSkipped within 30,
    a_moved_log_that_is_not_synced: MoveUnsynced within 30,
    commits_that_a_restart_forgets: CommitsForgotten within 30,
    a_commit_acknowledged_before_the_write: EarlyCommit within 100,
    a_disk_that_stays_full: FullForEver within 100,
    a_full_disk_that_is_not_noticed: FullDiskBelieved within 100,
    a_failed_sync_that_is_believed: FailedSyncBelieved within 300,
    memory_freed_before_its_bytes_are_on_file: UnwrittenEvicted within 30,
    damaged_bytes_that_are_given_out: DamageServed within 100,
    an_assignment_given_twice: AssignmentShared within 30,
    a_connection_to_nobody_that_is_kept: IdleKept within 30,
    a_configuration_forgotten_by_a_restart: ConfigForgotten within 30,
    deleted_records_that_are_given_out: DeletedServed within 30,
    a_silent_member_that_keeps_its_part: MemberKept within 30,
    a_fetch_that_is_not_told: FetchUntold within 30,
    a_folder_of_a_deleted_topic_that_stays: FolderKept within 100,
    a_loan_that_is_not_given_back: LoanKept within 100,
    an_open_transaction_that_is_served: OpenTransactionServed within 30,
    a_last_stable_offset_that_stands_still: LastStableStandsStill within 30,
    aborted_transactions_that_readers_are_not_told_of: AbortedUntold within 30,
    aborted_transactions_forgotten_at_a_roll: AbortedForgottenAtRoll within 30,
    aborted_transactions_forgotten_by_a_recovery: AbortedForgottenByRecovery within 30,
    a_marker_that_is_dropped: MarkerDropped within 30,
    an_open_transaction_that_a_snapshot_forgets: OpenTransactionForgotten within 30,
    folders_of_deleted_topics_that_are_set_aside: DeletedSetAside within 100,
    a_max_timestamp_that_is_believed: MaxTimestampBelieved within 30,
}

fn is_found(mutation: Mutation, seeds: u64) {
    assert!(seeds <= SEEDS_MAX);
    let fails = |seed: u64| run_apart(Options::harsh(seed), false, Some(mutation)).is_err();
    let found = (1..=seeds).find(|seed| fails(*seed));
    println!("{mutation:?}: found with seed {found:?} of {seeds}");
    assert!(found.is_some(), "{mutation:?} is not found within {seeds} seeds");
}

#[test]
fn every_mutation_has_its_test() {
    assert_eq!(LISTED, Mutation::ALL);
}

#[test]
#[ignore = "takes a while; see above"]
fn without_a_planted_bug_the_harsh_seeds_pass() {
    let failures = super::failures(1..=SEEDS_MAX, Options::harsh);
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
