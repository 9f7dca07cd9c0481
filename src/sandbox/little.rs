//! What readers see of commentary: a reader of LinkedIn's `little` text format.
//!
//! Owns the grammar as LinkedIn prints it, read from the wire side only. Must not share
//! code with anything that escapes text: two readings of one grammar check each other.
//!
//! Source: LinkedIn, "little text format". There is no error for malformed text: the post
//! is created and shown only up to the first reserved character that is neither escaped
//! nor part of an element (seen in many public reports).

use serde::{Deserialize, Serialize};
use unicode_segmentation::UnicodeSegmentation;

/// What readers see of one wire text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rendered {
    /// The visible text: hashtags with their sign, mentions as their name.
    pub text: String,
    /// The words of live hashtags, in order, without their sign.
    pub hashtags: Vec<String>,
    /// Name and URN of live mentions, in order. The name is empty where none was given.
    pub mentions: Vec<(String, String)>,
    /// Whether the text stopped before its end.
    pub cut: bool,
    /// The wire text that nobody sees: everything from the place of the cut on.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub lost: String,
}

/// How strictly reserved characters are taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LittleModel {
    /// Any unescaped reserved character outside an element ends the text.
    #[default]
    TruncateAtUnescaped,
    /// The same, but a bare `_` is harmless, as one public report has it.
    LenientUnderscore,
}

/// One piece of wire text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Element {
    /// A character, unescaped.
    Plain(char),
    /// A hashtag: its sign (`#` or U+FF03) and its word.
    Hashtag(char, String),
    /// A mention: its name, where one is given, and its URN.
    Mention(Option<String>, String),
}

/// The two characters that may begin a hashtag.
const SIGNS: [char; 2] = ['#', '\u{FF03}'];

/// Renders `wire` as LinkedIn is known to.
#[must_use]
pub fn render(wire: &str) -> Rendered {
    render_as(wire, LittleModel::default())
}

/// Renders `wire` under the given model.
#[must_use]
pub fn render_as(wire: &str, model: LittleModel) -> Rendered {
    let (elements, lost) = read(wire, model);
    let mut rendered = Rendered {
        cut: !lost.is_empty(),
        lost: lost.to_owned(),
        ..Rendered::default()
    };
    for element in elements {
        match element {
            Element::Plain(character) => rendered.text.push(character),
            Element::Hashtag(sign, word) => {
                rendered.text.push(sign);
                rendered.text.push_str(&word);
                rendered.hashtags.push(word);
            }
            Element::Mention(name, urn) => {
                rendered.text.push_str(name.as_deref().unwrap_or(&urn));
                rendered.mentions.push((name.unwrap_or_default(), urn));
            }
        }
    }
    rendered
}

/// Reads elements until the end, or until a reserved character stands where none may.
/// Returns the elements and the unread rest.
pub(super) fn read(wire: &str, model: LittleModel) -> (Vec<Element>, &str) {
    let mut elements = Vec::new();
    let mut rest = wire;
    while let Some(first) = rest.chars().next() {
        let step = match first {
            '\\' => escaped(rest).map(|(character, after)| (Element::Plain(character), after)),
            '@' => mention(rest),
            '#' => hashtag(rest),
            '{' => template(rest),
            // Not reserved, so it stands for itself where no word follows.
            '\u{FF03}' => hashtag(rest).or_else(|| plain(rest)),
            '_' if model == LittleModel::LenientUnderscore => plain(rest),
            _ if is_reserved(first) => None,
            _ => plain(rest),
        };
        let Some((element, after)) = step else {
            break;
        };
        elements.push(element);
        rest = after;
    }
    (elements, rest)
}

/// The fifteen reserved characters of the format.
fn is_reserved(character: char) -> bool {
    matches!(
        character,
        '|' | '{' | '}' | '@' | '[' | ']' | '(' | ')' | '<' | '>' | '#' | '\\' | '*' | '_' | '~'
    )
}

fn plain(rest: &str) -> Option<(Element, &str)> {
    let character = rest.chars().next()?;
    Some((Element::Plain(character), rest.get(character.len_utf8()..)?))
}

/// `'\' reserved`
fn escaped(rest: &str) -> Option<(char, &str)> {
    let after = rest.strip_prefix('\\')?;
    let character = after.chars().next().filter(|c| is_reserved(*c))?;
    Some((character, after.get(character.len_utf8()..)?))
}

/// `( '#' | U+FF03 ) word`
fn hashtag(rest: &str) -> Option<(Element, &str)> {
    let sign = rest.chars().next().filter(|c| SIGNS.contains(c))?;
    let (word, after) = word(rest.get(sign.len_utf8()..)?)?;
    Some((Element::Hashtag(sign, word.to_owned()), after))
}

/// `'{hashtag|' ( '#' | '\#' | U+FF03 ) '|' word '}'`
fn template(rest: &str) -> Option<(Element, &str)> {
    let after = rest.strip_prefix("{hashtag|")?;
    // `\#` is the only escape here: U+FF03 is not reserved.
    let after = if after.starts_with("\\#") {
        after.get(1..)?
    } else {
        after
    };
    let sign = after.chars().next().filter(|c| SIGNS.contains(c))?;
    let after = after.get(sign.len_utf8()..)?.strip_prefix('|')?;
    let (word, after) = word(after)?;
    Some((
        Element::Hashtag(sign, word.to_owned()),
        after.strip_prefix('}')?,
    ))
}

/// `'@' [ '[' name ']' ] '(' urn ')'`, with escapes in name and URN.
fn mention(rest: &str) -> Option<(Element, &str)> {
    let mut after = rest.strip_prefix('@')?;
    let mut name = None;
    if let Some(inside) = after.strip_prefix('[') {
        let (text, end) = until(inside, ']')?;
        name = Some(text).filter(|text| !text.trim().is_empty());
        name.as_ref()?;
        after = end;
    }
    let (urn, after) = until(after.strip_prefix('(')?, ')')?;
    is_urn(&urn).then_some((Element::Mention(name, urn), after))
}

/// Plain text up to `end`, unescaped. Any other bare reserved character spoils it.
fn until(mut rest: &str, end: char) -> Option<(String, &str)> {
    let mut text = String::new();
    loop {
        let character = rest.chars().next()?;
        if character == end {
            return Some((text, rest.get(end.len_utf8()..)?));
        }
        if character == '\\' {
            let (character, after) = escaped(rest)?;
            text.push(character);
            rest = after;
        } else if is_reserved(character) {
            return None;
        } else {
            text.push(character);
            rest = rest.get(character.len_utf8()..)?;
        }
    }
}

fn is_urn(text: &str) -> bool {
    let Some((kind, id)) = text
        .strip_prefix("urn:li:")
        .and_then(|rest| rest.split_once(':'))
    else {
        return false;
    };
    !kind.is_empty()
        && kind.chars().all(|c| c.is_ascii_alphabetic())
        && !id.is_empty()
        && !id.chars().any(char::is_whitespace)
}

/// A run of letters and digits; marks that belong to a letter go with it.
fn word(rest: &str) -> Option<(&str, &str)> {
    let end = rest
        .char_indices()
        .find(|(at, c)| !(c.is_alphanumeric() || (*at > 0 && is_mark(*c))))
        .map_or(rest.len(), |(at, _)| at);
    (end > 0).then(|| rest.split_at(end))
}

/// Whether `character` joins the letter before it, as accents and vowel signs do. Joiners
/// and emoji modifiers join too, and are no part of a word.
fn is_mark(character: char) -> bool {
    let joined: String = ['a', character].iter().collect();
    !character.is_ascii()
        && !matches!(
            character,
            '\u{200C}' | '\u{200D}' | '\u{1F3FB}'..='\u{1F3FF}'
        )
        && joined.graphemes(true).count() == 1
}

/// Length in UTF-16 code units of the text its author meant, cut or not: what is lost is
/// counted without its backslashes.
pub(super) fn unescaped_utf16(rendered: &Rendered) -> usize {
    let mut lost = 0;
    let mut rest = rendered.lost.as_str();
    while let Some(first) = rest.chars().next() {
        let (character, after) = escaped(rest)
            .unwrap_or_else(|| (first, rest.get(first.len_utf8()..).unwrap_or_default()));
        lost += character.len_utf16();
        rest = after;
    }
    rendered.text.encode_utf16().count() + lost
}

/// The form in which LinkedIn returns commentary: escaped, hashtags as templates. What
/// was cut comes back as it was sent.
pub(super) fn readback(wire: &str, model: LittleModel) -> String {
    let (elements, lost) = read(wire, model);
    let mut text = String::new();
    let escape = |text: &mut String, plain: &str| {
        for character in plain.chars() {
            if is_reserved(character) {
                text.push('\\');
            }
            text.push(character);
        }
    };
    for element in elements {
        match element {
            Element::Plain(character) => escape(&mut text, character.encode_utf8(&mut [0; 4])),
            Element::Hashtag(_, word) => {
                text.push_str("{hashtag|\\#|");
                text.push_str(&word);
                text.push('}');
            }
            Element::Mention(name, urn) => {
                text.push('@');
                if let Some(name) = name {
                    text.push('[');
                    escape(&mut text, &name);
                    text.push(']');
                }
                text.push('(');
                escape(&mut text, &urn);
                text.push(')');
            }
        }
    }
    text.push_str(lost);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(wire: &str) -> String {
        let rendered = render(wire);
        assert!(!rendered.cut, "{wire} was cut: {rendered:?}");
        rendered.text
    }

    /// The escaping vectors, read backwards.
    #[test]
    fn escaped_text_is_seen_as_it_was_written() {
        for (plain, wire) in [
            ("a (b) c", r"a \(b\) c"),
            ("snake_case", r"snake\_case"),
            ("5 < 6 > 4", r"5 \< 6 \> 4"),
            (r"back\slash", r"back\\slash"),
            ("me@x.io", r"me\@x.io"),
            ("Learn C# now", r"Learn C\# now"),
            ("[x]{y}|z|*~", r"\[x\]\{y\}\|z\|\*\~"),
            (r#"100% "ok" & co"#, r#"100% "ok" & co"#),
            ("# heading", r"\# heading"),
            ("https://e.io/a_b?x=(1)#f", r"https://e.io/a\_b?x=\(1\)\#f"),
            (r"\(", r"\\\("),
            ("one\n\ntwo 👩‍👩‍👧 né", "one\n\ntwo 👩‍👩‍👧 né"),
        ] {
            assert_eq!(text(wire), plain);
            assert!(render(wire).hashtags.is_empty(), "{wire}");
        }
    }

    #[test]
    fn hashtags_are_bare_words_or_templates() {
        for (wire, seen, tags) in [
            ("#Rust rocks", "#Rust rocks", vec!["Rust"]),
            (r"{hashtag|\#|Rust} rocks", "#Rust rocks", vec!["Rust"]),
            ("{hashtag|#|Rust}acean", "#Rustacean", vec!["Rust"]),
            (r"\(see #Rust\)", "(see #Rust)", vec!["Rust"]),
            (r"#foo\_bar", "#foo_bar", vec!["foo"]),
            ("#a#b", "#a#b", vec!["a", "b"]),
            ("#2026 #日本語!", "#2026 #日本語!", vec!["2026", "日本語"]),
            ("#cafe\u{301} x", "#cafe\u{301} x", vec!["cafe\u{301}"]),
            ("#हिन्दी.", "#हिन्दी.", vec!["हिन्दी"]),
            (
                "\u{FF03}tag \u{FF03} x",
                "\u{FF03}tag \u{FF03} x",
                vec!["tag"],
            ),
            ("#ok👍🏽", "#ok👍🏽", vec!["ok"]),
        ] {
            let rendered = render(wire);
            assert_eq!(
                (rendered.text.as_str(), rendered.cut),
                (seen, false),
                "{wire}"
            );
            assert_eq!(rendered.hashtags, tags, "{wire}");
        }
    }

    #[test]
    fn mentions_show_their_name_and_keep_their_urn() {
        let acme = render(r"by @[Acme \(EU\)](urn:li:organization:42)!");
        assert_eq!(acme.text, "by Acme (EU)!");
        assert_eq!(
            acme.mentions,
            [("Acme (EU)".to_owned(), "urn:li:organization:42".to_owned())]
        );
        let ann = render(r"@[Ann](urn:li:person:a\_B-9)");
        assert_eq!(ann.mentions[0].1, "urn:li:person:a_B-9");
        assert_eq!(render("@(urn:li:person:x)").mentions[0].0, "");
    }

    #[test]
    fn text_stops_at_the_first_bare_reserved_character() {
        for (wire, seen) in [
            ("we (still) sell", "we "),
            ("a_b", "a"),
            ("me@x.io", "me"),
            ("# heading", ""),
            ("Learn C# now", "Learn C"),
            (r"half \", "half "),
            (r"not \n an escape", "not "),
            ("@[Ann (PhD)](urn:li:person:x)", ""),
            ("hi @[Ann](urn:li:person:a_B)", "hi "),
            ("hi @[Ann](ann)", "hi "),
            ("hi @[Ann", "hi "),
            ("{hashtag|#|}", ""),
            ("{other|#|x}", ""),
            ("{hashtag|#|foo_bar}", ""),
            ("x > y", "x "),
        ] {
            let rendered = render(wire);
            assert_eq!(
                (rendered.text.as_str(), rendered.cut),
                (seen, true),
                "{wire}"
            );
            assert!(wire.ends_with(&rendered.lost));
        }
    }

    #[test]
    fn a_bare_underscore_is_harmless_under_the_lenient_model() {
        let rendered = render_as("a_b (c)", LittleModel::LenientUnderscore);
        assert_eq!((rendered.text.as_str(), rendered.cut), ("a_b ", true));
    }

    #[test]
    fn what_is_lost_still_counts() {
        assert_eq!(unescaped_utf16(&render(r"ab (c\)👍")), 8);
    }

    #[test]
    fn readback_is_canonical_and_stable() {
        let wire = r"See #Rust by @[A\_b](urn:li:person:a\_B) \(x\) (lost_";
        let once = readback(wire, LittleModel::default());
        assert_eq!(
            once,
            r"See {hashtag|\#|Rust} by @[A\_b](urn:li:person:a\_B) \(x\) (lost_"
        );
        assert_eq!(readback(&once, LittleModel::default()), once);
        assert_eq!(render(&once), render(wire));
    }
}
