//! How a ledger begins: on purpose, or in the days around `state.since`.
//!
//! Owns the decision whether a ledger that is not there may be created, and what the mark
//! [`BegunMark`], which stands on the remote in a ref of its own, says about one that is
//! missing. A missing witness is never a fresh start: outside these rules publishing
//! freezes. Must not read a clock or a store.

use chrono::{NaiveDate, NaiveTime, TimeDelta};

use super::entries::Entries;
use super::freeze::Freeze;
use super::ledger::Genesis;
use crate::model::Instant;

/// So long before 00:00 UTC of `state.since` the window opens: clocks and zones differ.
const BEFORE: TimeDelta = TimeDelta::days(1);
/// So long after 00:00 UTC of `state.since` the window closes.
const AFTER: TimeDelta = TimeDelta::days(14);
/// The window is about to close when this is left of it.
const SOON: TimeDelta = TimeDelta::days(3);

/// How the ledger of a store may begin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Begins {
    /// With the first change: nothing of it reaches LinkedIn (`--sandbox`, `rehearse`).
    #[default]
    ByItself,
    /// With the first pass in the days around `state.since`, or by `state init`.
    InWindow,
    /// By `state init` alone.
    OnPurpose,
}

/// How a store's ledger may begin, and what names the repository it belongs to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LedgerHome {
    /// How it may begin.
    pub begins: Begins,
    /// The last two segments of the remote's path, as [`remote_name`] has them.
    pub remote_name: Option<String>,
    /// What this machine recorded in another place, before the ledger had this one.
    pub earlier: Entries,
}

/// What the decision is made from.
#[derive(Clone, Copy, Debug)]
pub struct Situation {
    /// How the ledger may begin.
    pub begins: Begins,
    /// Whether there is a ledger.
    pub exists: bool,
    /// Whether it knows this content root.
    pub root_begun: bool,
    /// Whether this clone holds an earlier ledger that has entries.
    pub earlier_here: bool,
    /// `state.since`.
    pub since: Option<NaiveDate>,
    /// This machine's clock.
    pub now: Instant,
    /// The network's time, where it was asked and answered.
    pub network_now: Option<Instant>,
}

impl Situation {
    /// Whether the time decides whether the ledger may begin.
    #[must_use]
    pub fn depends_on_time(&self) -> bool {
        let has_begun = self.exists && self.root_begun;
        let has_window = self.begins == Begins::InWindow && self.since.is_some();
        has_window && !has_begun && !self.earlier_here
    }
}

/// Whether posts may be recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Beginning {
    /// The ledger is there and knows this content root.
    Begun,
    /// It may be created now.
    MayBegin,
    /// It may not, and publishing freezes.
    Frozen(Freeze),
}

/// Why a ledger may not begin by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Closed {
    /// It has no remote.
    #[error("a ledger that is on this machine alone begins only by `mergecast state init`")]
    NoRemote,
    /// `state.since` is not set.
    #[error("`mergecast.yaml` has no `state.since`")]
    NoSince,
    /// The window opens later.
    #[error("the first run may create it from {} on (`state.since: {since}`)", day(*.opens))]
    Early {
        /// `state.since`.
        since: NaiveDate,
        /// When the window opens.
        opens: Instant,
    },
    /// The window is over.
    #[error("the first run could create it until {} (`state.since: {since}`)", day(*.closed))]
    Late {
        /// `state.since`.
        since: NaiveDate,
        /// When the window closed.
        closed: Instant,
    },
    /// This machine has a ledger in another place.
    #[error("this machine has a ledger of its own, which is not in this place")]
    EarlierHere,
}

fn day(at: Instant) -> String {
    at.format("%Y-%m-%d %H:%M UTC").to_string()
}

/// The instants between which a ledger may begin by itself.
#[must_use]
pub fn window(since: NaiveDate) -> (Instant, Instant) {
    let midnight = since.and_time(NaiveTime::MIN).and_utc();
    let opens = midnight.checked_sub_signed(BEFORE);
    let closes = midnight.checked_add_signed(AFTER);
    (
        opens.unwrap_or(Instant::MIN_UTC),
        closes.unwrap_or(Instant::MAX_UTC),
    )
}

/// Decides whether the ledger has begun, or may.
#[must_use]
pub fn beginning(situation: &Situation) -> Beginning {
    if situation.begins == Begins::ByItself || (situation.exists && situation.root_begun) {
        return Beginning::Begun;
    }
    match closed(situation) {
        None => Beginning::MayBegin,
        Some(why) if situation.exists => Beginning::Frozen(Freeze::RootMissing { why }),
        Some(why) => Beginning::Frozen(Freeze::LedgerMissing { why }),
    }
}

fn closed(situation: &Situation) -> Option<Closed> {
    match situation.begins {
        Begins::ByItself => None,
        Begins::OnPurpose | Begins::InWindow if situation.earlier_here => Some(Closed::EarlierHere),
        Begins::OnPurpose => Some(Closed::NoRemote),
        Begins::InWindow => {
            let Some(since) = situation.since else {
                return Some(Closed::NoSince);
            };
            let now = situation.network_now.unwrap_or(situation.now);
            let (opens, closes) = window(since);
            if now < opens {
                return Some(Closed::Early { since, opens });
            }
            let closed = closes;
            (now > closes).then_some(Closed::Late { since, closed })
        }
    }
}

/// What people should know about a window while no ledger is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WindowNotice {
    /// It closes within days.
    ClosesSoon(Instant),
    /// No run will create the ledger.
    Shut(Closed),
}

/// The notice about the window of `since`; `None`: it is open, and for long enough.
#[must_use]
pub fn window_notice(since: Option<NaiveDate>, now: Instant) -> Option<WindowNotice> {
    let shut = closed(&Situation {
        begins: Begins::InWindow,
        exists: false,
        root_begun: false,
        earlier_here: false,
        since,
        now,
        network_now: None,
    });
    if let Some(why) = shut {
        return Some(WindowNotice::Shut(why));
    }
    let (_, closes) = window(since?);
    (closes - now <= SOON).then_some(WindowNotice::ClosesSoon(closes))
}

/// What the ref `begun` of a remote says: which ledger began there, and on which branch.
/// `None` stands for what cannot be read; it is no sign of another ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BegunMark {
    /// The ledger's own id.
    pub ledger_id: Option<String>,
    /// Its branch.
    pub branch: Option<String>,
}

const LEDGER_LINE: &str = "Mergecast-Ledger: ";
const BRANCH_LINE: &str = "Mergecast-Branch: ";

impl BegunMark {
    /// The mark of the ledger `ledger_id` on `branch`.
    #[must_use]
    pub fn new(ledger_id: &str, branch: &str) -> Self {
        Self {
            ledger_id: Some(ledger_id.to_owned()),
            branch: Some(branch.to_owned()),
        }
    }

    /// The message of the commit that carries the mark. The words are in the message, since
    /// every kind of clone has commits, also one that leaves files out.
    #[must_use]
    pub fn message(&self) -> String {
        let line = |name: &str, value: &Option<String>| {
            let value = value.as_deref().map(|value| format!("{name}{value}\n"));
            value.unwrap_or_default()
        };
        format!(
            "A ledger of mergecast began here; without its branch, publishing freezes\n\n[skip ci]\n\n{}{}",
            line(LEDGER_LINE, &self.ledger_id),
            line(BRANCH_LINE, &self.branch),
        )
    }

    /// Reads the message of a commit.
    #[must_use]
    pub fn parse(message: &str) -> Self {
        let value = |name: &str| {
            let line = message.lines().find_map(|line| line.strip_prefix(name));
            line.map(|value| value.trim().to_owned())
        };
        Self {
            ledger_id: value(LEDGER_LINE),
            branch: value(BRANCH_LINE),
        }
    }

    /// What is wrong where the ledger is looked for on `branch`; `ledger`: what stands there.
    #[must_use]
    pub fn check(&self, branch: &str, ledger: &Standing<'_>) -> Option<Freeze> {
        if let Some(from) = self.branch.as_deref().filter(|from| *from != branch) {
            return Some(Freeze::LedgerMoved {
                from: from.to_owned(),
                to: branch.to_owned(),
            });
        }
        match (ledger, &self.ledger_id) {
            (Standing::Nothing, _) => Some(Freeze::LedgerGone {
                branch: branch.to_owned(),
            }),
            (Standing::Ledger(Some(genesis)), Some(begun)) if genesis.ledger_id != *begun => {
                Some(Freeze::LedgerReplaced {
                    branch: branch.to_owned(),
                })
            }
            (Standing::Ledger(_), _) => None,
        }
    }
}

/// What stands on the ledger's branch.
#[derive(Clone, Copy, Debug)]
pub enum Standing<'a> {
    /// There is no such branch.
    Nothing,
    /// A ledger, and its first page where that can be read.
    Ledger(Option<&'a Genesis>),
}

/// What names a repository in the address of its remote: the last two segments of the path,
/// lower case and without `.git`. `None`: the address has no two, or they depend on where
/// it is read from.
#[must_use]
pub fn remote_name(url: &str) -> Option<String> {
    let path = match (url.split_once("://"), url.split_once(':')) {
        // A host is no part of the path.
        (Some((_, rest)), _) => rest.split_once('/').map_or("", |(_, path)| path),
        (None, Some((host, path))) if !host.contains('/') => path,
        (None, _) => url,
    };
    let mut segments = path.rsplit(['/', '\\']).filter(|part| !part.is_empty());
    let (last, first) = (segments.next()?, segments.next()?);
    let last = last.strip_suffix(".git").unwrap_or(last);
    let relative = |part: &str| part.is_empty() || part == "." || part == "..";
    if relative(last) || relative(first) {
        return None;
    }
    Some(format!("{first}/{last}").to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Instant {
        text.parse().unwrap()
    }

    fn situation(now: &str) -> Situation {
        Situation {
            begins: Begins::InWindow,
            exists: false,
            root_begun: false,
            earlier_here: false,
            since: NaiveDate::from_ymd_opt(2026, 9, 10),
            now: at(now),
            network_now: None,
        }
    }

    fn missing(situation: &Situation) -> Option<Closed> {
        match beginning(situation) {
            Beginning::Frozen(Freeze::LedgerMissing { why }) => Some(why),
            _ => None,
        }
    }

    #[test]
    fn the_first_run_begins_from_a_day_before_to_fourteen_days_after() {
        for inside in [
            "2026-09-09T00:00:00Z",
            "2026-09-10T12:00:00Z",
            "2026-09-24T00:00:00Z",
        ] {
            assert_eq!(beginning(&situation(inside)), Beginning::MayBegin);
        }
    }

    #[test]
    fn before_the_window_it_freezes() {
        let found = missing(&situation("2026-09-08T23:59:59Z"));
        assert!(matches!(found, Some(Closed::Early { .. })), "{found:?}");
    }

    #[test]
    fn after_the_window_it_freezes() {
        let found = missing(&situation("2026-09-24T00:00:01Z"));
        assert!(matches!(found, Some(Closed::Late { .. })), "{found:?}");
    }

    #[test]
    fn the_networks_time_is_believed_where_it_is_known() {
        let mut ours = situation("2026-09-10T00:00:00Z");
        ours.network_now = Some(at("2027-01-01T00:00:00Z"));
        assert!(missing(&ours).is_some());
        let mut theirs = situation("2027-01-01T00:00:00Z");
        theirs.network_now = Some(at("2026-09-10T00:00:00Z"));
        assert_eq!(beginning(&theirs), Beginning::MayBegin);
    }

    #[test]
    fn without_since_it_never_begins_by_itself() {
        let mut unset = situation("2026-09-10T00:00:00Z");
        unset.since = None;
        assert_eq!(missing(&unset), Some(Closed::NoSince));
    }

    #[test]
    fn without_a_remote_it_begins_only_on_purpose() {
        let mut local = situation("2026-09-10T00:00:00Z");
        local.begins = Begins::OnPurpose;
        assert_eq!(missing(&local), Some(Closed::NoRemote));
    }

    #[test]
    fn a_clone_with_a_ledger_of_its_own_begins_no_second_one() {
        let mut earlier = situation("2026-09-10T00:00:00Z");
        earlier.earlier_here = true;
        assert_eq!(missing(&earlier), Some(Closed::EarlierHere));
    }

    #[test]
    fn a_sandbox_needs_no_step() {
        let mut sandbox = situation("2030-01-01T00:00:00Z");
        sandbox.begins = Begins::ByItself;
        assert_eq!(beginning(&sandbox), Beginning::Begun);
    }

    #[test]
    fn a_ledger_that_is_there_has_begun_at_any_time() {
        let mut there = situation("2030-01-01T00:00:00Z");
        (there.exists, there.root_begun) = (true, true);
        assert_eq!(beginning(&there), Beginning::Begun);
    }

    #[test]
    fn a_new_content_root_begins_as_a_ledger_does() {
        let mut root = situation("2026-09-10T00:00:00Z");
        root.exists = true;
        assert_eq!(beginning(&root), Beginning::MayBegin);
        root.now = at("2030-01-01T00:00:00Z");
        let found = beginning(&root);
        let frozen = matches!(found, Beginning::Frozen(Freeze::RootMissing { .. }));
        assert!(frozen, "{found:?}");
    }

    #[test]
    fn the_window_is_announced_before_and_after_it_closes() {
        let since = NaiveDate::from_ymd_opt(2026, 9, 10);
        let notice = |now: &str| window_notice(since, at(now));
        assert_eq!(notice("2026-09-12T00:00:00Z"), None);
        let closes = at("2026-09-24T00:00:00Z");
        let soon = Some(WindowNotice::ClosesSoon(closes));
        assert_eq!(notice("2026-09-21T00:00:00Z"), soon);
        assert!(matches!(
            notice("2026-10-01T00:00:00Z"),
            Some(WindowNotice::Shut(Closed::Late { .. }))
        ));
        assert_eq!(
            window_notice(None, closes),
            Some(WindowNotice::Shut(Closed::NoSince))
        );
    }

    fn genesis(id: &str) -> Genesis {
        crate::record::layout::first_page(id, None, None, Instant::default())
    }

    #[test]
    fn a_mark_is_read_as_it_was_written() {
        let mark = BegunMark::new("abc", "mergecast/state");
        assert_eq!(BegunMark::parse(&mark.message()), mark);
        let none = BegunMark::parse("something else");
        assert_eq!((none.ledger_id, none.branch), (None, None));
    }

    #[test]
    fn a_mark_without_its_branch_freezes() {
        let mark = BegunMark::new("abc", "s");
        let gone = Freeze::LedgerGone {
            branch: "s".to_owned(),
        };
        assert_eq!(mark.check("s", &Standing::Nothing), Some(gone.clone()));
        let unreadable = BegunMark::parse("");
        assert_eq!(unreadable.check("s", &Standing::Nothing), Some(gone));
    }

    #[test]
    fn a_mark_of_another_branch_freezes_with_or_without_a_ledger_here() {
        let mark = BegunMark::new("abc", "mergecast/state");
        let first = genesis("abc");
        for here in [Standing::Nothing, Standing::Ledger(Some(&first))] {
            let found = mark.check("mergecast/State", &here);
            assert!(matches!(found, Some(Freeze::LedgerMoved { .. })));
        }
    }

    #[test]
    fn a_mark_of_another_ledger_freezes() {
        let mark = BegunMark::new("abc", "s");
        let (same, other) = (genesis("abc"), genesis("def"));
        assert_eq!(mark.check("s", &Standing::Ledger(Some(&same))), None);
        assert_eq!(mark.check("s", &Standing::Ledger(None)), None);
        let found = mark.check("s", &Standing::Ledger(Some(&other)));
        assert!(matches!(found, Some(Freeze::LedgerReplaced { .. })));
    }

    #[test]
    fn a_repository_has_one_name_in_every_form_of_its_address() {
        for url in [
            "https://github.com/Acme/Posts.git",
            "https://token@github.com/acme/posts",
            "git@github.com:acme/posts.git",
            "ssh://git@github.com:22/acme/posts.git/",
            "/srv/git/acme/posts.git",
            "file:///srv/git/acme/posts",
        ] {
            assert_eq!(remote_name(url).as_deref(), Some("acme/posts"), "{url}");
        }
        for url in [
            "../posts.git",
            "posts",
            "./x",
            "",
            "git://host/posts.git",
            "host:posts.git",
        ] {
            assert_eq!(remote_name(url), None, "{url}");
        }
    }
}
