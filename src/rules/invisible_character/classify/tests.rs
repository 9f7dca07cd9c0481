use super::*;

fn classes(text: &str) -> Vec<Class> {
    scan(text).into_iter().map(|found| found.class).collect()
}

#[test]
fn legal_text_of_many_scripts_raises_no_alarm() {
    for text in [
        "Plain words, “quotes”, naïve façade — and\ttabs\nand lines",
        "السلام عليكم ورحمة الله وبركاته ١٢٣",
        "שלום עולם, שָׁלוֹם",
        "שלום\u{200F}! C++\u{200E} עברית",
        "می\u{200C}خواهم کتاب\u{200C}ها را بخوانم",
        "क्\u{200D}ष क्\u{200C}ष हिन्दी",
        "ശ്രീ അവന്\u{200D}",
        "ශ්\u{200D}රී ලංකා",
        "ខ្ញុំ\u{200B}ស្រឡាញ់\u{200B}កម្ពុជា",
        "ภาษา\u{200B}ไทย",
        "👩\u{200D}👩\u{200D}👧\u{200D}👦 family",
        "👩🏽\u{200D}💻 🧑🏿\u{200D}🚀 🏳\u{FE0F}\u{200D}🌈 🏴\u{200D}☠\u{FE0F}",
        "🤷🏻\u{200D}♀\u{FE0F} ❤\u{FE0F}\u{200D}🔥 🐻\u{200D}❄\u{FE0F} 🧑\u{200D}🧑\u{200D}🧒 🏃\u{200D}➡\u{FE0F}",
        "🇩🇪🇫🇷 1\u{FE0F}\u{20E3} ☎\u{FE0E} ✔\u{FE0F}",
        "🏴\u{E0067}\u{E0062}\u{E0073}\u{E0063}\u{E0074}\u{E007F} Scotland",
        "🏴\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F}🏴\u{E0067}\u{E0062}\u{E0077}\u{E006C}\u{E0073}\u{E007F}",
        "葛\u{E0100}飾区 日本語、한국어",
        "e\u{301} a\u{308} Z\u{351}",
        "µ ℝ ∑ → ★ ■ €",
    ] {
        assert_eq!(scan(text), [], "{text:?}");
    }
}

#[test]
fn what_reorders_text_is_an_error() {
    for character in ('\u{202A}'..='\u{202E}').chain('\u{2066}'..='\u{2069}') {
        assert_eq!(classes(&format!("a{character}b")), [Class::Direction]);
        assert_eq!(classes(&format!("שלום {character}b")), [Class::Direction]);
    }
    assert_eq!(Class::Direction.severity(), Severity::Error);
}

#[test]
fn zero_width_characters_between_letters_are_found() {
    for character in [
        '\u{200B}', '\u{2060}', '\u{FEFF}', '\u{AD}', '\u{3164}', '\u{2028}',
    ] {
        let found = scan(&format!("wo{character}rd"));
        assert_eq!(found.len(), 1, "{character:?}");
        assert_eq!((found[0].at, found[0].class), (2, Class::ZeroWidth));
    }
    // Only beside letters that need it.
    assert_eq!(classes("ไทย\u{200B} word"), [Class::ZeroWidth]);
}

#[test]
fn joiners_and_marks_out_of_place_are_found() {
    for text in [
        "a\u{200D}b",
        "a\u{200C}b",
        "👩\u{200D} ",
        "\u{200D}👩",
        "👩\u{200C}👩",
        "1\u{200D}👩",
    ] {
        assert_eq!(classes(text), [Class::Joiner], "{text:?}");
    }
    assert_eq!(classes("abc\u{200F}"), [Class::Mark]);
    assert_eq!(classes("abc\u{200E}"), [Class::Mark]);
}

#[test]
fn hidden_text_in_tags_is_found() {
    assert_eq!(classes("a\u{E0041}\u{E0042}"), [Class::Tag, Class::Tag]);
    // No cancel tag, too long, too short, capital letters: not a flag.
    for (text, tags) in [
        ("🏴\u{E0067}\u{E0062}\u{E0073}", 3),
        (
            "🏴\u{E0067}\u{E0062}\u{E0073}\u{E0063}\u{E0074}\u{E0074}\u{E0074}\u{E007F}",
            8,
        ),
        ("🏴\u{E0067}\u{E007F}", 2),
        ("🏴\u{E0047}\u{E0042}\u{E0053}\u{E007F}", 4),
        ("👩\u{E0067}\u{E0062}\u{E0073}\u{E007F}", 4),
    ] {
        assert_eq!(classes(text), vec![Class::Tag; tags], "{text:?}");
    }
}

#[test]
fn hidden_bytes_in_variation_selectors_are_found() {
    assert_eq!(
        classes("😀\u{E0100}\u{E0175}"),
        [Class::Selector, Class::Selector]
    );
    assert_eq!(
        classes("😀\u{FE0F}\u{FE01}\u{FE02}"),
        [Class::Selector, Class::Selector]
    );
    assert_eq!(classes("a \u{FE0F}b"), [Class::Selector]);
}

#[test]
fn private_use_and_control_characters_are_found() {
    assert_eq!(
        classes("\u{F8FF} \u{E000} \u{F0000} \u{10FFFD}"),
        [Class::Private; 4]
    );
    assert_eq!(
        classes("\u{1B}[31m \0 \u{7F} \u{85} \u{206A}"),
        [Class::Control; 5]
    );
}

#[test]
fn names_are_those_of_the_standard() {
    assert_eq!(
        name('\u{202E}', Class::Direction),
        "U+202E RIGHT-TO-LEFT OVERRIDE"
    );
    assert_eq!(name('\u{AD}', Class::ZeroWidth), "U+00AD SOFT HYPHEN");
    assert_eq!(name('\u{E0041}', Class::Tag), "U+E0041 TAG CHARACTER");
}
