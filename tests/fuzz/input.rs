//! What targets are fed: bytes as they fall, or something sound with a few bytes changed.

use bolero::TypeGenerator;

/// Changes to sound bytes.
#[derive(Clone, Debug, TypeGenerator)]
pub(crate) struct Damage {
    /// Where, as a share of the length, and what is put there.
    bytes: Vec<(u16, u8)>,
    /// Cut off from this share of the length on, where it is given.
    cut: Option<u16>,
    /// What is put behind.
    tail: Option<u8>,
}

impl Damage {
    pub(crate) fn apply(&self, bytes: &mut Vec<u8>) {
        let share = |of: u16, length: usize| usize::from(of) * length / (usize::from(u16::MAX) + 1);
        for (at, byte) in self.bytes.iter().take(8) {
            let at = share(*at, bytes.len());
            if let Some(place) = bytes.get_mut(at) {
                *place = *byte;
            }
        }
        if let Some(cut) = self.cut {
            bytes.truncate(share(cut, bytes.len()));
        }
        bytes.extend(self.tail);
    }
}

/// A value by a number that may be anything.
pub(crate) fn pick<T>(from: &[T], number: u16) -> &T {
    &from[usize::from(number) % from.len()]
}
