//! What is worth a second look in a calendar that was played.
//!
//! Owns finding it. Must not change what happens.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Months, NaiveDate, TimeDelta};

use crate::desired::{DesiredPost, Schedule};
use crate::linkedin::versions::{Age, age};
use crate::model::Instant;
use crate::model::config::Config;
use crate::model::key::PostKey;
use crate::model::urn::{AuthorUrn, PostUrn};
use crate::model::zone::Tz;
use crate::pass::load::Content;
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

/// Authors who need as many requests on a day as LinkedIn allows them, or more.
pub(super) fn many_requests(
    config: &Config,
    authors: &BTreeMap<AuthorUrn, String>,
    requests: &BTreeMap<(NaiveDate, String), u32>,
) -> Vec<Hazard> {
    let known: BTreeMap<String, (&AuthorUrn, &String)> = authors
        .iter()
        .map(|(author, name)| (Directory::token_of(author), (author, name)))
        .collect();
    let many = requests.iter().filter_map(|((day, token), number)| {
        let (author, name) = known.get(token)?;
        let limit = config.requests_per_day(author)?;
        (*number >= limit).then(|| Hazard::ManyRequests {
            author: (*name).clone(),
            day: *day,
            requests: *number,
            limit,
        })
    });
    many.collect()
}

/// Whether posts are due when LinkedIn may have switched the API's version off.
pub(super) fn version_ends(content: &Content, (from, to): (Instant, Instant)) -> Option<Hazard> {
    let version = &content.config.api_version;
    let over = |at: Instant| age(version, at.date_naive()) == Age::Over;
    let due = scheduled(content).map(|(at, _)| at);
    let posts = due
        .filter(|at| (from..=to).contains(at) && over(*at))
        .count();
    let first = first_day_over(version)?;
    (posts > 0).then(|| Hazard::VersionEnds {
        version: version.clone(),
        from: first,
        posts,
    })
}

/// The first day on which `version` may be gone.
fn first_day_over(version: &str) -> Option<NaiveDate> {
    let (year, month) = (version.get(..4)?, version.get(4..6)?);
    let born = NaiveDate::from_ymd_opt(year.parse().ok()?, month.parse().ok()?, 1)?;
    let months = (0..=24).filter_map(|n| born.checked_add_months(Months::new(n)));
    months
        .into_iter()
        .find(|day| age(version, *day) == Age::Over)
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rehearse::testing::{at, content, out_as, published_posts};

    #[test]
    fn posts_of_one_author_need_room_and_those_of_two_do_not() {
        let content = content(&[]);
        let outs = [
            out_as("before", "acme", "2026-09-02T21:50:00Z"),
            out_as("a", "acme", "2026-09-02T22:10:00Z"),
            out_as("b", "jane", "2026-09-02T22:11:00Z"),
            out_as("c", "acme", "2026-09-02T22:39:59Z"),
            out_as("d", "acme", "2026-09-02T23:09:59Z"),
        ];
        let found = too_close(&content, &outs, at("2026-09-02T22:00:00Z"));
        let [Hazard::TooClose { author, posts }] = found.as_slice() else {
            panic!("{found:?}");
        };
        let keys: Vec<&str> = posts.iter().map(|(key, _, _)| key.as_str()).collect();
        assert_eq!((author.as_str(), keys), ("acme", vec!["before", "a", "c"]));
        let past = too_close(&content, &outs, at("2026-09-02T22:40:00Z"));
        assert_eq!(past, [], "what is over is over");
    }

    #[test]
    fn posts_of_one_second_are_told_with_when_the_last_is_out() {
        let content = content(&[
            ("a", "2026-09-03T07:00:00Z"),
            ("b", "2026-09-03T07:00:00Z"),
            ("c", "2026-09-03T07:00:01Z"),
        ]);
        let span = (at("2026-09-01T00:00:00Z"), at("2026-09-04T00:00:00Z"));
        let outs = [
            out_as("a", "acme", "2026-09-03T07:00:02Z"),
            out_as("b", "acme", "2026-09-03T07:00:04Z"),
        ];
        let found = same_second(&content, &outs, span);
        let [Hazard::SameSecond { posts, last, .. }] = found.as_slice() else {
            panic!("{found:?}");
        };
        assert_eq!((posts.len(), *last), (2, Some(TimeDelta::seconds(4))));
        let held = same_second(&content, &outs[..1], span);
        assert!(matches!(
            held.as_slice(),
            [Hazard::SameSecond { last: None, .. }]
        ));
        assert_eq!(same_second(&content, &outs, (span.1, span.1)), []);
    }

    #[test]
    fn a_version_that_ends_within_the_calendar_is_told() {
        let mut content = content(&[("a", "2027-08-31T07:00:00Z"), ("b", "2027-09-01T07:00:00Z")]);
        content.config.api_version = "202609".to_owned();
        let from = at("2026-11-01T00:00:00Z");
        let found = version_ends(&content, (from, at("2027-12-01T00:00:00Z")));
        let wanted = Hazard::VersionEnds {
            version: "202609".to_owned(),
            from: "2027-09-01".parse().unwrap(),
            posts: 1,
        };
        assert_eq!(found, Some(wanted));
        assert_eq!(
            version_ends(&content, (from, at("2027-08-31T23:00:00Z"))),
            None
        );
    }

    #[test]
    fn many_requests_are_told_by_author_and_day() {
        let jane = AuthorUrn::parse("urn:li:person:AbC_12-x").unwrap();
        let config = content(&[]).config;
        let limit = config.requests_per_day(&jane).unwrap();
        let token = Directory::token_of(&jane);
        let authors = [(jane, "jane".to_owned())].into();
        let day: NaiveDate = "2026-09-03".parse().unwrap();
        let next = day.succ_opt().unwrap();
        let requests = [((day, token.clone()), limit - 1), ((next, token), limit)].into();
        let found = many_requests(&config, &authors, &requests);
        let wanted = Hazard::ManyRequests {
            author: "jane".to_owned(),
            day: next,
            requests: limit,
            limit,
        };
        assert_eq!(found, [wanted]);
    }

    #[test]
    fn a_second_post_is_counted_where_readers_see_it() {
        let linkedin = published_posts(&["one", "two", "two", "nobody's", "nobody's"]);
        let author = linkedin.posts()[0].author.clone();
        let key = |text: &str| PostKey::parse(text).unwrap();
        let text = |text: &str| (author.clone(), text.to_owned());
        let mut wanted: BTreeMap<_, BTreeSet<PostKey>> = BTreeMap::new();
        wanted.entry(text("one")).or_default().insert(key("a"));
        wanted.entry(text("two")).or_default().insert(key("b"));
        assert_eq!(second_posts(&linkedin, &wanted), 2);
        // Two files may say the same.
        wanted.entry(text("two")).or_default().insert(key("c"));
        assert_eq!(second_posts(&linkedin, &wanted), 1);
    }
}
