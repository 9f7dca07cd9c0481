//! `docs/rehearse.md` shows what the program prints about the example content, and a
//! rehearsal touches nothing.
//!
//! `UPDATE_DOCS=1` writes the blocks anew, to be read aloud before they are committed.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "the test copies files and starts the program"
)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use assert_cmd::Command;

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

fn printed(folder: &Path, arguments: &str) -> String {
    let output = Command::cargo_bin("mergecast")
        .unwrap()
        .arg("-C")
        .arg(folder)
        .args(arguments.split(' '))
        .env_remove("MERGECAST_PAUSED")
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}

const MARK: &str = "<!-- run: ";
const FENCE: &str = "```text\n";

#[test]
fn the_page_shows_what_is_printed_and_nothing_is_touched() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = root.join("docs/rehearse.md");
    let text = std::fs::read_to_string(&page).unwrap();
    let folder = tempfile::tempdir().unwrap();
    copy(&root.join("example-content"), folder.path());
    let before = files(folder.path());
    let mut parts = text.split(MARK);
    let mut fresh = parts.next().unwrap().to_owned();
    let mut blocks = 0;
    for part in parts {
        let (arguments, rest) = part.split_once(" -->\n").unwrap();
        let shown = rest.strip_prefix(FENCE).unwrap();
        let (_, after) = shown.split_once("```\n").unwrap();
        let output = printed(folder.path(), arguments);
        fresh.push_str(&format!(
            "{MARK}{arguments} -->\n{FENCE}{output}```\n{after}"
        ));
        blocks += 1;
    }
    assert_eq!(blocks, 2);
    assert!(files(folder.path()) == before, "a rehearsal touched a file");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(page, fresh).unwrap();
    } else {
        assert_eq!(
            text, fresh,
            "right? then: UPDATE_DOCS=1 cargo test --test rehearse_docs"
        );
    }
}
