//! Waits between the attempts to send a batch, and says why once they go on for a while.
//!
//! Limits: limits::RETRY_*.

use std::fmt;
use std::time::{Duration, Instant};

use crate::client::cluster::Pauses;
use crate::client::error::ClientError;
use crate::client::limits;

/// Whom to tell why nothing is acknowledged, and for how long it will be tried. Nobody at first.
#[derive(Default)]
pub struct Teller<'a>(Option<Box<Tell<'a>>>);

type Tell<'a> = dyn Fn(&ClientError, Duration) + 'a;

impl<'a> Teller<'a> {
    pub fn new(tell: impl Fn(&ClientError, Duration) + 'a) -> Self {
        Self(Some(Box::new(tell)))
    }
}

impl fmt::Debug for Teller<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Teller").finish_non_exhaustive()
    }
}

/// Attempts that failed, one after the other.
#[derive(Debug)]
pub(super) struct Trouble {
    pauses: Pauses,
    tell_at: Instant,
    ends: Instant,
}

impl Trouble {
    pub(super) fn begin(timeout: Duration) -> Self {
        let now = Instant::now();
        let pauses = Pauses::new(timeout);
        Self { pauses, tell_at: now + limits::RETRY_TOLD_AFTER, ends: now + timeout }
    }

    /// Pauses before the next attempt; the error is final when the time is over.
    pub(super) fn wait(
        &mut self,
        error: ClientError,
        teller: &Teller<'_>,
    ) -> Result<(), ClientError> {
        let now = Instant::now();
        if now >= self.tell_at {
            self.tell_at = now + limits::RETRY_TOLD_EVERY;
            if let Some(tell) = &teller.0 {
                tell(&error, self.ends.saturating_duration_since(now));
            }
        }
        if self.pauses.pause() { Ok(()) } else { Err(error) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::RefCell;

    fn refused() -> ClientError {
        ClientError::refused(56, Some("the disk is full"), || "partition 0".to_owned())
    }

    #[test]
    fn what_lasts_is_told_once() {
        let told = RefCell::new(Vec::new());
        let teller = Teller::new(|error, _| told.borrow_mut().push(error.to_string()));
        let mut trouble = Trouble::begin(Duration::from_secs(60));
        assert!(trouble.wait(refused(), &teller).is_ok());
        assert!(told.borrow().is_empty(), "it has just begun");
        trouble.tell_at = Instant::now();
        assert!(trouble.wait(refused(), &teller).is_ok());
        assert!(trouble.wait(refused(), &teller).is_ok());
        let said = ["partition 0: the disk is full (KAFKA_STORAGE_ERROR)"];
        assert_eq!(*told.borrow(), said);
    }

    #[test]
    fn what_lasts_too_long_is_final() {
        let mut trouble = Trouble::begin(Duration::ZERO);
        assert!(trouble.wait(refused(), &Teller::default()).is_err());
    }
}
