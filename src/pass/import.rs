//! Live posts into files and record.
//!
//! Owns `import`: reading a live post, the file that says the same, and the entry that
//! keeps it from being published again. Must not write the file itself, and must not
//! publish.

use crate::content::document;
use crate::desired::DesiredPost;
use crate::desired::assemble::assemble;
use crate::linkedin::client::Client;
use crate::linkedin::live_text::{markdown, visible};
use crate::linkedin::replies::{FoundPost, Listing};
use crate::model::Instant;
use crate::model::key::PostKey;
use crate::model::path::ContentPath;
use crate::model::target::Target;
use crate::model::urn::{AuthorUrn, PostUrn};
use crate::pass::ledger::Change;
use crate::pass::prepare::declare;
use crate::pass::see::{Seen, Stop, see};
use crate::pass::{Credentials, PassOptions};
use crate::ports::World;
use crate::record::{Entry, EntryId, Event, How, Reason};

/// Which posts.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// These; none: those of `since`.
    pub urns: Vec<PostUrn>,
    /// Whose token reads, and whose posts.
    pub author: AuthorUrn,
    /// Every post of the author from here on.
    pub since: Option<Instant>,
}

/// One live post.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Imported {
    /// LinkedIn's name for it.
    pub urn: PostUrn,
    /// What came of it.
    pub outcome: ImportOutcome,
}

/// What came of one post.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImportOutcome {
    /// It is recorded, and this file says the same.
    File {
        /// Where it belongs.
        path: ContentPath,
        /// What is in it.
        text: String,
        /// Whether the live post shows something that the file does not.
        carries: bool,
    },
    /// It was known already, under this key.
    Known(PostKey),
    /// It was left alone; why.
    Refused(String),
}

/// Reads live posts and records them. `make_file` puts each file where it belongs before
/// its entry is recorded.
///
/// # Errors
/// When content or ledger cannot be read or written, or `prune` would delete what has no
/// file on the published branch yet.
pub async fn import<W: World>(
    world: &W,
    options: &PassOptions,
    credentials: &Credentials<'_>,
    wanted: &Wanted,
    make_file: &dyn Fn(&ContentPath, &str) -> Result<(), String>,
) -> Result<Vec<Imported>, Stop> {
    let mut seen = see(world, options).await?;
    seen.refuse_frozen()?;
    if seen.content.config.publish.prune {
        return Err(pruning());
    }
    let token = credentials(&seen.content.config, &wanted.author).await?;
    let client = Client {
        transport: world.transport(),
        endpoint: &options.endpoint,
        api_version: &seen.content.config.api_version.clone(),
    };
    let clock = world.clock();
    let mut done = Vec::new();
    let mut posts: Vec<Result<FoundPost, (PostUrn, String)>> = Vec::new();
    for urn in &wanted.urns {
        let read = client.get_post(&token, urn, clock).await;
        posts.push(read.map_err(|met| (urn.clone(), met.problem().message.clone())));
    }
    if let Some(since) = wanted.since {
        let listed = client.find_by_author(&token, &wanted.author, since, clock);
        match listed.await {
            Ok(Listing::Posts(found)) => posts.extend(found.into_iter().map(Ok)),
            Ok(Listing::Unreadable) => return Err(unreadable()),
            Err(failure) => return Err(failure.problem().clone().into()),
        }
    }
    for post in posts {
        let imported = match post {
            Ok(post) => one(&mut seen, post, make_file).await?,
            Err((urn, why)) => Imported {
                urn,
                outcome: ImportOutcome::Refused(why),
            },
        };
        done.push(imported);
    }
    super::settle::write_lockfile(world, &seen).await;
    Ok(done)
}

fn pruning() -> Stop {
    let problem = crate::diagnostic::Diagnostic::error(
        "import-prune",
        "`publish.prune` is on: a run before the files are merged would delete the live posts",
    );
    Stop::one(
        problem.help("set `publish.prune: false`, import, merge the files, then turn it on again"),
        crate::report::exit::Exit::Invalid,
    )
}

fn unreadable() -> Stop {
    let problem = crate::diagnostic::Diagnostic::error(
        "import-unreadable",
        "this token may not read the author's posts",
    );
    Stop::one(
        problem.help("posts of pages are read with `r_organization_social`; LinkedIn lets nobody read members' posts (docs/linkedin-access.md#products)"),
        crate::report::exit::Exit::Denied,
    )
}

async fn one<W: World>(
    seen: &mut Seen<'_, W>,
    post: FoundPost,
    make_file: &dyn Fn(&ContentPath, &str) -> Result<(), String>,
) -> Result<Imported, Stop> {
    let urn = post.urn.clone();
    let outcome = |outcome| Imported {
        urn: urn.clone(),
        outcome,
    };
    let ledger = seen.session.ledger();
    let known = |entry: &&Entry| entry.urn.as_ref() == Some(&urn);
    if let Some(known) = ledger.entries.values().find(known) {
        return Ok(outcome(ImportOutcome::Known(known.key.clone())));
    }
    let (path, text) = file(&post, &seen.content.config.posts);
    let Some(path) = path else {
        return Ok(outcome(ImportOutcome::Refused("it has no date".to_owned())));
    };
    let config = &seen.content.config;
    let parsed = document::parse(text.as_bytes(), &path, config);
    let state = assemble(
        config,
        vec![parsed],
        &std::collections::BTreeMap::new(),
        None,
    );
    let Some(desired) = state.posts.into_iter().next() else {
        let why = state
            .diagnostics
            .first()
            .map_or("it makes no post", |d| d.message.as_str());
        return Ok(outcome(ImportOutcome::Refused(why.to_owned())));
    };
    let content = desired.content();
    if visible(&content.wire) != visible(&post.commentary) {
        let why = "no Markdown was found that says exactly the same; write the file by hand";
        return Ok(outcome(ImportOutcome::Refused(why.to_owned())));
    }
    if let Err(why) = make_file(&path, &text) {
        return Ok(outcome(ImportOutcome::Refused(why)));
    }
    keep(seen, &desired, &post).await?;
    let carries = post.carries;
    Ok(outcome(ImportOutcome::File {
        path,
        text,
        carries,
    }))
}

/// Records the post as published.
async fn keep<W: World>(
    seen: &mut Seen<'_, W>,
    desired: &DesiredPost,
    post: &FoundPost,
) -> Result<(), Stop> {
    let id = EntryId {
        key: desired.key.clone(),
        target: Target::Linkedin,
    };
    let declaration = declare(Target::Linkedin, desired, desired.content(), None);
    let reason = Reason::new("adopted", "it was published before this repository knew it");
    let events = [
        Event::Skip {
            declaration: Box::new(declaration),
            reason,
        },
        Event::Published {
            nonce: None,
            urn: post.urn.clone(),
            at: post.published_at.unwrap_or_default(),
            how: How::Imported,
            comment_id: None,
        },
    ];
    let changes = events.map(|event| Change {
        id: id.clone(),
        event,
    });
    seen.session.record(&changes).await?;
    Ok(())
}

/// The file of a live post: named by its day and number, with its author and time.
fn file(post: &FoundPost, posts: &ContentPath) -> (Option<ContentPath>, String) {
    let Some(at) = post.published_at.or_else(|| post.urn.minted_at()) else {
        return (None, String::new());
    };
    let name = format!("{}-{}", at.format("%Y-%m-%d"), post.urn.id());
    let author = post.author.as_ref();
    let author = author.map_or_else(String::new, |author| format!("author: {author}\n"));
    let text = format!(
        "---\nid: {name}\n{author}scheduled_at: {}\n---\n\n{}",
        at.format("%Y-%m-%dT%H:%M:%SZ"),
        markdown(&post.commentary)
    );
    (
        ContentPath::parse(&format!("{posts}/imported/{name}.md")).ok(),
        text,
    )
}
