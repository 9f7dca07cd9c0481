//! `github review`: what a pull request changes.
//!
//! Owns the order of looking, telling and commenting. Runs without secrets: what it needs
//! of GitHub is a token that may read, and at best comment.

use std::path::Path;

use super::base::{Base, base, lockfile};
use super::{Step, fail, tell, wants};
use crate::cli::args::{CommentChoice, ReviewArgs, ReviewCommand};
use crate::cli::commands::status::{Local, fetched};
use crate::cli::reviewed::reviewed;
use crate::cli::settings::Settings;
use crate::diagnostic::Diagnostic;
use crate::git::Repository;
use crate::github::api::Api;
use crate::github::artifact::{Artifact, FILE};
use crate::github::changes::{self, Input};
use crate::github::elsewhere::{self, Search};
use crate::github::event::{self, EventPull, PullRequestEvent};
use crate::github::failure::Failure;
use crate::github::hazards::Slot;
use crate::github::outputs::Outputs;
use crate::github::sticky::{self, Stuck};
use crate::model::config::Config;
use crate::pass::Stop;
use crate::ports::{Clock as _, ContentTree};
use crate::report::clean;
use crate::report::diagnostics::summary_line;
use crate::report::diagnostics_markdown::diagnostics_markdown;
use crate::report::exit::Exit;
use crate::report::plan_markdown::plan_markdown;
use crate::report::review::markdown::{COMMENT_LIMIT, Origin, SUMMARY_LIMIT, review_markdown};
use crate::report::review::{Record, Review};
use crate::report::status::Freshness;
use crate::system::SystemClock;
use crate::system::files::{create_folders, write_atomically};
use crate::system::http::HttpTransport;

/// The longest whole plan in a job summary, in bytes, below the review.
const PLAN_LIMIT: usize = 400_000;

/// Looks at the pull request and tells about it.
pub(super) async fn run(args: &ReviewArgs, step: &Step<'_>) -> Exit {
    let event = step.event();
    let event = event.and_then(|bytes| event::parse::<PullRequestEvent>(&bytes, "pull_request"));
    let pull = match event {
        Ok(event) => event.pull_request,
        Err(failure) => return fail(&failure, step.output),
    };
    let looked = match reviewed(step.settings).await {
        Ok(looked) => looked,
        Err(stop) => return stopped(&stop, "", step),
    };
    let repository = looked.repository.clone();
    let prefix = repository.as_ref().map_or("", |found| found.prefix());
    // The commit is read a second time, for single files.
    let again = reviewed(step.settings).await.ok();
    let mut local = match fetched(step.settings, looked).await {
        Ok(local) => local,
        Err(stop) => return stopped(&stop, prefix, step),
    };
    let looker = Looker {
        step,
        pull: &pull,
        repository: repository.as_ref(),
        tree: again.map(|looked| looked.tree),
    };
    let base = looker.base(&local.content.config).await;
    let now = looker.tree.as_deref().and_then(lockfile);
    let edited = base.as_ref().and_then(|base| base.edited(now.as_deref()));
    local.diagnostics.extend(edited);
    tell(&local.diagnostics, prefix, step.output);
    let posts = local.content.desired.posts.len() + local.content.desired.blocked.len();
    let palette = Settings::data_palette(step.output);
    let summary = summary_line(&local.diagnostics, posts, &palette);
    step.output.data(&format!("{}\n", summary.trim_end()));
    let exit = match local.diagnostics.iter().any(Diagnostic::is_error) {
        true => Exit::Invalid,
        false => Exit::Done,
    };
    let told = match args.command {
        ReviewCommand::Check => {
            step.summarize(&diagnostics_markdown(&local.diagnostics, posts));
            Exit::Done
        }
        ReviewCommand::Plan => {
            let review = looker.review(&local, base.as_ref()).await;
            let page = review_markdown(&review, Origin::Own, SUMMARY_LIMIT);
            let plan = plan_markdown(&local.plan, &[], PLAN_LIMIT);
            step.summarize(&format!("{page}\n{plan}"));
            looker.comment(args, &review).await
        }
    };
    let exit = exit.and(told);
    step.set(&Outputs::of_plan(&local.plan).with_exit(exit));
    exit
}

/// Content or configuration that cannot be used at all.
fn stopped(stop: &Stop, prefix: &str, step: &Step<'_>) -> Exit {
    tell(&stop.diagnostics, prefix, step.output);
    step.summarize(&diagnostics_markdown(&stop.diagnostics, 0));
    step.set(&Outputs::default().with_exit(stop.exit));
    stop.exit
}

/// One look at one pull request.
struct Looker<'a> {
    step: &'a Step<'a>,
    pull: &'a EventPull,
    repository: Option<&'a Repository>,
    /// What the branch holds.
    tree: Option<Box<dyn ContentTree>>,
}

impl Looker<'_> {
    /// The base, as far as it can be read.
    async fn base(&self, config: &Config) -> Option<Base> {
        match base(self.repository, self.pull, config).await {
            Ok(base) => Some(base),
            Err(why) => {
                let problem = format!("the base of the pull request cannot be read: {why}");
                let problem = Diagnostic::warning("base-unknown", problem)
                    .note("every post is shown, not only those that change")
                    .help("let the job read the repository: `permissions: contents: read`");
                tell(&[problem], "", self.step.output);
                None
            }
        }
    }

    async fn review(&self, local: &Local, base: Option<&Base>) -> Review {
        let config = &local.content.config;
        let same = |path: &crate::model::path::ContentPath| {
            let both = base.zip(self.tree.as_deref());
            both.is_some_and(|(base, tree)| base.has_same(tree, path))
        };
        let others = self.others(config).await;
        changes::review(&Input {
            head: &local.content.desired,
            base: base.map(|base| &base.desired),
            base_tip: base.and_then(|base| base.tip.as_ref()),
            config,
            same_on_base: &same,
            plan: &local.plan,
            recorded: &local.recorded,
            record: match (local.freshness, local.recorded.ledger_known) {
                (Freshness::Fetched, _) => Record::Fetched,
                (Freshness::Local { .. }, true) => Record::Stale,
                (Freshness::Local { .. }, false) => Record::Lockfile,
            },
            others: others.as_deref(),
            diagnostics: &local.diagnostics,
        })
    }

    /// Posts of other open pull requests; `None`: they could not be looked at.
    async fn others(&self, config: &Config) -> Option<Vec<Slot>> {
        let transport = HttpTransport::new().ok()?;
        let context = self.step.context;
        let token = context.token.as_ref()?;
        let api = Api::new(&transport, context, token);
        let search = Search {
            number: self.pull.number,
            base: &self.pull.base.branch,
            prefix: self.repository.map_or("", |found| found.prefix()),
            config,
            now: SystemClock.now(),
        };
        elsewhere::slots(&api, &search).await.ok()
    }

    /// Comments where it may, else leaves the review for a run that may.
    async fn comment(&self, args: &ReviewArgs, review: &Review) -> Exit {
        if !wants(args.comment) {
            return Exit::Done;
        }
        let body = format!(
            "{}\n{}",
            sticky::REVIEW,
            review_markdown(review, Origin::Own, COMMENT_LIMIT)
        );
        let output = self.step.output;
        let failure = match self.stick(&body, review.says_something()).await {
            Ok(stuck) => {
                output.data(match stuck {
                    Stuck::Created => "comment: created\n",
                    Stuck::Edited => "comment: edited\n",
                    Stuck::Unchanged => "comment: says so already\n",
                    Stuck::None => "comment: none, since no post changes\n",
                });
                return Exit::Done;
            }
            Err(failure) => failure,
        };
        if args.comment == CommentChoice::Always {
            return fail(&failure, output);
        }
        self.leave(args.artifact.as_deref(), review, &failure);
        Exit::Done
    }

    async fn stick(&self, body: &str, needed: bool) -> Result<Stuck, Failure> {
        let context = self.step.context;
        let token = context.token.as_ref().ok_or(Failure::NoToken)?;
        let transport =
            HttpTransport::new().map_err(|error| Failure::Unreachable(error.to_string()))?;
        let api = Api::new(&transport, context, token);
        sticky::stick(&api, self.pull.number, sticky::REVIEW, body, needed).await
    }

    /// Writes the artifact, and says so.
    fn leave(&self, folder: Option<&Path>, review: &Review, failure: &Failure) {
        let output = self.step.output;
        let Some(folder) = folder else {
            let problem = failure.warning("no comment was written; the job summary has it");
            return tell(&[problem], "", output);
        };
        let artifact = Artifact::new(self.pull, review).to_json();
        let written = create_folders(folder)
            .and_then(|()| write_atomically(&folder.join(FILE), artifact.as_bytes()));
        let why = clean::line(&failure.to_string());
        match written {
            Ok(()) => output.data(&clean::defuse(&format!(
                "comment: not written here ({why}); `{FILE}` is left for a run that may\n"
            ))),
            Err(error) => {
                let why = format!("`{}` cannot be written: {error}", folder.display());
                tell(&[Failure::Setting(why).warning("the review")], "", output);
            }
        }
    }
}
