//! Clones that mean harm: what their configuration names is not run, and what stands in
//! the place of published objects is not read.

#![allow(
    clippy::disallowed_methods,
    reason = "tests set up files and repositories themselves"
)]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on has failed"
)]

mod git_support;

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::Path;
use std::sync::{Arc, Mutex};

use git_support::{
    Bed, POST, TestClock, TestEntropy, change, content, ledger, load, lockfile, path, start, write,
    write_script,
};
use mergecast::git::{LocalLedger, PublishedContent, Repository};
use mergecast::model::path::ReadError;
use mergecast::ports::{Committed, ContentSource, LedgerStore, LockfileStore, LockfileWritten};

/// Fills a clone with everything in its configuration that could start a program.
fn make_hostile(bed: &Bed, clone: &Path) -> std::path::PathBuf {
    let traces = bed.folder.path().join("traces");
    std::fs::create_dir(&traces).unwrap();
    let trap = |name: &str| {
        let place = bed.folder.path().join("traps").join(name);
        write_script(
            &place,
            &format!("touch {}/{name}\nexec false", traces.display()),
        );
        place.to_str().unwrap().to_owned()
    };
    for hook in [
        "pre-push",
        "reference-transaction",
        "post-checkout",
        "pre-auto-gc",
    ] {
        let place = clone.join(".git/hooks").join(hook);
        write_script(&place, &format!("touch {}/{hook}", traces.display()));
    }
    let settings = [
        "core.fsmonitor",
        "core.sshCommand",
        "core.askPass",
        "core.alternateRefsCommand",
        "core.pager",
        "core.editor",
        "core.gitProxy",
        "credential.helper",
        "gpg.program",
        "filter.evil.clean",
        "filter.evil.smudge",
        "filter.evil.process",
        "diff.external",
        "remote.origin.uploadpack",
        "remote.origin.receivepack",
        "alias.fetch",
        "alias.push",
        "gc.recentObjectsHook",
    ];
    for name in settings {
        let value = match name {
            "credential.helper" | "alias.fetch" | "alias.push" => format!("!{}", trap(name)),
            _ => trap(name),
        };
        bed.git(clone, &["config", name, &value]);
    }
    bed.git(clone, &["config", "core.hooksPath", ".git/hooks"]);
    bed.git(clone, &["config", "protocol.ext.allow", "always"]);
    write(&clone.join(".gitattributes"), "* filter=evil diff=evil\n");
    write(&clone.join(".git/info/attributes"), "* filter=evil\n");
    traces
}

fn traces_in(folder: &Path) -> Vec<String> {
    let items = std::fs::read_dir(folder).unwrap();
    items
        .map(|item| item.unwrap().file_name().into_string().unwrap())
        .collect()
}

#[tokio::test]
async fn a_hostile_configuration_starts_nothing() {
    let bed = Bed::new();
    bed.publish(&[POST]);
    let clone = bed.clone(&[]);
    let traces = make_hostile(&bed, &clone);
    let clock = TestClock::new();
    let repository = bed.repository(&clone).await;
    let ignored = repository.diagnostics();
    assert_eq!(ignored.len(), 7, "{ignored:?}");
    let tree = load(&content(repository.clone(), None)).await;
    assert_eq!(
        tree.read(&path("posts/a.md"), 99).unwrap(),
        POST.1.as_bytes()
    );
    let store = ledger(repository.clone(), &clock);
    let won = store.commit(&None, &change("a1")).await;
    assert!(matches!(won, Ok(Committed::Won(_))), "{won:?}");
    store.load().await.unwrap();
    let written = lockfile(repository.clone(), &clock)
        .write(&bytes::Bytes::from_static(b"a: 1\n"))
        .await;
    assert_eq!(written, LockfileWritten::Pushed);
    let (name, entropy) = ("local".to_owned(), TestEntropy::default());
    let local = LocalLedger::new(repository, name, clock.clone(), entropy);
    local.commit(&None, &change("a1")).await.unwrap();
    // Remotes that are programs, or are reached by one.
    for url in [
        format!("ext::touch {}/ext", traces.display()),
        "ssh://git@host.invalid/x.git".to_owned(),
        "git://127.0.0.1:1/x.git".to_owned(),
    ] {
        bed.git(&clone, &["config", "remote.origin.url", &url]);
        let store = ledger(bed.repository(&clone).await, &clock);
        store.load().await.unwrap_err();
        store.commit(&None, &change("b2")).await.unwrap_err();
    }
    assert_eq!(traces_in(&traces), Vec::<String>::new());
}

#[tokio::test]
async fn the_traps_of_the_hostile_test_are_real() {
    let bed = Bed::new();
    bed.publish(&[POST]);
    let clone = bed.clone(&[]);
    let traces = make_hostile(&bed, &clone);
    let plain = |arguments: &[&str]| {
        let mut command = std::process::Command::new("git");
        command.args(arguments).current_dir(&clone);
        let _ = command.env_clear().envs(bed.environment()).output();
    };
    plain(&["status"]);
    plain(&["fetch", "origin"]);
    bed.git(&clone, &["config", "--unset", "remote.origin.receivepack"]);
    plain(&["push", "origin", "HEAD:refs/heads/x"]);
    bed.git(
        &clone,
        &[
            "config",
            "remote.origin.url",
            "ssh://git@host.invalid/x.git",
        ],
    );
    plain(&["ls-remote", "origin"]);
    let mut found = traces_in(&traces);
    found.sort();
    for name in [
        "core.fsmonitor",
        "core.sshCommand",
        "pre-push",
        "remote.origin.uploadpack",
    ] {
        assert!(found.contains(&name.to_owned()), "{name}: {found:?}");
    }
}

#[tokio::test]
async fn in_a_ci_job_the_ssh_command_of_the_checkout_is_used() {
    let bed = Bed::new();
    let clone = bed.clone(&[]);
    let trace = bed.folder.path().join("trace");
    let command = format!("touch {}; false", trace.display());
    bed.git(&clone, &["config", "core.sshCommand", &command]);
    bed.git(
        &clone,
        &[
            "config",
            "remote.origin.url",
            "ssh://git@host.invalid/x.git",
        ],
    );
    let mut environment = bed.environment();
    environment.insert("CI".to_owned(), "true".to_owned());
    let repository = Repository::discover(&clone, &environment, "n", start()).await;
    let repository = repository.unwrap().unwrap();
    assert_eq!(repository.diagnostics(), []);
    let store = ledger(repository, &TestClock::new());
    store.load().await.unwrap_err();
    assert!(trace.exists());
}

/// What plain git does in the clone.
fn plain(bed: &Bed, clone: &Path, arguments: &[&str]) {
    let mut command = std::process::Command::new("git");
    command.args(arguments).current_dir(clone);
    let _ = command.env_clear().envs(bed.environment()).output();
}

#[tokio::test]
async fn what_stands_in_the_place_of_a_published_file_is_not_read() {
    let bed = Bed::new();
    bed.publish(&[POST]);
    let clone = bed.clone(&[]);
    write(&clone.join("other"), "not what was reviewed");
    let other = bed.git(&clone, &["hash-object", "-w", "other"]);
    let published = bed.git(&clone, &["rev-parse", "HEAD:posts/a.md"]);
    bed.git(&clone, &["replace", &published, &other]);
    let shown = bed.git(&clone, &["cat-file", "blob", &published]);
    assert_eq!(shown, "not what was reviewed", "plain git obeys it");
    let tree = load(&content(bed.repository(&clone).await, None)).await;
    let read = tree.read(&path("posts/a.md"), 99).unwrap();
    assert_eq!(read, POST.1.as_bytes());
}

#[tokio::test]
async fn what_a_partial_clone_lacks_is_not_fetched_by_a_program_it_names() {
    let bed = Bed::new();
    for setting in ["uploadpack.allowFilter", "uploadpack.allowAnySHA1InWant"] {
        bed.git(&bed.remote(), &["config", setting, "true"]);
    }
    bed.publish(&[POST, ("posts/b.md", "b")]);
    let clone = bed.clone(&["--filter=blob:none", "--no-checkout"]);
    let trace = bed.folder.path().join("trace");
    let trap = bed.folder.path().join("trap");
    let script = format!("touch {}\nexec git-upload-pack \"$@\"", trace.display());
    write_script(&trap, &script);
    let trap = trap.to_str().unwrap();
    bed.git(&clone, &["config", "remote.origin.uploadpack", trap]);
    let tree = load(&content(bed.repository(&clone).await, None)).await;
    let read = tree.read(&path("posts/a.md"), 99);
    assert!(matches!(read, Err(ReadError::Io(_))), "{read:?}");
    assert!(!trace.exists());
    // The trap is real.
    plain(&bed, &clone, &["cat-file", "-s", "HEAD:posts/a.md"]);
    assert!(trace.exists());
}

/// Answers every HTTP request with 401 and keeps what was asked.
struct AsksWhoYouAre {
    address: String,
    asked: Arc<Mutex<String>>,
}

impl AsksWhoYouAre {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let asked = Arc::<Mutex<String>>::default();
        let kept = Arc::clone(&asked);
        // It ends with the test's process.
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let mut bytes = [0; 8192];
                let count = stream.read(&mut bytes).unwrap_or(0);
                let text = String::from_utf8_lossy(&bytes[..count]);
                kept.lock().unwrap().push_str(&text);
                let answer = "HTTP/1.1 401 Who\r\nwww-authenticate: Basic realm=\"x\"\r\n\
                              content-length: 0\r\nconnection: close\r\n\r\n";
                let _ = stream.write_all(answer.as_bytes());
            }
        });
        Self { address, asked }
    }

    fn asked(&self) -> String {
        self.asked.lock().unwrap().clone()
    }
}

#[tokio::test]
async fn a_name_with_an_equals_sign_hides_nothing() {
    let bed = Bed::new();
    bed.publish(&[POST]);
    let clone = bed.clone(&[]);
    let trace = bed.folder.path().join("trace");
    let trap = bed.folder.path().join("bin/git-remote-trap");
    write_script(&trap, &format!("touch {}", trace.display()));
    let mut environment = bed.environment();
    let path = format!(
        "{}:{}",
        trap.parent().unwrap().display(),
        environment["PATH"]
    );
    environment.insert("PATH".to_owned(), path);
    for (name, value) in [
        ("remote.a.b=c.url", bed.remote().to_str().unwrap()),
        ("remote.a.b=c.vcs", "trap"),
        ("credential.https://x=y@h.helper", "!false"),
    ] {
        bed.git(&clone, &["config", name, value]);
    }
    let repository = Repository::discover(&clone, &environment, "n", start()).await;
    let repository = repository.unwrap().unwrap();
    assert_eq!(repository.remote("a.b=c"), Some("a.b=c"));
    let load = |remote: &str| {
        let source = PublishedContent::new(repository.clone(), Some(remote.to_owned()), None);
        async move { source.load().await.map(|tree| tree.revision()) }
    };
    load("a.b=c").await.unwrap_err();
    assert!(!trace.exists());
    load("origin").await.unwrap();
    // The trap is real.
    let mut command = std::process::Command::new("git");
    command.args(["ls-remote", "a.b=c"]).current_dir(&clone);
    let _ = command.env_clear().envs(&environment).output();
    assert!(trace.exists());
}

#[tokio::test]
async fn settings_from_another_file_and_rewritten_addresses_start_nothing() {
    let bed = Bed::new();
    bed.publish(&[POST]);
    let clone = bed.clone(&[]);
    let trace = bed.folder.path().join("trace");
    let touch = format!("touch {}", trace.display());
    write(
        &clone.join("settings"),
        &format!("[core]\n\tsshCommand = {touch}\n[protocol \"ext\"]\n\tallow = always\n"),
    );
    bed.git(&clone, &["config", "include.path", "../settings"]);
    let rewritten = format!("url.ext::{touch} .insteadOf");
    bed.git(&clone, &["config", &rewritten, "evil:"]);
    for url in ["evil:x", "ssh://git@host.invalid/x.git"] {
        bed.git(&clone, &["config", "remote.origin.url", url]);
        let store = ledger(bed.repository(&clone).await, &TestClock::new());
        store.load().await.unwrap_err();
        store.commit(&None, &change("a1")).await.unwrap_err();
        assert!(!trace.exists(), "{url}");
        plain(&bed, &clone, &["ls-remote", "origin"]);
        assert!(trace.exists(), "the trap is real: {url}");
        std::fs::remove_file(&trace).unwrap();
    }
}

#[tokio::test]
async fn credentials_reach_git_through_the_environment_and_no_argument() {
    let bed = Bed::new();
    let clone = bed.clone(&[]);
    let server = AsksWhoYouAre::start();
    let url = format!("http://{}/x.git", server.address);
    bed.git(&clone, &["config", "remote.origin.url", &url]);
    // The clone names a helper, so that there are settings of ours beside the job's.
    bed.git(&clone, &["config", "credential.helper", "!false"]);
    let log = bed.folder.path().join("arguments");
    let wrapper = bed.folder.path().join("bin/git");
    let script = format!(
        "echo \"$@\" >> {}\nPATH=${{PATH#*:}} exec git \"$@\"",
        log.display()
    );
    write_script(&wrapper, &script);
    let mut environment = bed.environment();
    let path = format!(
        "{}:{}",
        wrapper.parent().unwrap().display(),
        environment["PATH"]
    );
    for (name, value) in [
        ("PATH", path.as_str()),
        ("GIT_CONFIG_COUNT", "1"),
        ("GIT_CONFIG_KEY_0", "http.extraHeader"),
        ("GIT_CONFIG_VALUE_0", "Authorization: Basic c2VjcmV0"),
    ] {
        environment.insert(name.to_owned(), value.to_owned());
    }
    let repository = Repository::discover(&clone, &environment, "n", start()).await;
    let store = ledger(repository.unwrap().unwrap(), &TestClock::new());
    let error = store.load().await.unwrap_err().to_string();
    assert!(server.asked().contains("Authorization: Basic c2VjcmV0"));
    let arguments = std::fs::read_to_string(&log).unwrap();
    assert!(arguments.contains("fetch"), "{arguments}");
    assert!(!arguments.contains("c2VjcmV0") && !error.contains("c2VjcmV0"));
}
