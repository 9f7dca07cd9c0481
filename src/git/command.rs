//! The only place that starts processes: the `git` program.
//!
//! Owns the flags and the environment every call gets, so that no hook, file monitor,
//! clean-up or prompt of a repository runs, and git speaks the C locale. Must not know
//! what a call is for.

#![allow(
    clippy::disallowed_methods,
    reason = "this module is where processes are started"
)]

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::configuration::Overrides;
pub use super::process::CommandError;
use super::process::{Bounds, run};
use super::words::cleaned;

/// Flags of every call. Hooks, monitors and maintenance would run programs a repository
/// names, or work nobody asked for; `ext::` addresses are programs; a transfer below one
/// byte a second for 20 s is dead.
const FLAGS: &[&str] = &[
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "gc.auto=0",
    "maintenance.auto=false",
    "protocol.ext.allow=never",
    "push.gpgSign=false",
    "advice.detachedHead=false",
    "http.lowSpeedLimit=1",
    "http.lowSpeedTime=20",
];

/// Variables that point git at another repository than the one it is started in; they are
/// set when a hook or an alias starts this program (`git rev-parse --local-env-vars`).
const REPOSITORY_VARIABLES: &[&str] = &[
    "GIT_ALTERNATE_OBJECT_DIRECTORIES",
    "GIT_COMMON_DIR",
    "GIT_CONFIG",
    "GIT_DIR",
    "GIT_GRAFT_FILE",
    "GIT_IMPLICIT_WORK_TREE",
    "GIT_INDEX_FILE",
    "GIT_INTERNAL_SUPER_PREFIX",
    "GIT_NAMESPACE",
    "GIT_NO_REPLACE_OBJECTS",
    "GIT_OBJECT_DIRECTORY",
    "GIT_PREFIX",
    "GIT_QUARANTINE_PATH",
    "GIT_REPLACE_REF_BASE",
    "GIT_SHALLOW_FILE",
    "GIT_WORK_TREE",
];

/// Variables git has no business with: LinkedIn's secrets, and traces that would mix into
/// the words we read.
const WITHHELD_PREFIXES: &[&str] = &["LINKEDIN_", "MERGECAST_", "GIT_TRACE"];

/// How long a call without a network may take.
pub(super) const LOCAL: Duration = Duration::from_secs(30);
/// How long a call about a few refs or small objects of a remote may take.
pub(super) const REMOTE: Duration = Duration::from_secs(60);
/// How long fetching content may take: media are large.
pub(super) const CONTENT: Duration = Duration::from_secs(600);

/// Bytes kept of git's answers that are not file contents.
const ANSWER: usize = 4 * 1024 * 1024;

/// The `git` program, to be run in one folder with one environment.
#[derive(Clone)]
pub struct Git(Arc<Setting>);

#[derive(Clone)]
struct Setting {
    directory: PathBuf,
    environment: BTreeMap<String, String>,
}

impl std::fmt::Debug for Git {
    // The environment holds secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Git").field(&self.0.directory).finish()
    }
}

/// What one call answered.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    /// Whether git ended with 0.
    pub(super) success: bool,
    /// The exit code; `None`: ended by a signal.
    pub(super) code: Option<i32>,
    /// What it printed, as it is; never to be shown.
    pub(super) stdout: Vec<u8>,
    /// Whether it printed more than is kept.
    cut: bool,
    /// What it complained about, as it is; never to be shown.
    pub(super) complaint: String,
}

impl Answer {
    /// The printed text.
    pub(super) fn text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    /// The complaint, fit to be shown.
    pub(super) fn problem(&self) -> String {
        match cleaned(&self.complaint) {
            words if words.is_empty() => match self.code {
                Some(code) => format!("git ended with {code} and said nothing"),
                None => "git was ended by a signal".to_owned(),
            },
            words => words,
        }
    }
}

/// Tells the waiting thread that nobody waits for the process any more.
struct CancelOnDrop(Arc<AtomicBool>);

impl Drop for CancelOnDrop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Git {
    /// git, run in `directory` with `environment` (the variables of this process, given by
    /// the caller) as far as it is any of git's business.
    #[must_use]
    pub fn new(directory: &Path, environment: &BTreeMap<String, String>) -> Self {
        let withheld = |name: &str| {
            REPOSITORY_VARIABLES.contains(&name)
                || WITHHELD_PREFIXES
                    .iter()
                    .any(|prefix| name.starts_with(prefix))
        };
        let mut environment: BTreeMap<String, String> = environment
            .iter()
            .filter(|(name, _)| !withheld(name))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        if let Some(path) = environment.get("PATH") {
            let path = programs(path, directory, environment.get("HOME"));
            environment.insert("PATH".to_owned(), path);
        }
        environment.insert("LC_ALL".to_owned(), "C".to_owned());
        environment.insert("GIT_TERMINAL_PROMPT".to_owned(), "0".to_owned());
        environment.insert("GIT_OPTIONAL_LOCKS".to_owned(), "0".to_owned());
        environment.insert("GIT_NO_REPLACE_OBJECTS".to_owned(), "1".to_owned());
        Self(Arc::new(Setting {
            directory: directory.to_owned(),
            environment,
        }))
    }

    /// The same, with these settings on every call, after those the environment already
    /// brings (a job may hand its credentials to git that way), and with these variables.
    pub(super) fn with_overrides(&self, overrides: Overrides) -> Self {
        let mut setting = Setting::clone(&self.0);
        let environment = &mut setting.environment;
        let count = environment.get("GIT_CONFIG_COUNT");
        let first: usize = count.and_then(|count| count.parse().ok()).unwrap_or(0);
        let count = first + overrides.settings.len();
        for (index, (name, value)) in (first..).zip(overrides.settings) {
            environment.insert(format!("GIT_CONFIG_KEY_{index}"), name);
            environment.insert(format!("GIT_CONFIG_VALUE_{index}"), value);
        }
        if count > first {
            environment.insert("GIT_CONFIG_COUNT".to_owned(), count.to_string());
        }
        environment.extend(overrides.variables);
        Self(Arc::new(setting))
    }

    /// The same, and objects a partial clone lacks are missing instead of fetched
    /// (`GIT_NO_LAZY_FETCH`, git 2.44 and newer): for commands that ask no remote.
    pub(super) fn offline(&self) -> Self {
        let mut setting = Setting::clone(&self.0);
        let variable = ("GIT_NO_LAZY_FETCH".to_owned(), "1".to_owned());
        setting.environment.extend([variable]);
        Self(Arc::new(setting))
    }

    fn command(&self, arguments: &[String]) -> Command {
        let mut command = Command::new("git");
        command
            .current_dir(&self.0.directory)
            .env_clear()
            .envs(&self.0.environment);
        for flag in FLAGS {
            command.arg("-c").arg(flag);
        }
        command.args(arguments);
        command
    }

    /// Runs git on this thread; for readers that are not async.
    ///
    /// # Errors
    /// When there is no answer. A failed command is an answer.
    pub(super) fn run_here(
        &self,
        arguments: &[&str],
        output: usize,
    ) -> Result<Answer, CommandError> {
        let arguments: Vec<String> = arguments.iter().map(|a| (*a).to_owned()).collect();
        let never = AtomicBool::new(false);
        self.answer(&arguments, CONTENT, output, &never)
    }

    /// Writes a blob into `file`, on this thread, without holding it in memory.
    ///
    /// # Errors
    /// When there is no answer. A failed command is an answer.
    pub(super) fn write_blob(&self, id: &str, file: File) -> Result<Answer, CommandError> {
        let arguments = ["cat-file", "blob", id].map(str::to_owned);
        let never = AtomicBool::new(false);
        self.answer_into(
            &arguments,
            Stdio::from(file),
            &bounds(CONTENT, ANSWER, &never),
        )
    }

    /// Runs git on a thread of its own. Dropping the future ends the process.
    ///
    /// # Errors
    /// When there is no answer, or one that is longer than is kept. A failed command is an
    /// answer.
    pub(super) async fn run(
        &self,
        arguments: &[&str],
        timeout: Duration,
    ) -> Result<Answer, CommandError> {
        let arguments: Vec<String> = arguments.iter().map(|a| (*a).to_owned()).collect();
        let git = self.clone();
        let cancelled = Arc::new(AtomicBool::new(false));
        let guard = CancelOnDrop(Arc::clone(&cancelled));
        let task = tokio::task::spawn_blocking(move || {
            git.answer(&arguments, timeout, ANSWER, &cancelled)
        });
        let answer = task
            .await
            .unwrap_or_else(|error| Err(CommandError::Io(error.to_string())));
        drop(guard);
        match answer {
            Ok(answer) if answer.cut => Err(CommandError::TooLong(ANSWER)),
            answer => answer,
        }
    }

    /// A missing working folder and a missing program are the same error to the system.
    fn told_apart(&self, error: CommandError) -> CommandError {
        if error == CommandError::NotInstalled && !self.0.directory.is_dir() {
            let gone = self.0.directory.display();
            return CommandError::Io(format!("the folder `{gone}` is gone"));
        }
        error
    }

    fn answer(
        &self,
        arguments: &[String],
        timeout: Duration,
        output: usize,
        cancelled: &AtomicBool,
    ) -> Result<Answer, CommandError> {
        self.answer_into(
            arguments,
            Stdio::piped(),
            &bounds(timeout, output, cancelled),
        )
    }

    fn answer_into(
        &self,
        arguments: &[String],
        stdout: Stdio,
        bounds: &Bounds<'_>,
    ) -> Result<Answer, CommandError> {
        let finished = run(self.command(arguments), None, stdout, bounds);
        let finished = finished.map_err(|error| self.told_apart(error))?;
        Ok(Answer {
            success: finished.code == Some(0),
            code: finished.code,
            complaint: String::from_utf8_lossy(&finished.stderr).into_owned(),
            stdout: finished.stdout,
            cut: finished.cut,
        })
    }
}

/// The folders of `path` that programs are taken from: named in full, and not part of the
/// repository around `directory`, whose files anybody may have written. Where none is left
/// there is no git; an empty list would mean the folder it is started in.
fn programs(path: &str, directory: &Path, home: Option<&String>) -> String {
    let is_home = |folder: &Path| home.is_some_and(|home| Path::new(home) == folder);
    let mut around = directory.ancestors();
    let repository = around.find(|folder| folder.join(".git").exists());
    let repository = repository.filter(|folder| folder.parent().is_some() && !is_home(folder));
    let inside =
        |folder: &Path| repository.is_some_and(|repository| folder.starts_with(repository));
    let kept = std::env::split_paths(path).filter(|folder| folder.is_absolute() && !inside(folder));
    let kept = std::env::join_paths(kept).ok();
    let kept = kept.and_then(|kept| kept.into_string().ok());
    kept.filter(|kept| !kept.is_empty())
        .unwrap_or_else(|| "/dev/null".to_owned())
}

fn bounds(timeout: Duration, output: usize, cancelled: &AtomicBool) -> Bounds<'_> {
    Bounds {
        timeout,
        output,
        cancelled,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn git_never_sees_our_secrets_or_another_repository() {
        let environment = [
            ("LINKEDIN_ACCESS_TOKEN", "secret"),
            ("GIT_DIR", "/elsewhere"),
            ("GIT_TRACE_CURL", "1"),
            ("GIT_SSH_COMMAND", "ssh -i key"),
            ("LC_ALL", "de_DE.UTF-8"),
        ];
        let environment = environment
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into();
        let git = Git::new(Path::new("/"), &environment);
        let names: Vec<&str> = git.0.environment.keys().map(String::as_str).collect();
        assert_eq!(
            names,
            [
                "GIT_NO_REPLACE_OBJECTS",
                "GIT_OPTIONAL_LOCKS",
                "GIT_SSH_COMMAND",
                "GIT_TERMINAL_PROMPT",
                "LC_ALL"
            ]
        );
        assert_eq!(git.0.environment["LC_ALL"], "C");
        assert!(!format!("{git:?}").contains("key"));
    }

    #[cfg(unix)]
    #[test]
    fn git_is_never_taken_out_of_the_repository_it_works_on() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().canonicalize().unwrap();
        let root = folder.join("repository/social");
        std::fs::create_dir_all(&root).unwrap();
        std::fs::create_dir_all(folder.join("repository/.git")).unwrap();
        let at = |place: &str| folder.join(place).display().to_string();
        let path = [".", "", "bin", "../bin", "/usr/bin"].map(str::to_owned);
        let path = [path.as_slice(), &[at("repository/bin"), at("bin")]].concat();
        let kept = programs(&path.join(":"), &root, None);
        assert_eq!(kept, format!("/usr/bin:{}", at("bin")));
        // A home folder under version control is no content repository.
        let home = at("repository");
        assert_eq!(
            programs(&at("repository/bin"), &root, Some(&home)),
            at("repository/bin")
        );
        for nothing in ["", ".", ":", "bin:"] {
            assert_eq!(programs(nothing, &root, None), "/dev/null");
        }
    }

    #[test]
    fn settings_come_after_those_of_the_environment() {
        let environment = [
            ("GIT_CONFIG_COUNT", "1"),
            ("GIT_CONFIG_KEY_0", "http.extraHeader"),
            ("GIT_CONFIG_VALUE_0", "Authorization: x"),
        ];
        let environment = environment
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into();
        let overrides = Overrides {
            settings: vec![("credential.a=b.helper".to_owned(), String::new())],
            variables: Vec::new(),
        };
        let git = Git::new(Path::new("/"), &environment).with_overrides(overrides);
        let variable = |name: &str| git.0.environment[name].as_str();
        assert_eq!(variable("GIT_CONFIG_COUNT"), "2");
        assert_eq!(variable("GIT_CONFIG_KEY_0"), "http.extraHeader");
        assert_eq!(variable("GIT_CONFIG_KEY_1"), "credential.a=b.helper");
        assert_eq!(variable("GIT_CONFIG_VALUE_1"), "");
    }
}
