//! A rehearsal as scripts read it.
//!
//! Owns the JSON of `rehearse`. Must not leave a moment out.

use schemars::JsonSchema;
use serde::Serialize;

use super::diagnostics_json::{DiagnosticView, views};
use super::exit::Exit;
use super::json;
use super::rehearsal::{Event, Hazard, Moment, Open, Rehearsal, Subject, Tally, What};
use super::rehearsal_words as words;
use super::status::Freshness;
use crate::diagnostic::Diagnostic;
use crate::model::key::PostKey;

/// The output of `mergecast rehearse --format json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RehearsalView {
    /// Always 1. New fields and new words do not change it.
    pub format_version: u32,
    /// When it begins, RFC 3339 in UTC; null: it could not be played.
    pub from: Option<String>,
    /// When it ends, RFC 3339 in UTC; null: it could not be played.
    pub to: Option<String>,
    /// When runs begin: the word of `--every`.
    pub every: String,
    /// The kinds of mishap that strike.
    pub faults: Vec<String>,
    /// What they are drawn with.
    pub seed: u64,
    /// Whether everything that is known of the record was at hand.
    pub record_complete: bool,
    /// What happens, in order.
    pub timeline: Vec<MomentView>,
    /// What is not out at the end, in order.
    pub open: Vec<OpenView>,
    /// What is worth a second look.
    pub hazards: Vec<HazardView>,
    /// Numbers.
    pub summary: SummaryView,
    /// The exit code that follows.
    pub exit_code: u8,
    /// Problems of the content.
    pub diagnostics: Vec<DiagnosticView>,
}

/// Something that happens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct MomentView {
    /// When, RFC 3339 in UTC.
    pub at: String,
    /// The same in the zone of its author, RFC 3339.
    pub local: String,
    /// `published`, `commented`, `updated`, `deleted`, `moved`, `held`, `refused`, `failed`,
    /// `unknown`, `resolved`, `skipped`, or `fault` for a mishap.
    pub what: String,
    /// The post; null: it is about a whole run.
    pub post: Option<PostView>,
    /// How many seconds after its time a post is out.
    pub late_seconds: Option<i64>,
    /// Why, as a kebab-case word; of a fault its kind.
    pub reason_code: Option<String>,
    /// Why, in words.
    pub reason: Option<String>,
    /// Before when it is not tried again, RFC 3339 in UTC.
    pub again: Option<String>,
    /// For `refused`: the keys of the posts that wait; for a fault: the post it hit.
    pub keys: Vec<String>,
}

/// A post.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct PostView {
    /// Its identity.
    pub key: String,
    /// `linkedin` for the post, `linkedin-comment` for its first comment.
    pub target: String,
    /// Its file, relative to the content root.
    pub path: String,
    /// URN of the author; null where unknown.
    pub author: Option<String>,
    /// The author's name in the configuration.
    pub author_name: String,
    /// The zone its times are shown in.
    pub zone: String,
    /// When it is meant to go out, RFC 3339 in UTC; null: on merge, or never.
    pub scheduled_at: Option<String>,
    /// The first line readers see.
    pub first_line: String,
}

/// A post that is not out at the end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct OpenView {
    /// `held`, `refused`, `failed`, `unknown`, `due` or `draft`.
    pub what: String,
    /// The post.
    pub post: PostView,
    /// Why, as a kebab-case word.
    pub reason_code: String,
    /// Why, in words.
    pub reason: String,
    /// Since when, RFC 3339 in UTC; null: not seen.
    pub since: Option<String>,
    /// One next step.
    pub help: Option<String>,
}

/// Something worth a second look.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct HazardView {
    /// `too-close`, `same-second`, `many-requests`, `version-ends` or `edit-not-known`.
    pub code: String,
    /// In words.
    pub message: String,
    /// The keys of the posts concerned.
    pub keys: Vec<String>,
}

/// Numbers at the end.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SummaryView {
    /// Posts that went out.
    pub posts: usize,
    /// First comments that went out.
    pub comments: usize,
    /// Live posts that were edited, deleted, or renamed.
    pub changes: usize,
    /// Posts that are due after the end.
    pub later: usize,
    /// Posts whose outcome was unknown at some time.
    pub unknown: usize,
    /// Posts on LinkedIn beyond one for each post of the content; counted there.
    pub second_posts: usize,
    /// The longest time between when a post was due and when it was out, in seconds.
    pub worst_lateness_seconds: Option<i64>,
    /// That post.
    pub worst_lateness_key: Option<String>,
    /// Requests of LinkedIn.
    pub requests: u32,
    /// Runs that were played; those with nothing to do are passed over.
    pub runs: u32,
}

/// The JSON of `rehearse`.
#[must_use]
pub fn rehearsal_json(rehearsal: &Rehearsal) -> String {
    json::document(&RehearsalView {
        format_version: json::FORMAT_VERSION,
        from: Some(json::time(rehearsal.from)),
        to: Some(json::time(rehearsal.to)),
        every: rehearsal.every.clone(),
        faults: rehearsal
            .faults
            .iter()
            .map(|kind| kind.as_str().to_owned())
            .collect(),
        seed: rehearsal.seed,
        record_complete: rehearsal.freshness == Freshness::Fetched,
        timeline: rehearsal.timeline.iter().map(moment).collect(),
        open: rehearsal.open.iter().map(open).collect(),
        hazards: rehearsal.hazards.iter().map(hazard).collect(),
        summary: summary(&rehearsal.tally),
        exit_code: rehearsal.exit.code(),
        diagnostics: views(&rehearsal.diagnostics),
    })
}

/// The same where nothing could be played, and why.
#[must_use]
pub fn rehearsal_nothing_json(diagnostics: &[Diagnostic], exit: Exit) -> String {
    json::document(&RehearsalView {
        format_version: json::FORMAT_VERSION,
        from: None,
        to: None,
        every: String::new(),
        faults: Vec::new(),
        seed: 0,
        record_complete: false,
        timeline: Vec::new(),
        open: Vec::new(),
        hazards: Vec::new(),
        summary: summary(&Tally::default()),
        exit_code: exit.code(),
        diagnostics: views(diagnostics),
    })
}

fn moment(moment: &Moment) -> MomentView {
    let (zone, what) = match &moment.event {
        Event::Post(happening) => (happening.subject.zone, happening.what.as_str()),
        Event::Refusal { zone, .. } => (*zone, "refused"),
        Event::Fault { zone, .. } => (*zone, "fault"),
    };
    let mut view = MomentView {
        at: json::time(moment.at),
        local: moment
            .at
            .with_timezone(&zone)
            .to_rfc3339_opts(chrono::SecondsFormat::Secs, false),
        what: what.to_owned(),
        post: None,
        late_seconds: None,
        reason_code: None,
        reason: None,
        again: None,
        keys: Vec::new(),
    };
    match &moment.event {
        Event::Post(happening) => {
            let reason = happening.reason.as_ref();
            view.post = Some(post(&happening.subject));
            view.late_seconds = happening.late.map(|late| late.num_seconds());
            view.reason_code = reason.map(|reason| reason.code.clone());
            view.reason = match happening.what {
                What::Resolved => Some(words::resolved(happening).to_owned()),
                _ => reason.map(|reason| reason.message.clone()),
            };
            view.again = happening.again.map(json::time);
        }
        Event::Refusal { reason, posts, .. } => {
            view.reason_code = Some(reason.code.clone());
            view.reason = Some(reason.message.clone());
            view.keys = posts.iter().map(|post| post.key.to_string()).collect();
        }
        Event::Fault { fault, key, zone } => {
            view.reason_code = Some(fault.kind().as_str().to_owned());
            view.reason = Some(words::fault(fault, key.as_ref(), *zone));
            view.keys = key.iter().map(ToString::to_string).collect();
        }
    }
    view
}

fn post(subject: &Subject) -> PostView {
    PostView {
        key: subject.key.to_string(),
        target: subject.target.to_string(),
        path: subject.path.to_string(),
        author: subject.author.as_ref().map(ToString::to_string),
        author_name: subject.author_name.clone(),
        zone: subject.zone.to_string(),
        scheduled_at: subject.scheduled_at.map(json::time),
        first_line: subject.first_line.clone(),
    }
}

fn open(open: &Open) -> OpenView {
    OpenView {
        what: open.what.as_str().to_owned(),
        post: post(&open.subject),
        reason_code: open.reason.code.clone(),
        reason: open.reason.message.clone(),
        since: open.since.map(json::time),
        help: open.help.clone(),
    }
}

fn hazard(hazard: &Hazard) -> HazardView {
    let keys: Vec<&PostKey> = match hazard {
        Hazard::TooClose { posts, .. } => posts.iter().map(|(key, _, _)| key).collect(),
        Hazard::SameSecond { posts, .. } | Hazard::EditNotKnown { posts } => posts.iter().collect(),
        Hazard::ManyRequests { .. } | Hazard::VersionEnds { .. } => Vec::new(),
    };
    HazardView {
        code: hazard.code().to_owned(),
        message: words::hazard(hazard),
        keys: keys.into_iter().map(ToString::to_string).collect(),
    }
}

fn summary(tally: &Tally) -> SummaryView {
    let worst = tally.worst.as_ref();
    SummaryView {
        posts: tally.posts,
        comments: tally.comments,
        changes: tally.changes,
        later: tally.later,
        unknown: tally.unknown,
        second_posts: tally.second_posts,
        worst_lateness_seconds: worst.map(|(late, _)| late.num_seconds()),
        worst_lateness_key: worst.map(|(_, key)| key.to_string()),
        requests: tally.requests,
        runs: tally.runs,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::rehearsal_samples::{hostile_rehearsal, rehearsal};
    use crate::report::samples;

    #[test]
    fn every_moment_is_in_the_document() {
        let document: serde_json::Value =
            serde_json::from_str(&rehearsal_json(&rehearsal())).unwrap();
        let timeline = document["timeline"].as_array().unwrap();
        assert_eq!(timeline.len(), rehearsal().timeline.len());
        let abroad = &timeline[9];
        assert_eq!(abroad["at"], "2026-09-09T00:30:02Z");
        assert_eq!(abroad["local"], "2026-09-08T20:30:02-04:00");
        assert_eq!(abroad["post"]["key"], "abroad");
        assert_eq!(timeline[7]["again"], "2026-09-09T00:00:00Z");
        assert_eq!(timeline[4]["reason_code"], "lost-answers");
        assert_eq!(timeline[4]["keys"], serde_json::json!(["lost"]));
        assert_eq!(timeline[10]["keys"], serde_json::json!(["a", "b", "c"]));
        assert_eq!(document["summary"]["worst_lateness_seconds"], 2220);
        assert_eq!(document["exit_code"], 73);
    }

    #[test]
    fn hostile_words_keep_their_value() {
        let text = rehearsal_json(&hostile_rehearsal());
        samples::assert_harmless(&text);
        let document: serde_json::Value = serde_json::from_str(&text).unwrap();
        assert_eq!(document["open"][0]["reason"], samples::hostile());
    }
}
