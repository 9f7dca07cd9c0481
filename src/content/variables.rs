//! The environment variables that a configuration names.
//!
//! Owns finding every `…_env` key, in files with errors too: their values are secrets, which
//! no other program may see. Must not read the environment.

use std::collections::BTreeSet;

/// What follows `…_env:` anywhere in the text of a configuration. One name too many costs
/// git a variable it has no business with; one too few would show it a secret.
#[must_use]
pub fn named_variables(configuration: &str) -> BTreeSet<String> {
    let after_key = configuration.split("_env").skip(1);
    let value = |rest: &str| {
        let rest = rest.trim_start_matches(['"', '\'']).trim_start();
        let name = rest.strip_prefix(':')?;
        let is_part = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let name = name.trim_start_matches(|c| !is_part(c));
        let end = name.find(|c| !is_part(c)).unwrap_or(name.len());
        name.get(..end)
            .filter(|name| !name.is_empty())
            .map(str::to_owned)
    };
    after_key.filter_map(value).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_env_key_is_found_however_it_is_written() {
        let found = named_variables(
            "authors:\n  a: { urn: x, token_env: ACME_SECRET, \"client_id_env\" : 'ID_1' }\n  b:\n    refresh_token_env:\n      REFRESH # why\n    client_secret_env: >-\n      FOLDED\nnotify: { ops: { url_env: \"HOOK\", later_env: X2 }\nbroken: [",
        );
        let names = ["ACME_SECRET", "FOLDED", "HOOK", "ID_1", "REFRESH", "X2"];
        assert_eq!(found, names.map(str::to_owned).into());
        assert!(named_variables("timezone: UTC\nenv: X\ntoken_env\n").is_empty());
    }
}
