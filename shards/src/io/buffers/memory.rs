//! Page-aligned memory and the pool it comes from.
//!
//! Lives on: the core that took it; a pool per thread, nothing shared.
//! Promise: every byte of a [`Memory`] is initialised, always, so no reader can see undefined
//! bytes. Never: moves or shrinks a block while it exists. Limits: limits::BUFFER_POOL_BYTES_MAX,
//! limits::BUFFER_POOLED_BLOCK_BYTES_MAX.   Read next: mod.rs.

use std::alloc::Layout;
use std::cell::{Cell, RefCell};
use std::ptr::NonNull;

use super::PAGE_BYTES;
use crate::limits;

/// Blocks of this size and more come straight from `mmap`, zeroed by the kernel.
const MAPPED_BLOCK_BYTES_MIN: usize = 256 * 1024;
const HUGE_PAGE_BYTES: usize = 2 * 1024 * 1024;
/// Four classes for each doubling keep the waste of rounding up below a quarter.
const CLASSES_PER_DOUBLING: usize = 4;
const CLASS_COUNT: usize = CLASSES_PER_DOUBLING * 16;

/// One block of page-aligned, initialised memory with a single owner.
pub(super) struct Memory {
    start: NonNull<u8>,
    size: usize,
}

impl Memory {
    /// A block of at least `capacity` bytes; `capacity` may be 0.
    pub(super) fn take(capacity: usize) -> Memory {
        if capacity == 0 {
            return Memory { start: PAGE_ALIGNED_NOWHERE, size: 0 };
        }
        let size = class_size(capacity);
        let start = POOL.try_with(|pool| pool.take(size)).ok().flatten();
        OUTSTANDING_BYTES.with(|bytes| bytes.set(bytes.get() + size));
        Memory { start: start.unwrap_or_else(|| allocate_zeroed(size)), size }
    }

    pub(super) fn start(&self) -> *mut u8 {
        self.start.as_ptr()
    }

    #[cfg(test)]
    pub(super) fn size(&self) -> usize {
        self.size
    }
}

impl Drop for Memory {
    fn drop(&mut self) {
        if self.size == 0 {
            return;
        }
        OUTSTANDING_BYTES.with(|bytes| bytes.set(bytes.get().saturating_sub(self.size)));
        let pooled = POOL.try_with(|pool| pool.give_back(self.start, self.size)).unwrap_or(false);
        if !pooled {
            free(self.start, self.size);
        }
    }
}

/// Bytes of this thread's blocks that are in use now.
pub fn outstanding_bytes() -> usize {
    OUTSTANDING_BYTES.with(Cell::get)
}

/// Bytes that this thread keeps for the next taker.
pub fn pooled_bytes() -> usize {
    POOL.try_with(|pool| pool.bytes.get()).unwrap_or(0)
}

/// Gives what this thread keeps for the next taker back to the operating system.
pub fn release_pool() {
    let _ = POOL.try_with(Pool::clear);
}

const PAGE_ALIGNED_NOWHERE: NonNull<u8> =
    match NonNull::new(std::ptr::without_provenance_mut(PAGE_BYTES)) {
        Some(pointer) => pointer,
        None => unreachable!(),
    };

thread_local! {
    static OUTSTANDING_BYTES: Cell<usize> = const { Cell::new(0) };
    static POOL: Pool = Pool::new();
}

/// Free blocks by size class; the most recently used first, because its pages are warm.
struct Pool {
    free: RefCell<[Vec<NonNull<u8>>; CLASS_COUNT]>,
    bytes: Cell<usize>,
}

impl Pool {
    fn new() -> Pool {
        Pool { free: RefCell::new(std::array::from_fn(|_| Vec::new())), bytes: Cell::new(0) }
    }

    fn take(&self, size: usize) -> Option<NonNull<u8>> {
        let class = class_index(size)?;
        let start = self.free.borrow_mut()[class].pop()?;
        self.bytes.set(self.bytes.get() - size);
        Some(start)
    }

    fn give_back(&self, start: NonNull<u8>, size: usize) -> bool {
        let fits = self.bytes.get() + size <= limits::BUFFER_POOL_BYTES_MAX;
        let Some(class) = class_index(size).filter(|_| fits) else { return false };
        self.free.borrow_mut()[class].push(start);
        self.bytes.set(self.bytes.get() + size);
        true
    }

    fn clear(&self) {
        for (class, blocks) in self.free.borrow_mut().iter_mut().enumerate() {
            for start in blocks.drain(..) {
                free(start, size_of_class(class));
            }
        }
        self.bytes.set(0);
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        self.clear();
    }
}

/// The size of the block that serves a request for `capacity` bytes.
fn class_size(capacity: usize) -> usize {
    assert!(capacity <= limits::BUFFER_BYTES_MAX, "a buffer of {capacity} bytes is over the limit");
    let step = (capacity.next_power_of_two() / 2 / CLASSES_PER_DOUBLING).max(PAGE_BYTES);
    capacity.next_multiple_of(step)
}

/// The place of a block size in the pool; none for sizes that are never kept.
fn class_index(size: usize) -> Option<usize> {
    if size > limits::BUFFER_POOLED_BLOCK_BYTES_MAX {
        return None;
    }
    let doubling = size.next_power_of_two().ilog2() - PAGE_BYTES.ilog2();
    let Some(below) = doubling.checked_sub(1) else { return Some(0) };
    let base = PAGE_BYTES << below;
    let step = base / CLASSES_PER_DOUBLING;
    Some(below as usize * CLASSES_PER_DOUBLING + (size - base) / step)
}

/// The inverse of [`class_index`].
fn size_of_class(class: usize) -> usize {
    let (doubling, quarter) = match class % CLASSES_PER_DOUBLING {
        0 if class == 0 => return PAGE_BYTES,
        0 => (class / CLASSES_PER_DOUBLING - 1, CLASSES_PER_DOUBLING),
        quarter => (class / CLASSES_PER_DOUBLING, quarter),
    };
    let base = PAGE_BYTES << doubling;
    base + base / CLASSES_PER_DOUBLING * quarter
}

fn allocate_zeroed(size: usize) -> NonNull<u8> {
    if is_mapped(size) {
        return map_zeroed(size);
    }
    let layout = layout_of(size);
    // SAFETY: the layout has a size above 0, as `Memory::take` asks for nothing else.
    let start = unsafe { std::alloc::alloc_zeroed(layout) };
    NonNull::new(start).unwrap_or_else(|| std::alloc::handle_alloc_error(layout))
}

fn free(start: NonNull<u8>, size: usize) {
    if is_mapped(size) {
        // SAFETY: `start` and `size` name exactly one mapping made by `map_zeroed`, whose only
        // owner gives it up here.
        let result = unsafe { libc::munmap(start.as_ptr().cast(), size) };
        assert_eq!(result, 0, "munmap refused a mapping that this pool had made");
    } else {
        // SAFETY: `start` came from `alloc_zeroed` with this very layout; its only owner gives up.
        unsafe { std::alloc::dealloc(start.as_ptr(), layout_of(size)) };
    }
}

fn layout_of(size: usize) -> Layout {
    Layout::from_size_align(size, PAGE_BYTES).expect("block sizes are small multiples of a page")
}

fn is_mapped(size: usize) -> bool {
    size >= MAPPED_BLOCK_BYTES_MIN && !cfg!(miri)
}

/// Maps zeroed memory; from 2 MiB on aligned and marked for huge pages. Smaller blocks are filled
/// in full as a rule: they get their pages in one call, at half the CPU of a fault for each.
fn map_zeroed(size: usize) -> NonNull<u8> {
    let huge = size >= HUGE_PAGE_BYTES;
    let slack = if huge { HUGE_PAGE_BYTES } else { 0 };
    let populate = if huge { 0 } else { libc::MAP_POPULATE };
    let length = size + slack;
    // SAFETY: a new anonymous private mapping at a place of the kernel's choice touches no memory
    // that anyone else has.
    let start = unsafe {
        libc::mmap(
            std::ptr::null_mut(),
            length,
            libc::PROT_READ | libc::PROT_WRITE,
            libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | populate,
            -1,
            0,
        )
    };
    if start == libc::MAP_FAILED {
        std::alloc::handle_alloc_error(layout_of(size));
    }
    let start: *mut u8 = start.cast();
    if !huge {
        return NonNull::new(start).expect("a mapping is never at address 0");
    }
    let before = start.align_offset(HUGE_PAGE_BYTES);
    // SAFETY: `before` is below HUGE_PAGE_BYTES, so `before..before + size` lies inside the
    // mapping; what is unmapped is the rest of it, page-aligned on both sides and never handed out.
    unsafe {
        let aligned = start.add(before);
        if before > 0 {
            libc::munmap(start.cast(), before);
        }
        if slack > before {
            libc::munmap(aligned.add(size).cast(), slack - before);
        }
        // Advice: without huge pages the block is only slower.
        libc::madvise(aligned.cast(), size, libc::MADV_HUGEPAGE);
        NonNull::new(aligned).expect("a mapping is never at address 0")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_round_up_by_less_than_a_quarter_and_are_distinct() {
        let mut seen = std::collections::BTreeMap::new();
        let mut capacity = 1;
        while capacity <= limits::BUFFER_POOLED_BLOCK_BYTES_MAX {
            let size = class_size(capacity);
            assert!(size >= capacity && size.is_multiple_of(PAGE_BYTES));
            assert!(size <= capacity + (capacity / 4).max(PAGE_BYTES));
            let class = class_index(size).unwrap();
            assert_eq!(size_of_class(class), size);
            assert_eq!(*seen.entry(class).or_insert(size), size);
            capacity += 1 + capacity / 7;
        }
        assert!(seen.keys().all(|class| *class < CLASS_COUNT));
    }

    #[test]
    fn a_block_goes_back_to_the_pool_and_comes_out_again() {
        release_pool();
        let before = outstanding_bytes();
        let block = Memory::take(10_000);
        assert_eq!((block.size(), outstanding_bytes() - before), (12_288, 12_288));
        let start = block.start();
        drop(block);
        assert_eq!((outstanding_bytes(), pooled_bytes()), (before, 12_288));
        assert_eq!(Memory::take(11_000).start(), start);
        release_pool();
        assert_eq!(pooled_bytes(), 0);
    }

    #[test]
    fn large_blocks_are_aligned_and_readable_to_the_last_byte() {
        for size in [MAPPED_BLOCK_BYTES_MIN, HUGE_PAGE_BYTES, 3 * HUGE_PAGE_BYTES + 4096] {
            let block = Memory::take(size);
            assert!(block.start().addr().is_multiple_of(PAGE_BYTES) && block.size() >= size);
            // SAFETY: the last byte lies inside the block, which has one owner.
            unsafe { assert_eq!(block.start().add(block.size() - 1).read(), 0) };
        }
    }
}
