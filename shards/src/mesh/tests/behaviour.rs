//! What the mesh promises: on real threads and rings, or simulated ones.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use crate::clock;
use crate::io::{CoreId, Loan, Slice, spawn, yield_now};
#[cfg(not(feature = "sim"))]
use crate::io::{RingConfig, run, threads};
use crate::limits;
use crate::mesh::{Lane, Mesh, Reply, Seat, seats};
use crate::sync::Notify;

#[derive(Debug)]
enum Message {
    Add(u64, u64),
    Sum(u64),
    Read(Loan),
    /// Answered by the next `Release`.
    Hold,
    Release,
    Done,
}

/// Counts the cores that said that they are done.
#[derive(Default)]
struct Finish {
    done: Cell<usize>,
    changed: Notify,
    held: RefCell<Vec<Reply<Message>>>,
}

/// Runs `work` on each of `cores` cores, which serve each other until all are done.
#[cfg(not(feature = "sim"))]
fn on_cores<F>(cores: usize, work: fn(Mesh<Message>) -> F)
where
    F: Future<Output = ()> + 'static,
{
    let main = move |core, seat| {
        run(RingConfig { core, ..RingConfig::default() }, take_part(seat, work)).unwrap();
    };
    for thread in threads::start(seats(cores), main).unwrap() {
        thread.join().unwrap();
    }
}

/// The same in one thread, in several orders.
#[cfg(feature = "sim")]
fn on_cores<F>(cores: usize, work: fn(Mesh<Message>) -> F)
where
    F: Future<Output = ()> + 'static,
{
    for seed in 0..5 {
        crate::io::simulation::start(seed);
        let part = |seat| -> std::pin::Pin<Box<dyn Future<Output = ()>>> {
            Box::pin(take_part(seat, work))
        };
        crate::io::simulation::run_together(seats(cores).into_iter().map(part).collect()).unwrap();
    }
}

async fn take_part<F>(seat: Seat<Message>, work: fn(Mesh<Message>) -> F)
where
    F: Future<Output = ()> + 'static,
{
    let finish = Rc::new(Finish::default());
    let own = finish.clone();
    let mesh = seat.join(move |_, message, reply| serve(message, reply, &own));
    work(mesh.clone()).await;
    for other in 0..mesh.cores() {
        mesh.call(CoreId(other as u16), Message::Done).await;
    }
    while finish.done.get() < mesh.cores() {
        finish.changed.notified().await;
    }
    assert_eq!(mesh.loans().outstanding(), 0);
}

fn serve(message: Message, reply: Reply<Message>, finish: &Finish) {
    match message {
        Message::Add(left, right) if left.is_multiple_of(3) => drop(spawn(async move {
            yield_now().await;
            reply.send(Message::Sum(left + right));
        })),
        Message::Add(left, right) => reply.send(Message::Sum(left + right)),
        Message::Read(loan) => {
            let bytes = Slice::from(loan);
            reply.send(Message::Sum(bytes.iter().map(|byte| u64::from(*byte)).sum()));
        }
        Message::Hold => finish.held.borrow_mut().push(reply),
        Message::Release => {
            finish.held.take().into_iter().for_each(|held| held.send(Message::Done));
            reply.send(Message::Done);
        }
        Message::Done => {
            finish.done.set(finish.done.get() + 1);
            finish.changed.notify_one();
            reply.send(Message::Done);
        }
        Message::Sum(_) => unreachable!("only answers are sums"),
    }
}

async fn add(mesh: &Mesh<Message>, core: CoreId, left: u64, right: u64) {
    match mesh.call(core, Message::Add(left, right)).await {
        Message::Sum(sum) => assert_eq!(sum, left + right),
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_core_calls_every_core_itself_included() {
    on_cores(3, |mesh| async move {
        let calls: Vec<_> = (0..5_000)
            .map(|n| {
                let mesh = mesh.clone();
                spawn(async move { add(&mesh, CoreId((n % 3) as u16), n, 7).await })
            })
            .collect();
        for call in calls {
            call.await;
        }
    });
}

#[test]
fn a_sleeping_core_is_woken_for_each_call() {
    on_cores(2, |mesh| async move {
        let other = CoreId(1 - mesh.core().0);
        for n in 0..500 {
            add(&mesh, other, n, 1).await;
            if n % 50 == 0 {
                clock::sleep(Duration::from_micros(300)).await;
            }
        }
    });
}

#[test]
fn more_calls_than_credits_wait_and_arrive_in_order() {
    on_cores(2, |mesh| async move {
        let other = CoreId(1 - mesh.core().0);
        let calls: Vec<_> =
            (0..2_000).map(|n| mesh.call(other, Message::Add(n * 3 + 1, 0))).collect();
        for (n, call) in calls.into_iter().enumerate() {
            assert!(matches!(call.await, Message::Sum(sum) if sum == n as u64 * 3 + 1));
        }
    });
}

#[test]
fn dropped_calls_free_their_credits() {
    on_cores(2, |mesh| async move {
        let other = CoreId(1 - mesh.core().0);
        for n in 0..2_000 {
            drop(mesh.call(other, Message::Add(n, n)));
            if n % 300 == 0 {
                yield_now().await;
            }
        }
        add(&mesh, other, 1, 2).await;
    });
}

#[test]
fn loans_are_read_elsewhere_and_all_come_home() {
    on_cores(3, |mesh| async move {
        let bytes = Slice::from(vec![1; 1000]);
        for n in 0..3_000u64 {
            let loan = mesh.loans().lend(bytes.slice(0..(n % 1000) as usize));
            let core = CoreId((n % 3) as u16);
            match mesh.call(core, Message::Read(loan)).await {
                Message::Sum(sum) => assert_eq!(sum, n % 1000),
                other => panic!("{other:?}"),
            }
        }
        while mesh.loans().outstanding() > 0 {
            clock::sleep(Duration::from_micros(100)).await;
        }
        assert_eq!(mesh.loans().outstanding_bytes(), 0);
    });
}

#[test]
fn what_waits_for_a_device_holds_up_its_own_kind_alone() {
    on_cores(2, |mesh| async move {
        let other = CoreId(1 - mesh.core().0);
        let hold = |lane| mesh.call_in(other, lane, Message::Hold);
        let credits = 2 * limits::MESH_CREDITS_MAX;
        let appends: Vec<_> = (0..credits).map(|_| hold(Lane::Appends)).collect();
        let reads: Vec<_> = (0..credits).map(|_| hold(Lane::Reads)).collect();
        for n in 0..credits as u64 {
            add(&mesh, other, n, 1).await;
        }
        // Each release lets as many go on as were at work; those in line follow.
        let mut held: Vec<_> = appends.into_iter().chain(reads).collect();
        while !held.is_empty() {
            mesh.call(other, Message::Release).await;
            yield_now().await;
            held.retain_mut(|call| {
                let context = &mut std::task::Context::from_waker(std::task::Waker::noop());
                std::pin::Pin::new(call).poll(context).is_pending()
            });
        }
    });
}

#[cfg(feature = "sim")]
#[test]
fn appends_that_take_all_credits_are_found() {
    use crate::mutation::{Mutation, assert_found};
    assert_found(Mutation::AppendsTakeAll, what_waits_for_a_device_holds_up_its_own_kind_alone);
}
