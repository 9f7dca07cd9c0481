//! What a 4xx answer of LinkedIn means.
//!
//! Owns the table from status and code to "whose problem it is". Words are matched only
//! where LinkedIn gives no code, since words may change without a new version. Must not
//! judge whether an answer may be believed: see [`ApiError::recognised`].

use super::cleaning::quote;
use super::errors::ApiError;
use super::problem::{Kind, Problem};
use crate::model::urn::{AuthorUrn, PostUrn};
use crate::report::exit::Exit;

/// What was asked, as far as messages need it.
#[derive(Clone, Copy, Debug)]
pub struct Asked<'a> {
    /// The variable the token came from.
    pub token: &'a str,
    /// The `LinkedIn-Version` sent.
    pub api_version: &'a str,
    /// Who publishes, where the call names an author.
    pub author: Option<&'a AuthorUrn>,
}

/// A refusal, by what has to change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The token, or what it may do.
    Denied(Problem),
    /// A setting.
    Config(Problem),
    /// Nothing: the same request may work next time.
    Conflict(Problem),
    /// Nothing: calls are counted, and there were too many.
    RateLimited(Problem),
    /// The author has published this text before.
    Duplicate {
        /// The share or ugcPost LinkedIn names.
        urn: Option<PostUrn>,
        /// LinkedIn's words.
        problem: Problem,
    },
    /// Nothing, or a new upload: the media are not there yet, or no longer.
    MediaNotReady(Problem),
    /// There is no such thing, or this token may not see it.
    NotFound(Problem),
    /// The content, or this program.
    Rejected(Problem),
}

/// Reads a refusal.
#[must_use]
pub fn refusal(error: &ApiError, asked: &Asked<'_>) -> Refusal {
    if let Some(duplicate) = duplicate(error) {
        return duplicate;
    }
    if let Some(problem) = version(error, asked) {
        return Refusal::Config(problem);
    }
    match error.status {
        401 => Refusal::Denied(unauthorized(error, asked)),
        403 => forbidden(error, asked),
        404 | 410 => not_found(error),
        409 => Refusal::Conflict(conflict(error)),
        429 => Refusal::RateLimited(rate_limited(error)),
        _ => rejected(error, asked),
    }
}

fn duplicate(error: &ApiError) -> Option<Refusal> {
    // It was 409 once, and the code is not always there.
    let marked = error.has_code("DUPLICATE_POST")
        || (matches!(error.status, 400 | 409 | 422)
            && (error.says("is a duplicate of") || error.says("duplicate post is detected")));
    if !marked {
        return None;
    }
    let message = format!("LinkedIn refused it as a duplicate: {}", error.message);
    let problem = Problem::new(Kind::Rejected, "duplicate-post", message, Exit::Failed).help(
        "look at the author's page: this text was published before; change it, or resolve the post",
    );
    Some(Refusal::Duplicate {
        urn: error.all_words().find_map(named_post),
        problem,
    })
}

/// The first share or ugcPost in LinkedIn's words.
fn named_post(words: &str) -> Option<PostUrn> {
    words.match_indices("urn:li:").find_map(|(at, _)| {
        let rest = words.get(at..)?;
        let end = rest
            .find(|c: char| !(c.is_ascii_alphanumeric() || c == ':'))
            .unwrap_or(rest.len());
        PostUrn::parse(rest.get(..end)?.trim_end_matches(':')).ok()
    })
}

fn version(error: &ApiError, asked: &Asked<'_>) -> Option<Problem> {
    let version = quote(asked.api_version);
    let (code, message) = if error.status == 426 || error.has_code("NONEXISTENT_VERSION") {
        let message = format!("LinkedIn does not serve API version `{version}`, or no longer");
        ("api-version-inactive", message)
    } else if error.has_code("VERSION_MISSING") {
        let message = format!("LinkedIn saw no API version; `{version}` was sent");
        ("api-version-missing", message)
    } else {
        return None;
    };
    let help = "set `linkedin: { api_version: \"YYYYMM\" }` in `mergecast.yaml` to a version \
                LinkedIn lists as active";
    Some(Problem::new(Kind::Config, code, message, Exit::Invalid).help(help))
}

fn unauthorized(error: &ApiError, asked: &Asked<'_>) -> Problem {
    let is = |number, code| error.service_error_code == Some(number) || error.has_code(code);
    let (code, why) = if is(65602, "EXPIRED_ACCESS_TOKEN") {
        ("token-expired", "it has expired".to_owned())
    } else if is(65601, "REVOKED_ACCESS_TOKEN") {
        ("token-revoked", "it has been revoked".to_owned())
    } else if is(65608, "RESTRICTED_MEMBER") {
        let message = "LinkedIn has restricted the member this token belongs to";
        return Problem::new(Kind::Auth, "account-restricted", message, Exit::Denied)
            .help("sign in to LinkedIn as that member and follow what it asks for");
    } else {
        ("token-refused", error.message.clone())
    };
    let message = format!("LinkedIn refused the token in `{}`: {why}", asked.token);
    let help = format!(
        "put a fresh token into `{}` and run `mergecast apply` again",
        asked.token
    );
    Problem::new(Kind::Auth, code, message, Exit::Denied).help(help)
}

fn forbidden(error: &ApiError, asked: &Asked<'_>) -> Refusal {
    let author = error.says("[/author]") || error.says("is unauthorized on");
    if error.says("unpermitted fields") && !author {
        return Refusal::Rejected(not_understood(error));
    }
    Refusal::Denied(if author || error.says("[/owner]") {
        author_forbidden(error, asked)
    } else {
        let message = format!(
            "the token in `{}` may not do this: {}",
            asked.token, error.message
        );
        let help = "publishing needs the scope `w_member_social` for a person or \
                    `w_organization_social` for a page; log in again with it";
        Problem::new(
            Kind::Permission,
            "permission-missing",
            message,
            Exit::Denied,
        )
        .help(help)
    })
}

fn author_forbidden(error: &ApiError, asked: &Asked<'_>) -> Problem {
    let author = asked
        .author
        .map_or_else(|| "this author".to_owned(), |author| format!("`{author}`"));
    let message = format!(
        "the token in `{}` may not publish as {author}: {}",
        asked.token, error.message
    );
    let help = "use a token of that person, or of an administrator or content administrator of \
                that page";
    Problem::new(Kind::Permission, "author-forbidden", message, Exit::Denied).help(help)
}

fn not_found(error: &ApiError) -> Refusal {
    if error.has_code("RESOURCE_NOT_FOUND") || error.says("no virtual resource") {
        let message = format!("LinkedIn does not know this address: {}", error.message);
        let problem = Problem::new(Kind::Config, "api-not-found", message, Exit::Invalid);
        return Refusal::Config(
            problem.help("unset `MERGECAST_LINKEDIN_API_URL`, and check `linkedin.api_version`"),
        );
    }
    let message = format!("LinkedIn does not find it: {}", error.message);
    let help = "it may be gone, or this token may not see it; look at the author's page";
    Refusal::NotFound(Problem::new(Kind::Rejected, "not-found", message, Exit::Failed).help(help))
}

fn conflict(error: &ApiError) -> Problem {
    let message = format!(
        "another write got in the way at LinkedIn: {}",
        error.message
    );
    Problem::new(Kind::Conflict, "write-conflict", message, Exit::Held)
        .help("run `mergecast apply` again")
}

fn rate_limited(error: &ApiError) -> Problem {
    let message = format!("LinkedIn takes no more calls for now: {}", error.message);
    Problem::new(Kind::RateLimit, "rate-limited", message, Exit::Held)
        .help("wait; the next pass tries again, and daily limits end at 00:00 UTC")
}

fn rejected(error: &ApiError, asked: &Asked<'_>) -> Refusal {
    if error.says("member permissions must be used") {
        return Refusal::Denied(author_forbidden(error, asked));
    }
    if error.has_code("MEDIA_ASSET_WAITING_UPLOAD") {
        let message = format!("LinkedIn is still processing the media: {}", error.message);
        return Refusal::MediaNotReady(
            Problem::new(Kind::Conflict, "media-waiting", message, Exit::Held)
                .help("run `mergecast apply` again in a minute; the uploads are kept"),
        );
    }
    // These ask for a new upload, and an id that is not known may be one that is not known
    // yet.
    let passing = [
        "MEDIA_ASSET_PROCESSING_FAILED",
        "EXPIRED_UPLOAD_URL",
        "UPDATING_ASSET_FAILED",
        "INVALID_IMAGE_ID",
        "INVALID_VIDEO_ID",
    ];
    if passing.into_iter().any(|code| error.has_code(code)) {
        let message = format!(
            "LinkedIn does not have the uploaded media, or not yet: {}",
            error.message
        );
        return Refusal::MediaNotReady(
            Problem::new(Kind::Conflict, "media-not-ready", message, Exit::Held)
                .help("run `mergecast apply` again in a minute; the media are uploaded anew"),
        );
    }
    let ours = matches!(error.status, 405 | 411 | 414 | 415) || error.has_code("ILLEGAL_ARGUMENT");
    if ours {
        return Refusal::Rejected(not_understood(error));
    }
    let message = format!("LinkedIn refused it: {}", error.message);
    let help = if error.has_code("INVALID_VALUE_BLANK_FIELD") {
        "LinkedIn wants words here: write a text for the post, also when it has media"
    } else {
        "change the post; it is tried again as soon as its content differs"
    };
    let problem = Problem::new(Kind::Rejected, "linkedin-refused", message, Exit::Failed);
    Refusal::Rejected(problem.help(help))
}

fn not_understood(error: &ApiError) -> Problem {
    let message = format!("LinkedIn did not understand the request: {}", error.message);
    Problem::new(
        Kind::Internal,
        "request-not-understood",
        message,
        Exit::Failed,
    )
    .help("this is a fault of mergecast, not of the post: report this message")
}

#[cfg(test)]
mod tests;
