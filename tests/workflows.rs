//! The action, the workflows of this repository, and those for users to copy.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "the test reads the workflows"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// What `init` writes, and the same in the example.
const COPIES: [(&str, &str); 3] = [
    ("review.yml", "review-posts.yml"),
    ("review-forks.yml", "review-forks.yml"),
    ("publish.yml", "publish.yml"),
];

fn read(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// Every workflow and the action itself, with their texts.
fn all() -> Vec<(String, String)> {
    let mut found = vec![("action.yml".to_owned(), read("action.yml"))];
    for folder in [
        ".github/workflows",
        "src/cli/templates",
        "example-content/.github/workflows",
        "tests/action/workflows",
    ] {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        let Ok(entries) = std::fs::read_dir(root) else {
            continue;
        };
        let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
        paths.sort();
        paths.retain(|path| path.extension().is_some_and(|end| end == "yml"));
        for path in paths {
            let name = format!("{folder}/{}", path.file_name().unwrap().to_string_lossy());
            found.push((name, std::fs::read_to_string(&path).unwrap()));
        }
    }
    assert!(found.len() >= 7, "{}", found.len());
    found
}

/// A workflow without its comments.
fn without_comments(text: &str) -> String {
    text.lines()
        .map(|line| line.split_once(" #").map_or(line, |(code, _)| code))
        .filter(|line| !line.starts_with('#'))
        .flat_map(|line| [line, "\n"])
        .collect()
}

/// A key of a mapping without its list's dash, quotes and spaces.
fn key_of(text: &str) -> &str {
    let key = text.trim().trim_start_matches("- ").trim();
    key.trim_matches(['"', '\''])
}

/// Names of the variables that hold LinkedIn's secrets.
fn secrets(text: &str) -> BTreeSet<String> {
    let lines = text.lines().map(str::trim);
    lines
        .filter_map(|line| line.split_once(": ${{ secrets."))
        .map(|(name, _)| name.to_owned())
        .collect()
}

#[test]
fn the_example_has_the_workflows_of_init() {
    let without_secrets = |text: &str| {
        let lines: Vec<&str> = text
            .lines()
            .filter(|line| !line.contains("secrets."))
            .collect();
        lines.join("\n")
    };
    for (template, copy) in COPIES {
        let ours = read(&format!("src/cli/templates/{template}"));
        let theirs = read(&format!("example-content/.github/workflows/{copy}"));
        assert_eq!(
            without_secrets(&ours),
            without_secrets(&theirs),
            "{template}"
        );
    }
}

#[test]
fn a_workflow_has_the_secrets_its_settings_name_and_no_others() {
    for (settings, workflow) in [
        (
            "src/cli/templates/mergecast.yaml",
            "src/cli/templates/publish.yml",
        ),
        (
            "example-content/mergecast.yaml",
            "example-content/.github/workflows/publish.yml",
        ),
    ] {
        let settings = read(settings);
        let named: BTreeSet<String> = settings
            .split("token_env: ")
            .skip(1)
            .map(|rest| {
                let name = rest.split(|c: char| !c.is_ascii_uppercase() && c != '_');
                name.take(1).collect()
            })
            .collect();
        assert_eq!(secrets(&read(workflow)), named, "{workflow}");
    }
}

#[test]
fn a_workflow_that_looks_at_pull_requests_has_no_secrets_and_writes_only_comments() {
    for (template, _) in &COPIES[..2] {
        let code = without_comments(&read(&format!("src/cli/templates/{template}")));
        assert!(!code.contains("secrets"), "{template}");
        assert!(!code.contains("pull_request_target"), "{template}");
        assert!(!code.contains("environment"), "{template}");
        let writes: Vec<&str> = code
            .lines()
            .filter(|line| line.trim_end().ends_with(": write"))
            .map(str::trim)
            .collect();
        assert_eq!(writes, ["pull-requests: write"], "{template}");
    }
    let forks = read("src/cli/templates/review-forks.yml");
    assert!(!forks.contains("actions/checkout") && !forks.contains(" run:"));
}

#[test]
fn publishing_is_for_the_published_branch_and_has_the_rights_it_needs() {
    for workflow in [
        "src/cli/templates/publish.yml",
        "example-content/.github/workflows/publish.yml",
    ] {
        let code = without_comments(&read(workflow));
        for wanted in [
            "on:\n  push:\n    branches: [main]\n",
            "\npermissions:\n  contents: read\n",
            "\nconcurrency:\n  group: mergecast-publish\n  cancel-in-progress: false\n",
            "\n    environment: linkedin\n",
            "\n    timeout-minutes: ",
            "\n    permissions:\n      contents: write\n      issues: write\n      pull-requests: write\n    steps:\n",
            "\n          MERGECAST_PAUSED: ${{ vars.MERGECAST_PAUSED }}\n",
        ] {
            assert!(code.contains(wanted), "{workflow}: {wanted}");
        }
        assert!(!code.contains("pull_request"), "{workflow}");
        let writes = code.matches(": write\n").count();
        assert_eq!(writes, 3, "{workflow}");
    }
}

#[test]
fn every_workflow_says_what_it_may_and_no_checkout_leaves_a_credential() {
    for (name, text) in all() {
        let code = without_comments(&text);
        // What the tests themselves run has no token that could do anything.
        if name == "action.yml" || name.starts_with("tests/") {
            continue;
        }
        let least = ["\npermissions: {}\n", "\npermissions:\n  contents: read\n"];
        let after = least.iter().find_map(|least| code.split_once(least));
        let no_more = after.is_some_and(|(_, after)| !after.starts_with(' '));
        assert!(no_more, "{name}");
        assert!(!code.contains("write-all"), "{name}");
        let mut checkouts = code.split("uses: actions/checkout@").skip(1);
        assert!(
            checkouts.all(|rest| {
                let mut lines = rest.lines().skip(1).map(str::trim);
                lines.next() == Some("with:") && lines.next() == Some("persist-credentials: false")
            }),
            "{name}"
        );
    }
}

#[test]
fn every_action_from_elsewhere_is_pinned_to_one_commit_with_its_version() {
    let mut pins: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (name, text) in all() {
        for line in text.lines() {
            let Some((key, uses)) = line.split_once(": ") else {
                continue;
            };
            if key_of(key) != "uses" {
                continue;
            }
            if uses.starts_with("mergecast/mergecast@") || uses.starts_with("./") {
                continue;
            }
            let (action, pin) = uses.split_once('@').unwrap();
            let (commit, version) = pin.split_once(" # v").unwrap_or((pin, ""));
            assert!(
                commit.len() == 40 && commit.bytes().all(|byte| byte.is_ascii_hexdigit()),
                "{name}: {uses}"
            );
            assert!(
                version.starts_with(|c: char| c.is_ascii_digit()),
                "{name}: {uses}"
            );
            let repository: Vec<&str> = action.split('/').take(2).collect();
            let pins = pins.entry(repository.join("/")).or_default();
            pins.insert(pin.to_owned());
        }
    }
    for (action, pins) in pins {
        assert_eq!(pins.len(), 1, "{action} is pinned to {pins:?}");
    }
}

#[test]
fn no_expression_stands_in_shell_text() {
    for (name, text) in all() {
        let mut shell: Option<usize> = None;
        for line in text.lines() {
            let indent = line.len() - line.trim_start().len();
            if shell.is_some_and(|outer| indent <= outer && !line.trim().is_empty()) {
                shell = None;
            }
            let begins = line.trim_start().trim_start_matches("- ");
            let key = begins.split_once(':').map(|(key, _)| key_of(key));
            // `script` is what `actions/github-script` runs.
            if key.is_some_and(|key| ["run", "shell", "script"].contains(&key)) {
                shell = Some(line.len() - begins.len());
            }
            if shell.is_some() {
                assert!(!line.contains("${{"), "{name}: {line}");
            }
        }
    }
}

#[test]
fn every_input_and_output_of_the_action_is_documented() {
    let docs = read("docs/github.md");
    let action = read("action.yml");
    let (declared, _) = action.split_once("\nruns:").unwrap();
    for line in declared.lines() {
        let name = line.strip_prefix("  ").and_then(|l| l.strip_suffix(':'));
        let Some(name) = name.filter(|name| !name.starts_with(' ')) else {
            continue;
        };
        assert!(docs.contains(&format!("| `{name}` |")), "{name}");
    }
}
