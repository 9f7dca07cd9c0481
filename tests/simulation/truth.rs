//! What readers saw: read from LinkedIn's posts, never from our own record.

use std::collections::BTreeMap;

use mergecast::model::Instant;
use mergecast::sandbox::{Content, Linkedin};

/// The word that names one post through all its edits, renames and copies.
pub(crate) type Marker = u32;

/// The marker in a text.
pub(crate) fn marker_of(text: &str) -> Option<Marker> {
    let (_, rest) = text.split_once("marker")?;
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

/// One post there is or was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Visible {
    pub(crate) author: String,
    pub(crate) text: String,
    pub(crate) images: usize,
    pub(crate) live: bool,
    pub(crate) created_at: Instant,
}

/// Every post there ever was, by marker.
pub(crate) fn of(linkedin: &Linkedin) -> BTreeMap<Marker, Vec<Visible>> {
    let mut truth: BTreeMap<Marker, Vec<Visible>> = BTreeMap::new();
    for post in linkedin.posts() {
        let text = post.rendered.text.clone();
        let marker = marker_of(&text).unwrap_or_else(|| panic!("no marker in {text:?}"));
        let images = match &post.content {
            None => 0,
            Some(Content::Media(_)) => 1,
            Some(Content::MultiImage { images }) => images.len(),
            Some(other) => panic!("nobody asked for {other:?}"),
        };
        truth.entry(marker).or_default().push(Visible {
            author: post.author.to_string(),
            text,
            images,
            live: post.is_live(),
            created_at: post.created_at,
        });
    }
    truth
}
