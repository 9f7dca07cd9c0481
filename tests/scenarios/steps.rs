//! Ports that stop before and after every call, so that a pass can be dropped there.
//!
//! A pass that is polled stands still at each of these steps. To drop it then is a crash
//! at exactly that place; to poll another pass instead is a race. Calls that are not
//! awaited (the wall clock, nonces, files of a tree in hand) have no durable effect, so a
//! crash at one of them is a crash at the step before.

use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use chrono::TimeDelta;
use mergecast::model::Instant;
use mergecast::model::path::{ContentPath, ReadError};
use mergecast::ports::{
    Clock, Committed, ContentSource, ContentTree, Entropy, HttpRequest, HttpResponse, LedgerChange,
    LedgerError, LedgerSnapshot, LedgerStore, LedgerVersion, LockfileStore, LockfileWritten,
    Progress, SourceError, Transport, TransportError,
};

/// One time for everybody, and what one runner waits for.
#[derive(Clone, Debug)]
pub(crate) struct SimulatedClock {
    now: Rc<Cell<Instant>>,
    wakes_at: Rc<Cell<Option<Instant>>>,
}

impl SimulatedClock {
    pub(crate) fn starting_at(now: Instant) -> Self {
        Self {
            now: Rc::new(Cell::new(now)),
            wakes_at: Rc::default(),
        }
    }

    /// The same time for another runner.
    pub(crate) fn for_runner(&self) -> Self {
        Self {
            now: Rc::clone(&self.now),
            wakes_at: Rc::default(),
        }
    }

    pub(crate) fn pass(&self, time: TimeDelta) {
        self.now.set(self.now.get() + time);
    }

    pub(crate) fn forward_to(&self, time: Instant) {
        self.now.set(time.max(self.now.get()));
    }

    /// When its runner goes on; `None`: at once.
    pub(crate) fn wakes_at(&self) -> Option<Instant> {
        self.wakes_at.get().filter(|wake| *wake > self.now.get())
    }
}

async fn step() {
    let mut stopped = false;
    poll_fn(|_| {
        if stopped {
            return Poll::Ready(());
        }
        stopped = true;
        Poll::Pending
    })
    .await;
}

impl Clock for SimulatedClock {
    fn now(&self) -> Instant {
        self.now.get()
    }

    fn uptime(&self) -> Duration {
        (self.now.get() - Instant::UNIX_EPOCH)
            .to_std()
            .unwrap_or_default()
    }

    async fn sleep_until(&self, until: Instant) {
        self.wakes_at.set(Some(until));
        step().await;
        while self.now.get() < until {
            step().await;
        }
        self.wakes_at.set(None);
    }
}

/// A port whose calls take time and can be stopped before and after.
#[derive(Debug)]
pub(crate) struct Stepped<P> {
    pub(crate) port: P,
    pub(crate) clock: SimulatedClock,
    pub(crate) takes: TimeDelta,
}

impl<P> Stepped<P> {
    async fn call<T>(&self, call: impl Future<Output = T>) -> T {
        step().await;
        let result = call.await;
        self.clock.pass(self.takes);
        step().await;
        result
    }
}

impl<P: ContentSource> ContentSource for Stepped<P> {
    async fn load(&self) -> Result<Box<dyn ContentTree>, SourceError> {
        self.call(self.port.load()).await
    }
}

impl<P: LedgerStore> LedgerStore for Stepped<P> {
    async fn load(&self) -> Result<LedgerSnapshot, LedgerError> {
        self.call(self.port.load()).await
    }

    async fn commit(
        &self,
        base: &LedgerVersion,
        change: &LedgerChange,
    ) -> Result<Committed, LedgerError> {
        self.call(self.port.commit(base, change)).await
    }
}

impl<P: LockfileStore> LockfileStore for Stepped<P> {
    async fn read(&self) -> Result<Option<Vec<u8>>, ReadError> {
        self.call(self.port.read()).await
    }

    async fn write(&self, text: &str) -> LockfileWritten {
        self.call(self.port.write(text)).await
    }
}

impl<P: Transport> Transport for Stepped<P> {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
        self.call(self.port.send(request)).await
    }
}

/// Nonces that never come twice and come again in every run.
#[derive(Clone, Debug, Default)]
pub(crate) struct Counted(pub(crate) Rc<Cell<u64>>);

impl Entropy for Counted {
    fn nonce(&self) -> String {
        self.0.set(self.0.get() + 1);
        format!("{:032x}", self.0.get())
    }
}

/// Nobody watches.
#[derive(Debug)]
pub(crate) struct Unwatched;

impl Progress for Unwatched {
    fn upload_started(&self, _path: &ContentPath, _bytes: u64) {}
    fn upload_advanced(&self, _path: &ContentPath, _bytes: u64) {}
    fn upload_finished(&self, _path: &ContentPath) {}
}

/// How a run ended.
#[derive(Debug)]
pub(crate) enum Ran<T> {
    /// It came to its end after this many steps.
    Done(T, u32),
    /// It was dropped.
    Crashed,
}

/// Something that runs step by step.
pub(crate) type Task<'a, T> = Pin<Box<dyn Future<Output = T> + 'a>>;

/// One step of `task`.
pub(crate) fn advance<T>(task: &mut Task<'_, T>) -> Option<T> {
    match task.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(value) => Some(value),
        Poll::Pending => None,
    }
}

/// Runs `task` alone, and drops it when it has taken `crash_at` steps.
pub(crate) fn run<T>(
    mut task: Task<'_, T>,
    clock: &SimulatedClock,
    crash_at: Option<u32>,
) -> Ran<T> {
    let mut steps = 0;
    loop {
        if let Some(value) = advance(&mut task) {
            return Ran::Done(value, steps);
        }
        steps += 1;
        if Some(steps) == crash_at {
            return Ran::Crashed;
        }
        if let Some(wake) = clock.wakes_at() {
            clock.forward_to(wake);
        }
    }
}
