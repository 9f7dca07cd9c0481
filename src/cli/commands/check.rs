//! `check`: validate content offline.

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

fn is_wanted(args: &CheckArgs, settings: &Settings, problem: &Diagnostic) -> bool {
    let current = settings
        .environment
        .working_directory
        .clone()
        .unwrap_or_default();
    args.paths.is_empty()
        || problem.labels.iter().any(|label| {
            let file = settings.root.join(label.path.as_str());
            args.paths.iter().any(|path| {
                file.starts_with(current.join(path)) || file.starts_with(settings.root.join(path))
            })
        })
}
