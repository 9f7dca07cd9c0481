//! `check`: validate content offline.

use std::path::{Path, PathBuf};

use crate::cli::args::{CheckArgs, Format};
use crate::cli::output::Output;
use crate::cli::reviewed::{Reviewed, checked, staged};
use crate::cli::settings::Settings;
use crate::diagnostic::{self, Diagnostic, Severity};
use crate::git::{Repository, at_base};
use crate::model::path::ContentPath;
use crate::pass::Stop;
use crate::pass::load::read_content;
use crate::record::hand_edit::{Against, hand_edit};
use crate::record::lockfile::LOCKFILE;
use crate::record::recorded::Recorded;
use crate::report::annotations::github_annotations;
use crate::report::diagnostics::{diagnostics_human, summary_line};
use crate::report::diagnostics_json::check_json;
use crate::report::exit::Exit;

/// The largest lockfile that is read, in bytes.
pub(in crate::cli) const LARGEST_LOCKFILE: u64 = 64 * 1024 * 1024;

/// Reads everything and says what is wrong with it.
pub(in crate::cli) async fn run(args: &CheckArgs, settings: &Settings, output: Output) -> Exit {
    let looked = match args.staged {
        true => staged(settings).await,
        false => checked(settings).await,
    };
    let (mut diagnostics, posts) = match &looked {
        Ok(looked) => read(looked),
        Err(stop) => (stop.diagnostics.clone(), 0),
    };
    if let Some(path) = args.paths.iter().find(|path| !exists(settings, path)) {
        output.message(&format!("error: there is no file `{}`\n", path.display()));
        return Exit::Usage;
    }
    diagnostics.retain(|problem| is_wanted(args, settings, problem));
    if let Ok(looked) = &looked {
        diagnostics.extend(lockfile(args, settings, looked).await);
    }
    for problem in &mut diagnostics {
        if args.strict && problem.code == "not-in-commit" {
            problem.severity = Severity::Error;
        }
    }
    let fails = |problem: &Diagnostic| args.strict || problem.is_error();
    let exit = match diagnostics.iter().any(fails) {
        true => Exit::Invalid,
        false => Exit::Done,
    };
    match settings.format {
        Format::Json => output.data(&check_json(&diagnostics)),
        Format::Github => output.data(&github_annotations(&diagnostics, prefix(&looked))),
        Format::Human | Format::Markdown => {
            let palette = Settings::message_palette(output);
            output.message(&diagnostics_human(&diagnostics, &palette));
            output.data(&format!(
                "{}\n",
                summary_line(&diagnostics, posts, &Settings::data_palette(output)).trim_end()
            ));
        }
    }
    exit
}

/// What is wrong with the content, and how many posts there are.
fn read(looked: &Reviewed) -> (Vec<Diagnostic>, usize) {
    let (mut found, posts) = match read_content(looked.tree.as_ref()) {
        Ok(content) => {
            let desired = content.desired;
            let posts = desired.posts.len() + desired.blocked.len();
            (desired.diagnostics, posts)
        }
        Err(diagnostics) => (diagnostics, 0),
    };
    found.extend(looked.notices.iter().cloned());
    // A folder that is left out of this checkout is not missing.
    if found
        .iter()
        .any(|problem| problem.code == "not-checked-out")
    {
        found.retain(|problem| problem.code != "posts-missing");
    }
    diagnostic::sort(&mut found);
    (found, posts)
}

/// What is wrong with the lockfile: damage, and edits by hand.
async fn lockfile(args: &CheckArgs, settings: &Settings, looked: &Reviewed) -> Vec<Diagnostic> {
    let Ok(path) = ContentPath::parse(LOCKFILE) else {
        return Vec::new();
    };
    let now = looked.tree.read(&path, LARGEST_LOCKFILE).ok();
    let mut problems = Recorded::from_lockfile(now.as_deref()).diagnostics();
    problems.retain(|problem| is_wanted(args, settings, problem));
    if let Some(revision) = &args.base {
        let repository = looked.repository.as_ref();
        problems.extend(edited(repository, revision, &path, now.as_deref()));
    }
    problems
}

/// What a pull request would change in the lockfile, which only runs write.
fn edited(
    repository: Option<&Repository>,
    revision: &str,
    path: &ContentPath,
    now: Option<&[u8]>,
) -> Option<Diagnostic> {
    let unknown = |why: String, help: &str| {
        let problem = Diagnostic::error("base-unknown", format!("`--base {revision}`: {why}"));
        let problem = problem.note("whether `mergecast.lock` was edited by hand was not checked");
        Some(problem.help(help))
    };
    let Some(repository) = repository else {
        return unknown("this is no git repository".to_owned(), "leave `--base` out");
    };
    let base = match at_base(repository, revision, path) {
        Ok(base) => base,
        Err(error) => {
            let help = "fetch it first: in GitHub Actions, `fetch-depth: 0` for actions/checkout; elsewhere\n  git fetch origin";
            return unknown(error.to_string(), help);
        }
    };
    // Whoever took over the base's newest lockfile edited nothing.
    if base.at_revision.as_deref() == now {
        return None;
    }
    match &base.at_merge_base {
        Some(began) => hand_edit(began.as_deref(), now, Against::MergeBase { revision }),
        None => {
            let at_revision = base.at_revision.as_deref();
            hand_edit(at_revision, now, Against::Revision { revision })
        }
    }
}

/// Where the content root lies in the repository: annotations count from its top.
fn prefix(looked: &Result<Reviewed, Stop>) -> &str {
    let looked = looked.as_ref().ok();
    let repository = looked.and_then(|looked| looked.repository.as_ref());
    repository.map_or("", Repository::prefix)
}

/// A path as people mean it: from where they stand, or from the content root.
fn places(settings: &Settings, path: &Path) -> [PathBuf; 2] {
    let current = settings.environment.working_directory.as_deref();
    let current = current.unwrap_or(Path::new(""));
    [current.join(path), settings.root.join(path)]
}

fn exists(settings: &Settings, path: &Path) -> bool {
    places(settings, path).iter().any(|place| place.exists())
}

fn is_wanted(args: &CheckArgs, settings: &Settings, problem: &Diagnostic) -> bool {
    args.paths.is_empty()
        || problem.labels.iter().any(|label| {
            let file = settings.root.join(label.path.as_str());
            let wanted = |path: &PathBuf| {
                let places = places(settings, path);
                places.iter().any(|place| file.starts_with(place))
            };
            args.paths.iter().any(wanted)
        })
}
