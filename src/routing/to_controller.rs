//! The way to the controller, which is on shard 0, and where its quotas are counted.
//!
//! Lives on: any core; one hop. Read next: ../controller/log.rs.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use shards::clock::{self, Instant};
use shards::units::ShardId;

use crate::broker::Core;
use crate::controller::log::SubmitError;
use crate::controller::{Cause, Controller, Entropy, Outcome, Permits, Refusal, unlimited};
use crate::quotas::meters::Manner;
use crate::quotas::resolve::Quota;
use crate::routing::{Local, charge};

/// What the controller decides: records and a reply, or why not.
pub type Decision<R> = Result<Outcome<R>, Refusal>;

impl Core {
    /// Has the controller decide. Returns once its records are durable and every core has the
    /// image that they make.
    pub async fn control<R: Send + 'static>(
        self: &Rc<Self>,
        decide: impl FnOnce(&Controller, Entropy<'_>) -> Decision<R> + Send + 'static,
    ) -> Result<R, Refusal> {
        let decide = |controller: &Controller, entropy: Entropy<'_>, _: Permits<'_>| {
            decide(controller, entropy)
        };
        self.control_within(None, decide).await.0
    }

    /// The same, as far as the client's quota lets it. Also for how many milliseconds the client is
    /// to be silent.
    pub async fn control_within<R: Send + 'static>(
        self: &Rc<Self>,
        quota: Option<(Quota, Manner)>,
        decide: impl FnOnce(&Controller, Entropy<'_>, Permits<'_>) -> Decision<R> + Send + 'static,
    ) -> (Result<R, Refusal>, u64) {
        let work = move |on: Rc<Core>| -> Local<(Result<R, SubmitError>, Duration)> {
            Box::pin(async move {
                let Some(log) = on.first_core().metadata_log() else {
                    return (Err(SubmitError::NotReady), Duration::ZERO);
                };
                let Some((quota, manner)) = quota else {
                    let decided = log.submit(|on, entropy| decide(on, entropy, &mut unlimited));
                    return (decided.await, Duration::ZERO);
                };
                let silent_until = Cell::new(clock::now());
                let decided = log.submit(|controller, entropy| {
                    let mut permits =
                        |partitions| permit(&on, &quota, manner, partitions, &silent_until);
                    decide(controller, entropy, &mut permits)
                });
                let decided = decided.await;
                (decided, silent_until.get().since(clock::now()))
            })
        };
        let (decided, silent) = self.run_on(ShardId(0), work).await;
        let decided = decided.map_err(|error| match error {
            SubmitError::Refused(refusal) => refusal,
            SubmitError::Failed(_) => Refusal::new(Cause::LogFailed, error.to_string()),
            SubmitError::DiskFull(_) => Refusal::new(Cause::DiskFull, error.to_string()),
            SubmitError::NotReady => Refusal::plain(Cause::NotReady),
        });
        (decided, u64::try_from(silent.as_millis()).unwrap_or(u64::MAX))
    }
}

/// Counts partitions on shard 0, and notes till when the client is to be silent.
fn permit(
    broker: &Core,
    quota: &Quota,
    manner: Manner,
    partitions: usize,
    silent_until: &Cell<Instant>,
) -> Result<(), Refusal> {
    let mut meters = broker.meters.borrow_mut();
    let taken = meters.mutate(quota, manner, partitions, charge::now_ms());
    let (Ok(throttle_ms) | Err(throttle_ms)) = taken;
    silent_until.set(silent_until.get().max(clock::now() + Duration::from_millis(throttle_ms)));
    let exceeded =
        |_| Refusal::new(Cause::QuotaExceeded, "The throttling quota has been exceeded.");
    taken.map(|_| ()).map_err(exceeded)
}
