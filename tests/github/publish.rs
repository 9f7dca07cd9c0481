//! `github publish`: a pass, and who is told of it.

use serde_json::json;

use crate::fake::REPOSITORY;
use crate::sandbox::http;
use crate::scene::{Scene, compare};

/// A repository whose main has a post that pull request 5 brought.
fn scene() -> (Scene, String) {
    let scene = Scene::with_linkedin();
    scene.post("launch", "scheduled_at: on-merge", "We ship today.");
    let sha = scene.commit("launch (pull request 5)");
    brought(&scene, 5, &sha);
    (scene, sha)
}

fn brought(scene: &Scene, number: u64, sha: &str) {
    scene.github.pull(number, REPOSITORY, &"a".repeat(40), sha);
    scene.github.with(|github| {
        for pull in &mut github.pulls {
            if pull["number"] == number {
                pull["state"] = json!("closed");
                pull["merged_at"] = json!("2026-09-03T08:00:00Z");
            }
        }
        github.merged.insert(sha.to_owned(), vec![number]);
    });
}

fn fault(scene: &Scene, rule: &serde_json::Value) {
    let script = json!([rule]).to_string();
    let (head, _) = http(
        &scene.linkedin().origin,
        "POST",
        "/__sandbox/faults",
        &script,
    );
    assert!(head.contains(" 200 "), "{head}");
}

/// The tracking issues: state and text.
fn issues(scene: &Scene) -> Vec<(String, String)> {
    let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
    scene.github.with(|github| {
        let all = github.issues.iter();
        all.map(|issue| (text(&issue["state"]), text(&issue["body"])))
            .collect()
    })
}

#[test]
fn the_pull_request_that_brought_a_post_is_told_once() {
    let (scene, _) = scene();
    let ran = scene.publish(&[]);
    ran.is(0);
    assert_eq!(scene.live(), 1);
    compare("publish-summary.md", &ran.summary);
    compare("publish-stdout.txt", &ran.stdout);
    let said = scene.github.said(5);
    assert_eq!(said.len(), 1);
    compare("publish-comment.md", &said[0]);
    assert_eq!(ran.output("published-count"), "1");
    let published: serde_json::Value = serde_json::from_str(ran.output("published")).unwrap();
    assert_eq!(published[0]["key"], "launch");
    let urn = published[0]["urn"].as_str().unwrap();
    assert!(urn.starts_with("urn:li:share:"), "{urn}");
    assert!(published[0]["url"].as_str().unwrap().contains(urn));

    let before = scene.github.writes();
    let ran = scene.publish(&[]);
    ran.is(0);
    assert_eq!((scene.live(), ran.output("published-count")), (1, "0"));
    assert_eq!(
        scene.github.writes(),
        before,
        "the second run told somebody"
    );
    assert_eq!(issues(&scene), []);
}

#[test]
fn a_clone_of_one_commit_asks_github_who_brought_a_post() {
    let (scene, sha) = scene();
    scene.post("later", "scheduled_at: 2031-05-06T08:00:00Z", "Later.");
    let tip = scene.commit("another");
    scene.github.with(|github| {
        let commits = vec![tip, sha];
        github.history.insert("posts/launch.md".to_owned(), commits);
    });
    let url = format!("file://{}", scene.place("remote.git").display());
    scene.git_in(".", &["clone", "-q", "--depth=1", &url, "shallow"]);
    let event = json!({});
    scene
        .step("shallow", crate::fake::WRITE, &event, &["publish"])
        .is(0);
    assert_eq!(scene.github.said(5).len(), 1);
}

#[test]
fn an_unknown_outcome_opens_an_issue_that_closes_when_a_person_has_settled_it() {
    let (scene, _) = scene();
    fault(
        &scene,
        &json!({ "method": "POST", "path": "/rest/posts", "when": "after", "what": "drop" }),
    );
    let ran = scene.publish(&[]);
    ran.is(76);
    assert_eq!(ran.output("unknown-count"), "1");
    assert!(
        ran.stdout.contains("::error file=posts/launch.md,title="),
        "{}",
        ran.stdout
    );
    let opened = issues(&scene);
    assert_eq!(opened.len(), 1);
    assert_eq!(opened[0].0, "open");
    compare("issue-unknown.md", &opened[0].1);
    assert_eq!(scene.live(), 1);

    let before = scene.github.writes();
    scene.publish(&[]).is(76);
    assert_eq!(scene.live(), 1, "an unknown post was sent again");
    let again = issues(&scene);
    assert_eq!(again.len(), 1, "a second issue");
    assert!(scene.github.writes().len() <= before.len() + 1);

    let (_, posts) = http(&scene.linkedin().origin, "GET", "/__sandbox/posts", "");
    let posts: serde_json::Value = serde_json::from_str(&posts).unwrap();
    let urn = posts[0]["urn"].as_str().unwrap();
    let mut resolve = crate::sandbox::program(&scene.place("work"));
    let resolve = resolve
        .args(["resolve", "launch", "--published", urn])
        .output();
    assert!(resolve.unwrap().status.success());
    scene.publish(&[]).is(0);
    let closed = issues(&scene);
    assert_eq!((closed.len(), closed[0].0.as_str()), (1, "closed"));
    assert!(closed[0].1.contains("Nothing needs a person now."));
    assert_eq!(
        scene.github.said(5).len(),
        1,
        "the pull request is told of it all the same"
    );
}

#[test]
fn a_hold_that_the_issue_names_does_not_make_the_next_run_red() {
    let scene = Scene::with_linkedin();
    scene.post("late", "scheduled_at: 2020-01-01T08:00:00Z", "Too late.");
    scene.commit("late");
    scene.publish(&[]).is(75);
    let named = issues(&scene);
    compare("issue-held.md", &named[0].1);
    let ran = scene.publish(&[]);
    ran.is(0);
    assert_eq!(
        (ran.output("held-count"), ran.output("exit-code")),
        ("1", "0")
    );
    scene.post(
        "later",
        "scheduled_at: 2020-01-02T08:00:00Z",
        "Another one.",
    );
    scene.commit("another");
    scene.publish(&[]).is(75);
    scene.publish(&[]).is(0);
    // A person closed it, and nothing has changed.
    scene
        .github
        .with(|github| github.issues[0]["state"] = json!("closed"));
    scene.publish(&[]).is(75);
    let again = issues(&scene);
    assert_eq!((again.len(), again[0].0.as_str()), (1, "open"));
    scene.git(&["rm", "-q", "posts/late.md", "posts/later.md"]);
    scene.commit("given up");
    scene.publish(&[]).is(0);
    assert_eq!(issues(&scene)[0].0, "closed");
}

#[test]
fn what_was_not_merged_is_never_sent() {
    let scene = Scene::with_linkedin();
    scene.git(&["checkout", "-q", "-b", "feature"]);
    scene.post("early", "scheduled_at: on-merge", "Not merged.");
    scene.commit("early");
    let event = json!({ "ref": "refs/heads/feature" });
    let ran = scene.step_of("work", crate::fake::WRITE, ("push", &event), &["publish"]);
    ran.is(0);
    assert_eq!(scene.live(), 0);
    assert!(
        ran.stdout.contains("title=only-in-work-tree"),
        "{}",
        ran.stdout
    );
}

#[test]
fn a_post_that_fails_is_red_each_time() {
    let (scene, _) = scene();
    scene.git(&["checkout", "-q", "main"]);
    fault(
        &scene,
        &json!({ "method": "POST", "path": "/rest/posts", "when": "before", "what": { "status": 422 } }),
    );
    let ran = scene.publish(&[]);
    let code = ran.code;
    assert!(![0, 75].contains(&code), "{}", ran.stdout);
    assert_eq!(scene.live(), 0);
    assert_eq!(issues(&scene)[0].0, "open");
    let ran = scene.publish(&[]);
    assert!(![0, 75].contains(&ran.code), "{} {}", ran.code, ran.stdout);
    assert_eq!(scene.github.said(5), Vec::<String>::new());
}

#[test]
fn github_out_of_order_neither_stops_nor_repeats_a_publish() {
    let (scene, _) = scene();
    scene.github.with(|github| github.broken = Some(502));
    let ran = scene.publish(&[]);
    ran.is(0);
    assert_eq!((scene.live(), ran.output("published-count")), (1, "1"));
    assert!(
        ran.stdout.contains("::warning title=github-request::"),
        "{}",
        ran.stdout
    );
    assert!(!ran.stdout.contains("::error"), "{}", ran.stdout);
    scene.github.with(|github| github.broken = None);
    scene.publish(&[]).is(0);
    assert_eq!(scene.live(), 1);
    assert_eq!(
        scene.github.said(5).len(),
        1,
        "the next run tells what this one could not"
    );
}

#[test]
fn a_schedule_that_is_about_to_stop_is_told_of_in_time() {
    let scene = Scene::with_linkedin();
    let old = crate::scene::now() - chrono::TimeDelta::days(55);
    scene
        .github
        .with(|github| github.pushed_at = old.to_rfc3339());
    let ran = scene.publish(&[]);
    ran.is(0);
    assert!(
        ran.stdout.contains("::warning title=schedule-ends::"),
        "{}",
        ran.stdout
    );
    let told = issues(&scene);
    assert!(told[0].1.contains("schedule-ends"), "{}", told[0].1);
    scene
        .github
        .with(|github| github.pushed_at = crate::scene::now().to_rfc3339());
    scene.publish(&[]).is(0);
    assert_eq!(issues(&scene)[0].0, "closed");
}

#[test]
fn a_run_that_is_cancelled_ends_what_is_under_way_and_leaves_telling_to_the_next() {
    let (scene, _) = scene();
    scene.post("second", "scheduled_at: on-merge", "Not begun.");
    scene.commit("another");
    fault(
        &scene,
        &json!({ "method": "POST", "path": "/rest/posts", "when": "after", "what": { "delay_ms": 2500 } }),
    );
    let ran = scene.cancelled(|| scene.live() == 1);
    ran.is(75);
    let counts = ["published-count", "held-count", "exit-code"].map(|name| ran.output(name));
    assert_eq!(counts, ["1", "1", "75"]);
    assert!(ran.summary.contains("launch"), "{}", ran.summary);
    assert!(ran.stdout.contains("title=stopping::"), "{}", ran.stdout);
    assert_eq!((scene.live(), scene.github.writes().len()), (1, 0));
    scene.publish(&[]).is(0);
    assert_eq!((scene.live(), scene.github.said(5).len()), (2, 1));
    assert_eq!(issues(&scene), [], "nobody was needed");
}
