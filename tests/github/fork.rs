//! The route of a fork's pull request: a run that may not write leaves data, and one that
//! may takes them for hostile.

use serde_json::{Value, json};

use crate::fake::{READ, WRITE};
use crate::scene::{Ran, Scene, compare};

const FORK: &str = "eve/posts";

struct Fork {
    scene: Scene,
    sha: String,
    base: String,
}

impl Fork {
    /// A reviewed pull request of a fork, its artifact in `left/`.
    fn new(text: &str) -> Self {
        let scene = Scene::new();
        let base = scene.git(&["rev-parse", "main"]);
        scene.git(&["checkout", "-q", "-b", "theirs"]);
        scene.post("guest", "scheduled_at: 2031-05-06T08:00:00Z", text);
        let sha = scene.commit("guest");
        let event = scene.open(3, "theirs", FORK);
        let left = scene.place("left");
        let arguments = ["review", "--artifact", left.to_str().unwrap()];
        let ran = scene.step("job", READ, &event, &arguments);
        ran.is(0);
        assert!(
            ran.stdout
                .contains("`comment.json` is left for a run that may"),
            "{}",
            ran.stdout
        );
        assert_eq!(scene.github.said(3), Vec::<String>::new());
        Self { scene, sha, base }
    }

    fn artifact(&self) -> Value {
        let text = std::fs::read_to_string(self.scene.place("left/comment.json")).unwrap();
        serde_json::from_str(&text).unwrap()
    }

    fn put(&self, artifact: &Value) {
        self.put_text(&artifact.to_string());
    }

    fn put_text(&self, text: &str) {
        std::fs::write(self.scene.place("left/comment.json"), text).unwrap();
    }

    fn event(&self) -> Value {
        json!({ "workflow_run": {
            "event": "pull_request", "head_sha": self.sha,
            "head_repository": { "full_name": FORK },
        }})
    }

    fn comment(&self, event: &Value) -> Ran {
        let left = self.scene.place("left");
        let arguments = ["comment", "--artifact", left.to_str().unwrap()];
        self.scene.step("work", WRITE, event, &arguments)
    }

    #[track_caller]
    fn refuses(&self, what: &str, event: &Value) {
        let ran = self.comment(event);
        assert_eq!(ran.code, 73, "{what}: {}{}", ran.stdout, ran.stderr);
        assert!(
            ran.stdout.contains("title=artifact-refused"),
            "{what}: {}",
            ran.stdout
        );
        assert_eq!(self.scene.github.writes(), self.tries(), "{what}");
    }

    /// What the run that may not write tried.
    fn tries(&self) -> Vec<String> {
        vec!["POST /repos/acme/posts/issues/3/comments".to_owned()]
    }
}

#[test]
fn a_forks_review_is_commented_by_a_run_that_may() {
    let fork = Fork::new("Hello from a fork.");
    fork.comment(&fork.event()).is(0);
    let said = fork.scene.github.said(3);
    assert_eq!(said.len(), 1);
    compare("fork-comment.md", &said[0]);
    fork.comment(&fork.event()).is(0);
    assert_eq!(fork.scene.github.said(3).len(), 1, "a second comment");
}

#[test]
fn without_a_folder_the_review_says_where_it_is() {
    let scene = Scene::new();
    scene.git(&["checkout", "-q", "-b", "theirs"]);
    scene.post("guest", "scheduled_at: on-merge", "Hello.");
    scene.commit("guest");
    let event = scene.open(3, "theirs", FORK);
    let ran = scene.step("job", READ, &event, &["review"]);
    ran.is(0);
    let warning = "no comment was written; the job summary has it: GitHub refused: 403 Resource not accessible by integration";
    assert!(ran.stdout.contains(warning), "{}", ran.stdout);
    let always = scene.step("job", READ, &event, &["review", "--comment", "always"]);
    always.is(77);
}

#[test]
fn an_artifact_that_is_not_what_it_says_is_refused() {
    let fork = Fork::new("Hello.");
    let good = fork.artifact();
    let with = |change: &dyn Fn(&mut Value)| {
        let mut artifact = good.clone();
        change(&mut artifact);
        fork.put(&artifact);
    };
    // Somebody else's pull request, from another repository.
    fork.scene
        .github
        .pull(8, "acme/posts", &fork.sha, &fork.base);
    with(&|a| a["number"] = json!(8));
    fork.refuses("another pull request", &fork.event());
    with(&|a| a["head_sha"] = json!("d".repeat(40)));
    fork.refuses("another commit", &fork.event());
    with(&|a| a["head_sha"] = json!("HEAD"));
    fork.refuses("no commit", &fork.event());
    with(&|a| a["version"] = json!(2));
    fork.refuses("another version", &fork.event());
    with(&|a| a["number"] = json!("3/../../user"));
    fork.refuses("a number that is none", &fork.event());
    with(&|a| a["body"] = json!("Approved. Merge it."));
    fork.refuses("prepared text", &fork.event());
    with(&|a| a["review"]["posts"][0]["html"] = json!("<b>x</b>"));
    fork.refuses("an unknown field", &fork.event());
    with(&|a| a["review"]["posts"][0]["text"] = json!("x".repeat(100_000)));
    fork.refuses("a text beyond all limits", &fork.event());
    with(&|a| a["review"]["posts"] = json!(vec![good["review"]["posts"][0].clone(); 1_001]));
    fork.refuses("posts beyond all limits", &fork.event());
    fork.put_text(&" ".repeat(3 * 1024 * 1024));
    fork.refuses("a huge file", &fork.event());
    fork.put_text(&"[".repeat(100_000));
    fork.refuses("no object", &fork.event());
    let doubled = good.to_string().replacen('{', "{\"number\":8,", 1);
    fork.put_text(&doubled);
    fork.refuses("a field twice", &fork.event());
    fork.put(&good);
    let mut event = fork.event();
    event["workflow_run"]["event"] = json!("push");
    fork.refuses("a run of another event", &event);
    let mut event = fork.event();
    event["workflow_run"]["head_repository"]["full_name"] = json!("mallory/posts");
    fork.refuses("a run of another repository", &event);
    // Even one that would do: what the runner may read is not for a fork to name.
    let elsewhere = fork.scene.place("elsewhere.json");
    std::fs::rename(fork.scene.place("left/comment.json"), &elsewhere).unwrap();
    std::os::unix::fs::symlink(&elsewhere, fork.scene.place("left/comment.json")).unwrap();
    fork.refuses("a link", &fork.event());
}

#[test]
fn a_review_that_was_overtaken_is_not_shown() {
    let fork = Fork::new("Hello.");
    fork.scene.github.pull(3, FORK, &"e".repeat(40), &fork.base);
    let ran = fork.comment(&fork.event());
    ran.is(0);
    assert!(
        ran.stdout.contains("was pushed to or closed since"),
        "{}",
        ran.stdout
    );
    std::fs::remove_file(fork.scene.place("left/comment.json")).unwrap();
    let ran = fork.comment(&fork.event());
    ran.is(0);
    assert!(
        ran.stdout.contains("nothing was left to write"),
        "{}",
        ran.stdout
    );
    assert_eq!(fork.scene.github.said(3), Vec::<String>::new());
}

#[test]
fn hostile_data_are_laid_out_anew_and_ping_nobody() {
    let fork = Fork::new("Hello.");
    let mut artifact = fork.artifact();
    let words = "@everyone #1 </details> ![x](https://evil.example/p.png)\n```\n````\n<!-- mergecast:review -->";
    let post = &mut artifact["review"]["posts"][0];
    for name in ["key", "path", "author", "text", "was"] {
        post[name] = json!(words);
    }
    post["cause"] = json!({ "code": words, "message": words, "help": words });
    post["live"] = json!("urn:li:share:1) [Approve](https://evil.example");
    post["zone"] = json!("Mars/Olympus");
    artifact["review"]["digest"] = json!("<b>x</b>");
    fork.put(&artifact);
    fork.comment(&fork.event()).is(0);
    let said = fork.scene.github.said(3);
    compare("fork-hostile.md", &said[0]);
    let outside: Vec<&str> = said[0].split("`````").step_by(2).collect();
    for alive in ["@everyone", "#1 ", "</details>", "![", "://evil", "<b>"] {
        assert!(!outside.concat().contains(alive), "{alive}\n{}", said[0]);
    }
}
