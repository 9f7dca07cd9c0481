//! Which valid name was probably meant.
//!
//! Owns nearness of names and the wording around it. Must not know any names itself.

/// The longest name that is compared or shown, in characters: nobody mistypes a longer
/// one, and comparing takes time that grows with its square.
const MAX_NAME: usize = 64;

/// The candidate nearest to `written`, when one is near enough to be meant. Case does not
/// count; `-`, `_` and space are the same.
#[must_use]
pub fn nearest<'n>(
    written: &str,
    candidates: impl IntoIterator<Item = &'n str>,
) -> Option<&'n str> {
    if written.chars().nth(MAX_NAME).is_some() {
        return None;
    }
    let plain = |name: &str| name.to_lowercase().replace(['-', ' '], "_");
    let written = plain(written);
    candidates
        .into_iter()
        .map(|name| (strsim::jaro_winkler(&written, &plain(name)), name))
        .filter(|(likeness, _)| *likeness >= 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0).then(b.1.cmp(a.1)))
        .map(|(_, name)| name)
}

/// Names in backticks, for people: `` `a`, `b` ``; at most eight of them.
#[must_use]
pub fn listed<'n>(names: impl IntoIterator<Item = &'n str>) -> String {
    let all: Vec<&str> = names.into_iter().collect();
    let shown: Vec<String> = all.iter().take(8).map(|name| format!("`{name}`")).collect();
    match all.len() - shown.len() {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// A written name as it may stand in a message: cut when long, without control
/// characters and backticks.
#[must_use]
pub fn shortened(name: &str) -> String {
    let clean = |c: char| if c.is_control() || c == '`' { ' ' } else { c };
    let mut shown: String = name.chars().take(MAX_NAME).map(clean).collect();
    if name.chars().nth(MAX_NAME).is_some() {
        shown.push('…');
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_was_meant() {
        let keys = ["visibility", "scheduled_at", "draft", "media", "author"];
        for (written, meant) in [
            ("visiblity", Some("visibility")),
            ("scheduled-at", Some("scheduled_at")),
            ("schedule", Some("scheduled_at")),
            ("Author", Some("author")),
            ("autor", Some("author")),
            ("zebra", None),
        ] {
            assert_eq!(nearest(written, keys), meant, "{written}");
        }
        assert_eq!(nearest(&"visibility".repeat(1000), keys), None);
    }

    #[test]
    fn shows_names_safely() {
        assert_eq!(shortened("a\u{1b}[31m`b"), "a [31m b");
        assert_eq!(shortened(&"x".repeat(100)).chars().count(), MAX_NAME + 1);
        assert_eq!(listed(["a", "b"]), "`a`, `b`");
        let many: Vec<String> = (0..10).map(|n| n.to_string()).collect();
        assert!(listed(many.iter().map(String::as_str)).ends_with("and 2 more"));
    }
}
