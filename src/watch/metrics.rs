//! The numbers of a watcher, as Prometheus reads them.
//!
//! Owns the text format (version 0.0.4 of
//! <https://prometheus.io/docs/instrumenting/exposition_formats/>) and the names. Must not
//! measure anything.

use std::fmt::Write as _;

use super::health::{BUCKETS, Health, Histogram};
use crate::model::Instant;

/// The content type of the text.
pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

struct Text(String);

impl Text {
    fn family(&mut self, name: &str, kind: &str, help: &str) {
        let _ = write!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}\n");
    }

    fn sample(&mut self, name: &str, labels: &[(&str, &str)], value: &str) {
        let labels: Vec<String> = labels
            .iter()
            .map(|(name, value)| format!("{name}=\"{}\"", escaped(value)))
            .collect();
        let labels = match labels.is_empty() {
            true => String::new(),
            false => format!("{{{}}}", labels.join(",")),
        };
        let _ = writeln!(self.0, "{name}{labels} {value}");
    }

    fn time(&mut self, name: &str, help: &str, at: Option<Instant>) {
        if let Some(at) = at {
            self.family(name, "gauge", help);
            self.sample(name, &[], &seconds(at));
        }
    }

    fn counts<'a>(
        &mut self,
        (name, kind, help): (&str, &str, &str),
        label: &str,
        counts: impl Iterator<Item = (&'a str, u64)>,
    ) {
        self.family(name, kind, help);
        for (value, count) in counts {
            self.sample(name, &[(label, value)], &count.to_string());
        }
    }

    fn histogram(&mut self, name: &str, help: &str, histogram: &Histogram) {
        self.family(name, "histogram", help);
        let bucket = format!("{name}_bucket");
        for (limit, count) in BUCKETS.iter().zip(&histogram.buckets) {
            self.sample(&bucket, &[("le", &limit.to_string())], &count.to_string());
        }
        self.sample(&bucket, &[("le", "+Inf")], &histogram.count.to_string());
        self.sample(&format!("{name}_sum"), &[], &histogram.sum.to_string());
        self.sample(&format!("{name}_count"), &[], &histogram.count.to_string());
    }
}

fn escaped(value: &str) -> String {
    let value = value.replace('\\', "\\\\").replace('"', "\\\"");
    value.replace('\n', "\\n")
}

fn seconds(at: Instant) -> String {
    let milliseconds = at.timestamp_millis();
    format!(
        "{}.{:03}",
        milliseconds.div_euclid(1000),
        milliseconds.rem_euclid(1000)
    )
}

fn worded(counts: &std::collections::BTreeMap<bool, u64>) -> impl Iterator<Item = (&str, u64)> {
    counts.iter().map(|(good, count)| match good {
        true => ("success", *count),
        false => ("failure", *count),
    })
}

/// All numbers.
#[must_use]
pub fn metrics(health: &Health) -> String {
    let mut text = Text(String::new());
    times(&mut text, health);
    counts(&mut text, health);
    if !health.tokens.is_empty() {
        let name = "mergecast_token_expiry_timestamp_seconds";
        let help = "When a stored token ends, in seconds since 1970.";
        text.family(name, "gauge", help);
        for token in &health.tokens {
            let labels = [("author", token.author.as_str()), ("kind", token.kind)];
            text.sample(name, &labels, &seconds(token.at));
        }
    }
    text.0
}

fn times(text: &mut Text, health: &Health) {
    text.family(
        "mergecast_build_info",
        "gauge",
        "Always 1; the version is a label.",
    );
    let version = [("version", env!("CARGO_PKG_VERSION"))];
    text.sample("mergecast_build_info", &version, "1");
    text.time(
        "mergecast_start_time_seconds",
        "When the watcher was started, in seconds since 1970.",
        Some(health.started()),
    );
    text.time(
        "mergecast_last_pass_timestamp_seconds",
        "When the last pass ended, in seconds since 1970.",
        health.last_pass,
    );
    text.time(
        "mergecast_last_success_timestamp_seconds",
        "When the last pass ended that could have published, in seconds since 1970.",
        health.last_success,
    );
    text.time(
        "mergecast_next_due_timestamp_seconds",
        "When the next post falls due, in seconds since 1970; absent: none waits.",
        health.next_due,
    );
}

fn counts(text: &mut Text, health: &Health) {
    let passes = (
        "mergecast_passes_total",
        "counter",
        "Passes, by whether they could have published.",
    );
    text.counts(passes, "result", worded(&health.passes));
    let outcomes = (
        "mergecast_outcomes_total",
        "counter",
        "How actions ended, pass by pass; a post that is held is counted in each pass.",
    );
    text.counts(
        outcomes,
        "outcome",
        health.outcomes.iter().map(|(word, count)| (*word, *count)),
    );
    let posts = (
        "mergecast_posts",
        "gauge",
        "Posts by state, as of the last success.",
    );
    text.counts(
        posts,
        "state",
        health.posts.iter().map(|(word, count)| (*word, *count)),
    );
    text.histogram(
        "mergecast_publish_lateness_seconds",
        "How long after its time LinkedIn had answered for a post.",
        &health.lateness,
    );
    let looks = (
        "mergecast_remote_looks_total",
        "counter",
        "Looks at the git remote, by whether it answered.",
    );
    text.counts(looks, "result", worded(&health.looks));
    let messages = (
        "mergecast_messages_total",
        "counter",
        "Messages to people, by whether they arrived.",
    );
    text.counts(messages, "result", worded(&health.messages));
}
