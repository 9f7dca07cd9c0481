//! The environment, read once.
//!
//! Owns the snapshot of variables and the working folder that everything else is given.
//! Never writes the environment, and must not interpret settings: see [`crate::cli`].

#![allow(
    clippy::disallowed_methods,
    reason = "this is where the environment is read, once"
)]

use std::collections::BTreeMap;
use std::path::PathBuf;

/// What the process was started with.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Environment {
    /// Variables whose name and value are UTF-8. They hold secrets: never show them.
    pub variables: BTreeMap<String, String>,
    /// The working folder; `None`: it is gone.
    pub working_directory: Option<PathBuf>,
}

impl std::fmt::Debug for Environment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Environment")
            .field("variables", &self.variables.len())
            .field("working_directory", &self.working_directory)
            .finish()
    }
}

impl Environment {
    /// Reads the environment of this process.
    #[must_use]
    pub fn read() -> Self {
        let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        };
        Self {
            variables: std::env::vars_os().filter_map(text).collect(),
            working_directory: std::env::current_dir().ok(),
        }
    }

    /// The value of a variable that is set to something.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        let value = self.variables.get(name).map(String::as_str);
        value.filter(|value| !value.is_empty())
    }

    /// Whether a variable is set to something other than `0` or `false`.
    #[must_use]
    pub fn is_on(&self, name: &str) -> bool {
        self.get(name)
            .is_some_and(|value| !matches!(value, "0" | "false"))
    }

    /// Whether this is a CI job: `CI` is set, as every CI service does (GitHub docs,
    /// "Default environment variables").
    #[must_use]
    pub fn is_ci(&self) -> bool {
        self.is_on("CI")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn empty_zero_and_false_mean_off() {
        let with = |value: &str| Environment {
            variables: [("CI".to_owned(), value.to_owned())].into(),
            working_directory: None,
        };
        for (value, on) in [
            ("", false),
            ("0", false),
            ("false", false),
            ("true", true),
            ("1", true),
        ] {
            assert_eq!(with(value).is_ci(), on, "{value:?}");
        }
        assert!(!Environment::default().is_ci());
    }

    #[test]
    fn secrets_are_not_shown() {
        let environment = Environment {
            variables: [("TOKEN".to_owned(), "hunter2".to_owned())].into(),
            working_directory: None,
        };
        assert!(!format!("{environment:?}").contains("hunter2"));
    }
}
