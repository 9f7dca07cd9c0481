//! Settings as resolved: where the content is, how to print, what the environment says.
//!
//! Owns turning what was typed into values commands use. Must not read content beyond
//! finding its root.

use std::path::{Path, PathBuf};

use super::args::{Command, Format, Global};
use super::output::Output;
use crate::pass::load::CONFIG_FILE;
use crate::report::detail::Detail;
use crate::report::palette::Palette;
use crate::system::Environment;

/// What every command is given.
pub(super) struct Settings {
    /// The content root, absolute where it exists.
    pub(super) root: PathBuf,
    /// Nobody named it: its configuration was found here or in a folder above.
    pub(super) found_upwards: bool,
    /// How to print.
    pub(super) format: Format,
    /// How much to print.
    pub(super) detail: Detail,
    /// The environment.
    pub(super) environment: Environment,
}

impl Settings {
    /// Finds the content root: `-C`, else the nearest folder upwards that holds the
    /// configuration, else the current folder.
    pub(super) fn resolve(
        global: Global,
        environment: Environment,
        command: &Command,
    ) -> Result<Self, String> {
        let current = environment
            .working_directory
            .clone()
            .unwrap_or_else(|| PathBuf::from("."));
        let (root, found_upwards) = match global.directory {
            Some(directory) => (current.join(directory), false),
            None => find_root(&current).map_or((current, false), |root| (root, true)),
        };
        let makes_it = matches!(command, Command::Init(_));
        if !makes_it && !root.is_dir() {
            return Err(format!("there is no folder `{}`", root.display()));
        }
        let detail = match (global.verbose, global.quiet) {
            (true, _) => Detail::Full,
            (false, true) => Detail::Short,
            (false, false) => Detail::Normal,
        };
        Ok(Self {
            root,
            found_upwards,
            format: global.format,
            detail,
            environment,
        })
    }

    /// Colours for data.
    pub(super) fn data_palette(output: Output) -> Palette {
        if output.data_color() {
            Palette::colored()
        } else {
            Palette::plain()
        }
    }

    /// Colours for messages.
    pub(super) fn message_palette(output: Output) -> Palette {
        if output.message_color() {
            Palette::colored()
        } else {
            Palette::plain()
        }
    }

    /// Whether `MERGECAST_PAUSED` stops everything.
    pub(super) fn is_paused(&self) -> bool {
        self.environment.is_on("MERGECAST_PAUSED")
    }
}

fn find_root(from: &Path) -> Option<PathBuf> {
    from.ancestors()
        .find(|folder| folder.join(CONFIG_FILE).is_file())
        .map(Path::to_owned)
}
