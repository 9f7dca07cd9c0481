//! What git's complaints mean.
//!
//! Owns the reading of messages (always in the C locale). Must not retry or decide who
//! won: a push is judged by the ref on the remote, and these words only say why it did not
//! move.

/// Why a command about a remote failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// The remote answers and has no such branch.
    NoSuchBranch,
    /// The remote answers and a rule there forbids it: a protected branch, a hook.
    Forbidden,
    /// The remote does not accept who we are, or does not show the repository to us.
    Denied,
    /// Something on this machine stands in the way.
    Local,
    /// No usable answer; what nobody knows counts as this, since it may pass.
    Transport,
}

/// Rules of the remote. GH006: classic branch protection; GH013: rulesets (GitHub docs,
/// "About protected branches", "Available rules for rulesets").
const FORBIDDEN: &[&str] = &[
    "gh006",
    "gh013",
    "hook declined",
    "protected branch",
    "push declined",
    "rule violations",
    "refusing to update checked out branch",
    "deny updating a hidden ref",
    "not allowed to push",
    "prohibited",
];

const DENIED: &[&str] = &[
    "authentication failed",
    "could not read username",
    "could not read password",
    "terminal prompts disabled",
    "invalid username or",
    "returned error: 401",
    "returned error: 403",
    "access denied",
    "repository not found",
    "permission denied (",
    "permission denied, please try again",
    "permission to ",
    "write access to repository not granted",
    "host key verification failed",
    "read only",
];

const LOCAL: &[&str] = &[
    "dubious ownership",
    "not a git repository (or",
    "no space left on device",
    "insufficient permission for adding an object",
    "unknown option",
    "invalid refspec",
];

/// Reads the complaint of a failed command.
pub(super) fn classify(complaint: &str) -> Failure {
    let complaint = complaint.to_lowercase();
    let says = |words: &[&str]| words.iter().any(|word| complaint.contains(word));
    if complaint.contains("couldn't find remote ref") {
        Failure::NoSuchBranch
    } else if says(FORBIDDEN) {
        Failure::Forbidden
    } else if says(LOCAL) {
        Failure::Local
    } else if says(DENIED) {
        Failure::Denied
    } else {
        Failure::Transport
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn complaints_are_told_apart() {
        for (complaint, failure) in [
            (
                "fatal: couldn't find remote ref refs/heads/mergecast/state",
                Failure::NoSuchBranch,
            ),
            (
                "remote: error: GH006: Protected branch update failed for refs/heads/main.",
                Failure::Forbidden,
            ),
            (
                "remote: error: GH013: Repository rule violations found for refs/heads/main.",
                Failure::Forbidden,
            ),
            (
                " ! [remote rejected] x -> main (pre-receive hook declined)",
                Failure::Forbidden,
            ),
            (
                "remote: Permission to a/b.git denied to github-actions[bot].\nfatal: unable to access 'https://github.com/a/b/': The requested URL returned error: 403",
                Failure::Denied,
            ),
            (
                "fatal: could not read Username for 'https://github.com': terminal prompts disabled",
                Failure::Denied,
            ),
            (
                "git@github.com: Permission denied (publickey).",
                Failure::Denied,
            ),
            (
                "fatal: detected dubious ownership in repository at '/github/workspace'",
                Failure::Local,
            ),
            (
                "ssh: Could not resolve hostname github.com\nfatal: Could not read from remote repository.\n\nPlease make sure you have the correct access rights",
                Failure::Transport,
            ),
            (
                "fatal: '/gone.git' does not appear to be a git repository",
                Failure::Transport,
            ),
            (
                "error: RPC failed; curl 18 transfer closed with outstanding read data remaining",
                Failure::Transport,
            ),
        ] {
            assert_eq!(classify(complaint), failure, "{complaint}");
        }
    }
}
