//! `explain`: the ordered decisions behind one post.

use crate::cli::args::{ExplainArgs, Format};
use crate::cli::commands::status::{fetched, stopped};
use crate::cli::output::Output;
use crate::cli::settings::Settings;
use crate::diagnostic::Diagnostic;
use crate::record::EntryId;
use crate::report::diagnostics::diagnostics_human;
use crate::report::exit::Exit;
use crate::report::explain::{Explanation, explain_human};
use crate::report::explain_json::explain_json;

/// Explains one post.
pub(in crate::cli) async fn run(args: &ExplainArgs, settings: &Settings, output: Output) -> Exit {
    let local = match fetched(settings).await {
        Ok(local) => local,
        Err(stop) => return stopped(&stop, settings, output),
    };
    let Some(item) = local
        .plan
        .items
        .iter()
        .find(|item| item.key.as_str() == args.key)
    else {
        let problem = format!("no post has the key `{}`", args.key);
        let problem = Diagnostic::error("no-such-post", problem);
        let problem = problem.help("run `mergecast status`: it lists every key");
        let palette = Settings::message_palette(output);
        output.message(&diagnostics_human(&[problem], &palette));
        return Exit::Usage;
    };
    let id = EntryId {
        key: item.key.clone(),
        target: item.target,
    };
    let explanation = Explanation {
        item,
        entry: local.recorded.entry(&id),
        now: local.plan.now,
        freshness: local.freshness,
    };
    match settings.format {
        Format::Json => output.data(&explain_json(&explanation)),
        Format::Human | Format::Markdown | Format::Github => {
            output.data(&explain_human(
                &explanation,
                &Settings::data_palette(output),
            ));
        }
    }
    Exit::Done
}
