//! The program itself on broken wires: what it says, and what it does the next time.

use std::path::Path;
use std::process::{Command, Output};

use mergecast::model::urn::AuthorUrn;
use mergecast::sandbox::Directory;

use crate::wire::{AUTHOR, End, Place, Trouble, wired};

/// A content root without git: the ledger is a folder.
fn content_root() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let config = format!(
        "version: 1\nauthors: {{ acme: {{ urn: \"{AUTHOR}\" }} }}\n\
                          default_author: acme\n"
    );
    std::fs::write(folder.path().join("mergecast.yaml"), config).unwrap();
    std::fs::create_dir(folder.path().join("posts")).unwrap();
    let post = "---\nscheduled_at: on-merge\n---\nHello\n";
    std::fs::write(folder.path().join("posts/hello.md"), post).unwrap();
    let mut init = Command::new(env!("CARGO_BIN_EXE_mergecast"));
    init.arg("-C").arg(folder.path()).args(["state", "init"]);
    let output = init.env_remove("CI").output().unwrap();
    assert!(output.status.success(), "{output:?}");
    folder
}

async fn apply(place: &Place, root: &Path) -> (i32, String) {
    apply_at(place, root, &place.origin).await
}

fn program(root: &Path, origin: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mergecast"));
    let author = AuthorUrn::parse(AUTHOR).unwrap();
    command
        .arg("-C")
        .arg(root)
        .args(["apply", "--format", "json"])
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .env("HOME", root)
        .env("MERGECAST_LINKEDIN_API_URL", origin)
        .env("MERGECAST_TRUST_API_URL", "1")
        .env("LINKEDIN_ACCESS_TOKEN", Directory::token_of(&author));
    command
}

async fn apply_at(place: &Place, root: &Path, origin: &str) -> (i32, String) {
    let mut command = program(root, origin);
    let output: Output = tokio::task::spawn_blocking(move || command.output().unwrap())
        .await
        .unwrap();
    place.quiet().await;
    let report = String::from_utf8(output.stdout).unwrap();
    let report: serde_json::Value = serde_json::from_str(&report).unwrap();
    let outcome = report["results"][0]["outcome"].as_str().unwrap().to_owned();
    (output.status.code().unwrap(), outcome)
}

#[test]
fn what_is_unknown_is_told_and_not_sent_again() {
    wired(async |place| {
        let root = content_root();
        assert_eq!(apply(place, root.path()).await, (0, "published".to_owned()));
        let (request, response, head) = place.lengths();
        let unclear = |answer: &str| Trouble::Instead(answer.as_bytes().to_vec(), End::Close);
        let cases = [
            (Trouble::Request(0, End::Close), 76),
            (Trouble::Request(1, End::Reset), 76),
            (Trouble::Request(request / 2, End::Close), 76),
            (Trouble::Request(request - 1, End::Reset), 76),
            (Trouble::Request(request, End::Close), 76),
            (Trouble::Response(0, End::Reset), 76),
            (Trouble::Response(head - 1, End::Close), 76),
            (Trouble::Response(response, End::Close), 0),
            (
                unclear("HTTP/1.1 201 Created\r\ncontent-length: 0\r\n\r\n"),
                76,
            ),
            (
                unclear("HTTP/1.1 502 Bad\r\ncontent-length: 6\r\n\r\n<html>"),
                76,
            ),
            (
                unclear("HTTP/1.1 307 Go\r\nlocation: /x\r\ncontent-length: 0\r\n\r\n"),
                76,
            ),
        ];
        let count = cases.len();
        for (trouble, code) in cases {
            place.linkedin().reset();
            let root = content_root();
            let before = place.on_the_wire().1;
            place.meets(trouble.clone());
            let wanted = if code == 0 { "published" } else { "unknown" };
            let first = apply(place, root.path()).await;
            assert_eq!(first, (code, wanted.to_owned()), "{trouble:?}");
            let posts = place.linkedin().posts().len();
            // A wire that holds does not change what is known.
            place.meets(Trouble::None);
            let again = if code == 0 { "none" } else { "unknown" };
            let second = apply(place, root.path()).await;
            assert_eq!(second, (code, again.to_owned()), "{trouble:?}");
            assert_eq!(place.on_the_wire().1, before + 1, "{trouble:?}");
            assert_eq!(place.linkedin().posts().len(), posts, "{trouble:?}");
            assert!(posts <= 1, "{trouble:?}");
        }
        println!("wires: {count} runs of the program, one request each, and none in the next run");
    });
}

#[test]
fn what_was_not_sent_is_sent_by_the_next_run() {
    wired(async |place| {
        let root = content_root();
        let listening = place.origin.clone();
        // A port that nobody listens on.
        let nobody = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let dead = format!("http://{}", nobody.local_addr().unwrap());
        drop(nobody);
        assert_eq!(
            apply_at(place, root.path(), &dead).await,
            (69, "held".to_owned())
        );
        assert_eq!(place.on_the_wire(), (0, 0));
        let second = apply_at(place, root.path(), &listening).await;
        assert_eq!(second, (0, "published".to_owned()));
        assert_eq!(place.on_the_wire(), (1, 1));
        assert_eq!(place.linkedin().posts().len(), 1);
    });
}

/// A full disk, and a reader that went away.
#[cfg(target_os = "linux")]
#[test]
fn a_report_that_cannot_be_written_is_no_success_and_the_post_is_recorded() {
    wired(async |place| {
        let full = || std::fs::File::create("/dev/full").unwrap().into();
        let gone = || std::io::pipe().unwrap().1.into();
        let closed: [&dyn Fn() -> std::process::Stdio; 2] = [&full, &gone];
        for stdout in closed {
            place.linkedin().reset();
            let root = content_root();
            let mut command = program(root.path(), &place.origin);
            command.stdout(stdout());
            let output = tokio::task::spawn_blocking(move || command.output().unwrap());
            let output = output.await.unwrap();
            assert_eq!(output.status.code(), Some(1), "{output:?}");
            let again = apply(place, root.path()).await;
            assert_eq!(again, (0, "none".to_owned()));
            assert_eq!(place.linkedin().posts().len(), 1);
        }
    });
}
