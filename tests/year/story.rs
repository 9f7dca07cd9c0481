//! What happens in a year, made from a seed, and what must have come of it.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use chrono::TimeDelta;
use mergecast::model::Instant;
use mergecast::ports::Clock as _;
use mergecast::record::{Entry, State};

use crate::clock::YearClock;
use crate::earth::{Earth, MEMBER, PAGE, path};
use crate::person;

pub(crate) fn start() -> Instant {
    "2026-01-05T05:00:00Z".parse().unwrap()
}

/// SplitMix64 (Steele, Lea, Flood 2014).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % limit
    }

    fn seconds(&mut self, most: i64) -> TimeDelta {
        TimeDelta::seconds(i64::try_from(self.below(most.unsigned_abs())).unwrap())
    }
}

#[derive(Clone)]
enum Event {
    Merge(String, Option<String>),
    Remote(bool),
    Linkedin(bool),
    Token(bool),
    LoseAnswer,
    Throttle,
    Suspend(TimeDelta),
    SetClock(TimeDelta),
    /// Somebody looks at LinkedIn, and says what became of posts nobody knows of.
    Look,
}

impl Event {
    fn word(&self) -> &'static str {
        match self {
            Event::Merge(_, Some(_)) => "merges",
            Event::Merge(_, None) => "files taken away",
            Event::Remote(false) => "outages of the remote",
            Event::Linkedin(false) => "outages of LinkedIn",
            Event::Token(false) => "ends of tokens",
            Event::Token(true) => "renewals of tokens",
            Event::Remote(true) | Event::Linkedin(true) => "ends of outages",
            Event::LoseAnswer => "lost answers",
            Event::Throttle => "throttles",
            Event::Suspend(_) => "suspends",
            Event::SetClock(_) => "clock steps",
            Event::Look => "looks of a person",
        }
    }
}

/// So many processes die at a post's time.
const DEATHS_AT_WORK: usize = 200;

/// One post and when it may go out, as its last version before that has it.
struct Expected {
    due: Instant,
    /// Taken back before its time.
    withdrawn: bool,
    text: String,
}

/// See the module.
pub(crate) struct Year {
    events: BTreeMap<Instant, Vec<Event>>,
    expected: BTreeMap<usize, Expected>,
    deaths: Vec<Instant>,
    happened: Cell<Option<Instant>>,
    /// What happened, and how often.
    pub(crate) tally: RefCell<BTreeMap<&'static str, u32>>,
}

fn document(number: usize, due: Instant, text: &str) -> String {
    let due = due.to_rfc3339_opts(chrono::SecondsFormat::Secs, true);
    let author = if number.is_multiple_of(3) {
        "jane"
    } else {
        "acme"
    };
    let media = match number % 9 {
        4 => "media: [{ path: /i.png, alt: \"i\" }]\n",
        _ => "",
    };
    format!("---\nauthor: {author}\nscheduled_at: {due}\n{media}---\n{text}\n")
}

fn file(number: usize) -> String {
    format!("posts/p{number}.md")
}

impl Year {
    pub(crate) fn from_seed(seed: u64, posts: usize) -> Self {
        let mut year = Self {
            events: BTreeMap::new(),
            expected: BTreeMap::new(),
            deaths: Vec::new(),
            happened: Cell::new(None),
            tally: RefCell::default(),
        };
        let mut numbers = Numbers(seed);
        year.found();
        let mut number = 0;
        while number < posts {
            let campaign = (number + 1 + numbers.below(6) as usize).min(posts);
            let first = start() + TimeDelta::days(2) + numbers.seconds(358 * 86_400);
            let merged = first - TimeDelta::minutes(5) - numbers.seconds(86_400);
            for number in number..campaign {
                let due = first + numbers.seconds(2 * 86_400);
                year.tell(&mut numbers, number, merged, due);
            }
            number = campaign;
        }
        year.weather(&mut numbers);
        year
    }

    /// After the last post and what is to be tried again.
    pub(crate) fn end(&self) -> Instant {
        start() + TimeDelta::days(366)
    }

    fn at(&mut self, time: Instant, event: Event) {
        self.events.entry(time).or_default().push(event);
    }

    fn found(&mut self) {
        let config = format!(
            "version: 1\ntimezone: Europe/Berlin\nbranch: main\nauthors:\n  acme: {{ urn: \"{PAGE}\" }}\n  jane: {{ urn: \"{MEMBER}\" }}\ndefault_author: acme\npublish: {{ on_late: publish }}\n"
        );
        self.at(
            start(),
            Event::Merge("mergecast.yaml".to_owned(), Some(config)),
        );
    }

    /// A post is merged with its campaign, some are postponed or reworded or taken back, and
    /// in the end its file is archived, in some night after its time.
    fn tell(&mut self, numbers: &mut Numbers, number: usize, merged: Instant, due: Instant) {
        let mut text = format!("marker{number} as it was first written.");
        let mut now_due = due;
        self.at(
            merged,
            Event::Merge(file(number), Some(document(number, due, &text))),
        );
        let mut withdrawn = false;
        let change = due - TimeDelta::minutes(4);
        match numbers.below(12) {
            0 => {
                now_due = due + numbers.seconds(40_000);
                self.at(
                    change,
                    Event::Merge(file(number), Some(document(number, now_due, &text))),
                );
            }
            1 => {
                text = format!("marker{number} in other words.");
                self.at(
                    change,
                    Event::Merge(file(number), Some(document(number, due, &text))),
                );
            }
            2 => {
                withdrawn = true;
                self.at(change, Event::Merge(file(number), None));
            }
            _ => {}
        }
        let days = (now_due - start()).num_days() + 4;
        self.at(
            start() + TimeDelta::days(days),
            Event::Merge(file(number), None),
        );
        let expected = Expected {
            due: now_due,
            withdrawn,
            text,
        };
        self.expected.insert(number, expected);
    }

    fn weather(&mut self, numbers: &mut Numbers) {
        let year = 360 * 86_400;
        let when = |numbers: &mut Numbers| start() + TimeDelta::days(1) + numbers.seconds(year);
        for turn in 0..40 {
            let mut times = [when(numbers), when(numbers), when(numbers)];
            // Every other one begins shortly before a post is due, so that it is met.
            if turn % 2 == 0 {
                for time in &mut times {
                    let post = numbers.below(self.expected.len() as u64);
                    let due = self.expected[&usize::try_from(post).unwrap()].due;
                    *time = due - TimeDelta::seconds(30) - numbers.seconds(240);
                }
            }
            let [remote, linkedin, token] = times;
            self.at(remote, Event::Remote(false));
            self.at(remote + numbers.seconds(7200), Event::Remote(true));
            self.at(linkedin, Event::Linkedin(false));
            self.at(linkedin + numbers.seconds(3600), Event::Linkedin(true));
            self.at(token, Event::Token(false));
            self.at(token + numbers.seconds(14_400), Event::Token(true));
            let (suspend, hours) = (when(numbers), numbers.seconds(30_000));
            self.at(suspend, Event::Suspend(hours));
            self.deaths.push(when(numbers));
            self.deaths.push(when(numbers));
        }
        for _ in 0..6 {
            // LinkedIn counts anew at midnight, and the post waits until then.
            self.at(when(numbers), Event::Throttle);
            self.at(when(numbers), Event::LoseAnswer);
            self.at(when(numbers), Event::SetClock(TimeDelta::minutes(50)));
            self.at(when(numbers), Event::SetClock(-TimeDelta::minutes(50)));
        }
        for day in 0..365 {
            let noon = start() + TimeDelta::days(day) + TimeDelta::hours(7);
            self.at(noon + numbers.seconds(7200), Event::Look);
        }
        // Some die while they have something in hand: seconds around a post's time.
        let posts = self.expected.len();
        for number in (0..posts).step_by((posts / DEATHS_AT_WORK).max(5)) {
            let due = self.expected[&number].due;
            self.deaths
                .push(due + TimeDelta::milliseconds(4000) - numbers.seconds(9));
        }
        self.deaths.sort();
    }

    /// When the process that starts now is killed.
    pub(crate) fn next_death(&self, now: Instant) -> Instant {
        let mut deaths = self.deaths.iter().copied();
        let next = deaths.find(|death| *death > now);
        next.unwrap_or(self.end()).min(self.end())
    }

    /// Lets happen what should have happened by now.
    pub(crate) fn happen(&self, earth: &Earth, clock: &YearClock) {
        let now = clock.now();
        let since = self.happened.get();
        if since.is_some_and(|since| since >= now) {
            return;
        }
        self.happened.set(Some(now));
        let from = since.map_or(std::ops::Bound::Unbounded, std::ops::Bound::Excluded);
        let events = self.events.range((from, std::ops::Bound::Included(now)));
        for event in events.flat_map(|(_, events)| events) {
            *self.tally.borrow_mut().entry(event.word()).or_default() += 1;
            Self::one(earth, event);
        }
    }

    /// Merges what there is to merge, at once.
    pub(crate) fn merge_all(&self, earth: &Earth) {
        for event in self.events.values().flatten() {
            if matches!(event, Event::Merge(_, Some(_))) {
                Self::one(earth, event);
            }
        }
    }

    fn one(earth: &Earth, event: &Event) {
        let weather = &earth.weather;
        match event {
            Event::Merge(name, text) => {
                let bytes = text.as_ref().map(|text| text.clone().into());
                earth.branch.commit(path(name), bytes);
                if name == "mergecast.yaml" {
                    earth.branch.commit(path("i.png"), Some(png().into()));
                }
            }
            Event::Remote(there) => weather.remote_away.set(!there),
            Event::Linkedin(there) => weather.linkedin_away.set(!there),
            Event::Token(there) => weather.token_ended.set(!there),
            Event::LoseAnswer => weather.lose_answers.set(1),
            Event::Throttle => weather.throttle.set(1),
            Event::Suspend(time) => earth.clock.forward(*time),
            Event::SetClock(time) => earth.clock.set_by(*time),
            Event::Look => {
                person::settle(earth);
                earth.linkedin().forget_traffic();
            }
        }
    }

    /// Every post went out once, not before its time, with its last words, and is recorded as
    /// that; and what was taken back did not.
    pub(crate) fn as_told(&self, earth: &Earth) {
        let linkedin = earth.linkedin();
        let mut found: BTreeMap<usize, Vec<(String, Instant)>> = BTreeMap::new();
        for post in linkedin.posts() {
            let text = post.rendered.text.clone();
            let digits: String = text[6..].chars().take_while(char::is_ascii_digit).collect();
            let marker = digits.parse().unwrap();
            found
                .entry(marker)
                .or_default()
                .push((text, post.created_at));
        }
        let states = states(earth);
        let (mut late, mut withdrawn) = (Vec::new(), 0);
        for (number, expected) in &self.expected {
            let posts = found.remove(number).unwrap_or_default();
            let state = states.get(number).copied();
            if expected.withdrawn {
                assert_eq!(
                    (posts, state),
                    (Vec::new(), None),
                    "{number} was taken back"
                );
                withdrawn += 1;
                continue;
            }
            let due = expected.due;
            let [(text, at)] = posts.as_slice() else {
                panic!(
                    "{number}, due {due}, is there {} times: {posts:?}",
                    posts.len()
                );
            };
            assert_eq!(*text, expected.text, "{number}");
            assert!(*at >= due, "{number} at {at}, before {due}");
            assert_eq!(state, Some(State::Published), "{number} is at no end");
            late.push((*at - due).num_seconds());
        }
        assert!(found.is_empty(), "nobody wrote {found:?}");
        late.sort_unstable();
        println!(
            "{} out, {withdrawn} taken back before; late: median {} s, 90 % {} s, most {} s",
            late.len(),
            late[late.len() / 2],
            late[late.len() * 9 / 10],
            late[late.len() - 1]
        );
        assert!(withdrawn > 0, "none was taken back");
        assert!(
            late[late.len() / 2] <= 1,
            "most posts go out at their second"
        );
    }
}

/// How the ledger has each post.
fn states(earth: &Earth) -> BTreeMap<usize, State> {
    let ledger = earth.ledger.ledger();
    let state = |entry: &Entry| {
        let number = entry.key.as_str().strip_prefix('p')?.parse().ok()?;
        Some((number, entry.state))
    };
    ledger.entries.values().filter_map(state).collect()
}

fn png() -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    bytes.extend(4_u32.to_be_bytes());
    bytes.extend(4_u32.to_be_bytes());
    bytes.extend([8, 6, 0, 0, 0, 0, 0, 0, 0]);
    bytes
}
