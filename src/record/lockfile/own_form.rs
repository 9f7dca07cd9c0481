//! Reading a lockfile that is, byte for byte, as this program writes them.
//!
//! Owns the quick way: a YAML reader takes a hundred times as long over the record of
//! years. Must never say anything else than the YAML reader would: what is not exactly the
//! text that its own content would be written as is left to that one.

use std::sync::Arc;

use super::{Blocks, HEAD, Lockfile, LockfileBlock};

/// The lockfile, where it has the form.
pub(super) fn read(text: &str) -> Option<Lockfile> {
    let body = text.strip_prefix(HEAD)?;
    if body == "posts: []\n" {
        return Some(Lockfile::default());
    }
    let mut rest = body.strip_prefix("posts:\n")?;
    let mut blocks = Blocks::new();
    let mut last = None;
    while !rest.is_empty() {
        let end = rest.find("\n- ").map_or(rest.len(), |end| end + 1);
        let (lines, further) = rest.split_at(end);
        let block = block(lines)?;
        let id = block.id();
        if block.contradiction().is_some() || block.text() != lines || last.as_ref() >= Some(&id) {
            return None;
        }
        last = Some(id.clone());
        blocks.insert(id, Arc::new(block));
        rest = further;
    }
    (!blocks.is_empty()).then_some(Lockfile { blocks })
}

/// The block of these lines: each a name and a JSON value.
fn block(lines: &str) -> Option<LockfileBlock> {
    let mut object = String::with_capacity(lines.len() + 32);
    let mut lead = "- ";
    for line in lines.lines() {
        let (name, value) = line.strip_prefix(lead)?.split_once(": ")?;
        let before = if lead == "- " { "{\"" } else { ",\"" };
        object.extend([before, name, "\":", value]);
        lead = "  ";
    }
    object.push('}');
    serde_json::from_str(&object).ok()
}

#[cfg(test)]
mod tests {
    use super::super::{LARGEST, Lockfile, VERSION};
    use super::*;
    use crate::record::Ledger;
    use crate::record::testing::{deleted, published, skipped};

    fn text() -> String {
        let entries = [
            published("a", "x", 1),
            deleted("b: \"quoted\"", "y", 2),
            skipped("ü/c", "z"),
        ];
        let entries = entries.map(|entry| (entry.id(), entry)).into_iter();
        Lockfile::from_ledger(&Ledger {
            entries: entries.collect(),
            ..Ledger::default()
        })
        .to_text()
    }

    #[test]
    fn what_this_program_writes_has_the_form() {
        assert!(HEAD.ends_with(&format!("\nversion: {VERSION}\n")));
        for text in [text(), Lockfile::default().to_text()] {
            let read = read(&text).unwrap();
            assert_eq!(Lockfile::parse_yaml(&text), Ok(read));
        }
    }

    /// Every small change is either left to the YAML reader or read as that one reads it.
    #[test]
    fn nothing_is_read_in_another_way_than_yaml_is() {
        let text = text();
        let mut left = 0;
        for at in 0..text.len() {
            if !text.is_char_boundary(at) || !text.is_char_boundary(at + 1) {
                continue;
            }
            let (before, after) = (&text[..at], &text[at + 1..]);
            for put in ["", "x", "\n", "\"", "-", " ", "#", "1", "\r"] {
                let changed = format!("{before}{put}{after}");
                match read(&changed) {
                    Some(read) => assert_eq!(Lockfile::parse_yaml(&changed), Ok(read), "{changed}"),
                    None => left += 1,
                }
            }
        }
        assert!(left > 1000, "{left}");
    }

    #[test]
    fn a_post_that_is_there_twice_or_contradicts_itself_is_left_to_yaml() {
        let text = text();
        let (head, blocks) = text.split_once("posts:\n").unwrap();
        for wrong in [
            format!("{head}posts:\n{blocks}{blocks}"),
            text.replace("\"deleted\"", "\"published\""),
            format!("{head}posts:\n"),
        ] {
            assert_eq!(read(&wrong), None, "{wrong}");
        }
    }

    /// Whoever reads less than is written takes the witness for absent.
    #[test]
    fn a_hundred_thousand_posts_fit_into_what_is_read() {
        let mut entry = published(&"k".repeat(60), "x", 1);
        entry.content_commit = Some("0".repeat(40));
        let entries = [(entry.id(), entry)].into_iter().collect();
        let ledger = Ledger {
            entries,
            ..Ledger::default()
        };
        let size = Lockfile::from_ledger(&ledger).to_text().len() as u64;
        assert!(size > 400 && size * 100_000 < LARGEST, "{size}");
        let padded = vec![b'#'; usize::try_from(LARGEST).unwrap() + 1];
        assert!(Lockfile::parse(&padded).is_err());
    }
}
