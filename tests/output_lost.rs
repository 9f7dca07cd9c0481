//! Output that cannot be written is told, and is no success.

#![cfg(target_os = "linux")]
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "the test starts the program"
)]

use std::fs::OpenOptions;
use std::process::Command;

#[test]
fn a_full_disk_is_no_success() {
    let folder = tempfile::tempdir().unwrap();
    let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_mergecast"))
        .current_dir(folder.path())
        .args(["schema", "config"])
        .stdout(full)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let words = String::from_utf8(output.stderr).unwrap();
    assert!(
        words.starts_with("the output cannot be written: "),
        "{words}"
    );
}
