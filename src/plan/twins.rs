//! Posts of one plan that would say the same.
//!
//! Owns holding the later one: it is a copy of a published post as soon as the first is
//! sent. Must not look at the record: copies of recorded posts are found before.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::{Action, Decision, PlanItem, PostState};
use crate::desired::DesiredPost;
use crate::model::key::PostKey;
use crate::record::Reason;

/// Holds every publish that repeats an earlier one of the same author. `items` are in the
/// plan's order. A probe repeats its own post on purpose and is never held.
pub(super) fn hold_later(items: &mut [Arc<PlanItem>], posts: &BTreeMap<&PostKey, &DesiredPost>) {
    let mut first: BTreeMap<(String, String), PostKey> = BTreeMap::new();
    for item in items {
        if item.action != Action::Publish {
            continue;
        }
        let Some(post) = posts.get(&item.key) else {
            continue;
        };
        let text = post.commentary.to_plain();
        let says = if text.trim().is_empty() {
            post.digest.to_string()
        } else {
            text
        };
        let says = (post.author.to_string(), says);
        let Some(twin) = first.get(&says) else {
            first.insert(says, item.key.clone());
            continue;
        };
        if item.state == PostState::Unknown {
            continue;
        }
        let item = Arc::make_mut(item);
        let message = format!("`{twin}` of the same author goes out now with the same text");
        item.decisions.push(Decision {
            question: "does another post of this plan say the same?",
            answer: format!("yes, `{twin}`"),
        });
        item.action = Action::Hold;
        item.state = PostState::Held;
        item.reason = Reason::new("duplicate-of", message);
        item.text_after = None;
    }
}
