//! LinkedIn's address as the environment overrides it.
//!
//! Owns the banner of each command and the refusal to record what another server said.
//! Must not read more than the environment. What answers at another address is a sandbox
//! or a test bench unless a person says that it stands for LinkedIn: a post published
//! there would count as published for ever, and never go out.

use super::args::{AuthCommand, Command, GithubCommand, StateCommand};
use crate::diagnostic::Diagnostic;
use crate::linkedin::endpoint::{Endpoint, other_origin};
use crate::linkedin::oauth;
use crate::linkedin::problem::{Kind, Problem};
use crate::report::exit::Exit;
use crate::system::Environment;

/// The variable that says that an overridden address stands for LinkedIn.
pub(super) const TRUST: &str = "MERGECAST_TRUST_API_URL";

/// The variables that say where LinkedIn is, and where it is without them.
const ADDRESSES: [(&str, &str); 2] = [
    (Endpoint::VARIABLE, Endpoint::DEFAULT),
    (oauth::VARIABLE, oauth::DEFAULT),
];

/// The overridden addresses: variable and origin.
fn overridden(environment: &Environment) -> Vec<(&'static str, String)> {
    let other = |(variable, own)| {
        let origin = other_origin(environment.get(variable), own);
        origin.map(|origin| (variable, origin))
    };
    ADDRESSES.into_iter().filter_map(other).collect()
}

fn is_trusted(environment: &Environment) -> bool {
    environment.is_on(TRUST)
}

/// What every command says first while an address is overridden.
pub(super) fn banner(environment: &Environment) -> Vec<Diagnostic> {
    let say = |(variable, origin): (&str, String)| {
        let message = format!("`{variable}` sends requests to `{origin}`, not to LinkedIn");
        let found = Diagnostic::warning("api-address", message);
        match is_trusted(environment) {
            true => found.note(format!(
                "`{TRUST}` is set: what that server answers is recorded as LinkedIn's answer"
            )),
            false => found
                .note("nothing is written to the ledger, the lockfile or the stored credentials")
                .help(format!("unset {variable}")),
        }
    };
    overridden(environment).into_iter().map(say).collect()
}

/// Refuses what would be recorded while an address is overridden and not trusted.
///
/// # Errors
/// `api-address-untrusted`, exit 65.
pub(super) fn may_record(environment: &Environment) -> Result<(), Problem> {
    let found = overridden(environment);
    let Some((variable, origin)) = found.first() else {
        return Ok(());
    };
    if is_trusted(environment) {
        return Ok(());
    }
    let message = format!(
        "`{variable}` names `{origin}`, and its answers would be recorded as LinkedIn's: nothing was sent, and nothing was recorded"
    );
    let help = format!(
        "unset {variable}, or try posts with `mergecast apply --sandbox`; where the address is a proxy or a test bench, set {TRUST}=1"
    );
    Err(Problem::new(
        Kind::Config,
        "api-address-untrusted",
        message,
        Exit::Invalid,
    )
    .help(help))
}

/// Whether a command writes ledger, lockfile or stored credentials.
pub(super) fn records(command: &Command) -> bool {
    match command {
        Command::Apply(args) => !args.sandbox && !args.dry_run,
        Command::Watch(_) | Command::Resolve(_) | Command::Adopt(_) | Command::Import(_) => true,
        Command::Auth(auth) => match auth {
            AuthCommand::Login(_) | AuthCommand::Refresh(_) | AuthCommand::Logout(_) => true,
            AuthCommand::Status(_) => false,
        },
        Command::State(state) => match state {
            StateCommand::Show => false,
            StateCommand::Init => true,
            StateCommand::Rebuild(args) => !args.dry_run,
            StateCommand::Move(args) => !args.dry_run,
            StateCommand::Accept(args) => !args.dry_run,
        },
        Command::Github(github) => match github {
            GithubCommand::Publish(_) => true,
            GithubCommand::Review(_) | GithubCommand::Comment(_) => false,
        },
        Command::Init(_)
        | Command::New(_)
        | Command::Check(_)
        | Command::Plan(_)
        | Command::Rehearse(_)
        | Command::Status
        | Command::Explain(_)
        | Command::Refresh
        | Command::Doctor
        | Command::Sandbox(_)
        | Command::Schema(_)
        | Command::Completions(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(variables: &[(&str, &str)]) -> Environment {
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Environment {
            variables: variables.iter().map(own).collect(),
            working_directory: None,
        }
    }

    #[test]
    fn another_address_is_named_each_time_and_recorded_only_when_trusted() {
        for (variable, own) in ADDRESSES {
            let other = (variable, "http://127.0.0.1:4791");
            let untrusted = with(&[other]);
            let said = banner(&untrusted);
            assert!(said[0].message.contains(variable), "{}", said[0].message);
            assert!(said[0].message.contains("http://127.0.0.1:4791"));
            let problem = may_record(&untrusted).unwrap_err();
            assert_eq!(problem.exit, Exit::Invalid);
            assert!(problem.message.contains(variable));
            let trusted = with(&[other, (TRUST, "1")]);
            assert_eq!(banner(&trusted).len(), 1);
            assert!(may_record(&trusted).is_ok());
            assert!(may_record(&with(&[other, (TRUST, "0")])).is_err());
            for default in ["", own] {
                let environment = with(&[(variable, default)]);
                assert!(banner(&environment).is_empty());
                assert!(may_record(&environment).is_ok());
            }
        }
    }
}
