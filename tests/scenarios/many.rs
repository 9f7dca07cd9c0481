//! Many posts: none is lost, none keeps another back.

use chrono::TimeDelta;
use mergecast::record::State;
use mergecast::report::results::Outcome;
use mergecast::sandbox::{Fault, When};

use crate::place::{Place, result, told};

#[test]
fn twenty_posts_of_the_same_minute_all_go_out_in_order() {
    let place = Place::new("{ max_per_run: 20 }");
    let time = place.now() - TimeDelta::minutes(1);
    let names: Vec<String> = (0..20).map(|number| format!("p{number:02}")).collect();
    for name in names.iter().rev() {
        place.post_at(name, time, &format!("This is {name}"));
    }
    assert_eq!(place.pass().exit.code(), 0);
    assert_eq!(place.pass().exit.code(), 0);
    let texts: Vec<String> = place.posts().iter().map(|post| post.raw.clone()).collect();
    let wanted: Vec<String> = names.iter().map(|name| format!("This is {name}")).collect();
    assert_eq!(texts, wanted);
}

/// A hundred posts over ninety days, with mishaps on the way; two runs a day.
#[test]
fn a_hundred_posts_over_ninety_days_all_come_to_an_end() {
    let place = Place::new("{}");
    let start = place.now();
    for number in 0_i32..100 {
        let time = start + TimeDelta::minutes(i64::from(number) * 1290);
        place.post_at(
            &format!("p{number:03}"),
            time,
            &format!("Post number {number}"),
        );
    }
    for nth in [7, 40, 70] {
        place.fault_create(nth, When::Before, Fault::Status(429));
        place.fault_create(nth + 20, When::Before, Fault::Refuse);
    }
    while place.now() < start + TimeDelta::days(90) {
        let report = place.pass();
        let due = report.results.iter().filter(|result| {
            let due = result
                .item
                .scheduled_at
                .is_some_and(|time| time <= report.now);
            due && result.outcome == Outcome::None && result.item.urn.is_none()
        });
        assert_eq!(due.count(), 0, "a due post of which nothing is said");
        place.later(12 * 3600);
    }
    place.pass();
    let ledger = place.recorded();
    let published = ledger
        .entries
        .values()
        .filter(|entry| entry.state == State::Published);
    assert_eq!((published.count(), place.posts().len()), (100, 100));
}

/// A post that LinkedIn refuses is named in every run and keeps no other one back.
#[test]
fn a_refused_post_blocks_no_other_and_does_not_count_as_sent() {
    let place = Place::new("{}");
    for name in ["a", "b", "c"] {
        place.post(name, "", &format!("Post {name}"));
    }
    place.fault_create(1, When::Before, Fault::Status(400));
    let report = place.pass();
    let outcomes = ["a", "b", "c"].map(|name| result(&report, name).outcome);
    assert_eq!(
        outcomes,
        [Outcome::Failed, Outcome::Published, Outcome::Published]
    );
    for _ in 0..5 {
        place.later(3600);
        assert_eq!(told(&place.pass(), "a"), (Outcome::Failed, 1));
    }
    assert_eq!((place.posts().len(), place.creates()), (2, 3));
    place.post("a", "", "Post a, in other words");
    assert_eq!(told(&place.pass(), "a"), (Outcome::Published, 0));
}
