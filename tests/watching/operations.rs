//! What operators look at: the service manager, health, numbers, messages, tokens.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;

use crate::place::{Place, Running, http, lines, until};
use crate::punctual::{SOON, in_seconds};

#[cfg(target_os = "linux")]
pub(crate) fn the_service_manager_hears_ready_watchdog_and_stopping() {
    let place = Place::new(Duration::ZERO, "");
    place.clone("one", "remote.git");
    let socket = place.path("notify.socket");
    let manager = std::os::unix::net::UnixDatagram::bind(&socket).unwrap();
    manager.set_read_timeout(Some(SOON)).unwrap();
    let mut command = place.command("one", &["watch"]);
    command
        .env("NOTIFY_SOCKET", &socket)
        .env("WATCHDOG_USEC", "60000000");
    let mut watcher = place.start_command(&mut command);
    let mut heard = String::new();
    let mut hear = |word: &str| {
        while !heard.contains(word) {
            let mut buffer = [0; 512];
            let size = manager.recv(&mut buffer).unwrap();
            heard.push_str(std::str::from_utf8(&buffer[..size]).unwrap());
            heard.push('\n');
        }
    };
    hear("READY=1");
    hear("WATCHDOG=1");
    watcher.signal("TERM");
    hear("STOPPING=1");
    assert_eq!(watcher.ended(SOON), Some(0));
    let ready = heard.find("READY=1").unwrap();
    assert!(ready < heard.find("STOPPING=1").unwrap());
}

fn address(watcher: &Running) -> String {
    watcher.until_said("\"listens\"", SOON);
    let said = lines(&watcher.said());
    let line = said.iter().find(|line| line["event"] == "listens").unwrap();
    line["address"].as_str().unwrap().to_owned()
}

fn answers(address: &str, path: &str, status: &str) -> bool {
    http(address, "GET", path, "")
        .0
        .starts_with(&format!("HTTP/1.1 {status}"))
}

#[expect(clippy::too_many_lines, reason = "one story, in the order of time")]
pub(crate) fn readiness_follows_passes_and_not_the_process() {
    let place = Place::new(Duration::ZERO, "");
    place.post("a", in_seconds(9), "", "Counted.");
    place.merge("a");
    place.clone("one", "remote.git");
    let watcher = place.start(
        "one",
        &[
            "watch",
            "--log-format",
            "json",
            "--listen",
            "0",
            "--ready-within",
            "5s",
            "--fetch-interval",
            "1s",
        ],
    );
    let address = address(&watcher);
    until(
        SOON,
        || answers(&address, "/readyz", "200"),
        || watcher.said(),
    );
    until(
        SOON,
        || place.state("a").as_deref() == Some("published"),
        || watcher.said(),
    );
    let counted = || {
        http(&address, "GET", "/metrics", "")
            .1
            .contains("mergecast_outcomes_total{outcome=\"published\"} 1")
    };
    until(SOON, counted, || watcher.said());
    let (head, text) = http(&address, "GET", "/metrics", "");
    assert!(head.contains("text/plain; version=0.0.4"), "{head}");
    let samples = exposition(&text);
    assert_eq!(samples["mergecast_publish_lateness_seconds_count"], 1.0);
    assert!(samples["mergecast_publish_lateness_seconds_sum"] >= 0.0);
    assert!(samples["mergecast_last_success_timestamp_seconds"] > 1e9);
    assert!(answers(&address, "/", "404"));
    assert!(
        http(&address, "POST", "/metrics", "")
            .0
            .starts_with("HTTP/1.1 405")
    );

    std::fs::rename(place.path("remote.git"), place.path("gone.git")).unwrap();
    until(
        SOON,
        || answers(&address, "/readyz", "503"),
        || watcher.said(),
    );
    assert!(
        answers(&address, "/healthz", "200"),
        "it lives, and cannot publish"
    );
    std::fs::rename(place.path("gone.git"), place.path("remote.git")).unwrap();
    until(
        SOON,
        || answers(&address, "/readyz", "200"),
        || watcher.said(),
    );
}

/// 250 silent connections, and 256 descriptors for everything: git, the ledger, the request.
pub(crate) fn silent_connections_keep_nobody_from_publishing() {
    let place = Place::new(Duration::ZERO, "");
    place.clone("one", "remote.git");
    let options = [
        "watch",
        "--log-format",
        "json",
        "--listen",
        "0",
        "--fetch-interval",
        "1s",
    ];
    let watcher = place.start_command(&mut with_descriptors(256, &place.command("one", &options)));
    let address = address(&watcher);
    let silent: Vec<_> = (0..250)
        .map(|_| std::net::TcpStream::connect(&address).unwrap())
        .collect();
    place.post("a", in_seconds(2), "", "Beside silent connections.");
    place.merge("a");
    until(
        SOON,
        || place.state("a").as_deref() == Some("published"),
        || watcher.said(),
    );
    assert!(answers(&address, "/healthz", "200"), "{}", watcher.said());
    // A caller that sends its head byte by byte has no more time than a silent one.
    let mut slow = std::net::TcpStream::connect(&address).unwrap();
    let began = std::time::Instant::now();
    while slow.write_all(b"G").is_ok() && began.elapsed() < SOON {
        std::thread::sleep(Duration::from_millis(500));
    }
    assert!(
        began.elapsed() < Duration::from_secs(15),
        "it may go on for ever"
    );
    drop(silent);
}

/// The same command with at most so many open files.
fn with_descriptors(most: u32, command: &std::process::Command) -> std::process::Command {
    let mut limited = std::process::Command::new("sh");
    limited
        .arg("-c")
        .arg(format!("ulimit -n {most}; exec \"$0\" \"$@\""))
        .arg(command.get_program())
        .args(command.get_args())
        .current_dir(command.get_current_dir().unwrap())
        .env_clear()
        .envs(
            command
                .get_envs()
                .filter_map(|(name, value)| Some((name, value?))),
        );
    limited
}

/// Reads the text format as strictly as its description has it, and returns every sample.
fn exposition(text: &str) -> BTreeMap<String, f64> {
    assert!(text.ends_with('\n'));
    let mut samples = BTreeMap::new();
    let mut kinds: BTreeMap<&str, &str> = BTreeMap::new();
    let mut family = "";
    let mut helped = "";
    for line in text.lines() {
        if let Some(rest) = line.strip_prefix("# HELP ") {
            helped = rest.split(' ').next().unwrap();
            continue;
        }
        if let Some(rest) = line.strip_prefix("# TYPE ") {
            let (name, kind) = rest.split_once(' ').unwrap();
            assert_eq!(name, helped, "HELP comes before TYPE");
            assert!(["counter", "gauge", "histogram"].contains(&kind), "{line}");
            assert!(kinds.insert(name, kind).is_none(), "{name} comes twice");
            family = name;
            continue;
        }
        let (series, value) = line.rsplit_once(' ').unwrap();
        let value: f64 = value.parse().unwrap_or_else(|_| panic!("{line}"));
        let name = series.split('{').next().unwrap();
        let base = match kinds[family] {
            "histogram" => ["_bucket", "_sum", "_count"]
                .iter()
                .find_map(|end| name.strip_suffix(end)),
            _ => Some(name),
        };
        assert_eq!(base, Some(family), "{line} is outside its family");
        let valid = |name: &str| {
            !name.starts_with(|c: char| c.is_ascii_digit())
                && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        };
        assert!(valid(name), "{name}");
        if kinds[family] == "counter" {
            assert!(name.ends_with("_total") && value >= 0.0, "{line}");
        }
        if let Some(labels) = series[name.len()..].strip_prefix('{') {
            for label in labels.strip_suffix('}').unwrap().split(',') {
                let (label, value) = label.split_once('=').unwrap();
                assert!(
                    valid(label) && value.starts_with('"') && value.ends_with('"'),
                    "{line}"
                );
            }
        }
        assert!(
            samples.insert(series.to_owned(), value).is_none(),
            "{series} comes twice"
        );
    }
    let histogram = kinds
        .iter()
        .find(|(_, kind)| **kind == "histogram")
        .unwrap()
        .0;
    let bucket = |le: &str| samples[&format!("{histogram}_bucket{{le=\"{le}\"}}")];
    assert_eq!(bucket("+Inf"), samples[&format!("{histogram}_count")]);
    assert!(bucket("0.025") <= bucket("1") && bucket("1") <= bucket("+Inf"));
    samples
}

/// Takes requests and answers each, or never.
struct Hook {
    url: String,
    bodies: Arc<Mutex<Vec<Value>>>,
}

fn hook(answers: bool) -> Hook {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/secret-path", listener.local_addr().unwrap());
    let bodies: Arc<Mutex<Vec<Value>>> = Arc::default();
    let kept = Arc::clone(&bodies);
    std::thread::spawn(move || {
        let mut open = Vec::new();
        for stream in listener.incoming().flatten() {
            let mut reader = BufReader::new(stream.try_clone().unwrap());
            let mut length = 0;
            let mut line = String::new();
            while reader.read_line(&mut line).unwrap() > 2 {
                if let Some(size) = line.to_lowercase().strip_prefix("content-length: ") {
                    length = size.trim().parse().unwrap();
                }
                line.clear();
            }
            let mut body = vec![0; length];
            reader.read_exact(&mut body).unwrap();
            kept.lock()
                .unwrap()
                .push(serde_json::from_slice(&body).unwrap());
            if answers {
                let mut stream = stream;
                stream
                    .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
                    .unwrap();
            } else {
                open.push(stream);
            }
        }
    });
    Hook { url, bodies }
}

const NOTIFY: &str = "notify:\n  slow: { url_env: SLOW_URL, events: [published] }\n  \
    team: { url_env: TEAM_URL, format: slack, events: [published, failed] }\n  \
    ops: { url_env: OPS_URL }\n";

#[expect(clippy::too_many_lines, reason = "one story, in the order of time")]
pub(crate) fn people_are_told_and_a_hook_that_hangs_holds_up_nothing() {
    let place = Place::new(Duration::ZERO, NOTIFY);
    place.faults(
        r#"[{"method":"POST","path":"/rest/posts","nth":2,"when":"before","what":{"status":422}}]"#,
    );
    let due = in_seconds(12);
    place.post("a", due, "", "Well.");
    place.post("b", due + chrono::TimeDelta::seconds(3), "", "Refused.");
    place.merge("posts");
    place.clone("one", "remote.git");
    let (slow, team) = (hook(false), hook(true));
    let mut command = place.command("one", &["watch", "--fetch-interval", "1s"]);
    command
        .env("SLOW_URL", &slow.url)
        .env("TEAM_URL", &team.url);
    let mut watcher = place.start_command(&mut command);
    let told = || team.bodies.lock().unwrap().len() >= 2;
    // Each message waits for the one before, so those of the second post come after the
    // limit of the hook that hangs.
    until(SOON, told, || watcher.said());
    for (at, body) in place.creates() {
        let due = if body.contains("Well") {
            due
        } else {
            due + chrono::TimeDelta::seconds(3)
        };
        assert!(
            (due..due + chrono::TimeDelta::seconds(2)).contains(&at),
            "{at}"
        );
    }
    let first = slow.bodies.lock().unwrap()[0].clone();
    assert_eq!(first["event"], "published");
    assert_eq!(first["key"], "a");
    assert!(first["urn"].as_str().unwrap().starts_with("urn:li:"));
    let texts: Vec<String> = team
        .bodies
        .lock()
        .unwrap()
        .iter()
        .map(|b| b["text"].to_string())
        .collect();
    assert!(
        texts
            .iter()
            .any(|text| text.contains("`a` is published: https://")),
        "{texts:?}"
    );
    assert!(
        texts.iter().any(|text| text.contains("`b` is failed")),
        "{texts:?}"
    );
    watcher.signal("TERM");
    assert_eq!(watcher.ended(SOON), Some(0));
    let said = watcher.said();
    assert!(
        said.contains("`notify.ops` gets no messages: `OPS_URL` is not set"),
        "{said}"
    );
    assert!(said.contains("`notify.slow` did not arrive"), "{said}");
    assert!(
        !said.contains("secret-path"),
        "an address is a secret: {said}"
    );
    assert_eq!(place.posts(), ["Well."]);
}

fn vault(token: &str) -> String {
    format!(
        r#"{{"format_version":1,"credentials":{{"urn:li:organization:42":{{"client_id":"c","client_secret":"s","access_token":"{token}","expires_at":"2099-01-01T00:00:00Z","scopes":[],"authorized_at":"2026-01-01T00:00:00Z"}}}}}}"#
    )
}

pub(crate) fn a_new_login_counts_without_a_restart_and_a_broken_file_takes_no_token_away() {
    let place = Place::new(Duration::ZERO, "");
    let on_merge = |key: &str| {
        let text = format!("---\nid: {key}\nscheduled_at: on-merge\n---\nPost {key}.\n");
        place.write(&format!("posts/{key}.md"), text.as_bytes());
        place.merge(key);
    };
    let config = crate::place::config("").replace(", token_env: ACME", "");
    place.write("mergecast.yaml", config.as_bytes());
    place.merge("stored tokens");
    place.clone("one", "remote.git");
    let store = |text: &str| {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = place.path("config/mergecast");
        std::fs::create_dir_all(&folder).unwrap();
        let file = folder.join("new");
        std::fs::write(&file, text).unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
        std::fs::rename(&file, folder.join("credentials.json")).unwrap();
    };
    store(&vault("nobody-knows-this"));
    let watcher = place.watch("one");
    on_merge("a");
    until(
        SOON,
        || watcher.said().contains("\"outcome\":\"failed\""),
        || watcher.said(),
    );
    assert!(place.posts().is_empty());
    store(&vault("sandbox-token-42"));
    until(SOON, || place.posts().len() == 1, || watcher.said());
    store("{ this is half a fi");
    on_merge("b");
    until(SOON, || place.posts().len() == 2, || watcher.said());
    assert!(
        !watcher.said().contains("sandbox-token"),
        "{}",
        watcher.said()
    );
}

#[cfg(target_os = "linux")]
pub(crate) fn the_unit_is_one_that_systemd_takes_and_is_hardened() {
    use std::process::Command;
    let unit = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("packaging/mergecast.service");
    let text = std::fs::read_to_string(unit).unwrap();
    for line in [
        "Type=notify",
        "KillMode=mixed",
        "NoNewPrivileges=yes",
        "ProtectSystem=strict",
        "CapabilityBoundingSet=",
    ] {
        assert!(text.lines().any(|own| own == line), "{line}");
    }
    let folder = tempfile::tempdir().unwrap();
    let place = folder.path().join("mergecast.service");
    let program = env!("CARGO_BIN_EXE_mergecast");
    std::fs::write(&place, text.replace("/usr/local/bin/mergecast", program)).unwrap();
    let analyze = |arguments: &[&str]| {
        Command::new("systemd-analyze")
            .args(arguments)
            .arg(&place)
            .output()
    };
    let Ok(verified) = analyze(&["verify", "--man=no"]) else {
        println!("systemd-analyze is not here: the unit was only read");
        return;
    };
    let words = String::from_utf8_lossy(&verified.stderr).into_owned();
    assert!(
        verified.status.success() && !words.contains("mergecast.service:"),
        "{words}"
    );
    // 1.5 of 10 is what a service with a network can come to.
    let secure = analyze(&["security", "--offline=true", "--threshold=20"]).unwrap();
    let words = String::from_utf8_lossy(&secure.stdout).into_owned();
    assert!(secure.status.success(), "{words}");
}
