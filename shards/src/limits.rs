//! Every bound of the engine, with its reason.
//!
//! A bound that is reached ends in a named error and a metric, never in an abort.

// ---- format, compression ----

/// The largest record batch, header included. Kafka's own bound is that of its 32-bit length; a
/// batch is held in memory whole, so ours is half of that.
pub const BATCH_BYTES_MAX: usize = 1 << 30;

/// What the compressed records of one batch may grow to when the engine has to look inside. Kafka
/// knows no such bound; 128 times its default batch bound of 1 MiB is beyond any real text.
pub const RECORDS_DECOMPRESSED_BYTES_MAX: usize = 128 << 20;

/// Log2 of the largest zstd window accepted, as the reference implementation's default.
pub const ZSTD_WINDOW_LOG_MAX: u32 = 27;

/// Refused records that one answer lists; the rest are only counted.
pub const RECORD_ERRORS_MAX: usize = 1000;

/// Producers that one partition remembers, each with its last batches (some 200 bytes): Kafka has
/// no bound but time. A producer beyond it is refused until others expire.
pub const PRODUCERS_PER_PARTITION_MAX: usize = 1 << 20;

/// Leader epochs that one partition remembers; the oldest are forgotten, as after a truncation
/// from the start. A partition that changed its leader every minute reaches it after two months.
pub const LEADER_EPOCHS_PER_PARTITION_MAX: usize = 100_000;

/// The largest checkpoint or properties file that is read: one line a partition or epoch.
pub const CHECKPOINT_BYTES_MAX: usize = 64 << 20;

const _: () = assert!(BATCH_BYTES_MAX <= i32::MAX as usize);
const _: () = assert!(RECORDS_DECOMPRESSED_BYTES_MAX <= BATCH_BYTES_MAX);

// ---- io: memory, ring, executor, sockets, mesh ----

/// The largest single buffer: a whole request frame of Kafka's `socket.request.max.bytes` (100 MiB)
/// fits several times; anything above is a bug.
pub const BUFFER_BYTES_MAX: usize = 1 << 30;
/// Blocks above this go back to the system at once: they are rare, and one would fill the pool.
pub const BUFFER_POOLED_BLOCK_BYTES_MAX: usize = 16 << 20;
/// What a thread keeps for reuse. Saves page faults (0.1 CPU s/GB) on the receive path.
pub const BUFFER_POOL_BYTES_MAX: usize = 32 << 20;
/// Loans of one core that may be out before it admits no more work that lends.
pub const LOANS_OUTSTANDING_MAX: usize = 64 * 1024;

const _: () = assert!(BUFFER_POOLED_BLOCK_BYTES_MAX <= BUFFER_POOL_BYTES_MAX);

/// Submissions that one system call can carry; more go out with several calls in a turn.
pub const RING_ENTRIES: u32 = 1024;
/// Operations that the kernel works on for one core: a poll for each idle connection, and the rest.
pub const OPERATIONS_IN_FLIGHT_MAX: usize = 1 << 20;
/// Keeps the top bit of a completion's name free for the runtime's own.
pub const OP_GENERATION_MASK: u32 = 0x7fff_ffff;
/// Tasks of one core.
pub const TASKS_MAX: usize = 1 << 22;
/// Polls in one turn before the kernel is heard again: about a tenth of a millisecond of work.
pub const TASKS_PER_TURN_MAX: usize = 512;
/// Bytes that the tasks of one turn check, decompress, copy and send before those that can wait do:
/// some milliseconds of work.
pub const BYTES_PER_TURN_MAX: usize = 16 << 20;
/// Completions taken in one turn before tasks run again.
pub const COMPLETIONS_PER_TURN_MAX: usize = 1024;
/// Slices that one write or send carries (the kernel's IOV_MAX).
pub const PIECES_PER_WRITE_MAX: usize = 1024;
/// How often tasks that are dropped at the end of a core may start new ones.
pub const ENDING_ROUNDS_MAX: usize = 16;
/// How long a core that ends waits for its last operations; a disk that hangs must not hold it.
pub const ENDING_TIME_MAX: std::time::Duration = std::time::Duration::from_secs(5);
/// Connections that wait to be accepted by the broker, in the kernel.
pub const LISTEN_BACKLOG: i32 = 4096;
/// Accepted connections that wait for a core to take them.
pub const ACCEPTED_WAITING_MAX: usize = 4096;
/// How long a listener pauses when the process has no descriptors left.
pub const ACCEPT_PAUSE: std::time::Duration = std::time::Duration::from_millis(50);
/// What one round of sendfile may copy before other tasks get their turn.
pub const SEND_FILE_ROUND_BYTES_MAX: u64 = 1 << 20;
/// What is smaller is sent in a spent turn as well: an answer to a small request waits for nobody.
pub const SEND_SMALL_BYTES: usize = 64 << 10;
/// Files are brought into the page cache in reads of this size,
pub const BRING_IN_BYTES: usize = 1 << 20;
/// and so many of them at a time, on one core: the memory of all readers of old data together.
pub const BRING_INS_AT_ONCE: usize = 64;
/// Small files that one core replaces at a time, and folders that it syncs: each has a descriptor
/// or two meanwhile. A new epoch is such a file of each partition.
pub const SIDE_FILES_AT_ONCE: usize = 64;
/// Entries of one directory that are listed: far above what a log directory can hold.
pub const DIRECTORY_ENTRIES_MAX: usize = 4 << 20;
/// Messages from threads that are no cores, not yet read by their core.
pub const INBOX_MESSAGES_MAX: usize = 4096;
/// Cores of one node.
pub const CORES_MAX: usize = 1024;
/// Requests that one core may have with another; more wait in line. Half of them may be appends:
/// one batch of each of some hundred connections in a turn. Three eighths may be reads.
pub const MESH_CREDITS_MAX: usize = 512;
/// With many cores fewer per pair, so that all rings of a core together stay small.
pub const MESH_CREDITS_PER_CORE: usize = 8192;
pub const MESH_CREDITS_MIN: usize = 64;
/// Loans on their way home from one core to another.
pub const MESH_RELEASES: usize = 1024;

const _: () = assert!(CORES_MAX <= u16::MAX as usize);
const _: () = assert!(MESH_CREDITS_MIN <= MESH_CREDITS_MAX);
// ---- journal ----

/// Appends go to the next page once a page has this many bytes: the largest write whose latency is
/// still that of the device, not of the copy.
pub const JOURNAL_PAGE_BYTES_MAX: usize = 4 << 20;

/// A page's first buffer; an idle broker's page is one block of it.
pub const JOURNAL_BUFFER_BYTES_MIN: usize = 16 << 10;

/// Buffers of a page double up to this.
pub const JOURNAL_BUFFER_BYTES_MAX: usize = 1 << 20;

/// Kept free of admissions, for page heads and padding.
pub const JOURNAL_SLACK_BYTES: u64 = 64 << 10;

/// A new journal's file; it grows by doubling up to `ringlog.journal.bytes`.
pub const JOURNAL_BYTES_INITIAL: u64 = 16 << 20;

/// An append that waits for room so long is worth a line in the log, and another one each
/// `JOURNAL_STUCK_TOLD`.
pub const JOURNAL_STUCK: std::time::Duration = std::time::Duration::from_secs(5);
pub const JOURNAL_STUCK_TOLD: std::time::Duration = std::time::Duration::from_secs(60);

/// A write of the journal that the kernel has no memory for is made again for so long; then its log
/// directory is offline.
pub const JOURNAL_SHORTAGE_MAX: std::time::Duration = std::time::Duration::from_secs(60);

/// With `ringlog.journal.sync=false` a journal is synced so often while something is written: a
/// power cut loses what was acknowledged since. Named in the key's text.
pub const JOURNAL_SYNC_INTERVAL: std::time::Duration = std::time::Duration::from_secs(1);

/// Zeros are written in pieces of this size.
pub const JOURNAL_FILL_BYTES: usize = 1 << 20;

/// Files that a replay syncs at a time, each of which occupies a worker of the kernel.
pub const REPLAY_SYNCS_AT_ONCE: usize = 32;

/// What a replay holds in memory before it writes it, partition by partition.
pub const REPLAY_WINDOW_BYTES: usize = 32 << 20;

/// Recovery looks for pages in pieces of this size.
pub const JOURNAL_SCAN_BYTES: usize = 1 << 20;

// ---- logs ----

/// The chunk an idle partition holds; several may not exceed 16 KiB.
pub const TAIL_CHUNK_BYTES_MIN: usize = 4 << 10;

/// Chunks of a busy partition, written to the segment once full: large enough for direct writes at
/// the device's full speed.
pub const TAIL_CHUNK_BYTES_MAX: usize = 256 << 10;

/// What the chunks that the partitions of a core fill at the same time may come to together: with
/// many partitions each has smaller ones, down to `TAIL_CHUNK_BYTES_SHARED_MIN`.
pub const TAIL_FILLING_BYTES_MAX: usize = 128 << 20;

/// Below this a write costs more CPU for its bytes than receiving them does.
pub const TAIL_CHUNK_BYTES_SHARED_MIN: usize = 16 << 10;

/// Tail memory of a core that is kept whether or not anyone reads: seconds of a busy core's data.
pub const TAIL_KEPT_BYTES_MIN: usize = 256 << 20;

/// One write to a segment at the most.
pub const DESTAGE_BYTES_MAX: usize = 4 << 20;

/// Segments of one partition whose files are not finished: more are begun only where the one before
/// is full, not for their age or their indexes, which could be at each append.
pub const ROLLS_UNFINISHED_MAX: usize = 16;
/// First extents of a segment; later ones double.
pub const SEGMENT_STEP_BYTES_MIN: u64 = 64 << 10;

pub const SEGMENT_STEP_BYTES_MAX: u64 = 64 << 20;

/// Partitions that give up journal pages at a time.
pub const RELIEF_PARTITIONS_MAX: usize = 64;

/// Pause before looking again for pages to free, when none could be.
pub const RELIEF_RETRY: std::time::Duration = std::time::Duration::from_millis(10);

/// Files of segments that a node keeps open, of so many descriptors: a quarter. An eighth is for
/// what is open shortly; connections leave both to the files.
pub const fn segment_files_max(descriptors: u64) -> usize {
    let quarter = descriptors / 4;
    if quarter < SEGMENT_FILES_MAX { quarter as usize } else { SEGMENT_FILES_MAX as usize }
}
/// Those of each busy partition of a large node; opening one again costs some microseconds.
pub const SEGMENT_FILES_MAX: u64 = 32 << 10;

/// Partitions that a node with so many descriptors takes: two for each, and so eight for each file
/// of a segment that stays open. With more of them a file would be opened, synced and closed again
/// for nearly each write.
pub const fn partitions_max(descriptors: u64) -> usize {
    let double = descriptors.saturating_mul(2) as usize;
    if double > PARTITIONS_MAX_LEAST { double } else { PARTITIONS_MAX_LEAST }
}
/// The topics of groups and transactions, and some more.
pub const PARTITIONS_MAX_LEAST: usize = 1000;

/// How long a place among the files that stay open is waited for before one beyond them is taken,
pub const OPEN_FILE_WAIT: std::time::Duration = std::time::Duration::from_millis(500);
/// and how long for any, where those are taken as well: who uses the files may wait for who asks.
pub const OPEN_FILE_PATIENCE: std::time::Duration =
    std::time::Duration::from_secs(if cfg!(test) { 10 } else { 30 });
/// Between two looks for one that is not used any more.
pub const OPEN_FILE_LOOK: std::time::Duration = std::time::Duration::from_millis(5);
/// Open files that are looked at each time that one is to be closed: some microseconds.
pub const OPEN_FILES_LOOKED_AT: usize = 256;

/// Logs that a core closes at the same time when it stops: each has some files open meanwhile.
pub const LOGS_CLOSED_AT_ONCE: usize = 64;

/// Pause before an operation that wanted space on a full disk, or descriptors or memory when there
/// were none, is made again.
pub const SHORTAGE_RETRY: std::time::Duration = std::time::Duration::from_secs(1);

/// A disk that was full takes appends again once so much of it is free, or this part of a small
/// one: what is less is filled within moments, and the directory would be full again.
pub const ROOM_TO_RESUME_BYTES_MAX: u64 = 64 << 20;
pub const ROOM_TO_RESUME_PART: u64 = 32;

/// What must be free of a disk of so many bytes.
pub const fn room_to_resume(total: u64) -> u64 {
    let part = total / ROOM_TO_RESUME_PART;
    if part < ROOM_TO_RESUME_BYTES_MAX { part } else { ROOM_TO_RESUME_BYTES_MAX }
}

/// A disk that was full refuses appends so long at the least: where a quota or inodes are short,
/// free bytes do not tell when it has room.
pub const FULL_TIME_MIN: std::time::Duration = std::time::Duration::from_secs(5);

/// What each core keeps of a log directory's disk for the small files that free space, and what it
/// gives up of that at a time.
pub const RESERVE_BYTES: u64 = 2 << 20;
pub const RESERVE_PIECE_BYTES: u64 = 128 << 10;

/// Heads of batches are looked for in reads of this size.
pub const READ_SCAN_BYTES: usize = 16 << 10;

/// Parts of a segment known to be sound, apart from each other: readers that begin at so many
/// different places make some of them checked twice.
pub const VERIFIED_RANGES_MAX: usize = 64;

/// Checks of what is read go on in pieces of this size (or a batch), of which a log directory has
/// so many in memory at a time, on one core.
pub const CHECK_BYTES: usize = 1 << 20;
pub const CHECKS_AT_ONCE: usize = 16;

/// Walks of whole segments read in pieces of this size.
pub const SCAN_BYTES: usize = 1 << 20;

/// Bytes looked through at a time for a timestamp.
pub const LOOKUP_BYTES: usize = 1 << 20;

/// An index file at the most: `segment.index.bytes` of 10 MiB, with room for larger settings.
pub const INDEX_BYTES_MAX: usize = 256 << 20;

/// Beyond this a segment's transaction index is full, and the next segment begins: half a million
/// aborted transactions.
pub const TRANSACTION_INDEX_BYTES_MAX: usize = 16 << 20;

/// A producer snapshot at the most.
pub const SNAPSHOT_BYTES_MAX: usize = 256 << 20;

/// A partition.metadata file at the most.
pub const IDENTITY_BYTES_MAX: usize = 4096;

/// A log on its way to another directory is copied in pieces of this size: the memory of one move.
pub const MOVE_PIECE_BYTES: usize = 1 << 20;

/// What a move writes before it syncs, so that no sync of the last step is long.
pub const MOVE_UNSYNCED_BYTES_MAX: u64 = 8 << 20;

/// Moves of a core that copy at the same time; more wait in line.
pub const MOVES_AT_ONCE: usize = 2;

/// A compaction reads in pieces of this size, between which others have their turn: less than
/// a millisecond of work, but where much is decompressed.
pub const COMPACTION_PIECE_BYTES: usize = 256 << 10;

/// A compaction that is throttled looks up after so long.
pub const COMPACTION_PAUSE_MAX: std::time::Duration = std::time::Duration::from_secs(60);

/// What file systems allow.
pub const FILE_NAME_BYTES_MAX: usize = 255;

const _: () = assert!(TAIL_CHUNK_BYTES_MAX <= DESTAGE_BYTES_MAX);
const _: () = assert!(TRANSACTION_INDEX_BYTES_MAX < INDEX_BYTES_MAX);
const _: () = assert!(TAIL_CHUNK_BYTES_MIN <= TAIL_CHUNK_BYTES_SHARED_MIN);
const _: () = assert!(TAIL_CHUNK_BYTES_SHARED_MIN <= TAIL_CHUNK_BYTES_MAX);
const _: () = assert!((JOURNAL_PAGE_BYTES_MAX as u64) < JOURNAL_BYTES_INITIAL / 2);

// ---- flight recorder ----

/// What a core remembers of what it did last: a few turns under load, 6 KiB.
pub const FLIGHT_EVENTS: usize = 256;

// ---- placement ----

/// The placement file of a node: room for two million partitions.
pub const PLACEMENT_BYTES_MAX: usize = 64 << 20;
