//! Signals that ask the process to stop or to look.
//!
//! Owns what they mean: the first SIGTERM or SIGINT asks to end what is under way and
//! begin nothing, a second one ends the process at once. SIGHUP, which a process gets when
//! its terminal goes away, asks the same, except of a process that follows the branch: that
//! one looks now. Must not stop anything by itself.

use std::io;

use tokio::sync::watch;

/// What SIGHUP means to a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hangup {
    /// The terminal is gone: the same as SIGTERM.
    Stops,
    /// To look now: see [`at_hangup`].
    Wakes,
}

/// What was asked so far.
#[derive(Debug)]
pub struct Signals {
    ask: watch::Sender<bool>,
    listeners: Listeners,
}

#[cfg(unix)]
#[derive(Debug)]
struct Listeners {
    terminate: tokio::signal::unix::Signal,
    interrupt: tokio::signal::unix::Signal,
    /// `None`: SIGHUP means something else to this process.
    hangup: Option<tokio::signal::unix::Signal>,
}

#[cfg(unix)]
impl Listeners {
    fn new(hangup: Hangup) -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
            hangup: match hangup {
                Hangup::Stops => Some(signal(SignalKind::hangup())?),
                Hangup::Wakes => None,
            },
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
            () = hung_up(self.hangup.as_mut()) => {}
        }
    }
}

#[cfg(unix)]
async fn hung_up(hangup: Option<&mut tokio::signal::unix::Signal>) {
    match hangup {
        Some(hangup) => {
            hangup.recv().await;
        }
        None => std::future::pending().await,
    }
}

#[cfg(not(unix))]
#[derive(Debug)]
struct Listeners;

#[cfg(not(unix))]
impl Listeners {
    fn new(_hangup: Hangup) -> io::Result<Self> {
        Ok(Self)
    }

    async fn next(&mut self) {
        let _ = tokio::signal::ctrl_c().await;
    }
}

impl Signals {
    /// Listens from now on, and what the first signal sets. Needs a tokio runtime.
    ///
    /// # Errors
    /// The system's.
    pub fn listen(hangup: Hangup) -> io::Result<(Self, watch::Receiver<bool>)> {
        let (ask, asked) = watch::channel(false);
        let listeners = Listeners::new(hangup)?;
        Ok((Self { ask, listeners }, asked))
    }

    /// Returns at the second signal; `told` is called at the first.
    pub async fn second(mut self, told: impl FnOnce()) {
        self.listeners.next().await;
        self.ask.send_replace(true);
        told();
        self.listeners.next().await;
    }
}

/// Calls `wake` at every SIGHUP, for as long as it is polled.
///
/// # Errors
/// The system's.
#[cfg(unix)]
pub async fn at_hangup(wake: impl Fn()) -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut hangup = signal(SignalKind::hangup())?;
    while hangup.recv().await.is_some() {
        wake();
    }
    Ok(())
}

/// There is no such signal here.
///
/// # Errors
/// None.
#[cfg(not(unix))]
pub async fn at_hangup(_wake: impl Fn()) -> io::Result<()> {
    std::future::pending().await
}
