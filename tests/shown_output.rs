//! Pages show what the program prints about the example content.
//!
//! A block behind `<!-- exit CODE: ARGUMENTS -->` is what that command prints on standard
//! output, and CODE how it ends; the blocks of a page are run in turn in one folder.
//! `UPDATE_DOCS=1` writes them anew, to be read aloud before they are committed.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "the test copies files and starts the program"
)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use assert_cmd::Command;

const MARK: &str = "<!-- exit ";
const FENCE: &str = "```text\n";

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name();
        if name == ".mergecast" {
            continue;
        }
        if entry.path().is_dir() {
            copy(&entry.path(), &to.join(name));
        } else {
            std::fs::copy(entry.path(), to.join(name)).unwrap();
        }
    }
}

fn git(folder: &Path, arguments: &[&str]) {
    let who = ["-c", "user.name=r", "-c", "user.email=r@example.org"];
    let done = std::process::Command::new("git")
        .current_dir(folder)
        .args(who.iter().chain(arguments))
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .status()
        .unwrap();
    assert!(done.success(), "git {arguments:?}");
}

/// The example content in a fresh clone, as a reader of the page has it.
fn cloned(folder: &Path) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let origin = folder.join("origin");
    copy(
        &root.join("example-content"),
        &origin.join("example-content"),
    );
    git(&origin, &["init", "-q", "-b", "main"]);
    git(&origin, &["add", "-A"]);
    git(&origin, &["commit", "-q", "-m", "content"]);
    git(folder, &["clone", "-q", "origin", "clone"]);
    folder.join("clone/example-content")
}

/// Every file below a folder, with its bytes.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.insert(path.clone(), std::fs::read(path).unwrap());
        }
    }
    found
}

fn printed(folder: &Path, arguments: &str) -> (i32, String) {
    let output = Command::cargo_bin("mergecast")
        .unwrap()
        .arg("-C")
        .arg(folder)
        .args(arguments.split(' '))
        .env_remove("MERGECAST_PAUSED")
        .output()
        .unwrap();
    let code = output.status.code().unwrap();
    (code, String::from_utf8(output.stdout).unwrap())
}

/// Runs the commands of a page. Returns them, and whether they left the content as it was.
fn shows(page: &str) -> (Vec<String>, bool) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = root.join(page);
    let text = std::fs::read_to_string(&page).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let content = cloned(folder.path());
    let before = files(&content);
    let mut parts = text.split(MARK);
    let mut fresh = parts.next().unwrap().to_owned();
    let mut commands = Vec::new();
    for part in parts {
        let (command, rest) = part.split_once(" -->\n").unwrap();
        let (expected, arguments) = command.split_once(": ").unwrap();
        let shown = rest.strip_prefix(FENCE).unwrap();
        let (_, after) = shown.split_once("```\n").unwrap();
        let (code, output) = printed(&content, arguments);
        assert_eq!(code.to_string(), expected, "{arguments}");
        fresh.push_str(&format!("{MARK}{command} -->\n{FENCE}{output}```\n{after}"));
        commands.push(arguments.to_owned());
    }
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(page, fresh).unwrap();
    } else {
        assert_eq!(
            text, fresh,
            "right? then: UPDATE_DOCS=1 cargo test --test shown_output"
        );
    }
    (commands, files(&content) == before)
}

#[test]
fn the_readme_shows_what_its_commands_print() {
    let (commands, _) = shows("README.md");
    let [first, second, rehearsal] = commands.as_slice() else {
        panic!("{commands:?}");
    };
    assert_eq!(first, second, "and nothing happens twice");
    let readme = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md"));
    let readme = readme.unwrap();
    for command in [first, rehearsal] {
        assert!(readme.contains(&format!("-C example-content {command}\n")));
    }
}

#[test]
fn the_page_on_rehearsals_shows_what_is_printed_and_nothing_is_touched() {
    let (commands, untouched) = shows("docs/rehearse.md");
    assert_eq!(commands.len(), 2);
    assert!(untouched, "a rehearsal touched a file");
}
