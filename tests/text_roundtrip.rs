//! What readers see is what the author wrote: the sandbox's reader, which shares no code
//! with the escaper, renders exactly the words of the commentary.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::cell::RefCell;
use std::collections::BTreeMap;

use mergecast::content::markdown::read_body;
use mergecast::diagnostic::SourceText;
use mergecast::model::commentary::{Commentary, Segment};
use mergecast::model::little::{LittleText, RESERVED};
use mergecast::model::path::ContentPath;
use mergecast::sandbox::little::render;
use proptest::prelude::*;

/// A piece of text and the class it stands for.
fn piece() -> impl Strategy<Value = (&'static str, String)> {
    let reserved =
        prop::sample::select(RESERVED.to_vec()).prop_map(|c| ("reserved", c.to_string()));
    let fixed = |class: &'static str, texts: &'static [&'static str]| {
        prop::sample::select(texts).prop_map(move |text| (class, text.to_owned()))
    };
    prop_oneof![
        4 => reserved,
        4 => "[a-z]{1,6}".prop_map(|word| ("word", word)),
        2 => fixed("space", &[" ", "\n", "\n\n", "  \n"]),
        2 => fixed("emoji", &["👩‍👩‍👧", "🇩🇪", "❤️‍🔥", "👍🏽"]),
        2 => fixed("right-to-left", &["שלום", "مرحبا"]),
        2 => fixed("cjk", &["日本語", "한국어", "＃全角"]),
        1 => fixed("mark", &["e\u{301}", "क्षि"]),
        2 => fixed("hashtag", &[" #Rust ", " #Zürich", " #日本 "]),
        2 => fixed("mention", &["@[Acme (EU)](urn:li:organization:42)", " @[Ann](urn:li:person:a_B-9) "]),
        2 => fixed("link", &["[docs](https://e.io/a_b)", "<https://e.io/x>"]),
        2 => fixed("markdown", &["\n- item\n", "\n> quote\n", "\n# head\n", "**b**", "`c_d`", "\n1. one\n"]),
        1 => any::<char>().prop_map(|c| ("any", c.to_string())),
    ]
}

fn commentary(markdown: &str) -> Commentary {
    let path = ContentPath::parse("posts/a.md").unwrap();
    read_body(&SourceText::new(&path, markdown), 0..markdown.len()).commentary
}

fn agrees(commentary: &Commentary) -> Result<(), TestCaseError> {
    let wire = LittleText::encode(commentary);
    let seen = render(wire.as_str());
    prop_assert!(!seen.cut, "cut: {:?}", wire);
    prop_assert_eq!(&seen.text, &commentary.to_plain());
    let mentions: Vec<(String, String)> = commentary
        .segments()
        .iter()
        .filter_map(|segment| match segment {
            Segment::Mention { name, urn } => Some((name.clone(), urn.to_string())),
            Segment::Text(_) | Segment::Hashtag(_) => None,
        })
        .collect();
    prop_assert_eq!(seen.mentions, mentions);
    Ok(())
}

#[test]
fn every_markdown_renders_as_its_commentary() {
    let hits: RefCell<BTreeMap<&'static str, u32>> = RefCell::default();
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(1024)
    });
    let pieces = prop::collection::vec(piece(), 0..24);
    runner
        .run(&pieces, |pieces| {
            for (class, _) in &pieces {
                *hits.borrow_mut().entry(class).or_default() += 1;
            }
            let markdown: String = pieces.iter().map(|(_, text)| text.as_str()).collect();
            agrees(&commentary(&markdown.replace(['\r', '\0'], " ")))
        })
        .unwrap();
    assert_eq!(
        hits.borrow().len(),
        12,
        "a class was never generated: {:?}",
        hits.borrow()
    );
}

#[test]
fn plain_words_arrive_word_for_word() {
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(512)
    });
    let words = prop::collection::vec("[A-Za-z0-9äöüß日本(){}|@%&;:.,?!]{1,8}", 1..12);
    runner
        .run(&words, |words| {
            let text = format!("w {}", words.join(" w "));
            let wire =
                LittleText::encode(&Commentary::from_segments([Segment::Text(text.clone())]));
            prop_assert_eq!(render(wire.as_str()).text, text);
            Ok(())
        })
        .unwrap();
}
