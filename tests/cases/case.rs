//! What a `case.yaml` says.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

/// One case.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Case {
    /// What it shows, for people.
    #[allow(dead_code, reason = "for people")]
    pub(crate) about: String,
    /// Where the content lies; nothing: in a plain folder.
    #[serde(default)]
    pub(crate) git: Option<Git>,
    /// The clone's own settings.
    #[serde(default)]
    pub(crate) git_config: BTreeMap<String, String>,
    /// Without the files of `tests/cases/base`.
    #[serde(default)]
    pub(crate) bare: bool,
    /// Files that cannot well be committed as they are.
    #[serde(default)]
    pub(crate) files: BTreeMap<String, File>,
    /// Without a ledger that has begun.
    #[serde(default)]
    pub(crate) unbegun: bool,
    /// A LinkedIn behind a socket, for runs without `--sandbox`.
    #[serde(default)]
    pub(crate) linkedin: bool,
    /// What is run, in order.
    pub(crate) runs: Vec<Run>,
}

/// How the content root is under version control.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Git {
    /// A repository without a remote; everything is committed.
    Local,
    /// A clone of a bare repository; everything is pushed.
    Remote,
    /// The same, and its remote refuses the ledger's branch.
    RemoteRefusesLedger,
    /// The same, and its remote refuses the published branch.
    RemoteRefusesMain,
    /// The same, and its remote is gone.
    RemoteGone,
}

/// A file that is made.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum File {
    /// Text, with YAML's escapes.
    Text(String),
    /// Bytes in hex.
    Hex(String),
    /// A symbolic link to this.
    Link(String),
    /// A PNG with these measures, and this many bytes after it.
    Png {
        width: u32,
        height: u32,
        more: usize,
    },
    /// What says that it is an MP4 of five seconds, and zeros up to so many bytes.
    Mp4(usize),
    /// A GIF with this many frames.
    Gif(u16),
    /// A text, this many times.
    Repeat {
        head: String,
        text: String,
        times: usize,
        #[serde(default)]
        tail: String,
    },
}

/// One run of the program.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Run {
    /// Its arguments, split at blanks; single quotes keep blanks.
    pub(crate) run: String,
    /// The environment beyond the usual.
    #[serde(default)]
    pub(crate) env: BTreeMap<String, String>,
    /// Files changed before it (and committed, where there is git); none: taken away.
    #[serde(default)]
    pub(crate) change: BTreeMap<String, Option<String>>,
    /// What git is told before it, in the content root, after the changes.
    #[serde(default)]
    pub(crate) git: Vec<String>,
    /// Files written before it and never committed.
    #[serde(default)]
    pub(crate) leave: BTreeMap<String, String>,
    /// Faults LinkedIn has from here on, as `docs/sandbox.md` writes them, in JSON.
    #[serde(default)]
    pub(crate) faults: Option<String>,
    /// Show only the first so many lines of the output.
    #[serde(default)]
    pub(crate) head: Option<usize>,
}

impl Case {
    pub(crate) fn read(folder: &Path) -> Result<Self, String> {
        let text = std::fs::read_to_string(folder.join("case.yaml")).map_err(|e| e.to_string())?;
        serde_saphyr::from_str(&text).map_err(|error| format!("case.yaml: {error}"))
    }
}

/// Splits a command line.
pub(crate) fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    for (number, part) in line.split('\'').enumerate() {
        match number % 2 {
            1 => words.push(part.to_owned()),
            _ => words.extend(part.split_whitespace().map(str::to_owned)),
        }
    }
    words
}
