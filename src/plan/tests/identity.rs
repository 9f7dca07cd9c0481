//! One test an arm of the pairing of documents with records.

use super::*;
use crate::desired::Outside;
use crate::model::digest::Digest;
use crate::plan::Warning;
use crate::record::Elsewhere;

pub(super) const BACKUP: &str =
    "We open-sourced our backup tool today, here is why and how it works.";
pub(super) const HIRING: &str = "Hiring: two people who like slow databases.";
pub(super) const RELEASE: &str =
    "Tidewrench 2.4 is out. Builds are faster, the cache is smaller, and the docs are better.";

/// A document: front matter lines and text.
pub(super) fn doc(front: &str, text: &str) -> String {
    format!("---\n{front}\n---\n{text}\n")
}

pub(super) fn merged(text: &str) -> String {
    doc("scheduled_at: on-merge", text)
}

pub(super) fn at(time: &str, text: &str) -> String {
    doc(&format!("scheduled_at: {time}"), text)
}

pub(super) fn named(id: &str, text: &str) -> String {
    doc(&format!("id: {id}\nscheduled_at: on-merge"), text)
}

/// A day before [`now`], when everything that is out went out.
pub(super) const SENT: &str = "2026-09-02T10:00:00Z";
pub(super) const LATER: &str = "2026-09-03T09:30:00Z";

/// What is published, and what the folder holds now.
pub(super) struct History<'a> {
    pub(super) more: &'a str,
    pub(super) published: Vec<(&'a str, String)>,
    pub(super) files: Vec<(&'a str, String)>,
    pub(super) then: Option<Vec<DocumentThen>>,
    pub(super) elsewhere: Vec<Elsewhere>,
    /// Documents of other content roots.
    pub(super) outside: Option<Vec<Outside>>,
    pub(super) only: Vec<&'a str>,
    /// What the published files would be recorded as by an older version.
    pub(super) old_records: bool,
}

impl Default for History<'_> {
    fn default() -> Self {
        Self {
            more: "",
            published: Vec::new(),
            files: Vec::new(),
            then: Some(Vec::new()),
            elsewhere: Vec::new(),
            outside: None,
            only: Vec::new(),
            old_records: false,
        }
    }
}

pub(super) fn of<'a>(published: &[(&'a str, String)], files: &[(&'a str, String)]) -> History<'a> {
    History {
        published: published.to_vec(),
        files: files.to_vec(),
        ..History::default()
    }
}

fn borrowed<'s>(files: &'s [(&str, String)]) -> Vec<(&'s str, &'s str)> {
    files
        .iter()
        .map(|(name, text)| (*name, text.as_str()))
        .collect()
}

impl History<'_> {
    pub(super) fn ledger(&self) -> Ledger {
        let config = config("");
        let declared = now() - TimeDelta::days(1);
        let mut known = ledger(&config, &borrowed(&self.published), declared, &published());
        let mut number = 0;
        known.entries.change_each(|entry| {
            number += 1;
            let urn = format!("urn:li:share:75011872385941864{number:02}");
            entry.urn = Some(PostUrn::parse(&urn).unwrap());
            if self.old_records {
                entry.document = None;
            }
        });
        known.elsewhere.clone_from(&self.elsewhere);
        known
    }

    pub(super) fn plan_of(&self, ledger: Ledger) -> Plan {
        let config = config(self.more);
        let then = self
            .then
            .clone()
            .map(|documents| Arc::new(Commit(documents)) as Arc<dyn CommitThen>);
        let only: Vec<PostKey> = self
            .only
            .iter()
            .map(|key| PostKey::parse(key).unwrap())
            .collect();
        plan(&PlanInput {
            desired: &DesiredState {
                outside: self.outside.clone(),
                ..desired(&config, &borrowed(&self.files))
            },
            recorded: &Recorded::new(ledger, None, None),
            config: &config,
            now: now(),
            ahead: TimeDelta::zero(),
            paused_by_environment: false,
            only: &only,
            allow_changes: None,
            history: &|_| then.clone(),
        })
    }

    pub(super) fn plan(&self) -> Plan {
        self.plan_of(self.ledger())
    }

    /// Key, action and reason of everything but what waits, sorted by key.
    fn found(&self) -> Vec<String> {
        told(&self.plan())
    }
}

pub(super) fn told(plan: &Plan) -> Vec<String> {
    let mut found: Vec<String> = plan
        .items
        .iter()
        .map(|item| {
            let from = match &item.action {
                Action::Move {
                    from,
                    update: false,
                } => format!(" from {from}"),
                Action::Move { from, update: true } => format!(" and edit from {from}"),
                _ => String::new(),
            };
            format!(
                "{} {}{from} {}",
                item.key,
                item.action.as_str(),
                item.reason.code
            )
        })
        .collect();
    found.sort();
    found
}

/// Documents of an earlier commit, by key and by path.
struct Commit(Vec<DocumentThen>);

impl CommitThen for Commit {
    fn by_key(&self, key: &PostKey) -> Option<DocumentThen> {
        self.0.iter().find(|document| document.key == *key).cloned()
    }

    fn by_path(&self, path: &ContentPath) -> Option<DocumentThen> {
        let is_at =
            |document: &&DocumentThen| path.as_str() == format!("posts/{}.md", document.key);
        self.0.iter().find(is_at).cloned()
    }
}

fn then(key: &str, explicit_id: bool, file: &str) -> DocumentThen {
    let config = config("");
    let posts = desired(&config, &[(key, file)]).posts;
    DocumentThen {
        key: PostKey::parse(key).unwrap(),
        explicit_id,
        text: posts.first().map(|post| post.commentary.to_plain()),
        source: Digest::of(file.as_bytes()),
    }
}

pub(super) fn check(history: &History<'_>, expected: &[&str]) {
    assert_eq!(history.found(), expected);
}

#[test]
fn a_file_that_was_archived_keeps_its_post_and_its_name_is_free() {
    let history = of(
        &[("next", merged(BACKUP))],
        &[
            ("archive/2026-09-backup", merged(BACKUP)),
            ("next", merged(HIRING)),
        ],
    );
    check(
        &history,
        &[
            "archive/2026-09-backup move from next renamed",
            "next publish due",
        ],
    );
}

#[test]
fn an_archived_file_that_was_edited_is_still_its_post() {
    let edited = BACKUP.replace("today", "this week");
    let history = of(
        &[("next", merged(BACKUP))],
        &[
            ("archive/backup", merged(&edited)),
            ("next", merged(HIRING)),
        ],
    );
    check(
        &history,
        &[
            "archive/backup move and edit from next renamed",
            "next publish due",
        ],
    );
}

#[test]
fn a_chain_of_renames_moves_every_record_and_sends_only_the_new_text() {
    let texts = [
        "Alpha comes first of all",
        "Bravo is second in line",
        "Charlie is third today",
    ];
    let [a, b, c] = texts.map(merged);
    let history = of(
        &[
            ("day-1", a.clone()),
            ("day-2", b.clone()),
            ("day-3", c.clone()),
        ],
        &[
            ("day-1", a),
            ("day-2", merged("Something new in between")),
            ("day-3", b),
            ("day-4", c),
        ],
    );
    check(
        &history,
        &[
            "day-1 none published",
            "day-2 publish due",
            "day-3 move from day-2 renamed",
            "day-4 move from day-3 renamed",
        ],
    );
}

#[test]
fn a_swap_of_two_names_moves_both_records_and_sends_nothing() {
    let history = of(
        &[("a", merged(BACKUP)), ("b", merged(HIRING))],
        &[("a", merged(HIRING)), ("b", merged(BACKUP))],
    );
    check(
        &history,
        &["a move from b renamed", "b move from a renamed"],
    );
}

#[test]
fn two_renames_in_one_merge_onto_a_name_in_use_send_nothing() {
    let history = of(
        &[("a", merged(BACKUP)), ("b", merged(HIRING))],
        &[("b", merged(BACKUP)), ("c", merged(HIRING))],
    );
    check(
        &history,
        &["b move from a renamed", "c move from b renamed"],
    );
}

#[test]
fn moves_that_hang_together_are_chosen_together() {
    let mut history = of(
        &[
            ("a", merged(BACKUP)),
            ("b", merged(HIRING)),
            ("d", merged(RELEASE)),
        ],
        &[
            ("b", merged(BACKUP)),
            ("c", merged(HIRING)),
            ("e", merged(RELEASE)),
        ],
    );
    history.only = vec!["c"];
    check(
        &history,
        &[
            "b move from a renamed",
            "c move from b renamed",
            "e none not-selected",
        ],
    );
}

#[test]
fn a_record_whose_name_another_post_takes_goes_on_under_a_key_of_its_own() {
    let mut history = of(
        &[("archive/x", merged(BACKUP)), ("next", merged(HIRING))],
        &[("next", merged(BACKUP))],
    );
    let expected = [
        "next move from archive/x renamed",
        "next~2 move from next displaced",
    ];
    check(&history, &expected);
    // Its file holds another post now: nobody removed it.
    history.more = "publish: { prune: true }\n";
    check(&history, &expected);
    let mut after = history.ledger();
    let entries: Vec<_> = after.entries.values().cloned().collect();
    after.entries = crate::record::Entries::default();
    for mut entry in entries {
        let key = match entry.key.as_str() {
            "next" => "next~2",
            _ => "next",
        };
        entry.key = PostKey::parse(key).unwrap();
        entry.path = ContentPath::parse("posts/next.md").unwrap();
        after.entries.insert(entry.id(), entry);
    }
    assert_eq!(
        told(&history.plan_of(after)),
        ["next none published", "next~2 none orphaned"]
    );
}

#[test]
fn moves_wait_while_one_of_their_records_is_being_sent() {
    let history = of(
        &[("a", merged(BACKUP)), ("b", merged(HIRING))],
        &[
            ("a", merged("Something new under an old name")),
            ("b", merged(BACKUP)),
            ("c", merged(HIRING)),
        ],
    );
    let mut known = history.ledger();
    known.entries.change_each(|entry| {
        if entry.key.as_str() == "b" {
            entry.state = crate::record::State::Sending;
            (entry.urn, entry.published_at) = (None, None);
            entry.declared_at = Some(now() - TimeDelta::minutes(1));
        }
    });
    assert_eq!(
        told(&history.plan_of(known)),
        [
            "a hold in-progress",
            "b hold in-progress",
            "c hold in-progress"
        ]
    );
}

#[test]
fn two_explicit_ids_are_two_posts_however_alike() {
    let next = RELEASE.replace("2.4", "2.5");
    let history = of(
        &[("v2.4", named("v2.4", RELEASE))],
        &[("v2.5", named("v2.5", &next))],
    );
    check(&history, &["v2.4 none orphaned", "v2.5 publish due"]);
}

#[test]
fn the_same_text_under_another_id_is_held_until_it_says_that_it_repeats() {
    let yearly = "We are hiring two bakers. Apply by mail.";
    let front = "id: hiring-2026\nscheduled_at: 2026-09-20T09:00:00Z";
    let mut history = of(
        &[("h25", named("hiring-2025", yearly))],
        &[("h26", doc(front, yearly))],
    );
    check(
        &history,
        &["hiring-2025 none orphaned", "hiring-2026 hold duplicate-of"],
    );
    let front = format!("{front}\nrepeats: hiring-2025");
    history.files = vec![("h26", doc(&front, yearly))];
    check(
        &history,
        &["hiring-2025 none orphaned", "hiring-2026 wait not-due"],
    );
}

#[test]
fn an_explicit_id_keeps_its_record_whatever_it_says() {
    let history = of(
        &[("a", named("launch", BACKUP))],
        &[("z", named("launch", HIRING))],
    );
    check(&history, &["launch update text-changed"]);
}

#[test]
fn a_file_that_gains_its_first_id_keeps_its_record_where_it_is_recognisable() {
    let edited = BACKUP.replace("today", "this week");
    for (text, expected) in [
        (BACKUP, vec!["launch move from a renamed"]),
        (&edited, vec!["launch move and edit from a renamed"]),
        (HIRING, vec!["a none orphaned", "launch publish due"]),
    ] {
        let mut history = of(&[("a", merged(BACKUP))], &[("a", named("launch", text))]);
        check(&history, &expected);
        // A record without a file whose place holds a new post is never pruned.
        history.more = "publish: { prune: true }\n";
        check(&history, &expected);
    }
    // The recorded key as an `id` says that it is the same post.
    let history = of(&[("a", merged(BACKUP))], &[("a", named("a", HIRING))]);
    check(&history, &["a update text-changed"]);
}

#[test]
fn of_an_old_record_the_commit_tells_whether_its_key_was_an_id() {
    let edited = BACKUP.replace("today", "this week");
    let published = [("a", named("a", BACKUP))];
    let mut history = of(&published, &[("a", named("b", &edited))]);
    history.old_records = true;
    history.then = Some(vec![then("a", true, &published[0].1)]);
    check(&history, &["a none orphaned", "b publish due"]);
    history.then = Some(vec![then("a", false, &published[0].1)]);
    check(&history, &["b move and edit from a renamed"]);
    history.then = None;
    check(&history, &["a none orphaned", "b hold maybe-renamed"]);
}

#[test]
fn a_key_that_is_used_again_is_held_and_both_answers_work() {
    let mut history = of(&[("weekly", merged(BACKUP))], &[("weekly", merged(HIRING))]);
    check(&history, &["weekly hold key-reused"]);
    history.files = vec![("weekly", named("weekly", HIRING))];
    check(&history, &["weekly update text-changed"]);
    history.files = vec![("weekly", named("week-36", HIRING))];
    check(&history, &["week-36 publish due", "weekly none orphaned"]);
}

#[test]
fn an_edit_that_is_half_alike_is_an_edit_unless_it_is_timed_after_the_post_went_out() {
    let half = BACKUP.replace("here is why and how it works", "read it");
    let sent = [("a", at(SENT, BACKUP))];
    let mut history = of(&sent, &[("a", at(SENT, &half))]);
    check(&history, &["a update text-changed"]);
    history.files = vec![("a", at(LATER, &half))];
    check(&history, &["a hold key-reused"]);
    // The same text, timed once more: nothing is sent then, and nobody may miss that.
    history.files = vec![("a", at(LATER, BACKUP))];
    check(&history, &["a hold key-reused"]);
    history.old_records = true;
    check(&history, &["a none published"]);
    assert_eq!(history.plan().diagnostics()[0].code, "timed-again");
    history.old_records = false;
    history.files = vec![("a", named("again", &half))];
    history.files[0].1 = history.files[0].1.replace("on-merge", LATER);
    check(&history, &["a none orphaned", "again publish due"]);
}

#[test]
fn a_skipped_post_whose_name_is_used_again_is_named() {
    let history = of(&[("a", merged(BACKUP))], &[("a", merged(HIRING))]);
    let mut known = history.ledger();
    known.entries.change_each(|entry| {
        entry.state = crate::record::State::Skipped;
        (entry.urn, entry.published_at) = (None, None);
    });
    assert_eq!(told(&history.plan_of(known)), ["a hold key-reused"]);
}

#[test]
fn any_text_follows_an_attempt_that_created_nothing() {
    let history = of(&[("a", merged(BACKUP))], &[("a", merged(HIRING))]);
    for state in [
        crate::record::State::Retryable,
        crate::record::State::Rejected,
    ] {
        let mut known = history.ledger();
        known.entries.change_each(|entry| {
            entry.state = state;
            (entry.urn, entry.published_at) = (None, None);
        });
        assert_eq!(told(&history.plan_of(known)), ["a publish due"]);
    }
}

#[test]
fn a_rename_with_an_edit_is_known_by_the_commit_that_was_published() {
    let edited = BACKUP.replace("today", "this week");
    let mut history = of(&[("a", merged(BACKUP))], &[("b", merged(&edited))]);
    check(&history, &["b move and edit from a renamed"]);
    history.then = Some(vec![then("b", false, &merged("An old draft"))]);
    check(&history, &["a none orphaned", "b publish due"]);
    history.then = None;
    check(&history, &["a none orphaned", "b hold maybe-renamed"]);
    history.more = "publish: { prune: true }\n";
    check(&history, &["a hold prune-unsure", "b hold maybe-renamed"]);
    // Both answers work.
    history.more = "";
    history.files = vec![("b", named("a", &edited))];
    check(&history, &["a update text-changed"]);
    let repeats = doc("repeats: a\nscheduled_at: on-merge", &edited);
    history.files = vec![("b", repeats)];
    check(&history, &["a none orphaned", "b publish due"]);
}

#[test]
fn a_document_that_is_timed_after_the_post_went_out_is_a_repeat_and_no_rename() {
    let nearly = format!("{BACKUP} Again.");
    for text in [BACKUP, &nearly] {
        let history = of(&[("a", at(SENT, BACKUP))], &[("b", at(LATER, text))]);
        check(&history, &["a none orphaned", "b hold duplicate-of"]);
    }
}

#[test]
fn bytes_come_before_content_and_content_before_text() {
    let one = doc("scheduled_at: on-merge\nlabels: [x]", BACKUP);
    let other = doc("scheduled_at: on-merge\nlabels: [y]", BACKUP);
    let mut history = of(
        &[("a", one.clone()), ("b", other.clone())],
        &[("c", other), ("d", one)],
    );
    check(
        &history,
        &["c move from b renamed", "d move from a renamed"],
    );
    let spaced = BACKUP.replace("open-sourced our", "open-sourced \u{a0}our");
    history.published = vec![("a", merged(BACKUP)), ("b", merged(&spaced))];
    history.files = vec![("c", doc("scheduled_at: on-merge\nlabels: [z]", &spaced))];
    check(&history, &["a none orphaned", "c move from b renamed"]);
}

#[test]
fn of_equal_texts_the_same_time_and_file_name_decide() {
    let (early, late) = ("2026-08-01T10:00:00Z", "2026-08-02T10:00:00Z");
    let history = of(
        &[("x/a", at(early, BACKUP)), ("y/b", at(late, BACKUP))],
        &[
            (
                "z/a",
                doc(&format!("labels: [n]\nscheduled_at: {early}"), BACKUP),
            ),
            (
                "z/b",
                doc(&format!("labels: [n]\nscheduled_at: {late}"), BACKUP),
            ),
        ],
    );
    check(
        &history,
        &["z/a move from x/a renamed", "z/b move from y/b renamed"],
    );
}

#[test]
fn a_file_that_was_sent_is_no_edit_however_it_reads_today() {
    let history = of(&[("a", merged(BACKUP))], &[("a", merged(BACKUP))]);
    let mut known = history.ledger();
    // An older version read the same file otherwise.
    known.entries.change_each(|entry| {
        entry.content.text = HIRING.to_owned();
        entry.content.wire = HIRING.to_owned();
        entry.digest = entry.content.digest();
    });
    let plan = history.plan_of(known.clone());
    assert_eq!(told(&plan), ["a none reads-differently"]);
    assert_eq!(plan.items[0].warning, Some(Warning::ReadsDifferently));
    assert_eq!(plan.diagnostics()[0].code, "reads-differently");
    // Of an old record, the commit tells; where it cannot be read, nothing is edited.
    known.entries.change_each(|entry| entry.document = None);
    let mut old = of(&[], &[("a", doc("id: a\nscheduled_at: on-merge", BACKUP))]);
    for (commit, expected) in [
        (
            Some(vec![then("a", true, &old.files[0].1)]),
            "a none reads-differently",
        ),
        (
            Some(vec![then("a", true, "another file")]),
            "a update text-changed",
        ),
        (Some(Vec::new()), "a hold sent-file-unknown"),
        (None, "a hold sent-file-unknown"),
    ] {
        old.then = commit;
        assert_eq!(told(&old.plan_of(known.clone())), [expected]);
    }
}
