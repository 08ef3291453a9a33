//! What all tasks of the workload share: options, dice, model, the node's state, and the verdict.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::path::PathBuf;
use std::time::Duration;

use shards::clock::{self, Instant};
use shards::io::simulation::{Errors, Outage, ProcessId};
use shards::sync::Notify;

use super::dice::Dice;
use super::model::{Model, PartitionName};
use super::options::Options;

/// Events kept for the story of a failure.
const EVENTS_MAX: usize = 400;

/// First faults, then none of them, and progress is demanded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    Safety,
    Liveness,
    Done,
}

/// What may be done to the node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Command {
    Start {
        shards: usize,
    },
    Stop,
    Kill,
    CutPower,
    /// The node stands still.
    Pause,
    Resume,
    /// Some connections are reset.
    CutConnections,
    /// The network, or a part of it, carries nothing.
    BeginOutage(Outage),
    EndOutage,
    /// Some clients' machines are gone without a word.
    Vanish,
    JumpClock {
        seconds: i64,
    },
    /// The disk has room for so much more, and no more.
    FillDisk {
        room_bytes: u64,
    },
    FreeDisk,
    /// Operations on files fail, and what they were about may be lost.
    BreakDisk(Errors),
    MendDisk,
    /// A block of some file changes, while the node is stopped.
    Damage,
    /// The disk is as it was before the damage.
    Restore,
    /// The files are compared with what the journals held when the node was started last.
    Audit,
}

/// How long a node may go on to refuse after the disk has room again: longer than it stands still,
/// and looks again each second.
const RECOVERY: Duration = Duration::from_secs(30);

/// What is counted of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    pub requests: u64,
    pub acknowledged: u64,
    pub commits: u64,
    pub read: u64,
    pub kills: u64,
    pub power_cuts: u64,
    /// Connections were reset, held up by an outage, or left by their clients.
    pub connection_cuts: u64,
    pub outages: u64,
    pub vanishings: u64,
    pub pauses: u64,
    pub clock_jumps: u64,
    pub clean_stops: u64,
    pub topics_created: u64,
    pub topics_deleted: u64,
    pub config_changes: u64,
    pub records_deleted: u64,
    pub moves: u64,
    pub moves_followed: u64,
    pub full_disks: u64,
    pub broken_disks: u64,
    /// Members of groups that were given their partitions.
    pub assignments: u64,
    /// Transactions that were ended.
    pub transactions: u64,
    pub audits: u64,
    pub damages: u64,
    /// Starts that a node refused because of damage.
    pub refused_for_damage: u64,
    /// Starts and stops that a disk has made fail.
    pub failed_for_storage: u64,
}

pub(super) struct Scene {
    pub options: Options,
    pub dice: RefCell<Dice>,
    pub model: RefCell<Model>,
    pub phase: Cell<Phase>,
    /// The node's process, while it runs.
    pub node: Cell<Option<ProcessId>>,
    /// The node was told to stop.
    pub stops: Cell<bool>,
    pub counts: RefCell<Counts>,
    /// While the disk is full, and until a moment after.
    refuses_until: Cell<Instant>,
    /// The disk has failed this node, which has to be started again.
    is_broken: Cell<bool>,
    /// The disk was full when this node was started.
    started_full: Cell<bool>,
    /// The file of which a block has changed.
    pub damaged: RefCell<Option<PathBuf>>,
    /// The network carries nothing, or not everything.
    is_out: Cell<bool>,
    /// Told of each request that goes out.
    pub requested: Notify,
    /// Told of each change of topics that is asked for.
    pub administered: Notify,
    /// A commit of offsets was acknowledged, or a member was given its partitions.
    pub committed: Notify,
    commands: RefCell<VecDeque<Command>>,
    violation: RefCell<Option<String>>,
    events: RefCell<VecDeque<String>>,
    shows_events: bool,
}

impl Scene {
    pub(super) fn new(options: Options, shows_events: bool) -> Scene {
        let has_retention = options.retention_bytes.is_some();
        Scene {
            dice: RefCell::new(Dice::new(!options.seed)),
            options,
            model: RefCell::new(Model::new(has_retention)),
            phase: Cell::new(Phase::Safety),
            node: Cell::new(None),
            stops: Cell::new(false),
            counts: RefCell::default(),
            refuses_until: Cell::new(Instant::from_ns(0)),
            is_broken: Cell::new(false),
            started_full: Cell::new(false),
            damaged: RefCell::default(),
            is_out: Cell::new(false),
            requested: Notify::new(),
            administered: Notify::new(),
            committed: Notify::new(),
            commands: RefCell::default(),
            violation: RefCell::default(),
            events: RefCell::default(),
            shows_events,
        }
    }

    pub(super) fn is_safety(&self) -> bool {
        self.phase.get() == Phase::Safety
    }

    /// Whether the node runs that was there at the time, and goes on to. One whose disk fails may
    /// end.
    pub(super) fn serves(&self, at_the_time: Option<ProcessId>) -> bool {
        let may_end = self.stops.get() || self.is_broken.get();
        at_the_time.is_some() && at_the_time == self.node.get() && !may_end
    }

    pub(super) fn count(&self, change: impl FnOnce(&mut Counts)) {
        change(&mut self.counts.borrow_mut());
    }

    /// Asks for something to be done to the node once this turn is over.
    pub(super) fn command(&self, command: Command) {
        self.note(|| format!("{command:?}"));
        match command {
            Command::Stop => self.stops.set(true),
            Command::Start { .. } => {
                self.stops.set(false);
                self.started_full.set(clock::now() < self.refuses_until.get());
                if self.is_broken.replace(false) {
                    // Clients may look at the last node's answers late.
                    self.refuses_until.set(clock::now() + RECOVERY);
                }
            }
            Command::BreakDisk(_) => {
                self.count(|counts| counts.broken_disks += 1);
                self.is_broken.set(true);
            }
            Command::CutConnections => self.count(|counts| counts.connection_cuts += 1),
            Command::BeginOutage(_) => {
                self.is_out.set(true);
                self.count(|counts| {
                    counts.connection_cuts += 1;
                    counts.outages += 1;
                });
            }
            Command::EndOutage => self.is_out.set(false),
            Command::Vanish => self.count(|counts| {
                counts.connection_cuts += 1;
                counts.vanishings += 1;
            }),
            Command::JumpClock { .. } => self.count(|counts| counts.clock_jumps += 1),
            Command::Pause => self.count(|counts| counts.pauses += 1),
            Command::FillDisk { .. } => {
                self.count(|counts| counts.full_disks += 1);
                self.refuses_until.set(Instant::from_ns(u64::MAX));
            }
            Command::FreeDisk => self.refuses_until.set(clock::now() + RECOVERY),
            Command::Damage => self.count(|counts| counts.damages += 1),
            Command::Audit => self.count(|counts| counts.audits += 1),
            Command::Kill | Command::CutPower | Command::Resume | Command::Restore => {}
            Command::MendDisk => {}
        }
        self.commands.borrow_mut().push_back(command);
    }

    /// Stops in order that are over: a node that was told to stop may still take what it is sent.
    pub(super) fn stops_over(&self) -> u64 {
        self.counts.borrow().clean_stops.saturating_sub(u64::from(self.stops.get()))
    }

    /// Outages of the network that are over.
    pub(super) fn outages_over(&self) -> u64 {
        self.counts.borrow().outages - u64::from(self.is_out.get())
    }

    /// Whether a node may refuse, or end, for what its disk does.
    pub(super) fn storage_may_refuse(&self) -> bool {
        // Who meets the last step of a move is refused, and asks again.
        self.options.moves_ms_max.is_some() || self.storage_is_troubled()
    }

    /// Whether the disk is full or failing, or was a moment ago.
    pub(super) fn storage_is_troubled(&self) -> bool {
        self.is_broken.get() || clock::now() < self.refuses_until.get()
    }

    /// Waits until a node has to take everything again.
    pub(super) async fn has_room(&self) {
        clock::sleep_until(self.refuses_until.get()).await;
    }

    /// Whether this node may have left out a directory in which it found no room, until the next
    /// start. One that has no other does not start.
    pub(super) fn may_lack_a_directory(&self) -> bool {
        self.started_full.get() && self.options.moves_ms_max.is_some()
    }

    /// Whether a file of this partition has changed.
    pub(super) fn is_damaged(&self, name: PartitionName) -> bool {
        let model = self.model.borrow();
        let Some(topic) = model.topics.get(&name.0) else { return false };
        let directory = format!("{}-{}", topic.name, name.1);
        let damaged = self.damaged.borrow();
        let parent = damaged.as_deref().and_then(|file| file.parent()?.file_name());
        parent.is_some_and(|parent| parent == directory.as_str())
    }

    pub(super) fn next_command(&self) -> Option<Command> {
        self.commands.borrow_mut().pop_front()
    }

    /// The broker has broken a promise. The first of them ends the run.
    pub(super) fn violated(&self, promise: impl Into<String>) {
        let promise = promise.into();
        self.note(|| format!("VIOLATED: {promise}"));
        self.violation.borrow_mut().get_or_insert(promise);
    }

    pub(super) fn check(&self, outcome: Result<(), String>) {
        if let Err(promise) = outcome {
            self.violated(promise);
        }
    }

    pub(super) fn violation(&self) -> Option<String> {
        self.violation.borrow().clone()
    }

    /// Makes an event part of the story.
    pub(super) fn note(&self, event: impl FnOnce() -> String) {
        let at = Duration::from_nanos(clock::now().as_ns()).as_secs_f64();
        let event = format!("{at:12.6}  {}", event());
        if self.shows_events {
            tracing::info!("{event}");
        }
        let mut events = self.events.borrow_mut();
        if events.len() == EVENTS_MAX {
            events.pop_front();
        }
        events.push_back(event);
    }

    pub(super) fn events(&self) -> Vec<String> {
        self.events.borrow().iter().cloned().collect()
    }

    /// Waits for up to `milliseconds`, as the dice say.
    pub(super) async fn pause(&self, milliseconds: u64) {
        let nanoseconds = self.dice.borrow_mut().within(0..milliseconds.max(1) * 1_000_000);
        clock::sleep(Duration::from_nanos(nanoseconds)).await;
    }
}
