//! Changes of files below a folder, as the system reports them.
//!
//! Owns which changes count: those of files people keep, not of what editors, git or this
//! program leave behind for a moment. Must not read the files.

use std::path::{Component, Path};
use std::sync::Arc;

use notify::{EventKind, RecursiveMode, Watcher as _};
use tokio::sync::Notify;

/// Tells `changed` of changes below a folder for as long as it lives.
pub struct FileEvents(
    #[expect(dead_code, reason = "it works as long as it is held")] notify::RecommendedWatcher,
);

impl FileEvents {
    /// Begins to watch `folder`, which should have no symbolic link on its way.
    ///
    /// # Errors
    /// The system's words; it watches only so many folders.
    pub fn watch(folder: &Path, changed: Arc<Notify>) -> Result<Self, String> {
        let root = folder.to_owned();
        let handle = move |event: notify::Result<notify::Event>| {
            let counts = match &event {
                Ok(event) if matches!(event.kind, EventKind::Access(_)) => false,
                // What was lost may have counted.
                Ok(event) if event.need_rescan() => true,
                Ok(event) => event.paths.iter().any(|path| counts(path, &root)),
                Err(_) => true,
            };
            if counts {
                changed.notify_one();
            }
        };
        let mut watcher = notify::recommended_watcher(handle).map_err(|error| error.to_string())?;
        let watching = watcher.watch(folder, RecursiveMode::Recursive);
        watching.map_err(|error| error.to_string())?;
        Ok(Self(watcher))
    }
}

/// Whether a change at `path` may be one of content: no hidden file or folder on its way
/// from `root`, and no name that editors give to files they are about to replace.
fn counts(path: &Path, root: &Path) -> bool {
    let below = path.strip_prefix(root).unwrap_or(path);
    let mut names = below.components().filter_map(|part| match part {
        Component::Normal(name) => Some(name.to_string_lossy()),
        _ => None,
    });
    let name = below.file_name().map(|name| name.to_string_lossy());
    let Some(name) = name else { return true };
    let hidden = names.any(|name| name.starts_with('.'));
    let passing = name.ends_with('~')
        || name.starts_with('#')
        || name == "4913"
        || [".swp", ".swx", ".tmp", ".part", ".bak", ".crswap"]
            .iter()
            .any(|end| name.ends_with(end))
        || name.contains(".tmp.");
    !hidden && !passing
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_editors_and_git_leave_behind_does_not_count() {
        let root = Path::new("/content");
        for name in [
            ".git/index.lock",
            ".mergecast/ledger/x.json",
            "posts/.a.md.swp",
            "posts/a.md~",
            "posts/#a.md#",
            "posts/.#a.md",
            "posts/4913",
            "posts/a.md.tmp.3821",
            "posts/a.md.bak",
        ] {
            assert!(!counts(&root.join(name), root), "{name}");
        }
        for name in [
            "posts/a.md",
            "mergecast.yaml",
            "posts/img/a.png",
            "mergecast.lock",
        ] {
            assert!(counts(&root.join(name), root), "{name}");
        }
        let hidden_above = Path::new("/home/x/.work/content");
        assert!(counts(&hidden_above.join("posts/a.md"), hidden_above));
    }

    #[test]
    fn a_saved_file_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        let changed = Arc::new(Notify::new());
        let events = FileEvents::watch(&root, Arc::clone(&changed)).unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        crate::system::files::write_atomically(&root.join("a.md"), b"x").unwrap();
        let told = runtime.block_on(async {
            let limit = std::time::Duration::from_secs(10);
            tokio::time::timeout(limit, changed.notified()).await
        });
        assert!(told.is_ok());
        drop(events);
    }
}
