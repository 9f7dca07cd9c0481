//! The lockfile: the record people can review.
//!
//! Owns its byte-stable text: YAML, one block a post, sorted by key, every text quoted.
//! Written by the tool only. Must not decide: it is a witness (see
//! [`super::recorded`]).

mod own_form;
mod written;

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::entry::{Entry, EntryId, How, State};
use super::ledger::Ledger;
use crate::model::Instant;
use crate::model::content::PostContent;
use crate::model::digest::Digest;
use crate::model::key::PostKey;
use crate::model::path::ContentPath;
use crate::model::target::Target;
use crate::model::urn::{AuthorUrn, PostUrn};

pub use written::Written;

/// The lockfile's name, in the content root.
pub const LOCKFILE: &str = "mergecast.lock";
/// The largest lockfile that is read, in bytes; a hundred thousand posts need two thirds.
pub const LARGEST: u64 = 64 * 1024 * 1024;
/// The format this program writes; a newer one is refused, never rewritten.
pub const VERSION: u32 = 1;

/// What became of a post, as far as the lockfile tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum LockfileState {
    /// It is on LinkedIn.
    Published,
    /// It was on LinkedIn.
    Deleted,
    /// It never goes out.
    Skipped,
}

/// One post.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LockfileBlock {
    /// Its identity.
    #[schemars(with = "String")]
    pub key: PostKey,
    /// Where it went.
    #[schemars(with = "String")]
    pub target: Target,
    /// Its file when it was last recorded.
    #[schemars(with = "String")]
    pub path: ContentPath,
    /// What became of it.
    pub state: LockfileState,
    /// Who published it.
    #[schemars(with = "String")]
    pub author: AuthorUrn,
    /// LinkedIn's name for it.
    #[schemars(with = "Option<String>")]
    pub urn: Option<PostUrn>,
    /// Where readers find it.
    pub url: Option<String>,
    /// Further posts that LinkedIn has for it, until a person says which one counts.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Vec<String>")]
    pub also: Vec<PostUrn>,
    /// Digest of its content.
    #[schemars(with = "String")]
    pub digest: Digest,
    /// When it was meant to go out, UTC.
    #[schemars(with = "Option<String>")]
    pub scheduled_at: Option<Instant>,
    /// When it went out, UTC.
    #[schemars(with = "Option<String>")]
    pub published_at: Option<Instant>,
    /// When its live post was deleted, UTC.
    #[schemars(with = "Option<String>")]
    pub deleted_at: Option<Instant>,
    /// The commit its content was read from.
    pub content_commit: Option<String>,
}

/// Blocks by entry. Copies share what is the same in both.
pub type Blocks = imbl::OrdMap<EntryId, Arc<LockfileBlock>>;

/// A whole lockfile.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lockfile {
    /// Its posts.
    pub blocks: Blocks,
}

/// The file's shape.
#[derive(Serialize, Deserialize, JsonSchema)]
#[schemars(title = "mergecast.lock")]
struct Shape {
    /// Format of the file.
    version: u32,
    /// Published, deleted and skipped posts, sorted by key.
    posts: Vec<LockfileBlock>,
}

/// Why a lockfile cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LockfileProblem {
    /// Written by a newer version of this program.
    #[error("it has version {0}, which only a newer mergecast can read")]
    Newer(u64),
    /// It holds the marks of an unresolved merge.
    #[error("it holds the marks of an unresolved merge")]
    Conflict,
    /// Not the YAML it should be.
    #[error("it cannot be read: {0}")]
    Damaged(String),
}

impl LockfileBlock {
    /// What no block this program writes could be.
    pub(super) fn contradiction(&self) -> Option<&'static str> {
        match (self.state, &self.urn, self.deleted_at) {
            (LockfileState::Published | LockfileState::Deleted, None, _) => Some("it names no URN"),
            (LockfileState::Deleted, Some(_), None) => Some("it does not say when it was deleted"),
            (LockfileState::Published, Some(_), Some(_)) => Some("it is published and deleted"),
            (LockfileState::Skipped, Some(_), _) | (LockfileState::Skipped, None, Some(_)) => {
                Some("it is skipped and was published")
            }
            (LockfileState::Published, Some(_), None)
            | (LockfileState::Deleted, Some(_), Some(_))
            | (LockfileState::Skipped, None, None) => None,
        }
    }

    /// The entry this block stands for. `content`: what the post says, where known; else
    /// the entry knows no more of it than its author and its digest.
    #[must_use]
    pub fn into_entry(self, content: Option<PostContent>) -> Entry {
        let unknown = || PostContent::of_text(self.author.clone(), String::new(), String::new());
        let content = content.filter(|content| content.digest() == self.digest);
        Entry {
            format: Entry::FORMAT,
            content: content.unwrap_or_else(unknown),
            key: self.key,
            target: self.target,
            path: self.path,
            state: match self.state {
                LockfileState::Published | LockfileState::Deleted => State::Published,
                LockfileState::Skipped => State::Skipped,
            },
            attempt: 0,
            owner: None,
            digest: self.digest,
            content_commit: self.content_commit,
            document: None,
            former_keys: Vec::new(),
            scheduled_at: self.scheduled_at,
            declared_at: None,
            owner_saw_it_end: false,
            doubted_at: None,
            probe: false,
            not_before: None,
            uploaded: Vec::new(),
            how: self.urn.is_some().then_some(How::Imported),
            urn: self.urn,
            comment_id: None,
            published_at: self.published_at,
            deleted_at: self.deleted_at,
            also: self.also,
            replaced: Vec::new(),
            text_unsure: false,
            skip_ended: false,
            reason: None,
            history: Vec::new(),
        }
    }

    /// Which entry it is about.
    #[must_use]
    pub fn id(&self) -> EntryId {
        EntryId {
            key: self.key.clone(),
            target: self.target,
        }
    }

    /// Its lines.
    fn text(&self) -> String {
        let mut lines = Lines(Vec::with_capacity(USUAL));
        lines.add("key", &self.key);
        lines.add("target", &self.target);
        lines.add("path", &self.path);
        lines.add("state", &self.state);
        lines.add("author", &self.author);
        lines.add("urn", &self.urn);
        lines.add("url", &self.url);
        lines.add("also", &Some(&self.also).filter(|also| !also.is_empty()));
        lines.add("digest", &self.digest);
        lines.add("scheduled_at", &self.scheduled_at);
        lines.add("published_at", &self.published_at);
        lines.add("deleted_at", &self.deleted_at);
        lines.add("content_commit", &self.content_commit);
        String::from_utf8(lines.0).unwrap_or_default()
    }

    fn of(entry: &Entry) -> Option<Self> {
        let state = match entry.state {
            State::Published if entry.deleted_at.is_some() => LockfileState::Deleted,
            State::Published => LockfileState::Published,
            State::Skipped => LockfileState::Skipped,
            State::Sending | State::Retryable | State::Rejected | State::Unknown => return None,
        };
        Some(Self {
            key: entry.key.clone(),
            target: entry.target,
            path: entry.path.clone(),
            state,
            author: entry.content.author.clone(),
            urn: entry.urn.clone(),
            url: entry.urn.as_ref().map(PostUrn::url),
            also: entry.also.clone(),
            digest: entry.digest.clone(),
            scheduled_at: entry.scheduled_at,
            published_at: entry.published_at,
            deleted_at: entry.deleted_at,
            content_commit: entry.content_commit.clone(),
        })
    }
}

/// Bytes of most blocks, at most.
const USUAL: usize = 1024;

/// The lines of a block, each a name and a JSON value on one line.
struct Lines(Vec<u8>);

impl Lines {
    /// Null has no line.
    fn add(&mut self, name: &str, value: &impl Serialize) {
        let begin = self.0.len();
        let lead: &[u8] = if begin == 0 { b"- " } else { b"  " };
        for part in [lead, name.as_bytes(), b": "] {
            self.0.extend_from_slice(part);
        }
        let value_at = self.0.len();
        let written = serde_json::to_writer(&mut self.0, value);
        if written.is_err() || self.0.get(value_at..) == Some(b"null") {
            self.0.truncate(begin);
        } else {
            self.0.push(b'\n');
        }
    }
}

/// What every lockfile of this version begins with.
const HEAD: &str =
    "# @generated by mergecast: the record of what was published. Do not edit.\nversion: 1\n";

/// The file with these blocks, of about so many bytes.
fn text_of<T: AsRef<str>>(blocks: impl Iterator<Item = T>, about: usize) -> String {
    let mut text = String::with_capacity(about);
    text.push_str(HEAD);
    let mut none = true;
    for block in blocks {
        if std::mem::take(&mut none) {
            text.push_str("posts:\n");
        }
        text.push_str(block.as_ref());
    }
    if none {
        text.push_str("posts: []\n");
    }
    text
}

impl Lockfile {
    /// What the ledger says, in the lockfile's words.
    #[must_use]
    pub fn from_ledger(ledger: &Ledger) -> Self {
        let block = |(id, entry): (&EntryId, &Entry)| {
            LockfileBlock::of(entry).map(|block| (id.clone(), Arc::new(block)))
        };
        Self {
            blocks: ledger.entries.iter().filter_map(block).collect(),
        }
    }

    /// The file's text; equal lockfiles have equal bytes.
    #[must_use]
    pub fn to_text(&self) -> String {
        text_of(self.blocks.values().map(|block| block.text()), 0)
    }

    /// Reads a lockfile.
    ///
    /// # Errors
    /// Says why it cannot be used; it can always be made anew from the ledger.
    pub fn parse(bytes: &[u8]) -> Result<Self, LockfileProblem> {
        let damaged = |problem: String| LockfileProblem::Damaged(problem);
        if bytes.len() as u64 > LARGEST {
            return Err(damaged(format!("it has more than {LARGEST} bytes")));
        }
        let text = std::str::from_utf8(bytes).map_err(|error| damaged(error.to_string()))?;
        if text
            .lines()
            .any(|line| line.starts_with("<<<<<<< ") || line.starts_with(">>>>>>> "))
        {
            return Err(LockfileProblem::Conflict);
        }
        if let Some(lockfile) = own_form::read(text) {
            return Ok(lockfile);
        }
        Self::parse_yaml(text)
    }

    fn parse_yaml(text: &str) -> Result<Self, LockfileProblem> {
        let damaged = |problem: String| LockfileProblem::Damaged(problem);
        let one_line = |error: serde_saphyr::Error| {
            damaged(
                error
                    .to_string()
                    .lines()
                    .next()
                    .unwrap_or_default()
                    .to_owned(),
            )
        };
        let value: serde_json::Value =
            serde_saphyr::from_str_with_options(text, limits()).map_err(one_line)?;
        match value.get("version").and_then(serde_json::Value::as_u64) {
            Some(version) if version > u64::from(VERSION) => {
                return Err(LockfileProblem::Newer(version));
            }
            Some(_) => {}
            None => return Err(damaged("it names no version".to_owned())),
        }
        let shape: Shape =
            serde_json::from_value(value).map_err(|error| damaged(error.to_string()))?;
        let mut blocks = Blocks::new();
        for block in shape.posts {
            let id = block.id();
            let problem = block.contradiction();
            let problem = problem.or(blocks.contains_key(&id).then_some("it is there twice"));
            if let Some(problem) = problem {
                return Err(damaged(format!("the block of `{}`: {problem}", block.key)));
            }
            blocks.insert(id, Arc::new(block));
        }
        Ok(Self { blocks })
    }
}

/// Limits that fit a hundred thousand posts; the usual ones end near ten thousand. The
/// tool writes no anchors, so there are none.
fn limits() -> serde_saphyr::Options {
    serde_saphyr::options! {
        budget: serde_saphyr::budget! {
            max_nodes: 4_000_000,
            max_events: 5_000_000,
            max_aliases: 0,
            max_anchors: 0,
            max_documents: 1,
        },
        with_snippet: false,
    }
}

/// The JSON Schema of the file.
#[must_use]
pub fn lockfile_schema() -> serde_json::Value {
    schemars::schema_for!(Shape).to_value()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::testing::*;
    use super::*;

    fn lockfile() -> Lockfile {
        let block = LockfileBlock {
            key: PostKey::parse("Grüße \"x\": #1").unwrap(),
            target: Target::Linkedin,
            path: ContentPath::parse("posts/a b.md").unwrap(),
            state: LockfileState::Published,
            author: AuthorUrn::parse("urn:li:person:a").unwrap(),
            urn: Some(PostUrn::parse("urn:li:share:1").unwrap()),
            url: Some("https://www.linkedin.com/feed/update/urn:li:share:1/".to_owned()),
            also: vec![PostUrn::parse("urn:li:share:2").unwrap()],
            digest: Digest::of(b"x"),
            scheduled_at: None,
            published_at: chrono::DateTime::from_timestamp(1_790_000_000, 0),
            deleted_at: None,
            content_commit: Some("1e10".to_owned()),
        };
        let id = EntryId {
            key: block.key.clone(),
            target: block.target,
        };
        Lockfile {
            blocks: Blocks::unit(id, Arc::new(block)),
        }
    }

    #[test]
    fn text_returns_to_the_same_lockfile() {
        for lockfile in [lockfile(), Lockfile::default()] {
            let text = lockfile.to_text();
            assert_eq!(
                Lockfile::parse(text.as_bytes()).unwrap(),
                lockfile,
                "{text}"
            );
            assert_eq!(Lockfile::parse(text.as_bytes()).unwrap().to_text(), text);
        }
    }

    #[test]
    fn what_cannot_be_trusted_is_refused() {
        let newer = lockfile().to_text().replace("version: 1", "version: 2");
        assert_eq!(
            Lockfile::parse(newer.as_bytes()),
            Err(LockfileProblem::Newer(2))
        );
        let conflict = format!("<<<<<<< ours\n{}", lockfile().to_text());
        assert_eq!(
            Lockfile::parse(conflict.as_bytes()),
            Err(LockfileProblem::Conflict)
        );
        for damaged in [&b"posts: ["[..], b"\xff", b"", b"version: 1\nposts: 3\n"] {
            assert!(
                matches!(Lockfile::parse(damaged), Err(LockfileProblem::Damaged(_))),
                "{damaged:?}"
            );
        }
    }

    #[test]
    fn the_schema_accepts_what_is_written() {
        let validator = jsonschema::validator_for(&lockfile_schema()).unwrap();
        let value: serde_json::Value = serde_saphyr::from_str(&lockfile().to_text()).unwrap();
        assert!(validator.is_valid(&value));
        assert!(!validator.is_valid(&serde_json::json!({"version": 1})));
    }

    fn of(entries: impl IntoIterator<Item = Entry>) -> Lockfile {
        let entries = entries.into_iter().map(|entry| (entry.id(), entry));
        Lockfile::from_ledger(&Ledger {
            entries: entries.collect(),
            ..Ledger::default()
        })
    }

    #[test]
    fn a_post_listed_twice_is_damage() {
        let one = of([published("a", "x", 1)]).to_text();
        let two = of([published("a", "x", 2)]).to_text();
        let (_, block) = two.split_once("posts:\n").unwrap();
        let read = Lockfile::parse(format!("{one}{block}").as_bytes());
        assert!(matches!(read, Err(LockfileProblem::Damaged(_))), "{read:?}");
    }

    #[test]
    fn a_block_that_contradicts_itself_is_damage() {
        let text = of([
            published("a", "x", 1),
            deleted("b", "y", 2),
            skipped("c", "z"),
        ])
        .to_text();
        assert!(Lockfile::parse(text.as_bytes()).is_ok());
        let without_urn = text.lines().filter(|line| !line.starts_with("  urn:"));
        for wrong in [
            without_urn.collect::<Vec<_>>().join("\n"),
            text.replace("\"published\"", "\"skipped\""),
            text.replace("\"published\"", "\"deleted\""),
            text.replace("\"deleted\"", "\"published\""),
        ] {
            let read = Lockfile::parse(wrong.as_bytes());
            assert!(matches!(read, Err(LockfileProblem::Damaged(_))), "{wrong}");
        }
    }

    #[test]
    fn many_posts_fit() {
        let lockfile = of((0..20_000).map(|number| published(&format!("p{number}"), "x", number)));
        assert_eq!(Lockfile::parse(lockfile.to_text().as_bytes()), Ok(lockfile));
    }

    proptest! {
        #[test]
        fn any_key_and_commit_read_back(text in any::<String>(), commit in any::<String>()) {
            let mut entry = published("a", "x", 1);
            entry.key = PostKey::parse(&text).unwrap_or(entry.key);
            entry.content_commit = Some(commit);
            let lockfile = of([entry]);
            let text = lockfile.to_text();
            prop_assert_eq!(Lockfile::parse(text.as_bytes()), Ok(lockfile));
        }
    }
}
