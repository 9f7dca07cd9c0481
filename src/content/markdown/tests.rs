use super::*;
use crate::model::little::LittleText;
use crate::model::path::ContentPath;

fn body(text: &str) -> Body {
    let path = ContentPath::parse("posts/a.md").unwrap();
    read_body(&SourceText::new(&path, text), 0..text.len())
}

fn plain(text: &str) -> String {
    body(text).commentary.to_plain()
}

fn wire(text: &str) -> String {
    LittleText::encode(&body(text).commentary)
        .as_str()
        .to_owned()
}

#[test]
fn paragraphs_and_breaks() {
    assert_eq!(
        plain("one\ntwo\n\nthree  \nfour\n\n\n\nfive\n"),
        "one two\n\nthree\nfour\n\nfive"
    );
    assert_eq!(plain("日本\n語\n"), "日本語");
}

#[test]
fn lists_nest() {
    let text = "before\n\n- one\n- two\n  - inner\n  - more\n- three\n\n1. first\n2. second\n";
    let wanted = "before\n\n• one\n• two\n   • inner\n   • more\n• three\n\n1. first\n2. second";
    assert_eq!(plain(text), wanted);
}

#[test]
fn links_code_quotes_headings() {
    assert_eq!(
        plain("see [docs](https://e.io/a_(b))"),
        "see docs (https://e.io/a_%28b%29)"
    );
    assert_eq!(
        plain("<https://e.io/x> and https://e.io/y"),
        "https://e.io/x and https://e.io/y"
    );
    assert_eq!(
        plain("# Title\ntext `a_b`\n\n```rust\nfn a() {\n    b();\n}\n```\nend"),
        "Title\n\ntext a_b\n\nfn a() {\n    b();\n}\n\nend"
    );
    assert_eq!(plain("> said\n> so\n\nend"), "> said so\n\nend");
}

#[test]
fn tables_are_flattened() {
    assert_eq!(
        plain("| A | B |\n|---|---|\n| 1 | 2 |\n| 3 |  |\n"),
        "A: 1 · B: 2\nA: 3"
    );
}

#[test]
fn images_are_media() {
    let body = body("text\n\n![a chart](img/a.png)\n\nend");
    assert_eq!(body.commentary.to_plain(), "text\n\nend");
    assert_eq!(body.images[0].destination, "img/a.png");
    assert_eq!(body.images[0].alt.as_deref(), Some("a chart"));
}

#[test]
fn html_is_refused_once_with_its_place_and_comments_are_dropped() {
    let body = body("a <b>bold</b>\n\n<!-- note -->\n");
    assert_eq!(body.diagnostics.len(), 1);
    assert_eq!(
        (
            body.diagnostics[0].code,
            body.diagnostics[0].labels[0].column
        ),
        ("html-in-body", 3)
    );
}

#[test]
fn reference_vectors_of_the_wire_format() {
    for (text, wanted) in [
        ("a (b) c", "a \\(b\\) c"),
        ("snake_case", "snake\\_case"),
        ("5 < 6 > 4", "5 \\< 6 \\> 4"),
        ("Learn C# now", "Learn C\\# now"),
        ("100% \"ok\" & co", "100% \"ok\" & co"),
        ("#Rust rocks", "#Rust rocks"),
        ("(see #Rust)", "\\(see #Rust\\)"),
        (
            "@[Acme (EU)](urn:li:organization:42)",
            "@[Acme \\(EU\\)](urn:li:organization:42)",
        ),
        (
            "@[Ann](urn:li:person:a_B-9)",
            "@[Ann](urn:li:person:a\\_B-9)",
        ),
    ] {
        assert_eq!(wire(text), wanted, "{text}");
    }
}

#[test]
fn a_wrong_mention_is_refused() {
    for text in ["@[X](urn:li:member:1)", "[X](urn:li:person:a)"] {
        assert_eq!(body(text).diagnostics[0].code, "mention-urn", "{text}");
    }
}

#[test]
fn emphasis_is_told_once() {
    let body = body("**a** and *b*");
    assert_eq!(body.commentary.to_plain(), "a and b");
    assert_eq!(body.diagnostics[0].code, "emphasis-dropped");
    assert!(body.diagnostics[0].message.contains("2 times"));
}

#[test]
fn hostile_nesting_ends_soon() {
    for text in [
        "[".repeat(50_000),
        "> ".repeat(20_000),
        "*_".repeat(50_000),
        "- ".repeat(5_000),
    ] {
        let _ = body(&text);
    }
}

#[test]
fn the_map_leads_back_to_the_source() {
    let text = "one\n\ntwo three";
    let body = body(text);
    let at = body.map.source_offset(5);
    assert_eq!(&text[at..at + 3], "two");
}
