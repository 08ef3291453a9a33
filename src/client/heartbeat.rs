//! A thread that keeps a member alive while its records are being worked on.
//!
//! Promise: at most one event per `beat`; after it the thread is silent until the next `beat`.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, TryRecvError, channel};
use std::thread;
use std::time::Duration;

use super::connection::{Address, Connection, Options};
use super::error::ClientError;
use crate::protocol::{ErrorCode, heartbeat};

/// Why the member must do something.
#[derive(Debug)]
pub enum Event {
    /// The group rebalances: join again, as the same member.
    Rebalance,
    /// The group no longer knows the member: join as a new one.
    Expelled,
    /// The coordinator cannot be reached, or is no longer the coordinator.
    CoordinatorGone,
    Failed(ClientError),
}

/// What a heartbeat says.
#[derive(Debug, Clone)]
pub struct Beat {
    pub coordinator: Address,
    pub group: String,
    pub member_id: String,
    pub generation: i32,
}

enum Command {
    Beat(Beat),
    Pause,
}

/// Dropping it ends the thread.
#[derive(Debug)]
pub struct Heartbeat {
    commands: Sender<Command>,
    events: Receiver<Event>,
}

impl Heartbeat {
    pub fn start(interval: Duration, options: Options) -> Result<Self, ClientError> {
        let (commands, from_member) = channel();
        let (to_member, events) = channel();
        thread::Builder::new()
            .name("heartbeat".to_owned())
            .spawn(move || run(&from_member, &to_member, interval, &options))
            .map_err(|_| ClientError::Thread)?;
        Ok(Self { commands, events })
    }

    /// Begins to send heartbeats, in place of any before.
    pub fn beat(&self, beat: Beat) -> Result<(), ClientError> {
        self.discard_events();
        self.commands.send(Command::Beat(beat)).map_err(|_| ClientError::Thread)
    }

    /// Stops sending, as long as the member joins.
    pub fn pause(&self) -> Result<(), ClientError> {
        self.commands.send(Command::Pause).map_err(|_| ClientError::Thread)
    }

    pub fn event(&self) -> Result<Option<Event>, ClientError> {
        match self.events.try_recv() {
            Ok(event) => Ok(Some(event)),
            Err(TryRecvError::Empty) => Ok(None),
            Err(TryRecvError::Disconnected) => Err(ClientError::Thread),
        }
    }

    fn discard_events(&self) {
        while self.events.try_recv().is_ok() {}
    }
}

fn run(
    commands: &Receiver<Command>,
    events: &Sender<Event>,
    interval: Duration,
    options: &Options,
) {
    let mut beat: Option<Beat> = None;
    let mut connection: Option<Connection> = None;
    loop {
        let command = match &beat {
            None => commands.recv().map_err(RecvTimeoutError::from),
            Some(_) => commands.recv_timeout(interval),
        };
        match command {
            Err(RecvTimeoutError::Disconnected) => return,
            Ok(Command::Pause) => beat = None,
            Ok(Command::Beat(next)) => {
                connection.take_if(|it| *it.address() != next.coordinator);
                beat = Some(next);
            }
            Err(RecvTimeoutError::Timeout) => {}
        }
        let Some(current) = &beat else { continue };
        let Some(event) = send(current, &mut connection, options) else { continue };
        beat = None;
        if events.send(event).is_err() {
            return;
        }
    }
}

fn send(beat: &Beat, connection: &mut Option<Connection>, options: &Options) -> Option<Event> {
    let request = heartbeat::Request {
        group_id: beat.group.clone(),
        generation_id: beat.generation,
        member_id: beat.member_id.clone(),
        ..Default::default()
    };
    let opened = match connection.take() {
        Some(opened) => Ok(opened),
        None => Connection::open(&beat.coordinator, options),
    };
    let called = opened.and_then(|mut opened| {
        let response = opened.call(&request)?;
        Ok((response, opened))
    });
    let code = match called {
        Ok((response, opened)) => {
            *connection = Some(opened);
            response.error_code
        }
        Err(error) => {
            return Some(match error.is_transient() {
                true => Event::CoordinatorGone,
                false => Event::Failed(error),
            });
        }
    };
    match ErrorCode::from_code(code) {
        Some(ErrorCode::None) => None,
        Some(ErrorCode::RebalanceInProgress) => Some(Event::Rebalance),
        Some(ErrorCode::UnknownMemberId | ErrorCode::IllegalGeneration) => Some(Event::Expelled),
        Some(known) if known.is_retriable() => Some(Event::CoordinatorGone),
        _ => {
            let group = &beat.group;
            let subject = || format!("the heartbeat of group {group}");
            Some(Event::Failed(ClientError::refused(code, None, subject)))
        }
    }
}
