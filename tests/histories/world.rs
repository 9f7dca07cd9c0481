//! The posts that readers see, and the record, in memory.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::TimeDelta;
use mergecast::content::{config, document};
use mergecast::desired::assemble::assemble;
use mergecast::desired::{DesiredPost, DesiredState, Schedule};
use mergecast::model::Instant;
use mergecast::model::config::Config;
use mergecast::model::digest::Digest;
use mergecast::model::key::PostKey;
use mergecast::model::path::ContentPath;
use mergecast::model::target::Target;
use mergecast::model::urn::PostUrn;
use mergecast::plan::{Action, CommitThen, DocumentThen, Plan, PlanInput, PlanItem, plan};
use mergecast::record::{
    Declaration, Entry, EntryId, Event, How, Ledger, Owner, Reason, Recorded, SentDocument, State,
    step,
};

use crate::folder::{Draws, File, Folder};

const CONFIG: &str = "version: 1\ntimezone: UTC\nauthors:\n  acme: { urn: \"urn:li:organization:42\" }\ndefault_author: acme\npublish: { on_late: publish, max_per_run: 1000 }\n";

/// After so many passes nothing is left to do, whatever had to be tried again.
const MOST_PASSES: usize = 8;

/// Two posts of one text are so far apart at least, where one repeats the other.
const REPEAT_AFTER: TimeDelta = TimeDelta::days(7);

/// A post that readers see.
#[derive(Clone, Debug)]
struct Live {
    text: String,
    at: Instant,
    /// Its file said that it repeats another one.
    repeats: bool,
}

pub(crate) struct World {
    config: Config,
    now: Instant,
    ledger: Ledger,
    /// What readers see, by the number of the post.
    live: BTreeMap<u64, Live>,
    /// How many posts were made.
    made: u64,
    /// What really became of requests without an answer, by their nonces: the number of the
    /// post, if any.
    truth: BTreeMap<String, Option<u64>>,
    /// How many requests were made.
    attempts: usize,
    /// How often something was done, by its name.
    pub(crate) done: BTreeMap<&'static str, usize>,
}

impl Default for World {
    fn default() -> Self {
        Self {
            config: configuration(false),
            now: "2026-09-01T10:00:00Z".parse().unwrap(),
            ledger: Ledger::default(),
            live: BTreeMap::new(),
            made: 0,
            truth: BTreeMap::new(),
            attempts: 0,
            done: BTreeMap::new(),
        }
    }
}

fn configuration(prune: bool) -> Config {
    let path = ContentPath::parse("mergecast.yaml").unwrap();
    let text = match prune {
        true => CONFIG.replace("publish: {", "publish: { prune: true,"),
        false => CONFIG.to_owned(),
    };
    config::parse(text.as_bytes(), &path).0.unwrap()
}

fn urn(number: u64) -> PostUrn {
    PostUrn::parse(&format!(
        "urn:li:share:{}",
        7_000_000_000_000_000_000 + number
    ))
    .unwrap()
}

fn number(urn: &PostUrn) -> u64 {
    let digits = urn.as_str().rsplit(':').next().unwrap();
    digits.parse::<u64>().unwrap() - 7_000_000_000_000_000_000
}

/// The documents of one commit.
struct Commit(BTreeMap<ContentPath, DocumentThen>);

impl CommitThen for Commit {
    fn by_key(&self, key: &PostKey) -> Option<DocumentThen> {
        self.0
            .values()
            .find(|document| document.key == *key)
            .cloned()
    }

    fn by_path(&self, path: &ContentPath) -> Option<DocumentThen> {
        self.0.get(path).cloned()
    }
}

impl World {
    pub(crate) fn set_prune(&mut self, prune: bool) {
        self.config.publish.prune = prune;
    }

    fn count(&mut self, what: &'static str) {
        *self.done.entry(what).or_default() += 1;
    }

    pub(crate) fn later(&mut self, hours: usize) {
        self.now += TimeDelta::hours(i64::try_from(hours).unwrap() + 1);
    }

    fn desired(&self, files: &BTreeMap<String, File>, commit: usize) -> DesiredState {
        let parse = |(name, file): (&String, &File)| {
            let path = ContentPath::parse(&format!("posts/{name}.md")).unwrap();
            document::parse(file.text().as_bytes(), &path, &self.config)
        };
        let files = files.iter().map(parse).collect();
        assemble(
            &self.config,
            files,
            &BTreeMap::new(),
            Some(commit.to_string()),
        )
    }

    fn commit(&self, files: &BTreeMap<String, File>) -> Commit {
        let then = files.iter().map(|(name, file)| {
            let path = ContentPath::parse(&format!("posts/{name}.md")).unwrap();
            let parsed = document::parse(file.text().as_bytes(), &path, &self.config);
            let then = DocumentThen {
                key: parsed.key,
                explicit_id: file.id.is_some(),
                text: parsed
                    .document
                    .map(|document| document.commentary.to_plain()),
                source: Digest::of(file.text().as_bytes()),
            };
            (path, then)
        });
        Commit(then.collect())
    }

    fn plan(&self, folder: &Folder, desired: &DesiredState, depth: usize) -> Plan {
        let first = folder.commits.len().saturating_sub(depth);
        let read: RefCell<BTreeMap<usize, Arc<Commit>>> = RefCell::default();
        let history = |commit: &str| {
            let index: usize = commit.parse().unwrap();
            let files = folder.commits.get(index).filter(|_| index >= first)?;
            let mut read = read.borrow_mut();
            let then = read
                .entry(index)
                .or_insert_with(|| Arc::new(self.commit(files)));
            Some(Arc::clone(then) as Arc<dyn CommitThen>)
        };
        plan(&PlanInput {
            desired,
            recorded: &Recorded::new(self.ledger.clone(), None, None),
            config: &self.config,
            now: self.now,
            ahead: TimeDelta::zero(),
            paused_by_environment: false,
            only: &[],
            allow_changes: None,
            history: &history,
        })
    }

    /// Plans and performs, and asks what must hold.
    pub(crate) fn pass(
        &mut self,
        folder: &Folder,
        depth: usize,
        draws: &mut Draws,
        is_shown: bool,
    ) -> Result<(), String> {
        self.settle(draws)?;
        let commit = folder.commits.len() - 1;
        let desired = self.desired(&folder.files, commit);
        // An edit may end what held another post as its copy, so one more pass may have work.
        for _ in 0..MOST_PASSES {
            let plan = self.plan(folder, &desired, depth);
            if is_shown {
                println!("{}", shown(&plan));
            }
            if !plan.items.iter().any(|item| item.action.is_change()) {
                self.recognise(&plan, &desired);
                break;
            }
            self.perform(&plan, &desired, Some(&mut *draws))?;
            self.every_live_post_is_recorded_once()?;
        }
        let second = self.plan(folder, &desired, depth);
        // A refused attempt is made again by a later run.
        let is_again = |item: &&Arc<PlanItem>| {
            let tried = self.ledger.entries.get(&id(&item.key));
            let tried = tried.is_some_and(|entry| entry.state == State::Retryable);
            item.action.is_change() && !(tried && item.action == Action::Publish)
        };
        let again = second.items.iter().find(is_again);
        if let Some(item) = again {
            return Err(format!(
                "it never ends with {}\n{}",
                one(item),
                shown(&second)
            ));
        }
        self.every_text_is_out_or_named(&second, &desired)?;
        self.no_text_is_live_twice()
    }

    /// Publishes every file as it is.
    pub(crate) fn publish_all(&mut self, folder: &Folder) {
        let desired = self.desired(&folder.files, folder.commits.len() - 1);
        let plan = self.plan(folder, &desired, usize::MAX);
        self.perform(&plan, &desired, None).unwrap();
    }

    /// How long a plan takes, and how many records it moves.
    pub(crate) fn plan_timed(&self, folder: &Folder) -> (f64, usize) {
        let desired = self.desired(&folder.files, folder.commits.len() - 1);
        let begin = std::time::Instant::now();
        let plan = self.plan(folder, &desired, usize::MAX);
        let seconds = begin.elapsed().as_secs_f64();
        let is_move = |item: &&Arc<PlanItem>| matches!(item.action, Action::Move { .. });
        (seconds, plan.items.iter().filter(is_move).count())
    }

    /// Performs a plan; `draws` says what LinkedIn answers, else it takes everything.
    fn perform(
        &mut self,
        plan: &Plan,
        desired: &DesiredState,
        mut draws: Option<&mut Draws>,
    ) -> Result<(), String> {
        let moves = plan.items.iter().filter_map(|item| match &item.action {
            Action::Move { from, .. } => Some((item, from)),
            _ => None,
        });
        let moves: Vec<(&Arc<PlanItem>, &PostKey)> = moves.collect();
        let mut moved = Vec::new();
        for (item, from) in &moves {
            let entry = self.entry(from)?.clone();
            let post = desired.post(&item.key);
            let same = post.filter(|post| {
                let document = entry.document.as_ref().unwrap();
                document.digest == post.source || post.digest == entry.digest
            });
            let event = Event::Moved {
                key: item.key.clone(),
                path: item.path.clone(),
                digest: entry.digest.clone(),
                document: same.map(document_of),
            };
            moved.push(step(Some(&entry), event).map_err(|refused| refused.to_string())?);
        }
        for (_, from) in &moves {
            self.ledger.entries.remove(&id(from));
        }
        for entry in moved {
            let there = self.ledger.entries.get(&entry.id());
            if there.is_some_and(Entry::bars_sending) {
                return Err(format!("`{}` is put over another record", entry.key));
            }
            self.ledger.entries.insert(entry.id(), entry);
        }
        for item in &plan.items {
            match item.action {
                Action::Publish => {
                    let answer = draws.as_deref_mut().map_or(9, |draws| draws.below(24));
                    self.publish(item, desired, answer)?;
                }
                Action::Update | Action::Move { update: true, .. } => self.update(item, desired)?,
                Action::Delete => self.delete(item, desired)?,
                _ => {}
            }
        }
        self.recognise(plan, desired);
        Ok(())
    }

    fn entry(&self, key: &PostKey) -> Result<&Entry, String> {
        let entry = self.ledger.entries.get(&id(key));
        entry.ok_or_else(|| format!("nothing is recorded under `{key}`"))
    }

    fn publish(
        &mut self,
        item: &PlanItem,
        desired: &DesiredState,
        answer: usize,
    ) -> Result<(), String> {
        let post = desired.post(&item.key).unwrap();
        self.attempts += 1;
        let nonce = format!("n{}", self.attempts);
        let declare = Event::Declare {
            declaration: Box::new(Declaration {
                key: post.key.clone(),
                target: Target::Linkedin,
                path: post.path.clone(),
                content: post.content(),
                content_commit: desired.content_commit.clone(),
                document: Some(document_of(post)),
                scheduled_at: match post.schedule {
                    Schedule::At(time) => Some(time),
                    Schedule::OnMerge | Schedule::Unscheduled => None,
                },
            }),
            owner: Owner {
                runner: "test".to_owned(),
                nonce: nonce.clone(),
                api_host: None,
            },
            at: self.now,
            probe: false,
        };
        let entry = self.ledger.entries.get(&id(&post.key)).cloned();
        let sending = step(entry.as_ref(), declare);
        let sending = sending.map_err(|refused| format!("`{}`: {refused}", post.key))?;
        let (what, event) = answered(answer, nonce.clone(), urn(self.made + 1), self.now);
        self.count(what);
        let is_made = answer > 2;
        if is_made {
            self.made += 1;
            let text = post.commentary.to_plain();
            let mut same = self.live.values().filter(|live| live.text == text);
            if same.any(|live| self.now - live.at < REPEAT_AFTER) {
                return Err(format!("said again too soon: {text}"));
            }
            let live = Live {
                text,
                at: self.now,
                repeats: post.repeats.is_some(),
            };
            self.live.insert(self.made, live);
        }
        if what == "unknown" {
            self.truth.insert(nonce, is_made.then_some(self.made));
        }
        let next = step(Some(&sending), event).map_err(|refused| refused.to_string())?;
        self.ledger.entries.insert(next.id(), next);
        Ok(())
    }

    /// A person looks at some of the unknown posts, and says what is true.
    fn settle(&mut self, draws: &mut Draws) -> Result<(), String> {
        let unknown = self.ledger.entries.values();
        let unknown = unknown.filter(|entry| entry.state == State::Unknown);
        let unknown: Vec<Entry> = unknown.cloned().collect();
        for entry in unknown {
            if draws.below(3) == 0 {
                continue;
            }
            let nonce = entry.owner.as_ref().map(|owner| owner.nonce.as_str());
            let truth = nonce.and_then(|nonce| self.truth.remove(nonce));
            let truth = truth.ok_or("nobody knows what became of it")?;
            let event = match truth {
                Some(made) => Event::Published {
                    nonce: None,
                    urn: urn(made),
                    at: self.now,
                    how: How::Resolved,
                    comment_id: None,
                },
                None => Event::NotPublished {
                    at: self.now,
                    waited: true,
                },
            };
            self.count("settled");
            let next = step(Some(&entry), event).map_err(|refused| refused.to_string())?;
            self.ledger.entries.insert(next.id(), next);
        }
        Ok(())
    }

    fn delete(&mut self, item: &PlanItem, desired: &DesiredState) -> Result<(), String> {
        let entry = self.entry(&item.key)?.clone();
        let live = self.live.remove(&number(entry.urn.as_ref().unwrap()));
        let live = live.ok_or("a post is deleted that is not there")?;
        let saying = desired.posts.iter();
        let saying = saying.filter(|post| post.commentary.to_plain() == live.text);
        let left = self.live.values().filter(|other| other.text == live.text);
        if saying.count() > left.count() {
            return Err(format!("a post is deleted that a file says: {}", live.text));
        }
        self.count("deleted");
        let deleted = Event::Deleted { at: self.now };
        let deleted = step(Some(&entry), deleted).map_err(|refused| refused.to_string())?;
        self.ledger.entries.insert(deleted.id(), deleted);
        Ok(())
    }

    fn update(&mut self, item: &PlanItem, desired: &DesiredState) -> Result<(), String> {
        let post = desired.post(&item.key).unwrap();
        let entry = self.entry(&item.key)?.clone();
        let post_number = number(entry.urn.as_ref().unwrap());
        let text = post.commentary.to_plain();
        let mut others = self.live.iter().filter(|(other, _)| **other != post_number);
        let is_said = others.any(|(_, other)| other.text == text);
        let live = self.live.get_mut(&post_number);
        let live = live.ok_or("a post is edited that is not there")?;
        let before = std::mem::replace(&mut live.text, text.clone());
        // With an `id` a person may make a post say what another one says.
        if post.explicit_id && post.repeats.is_some() && is_said {
            live.repeats = true;
        }
        // An `id` that is the recorded key is a person's word.
        let same_id = post.explicit_id && item.action == Action::Update;
        if half_alike(&before, &text) < 0.5 && !same_id {
            return Err(format!(
                "a live post is rewritten\n  was {before}\n  now {text}"
            ));
        }
        let edited = Event::Edited {
            content: Box::new(post.content()),
            content_commit: desired.content_commit.clone(),
            document: Some(document_of(post)),
            replaces: entry.digest.clone(),
        };
        let edited = step(Some(&entry), edited).map_err(|refused| refused.to_string())?;
        self.ledger.entries.insert(edited.id(), edited);
        Ok(())
    }

    /// Documents that say what was sent in other bytes, as a pass records them.
    fn recognise(&mut self, plan: &Plan, desired: &DesiredState) {
        let held = plan.items.iter();
        let held = held.filter(|item| matches!(item.action, Action::Hold | Action::Unknown));
        let held: BTreeSet<&PostKey> = held.map(|item| &item.key).collect();
        let posts = desired.posts.iter();
        for post in posts.filter(|post| !held.contains(&post.key)) {
            let Some(entry) = self.ledger.entries.get(&id(&post.key)) else {
                continue;
            };
            if entry.bars_sending() && entry.digest == post.digest {
                let event = Event::Recognised {
                    digest: post.digest.clone(),
                    document: document_of(post),
                    path: post.path.clone(),
                };
                let known = step(Some(entry), event).unwrap();
                self.ledger.entries.insert(known.id(), known);
            }
        }
    }

    /// A post about which nothing is done is out as it is written.
    fn every_text_is_out_or_named(
        &self,
        plan: &Plan,
        desired: &DesiredState,
    ) -> Result<(), String> {
        for item in plan.items.iter().filter(|item| item.action == Action::None) {
            let Some(post) = desired
                .post(&item.key)
                .filter(|post| post.path == item.path)
            else {
                continue;
            };
            // Said to people, with what to do.
            let named = [
                "deleted",
                "rejected",
                "repeats-unknown",
                "draft",
                "draft-of-published",
                "skipped",
            ];
            if named.contains(&item.reason.code.as_str()) {
                continue;
            }
            let entry = self.entry(&item.key)?;
            let live = self.live.get(&number(entry.urn.as_ref().unwrap()));
            if live.map(|live| &live.text) != Some(&post.commentary.to_plain()) {
                return Err(format!("{} is not what readers see", one(item)));
            }
        }
        Ok(())
    }

    /// Of several posts of one text, all but one say that they repeat it.
    fn no_text_is_live_twice(&self) -> Result<(), String> {
        let mut seen = BTreeSet::new();
        for live in self.live.values().filter(|live| !live.repeats) {
            if !seen.insert(&live.text) {
                return Err(format!("live twice: {}", live.text));
            }
        }
        Ok(())
    }

    fn every_live_post_is_recorded_once(&self) -> Result<(), String> {
        let mut recorded: Vec<u64> = Vec::new();
        for entry in self.ledger.entries.values() {
            if entry.state == State::Published && entry.deleted_at.is_none() {
                let post = number(entry.urn.as_ref().unwrap());
                if self.live.get(&post).map(|live| &live.text) != Some(&entry.content.text) {
                    return Err(format!("the record of `{}` is not what is live", entry.key));
                }
                recorded.push(post);
            }
        }
        recorded.extend(self.truth.values().flatten());
        recorded.sort_unstable();
        let live: Vec<u64> = self.live.keys().copied().collect();
        match recorded == live {
            true => Ok(()),
            false => Err(format!("recorded {recorded:?}, live {live:?}")),
        }
    }
}

/// What LinkedIn answers a request of `nonce`, by a number that was drawn.
fn answered(answer: usize, nonce: String, urn: PostUrn, at: Instant) -> (&'static str, Event) {
    let reason = Reason::new("test", "for a test");
    match answer {
        0 => ("refused", Event::Rejected { nonce, reason }),
        1 => (
            "tried again",
            Event::NotCreated {
                nonce,
                reason,
                not_before: None,
                uploaded: Vec::new(),
            },
        ),
        2 | 3 => ("unknown", Event::Lost { nonce, reason }),
        _ => (
            "published",
            Event::Published {
                nonce: Some(nonce),
                urn,
                at,
                how: How::Created,
                comment_id: None,
            },
        ),
    }
}

fn id(key: &PostKey) -> EntryId {
    EntryId {
        key: key.clone(),
        target: Target::Linkedin,
    }
}

fn document_of(post: &DesiredPost) -> SentDocument {
    SentDocument {
        digest: post.source.clone(),
        explicit_id: post.explicit_id,
    }
}

/// Twice the common words over all words, written anew: texts here are words and spaces.
fn half_alike(one: &str, other: &str) -> f64 {
    let (one, mut left) = (words(one), words(other));
    let all = one.len() + left.len();
    let mut common = 0;
    for word in one {
        if let Some(at) = left.iter().position(|other| *other == word) {
            left.swap_remove(at);
            common += 1;
        }
    }
    f64::from(2 * common) / f64::from(u32::try_from(all).unwrap())
}

fn words(text: &str) -> Vec<&str> {
    text.split_whitespace().collect()
}

fn one(item: &PlanItem) -> String {
    format!("`{}` {:?} [{}]", item.key, item.action, item.reason.code)
}

fn shown(plan: &Plan) -> String {
    let items = plan.items.iter();
    items.map(|item| format!("    {}\n", one(item))).collect()
}
