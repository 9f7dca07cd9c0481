//! A review as a pull request comment or a job summary.
//!
//! Owns what is left out, and in which order, when a review is longer than GitHub takes.
//! Nothing is ever cut in the middle: a whole smaller page is made.

use super::sections::{head, list, section, tail};
use super::{Change, Review};
use crate::report::clean;

/// The longest comment, in characters. GitHub refuses more than 65,536.
pub const COMMENT_LIMIT: usize = 60_000;
/// The longest part of a job summary, in characters, so that it never has more bytes than
/// GitHub takes for one step (1 MiB).
pub const SUMMARY_LIMIT: usize = 120_000;

/// Whose run worked the review out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// One of this repository.
    Own,
    /// One of a fork, which could have said anything.
    Fork,
}

/// What one version of the page shows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Extent {
    /// Old texts, media and settings.
    pub(super) details: bool,
    /// Characters of each text; `None`: no texts.
    pub(super) text: Option<usize>,
    /// Posts in the list.
    pub(super) rows: usize,
    /// Problems listed.
    pub(super) problems: usize,
}

/// Details go first, then texts, then names.
const CUTS: [Extent; 7] = [
    Extent {
        details: true,
        text: Some(usize::MAX),
        rows: usize::MAX,
        problems: usize::MAX,
    },
    Extent {
        details: false,
        text: Some(usize::MAX),
        rows: usize::MAX,
        problems: 50,
    },
    Extent {
        details: false,
        text: Some(400),
        rows: usize::MAX,
        problems: 50,
    },
    Extent {
        details: false,
        text: None,
        rows: usize::MAX,
        problems: 20,
    },
    Extent {
        details: false,
        text: None,
        rows: 100,
        problems: 20,
    },
    Extent {
        details: false,
        text: None,
        rows: 20,
        problems: 5,
    },
    Extent {
        details: false,
        text: None,
        rows: 0,
        problems: 0,
    },
];

/// The review in at most `limit` characters, where the bare headline fits into them;
/// whatever is left out is said.
#[must_use]
pub fn review_markdown(review: &Review, origin: Origin, limit: usize) -> String {
    let mut markdown = String::new();
    for (index, extent) in CUTS.iter().enumerate() {
        markdown = page(review, origin, extent, index > 0);
        if markdown.chars().count() <= limit {
            break;
        }
    }
    markdown
}

fn page(review: &Review, origin: Origin, extent: &Extent, is_cut: bool) -> String {
    let mut page = head(review, origin, extent);
    page.push_str(&list(review, extent));
    for post in &review.posts {
        let has_more = post.text.is_some() || extent.details;
        if extent.text.is_some() && has_more && post.change != Change::Broken {
            page.push_str(&section(post, review.now, extent));
        }
    }
    if is_cut {
        page.push_str(
            "Parts are left out here to stay within GitHub's limits; `mergecast plan -v` shows all of it.\n\n",
        );
    }
    page.push_str(&tail(review));
    clean::defuse(&page)
}
