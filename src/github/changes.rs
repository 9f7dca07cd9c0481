//! What a pull request changes about posts: the base compared with the branch, and both
//! with the plan.
//!
//! Owns which posts count as changed and what is told of each. Pure: everything is handed
//! in. Must not word anything: see [`crate::report::review`].

use std::collections::{BTreeMap, BTreeSet};

use super::hazards::{Slot, hazards, slot};
use crate::desired::{BlockedDocument, DesiredPost, DesiredState, Schedule};
use crate::diagnostic::Diagnostic;
use crate::model::attached::Attached;
use crate::model::config::Config;
use crate::model::key::PostKey;
use crate::model::media::DesiredMedia;
use crate::model::path::ContentPath;
use crate::model::target::Target;
use crate::model::visibility::Visibility;
use crate::plan::{Action, Guard, Plan, PlanItem, PostState};
use crate::record::recorded::Recorded;
use crate::record::{Entry, EntryId, State};
use crate::report::frozen::{freeze_facts, freeze_help};
use crate::report::next_step::next_step;
use crate::report::review::{
    Before, Card, Cause, Change, Effect, Medium, Place, Problem, Record, Refusal, Review,
    ReviewedPost, When,
};

/// Everything a review is made from.
pub struct Input<'a> {
    /// What the branch says.
    pub head: &'a DesiredState,
    /// What the base says; `None`: it could not be read.
    pub base: Option<&'a DesiredState>,
    /// What the base's newest commit says, where the branch lacks it.
    pub base_tip: Option<&'a DesiredState>,
    /// The settings.
    pub config: &'a Config,
    /// Whether a file with errors is on the base as it is here.
    pub same_on_base: &'a dyn Fn(&ContentPath) -> bool,
    /// What would happen if the branch were merged now.
    pub plan: &'a Plan,
    /// What is recorded.
    pub recorded: &'a Recorded,
    /// How well that is known.
    pub record: Record,
    /// Posts of other open pull requests; `None`: not looked at.
    pub others: Option<&'a [Slot]>,
    /// What `check` found.
    pub diagnostics: &'a [Diagnostic],
}

/// Makes the review.
#[must_use]
pub fn review(input: &Input<'_>) -> Review {
    let view = View::new(input);
    let mut posts: Vec<ReviewedPost> = Vec::new();
    let mut sources: BTreeSet<PostKey> = BTreeSet::new();
    let mut unchanged: u32 = 0;
    for post in &input.head.posts {
        let Some((change, before)) = view.change(post) else {
            unchanged += 1;
            continue;
        };
        if change == Change::Renamed {
            sources.extend(before.map(|before| before.key.clone()));
        }
        posts.extend(view.reviewed(post, change, before));
    }
    let broken = input.head.blocked.iter();
    let broken = broken.filter(|document| !(input.same_on_base)(&document.path));
    posts.extend(broken.filter_map(|document| view.broken(document)));
    let gone = view.base.values();
    let gone = gone.filter(|post| !view.is_here(&post.key) && !sources.contains(&post.key));
    posts.extend(gone.map(|post| view.deleted(post)));
    posts.sort_by(|a, b| (order(a.effect), &a.key).cmp(&(order(b.effect), &b.key)));
    let touched: BTreeSet<&str> = posts.iter().map(|post| post.path.as_str()).collect();
    Review {
        now: input.plan.now,
        unchanged,
        problems: problems(input.diagnostics, &touched),
        refusals: input.plan.guards.iter().map(refusal).collect(),
        base_known: input.base.is_some(),
        record: input.record,
        others_known: input.others.is_some(),
        next_due: input.plan.next_due,
        digest: input.plan.digest().short().to_owned(),
        posts,
    }
}

/// What happens soonest and needs somebody stands first.
fn order(effect: Effect) -> u8 {
    match effect {
        Effect::Publish | Effect::Update | Effect::MoveAndUpdate | Effect::Delete => 0,
        Effect::Hold | Effect::Unknown | Effect::Broken => 1,
        Effect::Wait => 2,
        Effect::Move | Effect::Never | Effect::Gone | Effect::Nothing => 3,
    }
}

/// Errors of every file, warnings of those that change.
fn problems(diagnostics: &[Diagnostic], touched: &BTreeSet<&str>) -> Vec<Problem> {
    let about = |problem: &&Diagnostic| {
        let label = problem.labels.first();
        problem.is_error() || label.is_some_and(|label| touched.contains(label.path.as_str()))
    };
    let all = diagnostics.iter().filter(about);
    all.map(|problem| Problem {
        is_error: problem.is_error(),
        code: problem.code.to_owned(),
        message: problem.message.clone(),
        path: problem.labels.first().map(|label| label.path.to_string()),
        line: problem.labels.first().map_or(0, |label| label.line),
    })
    .collect()
}

fn refusal(guard: &Guard) -> Refusal {
    match guard {
        Guard::Frozen { freezes } => Refusal::Frozen {
            reasons: freeze_facts(freezes),
            help: freeze_help(freezes),
        },
        Guard::TooMany { changes, limit } => Refusal::TooMany {
            changes: *changes,
            limit: *limit,
        },
    }
}

/// The input, to be asked by key.
struct View<'a> {
    input: &'a Input<'a>,
    base: BTreeMap<&'a PostKey, &'a DesiredPost>,
    items: BTreeMap<&'a PostKey, &'a PlanItem>,
    /// Keys of the branch's documents, also those with errors.
    here: BTreeSet<&'a PostKey>,
    slots: Vec<Slot>,
}

impl<'a> View<'a> {
    fn new(input: &'a Input<'a>) -> Self {
        let base = input.base.map(|base| base.posts.as_slice());
        let base = base.unwrap_or_default().iter();
        let items = input.plan.items.iter();
        let items = items.filter(|item| item.target == Target::Linkedin);
        let posts = input.head.posts.iter().map(|post| &post.key);
        let blocked = input.head.blocked.iter().map(|document| &document.key);
        let mut view = Self {
            input,
            base: base.map(|post| (&post.key, post)).collect(),
            items: items.map(|item| (&item.key, item.as_ref())).collect(),
            here: posts.chain(blocked).collect(),
            slots: Vec::new(),
        };
        view.slots = view.slots();
        view
    }

    /// Everything that goes out or went, as far as it is known.
    fn slots(&self) -> Vec<Slot> {
        let now = self.input.plan.now;
        let here = self.items.values();
        let here = here.filter_map(|item| slot(item, now, Place::Here));
        let tip = self.input.base_tip.map(|tip| tip.posts.as_slice());
        let only_base = tip.unwrap_or_default().iter();
        let only_base =
            only_base.filter(|post| !self.is_here(&post.key) && !self.base.contains_key(&post.key));
        let only_base = only_base.filter_map(|post| match post.schedule {
            Schedule::At(at) if !post.draft && self.entry(&post.key).is_none() => Some(Slot {
                author: post.author.clone(),
                key: post.key.clone(),
                at: at.max(now),
                place: Place::Base,
            }),
            _ => None,
        });
        let live = self.input.recorded.ledger.entries.values();
        let live = live.filter_map(|entry| {
            (entry.target == Target::Linkedin).then_some(Slot {
                author: entry.content.author.clone(),
                key: entry.key.clone(),
                at: entry.published_at?,
                place: Place::Live,
            })
        });
        let others = self.input.others.unwrap_or_default().iter();
        let others = others.filter(|slot| !self.is_here(&slot.key)).cloned();
        here.chain(only_base).chain(live).chain(others).collect()
    }

    /// Whether the branch has a document of this key.
    fn is_here(&self, key: &PostKey) -> bool {
        self.here.contains(key)
    }

    fn entry(&self, key: &PostKey) -> Option<&'a Entry> {
        self.input.recorded.entry(&EntryId {
            key: key.clone(),
            target: Target::Linkedin,
        })
    }

    /// How a post differs from the base, and what it was there; `None`: it does not.
    fn change(&self, post: &DesiredPost) -> Option<(Change, Option<&'a DesiredPost>)> {
        if let Some(before) = self.base.get(&post.key).copied() {
            return match (before.path == post.path, says_the_same(before, post)) {
                (true, true) => None,
                (false, true) => Some((Change::Renamed, Some(before))),
                (_, false) => Some((Change::Edited, Some(before))),
            };
        }
        let action = self.items.get(&post.key).map(|item| &item.action);
        if let Some(Action::Move { from, .. }) = action {
            return Some((Change::Renamed, self.base.get(from).copied()));
        }
        let mut vanished = self
            .base
            .values()
            .filter(|before| !self.is_here(&before.key));
        let same = vanished
            .find(|before| before.digest == post.digest)
            .copied();
        let was_broken = self
            .input
            .base
            .is_some_and(|base| base.blocked.iter().any(|document| document.key == post.key));
        Some(match same {
            Some(before) => (Change::Renamed, Some(before)),
            None if was_broken => (Change::Edited, None),
            None => (Change::New, None),
        })
    }

    fn reviewed(
        &self,
        post: &DesiredPost,
        change: Change,
        before: Option<&DesiredPost>,
    ) -> Option<ReviewedPost> {
        let item = self.items.get(&post.key).copied()?;
        // Without the base, a post nothing happens to is no news.
        if self.input.base.is_none() && item.state == PostState::Published {
            return None;
        }
        let mut reviewed = self.shell(item, change);
        let now = self.input.plan.now;
        reviewed.path = post.path.to_string();
        reviewed.hazards = hazards(item, post.schedule, &self.slots, now);
        reviewed.when = when(item, post);
        reviewed.when_before = before
            .map(time_of)
            .filter(|before| *before != time_of(post) && item.published_at.is_none());
        reviewed.was = before.and_then(|before| match change {
            Change::Renamed if before.key == post.key => Some(before.path.to_string()),
            Change::Renamed => Some(before.key.to_string()),
            _ => None,
        });
        let text = post.commentary.to_plain();
        reviewed.before = self.text_before(item, before).filter(|b| b.text != text);
        reviewed.text = Some(text);
        reviewed.media = post.uploads().map(|media| medium(media, before)).collect();
        reviewed.card = post.attached.as_ref().map(card);
        reviewed.visibility =
            (post.visibility != Visibility::Public).then(|| post.visibility.as_str().to_owned());
        reviewed.first_comment.clone_from(&post.first_comment);
        Some(reviewed)
    }

    /// What the plan says about a post.
    fn shell(&self, item: &PlanItem, change: Change) -> ReviewedPost {
        let effect = effect(item);
        let asks = matches!(effect, Effect::Hold | Effect::Unknown);
        ReviewedPost {
            change,
            key: item.key.to_string(),
            was: None,
            path: item.path.to_string(),
            author: item.author_name.clone(),
            zone: item.zone.name().to_owned(),
            when: item
                .published_at
                .map(When::Published)
                .or(item.scheduled_at.map(When::At))
                .unwrap_or(When::Never),
            when_before: None,
            effect,
            cause: Cause {
                code: item.reason.code.clone(),
                message: item.reason.message.clone(),
                help: asks.then(|| next_step(item)).flatten(),
            },
            hazards: Vec::new(),
            text: None,
            before: None,
            media: Vec::new(),
            card: None,
            visibility: None,
            first_comment: None,
            live: item.urn.as_ref().map(ToString::to_string),
        }
    }

    /// The text readers see now, else that of the base.
    fn text_before(&self, item: &PlanItem, before: Option<&DesiredPost>) -> Option<Before> {
        let from = match &item.action {
            Action::Move { from, .. } => from,
            _ => &item.key,
        };
        let live = self.entry(from).filter(|entry| {
            entry.state == State::Published
                && entry.deleted_at.is_none()
                && !entry.content.text.is_empty()
        });
        let live = live.map(|entry| Before {
            text: entry.content.text.clone(),
            live: true,
        });
        live.or_else(|| {
            before.map(|before| Before {
                text: before.commentary.to_plain(),
                live: false,
            })
        })
    }

    fn broken(&self, document: &BlockedDocument) -> Option<ReviewedPost> {
        let mut items = self.input.plan.items.iter();
        let item = items.find(|item| item.path == document.path)?;
        let mut reviewed = self.shell(item, Change::Broken);
        reviewed.effect = Effect::Broken;
        let (code, message) = &document.problem;
        reviewed.cause = Cause {
            code: (*code).to_owned(),
            message: message.clone(),
            help: None,
        };
        Some(reviewed)
    }

    fn deleted(&self, before: &DesiredPost) -> ReviewedPost {
        let Some(item) = self.items.get(&before.key).copied() else {
            return gone(before, self.input.config);
        };
        let mut reviewed = self.shell(item, Change::Deleted);
        reviewed.before = self.text_before(item, Some(before));
        reviewed
    }
}

/// A post that was never published, and whose file is gone.
fn gone(before: &DesiredPost, config: &Config) -> ReviewedPost {
    ReviewedPost {
        change: Change::Deleted,
        key: before.key.to_string(),
        was: None,
        path: before.path.to_string(),
        author: config.author_name(&before.author).to_owned(),
        zone: before.zone.name().to_owned(),
        when: time_of(before),
        when_before: None,
        effect: Effect::Gone,
        cause: Cause {
            code: String::new(),
            message: String::new(),
            help: None,
        },
        hazards: Vec::new(),
        text: None,
        before: Some(Before {
            text: before.commentary.to_plain(),
            live: false,
        }),
        media: Vec::new(),
        card: None,
        visibility: None,
        first_comment: None,
        live: None,
    }
}

/// Whether two versions of a post mean the same in every way that matters to LinkedIn or
/// the plan. Labels are the team's own.
fn says_the_same(before: &DesiredPost, after: &DesiredPost) -> bool {
    before.digest == after.digest
        && before.schedule == after.schedule
        && before.draft == after.draft
        && before.first_comment == after.first_comment
        && before.max_lateness == after.max_lateness
        && before.on_late == after.on_late
}

fn time_of(post: &DesiredPost) -> When {
    match post.schedule {
        Schedule::At(at) => When::At(at),
        Schedule::OnMerge => When::OnMerge,
        Schedule::Unscheduled => When::Never,
    }
}

fn when(item: &PlanItem, post: &DesiredPost) -> When {
    item.published_at
        .map_or_else(|| time_of(post), When::Published)
}

fn effect(item: &PlanItem) -> Effect {
    match (&item.action, item.state) {
        (Action::Publish, _) => Effect::Publish,
        (Action::Wait, _) => Effect::Wait,
        (Action::Update, _) => Effect::Update,
        (Action::Move { update: true, .. }, _) => Effect::MoveAndUpdate,
        (Action::Move { update: false, .. }, _) => Effect::Move,
        (Action::Delete, _) => Effect::Delete,
        (Action::Hold, _) => Effect::Hold,
        (Action::Unknown, _) | (_, PostState::Unknown) => Effect::Unknown,
        (Action::None, PostState::Draft) => Effect::Never,
        (Action::Comment | Action::None, _) if item.reason.code == "file-gone" => Effect::Gone,
        (Action::Comment | Action::None, _) => Effect::Nothing,
    }
}

fn medium(media: &DesiredMedia, before: Option<&DesiredPost>) -> Medium {
    let known = |before: &DesiredPost| {
        let mut uploads = before.uploads();
        uploads.any(|other| other.content() == media.content())
    };
    Medium {
        path: media.path.to_string(),
        kind: media
            .facts
            .format
            .map_or("unknown file", crate::model::media::MediaFormat::as_str)
            .to_owned(),
        bytes: media.facts.bytes,
        pixels: media.facts.dimensions,
        alt: media.alt.clone(),
        title: media.title.clone(),
        new: before.is_some_and(|before| !known(before)),
    }
}

fn card(attached: &Attached<DesiredMedia>) -> Card {
    match attached {
        Attached::Article(card) => Card::Article {
            url: card.url.clone(),
            title: card.title.clone(),
            description: card.description.clone(),
        },
        Attached::Poll(poll) => Card::Poll {
            question: poll.question.clone(),
            options: poll.options.clone(),
            duration: poll.duration.as_str().to_owned(),
        },
        Attached::Reshare(urn) => Card::Reshare {
            urn: urn.to_string(),
        },
    }
}

#[cfg(test)]
mod tests;
