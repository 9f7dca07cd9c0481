//! Who a post is and who publishes it.
//!
//! Owns turning an `id`, a path or an author's name into a key or a URN, and the problems
//! `invalid-key`, `unknown-author` and `author-missing`. Must not look at other posts.

use super::document::Located;
use super::suggest;
use crate::diagnostic::{Diagnostic, SourceText};
use crate::model::config::Config;
use crate::model::digest::Digest;
use crate::model::key::{KeyError, PostKey};
use crate::model::path::ContentPath;
use crate::model::urn::AuthorUrn;

/// The text of the key a post has by its path: below the posts folder, without `.md`.
fn path_text<'p>(path: &'p ContentPath, config: &Config) -> &'p str {
    let below = path.below(&config.posts).unwrap_or(path.as_str());
    below.strip_suffix(".md").unwrap_or(below)
}

/// The key a post has by its path.
///
/// # Errors
/// When the path is no key, for instance because it is too long.
pub fn path_key(path: &ContentPath, config: &Config) -> Result<PostKey, KeyError> {
    PostKey::parse(path_text(path, config))
}

/// A key for a file whose path is none, so that the file can still be talked about. It is
/// never published under it.
#[must_use]
pub fn stand_in_key(path: &ContentPath) -> PostKey {
    let digest = Digest::of(path.as_str().as_bytes());
    let name = format!("unnamed-{}", digest.short());
    // Letters, digits and dashes are a key; the loop ends with the first try.
    PostKey::parse(&name).unwrap_or_else(|_| stand_in_key(path))
}

/// A path for a file whose name is no path at all.
///
/// # Panics
/// Never: the name is a valid path.
#[must_use]
#[expect(clippy::expect_used, reason = "a constant")]
pub(super) fn unnamed() -> ContentPath {
    ContentPath::parse("unnamed").expect("a file name")
}

/// The key written as `id`.
///
/// # Errors
/// `invalid-key`.
pub fn written_key(id: &Located<&str>, source: &SourceText<'_>) -> Result<PostKey, Diagnostic> {
    PostKey::parse(id.value).map_err(|why| {
        let shown = suggest::shortened(id.value);
        Diagnostic::error("invalid-key", format!("`id` cannot be `{shown}`: {why}"))
            .at(source.label_with(id.span.clone(), why.to_string()))
            .help("write a short name such as `id: 2026-09-launch`")
    })
}

/// The key written as `repeats`.
///
/// # Errors
/// `invalid-key`.
pub fn repeated_key(
    written: &Located<&str>,
    source: &SourceText<'_>,
) -> Result<PostKey, Diagnostic> {
    PostKey::parse(written.value).map_err(|why| {
        let shown = suggest::shortened(written.value);
        Diagnostic::error(
            "invalid-key",
            format!("`repeats` cannot be `{shown}`: {why}"),
        )
        .at(source.label_with(written.span.clone(), why.to_string()))
        .help("run `mergecast status`, and write the key of the earlier post")
    })
}

/// The problem of a path that is no key, in a post without `id`.
#[must_use]
pub fn path_problem(why: KeyError, source: &SourceText<'_>) -> Diagnostic {
    let message = format!("the path of the file is not a key: {why}");
    Diagnostic::error("invalid-key", message)
        .at(source.label_with(0..3, "no `id` below"))
        .help("add `id:` with a short name such as `id: 2026-09-launch`, or rename the file")
}

/// The author a text names: an alias of the configuration, or a URN.
#[must_use]
pub fn author(text: &str, config: &Config) -> Option<AuthorUrn> {
    let known = config.authors.get(text).map(|author| author.urn.clone());
    known.or_else(|| AuthorUrn::parse(text).ok())
}

/// The author of posts that name none.
#[must_use]
pub fn default_author(config: &Config) -> Option<AuthorUrn> {
    let alias = config.default_author.as_ref()?;
    config.authors.get(alias).map(|author| author.urn.clone())
}

/// The problem of a name that is neither an alias nor a URN.
#[must_use]
pub fn unknown_author(
    written: &Located<&str>,
    config: &Config,
    source: &SourceText<'_>,
) -> Diagnostic {
    let shown = suggest::shortened(written.value);
    let aliases = || config.authors.keys().map(String::as_str);
    let found = Diagnostic::error("unknown-author", format!("unknown author `{shown}`"));
    if written.value.starts_with("urn:") {
        return found
            .at(source.label_with(written.span.clone(), "not the URN of an author"))
            .note("an author is `urn:li:person:<id>` or `urn:li:organization:<digits>`")
            .help("copy the URN again, or write an alias of `mergecast.yaml`");
    }
    let found =
        found.at(source.label_with(written.span.clone(), "not an alias of `mergecast.yaml`"));
    let found = if config.authors.is_empty() {
        found.note("`mergecast.yaml` names no authors")
    } else {
        found.note(format!("the aliases are {}", suggest::listed(aliases())))
    };
    match suggest::nearest(written.value, aliases()) {
        Some(near) => found.help(format!("did you mean `{near}`?")),
        None => found.help(format!("add `{shown}` under `authors` in `mergecast.yaml`")),
    }
}

/// The problem of a post without author where the configuration has no default.
#[must_use]
pub fn author_missing(config: &Config, source: &SourceText<'_>) -> Diagnostic {
    let found = Diagnostic::error("author-missing", "the post has no `author`")
        .at(source.label_with(0..3, "no `author` below"))
        .note("`mergecast.yaml` has no `default_author`");
    match config.authors.keys().next() {
        Some(alias) => found.help(format!("add `author: {alias}`")),
        None => found.help("add `author: urn:li:person:<id>`, or `authors` in `mergecast.yaml`"),
    }
}
