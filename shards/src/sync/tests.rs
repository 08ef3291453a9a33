//! Each primitive alone, polled by hand: no executor, no ring.

use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use super::*;

fn poll<F: Future + ?Sized>(future: &mut Pin<Box<F>>) -> Poll<F::Output> {
    future.as_mut().poll(&mut Context::from_waker(Waker::noop()))
}

#[test]
fn oneshot_delivers_or_tells_that_nobody_will() {
    let (sender, receiver) = oneshot::channel();
    let mut receiver = Box::pin(receiver);
    assert_eq!(poll(&mut receiver), Poll::Pending);
    assert_eq!(sender.send(5), Ok(()));
    assert_eq!(poll(&mut receiver), Poll::Ready(Ok(5)));

    let (sender, receiver) = oneshot::channel::<u8>();
    drop(sender);
    assert_eq!(poll(&mut Box::pin(receiver)), Poll::Ready(Err(oneshot::Closed)));

    let (sender, receiver) = oneshot::channel();
    drop(receiver);
    assert!(sender.is_closed());
    assert_eq!(sender.send(6), Err(6));
}

#[test]
fn notify_one_is_kept_once_and_passed_on_by_a_dropped_waiter() {
    let notify = Notify::new();
    notify.notify_one();
    notify.notify_one();
    let mut first = Box::pin(notify.notified());
    assert_eq!(poll(&mut first), Poll::Ready(()));
    let mut second = Box::pin(notify.notified());
    let mut third = Box::pin(notify.notified());
    assert_eq!((poll(&mut second), poll(&mut third)), (Poll::Pending, Poll::Pending));
    notify.notify_one();
    drop(second);
    assert_eq!(poll(&mut third), Poll::Ready(()));
}

#[test]
fn notify_all_reaches_those_that_exist_and_no_others() {
    let notify = Notify::new();
    let mut polled = Box::pin(notify.notified());
    let mut unpolled = Box::pin(notify.notified());
    assert_eq!(poll(&mut polled), Poll::Pending);
    notify.notify_all();
    let mut later = Box::pin(notify.notified());
    assert_eq!(
        (poll(&mut polled), poll(&mut unpolled), poll(&mut later)),
        (Poll::Ready(()), Poll::Ready(()), Poll::Pending)
    );
}

#[test]
fn a_waiter_called_by_notify_all_does_not_pass_its_turn_on() {
    let notify = Notify::new();
    let mut gone = Box::pin(notify.notified());
    assert_eq!(poll(&mut gone), Poll::Pending);
    notify.notify_all();
    drop(gone);
    let mut later = Box::pin(notify.notified());
    assert_eq!(poll(&mut later), Poll::Pending);
}

#[test]
fn semaphore_serves_in_order_and_takes_back_from_the_dropped() {
    let semaphore = Semaphore::new(2);
    let held = semaphore.try_acquire_many(1).unwrap();
    let mut large = Box::pin(semaphore.acquire_many(2));
    let mut small = Box::pin(semaphore.acquire());
    assert!(poll(&mut large).is_pending() && poll(&mut small).is_pending());
    assert!(semaphore.try_acquire_many(1).is_none(), "nobody overtakes the line");
    drop(held);
    assert!(poll(&mut small).is_pending());
    drop(large);
    assert!(poll(&mut small).is_ready());
    assert_eq!(semaphore.available(), 2);
}

#[test]
fn a_large_request_that_gives_up_lets_smaller_ones_pass() {
    let semaphore = Semaphore::new(1);
    let mut large = Box::pin(semaphore.acquire_many(2));
    let mut small = Box::pin(semaphore.acquire());
    assert!(poll(&mut large).is_pending() && poll(&mut small).is_pending());
    drop(large);
    assert!(poll(&mut small).is_ready());
}

#[test]
fn queue_holds_its_bound_and_keeps_order() {
    let (sender, mut receiver) = queue::bounded(2);
    assert_eq!((sender.try_send(1), sender.try_send(2)), (Ok(()), Ok(())));
    assert_eq!(sender.try_send(3), Err(queue::TrySendError::Full(3)));
    let mut third = Box::pin(sender.send(3));
    assert_eq!(poll(&mut third), Poll::Pending);
    assert_eq!(receiver.try_recv(), Some(1));
    assert_eq!(poll(&mut third), Poll::Ready(Ok(())));
    drop(third);
    assert_eq!((receiver.try_recv(), receiver.try_recv()), (Some(2), Some(3)));
    drop(sender);
    let mut end = Box::pin(receiver.recv());
    assert_eq!(poll(&mut end), Poll::Ready(None));
}

#[test]
fn queue_tells_senders_that_the_receiver_is_gone() {
    let (sender, receiver) = queue::bounded(1);
    let item = Rc::new(());
    assert!(sender.try_send(item.clone()).is_ok());
    let mut waiting = Box::pin(sender.send(item.clone()));
    assert!(poll(&mut waiting).is_pending());
    drop(receiver);
    assert!(matches!(poll(&mut waiting), Poll::Ready(Err(queue::Closed(_)))));
    drop(waiting);
    assert_eq!(Rc::strong_count(&item), 1);
    assert_eq!(sender.try_send(item.clone()), Err(queue::TrySendError::Closed(item)));
}
