use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::task::Waker;

use proptest::prelude::*;

use super::*;

/// A handler that notes when it starts and ends when it is told to.
#[derive(Clone, Default)]
struct Fake {
    started: Rc<RefCell<Vec<u32>>>,
    finished: Rc<RefCell<Vec<Rc<Cell<bool>>>>>,
}

impl Fake {
    fn request(&self, number: u32) -> Work<u32> {
        let started = self.started.clone();
        let may_end = Rc::new(Cell::new(false));
        self.finished.borrow_mut().push(may_end.clone());
        let mut first = true;
        Box::pin(std::future::poll_fn(move |_| {
            if std::mem::take(&mut first) {
                started.borrow_mut().push(number);
            }
            if may_end.get() { Poll::Ready(number) } else { Poll::Pending }
        }))
    }

    fn finish(&self, index: usize) {
        self.finished.borrow()[index].set(true);
    }
}

fn context() -> Context<'static> {
    Context::from_waker(Waker::noop())
}

fn due(pipeline: &mut Pipeline<u32>) -> Vec<u32> {
    let mut due = Vec::new();
    pipeline.advance(&mut context());
    pipeline.take_due(&mut due);
    due
}

#[test]
fn produces_work_together_and_answer_in_order() {
    let (fake, mut pipeline) = (Fake::default(), Pipeline::default());
    for number in 0..3 {
        assert!(pipeline.admits(Pace::Together, 10));
        pipeline.start(Pace::Together, 10, fake.request(number), &mut context());
    }
    assert_eq!(*fake.started.borrow(), [0, 1, 2]);
    fake.finish(2);
    fake.finish(1);
    assert!(due(&mut pipeline).is_empty());
    fake.finish(0);
    assert_eq!(due(&mut pipeline), [0, 1, 2]);
    assert!(pipeline.is_empty());
}

#[test]
fn others_wait_for_all_before_them_and_hold_back_all_after_them() {
    let (fake, mut pipeline) = (Fake::default(), Pipeline::default());
    pipeline.start(Pace::Together, 10, fake.request(0), &mut context());
    assert!(!pipeline.admits(Pace::Alone, 10));
    fake.finish(0);
    assert_eq!(due(&mut pipeline), [0]);
    pipeline.start(Pace::Alone, 10, fake.request(1), &mut context());
    assert!(!pipeline.admits(Pace::Together, 10) && !pipeline.admits(Pace::Alone, 10));
    fake.finish(1);
    assert_eq!(due(&mut pipeline), [1]);
    assert!(pipeline.admits(Pace::Together, 10));
}

#[test]
fn what_is_at_work_is_bounded() {
    let (fake, mut pipeline) = (Fake::default(), Pipeline::default());
    assert!(pipeline.admits(Pace::Together, usize::MAX));
    pipeline.start(Pace::Together, limits::PIPELINE_BYTES_MAX, fake.request(0), &mut context());
    assert!(!pipeline.admits(Pace::Together, 1) && pipeline.admits(Pace::Together, 0));
    for number in 1..limits::PIPELINE_REQUESTS_MAX as u32 {
        pipeline.start(Pace::Together, 0, fake.request(number), &mut context());
    }
    assert!(!pipeline.admits(Pace::Together, 0));
}

#[test]
#[should_panic(expected = "before its turn")]
fn starting_out_of_turn_is_a_bug() {
    let (fake, mut pipeline) = (Fake::default(), Pipeline::default());
    pipeline.start(Pace::Alone, 1, fake.request(0), &mut context());
    pipeline.start(Pace::Together, 1, fake.request(1), &mut context());
}

proptest! {
    /// Whatever the order in which handlers end, answers come in the order of the requests, and no
    /// request of pace `Alone` is ever beside another.
    #[test]
    fn any_mix_in_any_order(
        paces in proptest::collection::vec(any::<bool>(), 1..60),
        ends in proptest::collection::vec(any::<proptest::sample::Index>(), 400),
    ) {
        let (fake, mut pipeline) = (Fake::default(), Pipeline::default());
        let (mut next, mut answers, mut ends) = (0, Vec::new(), ends.into_iter());
        while answers.len() < paces.len() {
            while let Some(together) = paces.get(next) {
                let pace = if *together { Pace::Together } else { Pace::Alone };
                if !pipeline.admits(pace, 1) {
                    break;
                }
                pipeline.start(pace, 1, fake.request(next as u32), &mut context());
                next += 1;
                prop_assert!(pipeline.len() == 1 || pipeline.pace() == Pace::Together);
            }
            match ends.next() {
                Some(end) => fake.finish(end.index(next)),
                None => (0..next).for_each(|index| fake.finish(index)),
            }
            answers.extend(due(&mut pipeline));
        }
        let all: Vec<u32> = (0..paces.len() as u32).collect();
        prop_assert_eq!(&*fake.started.borrow(), &all);
        prop_assert_eq!(answers, all);
    }
}
