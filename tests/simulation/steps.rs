//! Ports that stop before and after every call, and may meet a mishap there.
//!
//! A pass that is polled stands still at each of these steps. To drop it then is a crash
//! at exactly that place; to poll another pass instead is a race. Calls that are not
//! awaited (the wall clock, nonces, files of a tree in hand) have no durable effect, so a
//! crash at one of them is a crash at the step before.

use std::cell::Cell;
use std::future::{Future, pending, poll_fn};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use chrono::TimeDelta;
use mergecast::model::path::{ContentPath, ReadError};
use mergecast::ports::{
    Committed, ContentSource, ContentTree, Entropy, HttpRequest, HttpResponse, LedgerChange,
    LedgerError, LedgerSnapshot, LedgerStore, LedgerVersion, LockfileStore, LockfileWritten,
    Progress, SourceError, Transport, TransportError,
};
use mergecast::record::LedgerHome;

use crate::calls::{Call, Fault};
use crate::clock::SimulatedClock;
use crate::outside::Outside;

/// How long a caller waits at most for a port that does not answer.
const PATIENCE: TimeDelta = TimeDelta::seconds(45);
/// How long a runner that stands still does so: a laptop with its lid closed.
const PAUSE: TimeDelta = TimeDelta::hours(2);

/// Decides what befalls each call of one runner.
pub(crate) trait Fate {
    /// What befalls this call.
    fn befalls(&self, call: Call) -> Option<Fault>;
}

/// Nothing ever happens.
pub(crate) struct Calm;

impl Fate for Calm {
    fn befalls(&self, _: Call) -> Option<Fault> {
        None
    }
}

/// Stops once. What runs several calls at once polls only those that asked for it.
pub(crate) async fn step() {
    let mut stopped = false;
    poll_fn(|context| {
        if stopped {
            return Poll::Ready(());
        }
        stopped = true;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}

/// A port whose calls take time, can be stopped before and after, and meet their fate.
pub(crate) struct Stepped<P> {
    pub(crate) port: P,
    pub(crate) clock: SimulatedClock,
    pub(crate) takes: TimeDelta,
    pub(crate) fate: Rc<dyn Fate>,
    pub(crate) outside: Outside,
}

impl<P> Stepped<P> {
    /// A port of one run, whose calls take so many milliseconds.
    pub(crate) fn new(
        port: P,
        (clock, fate, outside): (&SimulatedClock, &Rc<dyn Fate>, &Outside),
        milliseconds: i64,
    ) -> Self {
        Self {
            port,
            clock: clock.clone(),
            takes: TimeDelta::milliseconds(milliseconds),
            fate: Rc::clone(fate),
            outside: outside.clone(),
        }
    }

    /// What befalls `call`, when the runner lives to see it.
    async fn before(&self, call: Call) -> Option<Fault> {
        step().await;
        let fault = self.fate.befalls(call);
        match fault {
            Some(Fault::CrashBefore) => self.die().await,
            Some(Fault::Pause) => self.clock.stand_still(PAUSE).await,
            Some(Fault::Timeout) => self.clock.stand_still(PATIENCE).await,
            _ => {}
        }
        fault
    }

    async fn after(&self, fault: Option<Fault>) {
        self.clock.pass(self.takes);
        if fault == Some(Fault::CrashAfter) {
            self.die().await;
        }
        step().await;
    }

    async fn die(&self) {
        self.clock.die();
        pending::<()>().await;
    }
}

fn broken() -> String {
    "the connection was reset".to_owned()
}

impl<P: ContentSource> ContentSource for Stepped<P> {
    async fn load(&self) -> Result<Box<dyn ContentTree>, SourceError> {
        let fault = self.before(Call::LoadContent).await;
        let remote = || "simulated".to_owned();
        let loaded = match fault {
            Some(Fault::LostAnswer | Fault::LostRequest | Fault::Timeout) => {
                Err(SourceError::Unreachable {
                    remote: remote(),
                    problem: broken(),
                })
            }
            Some(Fault::Refused) => Err(SourceError::Denied {
                remote: remote(),
                problem: "403".to_owned(),
            }),
            _ => self.port.load().await,
        };
        if fault == Some(Fault::Conflict) {
            self.outside.somebody_merges();
        }
        self.after(fault).await;
        loaded
    }
}

fn unreachable() -> LedgerError {
    LedgerError::Unreachable {
        remote: "simulated".to_owned(),
        problem: broken(),
    }
}

impl<P: LedgerStore> LedgerStore for Stepped<P> {
    async fn load(&self) -> Result<LedgerSnapshot, LedgerError> {
        let fault = self.before(Call::LoadLedger).await;
        let loaded = match fault {
            Some(Fault::LostAnswer | Fault::LostRequest | Fault::Timeout) => Err(unreachable()),
            Some(Fault::Refused) => Err(LedgerError::Other("403".to_owned())),
            _ => self.port.load().await,
        };
        if fault == Some(Fault::Conflict) {
            self.outside.somebody_commits();
        }
        self.after(fault).await;
        loaded
    }

    async fn commit(
        &self,
        base: &LedgerVersion,
        change: &LedgerChange,
    ) -> Result<Committed, LedgerError> {
        let fault = self.before(Call::of_commit(change)).await;
        if fault == Some(Fault::Conflict) {
            self.outside.somebody_commits();
        }
        let committed = match fault {
            Some(Fault::LostAnswer | Fault::Timeout) => {
                // It lands if nobody was faster, and nobody learns of it.
                let _ = self.port.commit(base, change).await;
                Err(unreachable())
            }
            Some(Fault::LostRequest) => Err(unreachable()),
            Some(Fault::Refused) => Err(LedgerError::Refused {
                remote: "simulated".to_owned(),
                branch: "mergecast/state".to_owned(),
                problem: "protected branch hook declined".to_owned(),
            }),
            _ => self.port.commit(base, change).await,
        };
        self.after(fault).await;
        committed
    }

    fn home(&self) -> LedgerHome {
        self.port.home()
    }
}

impl<P: LockfileStore> LockfileStore for Stepped<P> {
    async fn read(&self) -> Result<Option<Bytes>, ReadError> {
        let fault = self.before(Call::ReadLockfile).await;
        let read = match fault {
            Some(Fault::LostAnswer | Fault::LostRequest | Fault::Timeout | Fault::Refused) => {
                Err(ReadError::Io(broken()))
            }
            _ => self.port.read().await,
        };
        self.after(fault).await;
        read
    }

    async fn write(&self, text: &Bytes) -> LockfileWritten {
        let fault = self.before(Call::WriteLockfile).await;
        let problem = broken();
        if fault == Some(Fault::Conflict) {
            self.outside.somebody_merges();
        }
        let written = match fault {
            Some(Fault::LostAnswer | Fault::Timeout) => {
                self.port.write(text).await;
                LockfileWritten::Failed { problem }
            }
            Some(Fault::LostRequest) => LockfileWritten::Failed { problem },
            Some(Fault::Refused) => LockfileWritten::Protected { problem },
            _ => self.port.write(text).await,
        };
        self.after(fault).await;
        written
    }
}

impl<P: Transport> Transport for Stepped<P> {
    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, TransportError> {
        let fault = self.before(Call::of_request(&request)).await;
        let sent = match fault {
            Some(Fault::LostAnswer | Fault::Timeout) => {
                let _ = self.port.send(request).await;
                Err(TransportError::NoAnswer(broken()))
            }
            Some(Fault::LostRequest) => Err(TransportError::NoAnswer(broken())),
            Some(Fault::TakenLate) => {
                self.outside.taken_late(request, self.clock.truth());
                Err(TransportError::NoAnswer(broken()))
            }
            Some(Fault::NotSent) => Err(TransportError::NotSent("connection refused".to_owned())),
            Some(Fault::Refused) => {
                let _ = self.port.send(request).await;
                Ok(answer(500))
            }
            Some(Fault::Conflict) => Ok(answer(409)),
            Some(Fault::RateLimited) => Ok(answer(429)),
            Some(Fault::Unauthorized) => Ok(answer(401)),
            Some(Fault::Vanishes) => {
                let answer = self.port.send(request).await;
                if answer.as_ref().is_ok_and(|answer| answer.status() == 201) {
                    self.outside.newest_vanishes(self.clock.truth());
                }
                answer
            }
            None | Some(Fault::CrashBefore | Fault::CrashAfter | Fault::Pause) => {
                self.port.send(request).await
            }
        };
        self.after(fault).await;
        sent
    }
}

/// LinkedIn's words for a status, as the sandbox's fault scripts have them.
fn answer(status: u16) -> HttpResponse {
    let body = match status {
        409 => {
            r#"{"status":409,"code":"CONFLICT","message":"A write conflict occurred. Retry the request."}"#
        }
        429 => {
            r#"{"serviceErrorCode":101,"message":"Resource level throttle limit for calls to this resource is reached.","status":429}"#
        }
        401 => {
            r#"{"status":401,"serviceErrorCode":65601,"code":"REVOKED_ACCESS_TOKEN","message":"The token used in the request has been revoked by the user"}"#
        }
        _ => r#"{"status":500,"code":"INTERNAL_SERVER_ERROR","message":"Internal server error"}"#,
    };
    let response = http::Response::builder()
        .status(status)
        .header("content-type", "application/json");
    response.body(body.into()).unwrap()
}

/// Nonces that never come twice, come again in every run, and look random: waits after a
/// lost race are taken from them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Counted(pub(crate) Rc<Cell<u64>>);

impl Entropy for Counted {
    fn nonce(&self) -> String {
        self.0.set(self.0.get() + 1);
        let mixed =
            u128::from(self.0.get()).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
        format!("{:032x}", mixed ^ mixed >> 67)
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

/// Runs `task` alone, and drops it when it has taken `crash_at` steps or died.
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
        if Some(steps) == crash_at || clock.is_dead() {
            return Ran::Crashed;
        }
        if let Some(wake) = clock.wakes_at() {
            clock.forward_to(wake);
        }
    }
}
