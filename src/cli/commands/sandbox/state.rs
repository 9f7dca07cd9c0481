//! The sandbox between runs.
//!
//! Owns where its state is kept: `.mergecast/sandbox/` in the content root, which git
//! ignores. Must not interpret it.

use std::path::{Path, PathBuf};

use bytes::Bytes;

use crate::diagnostic::Diagnostic;
use crate::model::config::Config;
use crate::pass::Stop;
use crate::report::exit::Exit;
use crate::sandbox::{FaultScript, Linkedin};
use crate::system::files::{create_folders, read_if_there, remove_durably, write_atomically};

/// Where everything of the sandbox is, in the content root.
pub(super) const FOLDER: &str = ".mergecast/sandbox";
/// What the last `apply --sandbox` sent, with tokens as fingerprints; below [`FOLDER`].
const REQUESTS: &str = "requests.json";
/// A fault script that the next `apply --sandbox` takes over and removes; below [`FOLDER`].
const FAULTS: &str = "faults.json";

/// A failure of the sandbox itself.
pub(super) fn problem(text: &str) -> Stop {
    Stop {
        diagnostics: vec![Diagnostic::error("sandbox-unusable", text)],
        exit: Exit::Failed,
    }
}

fn with_help(mut stop: Stop, help: &str) -> Stop {
    for diagnostic in &mut stop.diagnostics {
        diagnostic.help = Some(help.to_owned());
    }
    stop
}

fn state_file(root: &Path) -> PathBuf {
    root.join(FOLDER).join("linkedin.json")
}

/// The sandbox as it was left; a new one with a working token for every author else. With
/// `take_faults`, the fault script laid down for it goes wrong next.
pub(super) fn open(root: &Path, config: &Config, take_faults: bool) -> Result<Linkedin, Stop> {
    let help = format!("remove the folder `{FOLDER}` to start anew");
    let mut linkedin = kept(root, config).map_err(|what| with_help(problem(&what), &help))?;
    if take_faults {
        let faults = faults(root).map_err(|what| {
            let problem = problem(&format!("`{FOLDER}/{FAULTS}` cannot be used: {what}"));
            with_help(problem, "write it as `docs/sandbox.md` shows, or remove it")
        })?;
        linkedin.faults.rules.extend(faults.rules);
    }
    Ok(linkedin)
}

fn kept(root: &Path, config: &Config) -> Result<Linkedin, String> {
    let words = |error: std::io::Error| error.to_string();
    let Some(kept) = read_if_there(&state_file(root)).map_err(words)? else {
        let authors = config.authors.iter();
        let authors = authors.map(|(alias, author)| (author.urn.clone(), alias.clone()));
        return Ok(Linkedin::for_authors(authors));
    };
    let linkedin = Linkedin::from_json(&String::from_utf8_lossy(&kept));
    let mut linkedin = linkedin.map_err(|error| error.to_string())?;
    let ids: Vec<String> = linkedin
        .files()
        .map(|file| file.urn.id().to_owned())
        .collect();
    for id in ids {
        let path = root.join(FOLDER).join("media").join(file_name(&id));
        if let Some(bytes) = read_if_there(&path).map_err(words)? {
            linkedin.restore_media(&id, Bytes::from(bytes));
        }
    }
    Ok(linkedin)
}

fn faults(root: &Path) -> Result<FaultScript, String> {
    let path = root.join(FOLDER).join(FAULTS);
    let script = read_if_there(&path).map_err(|error| error.to_string())?;
    script.map_or_else(
        || Ok(FaultScript::default()),
        |script| serde_json::from_slice(&script).map_err(|error| error.to_string()),
    )
}

fn file_name(id: &str) -> String {
    id.chars()
        .map(|c| {
            if c.is_ascii_alphanumeric() || "-_".contains(c) {
                c
            } else {
                '_'
            }
        })
        .collect()
}

fn unkept(error: &impl ToString) -> Stop {
    problem(&format!("its state cannot be kept: {}", error.to_string()))
}

/// Keeps accounts, posts and media.
pub(super) fn save(root: &Path, linkedin: &Linkedin) -> Result<(), Stop> {
    let folder = root.join(FOLDER);
    create_folders(&folder.join("media")).map_err(|error| unkept(&error))?;
    write_atomically(&root.join(".mergecast/.gitignore"), b"*\n")
        .map_err(|error| unkept(&error))?;
    for (id, bytes) in linkedin.media() {
        let path = folder.join("media").join(file_name(id));
        write_atomically(&path, bytes).map_err(|error| unkept(&error))?;
    }
    let text = linkedin.to_json().map_err(|error| unkept(&error))?;
    write_atomically(&state_file(root), text.as_bytes()).map_err(|error| unkept(&error))
}

/// Keeps also what this run sent, for people who want to see it; faults it took over are
/// part of the state now.
pub(super) fn save_with_requests(root: &Path, linkedin: &Linkedin) -> Result<(), Stop> {
    save(root, linkedin)?;
    let folder = root.join(FOLDER);
    remove_durably(&folder.join(FAULTS)).map_err(|error| unkept(&error))?;
    let requests = serde_json::to_string_pretty(linkedin.log()).map_err(|error| unkept(&error))?;
    write_atomically(&folder.join(REQUESTS), requests.as_bytes()).map_err(|error| unkept(&error))
}
