//! Credentials, end to end: the program, a browser's requests, and the sandbox's OAuth.
//!
//! Every token that appears is looked for in everything the program says.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "the tests make folders and start the program"
)]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use mergecast::sandbox::oauth::CLIENT_SECRET;

const CONFIG: &str = "version: 1\ndefault_author: jane\nauthors:\n  \
    jane: { urn: \"urn:li:person:AbC_12-x\" }\n  \
    acme: { urn: \"urn:li:organization:42\", client_id_env: ACME_ID, client_secret_env: ACME_SECRET, refresh_token_env: ACME_REFRESH }\n";

struct Sandbox {
    child: Child,
    origin: String,
    folder: tempfile::TempDir,
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Body and head of one plain HTTP exchange.
fn http(origin: &str, method: &str, target: &str, body: &str) -> (String, String) {
    let host = origin.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    let length = body.len();
    write!(
        stream,
        "{method} {target} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\
         content-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.to_owned(), body.to_owned())
}

impl Sandbox {
    fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("mergecast.yaml"), CONFIG).unwrap();
        std::fs::create_dir(folder.path().join("posts")).unwrap();
        let mut child = program(folder.path())
            .args(["sandbox", "--ephemeral", "--port", "0"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let origin = line.split_whitespace().find(|w| w.starts_with("http://"));
        let origin = origin.unwrap().trim_end_matches('/').to_owned();
        Self {
            child,
            origin,
            folder,
        }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = program(self.folder.path());
        command
            .args(arguments)
            .env("MERGECAST_LINKEDIN_API_URL", &self.origin)
            .env("MERGECAST_LINKEDIN_OAUTH_URL", &self.origin)
            .env("LINKEDIN_CLIENT_ID", "sandbox-self-serve")
            .env("LINKEDIN_CLIENT_SECRET", CLIENT_SECRET);
        command
    }

    fn run(&self, arguments: &[&str]) -> (i32, String) {
        said(&self.command(arguments).output().unwrap())
    }

    fn settings(&self, json: &str) {
        let (head, _) = http(&self.origin, "POST", "/__sandbox/settings", json);
        assert!(head.contains(" 200 "), "{head}");
    }

    /// What a member's browser ends at after a click on the consent page.
    fn consent(&self, url: &str, member: &str, verdict: &str) -> String {
        let target = url.strip_prefix(&self.origin).unwrap();
        let (head, page) = http(&self.origin, "GET", target, "");
        assert!(
            head.contains(" 200 ") && page.contains("Allow, as"),
            "{head}"
        );
        let query = target.split_once('?').unwrap().1;
        let target = format!("/oauth/v2/authorization/{verdict}?{query}&member={member}");
        let (head, _) = http(&self.origin, "GET", &target, "");
        let location = head
            .lines()
            .find_map(|line| line.strip_prefix("location: "));
        location.unwrap().to_owned()
    }

    /// `auth login --paste` with what `answer` makes of the printed address.
    fn login(&self, more: &[&str], answer: impl FnOnce(&str) -> String) -> (i32, String) {
        let mut arguments = vec!["auth", "login", "--paste"];
        arguments.extend(more);
        let mut child = self
            .command(&arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut messages = BufReader::new(child.stderr.take().unwrap());
        let mut told = String::new();
        let url = loop {
            let mut line = String::new();
            if messages.read_line(&mut line).unwrap() == 0 {
                break None;
            }
            told.push_str(&line);
            if line.trim().starts_with("http://") {
                break Some(line.trim().to_owned());
            }
        };
        if let Some(url) = url {
            let answer = answer(&url);
            writeln!(child.stdin.take().unwrap(), "{answer}").unwrap();
        }
        messages.read_to_string(&mut told).unwrap();
        let (code, out) = said(&child.wait_with_output().unwrap());
        (code, format!("{told}{out}"))
    }

    fn vault(&self) -> String {
        let path = self.folder.path().join("config/mergecast/credentials.json");
        std::fs::read_to_string(path).unwrap_or_default()
    }
}

fn program(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mergecast"));
    command
        .current_dir(folder)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("XDG_CONFIG_HOME", folder.join("config"));
    command
}

fn said(output: &Output) -> (i32, String) {
    let text = [&output.stdout[..], &output.stderr[..]].concat();
    (
        output.status.code().unwrap(),
        String::from_utf8(text).unwrap(),
    )
}

const JANE: &str = "urn%3Ali%3Aperson%3AAbC_12-x";

/// Nothing secret in what was said.
fn is_silent(sandbox: &Sandbox, said: &str) {
    let vault: serde_json::Value = serde_json::from_str(&sandbox.vault()).unwrap();
    for stored in vault["credentials"].as_object().unwrap().values() {
        for name in ["access_token", "refresh_token", "client_secret"] {
            if let Some(secret) = stored[name].as_str() {
                assert!(!said.contains(secret), "{name} was shown");
            }
        }
    }
}

#[test]
fn a_login_is_kept_privately_used_and_forgotten() {
    let sandbox = Sandbox::start();
    let (code, text) = sandbox.login(&[], |url| sandbox.consent(url, JANE, "allow"));
    assert_eq!(code, 0, "{text}");
    assert!(
        text.contains("jane: logged in as jane (urn:li:person:AbC_12-x)"),
        "{text}"
    );
    assert!(
        text.contains("in 59 days") || text.contains("in 60 days"),
        "{text}"
    );
    is_silent(&sandbox, &text);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let path = sandbox
            .folder
            .path()
            .join("config/mergecast/credentials.json");
        let mode = std::fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let (code, text) = sandbox.run(&["auth", "status", "jane"]);
    assert_eq!(code, 0, "{text}");
    assert!(
        text.contains("works     yes") && text.contains("w_member_social"),
        "{text}"
    );
    is_silent(&sandbox, &text);
    std::fs::write(
        sandbox.folder.path().join("posts/a.md"),
        "---\nscheduled_at: on-merge\n---\nHello (world)\n",
    )
    .unwrap();
    let (code, text) = sandbox.run(&["apply", "--worktree", "-v"]);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("published a"), "{text}");
    is_silent(&sandbox, &text);
    let (code, text) = sandbox.run(&["auth", "refresh", "jane"]);
    assert_eq!(code, 77);
    assert!(text.contains("self-serve apps get none"), "{text}");
    let (code, text) = sandbox.run(&["auth", "logout", "jane"]);
    assert_eq!(code, 0, "{text}");
    assert!(!sandbox.vault().contains("AQX"));
    let (code, text) = sandbox.run(&["auth", "status", "jane", "--format", "json"]);
    assert_eq!(code, 77);
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(json["authors"][0]["problem"]["code"], "token-missing");
}

#[test]
fn a_login_that_is_not_ours_or_not_the_authors_keeps_nothing() {
    let sandbox = Sandbox::start();
    let (code, text) = sandbox.login(&[], |url| {
        sandbox
            .consent(url, JANE, "allow")
            .replace("state=", "state=x")
    });
    assert_eq!(code, 77, "{text}");
    assert!(text.contains("consent-foreign"), "{text}");
    let (code, text) = sandbox.login(&[], |url| sandbox.consent(url, JANE, "cancel"));
    assert_eq!(code, 77);
    assert!(text.contains("user_cancelled_authorize"), "{text}");
    let admin = "urn%3Ali%3Aperson%3Aadmin-42";
    let (code, text) = sandbox.login(&[], |url| sandbox.consent(url, admin, "allow"));
    assert_eq!(code, 77);
    assert!(text.contains("author-mismatch"), "{text}");
    let more = ["--scope", "w_organization_social"];
    let (code, text) = sandbox.login(&more, |url| {
        let target = url.strip_prefix(&sandbox.origin).unwrap();
        let (head, _) = http(&sandbox.origin, "GET", target, "");
        let location = head
            .lines()
            .find_map(|line| line.strip_prefix("location: "));
        location.unwrap().to_owned()
    });
    assert_eq!(code, 77);
    assert!(text.contains("unauthorized_scope_error"), "{text}");
    assert_eq!(sandbox.vault(), "");
}

#[test]
fn a_run_in_ci_mints_from_a_refresh_token_and_waits_for_it_to_be_known() {
    let sandbox = Sandbox::start();
    sandbox.settings(r#"{"refresh_tokens": true}"#);
    let url = format!(
        "{}/oauth/v2/authorization?response_type=code&client_id=sandbox-community\
         &redirect_uri=http%3A%2F%2Flocalhost%3A1%2Fcallback&state=s\
         &scope=w_organization_social%20r_organization_social",
        sandbox.origin
    );
    let location = sandbox.consent(&url, "urn%3Ali%3Aperson%3Aadmin-42", "allow");
    let code = location
        .split("code=")
        .nth(1)
        .unwrap()
        .split('&')
        .next()
        .unwrap();
    let form = format!(
        "grant_type=authorization_code&client_id=sandbox-community&client_secret={CLIENT_SECRET}\
         &redirect_uri=http%3A%2F%2Flocalhost%3A1%2Fcallback&code={code}"
    );
    let (_, body) = http(&sandbox.origin, "POST", "/oauth/v2/accessToken", &form);
    let grant: serde_json::Value = serde_json::from_str(&body).unwrap();
    let refresh = grant["refresh_token"].as_str().unwrap();
    sandbox.settings(r#"{"token_activation_lag_ms": 3000}"#);
    std::fs::write(
        sandbox.folder.path().join("posts/a.md"),
        "---\nauthor: acme\nscheduled_at: on-merge\n---\nFrom CI\n",
    )
    .unwrap();
    let apply = |refresh: &str| {
        let mut command = sandbox.command(&["apply", "--worktree"]);
        command
            .env("ACME_ID", "sandbox-community")
            .env("ACME_SECRET", CLIENT_SECRET)
            .env("ACME_REFRESH", refresh);
        said(&command.output().unwrap())
    };
    let (code, text) = apply("AQRdead");
    assert_eq!(code, 77, "{text}");
    assert!(
        text.contains("grant-refused") && text.contains("auth login"),
        "{text}"
    );
    let (code, text) = apply(refresh);
    assert_eq!(code, 0, "{text}");
    assert!(text.contains("published a"), "{text}");
    assert!(!text.contains(refresh) && !text.contains(CLIENT_SECRET));
}

#[test]
fn the_doctor_looks_at_tokens_roles_clock_and_version_and_changes_nothing() {
    let sandbox = Sandbox::start();
    let (code, _) = sandbox.login(&["jane"], |url| sandbox.consent(url, JANE, "allow"));
    assert_eq!(code, 0);
    let acme = |token: &str| {
        let config = CONFIG.replace(
            "client_id_env: ACME_ID",
            "token_env: ACME_TOKEN, client_id_env: ACME_ID",
        );
        std::fs::write(sandbox.folder.path().join("mergecast.yaml"), config).unwrap();
        let mut command = sandbox.command(&["doctor"]);
        command
            .env("ACME_TOKEN", token)
            .env("ACME_ID", "sandbox-community")
            .env("ACME_SECRET", CLIENT_SECRET);
        said(&command.output().unwrap())
    };
    let (code, text) = acme("sandbox-token-42");
    assert_eq!(code, 0, "{text}");
    for line in [
        "ok       jane, member: the token is jane's",
        "ok       acme, page role: ADMINISTRATOR",
        "ok       clock, skew: 0 s from LinkedIn's",
        "warning  remote, git:",
    ] {
        assert!(text.contains(line), "{line}\n{text}");
    }
    assert!(!text.contains("sandbox-token-42"), "{text}");
    is_silent(&sandbox, &text);
    let (code, text) = acme("");
    assert_eq!(code, 77, "{text}");
    assert!(text.contains("problem  acme, token:"), "{text}");
    let (_, posts) = http(&sandbox.origin, "GET", "/__sandbox/posts", "");
    assert_eq!(posts.trim(), "[]");
    let mut json = sandbox.command(&["doctor", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_slice(&json.output().unwrap().stdout).unwrap();
    assert_eq!(json["format_version"], 1);
    let mut gone = sandbox.command(&["doctor"]);
    gone.env("MERGECAST_LINKEDIN_API_URL", "http://127.0.0.1:9");
    let (_, text) = said(&gone.output().unwrap());
    assert!(
        text.contains("LinkedIn does not answer from here"),
        "{text}"
    );
}
