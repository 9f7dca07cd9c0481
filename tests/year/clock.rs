//! Simulated time: everything waits in it, and it jumps to the next thing that happens.

use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use chrono::TimeDelta;
use mergecast::model::Instant;
use mergecast::ports::Clock;

/// Wall clock and boot-time clock of one machine.
#[derive(Clone)]
pub(crate) struct YearClock(Rc<State>);

struct State {
    now: Cell<Instant>,
    uptime: Cell<TimeDelta>,
    /// By the boot-time clock.
    waiting: RefCell<Vec<(TimeDelta, Waker)>>,
}

impl YearClock {
    pub(crate) fn starting_at(now: Instant) -> Self {
        Self(Rc::new(State {
            now: Cell::new(now),
            uptime: Cell::new(TimeDelta::zero()),
            waiting: RefCell::default(),
        }))
    }

    /// Time goes by, asleep or not.
    pub(crate) fn forward(&self, time: TimeDelta) {
        self.0.now.set(self.0.now.get() + time);
        self.0.uptime.set(self.0.uptime.get() + time);
        self.wake();
    }

    /// Somebody sets the wall clock.
    pub(crate) fn set_by(&self, time: TimeDelta) {
        self.0.now.set(self.0.now.get() + time);
        for (_, waker) in self.0.waiting.take() {
            waker.wake();
        }
    }

    fn wake(&self) {
        let uptime = self.0.uptime.get();
        let mut waiting = self.0.waiting.borrow_mut();
        let (due, rest) = waiting.drain(..).partition(|(at, _)| *at <= uptime);
        *waiting = rest;
        drop(waiting);
        let due: Vec<(TimeDelta, Waker)> = due;
        for (_, waker) in due {
            waker.wake();
        }
    }

    fn next(&self) -> Option<TimeDelta> {
        self.0.waiting.borrow().iter().map(|(at, _)| *at).min()
    }

    /// A call that takes so many milliseconds.
    pub(crate) async fn takes(&self, milliseconds: u64) {
        self.pause(Duration::from_millis(milliseconds)).await;
    }
}

impl Clock for YearClock {
    fn now(&self) -> Instant {
        self.0.now.get()
    }

    fn uptime(&self) -> Duration {
        self.0.uptime.get().to_std().unwrap()
    }

    async fn sleep_until(&self, until: Instant) {
        poll_fn(|context| {
            let left = until - self.now();
            if left <= TimeDelta::zero() {
                return Poll::Ready(());
            }
            let at = self.0.uptime.get() + left;
            let waker = context.waker().clone();
            self.0.waiting.borrow_mut().push((at, waker));
            Poll::Pending
        })
        .await;
    }

    async fn pause(&self, time: Duration) {
        let until = self.0.uptime.get() + TimeDelta::from_std(time).unwrap();
        poll_fn(|context| {
            if self.0.uptime.get() >= until {
                return Poll::Ready(());
            }
            let waker = context.waker().clone();
            self.0.waiting.borrow_mut().push((until, waker));
            Poll::Pending
        })
        .await;
    }
}

/// How a life ended.
pub(crate) enum Ran {
    /// By itself.
    Ended,
    /// It was dropped at its time.
    Dropped,
}

pub(crate) type Task<'a> = Pin<Box<dyn Future<Output = ()> + 'a>>;

struct Flag(AtomicBool);

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Runs `task` until `until`; `happen` is called whenever time has gone by.
pub(crate) fn run_on(
    task: &mut Task<'_>,
    clock: &YearClock,
    until: Instant,
    mut happen: impl FnMut(&YearClock),
) -> Ran {
    let flag = Arc::new(Flag(AtomicBool::new(true)));
    let waker = Waker::from(Arc::clone(&flag));
    let mut context = Context::from_waker(&waker);
    loop {
        flag.0.store(false, Ordering::Relaxed);
        if task.as_mut().poll(&mut context).is_ready() {
            return Ran::Ended;
        }
        if flag.0.load(Ordering::Relaxed) {
            continue;
        }
        let next = clock.next().expect("it waits for nothing");
        clock.forward(next - clock.0.uptime.get());
        happen(clock);
        if clock.now() >= until {
            return Ran::Dropped;
        }
    }
}
