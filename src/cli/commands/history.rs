//! `adopt`, `refresh`, `import`: what was there before, and what became of it.
//!
//! Owns what is printed and written. Must not decide: the pass does.

use crate::cli::args::{AdoptArgs, Format, ImportArgs};
use crate::cli::commands::apply::pass_options;

use crate::cli::commands::status::{at, stopped};
use crate::cli::output::Output;
use crate::cli::settings::Settings;
use crate::cli::tokens::Tokens;
use crate::cli::world::{local_config, real};
use crate::diagnostic::Diagnostic;
use crate::model::path::ContentPath;
use crate::model::urn::{AuthorUrn, PostUrn};
use crate::pass::Stop;
use crate::pass::adopt::adopt;
use crate::pass::import::{ImportOutcome, Wanted, import};
use crate::pass::refresh::{Drift, LivePost, refresh};
use crate::report::clean;
use crate::report::exit::Exit;
use crate::system::files::{create_folders, write_atomically};

/// Records older posts as skipped.
pub(in crate::cli) async fn run_adopt(
    args: &AdoptArgs,
    settings: &Settings,
    output: Output,
) -> Exit {
    let done = async {
        let config = local_config(&settings.root).await?;
        let before = at(Some(&day_or_time(&args.before)), &config)?;
        let options = pass_options(settings, Vec::new(), None)?;
        let world = real(settings, false, false).await?;
        adopt(&world, &options, before).await
    };
    match done.await {
        Ok(keys) if settings.format == Format::Json => {
            let keys: Vec<&str> = keys.iter().map(|key| key.as_str()).collect();
            let document = serde_json::json!({ "format_version": 1, "adopted": keys });
            output.data(&format!("{document:#}\n"));
            Exit::Done
        }
        Ok(keys) => {
            for key in &keys {
                output.data(&format!("adopted   {}\n", clean::line(key.as_str())));
            }
            output.data(&format!(
                "Adopt: {} recorded as skipped; they are never published.\n",
                keys.len()
            ));
            Exit::Done
        }
        Err(stop) => stopped(&stop, settings, output),
    }
}

/// Tells drift.
pub(in crate::cli) async fn run_refresh(settings: &Settings, output: Output) -> Exit {
    let done = async {
        let options = pass_options(settings, Vec::new(), None)?;
        let tokens = Tokens::open(settings)?;
        let world = real(settings, false, false).await?;
        let token = |config: &_, author: &_| tokens.token(config, author);
        Box::pin(refresh(&world, &options, &token)).await
    };
    let posts = match done.await {
        Ok(posts) => posts,
        Err(stop) => return stopped(&stop, settings, output),
    };
    if settings.format == Format::Json {
        output.data(&refreshed_json(&posts));
    } else {
        output.data(&refreshed_human(&posts));
    }
    posts
        .iter()
        .fold(Exit::Done, |exit, post| exit.and(post.exit))
}

fn word(drift: &Drift) -> &'static str {
    match drift {
        Drift::Same => "same",
        Drift::Edited(_) => "edited",
        Drift::Deleted => "deleted",
        Drift::NotShown(_) => "not shown",
        Drift::Unreadable(_) => "unreadable",
    }
}

fn refreshed_json(posts: &[LivePost]) -> String {
    let posts = posts.iter().map(|post| {
        let (text, why) = match &post.drift {
            Drift::Edited(text) => (Some(text), None),
            Drift::NotShown(why) | Drift::Unreadable(why) => (None, Some(why)),
            Drift::Same | Drift::Deleted => (None, None),
        };
        serde_json::json!({
            "key": post.key.as_str(), "urn": post.urn.as_str(),
            "drift": word(&post.drift), "live_text": text, "why": why,
        })
    });
    let posts: Vec<_> = posts.collect();
    let document = serde_json::json!({ "format_version": 1, "posts": posts });
    format!("{document:#}\n")
}

fn refreshed_human(posts: &[LivePost]) -> String {
    let mut page = String::new();
    for post in posts {
        let key = clean::line(post.key.as_str());
        page.push_str(&format!(
            "{:<10} {key}  {}\n",
            word(&post.drift),
            post.urn.url()
        ));
        match &post.drift {
            Drift::Edited(text) => {
                for line in clean::block(text).lines() {
                    page.push_str(&format!("           | {line}\n"));
                }
                page.push_str("           help: put this text into the file to keep it; the next edit of the file replaces it\n");
            }
            Drift::Deleted => page.push_str("           help: it is not published again; remove the file, or give it another `id`\n"),
            Drift::NotShown(why) | Drift::Unreadable(why) => {
                page.push_str(&format!("           {}\n", clean::line(why)));
            }
            Drift::Same => {}
        }
    }
    let count = |name: &str| {
        posts
            .iter()
            .filter(|post| word(&post.drift) == name)
            .count()
    };
    let not_shown = match count("not shown") {
        0 => String::new(),
        posts => format!(", {posts} not shown"),
    };
    page.push_str(&format!(
        "Refresh: {} same, {} edited, {} deleted, {} unreadable{not_shown}; nothing was changed.\n",
        count("same"),
        count("edited"),
        count("deleted"),
        count("unreadable")
    ));
    page
}

/// Writes files and entries for live posts.
pub(in crate::cli) async fn run_import(
    args: &ImportArgs,
    settings: &Settings,
    output: Output,
) -> Exit {
    let done = async {
        let config = local_config(&settings.root).await?;
        let wanted = wanted(args, &config)?;
        let options = pass_options(settings, Vec::new(), None)?;
        let tokens = Tokens::open(settings)?;
        let world = real(settings, false, false).await?;
        let token = |config: &_, author: &_| tokens.token(config, author);
        let make = |path: &ContentPath, text: &str| make_file(settings, path, text);
        Box::pin(import(&world, &options, &token, &wanted, &make)).await
    };
    let posts = match done.await {
        Ok(posts) => posts,
        Err(stop) => return stopped(&stop, settings, output),
    };
    let mut exit = Exit::Done;
    for post in &posts {
        match &post.outcome {
            ImportOutcome::File { path, carries, .. } => {
                output.data(&format!("imported  {path}  {}\n", post.urn.url()));
                if *carries {
                    output.data("          note: what it shows besides text stays on LinkedIn and is not in the file\n");
                }
            }
            ImportOutcome::Known(key) => {
                let key = clean::line(key.as_str());
                output.data(&format!("known     {key}  {}\n", post.urn.url()));
            }
            ImportOutcome::Refused(why) => {
                let why = clean::line(why);
                output.data(&format!("refused   {}\n          {why}\n", post.urn));
                exit = exit.and(Exit::Failed);
            }
        }
    }
    output.data("Import: commit and merge the new files; the posts are recorded as published.\n");
    exit
}

fn wanted(args: &ImportArgs, config: &crate::model::config::Config) -> Result<Wanted, Stop> {
    let usage = |message: String, help: &str| {
        let problem = Diagnostic::error("import-what", message).help(help);
        Stop {
            diagnostics: vec![problem],
            exit: Exit::Usage,
        }
    };
    let mut urns = Vec::new();
    for text in &args.urns {
        let found = text
            .split(['/', '?'])
            .find_map(|part| PostUrn::parse(part).ok());
        let help = "name `urn:li:share:…`, `urn:li:ugcPost:…`, or an address with one of them";
        urns.push(found.ok_or_else(|| usage(format!("`{text}` names no post"), help))?);
    }
    let name = args.author.as_deref().or(config.default_author.as_deref());
    let author = name.and_then(|name| {
        let alias = config.authors.get(name).map(|author| author.urn.clone());
        alias.or_else(|| AuthorUrn::parse(name).ok())
    });
    let help = "name one with --author";
    let author = author.ok_or_else(|| usage("which author?".to_owned(), help))?;
    let since = match &args.since {
        Some(text) => Some(at(Some(&day_or_time(text)), config)?),
        None => None,
    };
    if urns.is_empty() && since.is_none() {
        let help = "name posts, or `--since 2026-01-01` for all of an author's since then";
        return Err(usage("which posts?".to_owned(), help));
    }
    Ok(Wanted {
        urns,
        author,
        since,
    })
}

/// A file that is there is never replaced.
fn make_file(settings: &Settings, path: &ContentPath, text: &str) -> Result<(), String> {
    let place = settings.root.join(path.as_str());
    if place.exists() {
        return Err(format!("`{path}` exists already"));
    }
    let folder = place.parent().unwrap_or(&settings.root);
    create_folders(folder)
        .and_then(|()| write_atomically(&place, text.as_bytes()))
        .map_err(|error| format!("`{path}` cannot be written: {error}"))
}

/// A day alone begins at midnight.
fn day_or_time(text: &str) -> String {
    let text = text.trim();
    match text.len() {
        10 => format!("{text} 00:00"),
        _ => text.to_owned(),
    }
}
