//! What is worth a second look in a calendar that was played.
//!
//! Owns finding it. Must not change what happens.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike as _, NaiveDate, TimeDelta};
use chrono_tz::Tz;

use crate::desired::{DesiredPost, Schedule};
use crate::linkedin::versions::{Age, age};
use crate::model::Instant;
use crate::model::key::PostKey;
use crate::model::urn::{AuthorUrn, PostUrn};
use crate::pass::load::Content;
use crate::plan::requests::MEMBER_LIMIT;
use crate::report::rehearsal::Hazard;
use crate::rules::MINUTES_APART;
use crate::sandbox::{Directory, Linkedin};

/// A post as readers saw it go out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Out {
    pub(super) key: PostKey,
    pub(super) author: AuthorUrn,
    pub(super) zone: Tz,
    pub(super) at: Instant,
}

/// The posts of `linkedin` that have a key, in the order in which they went out.
pub(super) fn outs(
    content: &Content,
    linkedin: &Linkedin,
    keys: &BTreeMap<PostUrn, PostKey>,
) -> Vec<Out> {
    let zones = content.desired.posts.iter();
    let zones: BTreeMap<&PostKey, Tz> = zones.map(|post| (&post.key, post.zone)).collect();
    let config = &content.config;
    let posts = linkedin.posts().iter().filter_map(|post| {
        let key = keys.get(&post.urn)?;
        let zone = zones.get(key).copied();
        Some(Out {
            key: key.clone(),
            author: post.author.clone(),
            zone: zone.unwrap_or_else(|| config.author_zone(&post.author)),
            at: post.created_at,
        })
    });
    let mut outs: Vec<Out> = posts.collect();
    outs.sort_by(|a, b| (a.at, &a.key).cmp(&(b.at, &b.key)));
    outs
}

/// Groups of posts of one author that leave each other no room, as they went out from
/// `from` on.
pub(super) fn too_close(content: &Content, outs: &[Out], from: Instant) -> Vec<Hazard> {
    let mut groups: Vec<Vec<&Out>> = Vec::new();
    let mut newest: BTreeMap<&AuthorUrn, usize> = BTreeMap::new();
    for out in outs {
        let near = newest.get(&out.author).copied().filter(|group| {
            let last = groups.get(*group).and_then(|group| group.last());
            last.is_some_and(|last| out.at - last.at < TimeDelta::minutes(MINUTES_APART))
        });
        match near.and_then(|group| groups.get_mut(group)) {
            Some(group) => group.push(out),
            None => {
                newest.insert(&out.author, groups.len());
                groups.push(vec![out]);
            }
        }
    }
    let close = groups
        .into_iter()
        .filter(|group| group.len() > 1 && group.last().is_some_and(|last| last.at >= from));
    close
        .map(|group| Hazard::TooClose {
            author: group.first().map_or_else(String::new, |out| {
                content.config.author_name(&out.author).to_owned()
            }),
            posts: group
                .iter()
                .map(|out| (out.key.clone(), out.at, out.zone))
                .collect(),
        })
        .collect()
}

/// The posts that may go out, with their times.
fn scheduled(content: &Content) -> impl Iterator<Item = (Instant, &DesiredPost)> {
    let posts = content.desired.posts.iter().filter(|post| !post.draft);
    posts.filter_map(|post| match post.schedule {
        Schedule::At(at) => Some((at, post)),
        Schedule::OnMerge | Schedule::Unscheduled => None,
    })
}

/// Posts meant for the same second.
pub(super) fn same_second(
    content: &Content,
    outs: &[Out],
    (from, to): (Instant, Instant),
) -> Vec<Hazard> {
    let mut seconds: BTreeMap<Instant, Vec<&DesiredPost>> = BTreeMap::new();
    for (at, post) in scheduled(content) {
        if (from..=to).contains(&at) {
            seconds.entry(at).or_default().push(post);
        }
    }
    let out_at: BTreeMap<&PostKey, Instant> = outs.iter().map(|out| (&out.key, out.at)).collect();
    let several = seconds.into_iter().filter(|(_, posts)| posts.len() > 1);
    several
        .map(|(at, posts)| {
            let all: Option<Vec<Instant>> = posts
                .iter()
                .map(|post| out_at.get(&post.key).copied())
                .collect();
            Hazard::SameSecond {
                at: (
                    at,
                    posts
                        .first()
                        .map_or(content.config.timezone, |post| post.zone),
                ),
                last: all
                    .and_then(|times| times.into_iter().max())
                    .map(|last| last - at),
                posts: posts.iter().map(|post| post.key.clone()).collect(),
            }
        })
        .collect()
}

/// Authors who would need more requests on a day than some apps have.
pub(super) fn many_requests(
    authors: &BTreeMap<AuthorUrn, String>,
    requests: &BTreeMap<(NaiveDate, String), u32>,
) -> Vec<Hazard> {
    let names: BTreeMap<String, &String> = authors
        .iter()
        .map(|(author, name)| (Directory::token_of(author), name))
        .collect();
    let many = requests
        .iter()
        .filter(|(_, number)| **number >= MEMBER_LIMIT);
    many.map(|((day, token), number)| Hazard::ManyRequests {
        author: names
            .get(token)
            .map_or_else(String::new, |name| (*name).clone()),
        day: *day,
        requests: *number,
        limit: MEMBER_LIMIT,
    })
    .collect()
}

/// Whether posts are due when LinkedIn may have switched the API's version off.
pub(super) fn version_ends(content: &Content, (from, to): (Instant, Instant)) -> Option<Hazard> {
    let version = &content.config.api_version;
    let over = |at: Instant| age(version, at.date_naive()) == Age::Over;
    let due = scheduled(content).map(|(at, _)| at);
    let posts = due
        .filter(|at| (from..=to).contains(at) && over(*at))
        .count();
    let first = first_day_over(version, from.date_naive())?;
    (posts > 0).then(|| Hazard::VersionEnds {
        version: version.clone(),
        from: first,
        posts,
    })
}

/// The first day of the month in which `version` is over, from `today` on.
fn first_day_over(version: &str, today: NaiveDate) -> Option<NaiveDate> {
    let mut day = today;
    for _ in 0..=24 {
        if age(version, day) == Age::Over {
            return Some(day);
        }
        let next = day
            .with_day(1)?
            .checked_add_months(chrono::Months::new(1))?;
        day = next;
    }
    None
}

/// How many posts `linkedin` has beyond one for each post of the content, and each post
/// that was recorded before; `recorded` are the texts of the latter.
pub(super) fn second_posts(
    linkedin: &Linkedin,
    wanted: &BTreeMap<(AuthorUrn, String), BTreeSet<PostKey>>,
) -> usize {
    let mut found: BTreeMap<(&AuthorUrn, &str), usize> = BTreeMap::new();
    for post in linkedin.posts() {
        *found.entry((&post.author, &post.raw)).or_default() += 1;
    }
    let beyond = found.into_iter().map(|((author, raw), number)| {
        let keys = wanted.get(&(author.clone(), raw.to_owned()));
        number.saturating_sub(keys.map_or(1, BTreeSet::len).max(1))
    });
    beyond.sum()
}
