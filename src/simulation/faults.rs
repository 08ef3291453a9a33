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
//! - **Delay** of every operation: files to 0.2 ms, sockets to 0.2 ms. Survives: everything.
//! - **Short transfers**: writes at a page, receives and sends anywhere. Survives: everything.
//! - **A lost wake**: one in 16 wakes of a core, which the waker is told. Survives: everything.
//!
//! Never happens: a synced page changes; a completion lies.
