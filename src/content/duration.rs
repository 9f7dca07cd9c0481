//! Spans of time as people write them: `24h`, `90m`, `2d 12h`.
//!
//! Owns the problem `invalid-duration`. Must not know what a duration is for.

use std::time::Duration;

use super::document::Located;
use super::suggest;
use crate::diagnostic::{Diagnostic, SourceText};

/// The longest duration, in days; longer ones are mistakes and would leave the calendar.
pub const MAX_DAYS: u64 = 3660;

/// Reads a duration: numbers, each with a unit from `s` to `w`, at most [`MAX_DAYS`].
///
/// # Errors
/// An `invalid-duration` that says what to write.
pub fn parse(
    name: &str,
    text: &Located<&str>,
    source: &SourceText<'_>,
) -> Result<Duration, Diagnostic> {
    let shown = suggest::shortened(text.value);
    let wrong = |label: String, help: String| {
        Diagnostic::error(
            "invalid-duration",
            format!("`{name}` is `{shown}`, which is not a duration"),
        )
        .at(source.label_with(text.span.clone(), label))
        .help(help)
    };
    let written = text.value.trim();
    if !written.is_empty() && written.bytes().all(|b| b.is_ascii_digit()) {
        let help =
            format!("write the unit: `{name}: {shown}h` for hours, `{name}: {shown}m` for minutes");
        return Err(wrong("no unit".to_owned(), help));
    }
    let units = "write numbers with units, such as `24h`, `90m` or `2d 12h`";
    // Months and years have no fixed length, and `M` is too near to `m`.
    let calendar = written.split(|c: char| !c.is_alphabetic()).any(|unit| {
        matches!(
            unit,
            "M" | "month" | "months" | "y" | "yr" | "yrs" | "year" | "years"
        )
    });
    if calendar {
        let label = "months and years differ in length".to_owned();
        return Err(wrong(label, "write it in days: `30d`".to_owned()));
    }
    let duration = humantime::parse_duration(written)
        .map_err(|error| wrong(error.to_string(), units.to_owned()))?;
    if duration > Duration::from_secs(MAX_DAYS * 24 * 3600) {
        let label = format!("more than {MAX_DAYS} days");
        return Err(wrong(label, format!("write at most `{MAX_DAYS}d`")));
    }
    Ok(duration)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::path::ContentPath;

    fn read(text: &str) -> Result<Duration, Diagnostic> {
        let path = ContentPath::parse("a.md").unwrap();
        let source = SourceText::new(&path, text);
        let located = Located {
            value: text,
            span: 0..text.len(),
        };
        parse("max_lateness", &located, &source)
    }

    #[test]
    fn reads_units() {
        for (text, seconds) in [
            ("24h", 86_400),
            ("90m", 5_400),
            ("2d 12h", 216_000),
            ("0s", 0),
            ("1w", 604_800),
        ] {
            assert_eq!(read(text).unwrap().as_secs(), seconds, "{text}");
        }
    }

    #[test]
    fn refuses_what_is_not_one() {
        for text in [
            "24",
            "",
            "h",
            "1 fortnight",
            "-1h",
            "1M",
            "2 years",
            "99999d",
            "99999999999999999999h",
        ] {
            let found = read(text).unwrap_err();
            assert_eq!(found.code, "invalid-duration", "{text}");
            assert!(found.help.is_some());
        }
        assert!(
            read("24")
                .unwrap_err()
                .help
                .unwrap()
                .contains("`max_lateness: 24h`")
        );
    }
}
