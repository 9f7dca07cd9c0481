//! The two authors of every simulated world, and the LinkedIn they have.

use mergecast::model::path::ContentPath;
use mergecast::model::urn::AuthorUrn;
use mergecast::sandbox::Linkedin;

pub(crate) const PAGE: &str = "urn:li:organization:42";
pub(crate) const MEMBER: &str = "urn:li:person:AbC_12-x";

/// A LinkedIn with two authors that would take the same text twice: its own check for
/// duplicates must not hide ours.
pub(crate) fn linkedin() -> Linkedin {
    let author = |urn: &str| AuthorUrn::parse(urn).unwrap();
    let authors = [
        (author(PAGE), "acme".to_owned()),
        (author(MEMBER), "jane".to_owned()),
    ];
    let mut linkedin = Linkedin::for_authors(authors.into_iter());
    linkedin.settings.dup_window_s = 0;
    // A crash at every step uploads the same images more often than a day allows.
    linkedin.settings.quota_member = Some(u32::MAX);
    linkedin.settings.quota_app = Some(u32::MAX);
    linkedin
}

pub(crate) fn path(text: &str) -> ContentPath {
    ContentPath::parse(text).unwrap()
}
