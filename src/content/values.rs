//! The front matter of a post as typed values.
//!
//! Owns what each key of a post means and what it is when it is absent. Must not read the
//! body or know other posts; which values go together is asked by the rules.

use std::time::Duration;

use super::document::{Located, MediaReference};
use super::fields::{self, Fields};
use super::problems::Problems;
use super::yaml::Node;
use super::{attached, attachments, duration, keys, naming, schedule};
use crate::desired::Schedule;
use crate::diagnostic::{Diagnostic, SourceText};
use crate::model::attached::Attached;
use crate::model::audience::Audience;
use crate::model::config::{Config, OnLate};
use crate::model::key::PostKey;
use crate::model::path::ContentPath;
use crate::model::urn::AuthorUrn;
use crate::model::visibility::Visibility;
use crate::model::zone::Tz;

/// What the front matter says. A value that is wrong was reported and is `None` or its
/// default.
#[derive(Clone, Debug)]
pub(super) struct Values {
    pub(super) key: Option<Located<PostKey>>,
    pub(super) explicit_id: bool,
    pub(super) repeats: Option<Located<PostKey>>,
    pub(super) author: Option<Located<AuthorUrn>>,
    pub(super) schedule: Option<Located<Schedule>>,
    pub(super) zone: Option<Tz>,
    pub(super) draft: bool,
    pub(super) visibility: Located<Visibility>,
    pub(super) disable_reshare: bool,
    pub(super) max_lateness: Option<Duration>,
    pub(super) on_late: Option<OnLate>,
    pub(super) labels: Vec<String>,
    pub(super) media: Vec<MediaReference>,
    pub(super) attached: Vec<Located<Attached<MediaReference>>>,
    pub(super) audience: Option<Located<Audience>>,
    pub(super) first_comment: Option<Located<String>>,
}

/// A value that was not written: its place is the opening `---` line.
fn unwritten<T>(value: T) -> Located<T> {
    Located { value, span: 0..3 }
}

impl Values {
    /// Reads the mapping `root`; `None`: the front matter is empty.
    pub(super) fn read(
        root: Option<&Node>,
        path: &ContentPath,
        config: &Config,
        problems: &mut Problems<'_>,
    ) -> Self {
        if let Some(root) = root {
            fields::check_table(root, keys::POST, "front matter key", problems);
        }
        let fields = Fields::of(root, keys::POST);
        let source = *problems.source();
        let author = take(author(&fields, config, &source), problems);
        let zone = take(zone(&fields, author.as_ref(), config, &source), problems);
        let draft = fields.flag("draft").unwrap_or_default();
        let schedule = zone.and_then(|zone| take(scheduled(&fields, zone, &source), problems));
        let draft_unclear = fields.entry("draft").is_some() && fields.flag("draft").is_none();
        if fields.entry("scheduled_at").is_none() && !draft && !draft_unclear {
            problems.push(no_schedule(&source));
        }
        let lateness = fields.text("max_lateness");
        let lateness = lateness.map(|text| duration::parse("max_lateness", &text, &source));
        Self {
            key: take(key(&fields, path, config, &source), problems),
            explicit_id: fields.entry("id").is_some(),
            repeats: take(repeats(&fields, &source), problems),
            author,
            schedule,
            zone,
            draft,
            visibility: visibility(&fields),
            disable_reshare: fields.flag("disable_reshare").unwrap_or_default(),
            max_lateness: lateness.and_then(|read| take(read.map(Some), problems)),
            on_late: fields.text("on_late").and_then(|text| on_late(text.value)),
            labels: labels(&fields),
            media: attachments::listed(fields.list("media"), path, problems),
            attached: attached::listed(&fields, path, problems),
            audience: attached::audience(&fields, problems),
            first_comment: fields.text("first_comment").map(|text| Located {
                value: text.value.trim().to_owned(),
                span: text.span,
            }),
        }
    }
}

/// The value, or its problem reported; `Ok(None)`: the problem was reported before.
fn take<T>(read: Result<Option<T>, Diagnostic>, problems: &mut Problems<'_>) -> Option<T> {
    match read {
        Ok(value) => value,
        Err(problem) => {
            problems.push(problem);
            None
        }
    }
}

fn key(
    fields: &Fields<'_>,
    path: &ContentPath,
    config: &Config,
    source: &SourceText<'_>,
) -> Result<Option<Located<PostKey>>, Diagnostic> {
    let Some(entry) = fields.entry("id") else {
        let key = naming::path_key(path, config);
        let key = key.map_err(|why| naming::path_problem(why, source))?;
        return Ok(Some(unwritten(key)));
    };
    let Some(id) = fields.text("id") else {
        return Ok(None);
    };
    let value = naming::written_key(&id, source)?;
    let span = entry.value.span.clone();
    Ok(Some(Located { value, span }))
}

/// The post that this one says again on purpose.
fn repeats(
    fields: &Fields<'_>,
    source: &SourceText<'_>,
) -> Result<Option<Located<PostKey>>, Diagnostic> {
    let Some(written) = fields.text("repeats") else {
        return Ok(None);
    };
    let value = naming::repeated_key(&written, source)?;
    Ok(Some(Located {
        value,
        span: written.span,
    }))
}

fn author(
    fields: &Fields<'_>,
    config: &Config,
    source: &SourceText<'_>,
) -> Result<Option<Located<AuthorUrn>>, Diagnostic> {
    if fields.entry("author").is_none() {
        let author = naming::default_author(config);
        let author = author.ok_or_else(|| naming::author_missing(config, source))?;
        return Ok(Some(unwritten(author)));
    }
    let Some(written) = fields.text("author") else {
        return Ok(None);
    };
    let value = naming::author(written.value, config)
        .ok_or_else(|| naming::unknown_author(&written, config, source))?;
    let span = written.span;
    Ok(Some(Located { value, span }))
}

/// The zone of the post's local times. Of a post whose zone or author is wrong there is
/// none: a time read in another zone would be a guess.
fn zone(
    fields: &Fields<'_>,
    author: Option<&Located<AuthorUrn>>,
    config: &Config,
    source: &SourceText<'_>,
) -> Result<Option<Tz>, Diagnostic> {
    if fields.entry("timezone").is_none() {
        return Ok(author.map(|author| config.author_zone(&author.value)));
    }
    let written = fields.text("timezone");
    written
        .map(|text| schedule::zone(&text, source))
        .transpose()
}

fn scheduled(
    fields: &Fields<'_>,
    zone: Tz,
    source: &SourceText<'_>,
) -> Result<Option<Located<Schedule>>, Diagnostic> {
    if fields.entry("scheduled_at").is_none() {
        return Ok(Some(unwritten(Schedule::Unscheduled)));
    }
    let Some(written) = fields.text("scheduled_at") else {
        return Ok(None);
    };
    let value = schedule::read(written.value, zone)
        .map_err(|error| schedule::problem(&error, "scheduled_at", &written, zone, source))?;
    let span = written.span;
    Ok(Some(Located { value, span }))
}

fn visibility(fields: &Fields<'_>) -> Located<Visibility> {
    let written = fields.text("visibility").and_then(|written| {
        let all = [
            Visibility::Public,
            Visibility::Connections,
            Visibility::LoggedIn,
        ];
        let value = all
            .into_iter()
            .find(|value| value.as_str() == written.value)?;
        let span = written.span;
        Some(Located { value, span })
    });
    written.unwrap_or_else(|| unwritten(Visibility::default()))
}

/// The value of `on_late` by its word.
pub(super) fn on_late(word: &str) -> Option<OnLate> {
    match word {
        "hold" => Some(OnLate::Hold),
        "publish" => Some(OnLate::Publish),
        "skip" => Some(OnLate::Skip),
        _ => None,
    }
}

fn labels(fields: &Fields<'_>) -> Vec<String> {
    let labels = fields.list("labels").iter();
    labels
        .filter_map(|label| label.text().map(str::to_owned))
        .collect()
}

fn no_schedule(source: &SourceText<'_>) -> Diagnostic {
    Diagnostic::warning(
        "no-schedule",
        "the post has no `scheduled_at`, so it stays a draft",
    )
    .at(source.label_with(0..3, "no `scheduled_at` below"))
    .help("add `scheduled_at: 2026-09-03 10:00` or `scheduled_at: on-merge`, or say `draft: true`")
}
