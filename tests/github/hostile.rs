//! What somebody who may only open a pull request can try: to turn settings, words and
//! branches against the account, the runner and the people who read.

use std::net::TcpListener;

use serde_json::{Value, json};

use crate::fake::{REPOSITORY, WRITE};
use crate::sandbox::http;
use crate::scene::{CONFIG, Ran, Scene};

/// Nothing that was printed is a workflow command but our own annotations.
#[track_caller]
pub(crate) fn no_command(ran: &Ran) {
    for line in ran.stdout.lines().chain(ran.stderr.lines()) {
        assert!(!line.contains("##["), "{line}");
        let start = line.trim_start();
        let ours = ["::error ", "::warning ", "::notice ", "::: "];
        let is_ours = ours.iter().any(|ours| start.starts_with(ours));
        assert!(!start.starts_with("::") || is_ours, "{line}");
        assert!(!start.starts_with("::error file=a"), "{line}");
    }
}

/// Nothing on a page mentions people, refers, loads or links, but within fences, which end.
#[track_caller]
pub(crate) fn dead_outside_of_fences(page: &str) {
    let mut fence = None;
    for line in page.lines() {
        let ticks: String = line.chars().take_while(|c| *c == '`').collect();
        match &fence {
            Some(opened) if line == opened => fence = None,
            Some(_) => {}
            None if ticks.len() >= 3 => fence = Some(ticks),
            None => {
                for alive in ["@everyone", "#12", "GH-12", "<img", "![", "://evil"] {
                    assert!(!line.contains(alive), "{alive} in {line}");
                }
            }
        }
    }
    assert_eq!(fence, None, "{page}");
}

/// What LinkedIn was asked to publish, and by whom.
fn posts(scene: &Scene) -> Vec<Value> {
    let (_, posts) = http(&scene.linkedin().origin, "GET", "/__sandbox/posts", "");
    serde_json::from_str(&posts).unwrap()
}

/// A server that nobody should ever connect to.
struct Elsewhere(TcpListener);

impl Elsewhere {
    fn listen() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        Self(listener)
    }

    fn url(&self) -> String {
        format!("http://{}", self.0.local_addr().unwrap())
    }

    #[track_caller]
    fn nobody_came(&self) {
        let came = self.0.accept().map(|(_, from)| from);
        assert!(came.is_err(), "{came:?} connected");
    }
}

#[test]
fn a_changed_author_does_nothing_before_it_is_merged() {
    let scene = Scene::with_linkedin();
    scene.post("launch", "scheduled_at: on-merge", "As the page.");
    scene.commit("launch");
    scene.git(&["checkout", "-q", "-b", "evil"]);
    scene.write(
        "mergecast.yaml",
        &CONFIG.replace("urn:li:organization:42", "urn:li:person:AbC_12-x"),
    );
    scene.commit("as somebody else");
    let event = scene.open(1, "evil", REPOSITORY);
    let review = scene.step("job", WRITE, &event, &["review"]);
    review.is(0);
    assert!(posts(&scene).is_empty(), "a review publishes nothing");
    // A job that checked the branch out publishes, and what counts is main's.
    let event = json!({ "ref": "refs/heads/evil" });
    let ran = scene.step_of("work", WRITE, ("push", &event), &["publish"]);
    ran.is(0);
    let posts = posts(&scene);
    assert_eq!(posts.len(), 1);
    assert_eq!(posts[0]["author"], "urn:li:organization:42");
}

#[test]
fn an_author_that_changes_after_a_post_is_out_touches_the_live_post_no_more() {
    let scene = Scene::with_linkedin();
    scene.post("launch", "scheduled_at: on-merge", "As the page.");
    scene.commit("launch");
    scene.publish(&[]).is(0);
    scene.git(&["pull", "-q", "--ff-only", "origin", "main"]);
    scene.write(
        "mergecast.yaml",
        &CONFIG.replace("urn:li:organization:42", "urn:li:person:AbC_12-x"),
    );
    scene.post("launch", "scheduled_at: on-merge", "As somebody else.");
    scene.commit("another author");
    scene.set("LINKEDIN_ACCESS_TOKEN", "sandbox-token-AbC_12-x");
    let ran = scene.publish(&[]);
    ran.is(75);
    assert_eq!(ran.output("held-count"), "1");
    let posts = posts(&scene);
    assert_eq!(posts.len(), 1);
    assert_eq!(posts[0]["author"], "urn:li:organization:42");
    assert_eq!(posts[0]["raw"], "As the page.");
}

#[test]
fn no_file_of_the_repository_says_where_linkedin_or_github_is() {
    let scene = Scene::with_linkedin();
    let elsewhere = Elsewhere::listen();
    let url = elsewhere.url();
    scene.post("launch", "scheduled_at: on-merge", "We ship today.");
    for file in [".env", "posts/.env", ".mergecast/env"] {
        let names = [
            "MERGECAST_LINKEDIN_API_URL",
            "MERGECAST_LINKEDIN_OAUTH_URL",
            "GITHUB_API_URL",
        ];
        let text: String = names.map(|name| format!("{name}={url}\n")).concat();
        scene.write(file, &text);
    }
    scene.commit("launch");
    let settings = [
        format!("linkedin: {{ api_url: \"{url}\" }}\n"),
        format!("linkedin: {{ base_url: \"{url}\", api_version: \"202609\" }}\n"),
        format!("MERGECAST_LINKEDIN_API_URL: \"{url}\"\n"),
        format!("github: {{ api_url: \"{url}\" }}\n"),
    ];
    for (branch, more) in (1..).zip(settings) {
        let name = format!("evil-{branch}");
        scene.git(&["checkout", "-q", "-b", &name, "main"]);
        scene.write("mergecast.yaml", &format!("{CONFIG}{more}"));
        scene.commit("where LinkedIn is");
        let event = scene.open(branch, &name, REPOSITORY);
        let ran = scene.step("job", WRITE, &event, &["review"]);
        assert_eq!(ran.code, 65, "{more}: {}", ran.stdout);
        assert!(ran.stdout.contains("title=unknown-key::"), "{}", ran.stdout);
        let event = json!({ "ref": format!("refs/heads/{name}") });
        let ran = scene.step_of("work", WRITE, ("push", &event), &["publish"]);
        ran.is(65);
    }
    assert!(posts(&scene).is_empty());
    scene.publish(&[]).is(0);
    assert_eq!(posts(&scene).len(), 1, "what main says goes to LinkedIn");
    // Merged by mistake, such settings stop everything.
    scene.git(&["pull", "-q", "--ff-only", "origin", "main"]);
    scene.git(&["merge", "-q", "-m", "merge", "evil-1"]);
    scene.post("second", "scheduled_at: on-merge", "Not sent anywhere.");
    scene.commit("merged");
    let ran = scene.publish(&[]);
    ran.is(65);
    assert_eq!(posts(&scene).len(), 1);
    elsewhere.nobody_came();
}

#[test]
fn hostile_words_do_nothing_in_what_a_publish_tells() {
    let scene = Scene::with_linkedin();
    let words = "::add-mask::x\n::error file=a::owned\n##[group]x\n\n@everyone see #12 and GH-12, \
                 !\\[pixel\\](https://evil.example/p.png) \\<img src=https://evil.example/q.png\\>\n\
                 \\</details\\>\n\n````\n```\n\nend\n\nexit-code<<EOF\n99\nEOF\nexit-code=99";
    let name = "@everyone ::error::x ##[group] #12 <img src=x> exit-code<<EOF";
    scene.post(name, "scheduled_at: on-merge", words);
    let late = format!("late {name}");
    scene.post(&late, "scheduled_at: 2020-01-01T08:00:00Z", words);
    let sha = scene.commit("hostile");
    scene.github.pull(5, REPOSITORY, &"a".repeat(40), &sha);
    scene.github.with(|github| {
        github.pulls[0]["state"] = json!("closed");
        github.pulls[0]["merged_at"] = json!("2026-09-03T08:00:00Z");
        github.merged.insert(sha.clone(), vec![5]);
    });
    let ran = scene.publish(&[]);
    ran.is(75);
    assert_eq!(scene.live(), 1);
    no_command(&ran);
    assert_eq!(ran.output("exit-code"), "75");
    let published: Value = serde_json::from_str(ran.output("published")).unwrap();
    assert_eq!(published[0]["key"], name);
    dead_outside_of_fences(&ran.summary);
    dead_outside_of_fences(&scene.github.said(5)[0]);
    let issue = scene.github.with(|github| github.issues[0].clone());
    dead_outside_of_fences(issue["body"].as_str().unwrap());
    // One hidden line names what the issue is about, and no word of an author is in it.
    let first = issue["body"].as_str().unwrap().lines().next().unwrap();
    assert!(!first.contains("everyone"), "{first}");
}
