//! A connection that is cut while media are prepared, while a post is sent, and while its
//! result is recorded.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use crate::place::{Cut, Place, Proxy, lines, png, until};
use crate::punctual::{SOON, in_seconds};

pub(crate) fn an_upload_that_is_cut_is_made_again() {
    let place = Place::new(Duration::ZERO, "");
    place.settings(r#"{"media_processing_ms": 500}"#);
    *place.proxy.cut.lock().unwrap() = Some(Cut {
        sends: "PUT /",
        after: false,
    });
    place.write("posts/i.png", &png(5));
    place.post(
        "a",
        in_seconds(25),
        "media: [{ path: i.png, alt: \"i\" }]\n",
        "Look.",
    );
    place.merge("a");
    place.clone("one", "remote.git");
    let watcher = place.watch("one");
    until(SOON * 2, || place.posts().len() == 1, || watcher.said());
    assert!(place.proxy.cut.lock().unwrap().is_none(), "nothing was cut");
    assert_eq!(place.creates().len(), 1);
}

pub(crate) fn a_create_request_that_is_cut_is_not_sent_again_and_asks_for_a_person() {
    for after in [false, true] {
        let place = Place::new(Duration::ZERO, "");
        *place.proxy.cut.lock().unwrap() = Some(Cut {
            sends: "POST /rest/posts ",
            after,
        });
        place.post("a", in_seconds(12), "", "Cut.");
        place.merge("a");
        place.clone("one", "remote.git");
        let watcher = place.watch("one");
        until(
            SOON,
            || place.state("a").as_deref() == Some("unknown"),
            || watcher.said(),
        );
        std::thread::sleep(Duration::from_secs(4));
        assert_eq!(place.creates().len(), usize::from(after));
        let said = lines(&watcher.said());
        let told = said.iter().find(|line| line["outcome"] == "unknown");
        assert_eq!(told.unwrap()["level"], "error", "{}", watcher.said());
    }
}

/// A git server of its own, since a path has no connection to cut.
struct Daemon(Child);

impl Drop for Daemon {
    fn drop(&mut self) {
        let group = format!("-{}", self.0.id());
        let _ = Command::new("kill").args(["--", &group]).status();
        let _ = self.0.wait();
    }
}

fn daemon(place: &Place) -> (Daemon, u16) {
    use std::os::unix::process::CommandExt as _;
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = free.local_addr().unwrap().port();
    drop(free);
    let folder = place.folder.path().display().to_string();
    let daemon = Command::new("git")
        .args([
            "daemon",
            "--reuseaddr",
            "--export-all",
            "--enable=receive-pack",
            "--listen=127.0.0.1",
        ])
        .args([
            format!("--base-path={folder}"),
            format!("--port={port}"),
            folder,
        ])
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
        .unwrap();
    let answers = || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok();
    until(SOON, answers, || "git daemon does not listen".to_owned());
    (Daemon(daemon), port)
}

pub(crate) fn a_push_that_is_cut_is_pushed_again_and_the_post_is_sent_once() {
    for after in [false, true] {
        let place = Place::new(Duration::ZERO, "");
        let (_daemon, port) = daemon(&place);
        let way = Proxy::to(format!("127.0.0.1:{port}"), Duration::ZERO);
        let due = in_seconds(16);
        place.post("a", due, "", "Recorded.");
        place.merge("a");
        place.clone("one", &format!("git://127.0.0.1:{}/remote.git", way.port));
        let watcher = place.watch("one");
        until(
            SOON,
            || place.state("a").as_deref() == Some("sending"),
            || watcher.said(),
        );
        // The next push is the one that records the result.
        *way.cut.lock().unwrap() = Some(Cut {
            sends: "git-receive-pack",
            after,
        });
        until(
            SOON,
            || place.state("a").as_deref() == Some("published"),
            || watcher.said(),
        );
        assert!(way.cut.lock().unwrap().is_none(), "nothing was cut");
        assert_eq!(place.posts(), ["Recorded."]);
        assert_eq!(place.creates().len(), 1);
    }
}
