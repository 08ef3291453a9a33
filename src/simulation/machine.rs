//! The machine that the node runs on: starts it, ends it in every way, and takes the turns.

use std::cell::RefCell;
use std::fmt;
use std::mem::ManuallyDrop;
use std::rc::Rc;
use std::time::Duration;

use shards::clock;
use shards::io::inbox;
use shards::io::simulation::{self, ProcessId, Processes, Root, Turn};
use shards::mutation::{Mutation, plant};

use super::options::Options;
use super::scene::{Command, Counts, Phase, Scene};
use super::workload;
use crate::boot::{self, Stop};

/// Far more than any run takes: beyond it, something turns without end.
const TURNS_MAX: u64 = 50_000_000;

/// A cut resets one connection in so many.
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
    let seed = options.seed;
    let running = std::thread::spawn(move || {
        plant(mutation);
        run(options, shows_events)
    });
    match running.join() {
        Ok(outcome) => outcome.map_err(|failure| failure.to_string()),
        Err(panic) => {
            let text = panic.downcast_ref::<String>().cloned();
            let text = text.or_else(|| panic.downcast_ref::<&str>().map(|text| text.to_string()));
            Err(format!("seed {seed}: the node panicked: {}", text.unwrap_or_default()))
        }
    }
}

/// One run from its options. A panic of the node passes through.
fn run(options: Options, shows_events: bool) -> Result<Report, Failure> {
    simulation::start(options.seed);
    simulation::set_weather(options.weather);
    let scene = Rc::new(Scene::new(options, shows_events));
    let mut machine = Machine {
        scene: scene.clone(),
        processes: ManuallyDrop::new(Processes::default()),
        node: None,
        exits: Rc::default(),
    };
    machine.carry_out(Command::Start { shards: scene.options.shards });
    let clients: Root = Box::pin(workload::run(scene.clone()));
    let clients = machine.processes.start(vec![clients]);
    let clients = clients.expect("a simulated process starts");
    while machine.processes.is_running(clients) && scene.violation().is_none() {
        machine.turn();
    }
    machine.kill_node();
    machine.processes.kill(clients);
    match scene.violation() {
        None => Ok(machine.report()),
        Some(violation) => Err(Failure {
            options: Box::new(scene.options.clone()),
            violation,
            events: scene.events(),
        }),
    }
}

struct Machine {
    scene: Rc<Scene>,
    /// Left behind by a panic: what the node's cores hold can not be dropped in the midst of it.
    processes: ManuallyDrop<Processes>,
    node: Option<Node>,
    /// Why cores of the node ended.
    exits: Rc<RefCell<Vec<String>>>,
}

struct Node {
    process: ProcessId,
    stops: inbox::Sender<Stop>,
}

impl Machine {
    fn turn(&mut self) {
        match self.processes.turn() {
            Ok(Turn::Taken) => {}
            Ok(Turn::Asleep) => self.scene.violated("all sleep, and nothing will ever wake them"),
            Err(error) => self.scene.violated(format!("a core failed: {error}")),
        }
        if simulation::turns() > TURNS_MAX {
            self.scene.violated(format!("{TURNS_MAX} turns, and no end"));
        }
        if let Some(reason) = self.exits.borrow_mut().pop() {
            self.scene.violated(format!("the node ended by itself: {reason}"));
        }
        let ended = |node: &Node| !self.processes.is_running(node.process);
        if self.node.as_ref().is_some_and(ended) {
            self.node = None;
            self.scene.node.set(None);
            self.scene.note(|| "the node has stopped".into());
        }
        while let Some(command) = self.scene.next_command() {
            self.carry_out(command);
        }
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
            Command::JumpClock { seconds } => simulation::jump_clock(seconds),
        }
    }

    fn start_node(&mut self, shards: usize) -> Result<Node, String> {
        assert!(self.node.is_none(), "one node at a time");
        let config = self.scene.options.broker(shards)?;
        let (stops, inbox) = inbox::channel().map_err(|error| error.to_string())?;
        let places = boot::places(config, inbox, |_| {}).map_err(|error| error.to_string())?;
        let exits = self.exits.clone();
        let roots = places.into_iter().map(|place| -> Root {
            let exits = exits.clone();
            Box::pin(async move {
                if let Err(error) = place.serve().await {
                    exits.borrow_mut().push(error.to_string());
                }
            })
        });
        let process = self.processes.start(roots.collect()).map_err(|error| error.to_string())?;
        Ok(Node { process, stops })
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
