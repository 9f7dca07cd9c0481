//! Keeping pasted secrets out of messages about the configuration.
//!
//! Owns which text of a configuration may be a secret. Must not decide what a setting
//! means. It works on lines, before any parser, so that it also covers files that are not
//! YAML at all.

/// Whether a text looks like the name of an environment variable and not like a secret:
/// capital letters, digits and `_`, not beginning with a digit, at most 100 of them.
/// POSIX allows small letters too, which would let many client secrets pass.
#[must_use]
pub fn is_variable_name(text: &str) -> bool {
    let first = text.bytes().next();
    first.is_some_and(|b| b.is_ascii_uppercase() || b == b'_')
        && text.len() <= 100
        && text
            .bytes()
            .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_')
}

/// A copy of the same length in which every value that may be a secret is stars: after
/// keys that speak of tokens, secrets, passwords or variables, unless it is the name of a
/// variable; runs of letters and signs as long as a token; and the part of an address
/// that holds credentials. Line breaks stay, so that places stay right. Where it is not
/// clear how far a value goes, too much is hidden rather than too little.
#[must_use]
pub fn masked(text: &str) -> String {
    let mut mask = Mask::default();
    let mut shown = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        mask.line(line, &mut shown);
    }
    shown
}

/// Letters of the alphabets that tokens are written in.
const SIGNS: &str = "-_.~+/=%";

/// What is known of the text so far.
#[derive(Default)]
struct Mask {
    /// A key spoke of secrets and its value goes on.
    value: bool,
    /// Part of that value has been seen.
    begun: bool,
    /// The quote the value is in.
    quote: Option<char>,
    /// Open lists of the value.
    lists: usize,
}

impl Mask {
    fn line(&mut self, line: &str, shown: &mut String) {
        let mut rest = line;
        while let Some(first) = rest.chars().next() {
            let word = |c: char| c.is_ascii_alphanumeric() || SIGNS.contains(c);
            let end = rest.find(|c| !word(c)).unwrap_or(rest.len());
            let (token, after) = rest.split_at(end);
            let (width, hide) = if token.is_empty() {
                (first.len_utf8(), self.sign(first))
            } else {
                (token.len(), self.token(token, after))
            };
            let (part, after) = rest.split_at(width);
            if hide {
                shown.extend(std::iter::repeat_n('*', width));
            } else {
                shown.push_str(part);
            }
            rest = after;
        }
        // A value that has not begun in its key's line follows in the next one.
        if self.begun && self.quote.is_none() && self.lists == 0 {
            *self = Self::default();
        }
    }

    /// Whether one character between tokens is hidden.
    fn sign(&mut self, sign: char) -> bool {
        if !self.value {
            return false;
        }
        match (self.quote, sign) {
            (Some(open), close) if open == close => self.quote = None,
            (Some(_), _) => {}
            (None, '"' | '\'') => self.quote = Some(sign),
            (None, '[') => self.lists += 1,
            (None, ']') => self.lists = self.lists.saturating_sub(1),
            (None, ',' | '{' | '}') if self.lists == 0 => *self = Self::default(),
            (None, _) => {}
        }
        self.value && !sign.is_whitespace() && !"\"':[]>|".contains(sign)
    }

    /// Whether a run of letters is hidden.
    fn token(&mut self, token: &str, after: &str) -> bool {
        let next = after.trim_start_matches(['"', '\'', ' ']);
        if !self.value && next.starts_with(':') && !after.starts_with("://") {
            self.value = speaks_of_secrets(token);
            return false;
        }
        self.begun = self.value;
        (self.value && !is_variable_name(token)) || after.starts_with('@') || token.len() >= 48
    }
}

fn speaks_of_secrets(key: &str) -> bool {
    let key = key.to_ascii_lowercase();
    key.ends_with("_env")
        || ["token", "secret", "password", "credential", "client_id"]
            .iter()
            .any(|word| key.contains(word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_from_secrets() {
        for text in ["LINKEDIN_TOKEN_ACME", "_X", "A1"] {
            assert!(is_variable_name(text), "{text}");
        }
        for text in [
            "",
            "1A",
            "AQXabc",
            "WPL_AP1.a.b==",
            "token",
            "A B",
            "$TOKEN",
            &"A".repeat(101),
        ] {
            assert!(!is_variable_name(text), "{text}");
        }
    }

    #[test]
    fn secrets_become_stars_of_the_same_length() {
        for (text, expected) in [
            ("token_env: AQXx-y\n", "token_env: ******\n"),
            (
                "  token_env: \"AQXx y\" # ü\n",
                "  token_env: \"**** *\" * **\n",
            ),
            (
                "a: { token_env: AQX+1, urn: \"urn:li:person:a\" }",
                "a: { token_env: *****, urn: \"urn:li:person:a\" }",
            ),
            ("token_env: LINKEDIN_TOKEN\n", "token_env: LINKEDIN_TOKEN\n"),
            ("access_token: abc", "access_token: ***"),
            ("\"client_secret\" : 'a:b'", "\"client_secret\" : '*:*'"),
            ("token_env: [A, bc]\nurn: x", "token_env: [A* **]\nurn: x"),
            ("{secret: 'a,b', urn: x}", "{secret: '***', urn: x}"),
            ("token_env: >\n  abc\nurn: x", "token_env: >\n  ***\nurn: x"),
            (
                "remote: https://user:pass@host/x",
                "remote: https://user:****@host/x",
            ),
            (
                "branch: main\nposts: posts\n",
                "branch: main\nposts: posts\n",
            ),
        ] {
            let shown = masked(text);
            assert_eq!(shown, expected);
            assert_eq!(shown.len(), text.len());
        }
        let token = "AQ".repeat(100);
        assert!(!masked(&format!("token_env: >\n  {token}\n")).contains("AQAQ"));
    }
}
