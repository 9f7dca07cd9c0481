//! An access token that cannot be shown.
//!
//! Owns the secret and the only two things that may be done with it: put it into an
//! `Authorization` header, and take it out of a text. Must not offer its text to anyone.

use std::fmt;

use http::HeaderValue;
use secrecy::{ExposeSecret, SecretString};

use super::scrub;
use crate::model::digest::{Digest, DigestBuilder};
use crate::model::requests::Credential;
use crate::ports::HttpResponse;

/// A LinkedIn access token (about 350 printable characters, opaque; LinkedIn asks for
/// room for 1000). It has no `Display`, and `Debug` does not show it.
#[derive(Clone)]
pub struct AccessToken {
    secret: SecretString,
    source: String,
    fresh: bool,
}

/// A text cannot be an access token: it is not visible ASCII without spaces.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an access token is one run of visible ASCII characters")]
pub struct MalformedToken;

impl AccessToken {
    /// Takes `text` without surrounding white space (secrets often end in a line break).
    /// `source` names where it came from, for messages: the environment variable.
    ///
    /// # Errors
    /// When it is blank or no header value could carry it.
    pub fn new(text: &str, source: &str) -> Result<Self, MalformedToken> {
        let text = text.trim();
        if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(MalformedToken);
        }
        Ok(Self {
            secret: SecretString::from(text),
            source: source.to_owned(),
            fresh: false,
        })
    }

    /// The same, minted just now. For some seconds LinkedIn may call it revoked
    /// (65601): its servers have not all heard of it.
    #[must_use]
    pub fn minted(self) -> Self {
        Self {
            fresh: true,
            ..self
        }
    }

    /// Whether it was minted by this very run.
    #[must_use]
    pub fn is_fresh(&self) -> bool {
        self.fresh
    }

    /// The secret itself, still wrapped, to ask LinkedIn about it.
    #[must_use]
    pub fn exposed(&self) -> SecretString {
        self.secret.clone()
    }

    /// A digest of `words` that only a holder of the token can make. Another token, such as
    /// one that was minted anew, makes another one.
    #[must_use]
    pub fn seal(&self, words: &[&str]) -> Digest {
        let key = self.secret.expose_secret().as_bytes();
        let inner = DigestBuilder::default().field("key", key);
        let inner = words.iter().fold(inner, |builder, word| {
            builder.field("word", word.as_bytes())
        });
        let inner = inner.finish();
        let outer = DigestBuilder::default().field("key", key);
        outer.field("inner", inner.as_str().as_bytes()).finish()
    }

    /// The name of the variable it came from.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Whose daily calls its requests count against.
    #[must_use]
    pub fn credential(&self) -> Credential {
        Credential(self.source.clone())
    }

    /// The `Authorization` header (RFC 6750 §2.1), marked so that it is never shown.
    ///
    /// # Errors
    /// Never for a token made by [`Self::new`].
    pub fn header(&self) -> Result<HeaderValue, http::Error> {
        let mut value = HeaderValue::try_from(format!("Bearer {}", self.secret.expose_secret()))?;
        value.set_sensitive(true);
        Ok(value)
    }

    /// `text` without the token, however it is written there.
    #[must_use]
    pub fn scrub(&self, text: &str) -> String {
        scrub::text(&self.forms(), text)
    }

    /// The same of a whole answer, its headers included.
    #[must_use]
    pub fn scrub_answer(&self, answer: HttpResponse) -> HttpResponse {
        scrub::answer(&self.forms(), answer)
    }

    fn forms(&self) -> Vec<String> {
        scrub::forms(self.secret.expose_secret())
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccessToken(…)")
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;

    const CANARY: &str = "AQX-canary/1+2=";

    #[test]
    fn debug_shows_nothing_of_it_anywhere() {
        let token = AccessToken::new(CANARY, "T").unwrap();
        let header = token.header().unwrap();
        assert_eq!(format!("{token:?}"), "AccessToken(…)");
        assert_eq!(format!("{header:?}"), "Sensitive");
        let request = http::Request::builder()
            .header("authorization", header)
            .body(())
            .unwrap();
        assert!(!format!("{request:?}").contains("canary"));
    }

    #[test]
    fn the_header_carries_it_without_the_line_break_of_its_file() {
        let token = AccessToken::new("abc\r\n", "T").unwrap();
        assert_eq!(token.header().unwrap().to_str().unwrap(), "Bearer abc");
    }

    #[test]
    fn blank_and_broken_texts_are_no_tokens() {
        for text in ["", " \n", "Bearer abc", "a\nb", "tökén", "a\u{7f}"] {
            assert!(AccessToken::new(text, "T").is_err(), "{text:?}");
        }
    }

    #[test]
    fn it_is_taken_out_of_texts_plain_and_encoded() {
        let token = AccessToken::new(CANARY, "T").unwrap();
        let text = format!("a {CANARY} b AQX-canary%2F1%2B2%3D c");
        let scrubbed = "a [token removed] b [token removed] c";
        assert_eq!(token.scrub(&text), scrubbed);
        let answer = |body: &'static [u8]| {
            let answer = http::Response::new(Bytes::from_static(body));
            token.scrub_answer(answer).into_body()
        };
        assert_eq!(answer(CANARY.as_bytes()), "[token removed]");
        assert_eq!(answer(b"AQX-canary%2F1%2B2%3D"), "[token removed]");
        assert_eq!(answer(b"\xff nothing here"), b"\xff nothing here"[..]);
    }
}
