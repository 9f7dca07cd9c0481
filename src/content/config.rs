//! Reading `mergecast.yaml`.
//!
//! Owns what each setting means, its default, and the problems of settings. Must not read
//! the environment: it sees names of variables, and takes care that a secret pasted in
//! their place reaches no message.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::document::Located;
use super::fields::{self, Fields};
use super::keys::{AUTHOR, CONFIG, LINKEDIN, NOTIFY, PUBLISH, STATE};
use super::problems::Problems;
use super::yaml::{self, Entry, Value};
use super::{duration, front_matter, git_names, schedule, secrets, suggest, values};
use crate::diagnostic::{Diagnostic, Label, SourceText};
use crate::model::config::{
    Author, Config, CredentialNames, NotifyEvent, NotifyFormat, NotifyTarget, OnUnknown,
    PublishPolicy, StateLocation,
};
use crate::model::path::ContentPath;
use crate::model::urn::AuthorUrn;
use crate::model::zone::Tz;

/// Reads the configuration: all problems at once, and the settings when there is no error
/// among them.
#[must_use]
pub fn parse(bytes: &[u8], path: &ContentPath) -> (Option<Config>, Vec<Diagnostic>) {
    let text = match front_matter::decode(bytes, path) {
        Ok(text) => text,
        Err(mut found) => {
            for label in &mut found.labels {
                label.excerpt = secrets::masked(&label.excerpt);
            }
            return (None, vec![found]);
        }
    };
    if text.len() > MAX_BYTES {
        return (None, vec![too_large(text.len() as u64, path)]);
    }
    // Places are shown from a copy without secrets that has the same length.
    let shown = secrets::masked(&text);
    let source = SourceText::new(path, &shown);
    let tree = yaml::read(&source, &text, 0..text.len(), "configuration");
    let mut problems = Problems::new(source);
    for found in tree.diagnostics {
        problems.push(found);
    }
    if !tree.complete {
        return (None, problems.finish());
    }
    let root = tree.root.filter(|root| !root.is_null());
    let mapping = root
        .as_ref()
        .filter(|root| matches!(root.value, Value::Mapping(_)));
    match (&root, mapping) {
        (Some(root), None) => {
            problems.push(not_settings(root.span.clone(), &source));
            return (None, problems.finish());
        }
        (_, Some(root)) => fields::check_table(root, CONFIG, "configuration key", &mut problems),
        (None, None) => {}
    }
    let config = Reader::new(problems).config(Fields::of(mapping, CONFIG));
    (config.0, config.1.finish())
}

/// The largest configuration, in bytes.
pub const MAX_BYTES: usize = 64 * 1024;

/// The problem of a configuration of `size` bytes.
#[must_use]
pub fn too_large(size: u64, path: &ContentPath) -> Diagnostic {
    let message = format!("the configuration has {size} bytes, more than {MAX_BYTES}");
    Diagnostic::error("config-too-large", message)
        .at(Label::file(path))
        .help("keep only settings in `mergecast.yaml`")
}

fn not_settings(span: std::ops::Range<usize>, source: &SourceText<'_>) -> Diagnostic {
    Diagnostic::error("wrong-type", "the configuration is not a mapping of keys")
        .at(source.label_with(span, "expected `key: value` lines"))
        .help("begin with a line `version: 1`")
}

/// Reads values and collects what is wrong with them.
struct Reader<'a> {
    problems: Problems<'a>,
    source: SourceText<'a>,
}

impl<'a> Reader<'a> {
    fn new(problems: Problems<'a>) -> Self {
        let source = *problems.source();
        Self { problems, source }
    }

    fn config(mut self, top: Fields<'_>) -> (Option<Config>, Problems<'a>) {
        self.version(&top);
        let authors = self.authors(&top);
        let branch = self.branch(&top);
        let state = self.state(&top, branch.as_deref());
        let state_since = self.state_since(&top);
        let config = Config {
            posts: self.posts(&top),
            timezone: self.zone(&top).unwrap_or(Tz::UTC),
            branch,
            default_author: self.default_author(&top, &authors),
            authors,
            api_version: self.api_version(&top),
            publish: self.publish(&top),
            state,
            state_since,
            notify: self.notify(&top),
        };
        let whole = !self.problems.any_error();
        (whole.then_some(config), self.problems)
    }

    fn version(&mut self, top: &Fields<'_>) {
        let (label, found) = match top.text("version") {
            Some(version) if version.value == "1" => return,
            Some(version) => {
                let shown = suggest::shortened(version.value);
                let label = self.source.label_with(version.span, "only `1` is known");
                (
                    label,
                    format!("version `{shown}` of the configuration is not known"),
                )
            }
            // Written, and of a wrong type: reported already.
            None if top.entry("version").is_some() => return,
            None => (
                Label::file(self.source.path()),
                "the configuration has no `version`".to_owned(),
            ),
        };
        let problem = Diagnostic::error("config-version", found).at(label);
        let help = "write `version: 1`, or update mergecast when the file is from a newer one";
        self.problems.push(problem.help(help));
    }

    fn posts(&mut self, top: &Fields<'_>) -> ContentPath {
        let (text, span) = match top.text("posts") {
            Some(posts) => (posts.value, posts.span),
            None => ("posts", 0..0),
        };
        match ContentPath::parse(text) {
            Ok(path) => path,
            Err(why) => {
                let shown = suggest::shortened(text);
                let problem = Diagnostic::error(
                    "invalid-path",
                    format!("`posts` cannot be `{shown}`: it {why}"),
                )
                .at(self.source.label_with(span, why.to_string()))
                .help("write a folder below the content root, such as `posts: posts`");
                self.problems.push(problem);
                // Only reached with an error on record, so that this path is never used.
                self.source.path().clone()
            }
        }
    }

    fn zone(&mut self, fields: &Fields<'_>) -> Option<Tz> {
        match schedule::zone(&fields.text("timezone")?, &self.source) {
            Ok(zone) => Some(zone),
            Err(problem) => {
                self.problems.push(problem);
                None
            }
        }
    }

    fn branch(&mut self, fields: &Fields<'_>) -> Option<String> {
        let branch = fields.text("branch")?;
        match git_names::branch(&branch, &self.source) {
            Ok(()) => Some(branch.value.to_owned()),
            Err(problem) => {
                self.problems.push(problem);
                None
            }
        }
    }

    fn authors(&mut self, top: &Fields<'_>) -> BTreeMap<String, Author> {
        let mut authors = BTreeMap::new();
        let mut first: BTreeMap<AuthorUrn, &Entry> = BTreeMap::new();
        for entry in top.named("authors") {
            let Some(author) = self.author(entry) else {
                continue;
            };
            if let Some(other) = first.get(&author.urn) {
                let problem = self.author_twice(other, entry);
                self.problems.push(problem);
            } else {
                first.insert(author.urn.clone(), entry);
            }
            authors.insert(entry.key.clone(), author);
        }
        authors
    }

    fn author(&mut self, entry: &Entry) -> Option<Author> {
        let fields = Fields::of(Some(&entry.value), AUTHOR);
        let urn = match &entry.value.value {
            Value::Scalar { text, .. } if !entry.value.is_null() => Located {
                value: text.as_str(),
                span: entry.value.span.clone(),
            },
            _ => fields.text("urn")?,
        };
        let timezone = self.zone(&fields);
        let credentials = CredentialNames {
            token_env: self.variable(&fields, "token_env"),
            client_id_env: self.variable(&fields, "client_id_env"),
            client_secret_env: self.variable(&fields, "client_secret_env"),
            refresh_token_env: self.variable(&fields, "refresh_token_env"),
        };
        match AuthorUrn::parse(urn.value) {
            Ok(urn) => Some(Author {
                urn,
                timezone,
                credentials,
                requests_per_day: fields.count("requests_per_day"),
            }),
            Err(why) => {
                let alias = suggest::shortened(&entry.key);
                let problem = Diagnostic::error("invalid-urn", format!("author `{alias}` has no URN of an author"))
                    .at(self.source.label_with(urn.span, why.to_string()))
                    .help("write `urn:li:organization:` and the digits of the page's admin address, or `urn:li:person:` and the member's id");
                self.problems.push(problem);
                None
            }
        }
    }

    fn author_twice(&self, first: &Entry, second: &Entry) -> Diagnostic {
        let shown = |entry: &Entry| suggest::shortened(&entry.key);
        let message = format!(
            "`{}` and `{}` are the same author",
            shown(first),
            shown(second)
        );
        Diagnostic::error("author-twice", message)
            .at(self
                .source
                .label_with(second.key_span.clone(), "has the same URN"))
            .at(self
                .source
                .label_with(first.key_span.clone(), "as this one"))
            .note("which credentials belong to a URN must be clear")
            .help(format!(
                "remove `{}` and use `{}` in the posts",
                shown(second),
                shown(first)
            ))
    }

    fn variable(&mut self, fields: &Fields<'_>, name: &str) -> Option<String> {
        let text = fields.text(name)?;
        if secrets::is_variable_name(text.value) {
            return Some(text.value.to_owned());
        }
        let span = fields.key_span(name).unwrap_or(text.span);
        let example = AUTHOR.iter().chain(NOTIFY).find(|key| key.name == name);
        let example = example.and_then(|key| key.examples.first()).copied();
        let problem = Diagnostic::error(
            "env-name",
            format!("`{name}` does not name an environment variable"),
        )
        .at(self
            .source
            .label_with(span, "its value is not shown, it may be a secret"))
        .note("a name has capital letters, digits and `_`, at most 100 of them")
        .note("a secret that was committed is public: revoke it, then remove it here")
        .help(format!(
            "write the name of the variable: `{name}: {}`",
            example.unwrap_or("NAME")
        ));
        self.problems.push(problem);
        None
    }

    fn default_author(
        &mut self,
        top: &Fields<'_>,
        authors: &BTreeMap<String, Author>,
    ) -> Option<String> {
        let alias = top.text("default_author")?;
        // An alias whose author is wrong is known, and its problem has been reported.
        let known = top
            .named("authors")
            .iter()
            .any(|entry| entry.key == alias.value);
        if known {
            return Some(alias.value.to_owned());
        }
        let shown = suggest::shortened(alias.value);
        let names = || authors.keys().map(String::as_str);
        let problem = Diagnostic::error("unknown-author", format!("unknown author `{shown}`"))
            .at(self
                .source
                .label_with(alias.span, "not an alias under `authors`"));
        let problem = match (suggest::nearest(alias.value, names()), authors.is_empty()) {
            (Some(near), _) => problem.help(format!("did you mean `{near}`?")),
            (None, false) => problem.help(format!("write one of {}", suggest::listed(names()))),
            (None, true) => problem.help(format!("add `{shown}` with its URN under `authors`")),
        };
        self.problems.push(problem);
        None
    }

    fn api_version(&mut self, top: &Fields<'_>) -> String {
        let fields = Fields::of(top.node("linkedin"), LINKEDIN);
        let Some(version) = fields.text("api_version") else {
            return Config::DEFAULT_API_VERSION.to_owned();
        };
        let digits = version.value.len() == 6 && version.value.bytes().all(|b| b.is_ascii_digit());
        let month = version
            .value
            .get(4..)
            .and_then(|month| month.parse::<u8>().ok());
        if !digits || !month.is_some_and(|month| (1..=12).contains(&month)) {
            let shown = suggest::shortened(version.value);
            let message = format!("`api_version` is `{shown}`, not a year and a month");
            let help = format!("write `api_version: \"{}\"`", Config::DEFAULT_API_VERSION);
            let label = self
                .source
                .label_with(version.span, "expected six digits, `YYYYMM`");
            self.problems.push(
                Diagnostic::error("api-version", message)
                    .at(label)
                    .help(help),
            );
        }
        version.value.to_owned()
    }

    fn publish(&mut self, top: &Fields<'_>) -> PublishPolicy {
        let fields = Fields::of(top.node("publish"), PUBLISH);
        let mut policy = PublishPolicy::default();
        policy.paused = fields.flag("paused").unwrap_or(policy.paused);
        policy.prune = fields.flag("prune").unwrap_or(policy.prune);
        policy.max_per_run = fields.count("max_per_run").unwrap_or(policy.max_per_run);
        let word = |name| fields.text(name).map(|text| text.value);
        policy.on_late = word("on_late")
            .and_then(values::on_late)
            .unwrap_or(policy.on_late);
        if word("on_unknown") == Some("probe") {
            policy.on_unknown = OnUnknown::Probe;
        }
        if let Some(text) = fields.text("max_lateness") {
            match duration::parse("max_lateness", &text, &self.source) {
                Ok(duration) => policy.max_lateness = duration,
                Err(problem) => self.problems.push(problem),
            }
        }
        policy
    }

    fn notify(&mut self, top: &Fields<'_>) -> Vec<NotifyTarget> {
        let mut targets = Vec::new();
        for entry in top.named("notify") {
            let fields = Fields::of(Some(&entry.value), NOTIFY);
            let Some(url_env) = self.variable(&fields, "url_env") else {
                continue;
            };
            let format = match fields.text("format").map(|text| text.value) {
                Some("slack") => NotifyFormat::Slack,
                _ => NotifyFormat::Json,
            };
            let words = fields
                .list("events")
                .iter()
                .filter_map(|node| match &node.value {
                    Value::Scalar { text, .. } => Some(text.as_str()),
                    _ => None,
                });
            let words: Vec<&str> = words.collect();
            let named = |event: &NotifyEvent| match fields.entry("events") {
                Some(_) => words.contains(&event.as_str()),
                // Everything somebody may have to act on.
                None => *event != NotifyEvent::Published,
            };
            targets.push(NotifyTarget {
                name: entry.key.clone(),
                url_env,
                format,
                events: NotifyEvent::ALL.into_iter().filter(named).collect(),
            });
        }
        targets
    }

    fn state_since(&mut self, top: &Fields<'_>) -> Option<NaiveDate> {
        let since = Fields::of(top.node("state"), STATE).text("since")?;
        let written = since.value;
        // chrono also takes `2026-9-1`, which the schema and people's eyes do not.
        let day = NaiveDate::parse_from_str(written, "%Y-%m-%d").ok();
        let day = day.filter(|day| day.format("%Y-%m-%d").to_string() == written);
        if day.is_none() {
            let shown = suggest::shortened(written);
            let problem = Diagnostic::error(
                "state-since",
                format!("`since` is `{shown}`, not a day"),
            )
            .at(self.source.label_with(since.span, "expected `YYYY-MM-DD`"))
            .help("write the day on which this repository began to publish: `since: 2026-09-01`");
            self.problems.push(problem);
        }
        day
    }

    fn state(&mut self, top: &Fields<'_>, published: Option<&str>) -> StateLocation {
        let fields = Fields::of(top.node("state"), STATE);
        let mut state = StateLocation::default();
        if let Some(branch) = self.branch(&fields) {
            state.branch = branch;
        }
        if published == Some(state.branch.as_str()) {
            let span = fields.text("branch").or_else(|| top.text("branch"));
            let span = span.map_or(0..0, |text| text.span);
            let message = format!(
                "`{}` cannot be the published branch and the ledger's",
                state.branch
            );
            let problem = Diagnostic::error("state-branch", message)
                .at(self.source.label_with(span, "is both"))
                .help("give the ledger a branch of its own: `state: { branch: mergecast/state }`");
            self.problems.push(problem);
        }
        if let Some(remote) = fields.text("remote") {
            match git_names::remote(&remote, fields.key_span("remote"), &self.source) {
                Ok(()) => remote.value.clone_into(&mut state.remote),
                Err(problem) => self.problems.push(problem),
            }
        }
        state
    }
}

#[cfg(test)]
mod tests;
