//! What a run that may not write hands to one that may.
//!
//! Owns the file's form and its limits. The reader trusts nothing in it: it is data only,
//! read strictly and with bounds, compared with what GitHub says about the pull request,
//! and laid out anew. Must not carry prepared text.

use serde::{Deserialize, Serialize};

use super::event::{EventPull, WorkflowRun, is_commit};
use super::replies::Pull;
use crate::report::review::{Card, Hazard, Refusal, Review, ReviewedPost};

/// The file's name in its folder.
pub const FILE: &str = "comment.json";
/// The longest file that is written or read, in bytes.
pub const MAX_BYTES: u64 = 2 * 1024 * 1024;
/// The form that is written and read.
const VERSION: u32 = 1;
/// Posts, and problems, of one review.
const MANY: usize = 1_000;
/// Things of one post: media, hazards, answers.
const SOME: usize = 50;
/// One text, in bytes: LinkedIn's 3,000 UTF-16 units with room.
const TEXT: usize = 64 * 1024;

/// A review on its way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Artifact {
    version: u32,
    /// The pull request.
    pub number: u64,
    /// Its newest commit when the review was made.
    pub head_sha: String,
    /// The review.
    pub review: Review,
}

/// Why an artifact is not used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// Longer than [`MAX_BYTES`].
    #[error("`{FILE}` has more than {MAX_BYTES} bytes")]
    TooLarge,
    /// Not the form that is written.
    #[error("`{FILE}` is not what `mergecast github review` writes")]
    Malformed,
    /// More or longer than any review has.
    #[error("`{FILE}` has {0} beyond all limits")]
    Excessive(&'static str),
    /// Another commit than the one the workflow ran for.
    #[error("`{FILE}` is about another commit than the workflow run")]
    OtherCommit,
    /// Another pull request than the one of the workflow run.
    #[error("pull request {0} is not the one the workflow ran for")]
    OtherPull(u64),
    /// Not started by a pull request.
    #[error("the workflow run was started by `{0}`, not by a pull request")]
    OtherEvent(String),
}

/// What is done with an artifact that is what it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The pull request stands at that commit.
    Current,
    /// It was pushed to since, or closed: a newer run tells.
    Overtaken,
}

impl Artifact {
    /// The review of a pull request. Where it would be too long, texts are left out.
    #[must_use]
    pub fn new(pull: &EventPull, review: &Review) -> Self {
        let mut artifact = Self {
            version: VERSION,
            number: pull.number,
            head_sha: pull.head.sha.clone(),
            review: review.clone(),
        };
        artifact.review.posts.truncate(MANY);
        artifact.review.problems.truncate(MANY);
        if artifact.to_json().len() as u64 > MAX_BYTES {
            for post in &mut artifact.review.posts {
                post.text = None;
                post.before = None;
                post.first_comment = None;
            }
        }
        artifact
    }

    /// The file.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Reads the file, strictly.
    ///
    /// # Errors
    /// When it is anything but what [`Self::to_json`] writes, within its limits.
    pub fn parse(bytes: &[u8]) -> Result<Self, Refused> {
        if bytes.len() as u64 > MAX_BYTES {
            return Err(Refused::TooLarge);
        }
        let artifact: Self = serde_json::from_slice(bytes).map_err(|_| Refused::Malformed)?;
        if artifact.version != VERSION || artifact.number == 0 || !is_commit(&artifact.head_sha) {
            return Err(Refused::Malformed);
        }
        bounded(&artifact.review)?;
        Ok(artifact)
    }

    /// Compares it with the run that made it.
    ///
    /// # Errors
    /// When that was no run of a pull request, or one for another commit.
    pub fn is_of(&self, run: &WorkflowRun) -> Result<(), Refused> {
        if run.event != "pull_request" {
            return Err(Refused::OtherEvent(run.event.clone()));
        }
        if run.head_sha != self.head_sha {
            return Err(Refused::OtherCommit);
        }
        Ok(())
    }

    /// Compares it with the pull request it names, as GitHub knows it, in `repository`.
    ///
    /// # Errors
    /// When it is not the pull request the run was for.
    pub fn is_for(
        &self,
        pull: &Pull,
        run: &WorkflowRun,
        repository: &str,
    ) -> Result<Standing, Refused> {
        let other = || Refused::OtherPull(self.number);
        let from = run.head_repository.as_ref().ok_or_else(other)?;
        let same = pull.number == self.number
            && pull.base.repository() == Some(repository.to_lowercase())
            && pull.head.repository() == Some(from.full_name.to_lowercase());
        if !same {
            return Err(other());
        }
        match pull.state == "open" && pull.head.sha == self.head_sha {
            true => Ok(Standing::Current),
            false => Ok(Standing::Overtaken),
        }
    }
}

fn bounded(review: &Review) -> Result<(), Refused> {
    let many = |what, count: usize, limit: usize| match count <= limit {
        true => Ok(()),
        false => Err(Refused::Excessive(what)),
    };
    many("posts", review.posts.len(), MANY)?;
    many("problems", review.problems.len(), MANY)?;
    many("refusals", review.refusals.len(), SOME)?;
    many("texts", review.digest.len(), TEXT)?;
    for refusal in &review.refusals {
        if let Refusal::Frozen { reasons, help } = refusal {
            many("reasons", reasons.len(), MANY)?;
            for reason in reasons.iter().chain([help]) {
                many("texts", reason.len(), TEXT)?;
            }
        }
    }
    for problem in &review.problems {
        let path = problem.path.as_deref().unwrap_or_default();
        for text in [problem.message.as_str(), problem.code.as_str(), path] {
            many("texts", text.len(), TEXT)?;
        }
    }
    for post in &review.posts {
        many("media files", post.media.len(), SOME)?;
        many("hazards", post.hazards.len(), SOME)?;
        if let Some(Card::Poll { options, .. }) = &post.card {
            many("answers", options.len(), SOME)?;
        }
        let longest = texts(post).map(str::len).max().unwrap_or_default();
        many("texts", longest, TEXT)?;
    }
    Ok(())
}

/// Every text of a post that is shown.
fn texts(post: &ReviewedPost) -> impl Iterator<Item = &str> {
    let media = post.media.iter().flat_map(|medium| {
        [
            Some(medium.path.as_str()),
            Some(medium.kind.as_str()),
            medium.alt.as_deref(),
            medium.title.as_deref(),
        ]
    });
    let near = post.hazards.iter().map(|hazard| match hazard {
        Hazard::Near { key, .. } => Some(key.as_str()),
        _ => None,
    });
    let card: Vec<&str> = post.card.iter().flat_map(card_texts).collect();
    let own = [
        Some(post.key.as_str()),
        Some(post.path.as_str()),
        Some(post.author.as_str()),
        Some(post.zone.as_str()),
        Some(post.cause.code.as_str()),
        Some(post.cause.message.as_str()),
        post.cause.help.as_deref(),
        post.was.as_deref(),
        post.text.as_deref(),
        post.before.as_ref().map(|before| before.text.as_str()),
        post.first_comment.as_deref(),
        post.live.as_deref(),
        post.visibility.as_deref(),
    ];
    own.into_iter()
        .chain(media)
        .chain(near)
        .flatten()
        .chain(card)
}

fn card_texts(card: &Card) -> Vec<&str> {
    match card {
        Card::Article {
            url,
            title,
            description,
        } => {
            let description = description.as_deref().unwrap_or_default();
            vec![url, title, description]
        }
        Card::Poll {
            question,
            options,
            duration,
        } => {
            let options = options.iter().map(String::as_str);
            options
                .chain([question.as_str(), duration.as_str()])
                .collect()
        }
        Card::Reshare { urn } => vec![urn],
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::github::event::{Named, Side};
    use crate::report::review::Record;
    use crate::report::samples;

    fn sha(digit: &str) -> String {
        digit.repeat(40)
    }

    fn side(repository: &str, sha: String) -> Side {
        Side {
            branch: "x".to_owned(),
            sha,
            repo: Some(named(repository)),
        }
    }

    fn named(name: &str) -> Named {
        Named {
            full_name: name.to_owned(),
        }
    }

    fn post(text: &str) -> ReviewedPost {
        serde_json::from_value(json!({
            "change": "new", "key": "a", "path": "posts/a.md", "author": "acme",
            "zone": "UTC", "when": "never", "effect": "never", "hazards": [], "media": [],
            "cause": { "code": "x", "message": "y", "help": null }, "text": text,
            "was": null, "when_before": null, "before": null, "card": null,
            "visibility": null, "first_comment": null, "live": null,
        }))
        .unwrap()
    }

    fn event() -> EventPull {
        EventPull {
            number: 3,
            head: side("eve/posts", sha("a")),
            base: side("acme/posts", sha("b")),
        }
    }

    fn artifact(posts: Vec<ReviewedPost>) -> Artifact {
        let review = Review {
            now: samples::now(),
            posts,
            unchanged: 0,
            problems: Vec::new(),
            refusals: Vec::new(),
            base_known: true,
            record: Record::Fetched,
            others_known: true,
            next_due: None,
            digest: String::new(),
        };
        Artifact::new(&event(), &review)
    }

    fn run() -> WorkflowRun {
        WorkflowRun {
            event: "pull_request".to_owned(),
            head_sha: sha("a"),
            head_repository: Some(named("Eve/Posts")),
        }
    }

    fn pull() -> Pull {
        Pull {
            number: 3,
            state: "open".to_owned(),
            head: side("eve/posts", sha("a")),
            base: side("acme/posts", sha("b")),
            merged_at: None,
        }
    }

    fn parsed(artifact: &Artifact) -> Result<Artifact, Refused> {
        Artifact::parse(artifact.to_json().as_bytes())
    }

    #[test]
    fn what_is_written_is_read_and_nothing_else() {
        let good = artifact(vec![post("Hello.")]);
        assert_eq!(parsed(&good).as_ref(), Ok(&good));
        for (number, head_sha, version) in [
            (0, sha("a"), VERSION),
            (3, "HEAD".to_owned(), VERSION),
            (3, sha("A"), VERSION),
            (3, sha("a"), VERSION + 1),
        ] {
            let changed = Artifact {
                version,
                number,
                head_sha,
                review: good.review.clone(),
            };
            assert_eq!(parsed(&changed), Err(Refused::Malformed));
        }
        let more = good.to_json().replacen('{', "{\"body\":\"Approved\",", 1);
        assert_eq!(Artifact::parse(more.as_bytes()), Err(Refused::Malformed));
        let long = vec![b' '; usize::try_from(MAX_BYTES).unwrap() + 1];
        assert_eq!(Artifact::parse(&long), Err(Refused::TooLarge));
    }

    /// A review in which everything is there.
    fn full() -> Value {
        let mut good = serde_json::to_value(artifact(vec![post("x"); 3])).unwrap();
        let review = &mut good["review"];
        review["problems"] = json!([{ "is_error": true, "code": "x", "message": "x",
            "path": "x", "line": 1 }]);
        review["refusals"] = json!([{ "frozen": { "reasons": ["x"], "help": "x" } }]);
        review["posts"][0]["card"] = json!({ "article": { "url": "x", "title": "x",
            "description": "x" } });
        review["posts"][1]["card"] = json!({ "poll": { "question": "x", "options": ["x"],
            "duration": "x" } });
        review["posts"][2]["card"] = json!({ "reshare": { "urn": "x" } });
        let post = &mut review["posts"][0];
        for name in ["was", "visibility", "first_comment", "live"] {
            post[name] = json!("x");
        }
        post["cause"]["help"] = json!("x");
        post["before"] = json!({ "text": "x", "live": false });
        post["hazards"] = json!([{ "near": { "minutes": 1, "key": "x", "place": "here" } }]);
        post["media"] = json!([{ "path": "x", "kind": "x", "bytes": 1, "pixels": null,
            "alt": "x", "title": "x", "new": false }]);
        good
    }

    /// Where a text or a list stands, as JSON pointers.
    fn places(value: &Value, at: &str, found: &mut Vec<String>) {
        if value.is_string() || value.is_array() {
            found.push(at.to_owned());
        }
        let fields = value.as_object().into_iter().flatten();
        for (name, field) in fields {
            places(field, &format!("{at}/{name}"), found);
        }
        for (number, item) in value.as_array().into_iter().flatten().enumerate() {
            places(item, &format!("{at}/{number}"), found);
        }
    }

    #[test]
    fn nothing_in_an_artifact_is_without_a_limit() {
        let good = full();
        assert!(Artifact::parse(good.to_string().as_bytes()).is_ok());
        let mut found = Vec::new();
        places(&good, "", &mut found);
        assert!(found.len() > 60, "{found:?}");
        for place in found {
            let mut changed = good.clone();
            let one = changed.pointer_mut(&place).unwrap();
            *one = match one.as_array() {
                Some(items) => json!(vec![items.first().unwrap_or(&json!("x")); MANY + 1]),
                None => json!("x".repeat(TEXT + 1)),
            };
            let refused = Artifact::parse(changed.to_string().as_bytes());
            assert!(refused.is_err(), "{place}");
        }
    }

    #[test]
    fn no_list_and_no_text_is_longer_than_any_review_has() {
        let excessive = |change: &dyn Fn(&mut ReviewedPost)| {
            let mut post = post("Hello.");
            change(&mut post);
            let refused = parsed(&artifact(vec![post]));
            assert!(matches!(refused, Err(Refused::Excessive(_))), "{refused:?}");
        };
        let long = || "x".repeat(TEXT + 1);
        excessive(&|post| post.text = Some(long()));
        excessive(&|post| post.key = long());
        excessive(&|post| post.cause.message = long());
        excessive(&|post| post.live = Some(long()));
        excessive(&|post| post.visibility = Some(long()));
        excessive(&|post| post.cause.help = Some(long()));
        excessive(&|post| post.card = Some(Card::Reshare { urn: long() }));
        excessive(&|post| post.hazards = vec![Hazard::AtOnce; SOME + 1]);
        excessive(&|post| {
            post.card = Some(Card::Poll {
                question: String::new(),
                options: vec![String::new(); SOME + 1],
                duration: String::new(),
            });
        });
        // Whoever writes one keeps to them, and texts go first where it would be too long.
        let many = artifact(vec![post(&"x".repeat(3_000)); MANY + 1]);
        let read = parsed(&many).unwrap();
        assert_eq!(read.review.posts.len(), MANY);
        assert!(read.review.posts.iter().all(|post| post.text.is_none()));
        let mut many = artifact(Vec::new()).review;
        let problem = full()["review"]["problems"][0].clone();
        many.problems = vec![serde_json::from_value(problem).unwrap(); MANY + 1];
        let read = parsed(&Artifact::new(&event(), &many)).unwrap();
        assert_eq!(read.review.problems.len(), MANY);
    }

    #[test]
    fn it_counts_for_the_commit_and_the_pull_request_of_its_run_alone() {
        let artifact = artifact(Vec::new());
        assert_eq!(artifact.is_of(&run()), Ok(()));
        let push = WorkflowRun {
            event: "push".to_owned(),
            ..run()
        };
        let refused = Refused::OtherEvent("push".to_owned());
        assert_eq!(artifact.is_of(&push), Err(refused));
        let other = WorkflowRun {
            head_sha: sha("c"),
            ..run()
        };
        assert_eq!(artifact.is_of(&other), Err(Refused::OtherCommit));

        let is_for = |pull: &Pull, run: &WorkflowRun| artifact.is_for(pull, run, "Acme/posts");
        let other = Err(Refused::OtherPull(3));
        assert_eq!(is_for(&pull(), &run()), Ok(Standing::Current));
        let elsewhere = WorkflowRun {
            head_repository: Some(named("mallory/posts")),
            ..run()
        };
        assert_eq!(is_for(&pull(), &elsewhere), other);
        let gone = WorkflowRun {
            head_repository: None,
            ..run()
        };
        assert_eq!(is_for(&pull(), &gone), other);
        let mut theirs = pull();
        theirs.base = side("mallory/posts", sha("b"));
        assert_eq!(is_for(&theirs, &run()), other);
        let mut unnamed = pull();
        unnamed.head.repo = None;
        assert_eq!(is_for(&unnamed, &run()), other);
        let mut another = pull();
        another.number = 4;
        assert_eq!(is_for(&another, &run()), other);
        let mut pushed = pull();
        pushed.head.sha = sha("d");
        assert_eq!(is_for(&pushed, &run()), Ok(Standing::Overtaken));
        let mut closed = pull();
        closed.state = "closed".to_owned();
        assert_eq!(is_for(&closed, &run()), Ok(Standing::Overtaken));
    }
}
