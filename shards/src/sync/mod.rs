//! Primitives between tasks of one core.
//!
//! Lives on: one core; nothing here is atomic or `Send`.
//! Promise: first come, first served; a waiter that is dropped passes its turn on.
//! Never: allocates for a wait that is over at once.
//! Read next: notify.rs.

mod first_of;
mod notify;
pub mod oneshot;
pub mod queue;
mod semaphore;
mod wait_list;

pub use first_of::first_of;
pub use notify::{Notified, Notify};
pub use semaphore::{Acquire, Permit, Semaphore};

#[cfg(test)]
mod tests;
