//! Which document is which recorded post.
//!
//! Owns the pairing of all documents of a content root with all entries of its ledger:
//! content first, names second. A live post changes only when its own document changes,
//! and a document is a live post's own by an explicit `id`, or by recognisably the same
//! text. `docs/identity.md` has the rules as a card. Must not decide what is done about a
//! pair: see [`super::classify`].

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::index::Index;
use super::likeness::{HALF, RECOGNISABLE, Words, equal};
use super::sameness::{Sameness, is_later, is_timed_again, repeats, sameness, says_the_same};
use crate::desired::{DesiredPost, DesiredState, Schedule};
use crate::model::Instant;
use crate::model::digest::Digest;
use crate::model::key::PostKey;
use crate::model::path::ContentPath;
use crate::model::target::Target;
use crate::record::step::SENDING_EXPIRES;
use crate::record::{Entries, Entry, EntryId, Lockfile, LockfileBlock, State};

/// A document as it was at an earlier commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentThen {
    /// Its key.
    pub key: PostKey,
    /// Whether the key was written as `id`.
    pub explicit_id: bool,
    /// Its text; `None`: it had errors.
    pub text: Option<String>,
    /// Digest of the whole file.
    pub source: Digest,
}

/// What the documents of one earlier commit were.
pub trait CommitThen {
    /// The document that had `key`.
    fn by_key(&self, key: &PostKey) -> Option<DocumentThen>;
    /// The document at `path`.
    fn by_path(&self, path: &ContentPath) -> Option<DocumentThen>;
}

/// Opens the documents of an earlier commit; `None`: it cannot be read here.
pub type History<'a> = dyn Fn(&str) -> Option<Arc<dyn CommitThen>> + 'a;

/// What documents are paired with.
pub(super) struct Records<'a> {
    pub(super) entries: &'a Entries,
    /// The same entries.
    pub(super) index: &'a Index,
    pub(super) lockfile: &'a Lockfile,
    pub(super) history: &'a History<'a>,
    pub(super) now: Instant,
}

/// The pairing. A document that is in none of these has the record under its own key, if
/// there is one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Identity {
    /// Documents that go on a record of another key: key of the document → recorded key.
    pub(super) moved: BTreeMap<PostKey, PostKey>,
    /// Documents whose key has a record that is another document's: they are new posts.
    pub(super) new: BTreeSet<PostKey>,
    /// Documents that hold a live post's key and say something else.
    pub(super) reused: BTreeSet<PostKey>,
    /// Documents that may go on the record of another key, where nobody can tell.
    pub(super) unsure: BTreeMap<PostKey, PostKey>,
    /// Records without a document whose key a moved record takes: recorded key → the key
    /// they go on under.
    pub(super) displaced: BTreeMap<PostKey, PostKey>,
    /// Keys of moves that must wait, since the record of one of them is being sent.
    pub(super) waiting: BTreeSet<PostKey>,
}

impl Identity {
    /// The key under which the record of the document `key` is.
    pub(super) fn recorded_key<'k>(&'k self, key: &'k PostKey) -> Option<&'k PostKey> {
        match self.moved.get(key) {
            Some(from) => Some(from),
            None if self.new.contains(key) => None,
            None => Some(key),
        }
    }

    /// Recorded keys without a document of the same key that belong to a document, or may.
    pub(super) fn sources(&self) -> BTreeSet<&PostKey> {
        self.moved.values().chain(self.unsure.values()).collect()
    }

    /// `keys`, and every key of a move that hangs together with one of them: such moves are
    /// made together or not at all, since one takes the key that another leaves.
    pub(super) fn together(&self, keys: impl IntoIterator<Item = PostKey>) -> BTreeSet<PostKey> {
        let mut neighbours: BTreeMap<&PostKey, Vec<&PostKey>> = BTreeMap::new();
        for (key, from) in self.moved.iter().chain(&self.displaced) {
            neighbours.entry(key).or_default().push(from);
            neighbours.entry(from).or_default().push(key);
        }
        let mut found = BTreeSet::new();
        let mut waiting: Vec<PostKey> = keys.into_iter().collect();
        while let Some(key) = waiting.pop() {
            let next = neighbours.get(&key).into_iter().flatten();
            let next: Vec<PostKey> = next.map(|key| (*key).clone()).collect();
            if found.insert(key) {
                waiting.extend(next);
            }
        }
        found
    }
}

/// An entry whose post exists or may, or that a person gave up: only those must never be
/// sent again under another key.
fn is_movable(entry: &Entry) -> bool {
    entry.may_be_live() || entry.state == State::Skipped
}

/// Pairs all documents with all entries.
pub(super) fn identify(desired: &DesiredState, records: &Records<'_>) -> Identity {
    let mut pairing = Pairing::begin(desired, records);
    if pairing.open.is_empty() {
        return pairing.identity;
    }
    pairing.by_lockfile();
    pairing.by_content();
    pairing.by_path();
    pairing.by_likeness();
    pairing.finish()
}

/// A document whose record is still to be found.
#[derive(Clone, Copy)]
struct Open<'a> {
    post: &'a DesiredPost,
    /// The record under its key, which says something else.
    other: Option<&'a Entry>,
}

/// A document and a record that are recognisably alike.
struct Alike<'a> {
    post: &'a DesiredPost,
    entry: &'a Entry,
    /// Whether they are one post; else nobody can tell.
    sure: bool,
}

struct Pairing<'a> {
    desired: &'a DesiredState,
    records: &'a Records<'a>,
    open: BTreeMap<&'a PostKey, Open<'a>>,
    /// Recorded keys that have found their document.
    taken: BTreeSet<&'a PostKey>,
    /// Keys of documents with errors: what they say is not known.
    unreadable: BTreeSet<&'a PostKey>,
    identity: Identity,
}

impl<'a> Pairing<'a> {
    /// Documents that are a record's own at once: by their explicit `id`, or since they say
    /// what is recorded under their key.
    fn begin(desired: &'a DesiredState, records: &'a Records<'a>) -> Self {
        let mut pairing = Self {
            desired,
            records,
            open: BTreeMap::new(),
            taken: BTreeSet::new(),
            unreadable: desired.blocked.iter().map(|blocked| &blocked.key).collect(),
            identity: Identity::default(),
        };
        for post in &desired.posts {
            let own = records.entries.post(&post.key).map(AsRef::as_ref);
            match own {
                Some(entry) if post.explicit_id || is_its_own(post, entry) => {
                    pairing.taken.insert(&post.key);
                }
                other => {
                    let open = Open { post, other };
                    pairing.open.insert(&post.key, open);
                }
            }
        }
        pairing
    }

    fn entry(&self, key: &PostKey) -> Option<&'a Entry> {
        self.records.entries.post(key).map(AsRef::as_ref)
    }

    /// Whether the record of `key` may go on under another key: nobody has it, and no
    /// document stands under it, or one that says something else.
    fn is_free(&self, entry: &Entry) -> bool {
        is_movable(entry)
            && !self.taken.contains(&entry.key)
            && !self.unreadable.contains(&entry.key)
    }

    fn doubt(&mut self, post: &'a DesiredPost, entry: &'a Entry) {
        self.open.remove(&post.key);
        self.taken.insert(&entry.key);
        let (key, from) = (post.key.clone(), entry.key.clone());
        self.identity.unsure.insert(key, from);
    }

    fn pair(&mut self, post: &'a DesiredPost, entry: &'a Entry) {
        self.open.remove(&post.key);
        self.taken.insert(&entry.key);
        if post.key != entry.key {
            let (key, from) = (post.key.clone(), entry.key.clone());
            self.identity.moved.insert(key, from);
        }
    }

    /// What the lockfile names under a new key: a ledger that was moved back to before a
    /// rename knows the record under the old key only.
    fn by_lockfile(&mut self) {
        let opened: Vec<Open<'a>> = self.open.values().copied().collect();
        for open in opened.into_iter().filter(|open| open.other.is_none()) {
            let Some(block) = block_of(open.post, self.records.lockfile) else {
                continue;
            };
            let all = self.records.index.all();
            let mut entries = all.filter_map(|key| self.entry(key));
            let found = entries.find(|entry| {
                self.is_free(entry) && self.is_alone(entry) && is_named_by(block, entry)
            });
            if let Some(entry) = found {
                self.pair(open.post, entry);
            }
        }
    }

    /// Whether no document stands under the key of `entry`.
    fn is_alone(&self, entry: &Entry) -> bool {
        self.desired.post(&entry.key).is_none()
    }

    /// Equal bytes, content or text.
    fn by_content(&mut self) {
        let mut pairs = Vec::new();
        for open in self.open.values() {
            let post = open.post;
            let text = post.commentary.to_plain();
            let index = self.records.index;
            let keys: BTreeSet<&PostKey> = index
                .with_digest(&post.source)
                .chain(index.with_digest(&post.digest))
                .chain(index.with_text(&text))
                .collect();
            for key in keys {
                let Some(entry) = self.entry(key).filter(|entry| self.may_go_on(post, entry))
                else {
                    continue;
                };
                let Some(sameness) = sameness(post, entry) else {
                    continue;
                };
                pairs.push((Preference::of(post, entry, sameness), post, entry));
            }
        }
        pairs.sort_by(|a, b| a.0.cmp(&b.0));
        for (_, post, entry) in pairs {
            if self.open.contains_key(&post.key) && self.is_free(entry) {
                self.pair(post, entry);
            }
        }
    }

    /// What is asked of every pair but an explicit `id`: the record is free, the document
    /// is not timed after the post went out, and does not say itself that it is another
    /// post.
    fn may_go_on(&self, post: &DesiredPost, entry: &Entry) -> bool {
        let two_ids = post.explicit_id && self.had_explicit_id(entry) == Some(true);
        self.is_free(entry) && !is_later(post, entry) && !repeats(post, entry) && !two_ids
    }

    /// Whether the record's key was written as `id`; `None`: nobody can tell. An older
    /// version of this program did not record it: a key that is not its path was, and the
    /// document as it was sent tells of the others, where it can be read.
    fn had_explicit_id(&self, entry: &Entry) -> Option<bool> {
        if let Some(document) = &entry.document {
            return Some(document.explicit_id);
        }
        let stem = entry.path.as_str().strip_suffix(".md");
        if !stem.is_some_and(|stem| stem.ends_with(entry.key.as_str())) {
            return Some(true);
        }
        let document = self.then(entry)?.by_path(&entry.path)?;
        Some(document.explicit_id)
    }

    fn then(&self, entry: &Entry) -> Option<Arc<dyn CommitThen>> {
        (self.records.history)(entry.content_commit.as_deref()?)
    }

    /// The same path: an edit where the texts are at least half alike; else the name was
    /// used again. A file that gains its first `id` keeps its record in the same way.
    fn by_path(&mut self) {
        let opened: Vec<Open<'a>> = self.open.values().copied().collect();
        for Open { post, other } in opened {
            match other {
                Some(entry) if self.taken.contains(&entry.key) || is_not_there(entry) => {}
                Some(entry) if self.is_edit_of(post, entry) => self.pair(post, entry),
                Some(_) => {
                    self.identity.reused.insert(post.key.clone());
                }
                None => {
                    if let Some(entry) = self.without_id(post)
                        && self.is_edit_of(post, entry)
                    {
                        match self.had_explicit_id(entry) {
                            Some(_) => self.pair(post, entry),
                            None => self.doubt(post, entry),
                        }
                    }
                }
            }
        }
    }

    /// The record that a file with an `id` has had under its path.
    fn without_id(&self, post: &DesiredPost) -> Option<&'a Entry> {
        let path_key = post.path_key.as_ref().filter(|_| post.explicit_id)?;
        let entry = self.entry(path_key)?;
        let same_file = entry.path == post.path && self.is_alone(entry);
        (same_file && self.may_go_on(post, entry)).then_some(entry)
    }

    fn is_edit_of(&self, post: &DesiredPost, entry: &Entry) -> bool {
        // Where only the lockfile is known, the text is not, and the key decides.
        !is_later(post, entry)
            && !self.repeats_all(post)
            && (!entry.content_known()
                || Words::of(&post.commentary.to_plain())
                    .are_alike(&Words::of(&entry.content.text), HALF))
    }

    /// Keys that vanished or were used again, and documents that are at least 60 % alike. A
    /// pair may free a name for the next one: in a series each file has the next one's name.
    fn by_likeness(&mut self) {
        loop {
            let pairs = self.alike();
            let (mut is_done, mut doubts) = (true, Vec::new());
            let mut doubted = BTreeSet::new();
            for Alike { post, entry, sure } in pairs {
                let is_open = self.open.contains_key(&post.key) && self.is_free(entry);
                if !is_open || doubted.contains(&post.key) || doubted.contains(&entry.key) {
                    continue;
                }
                if sure {
                    self.pair(post, entry);
                    self.identity.reused.remove(&post.key);
                    is_done = false;
                } else if !self.identity.reused.contains(&post.key) {
                    doubted.extend([&post.key, &entry.key]);
                    doubts.push((post, entry));
                }
            }
            if is_done {
                for (post, entry) in doubts {
                    self.doubt(post, entry);
                }
                return;
            }
        }
    }

    /// Open documents with the free records that they are recognisably alike; the most alike
    /// first.
    fn alike(&self) -> Vec<Alike<'a>> {
        let mut pairs = Vec::new();
        let opened = self.open.values();
        for open in opened.filter(|open| may_be_renamed(open.post) && !self.repeats_all(open.post))
        {
            let words = Words::of(&open.post.commentary.to_plain());
            let keys = match open.post.schedule {
                Schedule::At(time) => self.records.index.sent_since(time).collect::<Vec<_>>(),
                Schedule::OnMerge | Schedule::Unscheduled => self.records.index.all().collect(),
            };
            for key in keys {
                let Some(entry) = self
                    .entry(key)
                    .filter(|entry| entry.key != open.post.key && self.may_be_old(entry))
                else {
                    continue;
                };
                let theirs = self.records.index.words_of(entry);
                if words.are_alike(&theirs, RECOGNISABLE)
                    && self.may_go_on(open.post, entry)
                    && let Some(sure) = self.is_new_name(open.post, entry)
                {
                    let post = open.post;
                    let alike = Alike { post, entry, sure };
                    pairs.push((words.likeness(&theirs), alike));
                }
            }
        }
        pairs.sort_by(|(a, one), (b, other)| {
            let keys = |pair: &Alike<'a>| (&pair.post.key, &pair.entry.key);
            b.total_cmp(a).then_with(|| keys(one).cmp(&keys(other)))
        });
        pairs.into_iter().map(|(_, alike)| alike).collect()
    }

    /// Whether a document says that it repeats a post, and says what that one says: it is no
    /// third post that is merely alike.
    fn repeats_all(&self, post: &DesiredPost) -> bool {
        let mut keys = self.records.index.all().filter(|_| post.repeats.is_some());
        keys.any(|key| {
            let entry = self.entry(key);
            entry.is_some_and(|entry| repeats(post, entry) && says_the_same(post, entry))
        })
    }

    /// Whether the file of `entry` is gone, or its name holds another text now.
    fn may_be_old(&self, entry: &Entry) -> bool {
        !entry.content.text.is_empty()
            && self.is_free(entry)
            && (self.is_alone(entry)
                || self.identity.reused.contains(&entry.key)
                || self.identity.moved.contains_key(&entry.key))
    }

    /// Whether the key of `post` is a new name for `entry`: no other document had it when
    /// the post was sent, or that document is known under another name by now.
    /// `Some(false)`: nobody can tell. With the entry's own text it was the entry itself,
    /// renamed there and back.
    fn is_new_name(&self, post: &DesiredPost, entry: &Entry) -> Option<bool> {
        let Some(then) = self.then(entry) else {
            return Some(false);
        };
        if post.explicit_id && self.had_explicit_id(entry).is_none() {
            return Some(false);
        }
        match then.by_key(&post.key) {
            None => Some(true),
            Some(document) => {
                let moved = self
                    .entry(&post.key)
                    .filter(|own| self.taken.contains(&own.key));
                let mut known = moved.into_iter().chain([entry]);
                let text = document.text?;
                let is_known = known.any(|known| equal(&text, &known.content.text));
                is_known.then_some(true)
            }
        }
    }

    fn finish(mut self) -> Identity {
        let identity = &self.identity;
        let left: BTreeSet<&PostKey> = identity.moved.values().collect();
        let posts = self.desired.posts.iter().map(|post| &post.key);
        let new = posts.filter(|key| left.contains(key) && !identity.moved.contains_key(*key));
        let new: BTreeSet<PostKey> = new.cloned().collect();
        self.identity.reused.retain(|key| !new.contains(key));
        self.identity.new = new;
        self.displace();
        self.wait();
        self.identity
    }

    /// A record whose key another record takes goes on under a key of its own.
    fn displace(&mut self) {
        let sources: BTreeSet<&PostKey> = self.identity.moved.values().collect();
        let mut displaced = BTreeMap::new();
        for key in self.identity.moved.keys() {
            let entry = self.entry(key).filter(|entry| entry.bars_sending());
            if entry.is_none() || sources.contains(key) {
                continue;
            }
            let is_used = |candidate: &PostKey| {
                self.records.entries.has_key(candidate)
                    || self.desired.post(candidate).is_some()
                    || displaced.values().any(|used| used == candidate)
            };
            let candidates = (2..).map_while(|number| numbered(key, number));
            if let Some(free) = candidates.into_iter().find(|key| !is_used(key)) {
                displaced.insert(key.clone(), free);
            }
        }
        self.identity.displaced = displaced;
    }

    /// Moves wait while one of their records is being sent: its owner looks for it under
    /// the key it declared.
    fn wait(&mut self) {
        let identity = &self.identity;
        let recorded = identity.moved.values().chain(identity.displaced.keys());
        let busy = recorded.filter(|key| {
            self.entry(key).is_some_and(|entry| {
                let declared = entry.declared_at.unwrap_or(self.records.now);
                entry.state == State::Sending && self.records.now - declared < SENDING_EXPIRES
            })
        });
        let busy: Vec<PostKey> = busy.cloned().collect();
        self.identity.waiting = self.identity.together(busy);
    }
}

/// `key~2`, `key~3` and so on; `None`: such a key would be too long.
fn numbered(key: &PostKey, number: u32) -> Option<PostKey> {
    PostKey::parse(&format!("{key}~{number}")).ok()
}

/// A draft that nobody timed is compared too: the file of a live post may have become one.
fn may_be_renamed(post: &DesiredPost) -> bool {
    !post.commentary.to_plain().trim().is_empty()
}

/// Whether a document is the post that is recorded under its key at first sight. One that
/// an older version recorded is, whatever its time: of that file too little is known.
fn is_its_own(post: &DesiredPost, entry: &Entry) -> bool {
    let is_repeat = entry.document.is_some() && is_timed_again(post, entry);
    !is_repeat && !is_not_there(entry) && says_the_same(post, entry)
}

/// Whether LinkedIn surely does not have the post: its attempt created nothing, or it was
/// deleted. A document under its key is that post only if it is no live one's: any text may
/// follow, and a live post whose file got this name must not be taken for one that is gone.
fn is_not_there(entry: &Entry) -> bool {
    match entry.state {
        State::Retryable | State::Rejected => true,
        State::Published => entry.deleted_at.is_some(),
        State::Sending | State::Unknown | State::Skipped => false,
    }
}

/// What the lockfile says under a post's key.
fn block_of<'l>(post: &DesiredPost, lockfile: &'l Lockfile) -> Option<&'l LockfileBlock> {
    let id = EntryId {
        key: post.key.clone(),
        target: Target::Linkedin,
    };
    lockfile.blocks.get(&id).map(Arc::as_ref)
}

fn is_named_by(block: &LockfileBlock, entry: &Entry) -> bool {
    match &block.urn {
        Some(urn) => entry.urn.as_ref() == Some(urn) || entry.also.contains(urn),
        None => entry.state == State::Skipped && entry.digest == block.digest,
    }
}

/// Which of several pairs comes first; the smallest wins.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Preference<'a> {
    sameness: Sameness,
    other_time: bool,
    other_file_name: bool,
    keys: (&'a PostKey, &'a PostKey),
}

impl<'a> Preference<'a> {
    fn of(post: &'a DesiredPost, entry: &'a Entry, sameness: Sameness) -> Self {
        let time = match post.schedule {
            Schedule::At(time) => Some(time),
            Schedule::OnMerge | Schedule::Unscheduled => None,
        };
        Self {
            sameness,
            other_time: time != entry.scheduled_at,
            other_file_name: file_name(&post.path) != file_name(&entry.path),
            keys: (&entry.key, &post.key),
        }
    }
}

fn file_name(path: &ContentPath) -> &str {
    let path = path.as_str();
    path.rsplit_once('/').map_or(path, |(_, name)| name)
}
