//! Files in the folder of posts that are not read as posts, and a folder that is not there.
//!
//! Owns the words for them. Nothing that looks like a post is passed over in silence.

use std::collections::BTreeMap;

use super::suggest;
use crate::diagnostic::{Diagnostic, Label};
use crate::model::listing::{Unread, UnreadFile};
use crate::model::path::ContentPath;

/// The problem of one file that is an error.
#[must_use]
pub fn problem(file: &UnreadFile) -> Option<Diagnostic> {
    let shown = shown(&file.path);
    let found = match file.why {
        Unread::BadName => Diagnostic::error(
            "file-name",
            format!("the name `{shown}` contains a character that a path here cannot have"),
        )
        .note("tabs, line breaks, `\\` and bytes that are not UTF-8 cannot be in a path")
        .note("the file was not read; every other post goes on")
        .help("rename the file"),
        Unread::Submodule => Diagnostic::error(
            "posts-submodule",
            format!("`{shown}` is a git submodule, and posts in it are not read"),
        )
        .note("its files belong to another repository")
        .help("put the files themselves here, or move the submodule out of the folder of posts"),
        Unread::NestedRoot => Diagnostic::error(
            "nested-root",
            format!("`{shown}` makes a content root inside the posts of this one"),
        )
        .note("its posts would be published by both; nothing was published")
        .help("move that folder out of the folder of posts, or remove its `mergecast.yaml`"),
        Unread::Hidden | Unread::Underscore | Unread::Ending => return None,
    };
    Some(found.at(Label::file(&stand_in(file))))
}

/// One warning for each file with another ending, and for each folder or file whose name
/// keeps it from being a post.
#[must_use]
pub fn warnings(files: &[UnreadFile], posts: &ContentPath) -> Vec<Diagnostic> {
    let mut ignored: BTreeMap<String, Vec<&UnreadFile>> = BTreeMap::new();
    let mut found = Vec::new();
    for file in files {
        match file.why {
            Unread::Ending => found.push(ending(file)),
            Unread::Hidden | Unread::Underscore => {
                let place = marked(&file.path, posts);
                ignored.entry(place).or_default().push(file);
            }
            Unread::BadName | Unread::Submodule | Unread::NestedRoot => {}
        }
    }
    for (place, files) in ignored {
        let Some(first) = files.first() else { continue };
        let count = files.len();
        let what = if count == 1 && first.path == place {
            "is not a post".to_owned()
        } else {
            let noun = if count == 1 {
                "file that is no post"
            } else {
                "files that are no posts"
            };
            format!("holds {count} Markdown {noun}")
        };
        let message = format!("`{}` {what}", shown(&place));
        let problem = Diagnostic::warning("ignored-name", message)
            .at(Label::file(&stand_in(first)))
            .note("names that begin with `.` or `_` are left out")
            .help(
                "give it another name if it is to go out; else move it out of the folder of posts",
            );
        found.push(problem);
    }
    found
}

/// The folder of posts is not there. `folders` are the ones that stand in its place.
#[must_use]
pub fn posts_missing(posts: &ContentPath, folders: &[String], config: &ContentPath) -> Diagnostic {
    let found = Diagnostic::error("posts-missing", format!("there is no folder `{posts}`"))
        .at(Label::file(config))
        .note("no post was read, and nothing was published, deleted or skipped");
    let (above, name) = match posts.as_str().rsplit_once('/') {
        Some((above, name)) => (Some(above), name),
        None => (None, posts.as_str()),
    };
    let beside = |name: &str| above.map_or(name.to_owned(), |above| format!("{above}/{name}"));
    if name.contains('*') {
        let folder = above.unwrap_or("posts");
        return found.help(format!(
            "name the folder alone, its subfolders are searched: `posts: {folder}`"
        ));
    }
    match suggest::nearest(name, folders.iter().map(String::as_str)) {
        Some(near) => found.help(format!(
            "did you mean `posts: {}` in `mergecast.yaml`?",
            beside(near)
        )),
        None => found.help(format!(
            "set `posts` in `mergecast.yaml` to the folder of the posts; if there are none yet, keep the folder\n  mkdir -p {posts} && touch {posts}/.gitkeep && git add {posts}/.gitkeep"
        )),
    }
}

/// A path that can be written here for a file whose name cannot.
#[must_use]
pub fn stand_in(file: &UnreadFile) -> ContentPath {
    let bad = |c: char| c.is_control() || c == '\\';
    let mut plain = String::new();
    for c in file.path.chars() {
        if bad(c) {
            plain.push_str(&format!("%{:02X}", u32::from(c)));
        } else {
            plain.push(c);
        }
    }
    ContentPath::parse(&plain).unwrap_or_else(|_| crate::content::naming::unnamed())
}

/// The path up to and with the first name that begins with `.` or `_`.
fn marked(path: &str, posts: &ContentPath) -> String {
    let above = posts.as_str().len() + 1;
    let below = path.get(above..).unwrap_or_default();
    let mut end = above;
    for segment in below.split('/') {
        end += segment.len();
        if segment.starts_with(['.', '_']) {
            break;
        }
        end += 1;
    }
    path.get(..end).unwrap_or(path).to_owned()
}

fn ending(file: &UnreadFile) -> Diagnostic {
    let path = shown(&file.path);
    let name = path.rsplit('/').next().unwrap_or(&path);
    let stem = name.split('.').next().unwrap_or(name);
    Diagnostic::warning(
        "other-ending",
        format!("`{path}` is not read: posts end in `.md`"),
    )
    .at(Label::file(&stand_in(file)))
    .help(format!("rename it to `{stem}.md`"))
}

fn shown(path: &str) -> String {
    path.escape_debug().collect::<String>().replace('`', " ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn posts() -> ContentPath {
        ContentPath::parse("posts").unwrap()
    }

    fn file(why: Unread, path: &str) -> UnreadFile {
        UnreadFile {
            why,
            path: path.to_owned(),
        }
    }

    #[test]
    fn a_folder_of_drafts_is_named_once() {
        let files = [
            file(Unread::Underscore, "posts/2026/_drafts/a.md"),
            file(Unread::Underscore, "posts/2026/_drafts/b/c.md"),
            file(Unread::Hidden, "posts/.t.md"),
            file(Unread::Ending, "posts/x.MD"),
        ];
        let found = warnings(&files, &posts());
        let messages: Vec<_> = found.iter().map(|found| found.message.as_str()).collect();
        assert_eq!(
            messages,
            [
                "`posts/x.MD` is not read: posts end in `.md`",
                "`posts/.t.md` is not a post",
                "`posts/2026/_drafts` holds 2 Markdown files that are no posts",
            ]
        );
        assert!(found.iter().all(|found| !found.is_error()));
        assert_eq!(found[0].help.as_deref(), Some("rename it to `x.md`"));
    }

    #[test]
    fn a_name_that_cannot_be_written_is_shown_and_has_a_stand_in() {
        let found = problem(&file(Unread::BadName, "posts/a\tb\n.md")).unwrap();
        assert_eq!(found.code, "file-name");
        assert!(
            found.message.contains(r"posts/a\tb\n.md"),
            "{}",
            found.message
        );
        assert_eq!(found.labels[0].path.as_str(), "posts/a%09b%0A.md");
    }

    #[test]
    fn the_folder_that_was_meant_is_suggested() {
        let config = ContentPath::parse("mergecast.yaml").unwrap();
        let help = |posts: &str, folders: &[&str]| {
            let folders: Vec<String> = folders.iter().map(|name| (*name).to_owned()).collect();
            let posts = ContentPath::parse(posts).unwrap();
            posts_missing(&posts, &folders, &config).help.unwrap()
        };
        assert!(help("post", &["media", "posts"]).contains("`posts: posts`"));
        assert!(help("Posts", &["posts"]).contains("`posts: posts`"));
        assert!(help("a/post", &["posts"]).contains("`posts: a/posts`"));
        assert!(help("posts/**", &[]).contains("`posts: posts`"));
        assert!(help("posts", &["media"]).contains(".gitkeep"));
    }
}
