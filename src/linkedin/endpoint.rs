//! Where LinkedIn is, and which addresses may be given the token.
//!
//! Owns the API's base address and the guard for upload addresses: LinkedIn tells the
//! client where to put a file, and the bearer token goes along, so the host is checked
//! first. Must not send anything.

use http::Uri;
use http::uri::Scheme;

use super::problem::{Kind, Problem};
use crate::report::exit::Exit;

/// LinkedIn's API, or what stands in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    base: String,
    origin: Origin,
    overridden: bool,
}

/// Scheme, host and port (RFC 6454 §4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Origin {
    https: bool,
    host: String,
    port: u16,
}

/// A setting is not the address of an API.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{variable}` is not an address like `https://api.linkedin.com`", variable = Endpoint::VARIABLE)]
pub struct ApiUrlInvalid;

impl ApiUrlInvalid {
    /// As a problem: configuration, exit 65. The value is not shown; it may hold a password.
    #[must_use]
    pub fn problem(&self) -> Problem {
        let help = format!(
            "unset `{}`, or set it to an http or https origin such as `http://127.0.0.1:8080`",
            Endpoint::VARIABLE
        );
        Problem::new(
            Kind::Config,
            "api-url-invalid",
            self.to_string(),
            Exit::Invalid,
        )
        .help(help)
    }
}

impl Endpoint {
    /// The variable that overrides the address.
    pub const VARIABLE: &'static str = "MERGECAST_LINKEDIN_API_URL";
    /// The base of `/rest` and `/v2`.
    pub const DEFAULT: &'static str = "https://api.linkedin.com";

    /// The endpoint at `setting`, or LinkedIn's own when there is none or it is blank.
    ///
    /// # Errors
    /// When the setting is not an `http` or `https` address without user, query and
    /// fragment.
    pub fn new(setting: Option<&str>) -> Result<Self, ApiUrlInvalid> {
        let setting = setting.map(str::trim).filter(|text| !text.is_empty());
        let text = setting.unwrap_or(Self::DEFAULT).trim_end_matches('/');
        let origin = origin(text).ok_or(ApiUrlInvalid)?;
        if text.contains(['?', '#']) {
            return Err(ApiUrlInvalid);
        }
        let linkedin = Origin {
            https: true,
            host: "api.linkedin.com".to_owned(),
            port: 443,
        };
        Ok(Self {
            base: text.to_owned(),
            overridden: origin != linkedin,
            origin,
        })
    }

    /// The address of `path_and_query`, which starts with a slash and is encoded already.
    ///
    /// # Errors
    /// When the two together are no address.
    pub fn address(&self, path_and_query: &str) -> Result<Uri, http::Error> {
        Ok(Uri::try_from(format!("{}{path_and_query}", self.base))?)
    }

    /// Whether it is not LinkedIn's own.
    #[must_use]
    pub fn is_overridden(&self) -> bool {
        self.overridden
    }

    /// Host and port of what stands in LinkedIn's place; `None`: this is LinkedIn.
    #[must_use]
    pub fn stand_in(&self) -> Option<String> {
        let shown = || format!("{}:{}", self.origin.host, self.origin.port);
        self.overridden.then(shown)
    }

    /// Whether a file, and the token with it, may be sent to `url`: https on
    /// `linkedin.com` or a name below it; when the API's address is overridden, that very
    /// origin and no other.
    #[must_use]
    pub fn upload_allowed(&self, url: &str) -> bool {
        let Some(origin) = origin(url) else {
            return false;
        };
        if self.overridden {
            return origin == self.origin;
        }
        let rest = origin.host.strip_suffix("linkedin.com");
        let linkedins =
            rest.is_some_and(|rest| rest.is_empty() || (rest.ends_with('.') && rest.len() > 1));
        origin.https && origin.port == 443 && linkedins
    }
}

/// The origin of `setting` as text, where the setting is an address of another origin than
/// `own`. Blank settings and what is no address are not; the latter is refused where it is used.
#[must_use]
pub fn other_origin(setting: Option<&str>, own: &str) -> Option<String> {
    let found = origin(setting?.trim().trim_end_matches('/'))?;
    let scheme = if found.https { "https" } else { "http" };
    let shown = format!("{scheme}://{}:{}", found.host, found.port);
    (origin(own) != Some(found)).then_some(shown)
}

/// The origin of an absolute address. Anything two address parsers could read differently
/// (user part, backslash, spaces, non-ASCII) is no address here.
pub(super) fn origin(url: &str) -> Option<Origin> {
    if !url
        .bytes()
        .all(|byte| byte.is_ascii_graphic() && byte != b'\\')
    {
        return None;
    }
    let uri = Uri::try_from(url).ok()?;
    let authority = uri.authority()?;
    let https = *uri.scheme()? == Scheme::HTTPS;
    let known = https || *uri.scheme()? == Scheme::HTTP;
    if !known || authority.as_str().contains('@') || authority.host().is_empty() {
        return None;
    }
    let default = if https { 443 } else { 80 };
    // A port that is no number must not read as the default one.
    let port = match authority.as_str().strip_prefix(authority.host())? {
        "" => default,
        rest => rest.strip_prefix(':')?.parse().ok()?,
    };
    Some(Origin {
        https,
        host: authority.host().to_ascii_lowercase(),
        port,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_origin_is_named_and_linkedins_own_is_not() {
        let other = |setting: &str| other_origin(Some(setting), Endpoint::DEFAULT);
        assert_eq!(
            other(" http://127.0.0.1:4791/ ").as_deref(),
            Some("http://127.0.0.1:4791")
        );
        for own in [
            "",
            "https://api.linkedin.com",
            "https://API.linkedin.com:443/",
            "ftp://x",
        ] {
            assert_eq!(other(own), None, "{own}");
        }
        assert!(other("http://api.linkedin.com").is_some());
        assert_eq!(other_origin(None, Endpoint::DEFAULT), None);
        let stand_in = |setting| Endpoint::new(setting).unwrap().stand_in();
        assert_eq!(
            stand_in(Some("http://127.0.0.1:1")).as_deref(),
            Some("127.0.0.1:1")
        );
        assert_eq!(stand_in(None), None);
    }

    #[test]
    fn uploads_go_to_linkedin_over_https_only() {
        let endpoint = Endpoint::new(None).unwrap();
        assert!(!endpoint.is_overridden());
        for url in [
            "https://www.linkedin.com/dms-uploads/sp/v2/x?ca=1&sig=%2F",
            "https://linkedin.com/x",
            "https://upload.LinkedIn.com/x",
            "https://www.linkedin.com:443/x",
        ] {
            assert!(endpoint.upload_allowed(url), "{url}");
        }
        for url in [
            "http://www.linkedin.com/x",
            "http://www.linkedin.com:443/x",
            "https://www.linkedin.com/\\x",
            "https://www.linkedin.com/\u{fc}",
            "https://linkedin.com.evil.example/x",
            "https://evillinkedin.com/x",
            "https://.linkedin.com/x",
            "https://www.linkedin.com@evil.example/x",
            "https://user:pw@www.linkedin.com/x",
            "https://evil.example\\@www.linkedin.com/x",
            "https://evil.example/?www.linkedin.com",
            "https://evil.example#.linkedin.com",
            // LinkedIn's too, but served by others: it is read from, never uploaded to.
            "https://media.licdn.com/x",
            "https://www.linkedin.com:8443/x",
            "https://www.linkedin.com:99999/x",
            "https://169.254.169.254/x",
            "https://[::ffff:127.0.0.1]/x",
            "https://127.0.0.1/x",
            "ftp://www.linkedin.com/x",
            "//www.linkedin.com/x",
            "/dms-uploads/x",
            " https://www.linkedin.com/x",
            "https://www.linkedin.com\n/x",
            "",
        ] {
            assert!(!endpoint.upload_allowed(url), "{url}");
        }
    }

    #[test]
    fn an_overridden_address_allows_that_origin_and_no_other() {
        let endpoint = Endpoint::new(Some("http://127.0.0.1:8080/base/")).unwrap();
        assert!(endpoint.is_overridden());
        assert!(endpoint.upload_allowed("http://127.0.0.1:8080/upload?x=1"));
        for url in [
            "http://127.0.0.1:8081/upload",
            "https://127.0.0.1:8080/upload",
            "http://localhost:8080/upload",
            "https://www.linkedin.com/dms-uploads/x",
        ] {
            assert!(!endpoint.upload_allowed(url), "{url}");
        }
        let address = endpoint.address("/rest/posts").unwrap();
        assert_eq!(address, "http://127.0.0.1:8080/base/rest/posts");
    }

    #[test]
    fn naming_linkedin_itself_is_no_override() {
        for setting in [None, Some(" "), Some("https://api.linkedin.com/")] {
            let endpoint = Endpoint::new(setting).unwrap();
            assert!(!endpoint.is_overridden());
            let address = endpoint.address("/v2/userinfo").unwrap();
            assert_eq!(address, "https://api.linkedin.com/v2/userinfo");
        }
    }

    #[test]
    fn api_url_invalid_never_shows_the_value() {
        for setting in [
            "api.linkedin.com",
            "ftp://x",
            "https://u:hunter2@x",
            "https://x/?hunter2",
            "https://",
        ] {
            let problem = Endpoint::new(Some(setting)).unwrap_err().problem();
            assert_eq!(problem.code, "api-url-invalid");
            assert_eq!(problem.exit, Exit::Invalid);
            assert!(!problem.message.contains("hunter2"));
        }
    }
}
