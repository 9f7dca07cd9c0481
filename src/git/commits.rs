//! Writing objects: blobs, changed trees, one commit.
//!
//! Owns who signs as the author and what a commit looks like: unsigned, on top of what
//! it follows. Objects only: no ref, index or work tree is touched here.

#![allow(
    clippy::disallowed_methods,
    reason = "new objects are flushed to the disk before a ref points to them"
)]

use std::path::Path;

use gix::ObjectId;
use gix::actor::Signature;
use gix::objs::tree::EntryKind;

use super::configuration::Configuration;
use super::objects;
use crate::model::Instant;
use crate::record::layout::FileChanges;

/// A commit to be written.
pub(super) struct Draft<'a> {
    /// The commits it follows; empty: the first one of an orphan branch.
    pub(super) parents: &'a [ObjectId],
    /// What it changes in the first parent's tree.
    pub(super) files: &'a FileChanges,
    /// The whole message.
    pub(super) message: String,
    /// Its date.
    pub(super) at: Instant,
}

/// A commit that is written.
pub(super) struct Written {
    /// The commit.
    pub(super) commit: ObjectId,
    /// Every object that may be new, the commit included.
    pub(super) objects: Vec<ObjectId>,
}

/// Writes `draft` into the object database. Files it does not name stay as they are.
pub(super) fn write(
    repository: &gix::Repository,
    configuration: &Configuration,
    draft: &Draft<'_>,
) -> gix::Result<Written> {
    let mut objects = Vec::new();
    let base = match draft.parents.first() {
        Some(parent) => {
            let tree = objects::tree_of(repository, *parent)?;
            let tree = repository.find_tree(tree)?;
            gix::objs::Tree::from(tree.decode()?)
        }
        None => gix::objs::Tree::empty(),
    };
    let mut editor =
        gix::objs::tree::Editor::new(base, &repository.objects, repository.object_hash());
    for (path, bytes) in draft.files {
        match bytes {
            Some(bytes) => {
                let blob = repository.write_blob(bytes)?.detach();
                objects.push(blob);
                editor.upsert(segments(path), EntryKind::Blob, blob)?;
            }
            None => {
                editor.remove_if_leaf(segments(path))?;
            }
        }
    }
    let tree = editor.write(|tree| {
        let id = repository.write_object(tree)?.detach();
        objects.push(id);
        Ok::<_, gix::Error>(id)
    })?;
    let signature = signature(configuration, draft.at);
    let commit = repository.write_object(&gix::objs::Commit {
        tree,
        parents: draft.parents.iter().copied().collect(),
        author: signature.clone(),
        committer: signature,
        encoding: None,
        message: draft.message.clone().into(),
        extra_headers: Vec::new(),
    })?;
    let commit = commit.detach();
    objects.push(commit);
    Ok(Written { commit, objects })
}

fn segments(path: &str) -> impl Iterator<Item = &gix::bstr::BStr> {
    path.split('/')
        .filter(|segment| !segment.is_empty())
        .map(gix::bstr::BStr::new)
}

/// git's configured identity when both halves are set, else our own.
fn signature(configuration: &Configuration, at: Instant) -> Signature {
    let half = |name| {
        let value: String = configuration
            .get(name)?
            .chars()
            .filter(|c| !c.is_control() && !"<>".contains(*c))
            .collect();
        let value = value.trim().to_owned();
        (!value.is_empty()).then_some(value)
    };
    let (name, email) = match (half("user.name"), half("user.email")) {
        (Some(name), Some(email)) => (name, email),
        _ => ("mergecast".to_owned(), "mergecast@localhost".to_owned()),
    };
    Signature {
        name: name.into(),
        email: email.into(),
        time: gix::date::Time::new(at.timestamp(), 0),
    }
}

/// Makes `objects` survive a power cut. git itself does not flush loose objects by
/// default (git-config, `core.fsync`). Objects that stand in a pack are durable already.
pub(super) fn flush(common_dir: &Path, objects: &[ObjectId]) -> std::io::Result<()> {
    for id in objects {
        let hex = id.to_string();
        let (folder, file) = hex.split_at(2);
        let folder = common_dir.join("objects").join(folder);
        match std::fs::File::open(folder.join(file)) {
            Ok(object) => {
                object.sync_all()?;
                std::fs::File::open(&folder)?.sync_all()?;
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_identity_is_gits_own_or_ours_and_always_writable() {
        let at = Instant::default();
        let ours = signature(&Configuration::parse("local\0user.name\nJane\0"), at);
        assert_eq!(ours.email, "mergecast@localhost");
        let listing = "global\0user.name\nJ <a>\nDoe\0global\0user.email\nj@x.org\0";
        let jane = signature(&Configuration::parse(listing), at);
        assert_eq!(jane.name, "J aDoe");
        assert_eq!(jane.email, "j@x.org");
    }
}
