//! What a person should know about a ledger that has not begun, before a post is due.
//!
//! Owns the notices of `check`, `plan` and `doctor`. Must not fetch, or begin anything.

use chrono::TimeDelta;

use crate::cli::settings::Settings;
use crate::cli::stores::Store;
use crate::cli::world::{choice, repository};
use crate::diagnostic::Diagnostic;
use crate::git::offline_ledger;
use crate::model::Instant;
use crate::model::config::Config;
use crate::record::beginning::{Closed, WindowNotice, window_notice};
use crate::record::lockfile::LOCKFILE;
use crate::system::files::read_if_there;

/// So long after a window closed it is still spoken of: a clone of an old repository may
/// never have seen its ledger.
const SPOKEN_OF: TimeDelta = TimeDelta::days(30);

/// Notices about where the record is, as far as this clone knows without asking anybody.
pub(super) async fn notices(settings: &Settings, config: &Config, now: Instant) -> Vec<Diagnostic> {
    let Ok(found) = repository(settings).await else {
        return Vec::new();
    };
    match choice(settings, found.as_ref(), config) {
        Store::None(why) if why.is_remote_missing() => {
            let mut notice = why.diagnostic();
            notice.severity = crate::diagnostic::Severity::Warning;
            vec![notice.note("nothing can be published from this clone")]
        }
        Store::None(_) | Store::Clone | Store::Folder => Vec::new(),
        Store::Remote => {
            let Some(found) = found else {
                return Vec::new();
            };
            let remote = Some(config.state.remote.as_str());
            let known = offline_ledger(&found, remote, &config.state.branch);
            let lockfile = read_if_there(&settings.root.join(LOCKFILE));
            let begun = !matches!(known, Ok(None)) || !matches!(lockfile, Ok(None));
            match begun {
                true => Vec::new(),
                false => window_notice(config.state_since, now)
                    .and_then(|notice| words(&notice, now))
                    .into_iter()
                    .collect(),
            }
        }
    }
}

fn words(notice: &WindowNotice, now: Instant) -> Option<Diagnostic> {
    let message = match notice {
        WindowNotice::ClosesSoon(closes) => format!(
            "no ledger is known in this clone, and the first run creates it only until {}",
            closes.format("%Y-%m-%d %H:%M UTC")
        ),
        WindowNotice::Shut(Closed::Late { closed, .. }) if now - *closed > SPOKEN_OF => {
            return None;
        }
        WindowNotice::Shut(why @ (Closed::Late { .. } | Closed::Early { .. })) => {
            format!("no ledger is known in this clone, and {why}")
        }
        WindowNotice::Shut(Closed::NoSince | Closed::NoRemote | Closed::EarlierHere) => {
            return None;
        }
    };
    Some(
        Diagnostic::warning("ledger-window", message)
            .note("where the ledger exists on the remote, nothing is to be done")
            .help(
                "if posts were never published from this repository, run\n  mergecast state init",
            ),
    )
}
