//! Where credentials of this machine's user are kept.
//!
//! Owns the place, outside every repository, and that only its owner may read it. Must not
//! know what is in it.

use std::io;
use std::path::{Path, PathBuf};

use super::Environment;
use super::files::{create_folders, is_open_to_others, read_if_there, write_privately};

/// One file in the user's own configuration folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VaultFile(PathBuf);

impl VaultFile {
    /// `mergecast/credentials.json` in `XDG_CONFIG_HOME`, else `~/.config`, else
    /// `APPDATA`; `None`: none of them is an absolute path.
    #[must_use]
    pub fn find(environment: &Environment) -> Option<Self> {
        let folder = |name: &str| environment.get(name).map(PathBuf::from);
        let places = [
            folder("XDG_CONFIG_HOME"),
            folder("HOME").map(|home| home.join(".config")),
            folder("APPDATA"),
        ];
        let place = places.into_iter().flatten().find(|path| path.is_absolute());
        place.map(|folder| Self(folder.join("mergecast/credentials.json")))
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// Its bytes; `None`: there is none.
    ///
    /// # Errors
    /// The system's, and when others may read it.
    pub fn read(&self) -> io::Result<Option<Vec<u8>>> {
        if is_open_to_others(&self.0) == Some(true) {
            return Err(io::Error::new(
                io::ErrorKind::PermissionDenied,
                "others than its owner may read it; run: chmod 600",
            ));
        }
        read_if_there(&self.0)
    }

    /// Replaces it, for its owner alone.
    ///
    /// # Errors
    /// The system's.
    pub fn write(&self, text: &str) -> io::Result<()> {
        if let Some(folder) = self.0.parent() {
            create_folders(folder)?;
        }
        write_privately(&self.0, text.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(variables: &[(&str, &str)]) -> Option<String> {
        let variables = variables
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let environment = Environment {
            variables: variables.collect(),
            working_directory: None,
        };
        VaultFile::find(&environment).map(|file| file.path().display().to_string())
    }

    #[test]
    fn the_place_is_the_users_own_and_never_relative() {
        let home = ("HOME", "/home/j");
        let default = "/home/j/.config/mergecast/credentials.json";
        assert_eq!(found(&[home]).as_deref(), Some(default));
        let own = found(&[home, ("XDG_CONFIG_HOME", "/x")]);
        assert_eq!(own.as_deref(), Some("/x/mergecast/credentials.json"));
        assert_eq!(
            found(&[home, ("XDG_CONFIG_HOME", "x")]).as_deref(),
            Some(default)
        );
        assert_eq!(found(&[("HOME", "")]), None);
    }
}
