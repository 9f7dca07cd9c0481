//! A ledger is lost, rebuilt, and publishing goes on.

use super::*;
use crate::model::key::PostKey;
use crate::model::target::Target;
use crate::pass::rebuild::{Rebuilt, Wish, rebuild};
use crate::pass::{Resolved, Stop, Verdict, resolve};
use crate::record::{Refused, State};

impl Bench {
    fn rebuild(&self, dry_run: bool) -> Result<Rebuilt, Stop> {
        let wish = Wish {
            for_this_repository: false,
            only_here: false,
            dry_run,
        };
        run(rebuild(&self.world(), &self.options(), wish))
    }

    fn resolve(&self, key: &str, verdict: Verdict) -> Resolved {
        let key = PostKey::parse(key).unwrap();
        let post = (&key, Target::Linkedin);
        run(resolve(&self.world(), &self.options(), post, verdict)).unwrap()
    }

    fn state(&self, key: &str) -> Option<State> {
        self.entry(key).map(|entry| entry.state)
    }
}

/// Two posts are out, a third is merged, and the ledger is gone.
fn lost() -> Bench {
    let bench = Bench::new("{}");
    bench.post("a", "", "The first one.");
    bench.post("b", "", "The second one.");
    assert_eq!(bench.pass().exit.code(), 0);
    bench.post("c", "", "The third one.");
    bench.ledger.force(&None);
    bench
}

#[test]
fn a_lost_ledger_freezes_comes_back_and_repeats_nothing() {
    let bench = lost();
    assert_eq!(
        told(&bench.pass(), "c"),
        (Outcome::Held, "guard-refused", 73)
    );
    let rebuilt = bench.rebuild(false).unwrap();
    assert_eq!((rebuilt.freezes.len(), rebuilt.rebuild.put.len()), (2, 3));
    assert_eq!(told(&bench.pass(), "a"), (Outcome::None, "", 76));
    assert_eq!(bench.state("c"), Some(State::Unknown));
    assert_eq!((bench.creates().len(), bench.live().len()), (2, 2));
}

/// One that a verdict began would look whole, and the rest would go out again.
#[test]
fn a_verdict_begins_no_ledger() {
    let bench = lost();
    let key = PostKey::parse("a").unwrap();
    for verdict in [Verdict::Skip, Verdict::NotPublished] {
        let post = (&key, Target::Linkedin);
        let stop = run(resolve(&bench.world(), &bench.options(), post, verdict));
        assert_eq!(stop.unwrap_err().exit.code(), 73);
        assert!(bench.ledger.version().is_none());
    }
}

#[test]
fn a_doubted_post_goes_out_once_a_person_looked_and_no_lost_run_can_live() {
    let bench = lost();
    bench.rebuild(false).unwrap();
    assert_eq!(
        bench.resolve("c", Verdict::NotPublished),
        Resolved::Recorded
    );
    assert_eq!(told(&bench.pass(), "c"), (Outcome::Held, "retry-later", 75));
    bench.later(14 * 60);
    assert_eq!(told(&bench.pass(), "c"), (Outcome::Held, "retry-later", 75));
    bench.later(60);
    assert_eq!(told(&bench.pass(), "c"), (Outcome::Published, "", 0));
    assert_eq!(bench.live().len(), 3);
    assert_eq!(told(&bench.pass(), "c"), (Outcome::None, "", 0));
    assert_eq!(bench.creates().len(), 3);
}

#[test]
fn a_dry_run_changes_nothing_and_a_second_rebuild_has_nothing_to_do() {
    let bench = lost();
    assert_eq!(bench.rebuild(true).unwrap().rebuild.put.len(), 3);
    assert_eq!(bench.ledger.version(), None);
    bench.rebuild(false).unwrap();
    let version = bench.ledger.version();
    let again = bench.rebuild(false).unwrap();
    assert_eq!((again.freezes.len(), again.rebuild.put.len()), (0, 0));
    assert_eq!(bench.ledger.version(), version);
}

#[test]
fn what_was_sent_is_read_again_from_its_commit_so_that_an_edit_still_goes_out() {
    let bench = lost();
    bench.post("a", "", "The first one, corrected.");
    bench.rebuild(false).unwrap();
    let entry = bench.entry("a").unwrap();
    assert_eq!(
        (entry.content.text.as_str(), entry.content_known()),
        ("The first one.", true)
    );
    assert_eq!(result(&bench.pass(), "a").outcome, Outcome::Updated);
    assert_eq!(bench.live().len(), 2);
}

#[test]
fn a_rename_after_the_loss_takes_the_restored_record_along() {
    let bench = lost();
    bench.remove("posts/a.md");
    bench.post("renamed", "", "The first one.");
    bench.rebuild(false).unwrap();
    assert_eq!(result(&bench.pass(), "renamed").outcome, Outcome::Moved);
    assert_eq!(
        (bench.state("renamed"), bench.state("a")),
        (Some(State::Published), None)
    );
    assert_eq!(bench.creates().len(), 2);
}

#[test]
fn a_first_comment_is_not_repeated_after_a_loss() {
    let bench = Bench::new("{}");
    bench.post("a", "first_comment: More below.\n", "The first one.");
    bench.pass();
    let comments = || bench.asked("POST", "/rest/socialActions").len();
    let asked = comments();
    assert!(asked > 0);
    bench.ledger.force(&None);
    bench.rebuild(false).unwrap();
    bench.pass();
    assert_eq!((comments(), bench.creates().len()), (asked, 1));
}

#[test]
fn a_skip_is_taken_for_a_doubted_post_and_nothing_is_sent_for_a_skip_that_was_lost() {
    let bench = lost();
    bench.rebuild(false).unwrap();
    assert_eq!(bench.resolve("c", Verdict::Skip), Resolved::Recorded);
    bench.ledger.force(&None);
    assert_eq!(bench.pass().exit.code(), 73);
    bench.rebuild(false).unwrap();
    assert_eq!(bench.pass().exit.code(), 0);
    assert_eq!(bench.state("c"), Some(State::Skipped));
    assert_eq!(
        bench.resolve("c", Verdict::NotPublished),
        Resolved::Refused(Refused::Meaningless {
            state: State::Skipped
        })
    );
    assert_eq!(bench.creates().len(), 2);
}

#[test]
fn where_there_is_no_post_there_is_no_comment_below_it() {
    let bench = lost();
    bench.post("c", "first_comment: More below.\n", "The third one.");
    bench.rebuild(false).unwrap();
    assert_eq!(
        bench.resolve("c", Verdict::NotPublished),
        Resolved::Recorded
    );
    bench.later(15 * 60);
    let report = bench.pass();
    assert_eq!((report.exit.code(), bench.live().len()), (0, 3));
    assert!(!bench.asked("POST", "/rest/socialActions").is_empty());
}
