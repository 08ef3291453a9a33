//! A value that stays in its place while its owner moves.
//!
//! Lives on: one core, inside an operation.
//! Promise: pointers into the value stay good until the owner is dropped. A `Box` does not promise
//! that: to move one says that nobody else points into it, and the table of operations moves all
//! it holds when it grows, while the kernel works on them.
//! Read next: op.rs.

use std::ops::{Deref, DerefMut};
use std::ptr::NonNull;

/// See the module.
pub(super) struct Fixed<T>(NonNull<T>);

impl<T> Fixed<T> {
    pub(super) fn new(value: T) -> Fixed<T> {
        Fixed(NonNull::from(Box::leak(Box::new(value))))
    }
}

impl<T> Deref for Fixed<T> {
    type Target = T;

    fn deref(&self) -> &T {
        // SAFETY: the value lives until `self` is dropped, and is borrowed as `self` is.
        unsafe { self.0.as_ref() }
    }
}

impl<T> DerefMut for Fixed<T> {
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: as above; `self` is the only owner.
        unsafe { self.0.as_mut() }
    }
}

impl<T> Drop for Fixed<T> {
    fn drop(&mut self) {
        // SAFETY: made of a box in `new`, and dropped once.
        drop(unsafe { Box::from_raw(self.0.as_ptr()) });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// With a `Box` in its place, miri reports the read.
    #[test]
    fn a_pointer_taken_before_a_move_is_good_after_it() {
        let mut owners = vec![Fixed::new([1u8, 2, 3])];
        let pointer = owners[0].as_ptr();
        owners.reserve(100);
        let owner = owners.pop().unwrap();
        // SAFETY: the value is alive and in its place.
        assert_eq!(unsafe { pointer.add(2).read() }, 3);
        drop(owner);
    }
}
