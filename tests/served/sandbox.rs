//! The program's own sandbox, served, and the program sent to it.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use mergecast::sandbox::oauth::CLIENT_SECRET;

pub(crate) const CONFIG: &str = "version: 1\ndefault_author: jane\nauthors:\n  \
    jane: { urn: \"urn:li:person:AbC_12-x\" }\n  \
    acme: { urn: \"urn:li:organization:42\", client_id_env: ACME_ID, client_secret_env: ACME_SECRET, refresh_token_env: ACME_REFRESH }\n";

pub(crate) struct Sandbox {
    child: Child,
    pub(crate) origin: String,
    pub(crate) folder: tempfile::TempDir,
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Head and body of one plain HTTP exchange.
pub(crate) fn http(origin: &str, method: &str, target: &str, body: &str) -> (String, String) {
    http_as(origin, method, target, "", body)
}

/// The same with more headers, each with its line end.
pub(crate) fn http_as(
    origin: &str,
    method: &str,
    target: &str,
    headers: &str,
    body: &str,
) -> (String, String) {
    let host = origin.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(host).unwrap();
    let length = body.len();
    write!(
        stream,
        "{method} {target} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\
         content-type: application/json\r\n{headers}content-length: {length}\r\n\r\n{body}"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.to_owned(), body.to_owned())
}

impl Sandbox {
    pub(crate) fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("mergecast.yaml"), CONFIG).unwrap();
        std::fs::create_dir(folder.path().join("posts")).unwrap();
        let init = program(folder.path()).args(["state", "init"]).output();
        assert!(init.unwrap().status.success());
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

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = program(self.folder.path());
        command
            .args(arguments)
            .env("MERGECAST_LINKEDIN_API_URL", &self.origin)
            .env("MERGECAST_LINKEDIN_OAUTH_URL", &self.origin)
            .env("MERGECAST_TRUST_API_URL", "1")
            .env("LINKEDIN_CLIENT_ID", "sandbox-self-serve")
            .env("LINKEDIN_CLIENT_SECRET", CLIENT_SECRET);
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> (i32, String) {
        said(&self.command(arguments).output().unwrap())
    }

    pub(crate) fn settings(&self, json: &str) {
        let (head, _) = http(&self.origin, "POST", "/__sandbox/settings", json);
        assert!(head.contains(" 200 "), "{head}");
    }

    /// What a member's browser ends at after a click on the consent page.
    pub(crate) fn consent(&self, url: &str, member: &str, verdict: &str) -> String {
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
    pub(crate) fn login(
        &self,
        more: &[&str],
        answer: impl FnOnce(&str) -> String,
    ) -> (i32, String) {
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

    pub(crate) fn vault(&self) -> String {
        let path = self.folder.path().join("config/mergecast/credentials.json");
        std::fs::read_to_string(path).unwrap_or_default()
    }
}

pub(crate) fn program(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mergecast"));
    command
        .current_dir(folder)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("XDG_CONFIG_HOME", folder.join("config"));
    command
}

pub(crate) fn said(output: &Output) -> (i32, String) {
    let text = [&output.stdout[..], &output.stderr[..]].concat();
    (
        output.status.code().unwrap(),
        String::from_utf8(text).unwrap(),
    )
}

pub(crate) const JANE: &str = "urn%3Ali%3Aperson%3AAbC_12-x";

/// Nothing secret in what was said.
pub(crate) fn is_silent(sandbox: &Sandbox, said: &str) {
    let vault: serde_json::Value = serde_json::from_str(&sandbox.vault()).unwrap();
    for stored in vault["credentials"].as_object().unwrap().values() {
        for name in ["access_token", "refresh_token", "client_secret"] {
            if let Some(secret) = stored[name].as_str() {
                assert!(!said.contains(secret), "{name} was shown");
            }
        }
    }
}
