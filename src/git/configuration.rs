//! The git configuration, as far as it matters here, and what of it is not obeyed.
//!
//! Owns the rule for settings that start programs. A clone's own configuration travels
//! with the folder (an archive, a shared disk), so on a person's machine a program it
//! names is not run; the person's own and the system's settings are. Where `CI` is set,
//! the clone was configured by the job itself (`actions/checkout` writes
//! `core.sshCommand` for deploy keys there) and is trusted. Must not start anything.

use std::collections::BTreeSet;

/// The settings in force, in git's order: a later one wins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Configuration(Vec<Setting>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Setting {
    /// Written in the clone itself.
    of_clone: bool,
    name: String,
    value: String,
}

/// Settings of formats that cannot be read here, as git writes their names, and what they
/// are called.
pub(super) const UNSUPPORTED: &[(&str, &str)] = &[
    ("refstorage", "reftable"),
    ("objectformat", "SHA-256 objects"),
];

/// What is added to every call so that a clone's own programs are not run.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Overrides {
    /// Names and values. They travel as `GIT_CONFIG_KEY_<n>` and `GIT_CONFIG_VALUE_<n>`:
    /// in `-c name=value` a name with `=` in it would be cut there, and mean nothing.
    pub(super) settings: Vec<(String, String)>,
    /// Variables of the environment.
    pub(super) variables: Vec<(String, String)>,
}

impl Configuration {
    /// Reads the answer of `git config --list --show-scope -z`.
    pub(super) fn parse(listing: &str) -> Self {
        let mut fields = listing.split('\0');
        let mut settings = Vec::new();
        while let (Some(scope), Some(setting)) = (fields.next(), fields.next()) {
            // A setting without `=` has no value line and means `true`.
            let (name, value) = setting.split_once('\n').unwrap_or((setting, "true"));
            settings.push(Setting {
                of_clone: matches!(scope, "local" | "worktree"),
                name: name.to_owned(),
                value: value.to_owned(),
            });
        }
        Self(settings)
    }

    /// The value in force.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let last = self.0.iter().rfind(|setting| setting.name == name);
        last.map(|setting| setting.value.as_str())
    }

    /// Whether it holds the setting that `git init` writes into every repository. Without it,
    /// that there is no remote would be said by an empty answer.
    pub(super) fn is_of_a_repository(&self) -> bool {
        self.get("core.repositoryformatversion").is_some()
    }

    /// Whether a remote of this name is configured. A name that git could take for an
    /// option or an address is none.
    pub(super) fn has_remote(&self, name: &str) -> bool {
        let plain = !name.is_empty() && !name.starts_with('-') && !name.contains("::");
        plain && self.get(&format!("remote.{name}.url")).is_some()
    }

    /// The names of all remotes that have an address, sorted.
    pub(super) fn remotes(&self) -> Vec<String> {
        let named = self.0.iter().filter_map(|setting| {
            let name = setting.name.strip_prefix("remote.")?;
            name.strip_suffix(".url").map(str::to_owned)
        });
        let names: BTreeSet<String> = named.filter(|name| self.has_remote(name)).collect();
        names.into_iter().collect()
    }

    /// The format of the repository, where it cannot be read here.
    pub(super) fn unsupported(&self) -> Option<&'static str> {
        let found = UNSUPPORTED.iter().find(|(name, _)| {
            let value = self.get(&format!("extensions.{name}"));
            value.is_some_and(|value| !matches!(value, "files" | "sha1"))
        });
        found.map(|(_, format)| *format)
    }

    /// The program run on the remote's side to read from it.
    pub(super) fn upload_pack(&self, remote: &str, trusted: bool) -> String {
        self.program_of_remote(remote, "uploadpack", trusted)
            .unwrap_or_else(|| "git-upload-pack".to_owned())
    }

    /// The program run on the remote's side to write to it.
    pub(super) fn receive_pack(&self, remote: &str, trusted: bool) -> String {
        self.program_of_remote(remote, "receivepack", trusted)
            .unwrap_or_else(|| "git-receive-pack".to_owned())
    }

    fn program_of_remote(&self, remote: &str, what: &str, trusted: bool) -> Option<String> {
        let name = format!("remote.{remote}.{what}");
        let obeyed = |setting: &&Setting| setting.name == name && (trusted || !setting.of_clone);
        self.0.iter().find(obeyed).map(|s| s.value.clone())
    }

    /// Names of the clone's own settings that start programs, in the order of the alphabet.
    pub(super) fn programs_of_clone(&self) -> BTreeSet<&str> {
        self.0
            .iter()
            .filter(|setting| setting.of_clone && starts_a_program(&setting.name))
            .map(|setting| setting.name.as_str())
            .collect()
    }

    /// What keeps hooks from being run and, where the clone is not `trusted`, the programs
    /// it names.
    pub(super) fn overrides(&self, trusted: bool) -> Overrides {
        let mut overrides = Overrides::default();
        for hook in self.hooks() {
            overrides.set(&format!("hook.{hook}.enabled"), "false");
        }
        if !trusted {
            for name in self.programs_of_clone() {
                self.override_one(name, &mut overrides);
            }
        }
        overrides
    }

    /// Settings that keep filters of the clone from being run, for calls that look at files.
    pub(super) fn filters_off(&self, trusted: bool) -> Vec<(String, String)> {
        let of_clone = self.0.iter().filter(|setting| setting.of_clone && !trusted);
        let filters: BTreeSet<&str> = of_clone
            .filter_map(|setting| setting.name.strip_prefix("filter.")?.rsplit_once('.'))
            .map(|(filter, _)| filter)
            .collect();
        let off = |filter| {
            let values = [("clean", ""), ("process", ""), ("required", "false")];
            values.map(|(key, value)| (format!("filter.{filter}.{key}"), value.to_owned()))
        };
        filters.into_iter().flat_map(off).collect()
    }

    /// Names of hooks written as settings (git 2.54 and newer), whoever wrote them.
    /// `core.hooksPath` does not reach them.
    fn hooks(&self) -> BTreeSet<&str> {
        fn named(setting: &Setting) -> Option<&str> {
            let (hook, key) = setting.name.strip_prefix("hook.")?.rsplit_once('.')?;
            matches!(key, "command" | "event").then_some(hook)
        }
        self.0.iter().filter_map(named).collect()
    }

    fn override_one(&self, name: &str, overrides: &mut Overrides) {
        let mut own = self.0.iter().filter(|setting| !setting.of_clone);
        let last = own.rfind(|setting| setting.name == name);
        let or = |default: &'static str| last.map_or(default, |setting| &setting.value);
        match name {
            "core.sshcommand" => overrides.set(name, or("ssh")),
            // Empty: none.
            "core.askpass" => overrides.set(name, or("")),
            // `true` prints nothing, so that there are no alternates.
            "core.alternaterefscommand" => overrides.set(name, or("true")),
            // git takes the first of several, so a later one cannot help; this variable
            // comes before them all, and empty means none.
            "core.gitproxy" => overrides.variable("GIT_PROXY_COMMAND", ""),
            // `remote-` is no program: such a remote fails.
            _ if name.ends_with(".vcs") => overrides.set(name, ""),
            _ if is_helper(name) => self.forget_helpers(overrides),
            // Calls name the program themselves. git's own calls for objects that a
            // partial clone lacks cannot, so there are none (git 2.44 and newer).
            _ if name.ends_with(".uploadpack") => overrides.variable("GIT_NO_LAZY_FETCH", "1"),
            _ => {}
        }
    }

    /// Forgets every credential helper, and names those the clone did not. An empty value
    /// forgets all that were named so far, for whatever address.
    fn forget_helpers(&self, overrides: &mut Overrides) {
        let empty = ("credential.helper".to_owned(), String::new());
        if overrides.settings.contains(&empty) {
            return;
        }
        overrides.settings.push(empty);
        for setting in &self.0 {
            if !setting.of_clone && is_helper(&setting.name) {
                overrides.set(&setting.name, &setting.value);
            }
        }
    }
}

impl Overrides {
    fn set(&mut self, name: &str, value: &str) {
        self.settings.push((name.to_owned(), value.to_owned()));
    }

    fn variable(&mut self, name: &str, value: &str) {
        self.variables.push((name.to_owned(), value.to_owned()));
    }
}

fn is_helper(name: &str) -> bool {
    name.starts_with("credential.") && name.ends_with(".helper")
}

/// Whether a call of ours would run the program that a setting names. Hooks, monitors,
/// filters, signing, pagers and aliases are switched off or never reached.
fn starts_a_program(name: &str) -> bool {
    let single = [
        "core.sshcommand",
        "core.askpass",
        "core.alternaterefscommand",
        "core.gitproxy",
    ];
    let of_remote = [".vcs", ".uploadpack", ".receivepack"];
    single.contains(&name)
        || is_helper(name)
        || name.starts_with("remote.") && of_remote.iter().any(|end| name.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn configuration(settings: &[(&str, &str, &str)]) -> Configuration {
        let listing: String = settings
            .iter()
            .map(|(scope, name, value)| format!("{scope}\0{name}\n{value}\0"))
            .collect();
        Configuration::parse(&listing)
    }

    fn set(overrides: &Overrides) -> Vec<(&str, &str)> {
        let settings = overrides.settings.iter();
        settings
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect()
    }

    #[test]
    fn programs_of_the_clone_are_replaced_by_the_persons_own() {
        let configuration = configuration(&[
            ("global", "core.sshcommand", "ssh -i mine"),
            ("global", "credential.https://a.helper", "cache"),
            ("global", "credential.helper", "store"),
            ("local", "core.sshcommand", "evil"),
            ("local", "core.askpass", "evil"),
            ("local", "core.gitproxy", "evil"),
            ("local", "credential.helper", "!evil"),
            ("local", "credential.https://a=b@c.helper", "!evil"),
            ("local", "remote.origin.vcs", "evil"),
            ("worktree", "core.alternaterefscommand", "evil"),
            ("local", "user.name", "Jane"),
        ]);
        let overrides = configuration.overrides(false);
        assert_eq!(
            set(&overrides),
            [
                ("core.alternaterefscommand", "true"),
                ("core.askpass", ""),
                ("core.sshcommand", "ssh -i mine"),
                ("credential.helper", ""),
                ("credential.https://a.helper", "cache"),
                ("credential.helper", "store"),
                ("remote.origin.vcs", ""),
            ]
        );
        assert_eq!(overrides.variables[0].0, "GIT_PROXY_COMMAND");
        assert_eq!(configuration.overrides(true), Overrides::default());
    }

    #[test]
    fn the_persons_own_programs_need_no_override() {
        let configuration = configuration(&[
            ("global", "core.sshcommand", "ssh -i mine"),
            ("command", "credential.helper", "store"),
        ]);
        assert_eq!(configuration.overrides(false), Overrides::default());
    }

    #[test]
    fn a_hook_written_as_a_setting_is_off_whoever_wrote_it() {
        let configuration = configuration(&[
            ("global", "hook.lint.command", "lint"),
            ("local", "hook.a=b.c.event", "pre-push"),
            ("local", "hook.a=b.c.command", "evil"),
            ("local", "hook.jobs", "2"),
        ]);
        for trusted in [true, false] {
            assert_eq!(
                set(&configuration.overrides(trusted)),
                [
                    ("hook.a=b.c.enabled", "false"),
                    ("hook.lint.enabled", "false"),
                ]
            );
        }
    }

    #[test]
    fn a_clone_that_names_what_answers_a_fetch_fetches_nothing_by_itself() {
        let configuration = configuration(&[("local", "remote.origin.uploadpack", "evil")]);
        let overrides = configuration.overrides(false);
        let variable = ("GIT_NO_LAZY_FETCH".to_owned(), "1".to_owned());
        assert_eq!(overrides.variables, [variable]);
        assert_eq!(configuration.overrides(true), Overrides::default());
    }

    #[test]
    fn programs_on_the_remotes_side_are_named_in_the_call() {
        let configuration = configuration(&[
            ("local", "remote.origin.uploadpack", "evil"),
            (
                "global",
                "remote.origin.receivepack",
                "/opt/git-receive-pack",
            ),
        ]);
        assert_eq!(
            configuration.upload_pack("origin", false),
            "git-upload-pack"
        );
        assert_eq!(configuration.upload_pack("origin", true), "evil");
        assert_eq!(
            configuration.receive_pack("origin", false),
            "/opt/git-receive-pack"
        );
    }

    #[test]
    fn a_remote_is_a_name_with_an_address() {
        let configuration = configuration(&[
            ("local", "remote.origin.url", "https://example.org/a.git"),
            ("local", "remote.--upload-pack=evil.url", "x"),
            (
                "local",
                "remote.half.fetch",
                "+refs/heads/*:refs/remotes/half/*",
            ),
        ]);
        assert!(configuration.has_remote("origin"));
        for name in ["", "half", "other", "--upload-pack=evil", "ext::sh -c evil"] {
            assert!(!configuration.has_remote(name), "{name}");
        }
    }
}
