//! The README's first command prints what the README shows, twice in a row.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "the test copies files and starts the program"
)]

use std::path::Path;

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

/// The fenced blocks that follow a `<!-- output: … -->` mark.
fn shown(readme: &str) -> Vec<String> {
    let blocks = readme.split("<!-- output: ").skip(1);
    blocks
        .map(|block| {
            block
                .split("```text\n")
                .nth(1)
                .unwrap()
                .split("```")
                .next()
                .unwrap()
                .to_owned()
        })
        .collect()
}

#[test]
fn the_first_command_prints_what_the_readme_shows() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let readme = std::fs::read_to_string(root.join("README.md")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    copy(&root.join("example-content"), folder.path());
    let shown = shown(&readme);
    assert_eq!(shown.len(), 2);
    for expected in shown {
        let output = Command::cargo_bin("mergecast")
            .unwrap()
            .arg("-C")
            .arg(folder.path())
            .args(["apply", "--sandbox", "--at", "2026-09-03T10:00:00+02:00"])
            .env_remove("MERGECAST_PAUSED")
            .output()
            .unwrap();
        assert_eq!(String::from_utf8(output.stdout).unwrap(), expected);
        assert_eq!(output.status.code(), Some(75));
        assert!(readme.contains("--at 2026-09-03T10:00:00+02:00"));
    }
}
