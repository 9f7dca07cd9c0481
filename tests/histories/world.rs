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
    Declaration, Entry, EntryId, Event, How, Ledger, Owner, Recorded, SentDocument, State, step,
};

use crate::folder::{File, Folder};

const CONFIG: &str = "version: 1\ntimezone: UTC\nauthors:\n  acme: { urn: \"urn:li:organization:42\" }\ndefault_author: acme\npublish: { on_late: publish, max_per_run: 1000 }\n";

/// After so many passes nothing is left to do.
const MOST_PASSES: usize = 3;

pub(crate) struct World {
    config: Config,
    now: Instant,
    ledger: Ledger,
    /// What readers see, by the number of the post.
    live: BTreeMap<u64, String>,
    /// How many posts were made.
    made: u64,
}

impl Default for World {
    fn default() -> Self {
        let path = ContentPath::parse("mergecast.yaml").unwrap();
        Self {
            config: config::parse(CONFIG.as_bytes(), &path).0.unwrap(),
            now: "2026-09-01T10:00:00Z".parse().unwrap(),
            ledger: Ledger::default(),
            live: BTreeMap::new(),
            made: 0,
        }
    }
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
        is_shown: bool,
    ) -> Result<(), String> {
        let commit = folder.commits.len() - 1;
        let desired = self.desired(&folder.files, commit);
        // An edit may end what held another post as its copy, so one more pass may have work.
        for _ in 0..MOST_PASSES {
            let plan = self.plan(folder, &desired, depth);
            if is_shown {
                println!("{}", shown(&plan));
            }
            if !plan.items.iter().any(|item| item.action.is_change()) {
                self.recognise(&desired);
                break;
            }
            self.perform(&plan, &desired)?;
            self.every_live_post_is_recorded_once()?;
        }
        let second = self.plan(folder, &desired, depth);
        let again = second.items.iter().find(|item| item.action.is_change());
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
        self.perform(&plan, &desired).unwrap();
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

    fn perform(&mut self, plan: &Plan, desired: &DesiredState) -> Result<(), String> {
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
                Action::Publish => self.publish(item, desired)?,
                Action::Update | Action::Move { update: true, .. } => self.update(item, desired)?,
                _ => {}
            }
        }
        self.recognise(desired);
        Ok(())
    }

    fn entry(&self, key: &PostKey) -> Result<&Entry, String> {
        let entry = self.ledger.entries.get(&id(key));
        entry.ok_or_else(|| format!("nothing is recorded under `{key}`"))
    }

    fn publish(&mut self, item: &PlanItem, desired: &DesiredState) -> Result<(), String> {
        let post = desired.post(&item.key).unwrap();
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
                nonce: "n".to_owned(),
                api_host: None,
            },
            at: self.now,
            probe: false,
        };
        let entry = self.ledger.entries.get(&id(&post.key)).cloned();
        let sending = step(entry.as_ref(), declare);
        let sending = sending.map_err(|refused| format!("`{}`: {refused}", post.key))?;
        self.made += 1;
        let published = Event::Published {
            nonce: Some("n".to_owned()),
            urn: urn(self.made),
            at: self.now,
            how: How::Created,
            comment_id: None,
        };
        let published = step(Some(&sending), published).map_err(|refused| refused.to_string())?;
        self.live.insert(self.made, post.commentary.to_plain());
        self.ledger.entries.insert(published.id(), published);
        Ok(())
    }

    fn update(&mut self, item: &PlanItem, desired: &DesiredState) -> Result<(), String> {
        let post = desired.post(&item.key).unwrap();
        let entry = self.entry(&item.key)?.clone();
        let post_number = number(entry.urn.as_ref().unwrap());
        let text = post.commentary.to_plain();
        let before = self.live.insert(post_number, text.clone()).unwrap();
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
        };
        let edited = step(Some(&entry), edited).map_err(|refused| refused.to_string())?;
        self.ledger.entries.insert(edited.id(), edited);
        Ok(())
    }

    /// Documents that say what was sent in other bytes, as a pass records them.
    fn recognise(&mut self, desired: &DesiredState) {
        for post in &desired.posts {
            let Some(entry) = self.ledger.entries.get(&id(&post.key)) else {
                continue;
            };
            if entry.digest == post.digest {
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
            let entry = self.entry(&item.key)?;
            let live = self.live.get(&number(entry.urn.as_ref().unwrap()));
            if live != Some(&post.commentary.to_plain()) {
                return Err(format!("{} is not what readers see", one(item)));
            }
        }
        Ok(())
    }

    fn no_text_is_live_twice(&self) -> Result<(), String> {
        let mut seen = BTreeSet::new();
        for text in self.live.values() {
            if !seen.insert(text) {
                return Err(format!("live twice: {text}"));
            }
        }
        Ok(())
    }

    fn every_live_post_is_recorded_once(&self) -> Result<(), String> {
        let mut recorded: Vec<u64> = Vec::new();
        for entry in self.ledger.entries.values() {
            if entry.state == State::Published {
                let post = number(entry.urn.as_ref().unwrap());
                if self.live.get(&post) != Some(&entry.content.text) {
                    return Err(format!("the record of `{}` is not what is live", entry.key));
                }
                recorded.push(post);
            }
        }
        recorded.sort_unstable();
        let live: Vec<u64> = self.live.keys().copied().collect();
        match recorded == live {
            true => Ok(()),
            false => Err(format!("recorded {recorded:?}, live {live:?}")),
        }
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
