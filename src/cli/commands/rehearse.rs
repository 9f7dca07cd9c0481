//! `rehearse`: the whole calendar in fast-forward. Makes no request, fetches nothing, and
//! writes no file.

use std::sync::Arc;

use crate::cli::args::{Format, RehearseArgs};
use crate::cli::commands::status::{files, instant, known_here, stopped_with};
use crate::cli::output::Output;
use crate::cli::settings::Settings;
use crate::cli::world::repository;
use crate::diagnostic::Diagnostic;
use crate::git::content_at;
use crate::model::Instant;
use crate::model::config::Config;
use crate::pass::Stop;
use crate::ports::{Clock as _, ContentSource as _};
use crate::rehearse::{ANSWERS_AFTER, Commits, Setting, Weather, rehearse};
use crate::report::diagnostics::diagnostics_human;
use crate::report::exit::Exit;
use crate::report::rehearsal::Rehearsal;
use crate::report::rehearsal_human::rehearsal_human;
use crate::report::rehearsal_json::{rehearsal_json, rehearsal_nothing_json};
use crate::report::rehearsal_markdown::rehearsal_markdown;
use crate::report::status::Freshness;
use crate::system::{SystemClock, WorkTree};

/// GitHub cuts comments at 65,536 characters.
const MARKDOWN_LIMIT: usize = 60_000;

/// Plays the calendar and shows it.
pub(in crate::cli) async fn run(args: &RehearseArgs, settings: &Settings, output: Output) -> Exit {
    let played = match setting(args, settings).await {
        Ok(setting) => Box::pin(rehearse(&setting)).await,
        Err(stop) => Err(stop),
    };
    match played {
        Ok(rehearsal) => {
            show(&rehearsal, settings, output);
            rehearsal.exit
        }
        Err(stop) => {
            let document = rehearsal_nothing_json(&stop.diagnostics, stop.exit);
            stopped_with(&document, &stop, settings, output)
        }
    }
}

fn show(rehearsal: &Rehearsal, settings: &Settings, output: Output) {
    match settings.format {
        Format::Json => output.data(&rehearsal_json(rehearsal)),
        Format::Markdown => output.data(&rehearsal_markdown(rehearsal, MARKDOWN_LIMIT)),
        Format::Human | Format::Github => {
            let palette = Settings::message_palette(output);
            output.message(&diagnostics_human(&rehearsal.diagnostics, &palette));
            let palette = Settings::data_palette(output);
            let width = output.data_width();
            let page = rehearsal_human(rehearsal, settings.detail, width, &palette);
            output.data(&page);
        }
    }
}

/// A time, or a day with the time of day it stands for.
fn moment(option: &str, text: &str, of_day: &str, config: &Config) -> Result<Instant, Stop> {
    match text.parse::<chrono::NaiveDate>() {
        Ok(day) => instant(option, &format!("{day} {of_day}"), config),
        Err(_) => instant(option, text, config),
    }
}

/// From when until when.
fn span(args: &RehearseArgs, config: &Config) -> Result<(Instant, Option<Instant>), Stop> {
    let from = args
        .from
        .as_deref()
        .map(|text| moment("--from", text, "00:00", config));
    let from = from.transpose()?.unwrap_or_else(|| SystemClock.now());
    let to = args
        .to
        .as_deref()
        .map(|text| moment("--to", text, "23:59:59", config));
    match to.transpose()? {
        Some(to) if to < from => {
            let problem = Diagnostic::error("invalid-time", "`--to` lies before `--from`");
            Err(Stop {
                diagnostics: vec![problem.help("let it end after it begins")],
                exit: Exit::Usage,
            })
        }
        to => Ok((from, to)),
    }
}

async fn setting(args: &RehearseArgs, settings: &Settings) -> Result<Setting, Stop> {
    let (content, lockfile) = files(settings).await?;
    let (from, to) = span(args, &content.config)?;
    let repository = repository(settings).await?;
    let (recorded, since) = known_here(
        settings,
        repository.as_ref(),
        &content.config,
        lockfile.as_deref(),
    )?;
    let remote = repository.as_ref().and_then(|found| {
        let name = &content.config.state.remote;
        found.remote(name).map(str::to_owned)
    });
    let commits: Commits = Arc::new(move |commit: &str| content_at(repository.as_ref()?, commit));
    Ok(Setting {
        content: Arc::new(content),
        tree: Arc::from(WorkTree::new(&settings.root).load().await?),
        commits,
        recorded,
        lockfile: lockfile.map(Into::into),
        // Without a remote, what is here is all there is.
        freshness: match remote {
            Some(_) => Freshness::Local { since },
            None => Freshness::Fetched,
        },
        paused_by_environment: settings.is_paused(),
        from,
        to,
        every: args.every,
        weather: Weather::new(args.faults.clone(), args.seed),
        answers_after: (!args.unattended).then_some(ANSWERS_AFTER),
    })
}
