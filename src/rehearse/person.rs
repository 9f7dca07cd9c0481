//! The person of a rehearsal, who settles what no run may settle.
//!
//! Owns what somebody sees who looks at LinkedIn. Must not guess: what is not of this
//! sandbox is left open.

use crate::model::target::Target;
use crate::pass::Verdict;
use crate::record::{Entry, Ledger, State};
use crate::sandbox::Linkedin;

/// What a person answers about an entry whose outcome is unknown; `None`: nothing that can
/// be seen here tells.
pub(super) fn verdict(entry: &Entry, ledger: &Ledger, linkedin: &Linkedin) -> Option<Verdict> {
    if entry.state != State::Unknown {
        return None;
    }
    // Of the attempts that may have worked, the first counts: a probe is a later one.
    let attempts = entry.history.iter().map(|attempt| attempt.declared_at);
    let since = attempts.chain(entry.declared_at).min();
    match entry.target {
        Target::Linkedin => {
            let known = |urn| {
                let mut entries = ledger.entries.values();
                entries.any(|other| other.urn.as_ref() == Some(urn))
            };
            let mut posts = linkedin.posts().iter();
            let found = posts.find(|post| {
                post.author == entry.content.author
                    && post.raw == entry.content.wire
                    && Some(post.created_at) >= since
                    && !known(&post.urn)
            });
            Some(found.map_or(Verdict::NotPublished, |post| {
                Verdict::Published(post.urn.clone())
            }))
        }
        Target::Comment => {
            let mut comments = linkedin.comments().iter();
            let there = comments.any(|comment| {
                comment.actor == entry.content.author
                    && comment.text == entry.content.wire
                    && Some(comment.created_at) >= since
            });
            Some(match there {
                true => Verdict::Skip,
                false => Verdict::NotPublished,
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Instant;
    use crate::record::testing::{declare, minute, why};
    use crate::record::{Event, step};
    use crate::rehearse::testing::published_posts;

    fn lost(text: &str, nonce: &str, at: Instant, earlier: Option<&Entry>) -> Entry {
        let sending = step(earlier, declare("a", text, nonce, at)).unwrap();
        let event = Event::Lost {
            nonce: nonce.to_owned(),
            reason: why("no-answer"),
        };
        let mut entry = step(Some(&sending), event).unwrap();
        entry.content.author = published_posts(&["x"]).posts()[0].author.clone();
        entry
    }

    fn answer(entry: &Entry, linkedin: &Linkedin) -> Option<Verdict> {
        verdict(entry, &Ledger::default(), linkedin)
    }

    #[test]
    fn what_readers_see_decides() {
        let linkedin = published_posts(&["one"]);
        let out = linkedin.posts()[0].clone();
        let there = lost("one", "n", out.created_at, None);
        let found = Some(Verdict::Published(out.urn.clone()));
        assert_eq!(answer(&there, &linkedin), found);
        let absent = lost("other", "n", out.created_at, None);
        assert_eq!(answer(&absent, &linkedin), Some(Verdict::NotPublished));
        let later = lost("one", "n", minute(0), None);
        assert!(minute(0) > out.created_at);
        assert_eq!(answer(&later, &linkedin), Some(Verdict::NotPublished));
    }

    #[test]
    fn a_post_of_an_earlier_attempt_is_found_too() {
        let linkedin = published_posts(&["one"]);
        let out = linkedin.posts()[0].clone();
        let mut entry = lost("one", "n", out.created_at, None);
        // A probe a minute later, of which nothing is known either.
        entry.declared_at = Some(out.created_at + chrono::TimeDelta::minutes(1));
        assert_eq!(answer(&entry, &linkedin), Some(Verdict::Published(out.urn)));
    }

    #[test]
    fn a_post_another_entry_knows_is_not_this_one() {
        let linkedin = published_posts(&["one"]);
        let out = linkedin.posts()[0].clone();
        let entry = lost("one", "n", out.created_at, None);
        let mut other = crate::record::testing::published("b", "one", 1);
        other.urn = Some(out.urn);
        let mut ledger = Ledger::default();
        ledger.entries.insert(other.id(), other);
        assert_eq!(
            verdict(&entry, &ledger, &linkedin),
            Some(Verdict::NotPublished)
        );
    }

    #[test]
    fn a_settled_outcome_needs_nobody() {
        let published = crate::record::testing::published("a", "one", 1);
        assert_eq!(answer(&published, &published_posts(&["one"])), None);
    }
}
