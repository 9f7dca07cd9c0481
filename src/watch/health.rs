//! How a watcher is.
//!
//! Owns what liveness and readiness mean, and the numbers behind `/metrics`. Both mean
//! passes, not that there is a process. Must not serve anything.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::TimeDelta;

use super::Passed;
use super::lines::lateness;
use crate::model::Instant;
use crate::report::results::Outcome;

/// A loop that said nothing for so long hangs.
const SILENT: Duration = Duration::from_secs(60);
/// Passes end more often than this, whatever becomes of them.
const NO_PASS: Duration = Duration::from_secs(25 * 60);

/// Upper ends of the buckets of lateness, in seconds.
pub const BUCKETS: [f64; 11] = [
    0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 60.0, 600.0, 3600.0,
];

/// A histogram as Prometheus counts it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Histogram {
    /// How many were at most as late as each of [`BUCKETS`].
    pub buckets: [u64; BUCKETS.len()],
    /// How many there were.
    pub count: u64,
    /// Their sum, in seconds.
    pub sum: f64,
}

impl Histogram {
    fn add(&mut self, seconds: f64) {
        for (limit, bucket) in BUCKETS.iter().zip(&mut self.buckets) {
            if seconds <= *limit {
                *bucket += 1;
            }
        }
        self.count += 1;
        self.sum += seconds;
    }
}

/// When one of an author's tokens ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenEnd {
    /// The author's alias.
    pub author: String,
    /// `access` or `refresh`.
    pub kind: &'static str,
    /// When.
    pub at: Instant,
}

/// What is known of a watcher.
#[derive(Clone, Debug)]
pub struct Health {
    /// A watcher is ready when its last success is not older.
    ready_within: TimeDelta,
    started: Instant,
    started_up: Duration,
    beat: Duration,
    ended: Option<Duration>,
    /// When the last pass ended.
    pub last_pass: Option<Instant>,
    /// When the last pass ended that got as far as a plan that may be carried out.
    pub last_success: Option<Instant>,
    /// When the next post falls due.
    pub next_due: Option<Instant>,
    /// Passes by whether they succeeded.
    pub passes: BTreeMap<bool, u64>,
    /// Ends of actions, by word.
    pub outcomes: BTreeMap<&'static str, u64>,
    /// Posts by state, as of the last success.
    pub posts: BTreeMap<&'static str, u64>,
    /// Lateness of posts that had a time.
    pub lateness: Histogram,
    /// Looks at the remote by whether it answered.
    pub looks: BTreeMap<bool, u64>,
    /// Messages by whether they arrived.
    pub messages: BTreeMap<bool, u64>,
    /// Tokens of which it is known when they end.
    pub tokens: Vec<TokenEnd>,
}

impl Health {
    /// A watcher that starts now.
    #[must_use]
    pub fn new(now: Instant, uptime: Duration, ready_within: TimeDelta) -> Self {
        Self {
            ready_within,
            started: now,
            started_up: uptime,
            beat: uptime,
            ended: None,
            last_pass: None,
            last_success: None,
            next_due: None,
            passes: BTreeMap::from([(true, 0), (false, 0)]),
            outcomes: BTreeMap::from(
                [
                    "published",
                    "updated",
                    "deleted",
                    "held",
                    "unknown",
                    "failed",
                ]
                .map(|word| (word, 0)),
            ),
            posts: BTreeMap::new(),
            lateness: Histogram::default(),
            looks: BTreeMap::from([(true, 0), (false, 0)]),
            messages: BTreeMap::from([(true, 0), (false, 0)]),
            tokens: Vec::new(),
        }
    }

    /// When it was started.
    #[must_use]
    pub fn started(&self) -> Instant {
        self.started
    }

    /// The loop turned.
    pub fn beat(&mut self, uptime: Duration) {
        self.beat = uptime;
    }

    /// A pass ended.
    pub fn passed(&mut self, passed: &Passed<'_>, uptime: Duration) {
        let report = passed.report;
        self.ended = Some(uptime);
        self.last_pass = Some(report.now);
        *self.passes.entry(passed.success).or_default() += 1;
        if !passed.success {
            return;
        }
        self.last_success = Some(report.now);
        self.next_due = report.next_due;
        self.posts.clear();
        for result in &report.results {
            if result.outcome != Outcome::None {
                let word = result.outcome.as_str();
                *self.outcomes.entry(word).or_default() += 1;
            }
            if result.item.target == crate::model::target::Target::Linkedin {
                let state = result.item.state.as_str();
                *self.posts.entry(state).or_default() += 1;
            }
            if let Some(late) = lateness(result) {
                let milliseconds = i32::try_from(late.num_milliseconds()).unwrap_or(i32::MAX);
                self.lateness.add(f64::from(milliseconds) / 1000.0);
            }
        }
    }

    /// Whether the loop turns and passes end.
    ///
    /// # Errors
    /// Says why not.
    pub fn alive(&self, uptime: Duration) -> Result<(), String> {
        let silent = uptime.saturating_sub(self.beat);
        if silent > SILENT {
            return Err(format!("the loop hangs since {} s", silent.as_secs()));
        }
        let since = uptime.saturating_sub(self.ended.unwrap_or(self.started_up));
        if since > NO_PASS {
            return Err(format!("no pass ended for {} s", since.as_secs()));
        }
        Ok(())
    }

    /// Whether posts would go out: the last success is not older than it may be.
    ///
    /// # Errors
    /// Says why not.
    pub fn ready(&self, now: Instant) -> Result<(), String> {
        let Some(last) = self.last_success else {
            return Err("no pass succeeded yet".to_owned());
        };
        let since = now - last;
        if since > self.ready_within {
            return Err(format!(
                "the last pass that succeeded ended {} s ago",
                since.num_seconds()
            ));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::exit::Exit;
    use crate::report::results::ApplyReport;
    use crate::watch::rhythm::Why;

    fn at(seconds: i64) -> Instant {
        "2026-09-03T08:00:00Z".parse::<Instant>().unwrap() + TimeDelta::seconds(seconds)
    }

    fn pass(health: &mut Health, seconds: i64, success: bool) {
        let report = ApplyReport {
            sandbox: false,
            now: at(seconds),
            results: Vec::new(),
            next_due: None,
            requests: None,
            diagnostics: Vec::new(),
            exit: Exit::Done,
        };
        let passed = Passed {
            why: Why::Start,
            report: &report,
            began: at(seconds),
            success,
        };
        health.passed(&passed, Duration::from_secs(seconds.unsigned_abs()));
    }

    #[test]
    fn ready_means_that_a_pass_succeeded_lately_and_alive_that_passes_end() {
        let mut health = Health::new(at(0), Duration::ZERO, TimeDelta::minutes(20));
        assert!(health.alive(Duration::from_secs(30)).is_ok());
        assert!(health.ready(at(30)).is_err(), "nothing succeeded yet");
        pass(&mut health, 40, true);
        assert!(health.ready(at(1200)).is_ok());
        pass(&mut health, 1300, false);
        health.beat(Duration::from_secs(1300));
        assert!(
            health.ready(at(1300)).is_err(),
            "passes end and do not succeed"
        );
        assert!(health.alive(Duration::from_secs(1350)).is_ok());
        assert!(
            health.alive(Duration::from_secs(1361)).is_err(),
            "the loop hangs"
        );
        health.beat(Duration::from_secs(2900));
        let hangs = health.alive(Duration::from_secs(2900)).unwrap_err();
        assert!(hangs.contains("no pass ended"), "{hangs}");
    }

    #[test]
    fn buckets_count_what_is_at_most_so_late() {
        let mut histogram = Histogram::default();
        histogram.add(0.02);
        histogram.add(0.3);
        histogram.add(1e6);
        assert_eq!(histogram.buckets[0], 1);
        assert_eq!(histogram.buckets[4], 2);
        assert_eq!(histogram.buckets[10], 2);
        assert_eq!(histogram.count, 3);
    }
}
