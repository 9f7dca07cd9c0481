//! What a seed draws: runners, posts, what is merged when, how LinkedIn behaves and what
//! may go wrong.

use std::collections::BTreeMap;

use chrono::TimeDelta;
use mergecast::model::Instant;
use mergecast::sandbox::{DuplicateGhost, Settings};

use crate::calls::Fault;
use crate::campaign::{Numbers, start};
use crate::outside::{MEMBER, PAGE};
use crate::stories::{Document, When, image, image_path, prose};
use crate::truth::Marker;

/// Files that are put, or taken away, by one merge.
type Files = Vec<(String, Option<Vec<u8>>)>;

/// How LinkedIn behaves in one world.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Mode {
    /// It takes the same text as often as it is sent.
    Plain,
    /// It never takes the same text of an author twice.
    Perfect,
    /// It does so for ten minutes.
    TenMinutes,
    /// It names a post that never was when the same text was deleted.
    Ghost,
    /// It answers 201, and the post is gone.
    Vanishing,
    /// It takes a request up to three minutes after the line broke.
    Late,
    /// It answers 429.
    Limiting,
    /// It answers 401.
    Revoking,
}

impl Mode {
    pub(crate) const ALL: [Self; 8] = [
        Self::Plain,
        Self::Perfect,
        Self::TenMinutes,
        Self::Ghost,
        Self::Vanishing,
        Self::Late,
        Self::Limiting,
        Self::Revoking,
    ];

    /// The mishaps of the network and of LinkedIn in it.
    pub(crate) fn mishaps(self) -> Vec<Fault> {
        let mut all = vec![
            Fault::LostAnswer,
            Fault::LostRequest,
            Fault::Timeout,
            Fault::Refused,
            Fault::Conflict,
            Fault::NotSent,
        ];
        match self {
            Self::Plain | Self::Perfect | Self::TenMinutes => {}
            Self::Ghost | Self::Vanishing => all.extend([Fault::Vanishes; 6]),
            Self::Late => all.extend([Fault::TakenLate; 6]),
            Self::Limiting => all.extend([Fault::RateLimited; 3]),
            Self::Revoking => all.extend([Fault::Unauthorized; 3]),
        }
        all
    }

    pub(crate) fn set(self, settings: &mut Settings) {
        settings.dup_window_s = match self {
            Self::Perfect | Self::Ghost => u32::MAX,
            Self::TenMinutes => 600,
            Self::Plain | Self::Vanishing | Self::Late | Self::Limiting | Self::Revoking => 0,
        };
        if self == Self::Ghost {
            settings.dup_ghost = DuplicateGhost::FreshUrn;
        }
    }

    /// Repeating an unknown request is only as safe as LinkedIn's check for duplicates.
    fn may_probe(self) -> bool {
        matches!(self, Self::Perfect | Self::TenMinutes)
    }
}

/// What the branch says about one post, and since when.
#[derive(Clone, Debug)]
pub(crate) struct Said {
    pub(crate) since: Instant,
    /// When it is to go out; `None`: not at all, as far as the branch says.
    pub(crate) due: Option<Instant>,
    /// Its file is gone.
    pub(crate) gone: bool,
    pub(crate) text: String,
}

/// Something somebody does at some time.
#[derive(Clone, Debug)]
pub(crate) enum Deed {
    /// A pull request is merged.
    Merge(Marker, Said, Vec<(String, Option<Vec<u8>>)>),
    /// A runner starts a pass.
    Start(usize),
    /// A person looks at what is unknown.
    Look,
}

/// One world.
pub(crate) struct Lot {
    pub(crate) mode: Mode,
    /// Nothing goes wrong, however many runners there are and whatever their clocks say.
    pub(crate) calm: bool,
    pub(crate) config: String,
    /// How far ahead the wall clock of each runner is.
    pub(crate) runners: Vec<TimeDelta>,
    pub(crate) posts: u64,
    pub(crate) agenda: BTreeMap<Instant, Vec<Deed>>,
}

/// How long a world goes on.
pub(crate) fn end() -> Instant {
    start() + TimeDelta::days(14)
}

fn seconds(numbers: &mut Numbers, most: u64) -> TimeDelta {
    TimeDelta::seconds(i64::try_from(numbers.below(most)).unwrap())
}

/// The settings of a world.
pub(crate) fn config(prune: bool, probe: bool, on_late: &str) -> String {
    let on_unknown = if probe { "probe" } else { "hold" };
    format!(
        "version: 1\ntimezone: Europe/Berlin\nbranch: main\nauthors:\n  acme: {{ urn: \"{PAGE}\" }}\n  jane: {{ urn: \"{MEMBER}\" }}\ndefault_author: acme\npublish:\n  prune: {prune}\n  on_unknown: {on_unknown}\n  on_late: {on_late}\n"
    )
}

impl Lot {
    pub(crate) fn of(seed: u64) -> Self {
        let mut numbers = Numbers(seed.wrapping_mul(0x2545_f491_4f6c_dd1d));
        let numbers = &mut numbers;
        let mode = Mode::ALL[usize::try_from(numbers.below(8)).unwrap()];
        let calm = numbers.below(5) == 0;
        let probe = mode.may_probe() && numbers.below(2) == 0;
        let on_late = ["hold", "publish"][usize::try_from(numbers.below(2)).unwrap()];
        // Ten minutes are the whole of LinkedIn's check, and a probe keeps five of them
        // for clocks that differ.
        let most = if probe && mode == Mode::TenMinutes {
            150
        } else {
            600
        };
        let ahead = |numbers: &mut Numbers| {
            seconds(numbers, 2 * most) - TimeDelta::seconds(i64::try_from(most).unwrap())
        };
        let runners = (0..1 + numbers.below(5)).map(|_| ahead(numbers)).collect();
        let mut lot = Self {
            mode,
            calm,
            config: config(numbers.below(2) == 0, probe, on_late),
            runners,
            posts: 1 + numbers.below(8),
            agenda: BTreeMap::new(),
        };
        for number in 0..lot.posts {
            lot.tell(u32::try_from(number).unwrap() * 2 + 1, numbers);
        }
        // Schedules that somebody set up, and a person who looks every other day.
        for day in (1..14).step_by(2) {
            let time = start() + TimeDelta::days(day) + seconds(numbers, 40_000);
            lot.start(time, numbers);
            lot.at(time + TimeDelta::minutes(25), Deed::Look);
        }
        lot
    }

    fn at(&mut self, time: Instant, deed: Deed) {
        self.agenda.entry(time).or_default().push(deed);
    }

    /// Somebody's runner starts.
    fn start(&mut self, time: Instant, numbers: &mut Numbers) {
        let runner = numbers.below(self.runners.len() as u64);
        self.at(time, Deed::Start(usize::try_from(runner).unwrap()));
    }

    /// One post, from the pull request that adds it.
    fn tell(&mut self, marker: Marker, numbers: &mut Numbers) {
        let added = start() + seconds(numbers, 9 * 86_400);
        let due = added + TimeDelta::hours(1) + seconds(numbers, 2 * 86_400);
        let due = due - TimeDelta::seconds(due.timestamp().rem_euclid(60));
        let on_merge = numbers.below(6) == 0;
        let due = if on_merge { added } else { due };
        let image_number = (numbers.below(4) == 0).then_some(marker * 100);
        let first = Document {
            marker,
            name: format!("{marker}"),
            id: (numbers.below(4) == 0).then(|| format!("id-{marker}")),
            author: ["acme", "jane"][usize::try_from(numbers.below(2)).unwrap()],
            when: if on_merge {
                When::OnMerge
            } else {
                When::At(due)
            },
            images: usize::from(image_number.is_some()),
            text: prose(marker, numbers),
            extra: "",
        };
        let mut files = vec![first.put()];
        files.extend(image_number.map(|number| (image_path(marker, 0), Some(image(number)))));
        let said = Said {
            since: added,
            due: Some(due),
            gone: false,
            text: first.text.clone(),
        };
        self.merge(added, (marker, said.clone(), files), numbers);
        self.change(&first, said, numbers);
    }

    /// What is merged about it later: before it is due, just then, or after.
    fn change(&mut self, first: &Document, said: Said, numbers: &mut Numbers) {
        let (marker, due) = (first.marker, said.due.unwrap_or(said.since));
        let time = match numbers.below(4) {
            0 => due - TimeDelta::minutes(1) - seconds(numbers, 3000),
            1 => due + seconds(numbers, 30),
            _ => due + TimeDelta::minutes(10) + seconds(numbers, 3 * 86_400),
        };
        let time = time.max(said.since + TimeDelta::seconds(1));
        let mut second = first.clone();
        let mut now = Said {
            since: time,
            ..said
        };
        let renamed = first.renamed(&format!("{marker}-renamed"));
        let edited = format!("{}\n\nCorrected since: {}", first.text, numbers.below(1000));
        let files = match numbers.below(8) {
            0 | 1 => {
                second.text = edited;
                vec![second.put()]
            }
            2 => vec![first.gone(), renamed.put()],
            3 => {
                second = renamed;
                second.text = edited;
                vec![first.gone(), second.put()]
            }
            4 => {
                let later = due + TimeDelta::hours(5) + seconds(numbers, 86_400);
                second.when = When::At(later);
                now.due = Some(later);
                vec![second.put()]
            }
            5 => {
                now.gone = true;
                now.due = None;
                vec![first.gone()]
            }
            _ => Vec::new(),
        };
        now.text.clone_from(&second.text);
        if !files.is_empty() {
            self.merge(time, (marker, now.clone(), files), numbers);
        }
        self.race(due, numbers);
        if let Some(later) = now.due.filter(|later| *later != due) {
            self.race(later, numbers);
        }
    }

    /// A merge, and the run it starts.
    fn merge(
        &mut self,
        time: Instant,
        (marker, said, files): (Marker, Said, Files),
        numbers: &mut Numbers,
    ) {
        self.at(time, Deed::Merge(marker, said, files));
        self.start(time + seconds(numbers, 120), numbers);
    }

    /// Runs at about the same time, when a post is due, and a person who looks after them.
    fn race(&mut self, due: Instant, numbers: &mut Numbers) {
        for _ in 0..1 + numbers.below(self.runners.len() as u64) {
            let time = due + seconds(numbers, 20);
            self.start(time, numbers);
        }
        self.at(due + TimeDelta::minutes(28), Deed::Look);
    }
}
