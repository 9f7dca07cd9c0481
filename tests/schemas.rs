//! The committed schemas are what the program prints, and the example content fits them.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "the test reads files and starts the program"
)]

use std::path::Path;

use assert_cmd::Command;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn printed(name: &str) -> String {
    let output = Command::cargo_bin("mergecast")
        .unwrap()
        .args(["schema", name])
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn committed_schemas_are_fresh() {
    for name in [
        "post",
        "config",
        "lockfile",
        "plan",
        "check",
        "apply",
        "status",
        "rehearse",
        "explain",
        "state-show",
        "state-rebuild",
    ] {
        let file = root().join(format!("schemas/{name}.json"));
        let committed = std::fs::read_to_string(&file).unwrap_or_default();
        assert_eq!(
            committed,
            printed(name),
            "run `mergecast schema {name} > schemas/{name}.json`"
        );
    }
}

#[test]
fn example_content_fits_its_schemas() {
    let validator = |name: &str| {
        jsonschema::validator_for(&serde_json::from_str(&printed(name)).unwrap()).unwrap()
    };
    let config = std::fs::read_to_string(root().join("example-content/mergecast.yaml")).unwrap();
    let config: serde_json::Value = serde_saphyr::from_str(&config).unwrap();
    assert!(validator("config").is_valid(&config));
    let posts = validator("post");
    let mut count = 0;
    for entry in std::fs::read_dir(root().join("example-content/posts/2026-09")).unwrap() {
        let text = std::fs::read_to_string(entry.unwrap().path()).unwrap();
        let front_matter = text.split("---\n").nth(1).unwrap();
        let value: serde_json::Value = serde_saphyr::from_str(front_matter).unwrap();
        assert!(posts.is_valid(&value), "{front_matter}");
        count += 1;
    }
    assert!(count >= 10);
}
