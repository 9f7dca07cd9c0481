//! What stands in the folder of posts: which files are documents, and which are not.
//!
//! Owns the rule for names, so that a commit and a work tree are listed alike. Must not
//! read files.

use super::path::ContentPath;

/// The name of the configuration file, which makes a folder a content root.
pub const CONFIG_FILE: &str = "mergecast.yaml";
/// Endings that people give to Markdown files, besides `.md`.
const OTHER_ENDINGS: &[&str] = &[".md", ".markdown", ".mdx", ".mkd", ".mdown", ".md.txt"];

/// What one name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FoundKind {
    /// A file, or a symbolic link in its place.
    File,
    /// A repository inside the repository.
    Submodule,
}

/// A file as a folder lists it, at any depth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Found {
    /// Its path from the content root. What is not UTF-8 is U+FFFD.
    pub path: String,
    /// What it is.
    pub kind: FoundKind,
}

/// Why a file in the folder of posts is not read as a post.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unread {
    /// Its name has a character that a path here cannot have.
    BadName,
    /// It, or a folder on the way, begins with a dot.
    Hidden,
    /// It, or a folder on the way, begins with an underscore.
    Underscore,
    /// It ends otherwise than in `.md`, and is Markdown by its ending.
    Ending,
    /// A repository inside the repository.
    Submodule,
    /// A configuration file: the folder is a content root by itself.
    NestedRoot,
}

/// A file that is not read as a post.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct UnreadFile {
    /// Why.
    pub why: Unread,
    /// Its path from the content root, as it is called; not always a [`ContentPath`].
    pub path: String,
}

/// What stands in the folder of posts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// Every document, sorted.
    pub documents: Vec<ContentPath>,
    /// What looks like one and is not read, sorted.
    pub unread: Vec<UnreadFile>,
}

impl Listing {
    /// Sorts out what was found below `folder`.
    #[must_use]
    pub fn of(folder: &ContentPath, found: impl IntoIterator<Item = Found>) -> Self {
        let mut listing = Self::default();
        for file in found {
            let below = file.path.get(folder.as_str().len()..).unwrap_or_default();
            match why_unread(below.trim_start_matches('/'), file.kind) {
                Verdict::Document => match ContentPath::parse(&file.path) {
                    Ok(path) => listing.documents.push(path),
                    Err(_) => listing.push(Unread::BadName, file.path),
                },
                Verdict::Unread(why) => listing.push(why, file.path),
                Verdict::Nothing => {}
            }
        }
        listing.documents.sort();
        listing.unread.sort();
        listing
    }

    fn push(&mut self, why: Unread, path: String) {
        self.unread.push(UnreadFile { why, path });
    }
}

enum Verdict {
    Document,
    Unread(Unread),
    Nothing,
}

/// What a file is by its path below the folder of posts.
fn why_unread(path: &str, kind: FoundKind) -> Verdict {
    let name = path.rsplit('/').next().unwrap_or(path);
    let begins = |with: char| path.split('/').any(|segment| segment.starts_with(with));
    let lower = name.to_lowercase();
    let is_markdown = OTHER_ENDINGS.iter().any(|ending| lower.ends_with(ending));
    let is_root = name == CONFIG_FILE;
    if kind == FoundKind::Submodule {
        return Verdict::Unread(Unread::Submodule);
    }
    if !is_markdown && !is_root {
        return Verdict::Nothing;
    }
    if begins('.') || begins('_') {
        let why = if begins('.') {
            Unread::Hidden
        } else {
            Unread::Underscore
        };
        return if is_root {
            Verdict::Nothing
        } else {
            Verdict::Unread(why)
        };
    }
    if is_root {
        return Verdict::Unread(Unread::NestedRoot);
    }
    if path.contains(|c: char| c.is_control() || c == '\\' || c == '\u{fffd}') {
        return Verdict::Unread(Unread::BadName);
    }
    if name.ends_with(".md") {
        Verdict::Document
    } else {
        Verdict::Unread(Unread::Ending)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn listed(paths: &[&str]) -> (Vec<String>, Vec<(Unread, String)>) {
        let found = paths.iter().map(|path| Found {
            path: (*path).to_owned(),
            kind: FoundKind::File,
        });
        let listing = Listing::of(&ContentPath::parse("posts").unwrap(), found);
        let documents = listing.documents.iter().map(ToString::to_string);
        let unread = listing.unread.into_iter().map(|file| (file.why, file.path));
        (documents.collect(), unread.collect())
    }

    #[test]
    fn markdown_files_are_documents_and_media_are_nothing() {
        let (documents, unread) =
            listed(&["posts/b.md", "posts/a/x.md", "posts/a.png", "posts/n.txt"]);
        assert_eq!(documents, ["posts/a/x.md", "posts/b.md"]);
        assert_eq!(unread, []);
    }

    #[test]
    fn what_looks_like_a_post_and_is_not_read_is_named() {
        for (path, why) in [
            ("posts/.obsidian/t.md", Unread::Hidden),
            ("posts/.t.md", Unread::Hidden),
            ("posts/_drafts/d.md", Unread::Underscore),
            ("posts/_template.md", Unread::Underscore),
            ("posts/a.MD", Unread::Ending),
            ("posts/a.markdown", Unread::Ending),
            ("posts/a.mdx", Unread::Ending),
            ("posts/a.md.txt", Unread::Ending),
            ("posts/a\tb.md", Unread::BadName),
            ("posts/a\nb/c.md", Unread::BadName),
            ("posts/caf\u{fffd}.md", Unread::BadName),
            ("posts/a\\b.md", Unread::BadName),
            ("posts/inner/mergecast.yaml", Unread::NestedRoot),
        ] {
            assert_eq!(
                listed(&[path]),
                (Vec::new(), vec![(why, path.to_owned())]),
                "{path:?}"
            );
        }
    }

    #[test]
    fn a_folder_above_the_posts_may_be_called_as_it_likes() {
        let folder = ContentPath::parse("_site/.posts").unwrap();
        let found = Found {
            path: "_site/.posts/a.md".to_owned(),
            kind: FoundKind::File,
        };
        assert_eq!(Listing::of(&folder, [found]).documents.len(), 1);
    }
}
