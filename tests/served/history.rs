//! Drift, import and adoption.

use crate::sandbox::{Sandbox, http_as, said};

const TOKEN: &str = "sandbox-token-42";

impl Sandbox {
    fn write(&self, name: &str, text: &str) {
        let path = self.folder.path().join("posts").join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn as_acme(&self, arguments: &[&str]) -> (i32, String) {
        let config =
            "version: 1\ndefault_author: acme\nauthors: { acme: \"urn:li:organization:42\" }\n";
        std::fs::write(self.folder.path().join("mergecast.yaml"), config).unwrap();
        let mut command = self.command(arguments);
        command.env("LINKEDIN_ACCESS_TOKEN", TOKEN);
        said(&command.output().unwrap())
    }

    fn api(&self, method: &str, target: &str, more: &str, body: &str) -> (String, String) {
        let headers = format!(
            "authorization: Bearer {TOKEN}\r\nlinkedin-version: 202609\r\n\
             x-restli-protocol-version: 2.0.0\r\n{more}"
        );
        http_as(&self.origin, method, target, &headers, body)
    }

    /// The URN of the post that shows `text`, encoded.
    fn urn(&self, text: &str) -> String {
        let (_, posts) = http_as(&self.origin, "GET", "/__sandbox/posts", "", "");
        let posts: serde_json::Value = serde_json::from_str(&posts).unwrap();
        let found = posts.as_array().unwrap().iter();
        let mut found =
            found.filter(|post| post["rendered"]["text"].as_str().unwrap().contains(text));
        found.next().unwrap()["urn"]
            .as_str()
            .unwrap()
            .replace(':', "%3A")
    }
}

#[test]
fn drift_is_told_and_nothing_is_changed() {
    let sandbox = Sandbox::start();
    for (name, text) in [
        ("a.md", "Stays (so)"),
        ("b.md", "Edited"),
        ("c.md", "Gone #rust"),
    ] {
        sandbox.write(name, &format!("---\nscheduled_at: on-merge\n---\n{text}\n"));
    }
    let (code, text) = sandbox.as_acme(&["apply", "--worktree"]);
    assert_eq!(code, 0, "{text}");
    let (code, text) = sandbox.as_acme(&["refresh"]);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("Refresh: 3 same, 0 edited"), "{text}");
    let edited = format!("/rest/posts/{}", sandbox.urn("Edited"));
    let body = r#"{"patch":{"$set":{"commentary":"Edited by hand \\(twice\\)"}}}"#;
    let (head, _) = sandbox.api("POST", &edited, "x-restli-method: PARTIAL_UPDATE\r\n", body);
    assert!(head.contains(" 204 "), "{head}");
    let gone = format!("/rest/posts/{}", sandbox.urn("Gone"));
    let (head, _) = sandbox.api("DELETE", &gone, "x-restli-method: DELETE\r\n", "");
    assert!(head.contains(" 204 "), "{head}");
    let (code, text) = sandbox.as_acme(&["refresh"]);
    assert_eq!(code, 0, "{text}");
    for line in [
        "same       a",
        "edited     b",
        "| Edited by hand (twice)",
        "deleted    c",
        "Refresh: 1 same, 1 edited, 1 deleted, 0 unreadable",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    let (code, text) = sandbox.as_acme(&["apply", "--worktree"]);
    assert_eq!(code, 0, "{text}");
    assert!(
        text.contains("nothing to do"),
        "deleted is not published again\n{text}"
    );
}

#[test]
fn history_comes_under_review_without_being_published_again() {
    let sandbox = Sandbox::start();
    let create = |words: &str| {
        let body = format!(
            r#"{{"author":"urn:li:organization:42","commentary":"{words}","visibility":"PUBLIC","distribution":{{"feedDistribution":"MAIN_FEED","targetEntities":[],"thirdPartyDistributionChannels":[]}},"lifecycleState":"PUBLISHED","isReshareDisabledByAuthor":false}}"#
        );
        let (head, _) = sandbox.api("POST", "/rest/posts", "", &body);
        assert!(head.contains(" 201 "), "{head}");
    };
    create(r"First \\(of two\\) #rust\n\n1. one\n2. two\n\n\\*not bold\\* - at all");
    create(r"Second: a\\_b. No \\# and \\[x\\]\\(y\\).\n• item\n   more\n2\\) two");
    let import = ["import", "--since", "2026-01-01"];
    let (code, text) = sandbox.as_acme(&import);
    assert_eq!(
        text.matches("imported  posts/imported/").count(),
        2,
        "{text}"
    );
    assert_eq!(code, 0, "{text}");
    let (_, text) = sandbox.as_acme(&import);
    assert_eq!(text.matches("known     ").count(), 2, "{text}");
    let (code, text) = sandbox.as_acme(&["check"]);
    assert_eq!(code, 0, "{text}");
    let (code, text) = sandbox.as_acme(&["apply", "--worktree", "-v"]);
    assert_eq!(code, 0, "{text}");
    assert!(
        text.contains("[published] it is published as written"),
        "{text}"
    );
    let (_, text) = sandbox.as_acme(&["refresh"]);
    assert!(text.contains("Refresh: 2 same"), "{text}");
    let (code, text) = sandbox.as_acme(&["import"]);
    assert_eq!(code, 64, "{text}");
}

#[test]
fn a_folder_full_of_old_files_is_adopted_and_never_published() {
    let sandbox = Sandbox::start();
    for (name, time) in [
        ("old.md", "2020-01-01 10:00"),
        ("new.md", "2031-01-01 10:00"),
    ] {
        sandbox.write(
            name,
            &format!("---\nscheduled_at: {time}\non_late: publish\n---\n{name}\n"),
        );
    }
    let (code, text) = sandbox.as_acme(&["adopt", "--before", "2026-01-01"]);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("adopted   old\nAdopt: 1 recorded"), "{text}");
    let (code, text) = sandbox.as_acme(&["adopt", "--before", "2026-01-01"]);
    assert_eq!(
        (code, text.contains("Adopt: 0 recorded")),
        (0, true),
        "{text}"
    );
    let (code, text) = sandbox.as_acme(&["apply", "--worktree"]);
    assert_eq!(code, 0, "{text}");
    let (_, posts) = http_as(&sandbox.origin, "GET", "/__sandbox/posts", "", "");
    assert_eq!(posts.trim(), "[]");
}
