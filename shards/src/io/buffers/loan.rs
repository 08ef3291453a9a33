//! Bytes lent to another core, without an atomic count.
//!
//! Lives on: the lender's core holds the slice in its book; the borrower's core holds the [`Loan`].
//! Promise: the bytes of a loan stay in place and unchanged until the loan is dropped, whatever
//! happens to the lender. A dropped loan finds its way back with the borrower's next mesh turn.
//! Never: frees a slice whose loan is still out, not even when the lender ends: then it is leaked.
//! Limits: limits::LOANS_OUTSTANDING_MAX is what the lender admits work by
//! ([`LoanBook::has_room`]). Read next: mesh/mod.rs, which carries returned loans home.

use std::cell::{Cell, RefCell};
use std::fmt;
use std::mem::ManuallyDrop;
use std::ops::Deref;
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering};

use slab::Slab;

use super::Slice;
use crate::io::CoreId;
use crate::limits;
use crate::mutation::Mutation;

/// Names a loan in its lender's book.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LoanId {
    lender: CoreId,
    book: u64,
    slot: u32,
}

impl LoanId {
    /// The core that gets the bytes back.
    pub fn lender(&self) -> CoreId {
        self.lender
    }
}

/// Bytes of another core, readable here; dropping it sends it home.
pub struct Loan {
    start: *const u8,
    length: usize,
    id: LoanId,
}

// SAFETY: the bytes are immutable while the loan exists (`Slice` promises that), and the book keeps
// them in place until this loan, which cannot be cloned, is dropped. No count is touched here.
unsafe impl Send for Loan {}
// SAFETY: as above; shared access only reads immutable bytes.
unsafe impl Sync for Loan {}

impl Loan {
    pub fn id(&self) -> LoanId {
        self.id
    }
}

impl Deref for Loan {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        // SAFETY: the lender's book holds the slice of exactly these bytes until this loan is gone.
        unsafe { std::slice::from_raw_parts(self.start, self.length) }
    }
}

impl Drop for Loan {
    fn drop(&mut self) {
        let returned = ReturnedLoan { id: self.id };
        // Without thread-local storage the thread is ending: the lender's slice stays in its book.
        let _ = RETURNED.try_with(|outbox| outbox.borrow_mut().push(returned));
    }
}

impl fmt::Debug for Loan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Loan({} bytes of core {})", self.length, self.id.lender)
    }
}

/// Proof that a loan is gone; carried home to its book.
#[derive(Debug)]
pub struct ReturnedLoan {
    id: LoanId,
}

impl ReturnedLoan {
    pub fn lender(&self) -> CoreId {
        self.id.lender
    }
}

thread_local! {
    static RETURNED: RefCell<Vec<ReturnedLoan>> = const { RefCell::new(Vec::new()) };
}

/// Moves the loans dropped on this thread since the last call into `into`.
pub fn take_returned_loans(into: &mut Vec<ReturnedLoan>) {
    RETURNED.with(|outbox| into.append(&mut outbox.borrow_mut()));
}

/// Exchanges what [`take_returned_loans`] would find: a thread with several simulated cores does
/// so at the begin and the end of their turns.
#[cfg(feature = "sim")]
pub(in crate::io) fn swap_returned_loans(with: &mut Vec<ReturnedLoan>) {
    RETURNED.with(|outbox| std::mem::swap(&mut *outbox.borrow_mut(), with));
}

/// The slices that a core has lent; a clone is another handle on the same book.
#[derive(Clone)]
pub struct LoanBook {
    shared: Rc<Book>,
}

struct Book {
    core: CoreId,
    number: u64,
    lent: RefCell<ManuallyDrop<Slab<Slice>>>,
    bytes: Cell<usize>,
}

impl LoanBook {
    pub fn new(core: CoreId) -> LoanBook {
        static NEXT_NUMBER: AtomicU64 = AtomicU64::new(0);
        let number = NEXT_NUMBER.fetch_add(1, Ordering::Relaxed);
        let lent = RefCell::new(ManuallyDrop::new(Slab::new()));
        LoanBook { shared: Rc::new(Book { core, number, lent, bytes: Cell::new(0) }) }
    }

    /// Lends a slice. Its bytes stay until the loan has come back.
    pub fn lend(&self, slice: Slice) -> Loan {
        let (start, length) = (slice.as_ptr(), slice.len());
        self.shared.bytes.set(self.shared.bytes.get() + length);
        let slot = self.shared.lent.borrow_mut().insert(slice);
        let slot = u32::try_from(slot).expect("a core lends far fewer than 2^32 slices at a time");
        Loan {
            start,
            length,
            id: LoanId { lender: self.shared.core, book: self.shared.number, slot },
        }
    }

    /// Takes a loan back. A loan of a book that is gone stays where it is.
    pub fn give_back(&self, returned: ReturnedLoan) {
        let id = returned.id;
        if id.book != self.shared.number || Mutation::LoanKept.is_planted() {
            return;
        }
        let slice = self.shared.lent.borrow_mut().remove(id.slot as usize);
        self.shared.bytes.set(self.shared.bytes.get() - slice.len());
    }

    /// Loans that are out.
    pub fn outstanding(&self) -> usize {
        self.shared.lent.borrow().len()
    }

    /// Bytes that loans pin.
    pub fn outstanding_bytes(&self) -> usize {
        self.shared.bytes.get()
    }

    /// Whether new work that lends may be admitted.
    pub fn has_room(&self) -> bool {
        self.outstanding() < limits::LOANS_OUTSTANDING_MAX
    }
}

impl Drop for Book {
    fn drop(&mut self) {
        let lent = self.lent.get_mut();
        if lent.is_empty() {
            // SAFETY: dropped once, here; the field is not used after its owner's drop.
            unsafe { ManuallyDrop::drop(lent) };
        }
        // Else: other cores still read these bytes. Leaked on purpose.
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_loan_is_read_elsewhere_and_comes_home() {
        let book = LoanBook::new(CoreId(3));
        let slice = Slice::from(b"payload".to_vec());
        let loan = book.lend(slice.clone());
        drop(slice);
        assert_eq!((book.outstanding(), book.outstanding_bytes()), (1, 7));
        let returned = std::thread::spawn(move || {
            assert_eq!(&loan[..], b"payload");
            drop(loan);
            let mut returned = Vec::new();
            take_returned_loans(&mut returned);
            returned
        });
        for loan in returned.join().unwrap() {
            assert_eq!(loan.lender(), CoreId(3));
            book.give_back(loan);
        }
        assert_eq!((book.outstanding(), book.outstanding_bytes()), (0, 0));
    }

    #[test]
    fn bytes_outlive_a_lender_that_ends() {
        let book = LoanBook::new(CoreId(0));
        let loan = book.lend(Slice::from(vec![7; 100]));
        drop(book);
        assert_eq!(&loan[..], &[7; 100]);
    }
}
