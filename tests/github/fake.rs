//! As much of GitHub's API as is used, in values, behind a socket.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use http::{Method, Response};
use serde_json::{Value, json};

pub(crate) const WRITE: &str = "ghs_writetoken";
pub(crate) const READ: &str = "ghs_readtoken";
pub(crate) const BOT: &str = "github-actions[bot]";
pub(crate) const REPOSITORY: &str = "acme/posts";

#[derive(Default)]
pub(crate) struct Github {
    next: u64,
    /// By issue or pull request.
    pub(crate) comments: BTreeMap<u64, Vec<Value>>,
    pub(crate) issues: Vec<Value>,
    pub(crate) pulls: Vec<Value>,
    /// Path and text of the files that a pull request changes.
    pub(crate) files: BTreeMap<u64, Vec<(String, String)>>,
    /// Pull requests by the commit they were merged as.
    pub(crate) merged: BTreeMap<String, Vec<u64>>,
    /// Commits that touch a path, newest first.
    pub(crate) history: BTreeMap<String, Vec<String>>,
    pub(crate) pushed_at: String,
    /// Every request, `METHOD path`.
    pub(crate) log: Vec<String>,
    /// Answered to everything with this status instead.
    pub(crate) broken: Option<u16>,
}

#[derive(Clone)]
pub(crate) struct Fake {
    pub(crate) url: String,
    state: Arc<Mutex<Github>>,
}

type Answer = (u16, Value);

impl Fake {
    pub(crate) fn start() -> Self {
        let state = Arc::new(Mutex::new(Github {
            next: 100,
            pushed_at: "2999-01-01T00:00:00Z".to_owned(),
            ..Github::default()
        }));
        let (send, receive) = std::sync::mpsc::channel();
        let shared = Arc::clone(&state);
        std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap();
            runtime.block_on(async move {
                let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
                send.send(listener.local_addr().unwrap()).unwrap();
                let router = axum::Router::new().fallback(serve).with_state(shared);
                axum::serve(listener, router).await.unwrap();
            });
        });
        let url = format!("http://{}", receive.recv().unwrap());
        Self { url, state }
    }

    pub(crate) fn with<R>(&self, look: impl FnOnce(&mut Github) -> R) -> R {
        look(&mut self.state.lock().unwrap())
    }

    /// Bodies of the comments on a pull request.
    pub(crate) fn said(&self, number: u64) -> Vec<String> {
        self.with(|github| {
            let all = github.comments.entry(number).or_default().iter();
            all.map(|comment| comment["body"].as_str().unwrap().to_owned())
                .collect()
        })
    }

    /// Requests that change something.
    pub(crate) fn writes(&self) -> Vec<String> {
        self.with(|github| {
            let all = github.log.iter();
            all.filter(|line| !line.starts_with("GET "))
                .cloned()
                .collect()
        })
    }

    pub(crate) fn pull(&self, number: u64, head: &str, sha: &str, base_sha: &str) {
        let side = |repo: &str, branch: &str, sha: &str| json!({ "ref": branch, "sha": sha, "repo": { "full_name": repo } });
        let pull = json!({
            "number": number, "state": "open", "merged_at": null,
            "head": side(head, &format!("branch-{number}"), sha),
            "base": side(REPOSITORY, "main", base_sha),
        });
        self.with(|github| {
            github.pulls.retain(|other| other["number"] != number);
            github.pulls.push(pull);
        });
    }
}

async fn serve(State(state): State<Arc<Mutex<Github>>>, request: Request) -> Response<Body> {
    let (head, body) = request.into_parts();
    let body = to_bytes(body, 1 << 20).await.unwrap();
    let token = head.headers.get("authorization");
    let token = token
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let token = token.trim_start_matches("Bearer ").to_owned();
    let raw = head
        .headers
        .get("accept")
        .is_some_and(|accept| accept.as_bytes().ends_with(b"raw+json"));
    let path = percent_encoding::percent_decode_str(head.uri.path())
        .decode_utf8()
        .unwrap();
    let query = head.uri.query().unwrap_or_default();
    let query = percent_encoding::percent_decode_str(query)
        .decode_utf8()
        .unwrap();
    let mut github = state.lock().unwrap();
    github.log.push(format!("{} {path}", head.method));
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let answer = github.answer(&head.method, &path, &query, &body, &token);
    let text = match (&answer.1, raw) {
        (Value::String(text), true) => text.clone(),
        (value, _) => value.to_string(),
    };
    let response = Response::builder().status(answer.0);
    response.body(Body::from(text)).unwrap()
}

fn refused(status: u16, words: &str) -> Answer {
    (status, json!({ "message": words }))
}

impl Github {
    fn answer(
        &mut self,
        method: &Method,
        path: &str,
        query: &str,
        body: &Value,
        token: &str,
    ) -> Answer {
        if let Some(status) = self.broken {
            return refused(status, "Server Error");
        }
        if token != WRITE && token != READ {
            return refused(401, "Bad credentials");
        }
        if path == "/user" || (token == READ && *method != Method::GET) {
            return refused(403, "Resource not accessible by integration");
        }
        let Some(rest) = path.strip_prefix("/repos/acme/posts") else {
            return refused(404, "Not Found");
        };
        let parts: Vec<&str> = rest.split('/').skip(1).collect();
        match *method {
            Method::GET => self.read(&parts, query),
            _ => self.write(method, &parts, body),
        }
    }

    fn read(&self, parts: &[&str], query: &str) -> Answer {
        match parts {
            [] => (200, json!({ "pushed_at": self.pushed_at })),
            ["pulls"] => {
                let open = self.pulls.iter().filter(|pull| pull["state"] == "open");
                (200, open.cloned().collect())
            }
            ["pulls", number] => {
                let number: u64 = number.parse().unwrap();
                let found = self.pulls.iter().find(|pull| pull["number"] == number);
                found.map_or_else(|| refused(404, "Not Found"), |pull| (200, pull.clone()))
            }
            ["pulls", number, "files"] => {
                let files = self.files.get(&number.parse().unwrap());
                let files = files.into_iter().flatten();
                let files = files.map(|(name, _)| json!({ "filename": name, "status": "added" }));
                (200, files.collect())
            }
            ["contents", ..] => {
                let name = parts[1..].join("/");
                let mut all = self.files.values().flatten();
                let found = all.find(|(other, _)| *other == name);
                found.map_or_else(|| refused(404, "Not Found"), |(_, text)| (200, json!(text)))
            }
            ["commits"] => {
                let wanted = query.split('&').find_map(|part| part.strip_prefix("path="));
                let commits = self.history.get(wanted.unwrap_or_default());
                let commits = commits
                    .into_iter()
                    .flatten()
                    .map(|sha| json!({ "sha": sha }));
                (200, commits.collect())
            }
            ["commits", sha, "pulls"] => {
                let numbers = self.merged.get(*sha).cloned().unwrap_or_default();
                let pulls = self.pulls.iter();
                let pulls = pulls.filter(|p| numbers.contains(&p["number"].as_u64().unwrap()));
                (200, pulls.cloned().collect())
            }
            ["issues", number, "comments"] => {
                self.page(query, &self.comments.get(&number.parse().unwrap()).cloned())
            }
            ["issues"] => {
                let issues = self.issues.iter().rev();
                (200, issues.cloned().collect())
            }
            _ => refused(404, "Not Found"),
        }
    }

    fn write(&mut self, method: &Method, parts: &[&str], body: &Value) -> Answer {
        match (method.as_str(), parts) {
            ("POST", ["issues", number, "comments"]) => {
                let comment = self.made(body, "id");
                let all = self.comments.entry(number.parse().unwrap()).or_default();
                all.push(comment.clone());
                (201, comment)
            }
            ("PATCH" | "DELETE", ["issues", "comments", id]) => {
                self.change_comment(method, id.parse().unwrap(), body)
            }
            ("POST", ["issues"]) => {
                let mut issue = self.made(body, "number");
                issue["state"] = json!("open");
                self.issues.push(issue.clone());
                (201, issue)
            }
            ("PATCH", ["issues", number]) => {
                let number: u64 = number.parse().unwrap();
                let mut all = self.issues.iter_mut();
                let issue = all.find(|issue| issue["number"] == number).unwrap();
                for (name, value) in body.as_object().unwrap() {
                    issue[name] = value.clone();
                }
                (200, issue.clone())
            }
            _ => refused(404, "Not Found"),
        }
    }

    fn made(&mut self, body: &Value, id: &str) -> Value {
        self.next += 1;
        let text = body["body"].as_str().unwrap();
        // GitHub's own limit.
        assert!(text.chars().count() <= 65_536);
        let mut made = json!({ "body": text, "user": { "login": BOT }, "title": body["title"] });
        made[id] = json!(self.next);
        made
    }

    fn page(&self, query: &str, all: &Option<Vec<Value>>) -> Answer {
        let number = |name: &str| {
            let mut parts = query.split('&');
            let part = parts.find_map(|part| part.strip_prefix(name));
            part.unwrap().parse::<usize>().unwrap()
        };
        let (size, page) = (number("per_page="), number("page="));
        let all = all.iter().flatten().skip(size * (page - 1)).take(size);
        (200, all.cloned().collect())
    }

    fn change_comment(&mut self, method: &Method, id: u64, body: &Value) -> Answer {
        for all in self.comments.values_mut() {
            let Some(at) = all.iter().position(|comment| comment["id"] == id) else {
                continue;
            };
            if *method == Method::DELETE {
                all.remove(at);
                return (204, Value::Null);
            }
            all[at]["body"] = body["body"].clone();
            return (200, all[at].clone());
        }
        refused(404, "Not Found")
    }
}
