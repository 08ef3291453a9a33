//! The way to the controller, which is on shard 0.
//!
//! Lives on: any core; one hop. Read next: ../controller/log.rs.

use std::rc::Rc;

use shards::units::ShardId;

use crate::broker::Broker;
use crate::controller::log::SubmitError;
use crate::controller::{Cause, Controller, Entropy, Outcome, Refusal};
use crate::routing::Local;

/// What the controller decides: records and a reply, or why not.
pub type Decision<R> = Result<Outcome<R>, Refusal>;

impl Broker {
    /// Has the controller decide. Returns once its records are durable and every core has the
    /// image that they make.
    pub async fn control<R: Send + 'static>(
        self: &Rc<Self>,
        decide: impl FnOnce(&Controller, Entropy<'_>) -> Decision<R> + Send + 'static,
    ) -> Result<R, Refusal> {
        let work = move |on: Rc<Broker>| -> Local<Result<R, SubmitError>> {
            Box::pin(async move {
                let Some(log) = on.controller() else { return Err(SubmitError::NotReady) };
                log.submit(decide).await
            })
        };
        self.run_on(ShardId(0), work).await.map_err(|error| match error {
            SubmitError::Refused(refusal) => refusal,
            SubmitError::Failed(_) => Refusal::new(Cause::LogFailed, error.to_string()),
            SubmitError::NotReady => Refusal::plain(Cause::NotReady),
        })
    }
}
