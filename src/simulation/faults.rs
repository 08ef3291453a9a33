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
//! - **Pause** of the node, to 20 s. Survives: everything; each request is answered afterwards.
//! - **A clock that jumps**: the wall clock, 10 minutes forward or back. Survives: everything; the
//!   times of records are those of the clock.
//! - **Short transfers**: writes at a page, receives and sends anywhere. Survives: everything.
//! - **A lost wake**: one in 16 wakes of a core, which the waker is told. Survives: everything.
//!
//! Never happens: a synced page changes; a completion lies. (Changed bits: tests/flips.)
//!
//! After the faults the world is calm, and all of it has to go on: the node starts, every request
//! is answered, every partition takes a record and gives all that it holds, and the node stops.
