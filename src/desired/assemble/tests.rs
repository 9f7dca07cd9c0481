use proptest::prelude::*;

use super::*;
use crate::model::key::PostKey;
use crate::model::media::{MediaFormat, MediaKind};
use crate::rules::testing::{broken, config, document, facts, parsed, path, seen, with_media};

fn state(files: Vec<ParsedFile>, media: &MediaSeen) -> DesiredState {
    assemble(&config(), files, media, Some("c0ffee".to_owned()))
}

fn keyed(file: &str, body: &str, key: &str) -> ParsedFile {
    let mut document = document(file, body);
    document.key.value = PostKey::parse(key).unwrap();
    document.explicit_id = true;
    parsed(document)
}

fn codes(state: &DesiredState) -> Vec<&'static str> {
    state.diagnostics.iter().map(|found| found.code).collect()
}

#[test]
fn a_clean_document_becomes_a_post_with_its_digest() {
    let post = with_media(document("posts/a.md", "Words #tag"), "a.png");
    let media = seen("posts/a.png", Ok(facts(MediaFormat::Png)));
    let state = state(vec![parsed(post)], &media);
    assert_eq!(state.diagnostics, []);
    assert_eq!(state.blocked, []);
    assert_eq!(state.content_commit.as_deref(), Some("c0ffee"));
    let [post] = state.posts.as_slice() else {
        panic!("one post");
    };
    assert_eq!(post.digest, post.content().digest());
    assert_eq!(post.media[0].path, path("posts/a.png"));
    assert_eq!(post.media[0].facts.format.unwrap().kind(), MediaKind::Image);
}

#[test]
fn the_digest_follows_the_bytes_of_media_and_not_the_path() {
    let made = |file: &str, bytes: &[u8]| {
        let mut post = with_media(document(file, "Words"), "a.png");
        post.media[0].path = Ok(path("a.png"));
        let facts = MediaFacts {
            digest: Digest::of(bytes),
            ..facts(MediaFormat::Png)
        };
        let state = state(vec![parsed(post)], &seen("a.png", Ok(facts)));
        state.posts[0].digest.clone()
    };
    assert_eq!(made("posts/a.md", b"1"), made("posts/b.md", b"1"));
    assert_ne!(made("posts/a.md", b"1"), made("posts/a.md", b"2"));
}

#[test]
fn an_error_blocks_its_document_only_and_all_problems_are_told_at_once() {
    let empty = with_media(document("posts/b.md", "\u{202E}"), "../../x.png");
    let files = vec![
        broken("posts/c.md", "c"),
        parsed(empty),
        parsed(document("posts/a.md", "Words")),
        parsed(with_media(document("posts/d.md", ""), "d.svg")),
    ];
    let state = state(files, &seen("posts/d.svg", Err(ReadError::NotFound)));
    let posts: Vec<_> = state.posts.iter().map(|post| post.path.as_str()).collect();
    assert_eq!(posts, ["posts/a.md"]);
    let blocked: Vec<_> = state
        .blocked
        .iter()
        .map(|document| (document.path.as_str(), document.problem.0))
        .collect();
    assert_eq!(
        blocked,
        [
            ("posts/b.md", "media-outside"),
            ("posts/c.md", "yaml-syntax"),
            ("posts/d.md", "media-missing"),
        ]
    );
    // `yaml-syntax` of the fixture has no place and comes first.
    assert_eq!(
        codes(&state),
        [
            "yaml-syntax",
            "media-outside",
            "invisible-character",
            "media-missing"
        ]
    );
}

#[test]
fn warnings_block_nothing() {
    let state = state(
        vec![parsed(document("posts/a.md", "𝗕𝗶𝗴 #a #a #b #c #d #e #f"))],
        &MediaSeen::new(),
    );
    assert_eq!(state.posts.len(), 1);
    assert_eq!(
        codes(&state),
        ["fake-bold", "hashtag-repeated", "hashtags-many"]
    );
}

#[test]
fn duplicate_keys_block_everyone_involved_and_nobody_else() {
    let files = vec![
        keyed("posts/a.md", "One", "same"),
        keyed("posts/b.md", "Two", "same"),
        keyed("posts/c.md", "Three", "other"),
        broken("posts/d.md", "same"),
    ];
    let state = state(files, &MediaSeen::new());
    assert_eq!(state.posts.len(), 1);
    assert_eq!(state.posts[0].key.as_str(), "other");
    let blocked: Vec<_> = state
        .blocked
        .iter()
        .map(|document| (document.path.as_str(), document.problem.0))
        .collect();
    assert_eq!(
        blocked,
        [
            ("posts/a.md", "duplicate-key"),
            ("posts/b.md", "duplicate-key"),
            ("posts/d.md", "yaml-syntax"),
        ]
    );
}

#[test]
fn a_file_without_a_document_is_blocked_even_without_a_diagnostic() {
    let mut file = broken("posts/a.md", "a");
    file.diagnostics.clear();
    assert_eq!(state(vec![file], &MediaSeen::new()).blocked.len(), 1);
}

#[test]
fn only_media_that_may_be_read_are_asked_for() {
    let post = ["a.png", "../../x.png", "/.git/config", "/b.png", "a.png"]
        .into_iter()
        .fold(document("posts/a.md", ""), with_media);
    let paths = media_paths(&[parsed(post), broken("posts/b.md", "b")]);
    assert_eq!(paths, [path("b.png"), path("posts/a.png")].into());
}

#[test]
fn a_file_of_nothing_but_images_is_refused_for_their_number() {
    let post = (0..30_000).fold(document("posts/a.md", "Words"), |post, at| {
        with_media(post, &format!("{at}.png"))
    });
    let files = vec![parsed(post)];
    assert_eq!(media_paths(&files).len(), 100);
    let state = state(files, &MediaSeen::new());
    assert_eq!(state.blocked.len(), 1);
    assert!(codes(&state).contains(&"media-count"));
}

fn any_file() -> impl Strategy<Value = ParsedFile> {
    let key = prop::sample::select(vec!["k", "l", "m", "n", "o", "p", "q", "r"]);
    let body = prop::sample::select(vec!["", "One", "Two #a #a", "𝗕𝗶𝗴", "a\u{202E}b"]);
    let media = prop::option::of(prop::sample::select(vec!["1.png", "2.png", "3.png"]));
    (key, body, media, 0..6_u8).prop_map(|(key, body, media, shape)| {
        let mut post = document("posts/x.md", body);
        post.key.value = PostKey::parse(key).unwrap();
        if let Some(media) = media {
            post = with_media(post, media);
        }
        if shape == 0 {
            broken("posts/x.md", key)
        } else {
            parsed(post)
        }
    })
}

proptest! {
    #[test]
    fn the_order_of_files_does_not_matter(
        (files, shuffled) in prop::collection::vec(any_file(), 0..12)
            .prop_map(|mut files| {
                for (at, file) in files.iter_mut().enumerate() {
                    let place = path(&format!("posts/{at:02}.md"));
                    if let Some(document) = &mut file.document {
                        document.path = place.clone();
                    }
                    file.path = place;
                }
                files
            })
            .prop_flat_map(|files| (Just(files.clone()), Just(files).prop_shuffle()))
    ) {
        let media: MediaSeen = [
            (path("posts/1.png"), Ok(facts(MediaFormat::Png))),
            (path("posts/2.png"), Err(ReadError::NotFound)),
        ]
        .into();
        let number = files.len();
        let one = state(files, &media);
        let other = state(shuffled, &media);
        prop_assert_eq!(&one, &other);
        prop_assert_eq!(one.posts.len() + one.blocked.len(), number);
        prop_assert!(one.posts.windows(2).all(|pair| pair[0].key < pair[1].key));
        prop_assert!(one.blocked.windows(2).all(|pair| pair[0].path < pair[1].path));
        for post in &one.posts {
            prop_assert!(post.media.iter().all(|media| media.path == path("posts/1.png")));
        }
    }
}
