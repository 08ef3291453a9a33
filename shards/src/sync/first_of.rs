//! Waiting for one of two.
//!
//! Lives on: the task that waits. Promise: the other is dropped where it stands.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::Poll;

/// The output of whichever is ready first; of `one` if both are.
pub async fn first_of<T>(one: impl Future<Output = T>, other: impl Future<Output = T>) -> T {
    let (mut one, mut other) = (pin!(one), pin!(other));
    poll_fn(|context| match one.as_mut().poll(context) {
        Poll::Ready(output) => Poll::Ready(output),
        Poll::Pending => other.as_mut().poll(context),
    })
    .await
}
