//! `check`: validate content offline.

use std::path::{Path, PathBuf};

use crate::cli::args::{CheckArgs, Format};
use crate::cli::output::Output;
use crate::cli::settings::Settings;
use crate::diagnostic::Diagnostic;
use crate::git::at_base;
use crate::model::path::ContentPath;
use crate::pass::load::read_content;
use crate::ports::ContentSource as _;
use crate::record::hand_edit::{Against, hand_edit};
use crate::record::lockfile::{LARGEST, LOCKFILE};
use crate::record::recorded::Recorded;
use crate::report::annotations::github_annotations;
use crate::report::diagnostics::{diagnostics_human, summary_line};
use crate::report::diagnostics_json::check_json;
use crate::report::exit::Exit;
use crate::system::WorkTree;

/// Reads everything and says what is wrong with it.
pub(in crate::cli) async fn run(args: &CheckArgs, settings: &Settings, output: Output) -> Exit {
    let (mut diagnostics, posts) = match WorkTree::new(&settings.root).load().await {
        Ok(tree) => match read_content(tree.as_ref()) {
            Ok(content) => {
                let desired = content.desired;
                (
                    desired.diagnostics,
                    desired.posts.len() + desired.blocked.len(),
                )
            }
            Err(diagnostics) => (diagnostics, 0),
        },
        Err(error) => (crate::pass::Stop::from(error).diagnostics, 0),
    };
    if let Some(path) = args.paths.iter().find(|path| !exists(settings, path)) {
        output.message(&format!("error: there is no file `{}`\n", path.display()));
        return Exit::Usage;
    }
    diagnostics.retain(|problem| is_wanted(args, settings, problem));
    diagnostics.extend(lockfile(args, settings).await);
    let exit = match diagnostics.iter().any(Diagnostic::is_error) {
        true => Exit::Invalid,
        false => Exit::Done,
    };
    match settings.format {
        Format::Json => output.data(&check_json(&diagnostics)),
        Format::Github => output.data(&github_annotations(&diagnostics, &prefix(settings).await)),
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

/// What is wrong with the lockfile of the work tree: damage, and edits by hand.
async fn lockfile(args: &CheckArgs, settings: &Settings) -> Vec<Diagnostic> {
    let Ok(path) = ContentPath::parse(LOCKFILE) else {
        return Vec::new();
    };
    let now = match WorkTree::new(&settings.root).load().await {
        Ok(tree) => tree.read(&path, LARGEST).ok(),
        Err(_) => None,
    };
    let mut problems = Recorded::from_lockfile(now.as_deref()).diagnostics();
    problems.retain(|problem| is_wanted(args, settings, problem));
    if let Some(revision) = &args.base {
        problems.extend(edited(settings, revision, &path, now.as_deref()).await);
    }
    problems
}

/// What a pull request would change in the lockfile, which only runs write.
async fn edited(
    settings: &Settings,
    revision: &str,
    path: &ContentPath,
    now: Option<&[u8]>,
) -> Option<Diagnostic> {
    let unknown = |why: String, help: &str| {
        let problem = Diagnostic::error("base-unknown", format!("`--base {revision}`: {why}"));
        let problem = problem.note("whether `mergecast.lock` was edited by hand was not checked");
        Some(problem.help(help))
    };
    let repository = match crate::cli::world::repository(settings).await {
        Ok(Some(repository)) => repository,
        Ok(None) => return unknown("this is no git repository".to_owned(), "leave `--base` out"),
        Err(stop) => return stop.diagnostics.into_iter().next(),
    };
    let base = match at_base(&repository, revision, path) {
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
async fn prefix(settings: &Settings) -> String {
    match crate::cli::world::repository(settings).await {
        Ok(Some(repository)) => repository.prefix().to_owned(),
        Ok(None) | Err(_) => String::new(),
    }
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
