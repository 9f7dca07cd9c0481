//! The machine's own idea of time zones.

use std::path::Path;
use std::process::Command;

/// What `plan` says with `TZ` as it is given; `None`: not set.
fn plan(folder: &Path, zone: Option<&str>) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mergecast"));
    command.arg("-C").arg(folder);
    command.args(["plan", "--at", "2026-10-24T10:00:00Z"]);
    command.env_remove("TZ").env_remove("MERGECAST_PAUSED");
    // No zone files are found wherever the machine has them.
    command.env("TZDIR", folder);
    if let Some(zone) = zone {
        command.env("TZ", zone);
    }
    let output = command.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_zone_of_the_machine_never_matters() {
    let folder = tempfile::tempdir().unwrap();
    let config = "version: 1\ntimezone: Europe/Berlin\nauthors:\n  acme: { urn: \"urn:li:organization:42\" }\ndefault_author: acme\n";
    std::fs::write(folder.path().join("mergecast.yaml"), config).unwrap();
    std::fs::create_dir(folder.path().join("posts")).unwrap();
    // The day after the clocks went back.
    let post = "---\nscheduled_at: 2026-10-26 09:00\n---\nHello\n";
    std::fs::write(folder.path().join("posts/a.md"), post).unwrap();
    let unset = plan(folder.path(), None);
    assert!(unset.contains("CET, UTC+1) · 08:00 UTC"), "{unset}");
    for zone in [
        "UTC",
        "America/Los_Angeles",
        "Nowhere/At_All",
        "",
        ":/dev/null",
        "XXX-14",
    ] {
        assert_eq!(plan(folder.path(), Some(zone)), unset, "TZ={zone}");
    }
}
