//! A place to watch: a git remote, clones, the served sandbox, and a way there that can be
//! slow or cut.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant as Moment};

use mergecast::model::Instant;
use mergecast::ports::Clock as _;
use mergecast::system::SystemClock;
use serde_json::Value;

pub(crate) fn config(more: &str) -> String {
    format!(
        "version: 1\ntimezone: UTC\nbranch: main\ndefault_author: acme\nauthors:\n  \
         acme: {{ urn: \"urn:li:organization:42\", token_env: ACME }}\n  \
         jane: {{ urn: \"urn:li:person:jane_B-9\", token_env: JANE }}\n\
         publish: {{ max_per_run: 50 }}\n{more}"
    )
}

pub(crate) fn now() -> Instant {
    SystemClock.now()
}

/// A child that does not outlive its test.
pub(crate) struct Running {
    pub(crate) child: Child,
    log: PathBuf,
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Running {
    /// Everything it has printed.
    pub(crate) fn said(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    pub(crate) fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill").args(["-s", name, &pid]).status();
        assert!(sent.unwrap().success());
    }

    /// Its exit code, which comes within `limit`.
    pub(crate) fn ended(&mut self, limit: Duration) -> Option<i32> {
        let began = Moment::now();
        while began.elapsed() < limit {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("it goes on: {}", self.said());
    }

    /// Waits until it has printed `word`.
    pub(crate) fn until_said(&self, word: &str, limit: Duration) {
        until(limit, || self.said().contains(word), || self.said());
    }
}

/// Waits until something holds.
pub(crate) fn until(limit: Duration, holds: impl Fn() -> bool, told: impl Fn() -> String) {
    let began = Moment::now();
    while !holds() {
        assert!(began.elapsed() < limit, "not within {limit:?}: {}", told());
        std::thread::sleep(Duration::from_millis(30));
    }
}

/// Something between a client and a server: each connection waits `delay` and is then
/// joined to the server, unless `cut` wants it ended.
pub(crate) struct Proxy {
    pub(crate) port: u16,
    pub(crate) cut: Arc<Mutex<Option<Cut>>>,
}

/// The next connection on which the client sends this is ended, before or after the server
/// has seen it.
#[derive(Clone, Debug)]
pub(crate) struct Cut {
    pub(crate) sends: &'static str,
    pub(crate) after: bool,
}

impl Proxy {
    pub(crate) fn to(server: String, delay: Duration) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let cut = Arc::new(Mutex::new(None));
        let shared = Arc::clone(&cut);
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (server, cut) = (server.clone(), Arc::clone(&shared));
                std::thread::spawn(move || join(&client, &server, delay, &cut));
            }
        });
        Self { port, cut }
    }
}

fn join(client: &TcpStream, server: &str, delay: Duration, cut: &Mutex<Option<Cut>>) {
    std::thread::sleep(delay);
    let Ok(server) = TcpStream::connect(server) else {
        return;
    };
    let _ = client.set_nodelay(true);
    let _ = server.set_nodelay(true);
    let ended = || {
        let _ = client.shutdown(std::net::Shutdown::Both);
        let _ = server.shutdown(std::net::Shutdown::Both);
    };
    let silenced = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut buffer = [0; 64 * 1024];
            while let Ok(size @ 1..) = (&server).read(&mut buffer) {
                if silenced.load(std::sync::atomic::Ordering::SeqCst) {
                    break;
                }
                if (&*client).write_all(&buffer[..size]).is_err() {
                    break;
                }
            }
            ended();
        });
        let mut buffer = [0; 64 * 1024];
        while let Ok(size @ 1..) = (&*client).read(&mut buffer) {
            let mut wanted = cut.lock().unwrap();
            let text = String::from_utf8_lossy(&buffer[..size]);
            let hit = wanted.as_ref().is_some_and(|cut| text.contains(cut.sends));
            let cut = if hit { wanted.take() } else { None };
            drop(wanted);
            match cut {
                Some(Cut { after: false, .. }) => break,
                // The server gets it, and its answer goes nowhere.
                Some(_) => silenced.store(true, std::sync::atomic::Ordering::SeqCst),
                None => {}
            }
            if (&server).write_all(&buffer[..size]).is_err() {
                break;
            }
        }
        ended();
    });
}

/// See the module.
pub(crate) struct Place {
    pub(crate) folder: tempfile::TempDir,
    /// Lives as long as the place does.
    _sandbox: Running,
    /// Where the sandbox is.
    pub(crate) server: String,
    /// The way to it.
    pub(crate) proxy: Proxy,
}

impl Place {
    /// An empty remote, and a sandbox that is `away` from everybody.
    pub(crate) fn new(away: Duration, more_config: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        std::fs::create_dir_all(at("author/posts")).unwrap();
        std::fs::write(at("author/mergecast.yaml"), config(more_config)).unwrap();
        // git keeps no empty folder.
        std::fs::write(at("author/posts/.gitkeep"), "").unwrap();
        let sandbox = running(
            program(&at("author"), folder.path()).args(["sandbox", "--ephemeral", "--port", "0"]),
            at("sandbox.log"),
        );
        sandbox.until_said("listens on http://", Duration::from_secs(60));
        let said = sandbox.said();
        let origin = said
            .split_whitespace()
            .find(|word| word.starts_with("http://"));
        let server = origin
            .unwrap()
            .trim_start_matches("http://")
            .trim_end_matches('/')
            .to_owned();
        let proxy = Proxy::to(server.clone(), away);
        let place = Self {
            folder,
            _sandbox: sandbox,
            server,
            proxy,
        };
        place.settings(&format!(
            r#"{{"upload_origin": "http://127.0.0.1:{}"}}"#,
            place.proxy.port
        ));
        place.settings(r#"{"quota_member": 1000000, "quota_app": 1000000, "dup_window_s": 0}"#);
        place.git("", &["init", "-q", "--bare", "-b", "main", "remote.git"]);
        place.git("author", &["init", "-q", "-b", "main"]);
        place.git("author", &["remote", "add", "origin", "../remote.git"]);
        place.merge("begin");
        place.begin();
        place
    }

    /// Begins the ledger, as a person does once.
    fn begin(&self) {
        let mut init = program(&self.path("author"), self.folder.path());
        let output = init.args(["state", "init"]).output().unwrap();
        let words = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{words}");
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn git(&self, folder: &str, arguments: &[&str]) -> String {
        match self.try_git(folder, arguments) {
            Ok(words) => words,
            Err(words) => panic!("git {arguments:?}: {words}"),
        }
    }

    fn try_git(&self, folder: &str, arguments: &[&str]) -> Result<String, String> {
        let mut command = Command::new("git");
        let output = environment(&mut command, self.folder.path())
            .args(["-c", "user.name=Test", "-c", "user.email=test@example.org"])
            .args(arguments)
            .current_dir(self.path(folder))
            .output()
            .unwrap();
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into_owned());
        }
        Ok(String::from_utf8(output.stdout).unwrap().trim().to_owned())
    }

    /// Writes one post of the author's clone; `keys` are lines of front matter.
    pub(crate) fn post(&self, key: &str, due: Instant, keys: &str, text: &str) {
        let due = due.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
        let text = format!("---\nid: {key}\nscheduled_at: {due}\n{keys}---\n{text}\n");
        self.write(&format!("posts/{key}.md"), text.as_bytes());
    }

    pub(crate) fn write(&self, name: &str, bytes: &[u8]) {
        std::fs::write(self.path("author").join(name), bytes).unwrap();
    }

    /// What the author has, on the published branch.
    pub(crate) fn merge(&self, message: &str) {
        self.git("author", &["add", "-A"]);
        self.git("author", &["commit", "-q", "--allow-empty", "-m", message]);
        // A watcher may put its lockfile there at the same moment.
        let mut words = String::new();
        for _ in 0..5 {
            if !self
                .git("author", &["ls-remote", "origin", "main"])
                .is_empty()
            {
                self.git("author", &["pull", "-q", "--rebase", "origin", "main"]);
            }
            match self.try_git("author", &["push", "-q", "origin", "HEAD:main"]) {
                Ok(_) => return,
                Err(problem) => words = problem,
            }
        }
        panic!("{words}");
    }

    /// A clone of the remote for one runner, which reaches it at `url`.
    pub(crate) fn clone(&self, name: &str, url: &str) {
        self.git("", &["clone", "-q", url, name]);
    }

    /// The program in a clone.
    pub(crate) fn command(&self, clone: &str, arguments: &[&str]) -> Command {
        let mut command = program(&self.path(clone), self.folder.path());
        command.args(arguments);
        let api = format!("http://127.0.0.1:{}", self.proxy.port);
        command
            .env("MERGECAST_LINKEDIN_API_URL", api)
            .env("MERGECAST_TRUST_API_URL", "1")
            .env("ACME", "sandbox-token-42")
            .env("JANE", "sandbox-token-jane_B-9");
        command
    }

    pub(crate) fn start(&self, clone: &str, arguments: &[&str]) -> Running {
        self.start_command(&mut self.command(clone, arguments))
    }

    /// Starts a command of [`Self::command`].
    pub(crate) fn start_command(&self, command: &mut Command) -> Running {
        let log = format!("{}.log", now().timestamp_micros());
        running(command, self.path(&log))
    }

    /// A watcher that looks every second.
    pub(crate) fn watch(&self, clone: &str) -> Running {
        let options = ["watch", "--fetch-interval", "1s", "--log-format", "json"];
        self.start(clone, &options)
    }

    pub(crate) fn settings(&self, json: &str) {
        let (head, _) = http(&self.server, "POST", "/__sandbox/settings", json);
        assert!(head.contains(" 200 "), "{head}");
    }

    pub(crate) fn faults(&self, json: &str) {
        let (head, _) = http(&self.server, "POST", "/__sandbox/faults", json);
        assert!(head.contains(" 200 "), "{head}");
    }

    /// Every create request that arrived: when, and its text.
    pub(crate) fn creates(&self) -> Vec<(Instant, String)> {
        let (_, log) = http(&self.server, "GET", "/__sandbox/log", "");
        let log: Vec<Value> = serde_json::from_str(&log).unwrap();
        let creates = log
            .iter()
            .filter(|request| request["method"] == "POST" && request["target"] == "/rest/posts");
        creates
            .map(|request| {
                let body = request["body"].as_str().unwrap_or_default();
                let at = request["at"].as_str().unwrap();
                (at.parse().unwrap(), body.to_owned())
            })
            .collect()
    }

    /// How many requests of this path arrived.
    pub(crate) fn requests(&self, path: &str) -> usize {
        let (_, log) = http(&self.server, "GET", "/__sandbox/log", "");
        let log: Vec<Value> = serde_json::from_str(&log).unwrap();
        let begins = |request: &&Value| {
            let target = request["target"].as_str();
            target.is_some_and(|target| target.starts_with(path))
        };
        log.iter().filter(begins).count()
    }

    /// From now on a push to the remote takes so many seconds longer.
    pub(crate) fn slow_pushes(&self, seconds: &str) {
        use std::os::unix::fs::PermissionsExt as _;
        let hook = self.path("remote.git/hooks/pre-receive");
        std::fs::write(&hook, format!("#!/bin/sh\nsleep {seconds}\n")).unwrap();
        std::fs::set_permissions(&hook, std::fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// The texts of all posts there are.
    pub(crate) fn posts(&self) -> Vec<String> {
        let (_, posts) = http(&self.server, "GET", "/__sandbox/posts", "");
        let posts: Vec<Value> = serde_json::from_str(&posts).unwrap();
        let text = |post: &Value| post["rendered"]["text"].as_str().unwrap().to_owned();
        posts.iter().map(text).collect()
    }

    /// The state of a post in the ledger on the remote; none: there is no entry.
    pub(crate) fn state(&self, key: &str) -> Option<String> {
        let branch = "refs/heads/mergecast/state";
        let listing = self.git("remote.git", &["for-each-ref", branch]);
        if listing.is_empty() {
            return None;
        }
        let names = self.git(
            "remote.git",
            &["ls-tree", "-r", "--name-only", "-z", branch],
        );
        let wanted = format!("{key}@linkedin.json");
        let name = names.split('\0').find(|name| name.ends_with(&wanted))?;
        let entry = self.git("remote.git", &["show", &format!("{branch}:{name}")]);
        let entry: Value = serde_json::from_str(&entry).unwrap();
        Some(entry["state"].as_str().unwrap().to_owned())
    }
}

fn environment<'c>(command: &'c mut Command, home: &Path) -> &'c mut Command {
    command
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("HOME", home)
        .env("XDG_CONFIG_HOME", home.join("config"))
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
}

fn program(folder: &Path, home: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mergecast"));
    environment(&mut command, home).current_dir(folder);
    command
}

fn running(command: &mut Command, log: PathBuf) -> Running {
    let file = std::fs::File::create(&log).unwrap();
    let errors = file.try_clone().unwrap();
    let child = command
        .stdin(Stdio::null())
        .stdout(file)
        .stderr(errors)
        .spawn()
        .unwrap();
    Running { child, log }
}

/// Head and body of one plain HTTP exchange.
pub(crate) fn http(server: &str, method: &str, target: &str, body: &str) -> (String, String) {
    let mut stream = TcpStream::connect(server).unwrap();
    let length = body.len();
    write!(
        stream,
        "{method} {target} HTTP/1.1\r\nhost: {server}\r\nconnection: close\r\n\
         content-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
    )
    .unwrap();
    let mut answer = Vec::new();
    BufReader::new(stream).read_to_end(&mut answer).unwrap();
    let answer = String::from_utf8_lossy(&answer).into_owned();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.to_owned(), body.to_owned())
}

/// Lines of a log in JSON.
pub(crate) fn lines(said: &str) -> Vec<Value> {
    let lines = BufReader::new(said.as_bytes()).lines();
    lines
        .map_while(Result::ok)
        .filter_map(|line| serde_json::from_str(&line).ok())
        .collect()
}

/// A PNG that nothing else shows.
pub(crate) fn png(width: u32) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    bytes.extend(width.to_be_bytes());
    bytes.extend(4_u32.to_be_bytes());
    bytes.extend([8, 6, 0, 0, 0, 0, 0, 0, 0]);
    bytes
}

/// An MP4 of so many bytes that says it plays five seconds.
#[allow(dead_code, reason = "only the benchmark sends videos")]
pub(crate) fn mp4(size: usize) -> Vec<u8> {
    let mut bytes = b"\0\0\0\x18ftypisom\0\0\x02\0isommp42".to_vec();
    let mut mvhd = vec![0; 108];
    mvhd[..8].copy_from_slice(b"\0\0\0\x6cmvhd");
    mvhd[20..24].copy_from_slice(&1000_u32.to_be_bytes());
    mvhd[24..28].copy_from_slice(&5000_u32.to_be_bytes());
    bytes.extend(b"\0\0\0\x74moov");
    bytes.extend(mvhd);
    let rest = u32::try_from(size - bytes.len()).unwrap();
    bytes.extend(rest.to_be_bytes());
    bytes.extend(b"mdat");
    bytes.extend((bytes.len()..size).map(|at| (at % 251) as u8));
    bytes
}
