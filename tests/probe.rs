//! A probe over a real connection: a lost answer, the identical bytes once more, and what
//! LinkedIn's duplicate answer proves.
//!
//! The truth is the sandbox's list of posts, never our own record.
#![allow(
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "the test writes files and starts processes"
)]

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

const CONFIG: &str = "version: 1\ntimezone: UTC\nauthors:\n  acme: { urn: \"urn:li:organization:42\" }\ndefault_author: acme\npublish: { on_unknown: probe }\n";
const HELLO: &str = "---\nscheduled_at: on-merge\n---\nHello (world) #gitops\n";

/// A folder without git, and a sandbox that listens.
struct Place {
    folder: tempfile::TempDir,
    sandbox: Child,
    address: String,
}

impl Drop for Place {
    fn drop(&mut self) {
        let _ = self.sandbox.kill();
        let _ = self.sandbox.wait();
    }
}

impl Place {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("posts")).unwrap();
        std::fs::write(folder.path().join("mergecast.yaml"), CONFIG).unwrap();
        std::fs::write(folder.path().join("posts/hello.md"), HELLO).unwrap();
        let mut init = Command::new(env!("CARGO_BIN_EXE_mergecast"));
        init.arg("-C").arg(folder.path()).args(["state", "init"]);
        let output = init.env_remove("CI").output().unwrap();
        assert!(output.status.success(), "{output:?}");
        let mut sandbox = Command::new(env!("CARGO_BIN_EXE_mergecast"))
            .arg("-C")
            .arg(folder.path())
            .args(["sandbox", "--ephemeral", "--port", "0"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(sandbox.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let address = line.split("http://").nth(1).unwrap();
        let address = address.split('/').next().unwrap().to_owned();
        Self {
            folder,
            sandbox,
            address,
        }
    }

    fn ask(&self, method: &str, path: &str, body: &str) -> String {
        let mut stream = TcpStream::connect(&self.address).unwrap();
        write!(
            stream,
            "{method} {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            self.address,
            body.len()
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 2"), "{answer}");
        answer
    }

    /// The next create request loses its answer, before or after it took effect.
    fn lose(&self, when: &str) {
        let rule = format!(
            r#"[{{"method":"POST","path":"/rest/posts","nth":1,"when":"{when}","what":"drop"}}]"#
        );
        self.ask("POST", "/__sandbox/faults", &rule);
    }

    /// A list the sandbox keeps.
    fn list(&self, path: &str) -> Vec<Value> {
        let answer = self.ask("GET", path, "");
        let body = answer.split_once("\r\n\r\n").unwrap().1;
        let (start, end) = (body.find('[').unwrap(), body.rfind(']').unwrap());
        serde_json::from_str(&body[start..=end]).unwrap()
    }

    fn posts(&self) -> Vec<Value> {
        self.list("/__sandbox/posts")
    }

    /// The bodies of the create requests.
    fn creates(&self) -> Vec<Value> {
        let log = self.list("/__sandbox/log");
        let creates = log
            .into_iter()
            .filter(|asked| asked["target"] == "/rest/posts");
        creates.map(|asked| asked["body"].clone()).collect()
    }

    /// Outcome and URN of the post, and the exit code.
    fn apply(&self) -> (String, Value, i32) {
        let output = Command::new(env!("CARGO_BIN_EXE_mergecast"))
            .arg("-C")
            .arg(self.folder.path())
            .args(["apply", "--format", "json"])
            .env_remove("CI")
            .env_remove("GITHUB_ACTIONS")
            .env_remove("MERGECAST_PAUSED")
            .env(
                "MERGECAST_LINKEDIN_API_URL",
                format!("http://{}", self.address),
            )
            .env("MERGECAST_TRUST_API_URL", "1")
            .env("LINKEDIN_ACCESS_TOKEN", "sandbox-token-42")
            .output()
            .unwrap();
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        let post = &report["results"][0];
        let outcome = post["outcome"].as_str().unwrap().to_owned();
        (outcome, post["urn"].clone(), output.status.code().unwrap())
    }
}

#[test]
fn an_answer_lost_after_the_commit_is_found_and_nothing_is_sent_twice() {
    let place = Place::new();
    place.lose("after");
    assert_eq!(place.apply(), ("unknown".to_owned(), Value::Null, 76));
    let there = place.posts();
    assert_eq!(there.len(), 1);
    let urn = there[0]["urn"].clone();

    assert_eq!(place.apply(), ("published".to_owned(), urn.clone(), 0));
    assert_eq!(place.posts().len(), 1);
    let creates = place.creates();
    assert_eq!(creates.len(), 2);
    assert_eq!(creates[0], creates[1]);

    assert_eq!(place.apply(), ("none".to_owned(), urn, 0));
    assert_eq!((place.posts().len(), place.creates().len()), (1, 2));
}

#[test]
fn a_request_lost_before_the_commit_is_published_by_its_probe() {
    let place = Place::new();
    place.lose("before");
    assert_eq!(place.apply().2, 76);
    assert!(place.posts().is_empty());
    let (outcome, urn, exit) = place.apply();
    assert_eq!((outcome.as_str(), exit), ("published", 0));
    let there = place.posts();
    assert_eq!((there.len(), &there[0]["urn"]), (1, &urn));
    assert_eq!(place.apply().2, 0);
    assert_eq!((place.posts().len(), place.creates().len()), (1, 2));
}

#[test]
fn a_probe_that_is_lost_too_is_the_last() {
    let place = Place::new();
    for _ in 0..2 {
        place.lose("before");
        assert_eq!(place.apply().2, 76);
    }
    assert_eq!(place.apply(), ("unknown".to_owned(), Value::Null, 76));
    assert_eq!((place.posts().len(), place.creates().len()), (0, 2));
}
