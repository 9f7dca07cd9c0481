//! `explain`: the ordered decisions behind one post.

use crate::cli::args::{ExplainArgs, Format};
use crate::cli::commands::status::{Local, fetched, stopped};
use crate::cli::output::Output;
use crate::cli::reviewed::checked_out;
use crate::cli::settings::Settings;
use crate::diagnostic::Diagnostic;
use crate::model::target::Target;
use crate::plan::PlanItem;
use crate::record::EntryId;
use crate::report::diagnostics::diagnostics_human;
use crate::report::exit::Exit;
use crate::report::explain::{Explanation, explain_human};
use crate::report::explain_json::explain_json;

/// Explains one post.
pub(in crate::cli) async fn run(args: &ExplainArgs, settings: &Settings, output: Output) -> Exit {
    let looked = match checked_out(settings).await {
        Ok(looked) => looked,
        Err(stop) => return stopped(&stop, settings, output),
    };
    let local = match fetched(settings, looked).await {
        Ok(local) => local,
        Err(stop) => return stopped(&stop, settings, output),
    };
    // The post, and what is to be said about its first comment.
    let named = |item: &&PlanItem| item.key.as_str() == args.key;
    let items = local.plan.items.iter().map(AsRef::as_ref);
    let items: Vec<&PlanItem> = items.filter(named).collect();
    let Some(post) = items.first() else {
        let problem = format!("no post has the key `{}`", args.key);
        let problem = Diagnostic::error("no-such-post", problem);
        let problem = problem.help("run `mergecast status`: it lists every key");
        let palette = Settings::message_palette(output);
        output.message(&diagnostics_human(&[problem], &palette));
        return Exit::Usage;
    };
    match settings.format {
        Format::Json => {
            let of = |target| items.iter().find(|item| item.target == target);
            let post = explanation(&local, of(Target::Linkedin).unwrap_or(post));
            let comment = of(Target::Comment).map(|item| explanation(&local, item));
            output.data(&explain_json(&post, comment.as_ref()));
        }
        Format::Human | Format::Markdown | Format::Github => {
            let palette = Settings::data_palette(output);
            let pages = items
                .iter()
                .map(|item| explain_human(&explanation(&local, item), &palette));
            output.data(&pages.collect::<Vec<_>>().join("\n"));
        }
    }
    Exit::Done
}

fn explanation<'a>(local: &'a Local, item: &'a PlanItem) -> Explanation<'a> {
    let id = EntryId {
        key: item.key.clone(),
        target: item.target,
    };
    Explanation {
        item,
        entry: local.recorded.entry(&id),
        now: local.plan.now,
        freshness: local.freshness,
    }
}
