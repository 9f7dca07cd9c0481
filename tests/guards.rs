//! A guard refuses the whole apply, and says so once.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "the test writes files and starts the program"
)]

use std::path::Path;

use assert_cmd::Command;

const CONFIG: &str = "version: 1\ntimezone: UTC\nauthors:\n  acme: { urn: \"urn:li:organization:42\" }\ndefault_author: acme\npublish: { max_per_run: 1 }\n";

fn run(folder: &Path, arguments: &[&str]) -> (i32, String) {
    let output = Command::cargo_bin("mergecast")
        .unwrap()
        .arg("-C")
        .arg(folder)
        .args(arguments)
        .env_remove("MERGECAST_PAUSED")
        .output()
        .unwrap();
    let text = [output.stdout, output.stderr].concat();
    (
        output.status.code().unwrap(),
        String::from_utf8(text).unwrap(),
    )
}

#[test]
fn too_many_changes_are_refused_and_named_once() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("posts")).unwrap();
    std::fs::write(folder.path().join("mergecast.yaml"), CONFIG).unwrap();
    for name in ["a", "b"] {
        let text = format!("---\nscheduled_at: on-merge\n---\nPost {name}\n");
        std::fs::write(folder.path().join(format!("posts/{name}.md")), text).unwrap();
    }
    let at = ["--at", "2026-09-03T10:00:00Z"];
    let (code, text) = run(folder.path(), &["plan", at[0], at[1]]);
    assert_eq!(
        (code, text.matches("error[too-many-changes]").count()),
        (0, 1),
        "{text}"
    );
    let (code, text) = run(folder.path(), &["apply", "--sandbox", at[0], at[1]]);
    assert_eq!(
        (code, text.matches("error[too-many-changes]").count()),
        (73, 1),
        "{text}"
    );
    let allowed = ["apply", "--sandbox", "--allow-changes", "2", at[0], at[1]];
    let (code, text) = run(folder.path(), &allowed);
    assert_eq!(
        (code, text.matches("urn:li:share:").count()),
        (0, 2),
        "{text}"
    );
}
