//! The digest of a plan.
//!
//! Owns what goes into it. Must not judge: a plan is made without it.

use std::sync::Arc;

use super::{Action, Plan, PlanItem};
use crate::model::digest::{Digest, DigestBuilder};

impl Plan {
    /// Digest of content and actions, never of the clock or a path: equal plans have equal
    /// digests.
    #[must_use]
    pub fn digest(&self) -> Digest {
        let mut keyed: Vec<&PlanItem> = self.items.iter().map(Arc::as_ref).collect();
        keyed.sort_by(|a, b| (&a.key, &a.path, a.target).cmp(&(&b.key, &b.path, b.target)));
        let mut fields = DigestBuilder::default();
        for item in keyed {
            fields = fields
                .field("key", item.key.as_str().as_bytes())
                .field("target", item.target.as_str().as_bytes())
                .field("action", item.action.as_str().as_bytes())
                .field("code", item.reason.code.as_bytes());
            if let Action::Move { from, update } = &item.action {
                let update: &[u8] = if *update { b"true" } else { b"false" };
                fields = fields
                    .field("from", from.as_str().as_bytes())
                    .field("update", update);
            }
            if let Some(content) = &item.content {
                fields = fields.field("content", content.as_str().as_bytes());
            }
        }
        fields.finish()
    }
}
