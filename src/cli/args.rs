//! The command line as typed.
//!
//! Owns names, help texts and shapes of arguments. Must not resolve or do anything:
//! [`super::settings`] turns what was typed into settings.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::rehearse::{Every, Weather};
use crate::report::rehearsal::FaultKind;

/// LinkedIn posts as reviewed files: merge a pull request, and the post goes out.
#[derive(Debug, Parser)]
#[command(
    name = "mergecast",
    version,
    arg_required_else_help = true,
    max_term_width = 100
)]
pub(super) struct Cli {
    #[command(flatten)]
    pub(super) global: Global,
    #[command(subcommand)]
    pub(super) command: Command,
}

/// Options of every command.
#[derive(Clone, Debug, Args)]
pub(super) struct Global {
    /// Content root: the folder that holds `mergecast.yaml` [default: found upwards from here]
    #[arg(short = 'C', long, global = true, value_name = "DIR")]
    pub(super) directory: Option<PathBuf>,
    /// How to print
    #[arg(long, global = true, value_enum, default_value = "human")]
    pub(super) format: Format,
    /// Say more
    #[arg(short, long, global = true)]
    pub(super) verbose: bool,
    /// Say only what needs somebody
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub(super) quiet: bool,
    /// When to use colour
    #[arg(long, global = true, value_enum, default_value = "auto")]
    pub(super) color: ColorChoice,
}

/// Output formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// For people
    Human,
    /// One JSON document
    Json,
    /// For a pull request comment or a job summary
    Markdown,
    /// GitHub annotations
    Github,
}

/// When to use colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum ColorChoice {
    /// On a terminal, unless `NO_COLOR` is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Make a content repository: configuration, an example post, a workflow
    Init(InitArgs),
    /// Make a new post from a template
    New(NewArgs),
    /// Validate content offline: front matter, text, media, schedule, rules
    Check(CheckArgs),
    /// Show what would happen to every post, and why
    Plan(PlanArgs),
    /// Publish what is due: one reconcile pass
    Apply(ApplyArgs),
    /// Publish for ever: follow the published branch, and send each post at its second
    Watch(WatchArgs),
    /// Play the whole calendar in fast-forward, against a LinkedIn in memory
    Rehearse(RehearseArgs),
    /// Show where every post stands
    Status,
    /// Show the ordered decisions behind one post
    Explain(ExplainArgs),
    /// Settle a post whose outcome is unknown
    Resolve(ResolveArgs),
    /// Take an existing folder under management: older posts are never published
    Adopt(AdoptArgs),
    /// Tell how live posts differ from the record; changes nothing
    Refresh,
    /// Make files and records of live posts
    Import(ImportArgs),
    /// Credentials of authors: log in, look, refresh, log out
    #[command(subcommand)]
    Auth(AuthCommand),
    /// The ledger: look at it, or make it whole again
    #[command(subcommand)]
    State(StateCommand),
    /// Look for everything that would stop a publish
    Doctor,
    /// What a GitHub workflow runs: reviews of pull requests, publishing with reports
    #[command(subcommand)]
    Github(GithubCommand),
    /// Serve a local LinkedIn for trying things out
    Sandbox(SandboxArgs),
    /// Print a JSON Schema
    Schema(SchemaArgs),
    /// Print a completion script for a shell
    Completions(CompletionsArgs),
}

/// Arguments of `init`.
#[derive(Debug, Args)]
pub(super) struct InitArgs {
    /// Folder to make it in [default: the current folder, or -C]
    pub(super) folder: Option<PathBuf>,
}

/// Arguments of `new`.
#[derive(Debug, Args)]
pub(super) struct NewArgs {
    /// Title; becomes the file's name and the post's id
    pub(super) title: String,
    /// Author alias or URN [default: `default_author`]
    #[arg(long)]
    pub(super) author: Option<String>,
    /// When it goes out: RFC 3339, local time, or `on-merge` [default: a draft]
    #[arg(long, value_name = "TIME")]
    pub(super) scheduled_at: Option<String>,
}

/// Arguments of `check`.
#[derive(Debug, Args)]
pub(super) struct CheckArgs {
    /// Show only problems of these files and folders
    pub(super) paths: Vec<PathBuf>,
    /// Refuse hand edits of `mergecast.lock` since this branch left REV, such as `origin/main`
    #[arg(long, value_name = "REV")]
    pub(super) base: Option<String>,
    /// Look at what is staged for the next commit, not at the files
    #[arg(long)]
    pub(super) staged: bool,
    /// Fail on warnings too
    #[arg(long)]
    pub(super) strict: bool,
}

/// Arguments of `plan`.
#[derive(Debug, Args)]
pub(super) struct PlanArgs {
    /// Plan as if it were this time: RFC 3339, or local time in the configured zone
    #[arg(long, value_name = "TIME")]
    pub(super) at: Option<String>,
    /// Exit with 2 when changes are pending
    #[arg(long)]
    pub(super) detailed_exitcode: bool,
}

/// Arguments of `apply`.
#[derive(Debug, Args)]
pub(super) struct ApplyArgs {
    /// Only these posts
    #[arg(long, value_name = "KEY", num_args = 1..)]
    pub(super) only: Vec<String>,
    /// Stay until nothing more falls due within this time, such as `30m` or `5h`
    #[arg(long, value_name = "DURATION")]
    pub(super) wait: Option<String>,
    /// Fetch and plan, then stop
    #[arg(long)]
    pub(super) dry_run: bool,
    /// Allow this many publishes, updates and deletes in one run
    #[arg(long, value_name = "N")]
    pub(super) allow_changes: Option<u32>,
    /// Exit with 0 when posts are only held
    #[arg(long)]
    pub(super) allow_held: bool,
    /// Publish the files as they are, not the published branch; refused in CI
    #[arg(long)]
    pub(super) worktree: bool,
    /// Publish into the local LinkedIn under `.mergecast/sandbox/`; touches nothing else
    #[arg(long)]
    pub(super) sandbox: bool,
    /// Run as if it were this time (only with --sandbox)
    #[arg(long, value_name = "TIME", requires = "sandbox")]
    pub(super) at: Option<String>,
}

/// Arguments of `watch`.
#[derive(Debug, Args)]
pub(super) struct WatchArgs {
    /// Publish the files as they are, not the published branch; refused in CI
    #[arg(long)]
    pub(super) worktree: bool,
    /// How often to look for something new on the remote
    #[arg(long, value_name = "DURATION", default_value = "60s")]
    pub(super) fetch_interval: humantime::Duration,
    /// Serve /healthz, /readyz and /metrics here: a port of loopback, or an address
    #[arg(long, value_name = "ADDRESS")]
    pub(super) listen: Option<String>,
    /// /readyz says yes while the last pass that succeeded is not older than this
    #[arg(long, value_name = "DURATION", default_value = "20m")]
    pub(super) ready_within: humantime::Duration,
    /// How lines of the log read
    #[arg(long, value_enum, default_value = "human")]
    pub(super) log_format: LogFormat,
}

/// Forms of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum LogFormat {
    /// For people
    Human,
    /// One JSON object a line
    Json,
}

/// Arguments of `rehearse`.
#[derive(Debug, Args)]
pub(super) struct RehearseArgs {
    /// Begin here: RFC 3339, or local time in the configured zone [default: now]
    #[arg(long, value_name = "TIME")]
    pub(super) from: Option<String>,
    /// End here [default: a day after the last scheduled post]
    #[arg(long, value_name = "TIME")]
    pub(super) to: Option<String>,
    /// When runs begin: `watch` (as posts fall due), `github` (as init's workflow), or `15m`
    #[arg(long, value_name = "RUNS", default_value = "watch", value_parser = Every::parse)]
    pub(super) every: Every,
    /// What goes wrong: `none`, `bad-weather` (everything), or some of late-triggers,
    /// dropped-runs, rate-limit, lost-answers, outage, with commas
    #[arg(long, value_name = "LIST", default_value = "none", value_parser = Weather::kinds_of)]
    pub(super) faults: BTreeSet<FaultKind>,
    /// What the mishaps are drawn with: the same seed brings the same ones
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(super) seed: u64,
    /// Nobody settles posts whose outcome is unknown
    #[arg(long)]
    pub(super) unattended: bool,
}

/// Arguments of `explain`.
#[derive(Debug, Args)]
pub(super) struct ExplainArgs {
    /// The post
    pub(super) key: String,
}

/// Arguments of `resolve`.
#[derive(Debug, Args)]
#[command(group = clap::ArgGroup::new("verdict").required(true))]
pub(super) struct ResolveArgs {
    /// The post
    pub(super) key: String,
    /// It is on LinkedIn as this: a URN, or the address of the post
    #[arg(long, value_name = "URN", group = "verdict")]
    pub(super) published: Option<String>,
    /// With `--published`: this one is recorded for it, and is wrong or deleted
    #[arg(long, value_name = "URN", requires = "published")]
    pub(super) replace: Option<String>,
    /// It is not on LinkedIn; it may be sent again
    #[arg(long, group = "verdict")]
    pub(super) not_published: bool,
    /// It shall never go out
    #[arg(long, group = "verdict")]
    pub(super) skip: bool,
    /// This is about the first comment, not the post
    #[arg(long, conflicts_with = "published")]
    pub(super) comment: bool,
}

/// Arguments of `adopt`.
#[derive(Debug, Args)]
pub(super) struct AdoptArgs {
    /// Posts due before this are recorded as skipped: RFC 3339 or local time
    #[arg(long, value_name = "TIME")]
    pub(super) before: String,
}

/// Arguments of `import`.
#[derive(Debug, Args)]
pub(super) struct ImportArgs {
    /// Posts, by URN or address
    #[arg(value_name = "URN")]
    pub(super) urns: Vec<String>,
    /// Author alias or URN whose token reads [default: `default_author`]
    #[arg(long)]
    pub(super) author: Option<String>,
    /// Every post of the author since then, up to 200
    #[arg(long, value_name = "TIME")]
    pub(super) since: Option<String>,
}

/// What to do about the ledger.
#[derive(Debug, Subcommand)]
pub(super) enum StateCommand {
    /// Show where the ledger is and what it says; changes nothing
    Show,
    /// Begin the ledger, or this folder in it; once, before the first post is published
    Init,
    /// Make a frozen ledger whole again from what is known of it; publishes nothing
    Rebuild(RebuildArgs),
    /// Take the records of another content root, or of one post there; publishes nothing
    Move(MoveArgs),
    /// Take the ledger as it is for true, and list what is given up; publishes nothing
    Accept(AcceptArgs),
}

/// Arguments of `state rebuild`.
#[derive(Debug, Args)]
pub(super) struct RebuildArgs {
    /// The ledger shall belong to this repository; the one it was made for publishes no more
    #[arg(long)]
    pub(super) for_this_repository: bool,
    /// Posts are published from this place and no other; a clone that lost its remote is no such place
    #[arg(long)]
    pub(super) only_here: bool,
    /// Say what would be done, and stop
    #[arg(long)]
    pub(super) dry_run: bool,
}

/// Arguments of `state move`.
#[derive(Debug, Args)]
pub(super) struct MoveArgs {
    /// Key of one post, with its first comment [default: every post of that root]
    pub(super) key: Option<String>,
    /// Path of the other content root in the repository; `.`: its top
    #[arg(long, value_name = "ROOT")]
    pub(super) from: String,
    /// Say what would be moved, and stop
    #[arg(long)]
    pub(super) dry_run: bool,
}

/// Arguments of `state accept`.
#[derive(Debug, Args)]
pub(super) struct AcceptArgs {
    /// Say what would be given up, and stop
    #[arg(long)]
    pub(super) dry_run: bool,
}

/// What to do about credentials.
#[derive(Debug, Subcommand)]
pub(super) enum AuthCommand {
    /// Let a member consent in a browser, and keep the token on this machine
    Login(LoginArgs),
    /// Tell for each author whether its token works, until when, and for what
    Status(AuthorArgs),
    /// Mint a new access token from a stored refresh token
    Refresh(AuthorArgs),
    /// Forget a stored credential
    Logout(LogoutArgs),
}

/// Arguments of `auth login`.
#[derive(Debug, Args)]
pub(super) struct LoginArgs {
    /// Author alias or URN [default: `default_author`]
    pub(super) author: Option<String>,
    /// Port of the redirect address, which must be registered with the app
    #[arg(long, default_value_t = 8721)]
    pub(super) port: u16,
    /// Open no browser and no port: paste the address the browser ends at
    #[arg(long)]
    pub(super) paste: bool,
    /// Ask for these scopes instead of those the author needs
    #[arg(long, value_name = "SCOPE")]
    pub(super) scope: Vec<String>,
}

/// Which authors.
#[derive(Debug, Args)]
pub(super) struct AuthorArgs {
    /// Author alias or URN [default: all]
    pub(super) author: Option<String>,
}

/// Arguments of `auth logout`.
#[derive(Debug, Args)]
pub(super) struct LogoutArgs {
    /// Author alias or URN
    pub(super) author: String,
}

/// What a workflow does.
#[derive(Debug, Subcommand)]
pub(super) enum GithubCommand {
    /// Tell what a pull request changes: annotations, job summary, comment
    Review(ReviewArgs),
    /// Publish what is due, and tell about it: summary, comments, tracking issue
    Publish(PublishArgs),
    /// Write the comment of a review that ran where it could not write
    Comment(CommentArgs),
}

/// Arguments of `github review`.
#[derive(Debug, Args)]
pub(super) struct ReviewArgs {
    /// How much to look at
    #[arg(long, value_enum, default_value = "plan")]
    pub(super) command: ReviewCommand,
    /// Whether to comment on the pull request
    #[arg(long, value_enum, default_value = "auto")]
    pub(super) comment: CommentChoice,
    /// Folder for the review where no comment could be written
    #[arg(long, value_name = "DIR")]
    pub(super) artifact: Option<PathBuf>,
}

/// How much a review looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum ReviewCommand {
    /// Problems only; no comment
    Check,
    /// Problems, and what merging would do
    Plan,
}

/// Whether a review comments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum CommentChoice {
    /// Where the token may; else write the artifact
    Auto,
    /// Fail where it cannot
    Always,
    /// Never
    Never,
}

/// Arguments of `github publish`.
#[derive(Debug, Args)]
pub(super) struct PublishArgs {
    /// Stay until nothing more falls due within this time, such as `30m` or `5h`
    #[arg(long, value_name = "DURATION")]
    pub(super) wait: Option<String>,
    /// Allow this many publishes, updates and deletes in one run
    #[arg(long, value_name = "N")]
    pub(super) allow_changes: Option<u32>,
    /// Exit with 0 when posts are only held
    #[arg(long)]
    pub(super) allow_held: bool,
}

/// Arguments of `github comment`.
#[derive(Debug, Args)]
pub(super) struct CommentArgs {
    /// Folder with the review
    #[arg(long, value_name = "DIR")]
    pub(super) artifact: PathBuf,
}

/// Arguments of `sandbox`.
#[derive(Debug, Args)]
pub(super) struct SandboxArgs {
    /// Port to listen on, on loopback only; 0: any free one
    #[arg(long, default_value_t = 4791)]
    pub(super) port: u16,
    /// Keep nothing: start empty and forget everything at the end
    #[arg(long)]
    pub(super) ephemeral: bool,
}

/// Arguments of `schema`.
#[derive(Debug, Args)]
pub(super) struct SchemaArgs {
    /// Which one
    #[arg(value_enum)]
    pub(super) which: SchemaName,
}

/// The schemas.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum SchemaName {
    /// Front matter of a post
    Post,
    /// mergecast.yaml
    Config,
    /// mergecast.lock
    Lockfile,
    /// Output of `plan --format json`
    Plan,
    /// Output of `check --format json`
    Check,
    /// Output of `apply --format json`
    Apply,
    /// Output of `status --format json`
    Status,
    /// Output of `rehearse --format json`
    Rehearse,
    /// Output of `explain KEY --format json`
    Explain,
    /// Output of `state show --format json`
    StateShow,
    /// Output of `state rebuild --format json`
    StateRebuild,
}

/// Arguments of `completions`.
#[derive(Debug, Args)]
pub(super) struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    pub(super) shell: clap_complete::Shell,
}
