//! The twin can always be used.

/// Why it cannot: never.
#[derive(Debug, thiserror::Error)]
pub enum Unusable {}

pub fn check() -> Result<(), Unusable> {
    Ok(())
}
