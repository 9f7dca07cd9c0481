//! A GitHub token that cannot be shown.
//!
//! Owns the secret, its header, and taking it out of a text. Must not offer it to anyone.

use http::HeaderValue;
use secrecy::{ExposeSecret as _, SecretString};

/// A token of GitHub's API.
#[derive(Clone, Debug)]
pub struct Token(SecretString);

impl Token {
    /// Takes `text` without surrounding white space; `None`: no header could carry it.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let text = text.trim();
        let valid = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic());
        valid.then(|| Self(SecretString::from(text)))
    }

    /// The `Authorization` header, marked so that it is never shown.
    pub(super) fn header(&self) -> Option<HeaderValue> {
        let header = HeaderValue::try_from(format!("Bearer {}", self.0.expose_secret()));
        let mut value = header.ok()?;
        value.set_sensitive(true);
        Some(value)
    }

    /// `text` without the token, should it be there.
    pub(super) fn scrubbed(&self, text: &str) -> String {
        text.replace(self.0.expose_secret(), "[token removed]")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_never_shown() {
        let token = Token::new(" ghs_secret\n").unwrap();
        assert!(!format!("{token:?}").contains("secret"));
        assert!(!format!("{:?}", token.header().unwrap()).contains("secret"));
        assert_eq!(token.scrubbed("bad ghs_secret!"), "bad [token removed]!");
        assert!(Token::new(" ").is_none() && Token::new("a b").is_none());
    }
}
