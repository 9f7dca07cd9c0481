//! What a watcher does next.
//!
//! Owns that one decision, as a function of what is known and the time: run a pass, look
//! at the remote, or wait. Must not wait or reach a port.

use chrono::TimeDelta;

use crate::model::Instant;
use crate::pass::standby::AHEAD;
use crate::report::exit::Exit;
use crate::report::results::{ApplyReport, PostResult};

/// Nothing that can wait is begun so soon before a post is got ready.
const QUIET: TimeDelta = TimeDelta::seconds(10);
/// After a pass that reached nothing: this, doubled each time, up to that.
const TROUBLE: TimeDelta = TimeDelta::seconds(2);
const LONGEST_TROUBLE: TimeDelta = TimeDelta::minutes(1);
/// After a pass that could not do one of its actions.
const LONGEST_RETRY: TimeDelta = TimeDelta::minutes(5);
/// Another run has declared a post: how soon to see what became of it.
const OTHERS: TimeDelta = TimeDelta::minutes(1);
/// A remote that does not answer is looked at ever less often, up to this.
const LONGEST_LOOK: TimeDelta = TimeDelta::minutes(10);

/// What is known at one moment besides the rhythm itself.
#[derive(Clone, Copy, Debug)]
pub struct Facts {
    /// The wall clock.
    pub now: Instant,
    /// Whether the last pass left something to the next.
    pub owes: bool,
    /// When media are to be begun.
    pub media: Option<Instant>,
    /// So that watchers do not move in step: 0 to 255.
    pub random: u8,
}

/// Why a pass is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The watcher was started.
    Start,
    /// A post falls due.
    Due,
    /// Content or ledger changed, or somebody asked to look.
    News,
    /// Something did not work before.
    Again,
    /// The last pass left something.
    Owed,
    /// Media are to be begun, or are ready.
    Media,
    /// Nothing happened for a while.
    Resync,
    /// The clock was set back.
    Clock,
}

impl Why {
    /// The word used in logs.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Why::Start => "start",
            Why::Due => "due",
            Why::News => "news",
            Why::Again => "again",
            Why::Owed => "owed",
            Why::Media => "media",
            Why::Resync => "resync",
            Why::Clock => "clock",
        }
    }
}

/// What to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Run a pass now.
    Pass(Why),
    /// Look at the remote, which may take until then.
    Look(Instant),
    /// Nothing until then.
    Wait(Instant),
}

/// What was learned so far.
#[derive(Clone, Debug)]
pub struct Rhythm {
    look_every: TimeDelta,
    resync: TimeDelta,
    /// When the last pass began and ended.
    last: Option<(Instant, Instant)>,
    next_due: Option<Instant>,
    again: Option<Instant>,
    /// Passes in a row that did not do what they should.
    troubled: u32,
    /// The last pass saw nothing, and so did not look for media either.
    blind: bool,
    /// What the last look found.
    seen: Option<String>,
    next_look: Option<Instant>,
    failed_looks: u32,
    news: bool,
    media: bool,
}

fn doubled(first: TimeDelta, times: u32, longest: TimeDelta) -> TimeDelta {
    let factor = 1_i32 << times.min(16);
    first
        .checked_mul(factor)
        .map_or(longest, |wait| wait.min(longest))
}

/// Between seven and nine eighths of `wait`.
fn jittered(wait: TimeDelta, random: u8) -> TimeDelta {
    wait * (224 + i32::from(random) / 4) / 256
}

impl Rhythm {
    /// Looks at the remote every `look_every`, more or less, and runs a pass every `resync`
    /// whatever happens: a watcher that did nothing for long would not know that it cannot.
    #[must_use]
    pub fn new(look_every: TimeDelta, resync: TimeDelta) -> Self {
        Self {
            look_every,
            resync,
            last: None,
            next_due: None,
            again: None,
            troubled: 0,
            blind: false,
            seen: None,
            next_look: None,
            failed_looks: 0,
            news: false,
            media: false,
        }
    }

    /// What to do now.
    #[must_use]
    pub fn next(&self, facts: &Facts) -> Next {
        let now = facts.now;
        let look_at = self.next_look.unwrap_or(now);
        let Some((_, ended)) = self.last else {
            return match self.next_look {
                None => Next::Look(now + QUIET),
                Some(_) => Next::Pass(Why::Start),
            };
        };
        if now < ended {
            return Next::Pass(Why::Clock);
        }
        let due = self.due_pass();
        if due.is_some_and(|due| due <= now) {
            return Next::Pass(Why::Due);
        }
        if let Some(due) = due.filter(|due| *due - now <= QUIET) {
            return Next::Wait(due);
        }
        let resync = ended + self.resync;
        let reached = |at: Option<Instant>| at.is_some_and(|at| at <= now);
        // Nor are media begun by a pass that would see nothing again.
        let media = facts.media.filter(|_| !self.blind || reached(self.again));
        let whys = [
            (self.news, Why::News),
            (self.media, Why::Media),
            (facts.owes, Why::Owed),
            (reached(self.again), Why::Again),
            (reached(media), Why::Media),
            (reached(Some(resync)), Why::Resync),
        ];
        if let Some((_, why)) = whys.into_iter().find(|(wanted, _)| *wanted) {
            return Next::Pass(why);
        }
        let times = [Some(resync), due.map(|due| due - QUIET), self.again, media];
        let wake = times.into_iter().flatten().fold(resync, Instant::min);
        if look_at <= now {
            return Next::Look(due.unwrap_or(wake.max(now + QUIET)));
        }
        Next::Wait(wake.min(look_at))
    }

    /// When the pass for what falls due next begins. Nothing is due twice: what is left of
    /// it after a pass at its time is a matter of trying again.
    fn due_pass(&self) -> Option<Instant> {
        let due = self.next_due?;
        let (began, _) = self.last?;
        if began < due - AHEAD {
            return Some(due - AHEAD);
        }
        (began < due).then_some(due)
    }

    /// Somebody says that there may be something new.
    pub fn news(&mut self) {
        self.news = true;
    }

    /// Whether media became ready that a post may wait for.
    pub fn media_ready(&mut self, ready: bool) {
        self.media |= ready;
    }

    /// The remote was looked at; `None`: it did not answer.
    pub fn looked(&mut self, seen: Option<String>, facts: &Facts) {
        let wait = match seen {
            Some(seen) => {
                self.failed_looks = 0;
                self.news |= self.seen.as_ref().is_some_and(|before| *before != seen);
                self.seen = Some(seen);
                self.look_every
            }
            None => {
                self.failed_looks += 1;
                doubled(
                    self.look_every,
                    self.failed_looks,
                    LONGEST_LOOK.max(self.look_every),
                )
            }
        };
        self.next_look = Some(facts.now + jittered(wait, facts.random));
    }

    /// A pass that began then has ended; whether it got as far as a plan that may be
    /// carried out.
    pub fn passed(&mut self, report: &ApplyReport, began: Instant, facts: &Facts) -> bool {
        let now = facts.now;
        self.last = Some((began, now));
        self.news = false;
        self.media = false;
        let stopped = report.results.is_empty() && report.exit != Exit::Done;
        self.blind = stopped;
        if !stopped {
            self.next_due = report.next_due;
        }
        let left = report.results.iter().any(is_left);
        let unwritten = report
            .diagnostics
            .iter()
            .any(|problem| matches!(problem.code, "lockfile-not-written" | "result-not-recorded"));
        let others = report
            .results
            .iter()
            .any(|result| result.item.reason.code == "in-progress");
        let wait = if stopped || left || unwritten {
            let longest = if stopped {
                LONGEST_TROUBLE
            } else {
                LONGEST_RETRY
            };
            let wait = doubled(TROUBLE, self.troubled, longest);
            self.troubled += 1;
            Some(jittered(wait, facts.random))
        } else {
            // While media are tried again, it is not known whether the trouble is over.
            if !report.results.iter().any(waits_for_media) {
                self.troubled = 0;
            }
            others.then(|| jittered(OTHERS, facts.random))
        };
        self.again = wait.map(|wait| now + wait);
        !stopped && report.exit != Exit::Refused
    }
}

/// Whether a post's media are under way: whoever uploads them tells.
fn waits_for_media(result: &PostResult) -> bool {
    let error = result.error.as_ref();
    error.is_some_and(|error| error.code == "media-processing")
}

/// Whether a planned action was not done, and the next pass may do it.
fn is_left(result: &PostResult) -> bool {
    result.item.action.is_change() && result.exit != Exit::Done && !waits_for_media(result)
}

#[cfg(test)]
mod tests;
