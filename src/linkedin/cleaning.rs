//! LinkedIn's words, made fit to be quoted.
//!
//! Owns what is taken out of text that comes from outside before it reaches a terminal, a
//! log or the ledger: control characters, workflow commands, addresses that may be
//! signed, and runs that may be tokens. Must not be used for what people wrote: it loses
//! information.

/// The longest quotation, in characters.
pub const MAX_QUOTE: usize = 300;
/// A run of token characters at least this long is taken for a secret. LinkedIn's tokens
/// have hundreds; its URNs and resource names stay far below.
const SECRET_RUN: usize = 40;

/// `text` on one line, at most [`MAX_QUOTE`] characters, without anything that could act
/// or betray.
#[must_use]
pub fn quote(text: &str) -> String {
    let visible: String = text
        .chars()
        .map(|c| if is_invisible(c) { ' ' } else { c })
        .collect();
    let mut words = Vec::new();
    let mut after_bearer = false;
    for word in visible.split_whitespace() {
        if after_bearer {
            words.push("…".to_owned());
        } else {
            words.push(hide_runs(&shorten_addresses(word)));
        }
        after_bearer = word.to_ascii_lowercase().ends_with("bearer");
    }
    cut(&defuse(&words.join(" ")))
}

/// Control and format characters, which move the cursor or reorder what is seen.
fn is_invisible(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

/// Keeps scheme and host of an address: path and query may be signed.
fn shorten_addresses(word: &str) -> String {
    let Some(at) = word.find("://") else {
        return word.to_owned();
    };
    let (before, rest) = word.split_at(at + 3);
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (host, path) = rest.split_at(end);
    let host = host.rsplit('@').next().unwrap_or(host);
    let tail = if path.is_empty() { "" } else { "/…" };
    format!("{before}{host}{tail}")
}

/// Replaces long runs of the characters tokens are made of.
fn hide_runs(word: &str) -> String {
    let of_token = |c: char| c.is_ascii_alphanumeric() || "-_+/=%~".contains(c);
    let mut shown = String::new();
    let mut run = String::new();
    for c in word.chars().chain(['\0']) {
        if of_token(c) {
            run.push(c);
            continue;
        }
        if run.len() < SECRET_RUN {
            shown.push_str(&run);
        } else {
            shown.push('…');
        }
        run.clear();
        if c != '\0' {
            shown.push(c);
        }
    }
    shown
}

/// Breaks what a workflow runner would take for a command (`::name::`, `##[name]`).
fn defuse(text: &str) -> String {
    let mut text = text.replace("##[", "## [");
    while text.contains("::") {
        text = text.replace("::", ": :");
    }
    text
}

fn cut(text: &str) -> String {
    if text.chars().count() <= MAX_QUOTE {
        return text.to_owned();
    }
    let mut kept: String = text.chars().take(MAX_QUOTE - 1).collect();
    kept.push('…');
    kept
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_words_stay() {
        let text = "Not enough permissions to access: partnerApiPostsExternal.CREATE.20260901";
        assert_eq!(quote(text), text);
        let text = "com.linkedin.content.common.exception.BadRequestResponseException: Content is \
                    a duplicate of urn:li:share:7141138937766391808";
        assert_eq!(quote(text), text);
    }

    #[test]
    fn control_characters_and_line_breaks_go() {
        assert_eq!(quote("a\u{1b}[31mb\r\n\tc\u{202e}d\u{0}"), "a [31mb c d");
    }

    #[test]
    fn workflow_commands_are_broken() {
        for text in [
            "::add-mask::x",
            "a\n::error file=x::y",
            "##[group]x",
            ":::::x",
        ] {
            let quoted = quote(text);
            assert!(
                !quoted.contains("::") && !quoted.contains("##["),
                "{quoted}"
            );
        }
    }

    #[test]
    fn addresses_lose_what_may_be_signed() {
        assert_eq!(
            quote("PUT to https://u:p@www.linkedin.com/dms-uploads/sig?x=secret failed"),
            "PUT to https://www.linkedin.com/… failed"
        );
    }

    #[test]
    fn tokens_go() {
        let token = "A".repeat(60);
        assert_eq!(quote(&format!("token={token}.")), "….");
        assert_eq!(
            quote("Authorization: Bearer short-one x"),
            "Authorization: Bearer … x"
        );
    }

    #[test]
    fn long_texts_are_cut_in_characters() {
        let quoted = quote(&"ß ".repeat(1000));
        assert_eq!(quoted.chars().count(), MAX_QUOTE);
        assert!(quoted.ends_with('…'));
    }
}
