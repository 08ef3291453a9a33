//! The network carries nothing for a while, all of it or one way; and clients whose machines are
//! gone without a word.
//!
//! Model: nothing that was promised is lost, all goes on afterwards, and a connection that nobody
//! is left of is closed.

use std::rc::Rc;
use std::time::Duration;

use shards::clock;
use shards::io::simulation::{self, Outage};

use crate::protocol::generated::api_versions;
use crate::simulation::client::Connection;
use crate::simulation::options::IDLE;
use crate::simulation::scene::{Command, Scene};

/// So short that several in a row do not outlast the patience of clients.
const OUTAGE_MS_MAX: u64 = 8_000;
const OUTAGES: [Outage; 3] = [Outage::Everything, Outage::ToListeners, Outage::FromListeners];
const VANISH_PERCENT: u64 = 30;
const VANISHING_CLIENTS: usize = 10;

/// How long an answer waits for its peer to take it.
const SEND_PATIENCE: Duration = crate::limits::SEND_ROUND;
const LOOK_PAUSE: Duration = Duration::from_secs(5);

/// Goes on until the faults end.
pub(in crate::simulation) async fn run(scene: Rc<Scene>) {
    let Some(between_ms) = scene.options.outages_ms_max else { return };
    while scene.is_safety() {
        scene.pause(between_ms).await;
        if !scene.is_safety() {
            break;
        }
        if scene.dice.borrow_mut().percent(VANISH_PERCENT) {
            scene.command(Command::Vanish);
        } else {
            outage(&scene).await;
        }
    }
}

async fn outage(scene: &Scene) {
    let (outage, milliseconds) = {
        let mut dice = scene.dice.borrow_mut();
        (*dice.pick(&OUTAGES).expect("there are three"), dice.skewed(1..OUTAGE_MS_MAX))
    };
    scene.command(Command::BeginOutage(outage));
    clock::sleep(Duration::from_millis(milliseconds)).await;
    scene.command(Command::EndOutage);
}

/// Clients vanish while all is calm, and the node finds out by itself who is gone.
pub(super) async fn verify(scene: &Rc<Scene>) -> Result<(), String> {
    if scene.options.outages_ms_max.is_none() {
        return Ok(());
    }
    let mut clients = Vec::new();
    for _ in 0..VANISHING_CLIENTS {
        let client = Connection::try_open(scene).await;
        let client = client.map_err(|_| "a connection is refused".to_owned())?;
        let answer = client.call(&api_versions::Request::default()).await;
        answer.map_err(|_| "the connection was lost".to_owned())?;
        clients.push(client);
    }
    scene.command(Command::Vanish);
    // By the node's clock, which may run slow; and a drained answer's patience comes on top.
    let patience = (IDLE + SEND_PATIENCE).mul_f64(1.2);
    let deadline = clock::now() + patience;
    loop {
        clock::sleep(LOOK_PAUSE).await;
        if simulation::half_open() == 0 {
            return Ok(());
        }
        if clock::now() >= deadline {
            let (left, patience) = (simulation::half_open(), patience.as_secs());
            return Err(format!("{left} connections to nobody are open after {patience} s"));
        }
    }
}
