//! Three months of a team's work, made from a seed: what is merged when, and what readers
//! must have seen in the end.

use std::collections::BTreeMap;

use chrono::{TimeDelta, Timelike as _};
use mergecast::model::Instant;
use mergecast::ports::Clock as _;

use crate::globe::Globe;
use crate::outside::{MEMBER, PAGE, path};
use crate::stories::{STORIES, Story, tell};
use crate::truth::Marker;

/// What the branch must refuse or take from now on, or files that are merged.
#[derive(Clone, Debug)]
pub(crate) enum Event {
    Merge(Vec<(String, Option<Vec<u8>>)>),
    Protect(bool),
}

/// What must have become of one post when all is done.
#[derive(Clone, Debug)]
pub(crate) struct Expected {
    pub(crate) story: Story,
    pub(crate) author: &'static str,
    /// How often it is created: never, or once.
    pub(crate) created: usize,
    /// Whether readers still see it; `None`: it depends on what else is on the branch.
    pub(crate) live: Option<bool>,
    pub(crate) text: String,
    pub(crate) images: usize,
    /// It is not created before.
    pub(crate) due: Instant,
}

/// What happens when, and what must come of it.
#[derive(Debug, Default)]
pub(crate) struct Campaign {
    pub(crate) days: i64,
    pub(crate) events: BTreeMap<Instant, Vec<Event>>,
    pub(crate) expected: BTreeMap<Marker, Expected>,
}

/// A small generator of numbers: SplitMix64 (Steele, Lea, Flood 2014).
#[derive(Clone, Debug)]
pub(crate) struct Numbers(pub(crate) u64);

impl Numbers {
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % limit
    }

    fn minutes(&mut self, least: i64, most: i64) -> TimeDelta {
        let span = u64::try_from(most - least).unwrap();
        TimeDelta::minutes(least + i64::try_from(self.below(span)).unwrap())
    }

    pub(crate) fn hours(&mut self, least: i64, most: i64) -> TimeDelta {
        self.minutes(least * 60, most * 60)
    }
}

/// The first moment. European and American summer times begin within the campaign.
pub(crate) fn start() -> Instant {
    "2026-01-05T05:00:00Z".parse().unwrap()
}

/// Three months, and half of that.
pub(crate) const WHOLE: i64 = 92;
pub(crate) const HALF: i64 = 46;
/// The last post is written so many days before the end.
const AFTERWARDS: i64 = 16;

fn config(paused: bool, prune: bool) -> Event {
    let text = format!(
        "version: 1\ntimezone: Europe/Berlin\nbranch: main\nauthors:\n  acme: {{ urn: \"{PAGE}\" }}\n  jane: {{ urn: \"{MEMBER}\" }}\ndefault_author: acme\npublish:\n  paused: {paused}\n  prune: {prune}\n"
    );
    let files = vec![("mergecast.yaml".to_owned(), Some(text.into_bytes()))];
    Event::Merge(files)
}

impl Campaign {
    /// So many days drawn by `seed`.
    pub(crate) fn from_seed(seed: u64, days: i64) -> Self {
        let mut campaign = Self {
            days,
            ..Self::default()
        };
        let mut numbers = Numbers(seed);
        campaign.at(start(), config(false, false));
        campaign.at(start() + TimeDelta::days(30), config(true, false));
        let go_on = start() + TimeDelta::days(30) + TimeDelta::hours(10);
        campaign.at(go_on, config(false, false));
        campaign.at(start() + TimeDelta::days(40), Event::Protect(true));
        campaign.at(start() + TimeDelta::days(45), Event::Protect(false));
        campaign.at(start() + TimeDelta::days(60), config(false, true));
        let first = usize::try_from(numbers.below(STORIES.len() as u64)).unwrap();
        let days = (0..days - AFTERWARDS).filter(|day| day % 3 != 2);
        for (marker, day) in (1..).step_by(2).zip(days) {
            let story = STORIES[(first + usize::try_from(marker).unwrap() / 2) % STORIES.len()];
            let added = start() + TimeDelta::days(day) + numbers.hours(1, 20);
            tell(&mut campaign, &mut numbers, marker, story, added);
        }
        campaign
    }

    pub(crate) fn at(&mut self, time: Instant, event: Event) {
        self.events.entry(time).or_default().push(event);
    }

    /// When runs are started: every six hours, a little late as schedules are, and soon
    /// after every merge.
    pub(crate) fn ticks(&self) -> Vec<Instant> {
        let mut ticks: Vec<Instant> = self
            .events
            .keys()
            .map(|time| *time + TimeDelta::minutes(2))
            .collect();
        let mut tick = start();
        while tick < start() + TimeDelta::days(self.days) {
            ticks.push(tick + TimeDelta::minutes(i64::from(tick.hour() * 7 % 23)));
            tick += TimeDelta::hours(6);
        }
        ticks.sort();
        ticks.dedup();
        ticks
    }

    /// Lets happen what the team does until now and has not done yet.
    pub(crate) fn happen(&self, globe: &Globe) {
        let now = globe.clock.now();
        let since = globe.happened.replace(Some(now));
        for (time, events) in &self.events {
            if *time > now || since.is_some_and(|since| *time <= since) {
                continue;
            }
            for event in events {
                match event {
                    Event::Merge(files) => {
                        let files = files.iter();
                        let files = files.map(|(name, bytes)| (path(name), bytes.clone()));
                        globe.outside.repository.commit(files);
                    }
                    Event::Protect(protected) => globe.outside.repository.protect(*protected),
                }
            }
        }
    }
}
