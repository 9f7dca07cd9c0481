//! Credentials a person logged in with, by author.
//!
//! Owns the form of the file and what it says about ages. Must not read or write it, and
//! shows no secret.

use std::collections::BTreeMap;

use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize, Serializer};

use super::oauth::{App, Grant};
use crate::model::Instant;
use crate::model::urn::AuthorUrn;

/// Everything that is stored.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Vault {
    format_version: u32,
    /// By author.
    pub credentials: BTreeMap<AuthorUrn, Stored>,
}

/// What one login gave.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Stored {
    /// Client id of the app.
    pub client_id: String,
    /// Its secret, to refresh and to ask about tokens.
    #[serde(serialize_with = "exposed")]
    client_secret: SecretString,
    #[serde(serialize_with = "exposed")]
    access_token: SecretString,
    /// When the access token ends.
    pub expires_at: Option<Instant>,
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        serialize_with = "exposed_if"
    )]
    refresh_token: Option<SecretString>,
    /// When the refresh token ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh_expires_at: Option<Instant>,
    /// Scopes, sorted.
    pub scopes: Vec<String>,
    /// Who consented, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub member: Option<String>,
    /// When they did.
    pub authorized_at: Instant,
}

fn exposed<S: Serializer>(secret: &SecretString, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(secret.expose_secret())
}

fn exposed_if<S: Serializer>(
    secret: &Option<SecretString>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match secret {
        Some(secret) => exposed(secret, serializer),
        None => serializer.serialize_none(),
    }
}

/// The file is not one of ours, or a newer one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("it is not a file of credentials that this version can read")]
pub struct NotAVault;

impl Vault {
    const FORMAT: u32 = 1;

    /// Reads the file; none: an empty vault. What is wrong is not shown: it may be secret.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn parse(bytes: Option<&[u8]>) -> Result<Self, NotAVault> {
        let Some(bytes) = bytes else {
            return Ok(Self {
                format_version: Self::FORMAT,
                ..Self::default()
            });
        };
        let vault: Self = serde_json::from_slice(bytes).map_err(|_| NotAVault)?;
        if vault.format_version == Self::FORMAT {
            Ok(vault)
        } else {
            Err(NotAVault)
        }
    }

    /// The file.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut text = serde_json::to_string_pretty(self).unwrap_or_default();
        text.push('\n');
        text
    }
}

impl Stored {
    /// What a login or a refresh gave.
    #[must_use]
    pub fn new(app: &App, grant: &Grant, member: Option<String>, now: Instant) -> Self {
        Self {
            client_id: app.id.clone(),
            client_secret: app.secret.clone(),
            access_token: grant.access.clone(),
            expires_at: grant.expires_at,
            refresh_token: grant.refresh.clone(),
            refresh_expires_at: grant.refresh_expires_at,
            scopes: grant.scopes.clone(),
            member,
            authorized_at: now,
        }
    }

    /// The same with a newer access token. The year of the refresh token goes on from the
    /// consent, whatever the answer says.
    #[must_use]
    pub fn refreshed(&self, grant: &Grant) -> Self {
        Self {
            access_token: grant.access.clone(),
            expires_at: grant.expires_at,
            refresh_token: grant.refresh.clone().or_else(|| self.refresh_token.clone()),
            refresh_expires_at: self.refresh_expires_at.or(grant.refresh_expires_at),
            ..self.clone()
        }
    }

    /// The app it was made with.
    #[must_use]
    pub fn app(&self) -> App {
        App {
            id: self.client_id.clone(),
            secret: self.client_secret.clone(),
        }
    }

    /// The access token.
    #[must_use]
    pub fn access(&self) -> &SecretString {
        &self.access_token
    }

    /// The refresh token.
    #[must_use]
    pub fn refresh(&self) -> Option<&SecretString> {
        self.refresh_token.as_ref()
    }
}

/// How near an end is, in the steps at which people are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Nearness {
    /// More than 14 days.
    Far,
    /// At most 14 days.
    Weeks,
    /// At most 7 days.
    Week,
    /// At most a day.
    Day,
    /// It is over.
    Over,
}

/// How near `end` is at `now`.
#[must_use]
pub fn nearness(end: Instant, now: Instant) -> Nearness {
    match (end - now).num_seconds() {
        ..=0 => Nearness::Over,
        1..=86_400 => Nearness::Day,
        86_401..=604_800 => Nearness::Week,
        604_801..=1_209_600 => Nearness::Weeks,
        _ => Nearness::Far,
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    fn now() -> Instant {
        "2026-09-03T08:00:00Z".parse().unwrap()
    }

    fn grant(access: &str, refresh: Option<&str>) -> Grant {
        Grant {
            access: SecretString::from(access),
            expires_at: Some(now() + TimeDelta::days(60)),
            scopes: vec!["w_member_social".to_owned()],
            refresh: refresh.map(SecretString::from),
            refresh_expires_at: refresh.map(|_| now() + TimeDelta::days(365)),
        }
    }

    #[test]
    fn a_vault_survives_its_file_and_shows_nothing() {
        let app = App {
            id: "id".to_owned(),
            secret: SecretString::from("hunter1"),
        };
        let jane = AuthorUrn::parse("urn:li:person:J").unwrap();
        let mut vault = Vault::parse(None).unwrap();
        let stored = Stored::new(&app, &grant("hunter2", Some("hunter3")), None, now());
        vault.credentials.insert(jane.clone(), stored);
        assert!(!format!("{vault:?}").contains("hunter"));
        let read = Vault::parse(Some(vault.to_json().as_bytes())).unwrap();
        let stored = &read.credentials[&jane];
        assert_eq!(stored.access().expose_secret(), "hunter2");
        assert_eq!(stored.refresh().unwrap().expose_secret(), "hunter3");
        let newer = stored.refreshed(&grant("fresh", None));
        assert_eq!(newer.access().expose_secret(), "fresh");
        assert_eq!(newer.refresh().unwrap().expose_secret(), "hunter3");
        assert_eq!(newer.refresh_expires_at, stored.refresh_expires_at);
        for bytes in ["", "[]", "{}", r#"{"format_version":9,"credentials":{}}"#] {
            assert!(Vault::parse(Some(bytes.as_bytes())).is_err(), "{bytes}");
        }
    }

    #[test]
    fn people_are_told_at_14_7_and_1_days() {
        for (hours, wanted) in [
            (14 * 24 + 1, Nearness::Far),
            (14 * 24, Nearness::Weeks),
            (7 * 24, Nearness::Week),
            (24, Nearness::Day),
            (0, Nearness::Over),
            (-5, Nearness::Over),
        ] {
            assert_eq!(nearness(now() + TimeDelta::hours(hours), now()), wanted);
        }
    }
}
