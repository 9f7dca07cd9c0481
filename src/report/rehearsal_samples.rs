//! A rehearsal with one of everything, for the tests of its views.

use chrono::TimeDelta;

use super::exit::Exit;
use super::rehearsal::{
    Event, Fault, FaultKind, Happening, Hazard, Moment, Open, Rehearsal, Subject, Tally, What,
};
use super::samples::{at, hostile, path, unknown_key, urn};
use super::status::Freshness;
use crate::model::key::PostKey;
use crate::model::target::Target;
use crate::model::urn::AuthorUrn;
use crate::model::zone::Tz;
use crate::record::Reason;

pub(super) fn key(text: &str) -> PostKey {
    PostKey::parse(text).unwrap()
}

pub(super) fn subject(name: &str, due: &str) -> Subject {
    Subject {
        key: key(name),
        target: Target::Linkedin,
        path: path(&format!("posts/{name}.md")),
        author: Some(AuthorUrn::parse("urn:li:organization:2414183").unwrap()),
        author_name: "acme".to_owned(),
        zone: Tz::Europe__Berlin,
        scheduled_at: Some(at(due)),
        first_line: format!("What we learned about {name}, in three lines and a half."),
    }
}

pub(super) fn happening(what: What, subject: Subject) -> Happening {
    Happening {
        what,
        subject,
        late: None,
        reason: None,
        again: None,
        urn: None,
    }
}

fn post(time: &str, happening: Happening) -> Moment {
    Moment {
        at: at(time),
        event: Event::Post(Box::new(happening)),
    }
}

fn fault(time: &str, fault: Fault, hit: Option<&str>) -> Moment {
    Moment {
        at: at(time),
        event: Event::Fault {
            fault,
            key: hit.map(key),
            zone: Tz::Europe__Berlin,
        },
    }
}

#[expect(clippy::too_many_lines, reason = "a list of moments, one of each kind")]
fn timeline() -> Vec<Moment> {
    let launch = subject("launch", "2026-09-03T07:00:00Z");
    let mut comment = subject("launch", "2026-09-03T07:00:00Z");
    comment.target = Target::Comment;
    comment.scheduled_at = None;
    comment.first_line = "The script is in the repository.".to_owned();
    let mut out = happening(What::Published, launch);
    out.late = Some(TimeDelta::seconds(2));
    let lost = subject("lost", "2026-09-08T07:00:00Z");
    let mut unknown = happening(What::Unknown, lost.clone());
    unknown.reason = Some(Reason::new("no-answer", "the connection closed"));
    let mut resolved = happening(What::Resolved, lost);
    resolved.late = Some(TimeDelta::minutes(37));
    resolved.urn = Some(urn());
    let mut stale = happening(What::Held, subject("stale", "2026-08-20T07:00:00Z"));
    stale.reason = Some(Reason::new(
        "late",
        "it was due 14 days ago, more than 24 h",
    ));
    let mut limited = happening(What::Held, subject("busy", "2026-09-08T08:00:00Z"));
    limited.reason = Some(Reason::new("rate-limited", "LinkedIn takes no more calls"));
    limited.again = Some(at("2026-09-09T00:00:00Z"));
    let mut abroad = happening(What::Published, subject("abroad", "2026-09-09T00:30:00Z"));
    abroad.subject.zone = Tz::America__New_York;
    abroad.subject.author_name = "jane".to_owned();
    let refusal = Event::Refusal {
        reason: Reason::new(
            "too-many-changes",
            "3 publishes, and `publish.max_per_run` allows 2",
        ),
        posts: ["a", "b", "c"]
            .map(|name| subject(name, "2026-09-12T08:00:00Z"))
            .into(),
        zone: Tz::Europe__Berlin,
    };
    vec![
        post("2026-09-03T06:00:01Z", stale),
        post("2026-09-03T07:00:02Z", out),
        post("2026-09-03T07:00:08Z", happening(What::Commented, comment)),
        fault(
            "2026-09-08T07:00:00Z",
            Fault::Late {
                by: TimeDelta::minutes(37),
            },
            None,
        ),
        fault(
            "2026-09-08T07:37:02Z",
            Fault::Lost { took_effect: true },
            Some("lost"),
        ),
        post("2026-09-08T07:37:02Z", unknown),
        fault(
            "2026-09-08T08:00:02Z",
            Fault::Limited { wait: None },
            Some("busy"),
        ),
        post("2026-09-08T08:00:02Z", limited),
        post("2026-09-08T08:37:02Z", resolved),
        post("2026-09-09T00:30:02Z", abroad),
        Moment {
            at: at("2026-09-12T08:00:00Z"),
            event: refusal,
        },
    ]
}

fn open(what: What, name: &str, code: &str, message: &str) -> Open {
    Open {
        what,
        subject: subject(name, "2026-08-20T07:00:00Z"),
        reason: Reason::new(code, message),
        since: Some(at("2026-09-03T06:00:01Z")),
        help: Some(format!("give `posts/{name}.md` a new `scheduled_at`")),
    }
}

/// One of everything.
#[expect(clippy::too_many_lines, reason = "a value with every field filled")]
pub(super) fn rehearsal() -> Rehearsal {
    let zone = Tz::Europe__Berlin;
    let near = |name: &str, time: &str| (key(name), at(time), zone);
    Rehearsal {
        from: at("2026-09-03T06:00:00Z"),
        to: at("2026-09-13T08:00:00Z"),
        nothing_scheduled: false,
        zone,
        every: "watch".to_owned(),
        faults: vec![FaultKind::LateTriggers, FaultKind::LostAnswers],
        seed: 7,
        answers_after: Some(TimeDelta::hours(1)),
        freshness: Freshness::Local {
            since: Some(at("2026-09-02T06:00:00Z")),
        },
        timeline: timeline(),
        open: vec![
            open(What::Refused, "a", "due", "its time has come"),
            open(
                What::Held,
                "stale",
                "late",
                "it was due 14 days ago, more than 24 h",
            ),
            open(What::Draft, "idea", "draft", "it is marked as a draft"),
        ],
        hazards: vec![
            Hazard::TooClose {
                author: "acme".to_owned(),
                posts: vec![
                    near("launch", "2026-09-03T07:00:02Z"),
                    near("encore", "2026-09-03T07:10:02Z"),
                ],
            },
            Hazard::SameSecond {
                at: (at("2026-09-12T08:00:00Z"), zone),
                posts: vec![key("a"), key("b"), key("c")],
                last: Some(TimeDelta::milliseconds(3100)),
            },
            Hazard::ManyRequests {
                author: "jane".to_owned(),
                day: "2026-09-12".parse().unwrap(),
                requests: 163,
                limit: 150,
            },
            Hazard::VersionEnds {
                version: "202509".to_owned(),
                from: "2026-09-10".parse().unwrap(),
                posts: 3,
            },
            Hazard::EditNotKnown {
                posts: vec![key("hello")],
            },
        ],
        tally: Tally {
            posts: 3,
            comments: 1,
            changes: 0,
            later: 2,
            unknown: 1,
            second_posts: 0,
            worst: Some((TimeDelta::minutes(37), key("lost"))),
            requests: 9,
            runs: 5,
        },
        diagnostics: vec![unknown_key()],
        exit: Exit::Refused,
    }
}

/// The same with hostile words wherever somebody else may write.
pub(super) fn hostile_rehearsal() -> Rehearsal {
    let mut rehearsal = rehearsal();
    let reason = Reason::new("x", hostile());
    for moment in &mut rehearsal.timeline {
        match &mut moment.event {
            Event::Post(happening) => {
                happening.subject.first_line = hostile();
                happening.subject.author_name = hostile();
                happening.reason = Some(reason.clone());
                happening.again = None;
            }
            Event::Refusal { reason: why, .. } => *why = reason.clone(),
            Event::Fault { .. } => {}
        }
    }
    for open in &mut rehearsal.open {
        open.reason = reason.clone();
        open.subject.author_name = hostile();
        open.help = Some(hostile());
    }
    for hazard in &mut rehearsal.hazards {
        if let Hazard::TooClose { author, .. } | Hazard::ManyRequests { author, .. } = hazard {
            *author = hostile();
        }
    }
    rehearsal
}
