//! What a pass sees before it decides: published content, ledger, lockfile.
//!
//! Owns fetching all three, and fetching content again when it has aged. Must not write.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use chrono::TimeDelta;

use crate::desired::{DesiredPost, Schedule};
use crate::diagnostic::Diagnostic;
use crate::linkedin::problem::Problem as LinkedinProblem;
use crate::model::Instant;
use crate::model::config::Config;
use crate::model::path::ReadError;
use crate::pass::clocks::ClockCheck;
use crate::pass::earlier::Earlier;
use crate::pass::ledger::LedgerSession;
use crate::pass::load::{CONFIG_FILE, Content};
use crate::pass::outcome::stopped_while_reading;
use crate::pass::standby::{Standby, StopSignal};
use crate::pass::{FRESH, PassOptions};
use crate::plan::{Plan, PlanInput, PlanItem, plan_from, root_moved};
use crate::ports::{
    Clock, ContentSource, ContentTree, LedgerError, LockfileStore, SourceError, World,
};
use crate::record::beginning::{Beginning, beginning};
use crate::record::{Recorded, Witness};
use crate::report::exit::Exit;
use crate::report::frozen::frozen;

/// Why a pass ends before it plans. Nothing was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stop {
    /// What is wrong.
    pub diagnostics: Vec<Diagnostic>,
    /// The exit code.
    pub exit: Exit,
}

impl Stop {
    pub(super) fn one(diagnostic: Diagnostic, exit: Exit) -> Self {
        Self {
            diagnostics: vec![diagnostic.note("nothing was published")],
            exit,
        }
    }
}

impl From<SourceError> for Stop {
    fn from(error: SourceError) -> Self {
        let (code, exit, help) = match &error {
            SourceError::Unreachable { .. } => (
                "remote-unreachable",
                Exit::Unreachable,
                "run it again when the remote answers",
            ),
            SourceError::NoRemote { .. } => (
                "remote-missing",
                Exit::Refused,
                "give the clone that remote back, or set `state.remote` in mergecast.yaml to the one it has now:\n  git remote -v",
            ),
            SourceError::Denied { .. } => (
                "remote-denied",
                Exit::Denied,
                "check the credentials git uses for the remote",
            ),
            SourceError::NoBranch { .. } => (
                "no-branch",
                Exit::Invalid,
                "set `branch` in mergecast.yaml to the published branch",
            ),
            SourceError::NoDefaultBranch { .. } => (
                "no-default-branch",
                Exit::Refused,
                "set the remote's default branch; in a bare repository\n  git symbolic-ref HEAD refs/heads/main",
            ),
            SourceError::Other(_) => (
                "content-unreadable",
                Exit::Invalid,
                "run `mergecast check` in the content root",
            ),
        };
        Self::one(Diagnostic::error(code, error.to_string()).help(help), exit)
    }
}

impl From<LinkedinProblem> for Stop {
    fn from(problem: LinkedinProblem) -> Self {
        let mut diagnostic = Diagnostic::error(problem.code, problem.message);
        diagnostic.help = problem.help;
        Self::one(diagnostic, problem.exit)
    }
}

impl From<LedgerError> for Stop {
    fn from(error: LedgerError) -> Self {
        let exit = exit_of(&error);
        Self::one(ledger_problem(&error), exit)
    }
}

/// The exit code a ledger error leads to.
pub(super) fn exit_of(error: &LedgerError) -> Exit {
    match error {
        LedgerError::Unreachable { .. } => Exit::Unreachable,
        LedgerError::Refused { .. } => Exit::Denied,
        LedgerError::Gone | LedgerError::Broken(_) => Exit::Refused,
        LedgerError::NameTaken { .. } => Exit::Invalid,
        LedgerError::Other(_) => Exit::Failed,
    }
}

/// A ledger error in words.
pub(super) fn ledger_problem(error: &LedgerError) -> Diagnostic {
    if let LedgerError::Broken(freezes) = error
        && let Some(problem) = frozen(freezes)
    {
        return problem;
    }
    let (code, help) = match error {
        LedgerError::Unreachable { .. } => {
            ("ledger-unreachable", "run it again when the remote answers")
        }
        LedgerError::Refused { .. } => (
            "ledger-refused",
            "allow this run to push the ledger branch (in GitHub Actions: `permissions: contents: write`)",
        ),
        LedgerError::Gone => ("ledger-gone", "run\n  mergecast state rebuild"),
        LedgerError::NameTaken { .. } => (
            "state-branch-taken",
            "give the ledger another branch in mergecast.yaml: `state: { branch: mergecast-state }`",
        ),
        LedgerError::Broken(_) | LedgerError::Other(_) => {
            ("ledger-unusable", "look at the place the message names")
        }
    };
    Diagnostic::error(code, error.to_string()).help(help)
}

/// What a pass works from.
pub struct Seen<'a, W: World> {
    pub(super) content: Arc<Content>,
    pub(super) session: LedgerSession<'a, W>,
    pub(super) recorded: Recorded,
    pub(super) witness: Rc<Witness>,
    pub(super) tree: Arc<dyn ContentTree>,
    pub(super) standby: Standby,
    /// Whether the ledger, or this content root in it, has not begun and may.
    pub(super) may_begin: bool,
    pub(super) clock: ClockCheck,
    /// When the content was fetched, by [`Clock::uptime`]: the wall clock may jump.
    fetched_at: Duration,
    /// Earlier commits that the last plan asked for and this place lacks.
    missing: RefCell<BTreeSet<String>>,
}

/// Fetches content, ledger and lockfile.
///
/// # Errors
/// When one of them cannot be read, or the configuration cannot be used.
pub async fn see<'a, W: World>(world: &'a W, options: &PassOptions) -> Result<Seen<'a, W>, Stop> {
    let standby = Standby::at_once(StopSignal::never());
    look(world, options, &standby, false).await
}

/// The same with what `standby` remembers. LinkedIn is asked for its time where it decides
/// whether the ledger may begin.
///
/// # Errors
/// As [`see`].
pub async fn see_with<'a, W: World>(
    world: &'a W,
    options: &PassOptions,
    standby: &Standby,
) -> Result<Seen<'a, W>, Stop> {
    look(world, options, standby, true).await
}

async fn look<'a, W: World>(
    world: &'a W,
    options: &PassOptions,
    standby: &Standby,
    may_ask: bool,
) -> Result<Seen<'a, W>, Stop> {
    let fetched_at = world.clock().uptime();
    let mut clock = ClockCheck::begin(world.clock());
    let tree: Arc<dyn ContentTree> = world.content().load().await?.into();
    let content = read(standby, tree.as_ref())?;
    // The witness before the ledger: whatever it names was in the ledger by then. The other
    // way round, a run that publishes in between would look like a ledger that lost a post.
    let lockfile = told(world.lockfile().read_beside(tree.as_ref()).await)?;
    let session = LedgerSession::open(world, options.repository_id.clone()).await?;
    let witness = standby.witness(lockfile, session.ledger());
    let repository_id = options.repository_id.as_deref();
    let recorded = standby.recorded(session.ledger(), &witness, repository_id);
    let recorded = with_moved_root(recorded, &content, tree.as_ref());
    let mut situation = session.situation(content.config.state_since);
    if may_ask && recorded.freezes.is_empty() && situation.depends_on_time() {
        let trust = clock.ask(world, &options.endpoint).await;
        situation.network_now = trust.time(situation.now);
    }
    let beginning = beginning(&situation);
    let may_begin = recorded.freezes.is_empty() && beginning == Beginning::MayBegin;
    let recorded = recorded.begun(beginning);
    Ok(Seen {
        content,
        session,
        recorded,
        witness,
        tree,
        standby: standby.clone(),
        may_begin,
        clock,
        fetched_at,
        missing: RefCell::default(),
    })
}

/// The lockfile, as it is now.
///
/// # Errors
/// When it is there and cannot be read.
pub async fn witness<W: World>(world: &W) -> Result<Option<Bytes>, Stop> {
    told(world.lockfile().read().await)
}

/// Unreadable is not absent: when it is not known what the lockfile says, a ledger that lost
/// a post would look like one that never had it.
fn told(read: Result<Option<Bytes>, ReadError>) -> Result<Option<Bytes>, Stop> {
    match read {
        Ok(bytes) => Ok(bytes),
        Err(ReadError::Io(problem)) => {
            let message = format!("`mergecast.lock` cannot be read: {problem}");
            let diagnostic = Diagnostic::error("lockfile-unreadable", message)
                .note("without it nobody can tell whether the ledger is whole")
                .help("run it again; if it stays so, look at what the message names");
            Err(Stop::one(diagnostic, Exit::Unreachable))
        }
        Err(ReadError::NotFound) => Ok(None),
        Err(
            error @ (ReadError::TooLarge { .. }
            | ReadError::Symlink
            | ReadError::NotAFile
            | ReadError::LfsPointer
            | ReadError::Submodule),
        ) => {
            let message = format!("`mergecast.lock` is there and cannot be used: {error}");
            let diagnostic = Diagnostic::error("lockfile-refused", message)
                .note("without it nobody can tell whether the ledger is whole")
                .note("the lockfile was not written anew")
                .help("restore the file as mergecast wrote it, and merge that; its versions:\n  git log -- mergecast.lock");
            Err(Stop::one(diagnostic, Exit::Refused))
        }
    }
}

fn read(standby: &Standby, tree: &dyn ContentTree) -> Result<Arc<Content>, Stop> {
    let content = standby.read(tree);
    let content = content.map_err(|diagnostics| Stop {
        diagnostics,
        exit: Exit::Invalid,
    })?;
    match standby.displaced_by(&content.config) {
        None => Ok(content),
        Some(problem) => Err(Stop {
            diagnostics: vec![problem],
            exit: Exit::Refused,
        }),
    }
}

/// What is recorded, frozen where the content root was moved here and its record was not.
fn with_moved_root(mut recorded: Recorded, content: &Content, tree: &dyn ContentTree) -> Recorded {
    let is_there = |root: &str| tree.repository_has(&format!("{root}/{CONFIG_FILE}"));
    let moved = root_moved(&content.desired.posts, &recorded.ledger, &is_there);
    recorded.freezes.extend(moved);
    recorded
}

/// Whether a planned post may still be sent as planned.
pub(super) enum Freshness {
    /// It stands as it was planned.
    AsPlanned,
    /// It changed, vanished, or was postponed; the words say which.
    Changed(String),
    /// Content could not be fetched again.
    Stopped(Stop),
}

impl<W: World> Seen<'_, W> {
    /// The settings of the published content.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.content.config
    }

    /// What was seen of the record.
    #[must_use]
    pub fn recorded(&self) -> &Recorded {
        &self.recorded
    }

    /// What was seen of the content.
    #[must_use]
    pub fn content(&self) -> &Content {
        &self.content
    }

    /// A frozen record is not written to.
    pub(super) fn refuse_frozen(&self) -> Result<(), Stop> {
        match frozen(&self.recorded.freezes) {
            Some(problem) => Err(Stop::one(problem, Exit::Refused)),
            None => Ok(()),
        }
    }

    /// The plan for now.
    #[must_use]
    pub fn plan(&self, world: &W, options: &PassOptions) -> Plan {
        self.with_plan_input(&self.recorded, world.clock().now(), |input| {
            let input = PlanInput {
                paused_by_environment: options.paused_by_environment,
                only: &options.only,
                allow_changes: options.allow_changes,
                ahead: self.standby.ahead_by(),
                ..*input
            };
            plan_from(&input, &mut self.standby.settled().borrow_mut())
        })
    }

    /// The plan for now, with every earlier commit that it asks for: what a clone happens to
    /// hold must not decide which document is which post.
    pub(super) async fn plan_with_history(&self, world: &W, options: &PassOptions) -> Plan {
        let plan = self.plan(world, options);
        let missing = self.standby.never_fetched(self.missing.take());
        if missing.is_empty() {
            return plan;
        }
        let fetched = world.content().fetch_commits(&missing);
        let _ = self.standby.stop().or(fetched).await;
        self.plan(world, options)
    }

    /// Asks `question` of everything a plan is made from, with `recorded` as the record.
    pub(super) fn with_plan_input<T>(
        &self,
        recorded: &Recorded,
        now: Instant,
        question: impl FnOnce(&PlanInput<'_>) -> T,
    ) -> T {
        let open = |commit: &str| self.tree.at_commit(commit);
        let earlier = Earlier::new(&open);
        let answer = question(&PlanInput {
            desired: &self.content.desired,
            recorded,
            config: &self.content.config,
            now,
            ahead: TimeDelta::zero(),
            paused_by_environment: false,
            only: &[],
            allow_changes: None,
            history: &|commit| earlier.at(commit),
        });
        self.missing.replace(earlier.missing());
        answer
    }

    /// The revision of the content that was read.
    pub(super) fn tree(&self) -> &dyn ContentTree {
        self.tree.as_ref()
    }

    /// The post a plan item was made from.
    pub(super) fn post(&self, item: &PlanItem) -> Option<&DesiredPost> {
        self.content.desired.post(&item.key)
    }

    /// Takes what the ledger says now into the recorded state.
    pub(super) fn refresh_recorded(&mut self) {
        let repository_id = self.session.repository_id();
        let ledger = self.session.ledger();
        let recorded = self.standby.recorded(ledger, &self.witness, repository_id);
        let longest_wait = self.recorded.longest_wait;
        self.recorded = with_moved_root(recorded, &self.content, self.tree.as_ref());
        self.recorded.longest_wait = longest_wait;
    }

    /// Fetches content again when it has aged, and compares one post with its plan.
    pub(super) async fn still_as_planned(&mut self, world: &W, planned: &DesiredPost) -> Freshness {
        if let Err(stop) = self.refetch(world).await {
            return Freshness::Stopped(stop);
        }
        if self.content.config.publish.paused {
            return Freshness::Changed("publishing was paused".to_owned());
        }
        let Some(current) = self.content.desired.post(&planned.key) else {
            return Freshness::Changed("its file is gone or has errors now".to_owned());
        };
        if current.digest != planned.digest {
            return Freshness::Changed("its content was changed".to_owned());
        }
        let now = world.clock().now();
        // A post that is got ready before its time is sent at the time it was planned for.
        let ahead = |schedule: Schedule| matches!(schedule, Schedule::At(time) if time > now);
        if (ahead(planned.schedule) || ahead(current.schedule))
            && current.schedule != planned.schedule
        {
            return Freshness::Changed("its time was changed".to_owned());
        }
        let due = match current.schedule {
            Schedule::At(time) => time <= now + self.standby.ahead_by(),
            Schedule::OnMerge => true,
            Schedule::Unscheduled => false,
        };
        if current.draft || !due {
            return Freshness::Changed("it was postponed".to_owned());
        }
        Freshness::AsPlanned
    }

    /// Fetches content again when it has aged, and says whether a file that was gone is
    /// still gone: a deletion cannot be taken back, so any file that came or went since
    /// makes it wait for the next plan.
    pub(super) async fn still_gone(&mut self, world: &W) -> Freshness {
        let before = self.files();
        if let Err(stop) = self.refetch(world).await {
            return Freshness::Stopped(stop);
        }
        if self.content.config.publish.paused {
            return Freshness::Changed("publishing was paused".to_owned());
        }
        if !self.content.config.publish.prune {
            return Freshness::Changed("`publish.prune` was turned off".to_owned());
        }
        if self.files() != before {
            return Freshness::Changed("files came or went".to_owned());
        }
        Freshness::AsPlanned
    }

    /// Every document, as readable as it may be, and what may be one under another name.
    fn files(&self) -> BTreeSet<String> {
        let desired = &self.content.desired;
        let posts = desired.posts.iter().map(|post| &post.path);
        let blocked = desired.blocked.iter().map(|document| &document.path);
        let own = posts.chain(blocked).chain(&desired.unread);
        let outside = desired
            .outside
            .iter()
            .flatten()
            .map(|document| &document.path);
        own.map(ToString::to_string)
            .chain(outside.map(|path| format!("/{path}")))
            .collect()
    }

    async fn refetch(&mut self, world: &W) -> Result<(), Stop> {
        let now = world.clock().uptime();
        if now.saturating_sub(self.fetched_at) <= FRESH {
            return Ok(());
        }
        let stop = self.standby.stop().clone();
        let loaded = stop.or(world.content().load()).await;
        // What was fetched when it was time to stop begins nothing.
        let loaded = loaded.filter(|_| !stop.is_set());
        let tree: Arc<dyn ContentTree> = loaded.ok_or_else(stopped_while_reading)??.into();
        self.fetched_at = now;
        if tree.revision().is_none() || tree.revision() != self.tree.revision() {
            self.content = read(&self.standby, tree.as_ref())?;
            self.tree = tree;
        }
        Ok(())
    }
}
