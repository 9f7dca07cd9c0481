//! URL encoding as LinkedIn takes it: strict, decoded exactly once.
//!
//! Owns percent decoding and the `List(…)` notation of Rest.li protocol 2.0. Must not know
//! what the decoded values mean.

/// Decodes one path segment or one value. `None`: it holds a character that must be
/// encoded, a broken escape, bytes that are not UTF-8, or an escape inside an escape.
pub(super) fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        match first {
            b'%' => {
                let (&[high, low], after) = after.split_first_chunk::<2>()?;
                bytes.push(hex(high)? << 4 | hex(low)?);
                rest = after;
            }
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                bytes.push(first);
                rest = after;
            }
            _ => return None,
        }
    }
    // `%253A` decodes to `%3A`: the value was encoded twice.
    String::from_utf8(bytes).ok().filter(|t| !t.contains('%'))
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit)
        .to_digit(16)
        .and_then(|digit| u8::try_from(digit).ok())
}

/// Reads `List(a,b)`: its structure is literal, its values are encoded.
pub(super) fn decode_list(text: &str) -> Option<Vec<String>> {
    let inside = text.strip_prefix("List(")?.strip_suffix(')')?;
    if inside.is_empty() {
        return Some(Vec::new());
    }
    inside.split(',').map(decode).collect()
}

/// Splits a raw query into names and raw values. `None`: a pair without a name, or the
/// same name twice.
pub(super) fn split_query(query: &str) -> Option<Vec<(&str, &str)>> {
    let mut pairs: Vec<(&str, &str)> = Vec::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=')?;
        if name.is_empty() || pairs.iter().any(|(known, _)| *known == name) {
            return None;
        }
        pairs.push((name, value));
    }
    Some(pairs)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urns_must_be_encoded_exactly_once() {
        assert_eq!(
            decode("urn%3Ali%3ashare%3A1").as_deref(),
            Some("urn:li:share:1")
        );
        for wrong in [
            "urn:li:share:1",
            "urn%253Ali%253Ashare%253A1",
            "a%3",
            "a%zz",
            "a(b)",
            "a,b",
            "a!b",
            "%ff",
            "a+b",
        ] {
            assert_eq!(decode(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn lists_have_literal_structure_and_encoded_values() {
        assert_eq!(
            decode_list("List(urn%3Ali%3Ashare%3A1,b)"),
            Some(vec!["urn:li:share:1".to_owned(), "b".to_owned()])
        );
        assert_eq!(decode_list("List()"), Some(Vec::new()));
        assert_eq!(decode_list("List%28a%29"), None);
        assert_eq!(decode_list("List(urn:li:share:1)"), None);
    }

    #[test]
    fn a_query_names_nothing_twice() {
        assert_eq!(
            split_query("q=author&author=x"),
            Some(vec![("q", "author"), ("author", "x")])
        );
        assert_eq!(split_query("q=1&q=2"), None);
        assert_eq!(split_query("q"), None);
    }
}
