//! The text of a live post, as LinkedIn gives it back.
//!
//! Owns reading little text into what readers see, and into Markdown that says the same.
//! Must not be used on what is sent: that is made in [`crate::model::little`] alone.
//!
//! Source: LinkedIn, "little text format"; hashtags come back as templates.

/// One part of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Text(String),
    Hashtag(String),
    Mention { name: String, urn: String },
}

/// What readers see of a text. Runs of blank lines count as one, and blanks at both ends
/// of lines not at all, since Markdown keeps neither: two texts which read alike are equal.
#[must_use]
pub fn visible(little: &str) -> String {
    let mut text = String::new();
    for part in parts(little) {
        match part {
            Part::Text(plain) => text.push_str(&plain),
            Part::Hashtag(word) => {
                text.push('#');
                text.push_str(&word);
            }
            Part::Mention { name, .. } => text.push_str(&name),
        }
    }
    let lines: Vec<&str> = text.trim().lines().map(str::trim).collect();
    let mut kept: Vec<&str> = Vec::new();
    for line in lines {
        if line.is_empty() && kept.last().is_some_and(|last| last.is_empty()) {
            continue;
        }
        kept.push(line);
    }
    kept.join("\n")
}

/// Markdown whose text is the same: every line break kept, nothing read as markup.
#[must_use]
pub fn markdown(little: &str) -> String {
    let mut text = String::new();
    for part in parts(little) {
        match part {
            Part::Text(plain) => escape(&plain, &mut text),
            Part::Hashtag(word) => {
                text.push('#');
                text.push_str(&word);
            }
            Part::Mention { name, urn } => {
                text.push_str("@[");
                escape(&name, &mut text);
                text.push_str(&format!("]({urn})"));
            }
        }
    }
    let mut lines = text.trim().lines().peekable();
    let mut page = String::new();
    while let Some(line) = lines.next() {
        page.push_str(line.trim());
        match lines.peek() {
            Some(next) if !line.trim().is_empty() && !next.trim().is_empty() => {
                page.push_str("\\\n");
            }
            _ => page.push('\n'),
        }
    }
    page
}

/// Every punctuation mark that Markdown could read as its own (CommonMark, §2.4).
fn escape(text: &str, markdown: &mut String) {
    for character in text.chars() {
        if "\\`*_[]()<>#+-!|~&{}.=:@".contains(character) {
            // Most of these are harmless in the middle of a word, and escapes are ugly.
            let harmless = !ends_a_number(markdown, character)
                && matches!(character, '.' | '-' | '+' | '=' | ':' | '(' | ')' | '!')
                && markdown
                    .chars()
                    .last()
                    .is_some_and(|c| !c.is_whitespace() && c != ']');
            if !harmless {
                markdown.push('\\');
            }
        }
        markdown.push(character);
    }
}

/// Whether a mark makes the digits at the beginning of a line the number of a list item.
fn ends_a_number(before: &str, mark: char) -> bool {
    let line = before.rsplit('\n').next().unwrap_or_default().trim_start();
    matches!(mark, '.' | ')') && !line.is_empty() && line.bytes().all(|b| b.is_ascii_digit())
}

fn parts(little: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut text = String::new();
    let mut rest = little;
    while let Some(character) = rest.chars().next() {
        if let Some((part, after)) = element(rest) {
            if !text.is_empty() {
                parts.push(Part::Text(std::mem::take(&mut text)));
            }
            parts.push(part);
            rest = after;
            continue;
        }
        rest = rest.get(character.len_utf8()..).unwrap_or_default();
        if character == '\\'
            && let Some(next) = rest.chars().next()
        {
            text.push(next);
            rest = rest.get(next.len_utf8()..).unwrap_or_default();
        } else {
            text.push(character);
        }
    }
    if !text.is_empty() {
        parts.push(Part::Text(text));
    }
    parts
}

/// `{hashtag|\#|word}`, `#word` or `@[Name](urn)` at the beginning of `rest`.
fn element(rest: &str) -> Option<(Part, &str)> {
    if let Some(template) = rest.strip_prefix("{hashtag|") {
        let (inside, after) = template.split_once('}')?;
        let (_, word) = inside.split_once('|')?;
        return Some((Part::Hashtag(unescaped(word)), after));
    }
    if let Some(after) = rest.strip_prefix('#') {
        let end = after
            .find(|c: char| !c.is_alphanumeric())
            .unwrap_or(after.len());
        let (word, after) = after.split_at(end);
        return (!word.is_empty()).then(|| (Part::Hashtag(word.to_owned()), after));
    }
    let (name, after) = until(rest.strip_prefix("@[")?, ']')?;
    let (urn, after) = until(after.strip_prefix('(')?, ')')?;
    Some((Part::Mention { name, urn }, after))
}

/// The unescaped text up to an unescaped `end`, and what follows it.
fn until(text: &str, end: char) -> Option<(String, &str)> {
    let mut escaped = false;
    for (at, character) in text.char_indices() {
        if escaped {
            escaped = false;
        } else if character == '\\' {
            escaped = true;
        } else if character == end {
            let after = text.get(at + end.len_utf8()..)?;
            return Some((unescaped(text.get(..at)?), after));
        }
    }
    None
}

fn unescaped(text: &str) -> String {
    let mut plain = String::new();
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => plain.extend(characters.next()),
            other => plain.push(other),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIVE: &str =
        "Hello \\(world\\) {hashtag|\\#|rust}\nnext \\#1 @[A\\_B](urn:li:person:A\\_b)\n\n\n1. one";

    #[test]
    fn what_readers_see() {
        assert_eq!(visible(LIVE), "Hello (world) #rust\nnext #1 A_B\n\n1. one");
        let sent = LIVE
            .replace("{hashtag|\\#|rust}", "#rust")
            .replace("\n\n\n", "\n\n");
        assert_eq!(visible(&sent), visible(LIVE));
        assert_ne!(visible("a"), visible("b"));
        assert_eq!(visible("ends with \\"), "ends with \\");
    }

    #[test]
    fn markdown_keeps_lines_and_reads_nothing_as_markup() {
        assert_eq!(
            markdown(LIVE),
            "Hello \\(world) #rust\\\nnext \\#1 @[A\\_B](urn:li:person:A_b)\n\n\n1\\. one\n"
        );
    }
}
