//! Posts of one plan that would say the same.
//!
//! Owns holding the later one: it is a copy of a published post as soon as the first is
//! sent. Must not look at the record: copies of recorded posts are found before.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::likeness::folded;
use super::{Action, Decision, OtherPost, PlanItem, PostState};
use crate::desired::DesiredPost;
use crate::model::key::PostKey;
use crate::record::Reason;

/// Holds every publish and every edit that repeats another one of the same author; edits
/// come first, since their posts are out. `items` are in the plan's order. A probe repeats
/// its own post on purpose and is never held.
pub(super) fn hold_later(items: &mut [Arc<PlanItem>], posts: &BTreeMap<&PostKey, &DesiredPost>) {
    let mut first: BTreeMap<(String, String), PostKey> = BTreeMap::new();
    for edits in [true, false] {
        for item in items.iter_mut() {
            let says = match posts.get(&item.key) {
                Some(post) if item.action.is_limited() && is_edit(&item.action) == edits => {
                    says(post)
                }
                Some(_) | None => continue,
            };
            let Some(twin) = first.get(&says) else {
                first.insert(says, item.key.clone());
                continue;
            };
            if item.state != PostState::Unknown {
                hold(Arc::make_mut(item), twin);
            }
        }
    }
}

fn is_edit(action: &Action) -> bool {
    match action {
        Action::Update => true,
        Action::Move { update, .. } => *update,
        Action::Publish
        | Action::Delete
        | Action::Comment
        | Action::Wait
        | Action::Hold
        | Action::Unknown
        | Action::None => false,
    }
}

/// Author and text, or what else readers get where there is no text.
fn says(post: &DesiredPost) -> (String, String) {
    let text = folded(&post.commentary.to_plain());
    let says = match text.is_empty() {
        true => post.digest.to_string(),
        false => text,
    };
    (post.author.to_string(), says)
}

fn hold(item: &mut PlanItem, twin: &PostKey) {
    item.decisions.push(Decision {
        question: "does another post of this plan say the same?",
        answer: format!("yes, `{twin}`"),
    });
    let message = format!("`{twin}` of the same author goes out now with the same text");
    item.text_after = None;
    item.other = Some(OtherPost {
        key: twin.clone(),
        root: None,
    });
    item.action = match &item.action {
        // The record goes along all the same; the next plan holds the edit.
        Action::Move { from, .. } => Action::Move {
            from: from.clone(),
            update: false,
        },
        _ => Action::Hold,
    };
    if item.action != Action::Hold {
        return;
    }
    item.reason = Reason::new("duplicate-of", message);
    if item.state != PostState::Published {
        item.state = PostState::Held;
    }
}
