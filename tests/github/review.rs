//! `github review` in a pull request of the repository's own.

use crate::fake::{BOT, REPOSITORY, WRITE};
use crate::hostile::{dead_outside_of_fences, no_command};
use crate::scene::{Scene, compare};

const FAR: &str = "2031-05-06T08:00:00Z";

/// A pull request with a post of each kind.
fn scene() -> Scene {
    let scene = Scene::new();
    scene.post("stays", &format!("scheduled_at: {FAR}"), "Stays as it is.");
    scene.post("edited", &format!("scheduled_at: {FAR}"), "Teh old text.");
    scene.post("gone", &format!("scheduled_at: {FAR}"), "Will be gone.");
    scene.post(
        "old-name",
        "scheduled_at: 2031-06-01T08:00:00Z",
        "The same words under another name.",
    );
    scene.commit("base");
    scene.git(&["checkout", "-q", "-b", "feature"]);
    scene.post(
        "launch",
        "scheduled_at: on-merge",
        "We ship today.\n\nMore lines.\n\nAnd more.\n\nThe rest is below.",
    );
    scene.post(
        "edited",
        "scheduled_at: 2031-05-06T08:20:00Z",
        "The new text.",
    );
    scene.post("idea", "labels: [later]", "No time yet.");
    scene.git(&["rm", "-q", "posts/gone.md"]);
    scene.git(&["mv", "posts/old-name.md", "posts/new-name.md"]);
    scene.commit("changes");
    scene
}

#[test]
fn a_pull_request_gets_one_comment_that_is_kept_up_to_date() {
    let scene = scene();
    let event = scene.open(1, "feature", REPOSITORY);
    let ran = scene.step("job", WRITE, &event, &["review"]);
    ran.is(0);
    let said = scene.github.said(1);
    assert_eq!(said.len(), 1);
    compare("review-comment.md", &said[0]);
    compare("review-stdout.txt", &ran.stdout);
    compare("review-summary.md", &ran.summary);
    assert_eq!(ran.output("exit-code"), "0");
    assert_eq!(ran.output("changes"), "1");
    assert_eq!(ran.output("held-count"), "0");
    assert!(ran.output("plan-digest").starts_with("sha256:"));
    assert_eq!(ran.output("next-due"), "2031-05-06T08:00:00+00:00");

    scene.post("launch", "scheduled_at: on-merge", "We ship tomorrow.");
    scene.commit("another text");
    let event = scene.open(1, "feature", REPOSITORY);
    scene.step("job", WRITE, &event, &["review"]).is(0);
    let said = scene.github.said(1);
    assert_eq!(said.len(), 1, "a second comment");
    assert!(said[0].contains("We ship tomorrow.") && !said[0].contains("We ship today."));
    let writes = scene.github.writes();
    assert_eq!(writes.len(), 2, "{writes:?}");
    assert!(writes[0].starts_with("POST ") && writes[1].starts_with("PATCH "));
}

#[test]
fn a_marker_of_somebody_else_is_left_alone_and_so_is_a_comment_on_page_two() {
    let scene = scene();
    let event = scene.open(1, "feature", REPOSITORY);
    let comment = |id: u64, login: &str, body: &str| serde_json::json!({ "id": id, "body": body, "user": { "login": login } });
    let marker = "<!-- mergecast:review -->\nApproved by everybody.";
    scene.github.with(|github| {
        let mut all = vec![comment(1, "eve", marker)];
        all.extend((2..150).map(|id| comment(id, "ada", "Nice.")));
        all.push(comment(150, BOT, "<!-- mergecast:review -->\nold"));
        all.push(comment(
            151,
            BOT,
            "<!-- mergecast:review -->\nfrom a run at the same time",
        ));
        github.comments.insert(1, all);
    });
    scene.step("job", WRITE, &event, &["review"]).is(0);
    let said = scene.github.said(1);
    assert_eq!(said[0], marker);
    assert_eq!(
        said.len(),
        150,
        "the second of ours is gone, and none was added"
    );
    assert!(said[149].contains("### mergecast: 5 posts change"));
}

#[test]
fn a_pull_request_without_posts_gets_no_comment() {
    let scene = scene();
    scene.git(&["checkout", "-q", "-b", "code", "main"]);
    scene.write("README.md", "# Words\n");
    scene.commit("no post");
    let event = scene.open(2, "code", REPOSITORY);
    let ran = scene.step("job", WRITE, &event, &["review"]);
    ran.is(0);
    assert_eq!(scene.github.writes(), Vec::<String>::new());
    assert!(ran.stdout.contains("comment: none, since no post changes"));
    assert!(ran.summary.contains("### mergecast: no post changes"));
}

#[test]
fn what_is_wrong_stands_on_its_line_and_in_the_exit_code() {
    let scene = scene();
    scene.post(
        "broken",
        "scheduled_at: on-merge\nvisiblity: public",
        "Wrong.",
    );
    scene.commit("broken");
    let event = scene.open(1, "feature", REPOSITORY);
    for arguments in [&["review"][..], &["review", "--command", "check"]] {
        let ran = scene.step("job", WRITE, &event, arguments);
        ran.is(65);
        assert_eq!(ran.output("exit-code"), "65");
        let annotation = "::error file=posts/broken.md,line=3,col=1,title=unknown-key::";
        assert!(ran.stdout.contains(annotation), "{}", ran.stdout);
        assert!(ran.summary.contains("unknown-key"));
    }
    let said = scene.github.said(1);
    assert!(
        said[0].contains("**error** <code>unknown-key</code>"),
        "{}",
        said[0]
    );
    assert!(said[0].contains("has errors"), "{}", said[0]);
}

#[test]
fn posts_of_other_open_pull_requests_are_minded() {
    let scene = scene();
    scene.post(
        "solo",
        "scheduled_at: 2031-09-01T08:00:00Z",
        "Alone on this branch.",
    );
    scene.commit("solo");
    let event = scene.open(1, "feature", REPOSITORY);
    scene
        .github
        .pull(7, "eve/posts", &"b".repeat(40), &"c".repeat(40));
    let near = "---\nscheduled_at: 2031-09-01T08:20:00Z\n---\nNear.\n";
    let hostile = format!("---\nscheduled_at: [{}\n---\n", "[".repeat(10_000));
    scene.github.with(|github| {
        let files = [
            ("posts/near.md", near),
            ("posts/../secret.md", near),
            ("posts/hostile.md", hostile.as_str()),
            ("README.md", near),
        ];
        let files = files.map(|(name, text)| (name.to_owned(), text.to_owned()));
        github.files.insert(7, files.into());
    });
    scene.step("job", WRITE, &event, &["review"]).is(0);
    let said = scene.github.said(1);
    let minded = "mind: 20 min from another post of the same author: <code>near</code>, in the open pull request 7";
    assert!(said[0].contains(minded), "{}", said[0]);
    let log = scene.github.with(|github| github.log.clone());
    let read: Vec<_> = log
        .iter()
        .filter(|line| line.contains("/contents/"))
        .collect();
    assert_eq!(read.len(), 2, "{read:?}");
}

#[test]
fn github_out_of_order_costs_a_warning_and_never_the_check() {
    let scene = scene();
    let event = scene.open(1, "feature", REPOSITORY);
    scene.github.with(|github| github.broken = Some(500));
    let ran = scene.step("job", WRITE, &event, &["review"]);
    ran.is(0);
    assert!(
        ran.stdout
            .contains("::warning title=github-request::no comment was written")
    );
    assert!(ran.summary.contains("### mergecast: 5 posts change"));
    scene
        .step("job", WRITE, &event, &["review", "--comment", "always"])
        .is(69);
    let ran = scene.step("job", WRITE, &event, &["review", "--comment", "never"]);
    ran.is(0);
    assert!(!ran.stdout.contains("github-request"), "{}", ran.stdout);
}

/// An image that says its measures.
fn png(width: u32) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    bytes.extend(width.to_be_bytes());
    bytes.extend(4_u32.to_be_bytes());
    bytes.extend(b"\x08\x02\0\0\0\0\0\0\0\0\0\0\0IEND\xaeB`\x82");
    bytes
}

#[test]
fn what_happens_to_live_posts_is_told_though_no_lockfile_could_be_pushed() {
    let scene = Scene::with_linkedin();
    let image = |width: u32| {
        std::fs::write(scene.place("work/posts/chart.png"), png(width)).unwrap();
    };
    image(4);
    scene.post("typo", "scheduled_at: on-merge", "Teh live text.");
    let media = "scheduled_at: on-merge\nmedia: [{ path: chart.png, alt: A chart }]";
    scene.post("picture", media, "With a picture.");
    scene.post(
        "renamed",
        "scheduled_at: on-merge",
        "Has another name soon.",
    );
    scene.post(
        "removed",
        "scheduled_at: on-merge",
        "Its file will be gone.",
    );
    scene.commit("four posts");
    let hook = scene.place("remote.git/hooks/update");
    std::fs::write(&hook, "#!/bin/sh\n[ \"$1\" != refs/heads/main ]\n").unwrap();
    let executable = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(&hook, executable).unwrap();
    scene.publish(&[]);
    assert_eq!(scene.live(), 4);
    std::fs::remove_file(hook).unwrap();
    scene.git(&["checkout", "-q", "-b", "feature"]);
    scene.post("typo", "scheduled_at: on-merge", "The live text.");
    image(8);
    scene.git(&["mv", "posts/renamed.md", "posts/new-name.md"]);
    scene.git(&["rm", "-q", "posts/removed.md"]);
    scene.commit("changes");
    let event = scene.open(1, "feature", REPOSITORY);
    assert!(!scene.place("job/mergecast.lock").exists());
    scene.step("job", WRITE, &event, &["review"]).is(0);
    compare("review-live.md", &scene.github.said(1)[0]);
}

#[test]
fn a_branch_that_is_checked_out_itself_is_compared_with_where_it_left() {
    let scene = scene();
    scene.post("launch", "scheduled_at: 2031-10-01T08:00:00Z", "We ship.");
    scene.commit("a time");
    scene.git(&["checkout", "-q", "main"]);
    scene.post(
        "newer",
        "scheduled_at: 2031-10-01T08:10:00Z",
        "Only on the base.",
    );
    scene.commit("newer");
    let event = scene.open(1, "feature", REPOSITORY);
    scene.git(&["checkout", "-q", "feature"]);
    scene.step("work", WRITE, &event, &["review"]).is(0);
    let said = &scene.github.said(1)[0];
    assert!(said.contains("### mergecast: 5 posts change"), "{said}");
    let minded =
        "mind: 10 min from another post of the same author: <code>newer</code>, on the base branch";
    assert!(said.contains(minded), "{said}");
}

#[test]
fn a_whole_clone_that_lacks_the_base_fetches_it_and_stays_whole() {
    let scene = scene();
    let url = format!("file://{}", scene.place("remote.git").display());
    scene.git_in(".", &["clone", "-q", "-b", "feature", &url, "whole"]);
    scene.git(&["checkout", "-q", "main"]);
    scene.post(
        "newer",
        "scheduled_at: 2031-10-01T08:10:00Z",
        "Only on the base.",
    );
    scene.commit("newer");
    let event = scene.open(1, "feature", REPOSITORY);
    let ran = scene.step("whole", WRITE, &event, &["review"]);
    ran.is(0);
    assert!(!ran.stdout.contains("base-unknown"), "{}", ran.stdout);
    let said = &scene.github.said(1)[0];
    assert!(said.contains("### mergecast: 5 posts change"), "{said}");
    let shallow = scene.git_in("whole", &["rev-parse", "--is-shallow-repository"]);
    assert_eq!(shallow, "false");
}

#[test]
fn without_the_base_the_review_says_so_and_shows_every_post() {
    let scene = scene();
    let mut event = scene.open(1, "feature", REPOSITORY);
    event["pull_request"]["head"]["sha"] = serde_json::json!("d".repeat(40));
    event["pull_request"]["base"]["sha"] = serde_json::json!("e".repeat(40));
    let ran = scene.step("job", WRITE, &event, &["review"]);
    ran.is(0);
    assert!(
        ran.stdout.contains("::warning title=base-unknown::"),
        "{}",
        ran.stdout
    );
    let said = &scene.github.said(1)[0];
    assert!(
        said.contains("### mergecast: 5 posts; the base could not be read"),
        "{said}"
    );
}

#[test]
fn past_due_and_late_posts_are_told_apart() {
    let scene = Scene::new();
    scene.git(&["checkout", "-q", "-b", "feature"]);
    let ago = |hours: i64| {
        let at = crate::scene::now() - chrono::TimeDelta::minutes(hours * 60 + 1);
        format!("scheduled_at: {}", at.format("%Y-%m-%dT%H:%M:%SZ"))
    };
    scene.post("due", &ago(2), "Two hours ago.");
    scene.post("late", &ago(30), "More than a day ago.");
    scene.commit("past");
    let event = scene.open(1, "feature", REPOSITORY);
    scene.step("job", WRITE, &event, &["review"]).is(0);
    let said = &scene.github.said(1)[0];
    for words in [
        "mind: 2 h 1 min past due: merging publishes it within the next run",
        "mind: 1 day 6 h past due: it will be held as late",
        "give <code>posts/late.md</code> a new <code>scheduled\\_at</code>",
    ] {
        assert!(said.contains(words), "{words}\n{said}");
    }
}

#[test]
fn more_than_one_run_may_do_is_said_first() {
    let scene = Scene::new();
    scene.git(&["checkout", "-q", "-b", "feature"]);
    for number in 0..12 {
        scene.post(
            &format!("p{number}"),
            "scheduled_at: on-merge",
            &format!("Post {number}."),
        );
    }
    scene.commit("many");
    let event = scene.open(1, "feature", REPOSITORY);
    scene.step("job", WRITE, &event, &["review"]).is(0);
    let said = &scene.github.said(1)[0];
    let words = "**error** <code>too-many-changes</code>: apply would refuse this; nothing would be sent. 12 publishes, updates and deletes";
    assert!(said.contains(words), "{said}");
}

#[test]
fn a_run_that_a_dangerous_event_started_is_refused() {
    let scene = scene();
    let event = scene.open(1, "feature", REPOSITORY);
    let by = |name: &str, arguments: &[&str]| {
        let ran = scene.step_of("job", WRITE, (name, &event), arguments);
        (ran.code, scene.github.writes().len())
    };
    assert_eq!(by("pull_request_target", &["review"]), (64, 0));
    assert_eq!(by("pull_request", &["publish"]), (64, 0));
    assert_eq!(by("pull_request", &["comment", "--artifact", "."]), (64, 0));
    assert_eq!(by("pull_request", &["review"]), (0, 1));
}

#[test]
fn hostile_words_of_a_post_do_nothing_anywhere() {
    let scene = Scene::new();
    scene.git(&["checkout", "-q", "-b", "feature"]);
    let words = "::add-mask::x\n::error file=a::owned\n##[group]x\n\n@everyone see #12 and GH-12, \
                 ![pixel](https://evil.example/p.png) <img src=https://evil.example/q.png>\n\
                 </details>\n\n````\n```\n\nend\n\nexit-code<<EOF\n99\nEOF\nexit-code=99";
    scene.post(
        "hostile",
        "scheduled_at: on-merge\nlabels: [\"@everyone\"]",
        words,
    );
    scene.post(
        "@everyone ::error::x ##[group] #12 <img src=x>",
        "scheduled_at: 2031-05-06T08:00:00Z",
        "Hello.",
    );
    scene.commit("hostile");
    let event = scene.open(1, "feature", REPOSITORY);
    let ran = scene.step("job", WRITE, &event, &["review"]);
    assert!([0, 65].contains(&ran.code), "{}", ran.stderr);
    no_command(&ran);
    assert_eq!(ran.output("exit-code"), ran.code.to_string());
    dead_outside_of_fences(&scene.github.said(1)[0]);
    dead_outside_of_fences(&ran.summary);
}

#[test]
fn a_lockfile_edited_by_hand_is_refused_and_one_taken_over_from_the_base_is_not() {
    let scene = Scene::new();
    let lockfile = "mergecast.lock";
    scene.write(lockfile, "version: 1\nposts: []\n");
    scene.commit("base");
    scene.git(&["checkout", "-q", "-b", "feature"]);
    scene.post("launch", "scheduled_at: on-merge", "We ship today.");
    scene.commit("a post");
    let event = scene.open(1, "feature", REPOSITORY);
    scene.step("job", WRITE, &event, &["review"]).is(0);

    scene.write(lockfile, "version: 1\nposts: [ ]\n");
    scene.commit("by hand");
    let event = scene.open(1, "feature", REPOSITORY);
    let ran = scene.step("job", WRITE, &event, &["review"]);
    ran.is(65);
    assert!(ran.stdout.contains("lockfile-edited"), "{}", ran.stdout);

    scene.write(lockfile, "version: 1\nposts: []\n");
    scene.commit("taken back");
    let event = scene.open(1, "feature", REPOSITORY);
    scene.step("job", WRITE, &event, &["review"]).is(0);
}
