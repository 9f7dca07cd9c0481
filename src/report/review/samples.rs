//! Reviews that the tests show.

use super::*;
use crate::report::samples;

pub(super) fn post(key: &str) -> ReviewedPost {
    ReviewedPost {
        change: Change::New,
        key: key.to_owned(),
        was: None,
        path: format!("posts/{key}.md"),
        author: "acme".to_owned(),
        zone: "Europe/Berlin".to_owned(),
        when: When::At(samples::at("2026-09-03T16:30:00Z")),
        when_before: None,
        effect: Effect::Wait,
        cause: Cause {
            code: "not-due".to_owned(),
            message: "its time has not come".to_owned(),
            help: None,
        },
        hazards: Vec::new(),
        text: Some("We ship today.\n\n#rust".to_owned()),
        before: None,
        media: Vec::new(),
        card: None,
        visibility: None,
        first_comment: None,
        live: None,
    }
}

pub(super) fn review(posts: Vec<ReviewedPost>) -> Review {
    Review {
        now: samples::now(),
        posts,
        unchanged: 2,
        problems: Vec::new(),
        refusals: Vec::new(),
        base_known: true,
        record: Record::Fetched,
        others_known: true,
        next_due: Some(samples::at("2026-09-03T16:30:00Z")),
        digest: "64879f7d6b96".to_owned(),
    }
}

/// A post whose every text is hostile.
fn hostile_post() -> ReviewedPost {
    let text = samples::hostile();
    let some = || Some(samples::hostile());
    ReviewedPost {
        key: text.clone(),
        was: some(),
        path: text.clone(),
        author: text.clone(),
        zone: text.clone(),
        cause: Cause {
            code: text.clone(),
            message: text.clone(),
            help: some(),
        },
        text: some(),
        before: Some(Before {
            text: format!("![a](https://evil.example/pixel.png)\n{text}"),
            live: true,
        }),
        live: some(),
        visibility: some(),
        first_comment: some(),
        media: vec![Medium {
            path: text.clone(),
            kind: text.clone(),
            bytes: 1,
            pixels: None,
            alt: some(),
            title: some(),
            new: true,
        }],
        hazards: vec![Hazard::Near {
            minutes: i64::MIN,
            key: text,
            place: Place::PullRequest(7),
        }],
        ..post("x")
    }
}

/// A review whose every text is hostile.
pub(super) fn hostile() -> Review {
    let text = samples::hostile();
    let some = || Some(samples::hostile());
    let with = |effect, card| ReviewedPost {
        effect,
        card,
        ..hostile_post()
    };
    let article = Card::Article {
        url: "https://evil.example/![x](y)".to_owned(),
        title: text.clone(),
        description: some(),
    };
    let poll = Card::Poll {
        question: text.clone(),
        options: vec![text.clone(); 2],
        duration: text.clone(),
    };
    let reshare = Card::Reshare { urn: text.clone() };
    let mut review = review(vec![
        with(Effect::Hold, Some(article)),
        with(Effect::Unknown, Some(poll)),
        with(Effect::Nothing, Some(reshare)),
        with(Effect::Wait, None),
    ]);
    review.problems = vec![Problem {
        is_error: true,
        code: text.clone(),
        message: text.clone(),
        path: some(),
        line: 3,
    }];
    review.refusals = vec![Refusal::Frozen {
        reasons: vec![text.clone(); 20],
        help: text.clone(),
    }];
    review.digest = text;
    review
}
