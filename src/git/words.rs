//! git's own words, made fit to be shown.
//!
//! Owns what is taken out of them: control characters, progress, advice, and credentials
//! in addresses. Must not judge what they mean: see [`super::failure`].

/// The longest problem text, in characters.
const LONGEST: usize = 400;

/// The words of `text` in one line: without control and direction characters, hints,
/// frames of blank `remote:` lines, and credentials; cut to a readable length.
pub(super) fn cleaned(text: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    for line in text.split(['\n', '\r']) {
        let line: String = line.chars().filter(|c| !is_unshowable(*c)).collect();
        let line = line.trim();
        let said = line.strip_prefix("remote:").unwrap_or(line).trim();
        let noise = said.is_empty()
            || line.starts_with("hint:")
            || said.chars().all(|c| !c.is_alphanumeric())
            || line.starts_with("To ");
        if !noise {
            let said = without_credentials(said);
            if lines.last() != Some(&said) {
                lines.push(said);
            }
        }
    }
    let whole = lines.join("; ");
    if whole.chars().count() > LONGEST {
        let cut: String = whole.chars().take(LONGEST - 1).collect();
        return format!("{cut}…");
    }
    whole
}

fn is_unshowable(c: char) -> bool {
    let directs = matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}');
    c != '\t' && c.is_control() || directs
}

/// `https://user:secret@host/x?token=y` becomes `https://***@host/x?***`. The name in
/// `ssh://git@host` is no secret and stays.
fn without_credentials(line: &str) -> String {
    let mut clean = String::with_capacity(line.len());
    let mut rest = line;
    while let Some(at) = rest.find("://") {
        let (before, after) = rest.split_at(at + 3);
        clean.push_str(before);
        let end = after
            .find(|c: char| c.is_whitespace() || "'\"`<>".contains(c))
            .unwrap_or(after.len());
        let (address, tail) = after.split_at(end);
        clean.push_str(&without_secrets(address, before.ends_with("ssh://")));
        rest = tail;
    }
    clean.push_str(rest);
    clean
}

fn without_secrets(address: &str, ssh: bool) -> String {
    let host_ends = address.find(['/', '?', '#']).unwrap_or(address.len());
    let (authority, path) = address.split_at(host_ends);
    let authority = match authority.rsplit_once('@') {
        Some((user, _)) if ssh && !user.contains(':') => authority.to_owned(),
        Some((_, host)) => format!("***@{host}"),
        None => authority.to_owned(),
    };
    match path.split_once('?') {
        Some((path, _)) => format!("{authority}{path}?***"),
        None => format!("{authority}{path}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn credentials_never_leave() {
        let text = "fatal: unable to access 'https://x-access-token:ghs_1@github.com/a/b.git/?key=ghs_1': no";
        assert_eq!(
            cleaned(text),
            "fatal: unable to access 'https://***@github.com/a/b.git/?***': no"
        );
        assert_eq!(cleaned("https://ghs_1@h/x"), "https://***@h/x");
        assert_eq!(cleaned("ssh://git@h/x"), "ssh://git@h/x");
        assert_eq!(cleaned("ssh://git:pw@h/x"), "ssh://***@h/x");
        assert_eq!(cleaned("a://u:p@h b://v:q@i"), "a://***@h b://***@i");
    }

    #[test]
    fn frames_hints_and_control_characters_are_dropped() {
        let text = "remote: \nremote: error: GH006: Protected branch\u{1b}[31m update failed.\n\
                    To github.com:a/b\nhint: pull first\nerror: failed\u{202e} to push\n";
        assert_eq!(
            cleaned(text),
            "error: GH006: Protected branch[31m update failed.; error: failed to push"
        );
        assert_eq!(cleaned(&"é".repeat(1000)).chars().count(), 400);
    }
}
