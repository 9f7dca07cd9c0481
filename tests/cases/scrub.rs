//! What differs from run to run, replaced by words.

/// Replaces every part of `text` that fits `mask` and that `wanted` takes: in a mask `0`
/// is a digit, `x` a lower-case hex digit, anything else itself.
fn replace(text: &str, mask: &str, word: &str, wanted: impl Fn(&str) -> bool) -> String {
    let fits = |part: &str| {
        part.len() == mask.len()
            && part
                .bytes()
                .zip(mask.bytes())
                .all(|(byte, mask)| match mask {
                    b'0' => byte.is_ascii_digit(),
                    b'x' => byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte),
                    exact => byte == exact,
                })
    };
    let mut scrubbed = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        match rest.get(..mask.len()) {
            Some(part) if fits(part) && wanted(part) => {
                scrubbed.push_str(word);
                rest = &rest[mask.len()..];
            }
            _ => {
                scrubbed.push(first);
                rest = &rest[first.len_utf8()..];
            }
        }
    }
    scrubbed
}

/// Times as people are shown them, from their weekdays to `now`; none is longer than a
/// line.
fn shown_times(text: &str, today: &[String]) -> String {
    let lines = text.split_inclusive('\n');
    lines.map(|line| shown_time(line, today)).collect()
}

fn shown_time(text: &str, today: &[String]) -> String {
    let mut scrubbed = String::new();
    let mut rest = text;
    loop {
        let found = today
            .iter()
            .filter_map(|day| rest.find(&format!(" {day} ")))
            .min();
        let end = found.and_then(|at| Some((at, at + rest[at..].find(" UTC · ")?)));
        let Some((start, end)) = end else { break };
        let weekday = start.saturating_sub(3);
        scrubbed.push_str(&rest[..weekday]);
        scrubbed.push_str("[NOW]");
        rest = &rest[end + " UTC".len()..];
    }
    scrubbed + rest
}

/// Replaces what stands between `start` and the end of the line, both included, where `end`
/// stands in that line too.
fn cut(text: &str, start: &str, end: &str) -> String {
    let lines = text
        .split_inclusive('\n')
        .map(|line| match line.find(start) {
            Some(at) if line[at..].contains(end) => {
                // In JSON the string goes on to its closing quotation mark.
                let after = line.rfind('"').filter(|quote| *quote > at);
                let after = after.map_or("\n", |quote| &line[quote..]);
                format!("{}[GIT'S WORDS]{after}", &line[..at])
            }
            _ => line.to_owned(),
        });
    lines.collect()
}

/// Replaces the hex name, with or without a number before it, that stands after `start`.
fn name_after(text: &str, start: &str, word: &str) -> String {
    let mut parts = text.split(start);
    let mut scrubbed = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find(|c: char| !c.is_ascii_hexdigit() && c != '-');
        let (name, rest) = part.split_at(end.unwrap_or(part.len()));
        scrubbed.push_str(start);
        scrubbed.push_str(if name.len() >= 12 { word } else { name });
        scrubbed.push_str(rest);
    }
    scrubbed
}

/// Replaces the numbers of processes.
fn process(text: &str) -> String {
    let mut parts = text.split("process ");
    let mut scrubbed = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let rest = part.trim_start_matches(|c: char| c.is_ascii_digit());
        let word = if rest.len() < part.len() { "[N]" } else { "" };
        scrubbed.push_str("process ");
        scrubbed.push_str(word);
        scrubbed.push_str(rest);
    }
    scrubbed
}

/// Replaces the places, times and names of this run. `today` are the dates it may have
/// happened on, `YYYY-MM-DD`; `by_clock`: LinkedIn made its ids by the real clock.
pub(crate) fn scrub(text: &str, root: &str, today: &[String], by_clock: bool) -> String {
    let mut text = shown_times(&text.replace(root, "[FOLDER]"), today);
    let now = |part: &str| today.iter().any(|day| part.starts_with(day));
    for mask in [
        "0000-00-00T00:00:00Z",
        "0000-00-00T00:00:00.000Z",
        "0000-00-00T00:00:00.000000Z",
        "0000-00-00T00:00:00.000000000Z",
        "0000-00-00 00:00:00 UTC",
    ] {
        text = replace(&text, mask, "[NOW]", now);
    }
    // git says it in other words from version to version.
    for (start, end) in [
        ("[remote rejected]", "error: hook declined"),
        ("fatal: '", "exists."),
    ] {
        text = cut(&text, start, end);
    }
    for (start, word) in [
        ("  version     ", "[VERSION]"),
        ("  id          ", "[LEDGER]"),
        ("\"version\": \"", "[VERSION]"),
        ("\"ledger_id\": \"", "[LEDGER]"),
        ("\"nonce\": \"", "[NONCE]"),
        ("  commit  ", "[COMMIT]"),
        ("content of ", "[COMMIT]"),
        ("the ledger at ", "[COMMIT]"),
        ("of the remote, at ", "[COMMIT]"),
        ("commit ", "[COMMIT]"),
    ] {
        text = name_after(&text, start, word);
    }
    text = process(&text);
    // How far it is to the times of the cases depends on the day.
    for mask in ["in 00000 days", "in 0000 days"] {
        text = replace(&text, mask, "in [N] days", |_| true);
    }
    for mask in ["0000 days ago", "000 days ago"] {
        text = replace(&text, mask, "[N] days ago", |_| true);
    }
    text = replace(&text, "[NOW] · in 00 min", "[NOW] · in [N] min", |_| true);
    if by_clock {
        let any = |_: &str| true;
        for kind in ["share:", "share%3A", "ugcPost:", "ugcPost%3A"] {
            let mask = format!("{kind}0000000000000000000");
            text = replace(&text, &mask, &format!("{kind}[ID]"), any);
        }
    }
    text
}
