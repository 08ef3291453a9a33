//! What one core may say to another.
//!
//! Promise: closed; each request has one answer. Read next: mod.rs.

use std::rc::Rc;
use std::sync::Arc;

use shards::io::Accepted;

use super::append::{AppendRequest, Outcomes};
use super::read::{ReadAnswers, ReadRequest};
use super::watch::WatchRequest;
use super::{Local, Output};
use crate::broker::Core;
use crate::listeners::ListenerFacts;
use crate::quotas::meters::Charge;

/// Work that is sent to another core.
pub type Task = Box<dyn FnOnce(Rc<Core>) -> Local<Output> + Send>;

/// A request of one core to another, or its answer.
pub enum Message {
    /// Append to partitions of the core. Answer: `Appended`.
    Append(AppendRequest),
    Appended(Outcomes),
    /// Read partitions of the core. Answer: `ReadDone`.
    Read(ReadRequest),
    ReadDone(ReadAnswers),
    /// Say so when partitions of the core grow, by `Output`. Answer: `Done`.
    Watch(WatchRequest),
    /// That is not wanted any more. Answer: `Done`.
    Unwatch {
        number: u64,
    },
    /// Count what a client used. Answer: `Charged`.
    Charge(Charge),
    Charged {
        throttle_ms: u64,
    },
    /// A connection to be served. Answer: `Done`.
    Adopt {
        accepted: Accepted,
        facts: Arc<ListenerFacts>,
    },
    /// Anything else; its output comes by `Output`. Answer: `Done`.
    Task {
        number: u64,
        task: Task,
    },
    /// What was expected under this number. Answer: `Done`.
    Output {
        number: u64,
        output: Output,
    },
    Done,
    /// The core is being stopped.
    Gone,
}
