use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::atomic::AtomicU32;
use std::task::Waker;

use proptest::prelude::*;

use super::*;

/// A handler that notes when it starts and ends when it is told to.
#[derive(Clone, Default)]
struct Fake {
    started: Rc<RefCell<Vec<u32>>>,
    requests: Rc<RefCell<Vec<FakeRequest>>>,
    /// How often any was looked at.
    looks: Rc<Cell<u32>>,
}

#[derive(Clone)]
struct FakeRequest {
    may_end: Rc<Cell<bool>>,
    waker: Rc<RefCell<Waker>>,
}

impl Fake {
    fn request(&self, number: u32) -> Work<u32> {
        let (started, looks) = (self.started.clone(), self.looks.clone());
        let waker = Rc::new(RefCell::new(Waker::noop().clone()));
        let request = FakeRequest { may_end: Rc::default(), waker };
        self.requests.borrow_mut().push(request.clone());
        let mut first = true;
        Box::pin(std::future::poll_fn(move |context| {
            if std::mem::take(&mut first) {
                started.borrow_mut().push(number);
            }
            looks.set(looks.get() + 1);
            request.waker.borrow_mut().clone_from(context.waker());
            if request.may_end.get() { Poll::Ready(number) } else { Poll::Pending }
        }))
    }

    fn finish(&self, index: usize) {
        self.requests.borrow()[index].may_end.set(true);
        self.wake(index);
    }

    fn wake(&self, index: usize) {
        self.requests.borrow()[index].waker.borrow().wake_by_ref();
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

#[test]
fn requests_are_looked_at_when_one_is_woken_or_the_connection_is_another_task() {
    let (fake, mut pipeline) = (Fake::default(), Pipeline::default());
    let (first, second) = (Arc::new(Counted::default()), Arc::new(Counted::default()));
    let (first_task, second_task) = (Waker::from(first.clone()), Waker::from(second.clone()));
    let mut context = Context::from_waker(&first_task);
    pipeline.start(Pace::Together, 1, fake.request(0), &mut context);
    pipeline.advance(&mut context);
    let begun = fake.looks.get();
    (0..5).for_each(|_| pipeline.advance(&mut context));
    assert_eq!(fake.looks.get(), begun);

    fake.wake(0);
    assert_eq!(first.0.load(Ordering::Relaxed), 1);
    pipeline.advance(&mut context);
    assert_eq!(fake.looks.get(), begun + 1);

    // The request must learn whom to wake from now on.
    let mut context = Context::from_waker(&second_task);
    pipeline.advance(&mut context);
    assert_eq!(fake.looks.get(), begun + 2);
    fake.finish(0);
    let counts = [&first, &second].map(|task| task.0.load(Ordering::Relaxed));
    assert_eq!(counts, [1, 1]);
    pipeline.advance(&mut context);
    assert!(matches!(pipeline.slots[0].state, State::Done(0)));
}

/// A task that counts how often it was woken.
#[derive(Default)]
struct Counted(AtomicU32);

impl Wake for Counted {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}
