//! `check`: validate content offline.

use std::path::{Path, PathBuf};

use crate::cli::args::{CheckArgs, Format};
use crate::cli::output::Output;
use crate::cli::settings::Settings;
use crate::diagnostic::Diagnostic;
use crate::pass::load::read_content;
use crate::ports::ContentSource as _;
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
