//! Changes of the ledger that a person asks for, each in one commit.

use std::collections::BTreeMap;

use super::LedgerSession;
use crate::ports::{Clock, Committed, Entropy, LedgerChange, LedgerError, LedgerStore, World};
use crate::record::continuity::FROM_LOCKFILE;
use crate::record::layout::first_page;
use crate::record::rebuild::Rebuild;
use crate::record::{Entry, EntryId, Succession};

impl<W: World> LedgerSession<'_, W> {
    /// Writes what a rebuild comes to, once; `false`: somebody else was faster, and what was
    /// rebuilt is not the ledger any more.
    ///
    /// # Errors
    /// As [`Self::record`].
    pub(crate) async fn rebuild(&mut self, rebuild: &Rebuild) -> Result<bool, LedgerError> {
        let change = self.by_hand(format!("rebuilt: {} entries", rebuild.put.len()));
        let genesis = self.snapshot.ledger.genesis.as_ref();
        // What this run does not know stays as it was.
        let recorded = genesis.and_then(|genesis| genesis.repository_id.clone());
        let id = self.repository_id.clone().or(recorded);
        let remote = change.remote_name.clone();
        let first = || first_page(&change.nonce, id.as_deref(), remote.as_deref(), change.at);
        let change = LedgerChange {
            put: rebuild.put.clone(),
            repository_id: id.clone(),
            begins_root: true,
            remove_files: rebuild.remove_files.clone(),
            first_page: rebuild.first_page.then(first),
            succession: Succession {
                replaces: self.replaced_or_lockfile().await?,
                accepts: None,
            },
            ..change
        };
        self.write_once(&change).await
    }

    /// Takes the ledger as it is for true, whatever was known besides; `false` as for
    /// [`Self::rebuild`].
    ///
    /// # Errors
    /// As [`Self::record`].
    pub(crate) async fn accept(&mut self) -> Result<bool, LedgerError> {
        let change = self.by_hand("accepted as it is".to_owned());
        let change = LedgerChange {
            succession: Succession {
                replaces: self.replaced().await?,
                accepts: self.snapshot.version.clone(),
            },
            ..change
        };
        self.write_once(&change).await
    }

    /// Takes `entries` from the content root `from`, as they stand; `false` as for
    /// [`Self::rebuild`].
    ///
    /// # Errors
    /// As [`Self::record`].
    pub(crate) async fn relocate(
        &mut self,
        from: &str,
        entries: BTreeMap<EntryId, Entry>,
    ) -> Result<bool, LedgerError> {
        let change = self.by_hand(format!("{} entries taken from {from}", entries.len()));
        let change = LedgerChange {
            put: entries,
            begins_root: true,
            taken_from: Some(from.to_owned()),
            ..change
        };
        self.write_once(&change).await
    }

    async fn replaced(&self) -> Result<Vec<String>, LedgerError> {
        self.world.ledger().replaced(&self.snapshot.version).await
    }

    /// A ledger that is made anew from the lockfile alone says so.
    async fn replaced_or_lockfile(&self) -> Result<Vec<String>, LedgerError> {
        let replaced = self.replaced().await?;
        let nothing_known = replaced.is_empty() && self.snapshot.version.is_none();
        Ok(match nothing_known {
            true => vec![FROM_LOCKFILE.to_owned()],
            false => replaced,
        })
    }

    /// A change that a person asks for, with nothing in it.
    fn by_hand(&self, summary: String) -> LedgerChange {
        LedgerChange {
            put: BTreeMap::new(),
            remove: Vec::new(),
            remove_files: Vec::new(),
            first_page: None,
            summary,
            nonce: self.world.entropy().nonce(),
            at: self.world.clock().now(),
            repository_id: self.repository_id.clone(),
            remote_name: self.world.ledger().home().remote_name,
            begins_root: false,
            succession: Succession::default(),
            taken_from: None,
        }
    }

    async fn write_once(&mut self, change: &LedgerChange) -> Result<bool, LedgerError> {
        let base = self.snapshot.version.clone();
        let committed = self.world.ledger().commit(&base, change).await?;
        self.reload().await?;
        Ok(committed != Committed::Lost)
    }
}
