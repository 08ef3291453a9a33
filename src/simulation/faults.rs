//! The fault model: what may happen, to what, and which promise survives it.
//!
//! - **Power cut**: each page that was written and not synced is kept, lost or torn at 512 bytes,
//!   by itself; names whose directory was not synced are lost from some point on.
//!   Survives: all that was acknowledged, and all that was read.
//! - **Kill**, at any completion: writes on their way happen, or not, or their first part.
//!   Survives: the same.
//! - **Stop** while asked for things. Survives: the same; each request is answered or its
//!   connection closed, and while nobody stops the node it closes none.
//! - **Another number of cores** at a restart. Survives: everything.
//! - **Order**: of a core's completions, of the turns of cores, of bytes on different connections.
//!   Survives: everything.
//! - **Delay** of every operation: files to 4 ms, bytes on their way to 50 ms, as the seed says;
//!   Survives: everything.
//! - **Cut connections**: any of them, with requests on their way. Survives: everything; what was
//!   not answered may have happened or not, and idempotent producers ask again.
//! - **An outage** of the network, to 8 s: nothing comes through and nobody connects, or what goes
//!   one way of some connections does not; it waits, and arrives afterwards. Survives: everything;
//!   a member of a group may be taken for gone.
//! - **Half-open connections**: the machine of a client is gone without a word, with requests and
//!   answers on their way. Survives: everything; the node closes them once they are idle
//!   (`connections.max.idle.ms`), or do not take an answer in time.
//! - **Pause** of the node, to 20 s. Survives: everything; each request is answered afterwards.
//! - **A clock that jumps**: the wall clock, 10 minutes forward or back. Survives: everything; the
//!   times of records are those of the clock.
//! - **A clock that drifts**: the node's clocks, the steady one and the wall clock, run up to a
//!   tenth fast or slow against those of its clients. Survives: everything, and each wait of the
//!   node ends at its time by its own clock, so that no patience may depend on a tenth.
//! - **Short transfers**: writes and reads at a page, receives and sends anywhere. Survives:
//!   everything.
//! - **A lost wake**: one in 16 wakes of a core, which the waker is told. Survives: everything.
//! - **A full disk**, up to 15 s: writes that need new room, and new names, fail; what has its room
//!   is written. Survives: the same as a power cut. Appends and changes of topics are refused or
//!   wait; a node that starts or stops may fail, which loses nothing; all goes on by itself, or
//!   with the next start, at most 30 s after there is room.
//! - **Errors** of reads, writes and syncs, or of syncs alone, for up to 5 s, before an end of the
//!   node, which after syncs alone is mostly a power cut: what was to be written happens, or not,
//!   or in part; what a failed sync was about passes for synced and is lost with the next power
//!   cut, or not; so are names, but the next sync of their directory may save them. Survives: all
//!   that was acknowledged. The log directory refuses from the first failed write on, until the
//!   node is started again; a node that has lost the one that it needs ends.
//! - **Little memory** for the data, from 1 MiB on. Survives: everything.
//! - **Damage** of one block of a stopped node's files: a bit flips, or another block stands there.
//!   A single node has nothing to restore it from. Survives: nothing wrong is ever given out; the
//!   node refuses to start and names the file, or refuses records of that file's partition alone.
//!   It may hit what checksums cover, or what is checked against such (segments, indexes,
//!   snapshots, journals), after a stop in order. It may not hit Kafka's text files, which have no
//!   checksums: a changed digit in them is believed. Nor is it the same block of another file of
//!   the form: Kafka's batches do not say of which log they are. Nor does it come with a crash: the
//!   end of what was being written, if damaged, cannot be told from what was torn.
//!
//! Never happens: a synced page changes while the node runs; a completion lies.
//!
//! After the faults the world is calm, and all of it has to go on: the node starts, every request
//! is answered, every partition takes a record and gives all that it holds, and the node stops.
