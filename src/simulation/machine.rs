//! The machine that the node runs on: starts it, ends it in every way, and takes the turns.

use std::any::Any;
use std::cell::RefCell;
use std::fmt;
use std::mem::ManuallyDrop;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::time::Duration;

use shards::clock;
use shards::flight;
use shards::io::buffers::outstanding_bytes;
use shards::io::inbox;
use shards::io::simulation::{self, Drift, ProcessId, Processes, Root, Turn};
use shards::mutation::{Mutation, plant};

use super::audit::Audit;
use super::damage::Damage;
use super::options::Options;
use super::scene::{Command, Counts, Phase, Scene};
use super::workload;
use crate::boot::{self, Stop};

/// Far more than any run takes: beyond it, something turns without end.
const TURNS_MAX: u64 = 50_000_000;

/// What a node may hold besides its data's budget and what its journals hold: requests on their
/// way, each core's buffers, and those of the clients, which are counted with it.
const MEMORY_BESIDES_BYTES: u64 = 4 << 20;
/// Of the largest batches, in requests and in answers.
const BATCHES_BESIDES: u64 = 16;

/// What befalls connections befalls one in so many.
const CUT_ONE_IN: u64 = 2;

/// What a run without a violation tells.
#[derive(Clone, Debug, PartialEq)]
pub struct Report {
    pub counts: Counts,
    pub simulated: Duration,
    pub turns: u64,
    /// Two runs share it if, and nearly only if, the same happened in them at the same time.
    pub fingerprint: u64,
}

/// A broken promise, and the last events before it.
#[derive(Clone, Debug, PartialEq)]
struct Failure {
    options: Box<Options>,
    violation: String,
    events: Vec<String>,
}

impl Failure {
    fn new(scene: &Scene, violation: String) -> Failure {
        Failure { options: Box::new(scene.options.clone()), violation, events: scene.events() }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "seed {}: {}", self.options.seed, self.violation)?;
        writeln!(f, "{}", self.options)?;
        for event in &self.events {
            writeln!(f, "{event}")?;
        }
        Ok(())
    }
}

/// One run on a thread of its own, which a panic of the node ends; what went wrong, if something
/// did.
pub fn run_apart(
    options: Options,
    shows_events: bool,
    mutation: Option<Mutation>,
) -> Result<Report, String> {
    let running = std::thread::spawn(move || {
        plant(mutation);
        let scene = Rc::new(Scene::new(options, shows_events));
        // What a panic has left half done is looked at by nobody but its report.
        let outcome = catch_unwind(AssertUnwindSafe(|| run(&scene)));
        outcome.unwrap_or_else(|panic| Err(panicked(&scene, &*panic))).map_err(|f| f.to_string())
    });
    running.join().unwrap_or_else(|_| Err("a simulation panicked after its end".to_owned()))
}

/// An assertion of the node has failed: what it said, and what its cores did last.
fn panicked(scene: &Scene, panic: &(dyn Any + Send)) -> Failure {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or_default();
    let mut failure = Failure::new(scene, format!("the node panicked: {text}"));
    let (turn, last) = flight::last();
    failure.events.push(format!("last operations of the cores, in turn {turn}:"));
    let told =
        |event: &flight::Event| format!("turn {}: {} {}", event.turn, event.what, event.figure);
    failure.events.extend(last.iter().map(told));
    failure
}

/// One run from its options. A panic of the node passes through.
fn run(scene: &Rc<Scene>) -> Result<Report, Failure> {
    simulation::start(scene.options.seed);
    simulation::set_weather(scene.options.weather);
    let mut machine = Machine {
        scene: scene.clone(),
        processes: ManuallyDrop::new(Processes::default()),
        node: None,
        audit: Audit::default(),
        damage: None,
        exits: Rc::default(),
    };
    machine.carry_out(Command::Start { shards: scene.options.shards });
    let clients: Root = Box::pin(workload::run(scene.clone()));
    let clients = machine.processes.start(vec![clients], Drift::NONE);
    let clients = clients.expect("a simulated process starts");
    while machine.processes.is_running(clients) && scene.violation().is_none() {
        machine.turn();
    }
    machine.kill_node();
    machine.processes.kill(clients);
    match scene.violation() {
        None => Ok(machine.report()),
        Some(violation) => Err(Failure::new(scene, violation)),
    }
}

struct Machine {
    scene: Rc<Scene>,
    /// Left behind by a panic: what the node's cores hold can not be dropped in the midst of it.
    processes: ManuallyDrop<Processes>,
    node: Option<Node>,
    audit: Audit,
    damage: Option<Damage>,
    /// Why cores of the node ended.
    exits: Rc<RefCell<Vec<String>>>,
}

struct Node {
    process: ProcessId,
    memory_bytes_max: usize,
    stops: inbox::Sender<Stop>,
}

impl Machine {
    fn turn(&mut self) {
        match self.processes.turn() {
            Ok(Turn::Taken) => {}
            Ok(Turn::Asleep) => self.scene.violated("all sleep, and nothing will ever wake them"),
            Err(error) => self.scene.violated(format!("a core failed: {error}")),
        }
        let held = outstanding_bytes();
        if self.node.as_ref().is_some_and(|node| held > node.memory_bytes_max) {
            self.scene.violated(format!("the node holds {held} bytes of memory"));
        }
        if simulation::turns() > TURNS_MAX {
            self.scene.violated(format!("{TURNS_MAX} turns, and no end"));
        }
        let exits = std::mem::take(&mut *self.exits.borrow_mut());
        if let Some(reason) = exits.first() {
            self.node_failed(reason);
        }
        let ended = |node: &Node| !self.processes.is_running(node.process);
        if self.node.as_ref().is_some_and(ended) {
            self.node = None;
            self.scene.node.set(None);
            self.scene.note(|| "the node has stopped".into());
            self.scene.check(Audit::begin(&self.scene.options).nothing_left());
        }
        while let Some(command) = self.scene.next_command() {
            self.carry_out(command);
        }
    }

    /// A core has ended for a reason, and takes the others with it.
    fn node_failed(&mut self, reason: &str) {
        if let Some(damaged) = self.damage.as_ref() {
            self.scene.note(|| format!("the node does not start: {reason}"));
            self.scene.count(|counts| counts.refused_for_damage += 1);
            self.scene.check(damaged.is_named(reason));
            return self.kill_node();
        }
        if !self.scene.storage_may_refuse() {
            return self.scene.violated(format!("the node ended by itself: {reason}"));
        }
        self.scene.note(|| format!("the node has failed: {reason}"));
        self.scene.count(|counts| counts.failed_for_storage += 1);
        self.kill_node();
    }

    fn carry_out(&mut self, command: Command) {
        match command {
            Command::Start { shards } => match self.start_node(shards) {
                Ok(node) => {
                    self.scene.node.set(Some(node.process));
                    self.node = Some(node);
                }
                Err(error) => self.scene.violated(format!("the node does not start: {error}")),
            },
            Command::Stop => {
                if let Some(node) = &self.node {
                    // A node that has ended needs no telling.
                    let _gone = node.stops.send(Stop);
                }
            }
            Command::Kill => self.kill_node(),
            Command::CutPower => {
                self.kill_node();
                simulation::crash();
            }
            Command::Pause => {
                if let Some(node) = &self.node {
                    self.processes.pause(node.process);
                }
            }
            Command::Resume => {
                if let Some(node) = &self.node {
                    self.processes.resume(node.process);
                }
            }
            Command::CutConnections => simulation::cut_connections(CUT_ONE_IN),
            Command::BeginOutage(outage) => simulation::begin_outage(outage, CUT_ONE_IN),
            Command::EndOutage => simulation::end_outage(),
            Command::Vanish => simulation::vanish(CUT_ONE_IN),
            Command::JumpClock { seconds } => simulation::jump_clock(seconds),
            Command::FillDisk { room_bytes } => simulation::leave_room(Some(room_bytes)),
            Command::Damage => {
                let damage = Damage::do_some(&mut self.scene.dice.borrow_mut());
                self.scene.damaged.replace(damage.as_ref().map(|damage| damage.file.clone()));
                self.scene.note(|| format!("{damage:?}"));
                self.damage = damage;
            }
            Command::Restore => {
                self.scene.damaged.replace(None);
                self.damage.take().iter().for_each(Damage::undo);
            }
            Command::Audit => self.scene.check(self.audit.end(&mut self.scene.model.borrow_mut())),
            Command::BreakDisk(errors) => simulation::set_errors(Some(errors)),
            Command::MendDisk => simulation::set_errors(None),
            Command::FreeDisk => simulation::leave_room(None),
        }
    }

    fn start_node(&mut self, shards: usize) -> Result<Node, String> {
        assert!(self.node.is_none(), "one node at a time");
        self.audit = Audit::begin(&self.scene.options);
        let config = self.scene.options.broker(shards)?;
        let (stops, inbox) = inbox::channel().map_err(|error| error.to_string())?;
        let starts = boot::cores(config, inbox, |_, _| {}).map_err(|error| error.to_string())?;
        let exits = self.exits.clone();
        let roots = starts.into_iter().map(|start| -> Root {
            let exits = exits.clone();
            Box::pin(async move {
                if let Err(error) = start.serve().await {
                    exits.borrow_mut().push(error.to_string());
                }
            })
        });
        let Options { memory_bytes, journal_bytes, drift_ppm, .. } = self.scene.options;
        let besides = MEMORY_BESIDES_BYTES + BATCHES_BESIDES * self.scene.options.batch_bytes_max();
        let process = self.processes.start(roots.collect(), Drift::new(drift_ppm));
        let process = process.map_err(|error| error.to_string())?;
        let budget = memory_bytes + shards as u64 * journal_bytes + besides;
        let memory_bytes_max = outstanding_bytes() + budget as usize;
        Ok(Node { process, memory_bytes_max, stops })
    }

    fn kill_node(&mut self) {
        if let Some(node) = self.node.take() {
            self.processes.kill(node.process);
            self.scene.node.set(None);
        }
    }

    fn report(&self) -> Report {
        assert_eq!(self.scene.phase.get(), Phase::Done, "the clients end when all is done");
        Report {
            counts: *self.scene.counts.borrow(),
            simulated: Duration::from_nanos(clock::now().as_ns()),
            turns: simulation::turns(),
            fingerprint: simulation::fingerprint(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_told_with_the_run_and_its_last_operations() {
        let scene = Scene::new(Options::short(7), false);
        scene.note(|| "something happened".to_owned());
        flight::note("the last thing", 77);
        let panic = catch_unwind(|| panic!("numbers are as they were")).unwrap_err();
        let told = panicked(&scene, &*panic).to_string();
        for part in
            ["seed 7", "numbers are", "journal_bytes", "something happened", "the last thing 77"]
        {
            assert!(told.contains(part), "{part} is not in:\n{told}");
        }
    }
}
