use std::time::Duration;

use super::*;
use crate::model::config::OnLate;

fn read(text: &str) -> (Option<Config>, Vec<Diagnostic>) {
    parse(
        text.as_bytes(),
        &ContentPath::parse("mergecast.yaml").unwrap(),
    )
}

fn config(text: &str) -> Config {
    let (config, diagnostics) = read(text);
    assert_eq!(diagnostics, [], "{text}");
    config.unwrap()
}

fn codes(text: &str) -> Vec<&'static str> {
    let (config, diagnostics) = read(text);
    assert!(config.is_none(), "{text}");
    assert!(diagnostics.iter().all(|found| found.help.is_some()));
    diagnostics.iter().map(|found| found.code).collect()
}

const WHOLE: &str = r#"version: 1
posts: content/posts
timezone: Europe/Berlin           # IANA zone for local times
branch: main
authors:
  acme: { urn: "urn:li:organization:2414183", token_env: LINKEDIN_TOKEN_ACME }
  jane:
    urn: urn:li:person:AbC_12-x
    timezone: America/New_York
    client_id_env: ID
    client_secret_env: SECRET
    refresh_token_env: REFRESH
  joe: "urn:li:person:joe"
default_author: acme
linkedin: { api_version: "202607" }
publish:
  paused: true
  max_lateness: 90m
  on_late: skip
  max_per_run: 3
  prune: true
  on_unknown: probe
state: { branch: ledger, remote: upstream, since: 2026-09-03 }
"#;

#[test]
fn every_setting_is_read() {
    let config = config(WHOLE);
    assert_eq!(config.posts.as_str(), "content/posts");
    assert_eq!(config.timezone, Tz::Europe__Berlin);
    assert_eq!(config.branch.as_deref(), Some("main"));
    assert_eq!(config.default_author.as_deref(), Some("acme"));
    assert_eq!(config.api_version, "202607");
    let aliases: Vec<_> = config.authors.keys().map(String::as_str).collect();
    assert_eq!(aliases, ["acme", "jane", "joe"]);
    assert_eq!(
        config.authors["acme"].credentials.token_env.as_deref(),
        Some("LINKEDIN_TOKEN_ACME")
    );
    let jane = &config.authors["jane"];
    assert_eq!(jane.timezone, Some(Tz::America__New_York));
    let names = &jane.credentials;
    assert_eq!(
        [
            &names.token_env,
            &names.client_id_env,
            &names.client_secret_env,
            &names.refresh_token_env
        ],
        [
            &None,
            &Some("ID".to_owned()),
            &Some("SECRET".to_owned()),
            &Some("REFRESH".to_owned())
        ]
    );
    assert_eq!(config.authors["joe"].urn.as_str(), "urn:li:person:joe");
    let expected = PublishPolicy {
        paused: true,
        max_lateness: Duration::from_secs(5400),
        on_late: OnLate::Skip,
        max_per_run: 3,
        prune: true,
        on_unknown: OnUnknown::Probe,
    };
    assert_eq!(config.publish, expected);
    assert_eq!(
        (config.state.branch.as_str(), config.state.remote.as_str()),
        ("ledger", "upstream")
    );
}

#[test]
fn one_line_is_enough() {
    let config = config("version: 1\n");
    assert_eq!(config.posts.as_str(), "posts");
    assert_eq!(config.timezone, Tz::UTC);
    assert_eq!((config.branch, config.default_author), (None, None));
    assert_eq!(config.api_version, Config::DEFAULT_API_VERSION);
    assert_eq!(config.publish, PublishPolicy::default());
    assert_eq!(config.state, StateLocation::default());
    let null = super::tests::config(
        "version: 1\nbranch: null\nstate: { branch: ~ }\nlinkedin: {api_version: 202609}\n",
    );
    assert_eq!((null.branch, null.state), (None, StateLocation::default()));
}

#[test]
fn each_problem_has_its_code() {
    for (text, expected) in [
        ("", "config-version"),
        ("# nothing\n", "config-version"),
        ("posts: posts", "config-version"),
        ("version: 2", "config-version"),
        ("version: '1.0'", "config-version"),
        ("version: [1]", "wrong-type"),
        ("- version", "wrong-type"),
        ("version", "wrong-type"),
        ("version: 1\nversion: 1", "duplicate-yaml-key"),
        ("version: 1\npost: x", "unknown-key"),
        ("version: 1\nposts: ../x", "invalid-path"),
        ("version: 1\nposts: .", "invalid-path"),
        ("version: 1\ntimezone: Berlin", "unknown-timezone"),
        (
            "version: 1\nauthors: {a: {urn: 'urn:li:person:a', timezone: Mars}}",
            "unknown-timezone",
        ),
        ("version: 1\nbranch: 'a b'", "branch-name"),
        ("version: 1\nstate: {branch: -x}", "branch-name"),
        ("version: 1\nbranch: mergecast/state", "state-branch"),
        ("version: 1\nbranch: x\nstate: {branch: x}", "state-branch"),
        ("version: 1\nstate: {remote: -x}", "remote-name"),
        ("version: 1\nstate: {since: 2026-9-1}", "state-since"),
        ("version: 1\nstate: {since: 2026-02-30}", "state-since"),
        ("version: 1\nauthors: {a: acme}", "invalid-urn"),
        (
            "version: 1\nauthors: {a: {urn: 'urn:li:member:1'}}",
            "invalid-urn",
        ),
        ("version: 1\nauthors: {a: {token_env: A}}", "missing-key"),
        ("version: 1\nauthors: {a: }", "wrong-type"),
        ("version: 1\nauthors: [a]", "wrong-type"),
        (
            "version: 1\nauthors: {a: 'urn:li:person:a', b: 'urn:li:person:a'}",
            "author-twice",
        ),
        ("version: 1\ndefault_author: acme", "unknown-author"),
        (
            "version: 1\nlinkedin: {api_version: 2026-09}",
            "api-version",
        ),
        ("version: 1\nlinkedin: {api_version: 202613}", "api-version"),
        (
            "version: 1\npublish: {max_lateness: 24}",
            "invalid-duration",
        ),
        ("version: 1\npublish: {on_late: drop}", "invalid-value"),
        ("version: 1\npublish: {max_per_run: -1}", "wrong-type"),
        ("version: 1\npublish: {paused: yes}", "wrong-type"),
        (
            "version: 1\nauthors: {a: {urn: 'urn:li:person:a', token_env: my-token}}",
            "env-name",
        ),
        ("version: 1\na: [", "yaml-syntax"),
    ] {
        assert_eq!(codes(text), [expected], "{text}: {:?}", read(text).1);
    }
    let large = format!("version: 1\n#{}", "x".repeat(MAX_BYTES));
    assert_eq!(codes(&large), ["config-too-large"]);
}

#[test]
fn all_problems_come_at_once_and_in_order() {
    let text = "version: 1\ntimezone: Mars\nauthors:\n  acme: { urn: 'urn:li:person:a', tokenenv: A }\ndefault_author: akme\npublish: { prune: 'no' }\n";
    assert_eq!(
        codes(text),
        [
            "unknown-timezone",
            "unknown-key",
            "unknown-author",
            "wrong-type"
        ]
    );
    let (_, diagnostics) = read(text);
    let help: Vec<_> = diagnostics
        .iter()
        .skip(1)
        .map(|found| found.help.as_deref().unwrap())
        .collect();
    assert_eq!(
        help,
        [
            "did you mean `token_env`?",
            "did you mean `acme`?",
            "write `prune: false`, without quotes"
        ]
    );
}

#[test]
fn a_pasted_secret_is_in_no_message() {
    let secret = "AQXdSP_W41_UPs5ioT_t8HESyODB4FqbkJ8LrV_5mff4gPODzOYR";
    for text in [
        format!("version: 1\nauthors:\n  a: {{ urn: 'urn:li:person:a', token_env: {secret} }}\n"),
        format!("version: 1\nauthors:\n  a: {{ urn: bad, token_env: '{secret}', oops: 1 }}\n"),
        format!("version: 1\nauthors:\n  a:\n    urn: urn:li:person:a\n    token: {secret}\n"),
        format!(
            "version: 1\nauthors:\n  a:\n    urn: urn:li:person:a\n    client_secret_env: WPL_AP1.{secret}==\n"
        ),
        format!("version: 1\nauthors:\n  a:\n    token_env: \"{secret}\n"),
        format!("version: 1\nauthors:\n  a: {{token_env: {secret}\n"),
        format!("version: 1\nauthors:\n  a:\n    token_env: [{secret}]\n"),
        format!("version: 1\nauthors:\n  a:\n    token_env: >\n      {secret}\n"),
        format!("version: 1\nauthors: {secret}\n"),
        format!("version: 1\nauthors: {{ a: {secret} }}\n"),
        format!("version: 1\nstate: {{ remote: 'https://me:{secret}@example.com/x' }}\n"),
        format!("version: 1\nauthors:\n  a:\n    token_env: {secret}\0\n"),
    ] {
        let (config, diagnostics) = read(&text);
        assert!(config.is_none() && !diagnostics.is_empty(), "{text}");
        let shown = format!("{diagnostics:?}");
        for at in 0..secret.len() - 12 {
            assert!(!shown.contains(&secret[at..at + 12]), "{text}\n{shown}");
        }
    }
}
