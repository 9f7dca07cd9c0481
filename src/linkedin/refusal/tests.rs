//! Every row of the table of refusals.

use super::*;
use bytes::Bytes;

fn read(status: u16, body: &str) -> Refusal {
    let author = AuthorUrn::parse("urn:li:organization:5").unwrap();
    let asked = Asked {
        token: "T",
        api_version: "202504",
        author: Some(&author),
    };
    let answer = http::Response::builder().status(status);
    let answer = answer.body(Bytes::from(body.to_owned())).unwrap();
    refusal(&ApiError::decode(&answer), &asked)
}

fn problem(refusal: &Refusal) -> &Problem {
    match refusal {
        Refusal::Denied(problem)
        | Refusal::Config(problem)
        | Refusal::Conflict(problem)
        | Refusal::RateLimited(problem)
        | Refusal::Duplicate { problem, .. }
        | Refusal::MediaNotReady(problem)
        | Refusal::NotFound(problem)
        | Refusal::Rejected(problem) => problem,
    }
}

fn error(status: u16, code: &str, message: &str) -> String {
    format!(r#"{{"status":{status},"code":"{code}","message":"{message}"}}"#)
}

fn name(refusal: &Refusal) -> &'static str {
    match refusal {
        Refusal::Denied(_) => "denied",
        Refusal::Config(_) => "config",
        Refusal::Conflict(_) => "conflict",
        Refusal::RateLimited(_) => "rate-limited",
        Refusal::Duplicate { .. } => "duplicate",
        Refusal::MediaNotReady(_) => "not-ready",
        Refusal::NotFound(_) => "not-found",
        Refusal::Rejected(_) => "rejected",
    }
}

/// LinkedIn's table of errors: status, code, words; class, our code, kind, exit.
#[test]
#[allow(clippy::too_many_lines, reason = "a table")]
fn every_row_of_the_table() {
    let rows = [
        (
            400,
            "VERSION_MISSING",
            "x",
            "config",
            "api-version-missing",
            "config",
            65,
        ),
        (
            426,
            "NONEXISTENT_VERSION",
            "x",
            "config",
            "api-version-inactive",
            "config",
            65,
        ),
        (
            400,
            "ILLEGAL_ARGUMENT",
            "x",
            "rejected",
            "request-not-understood",
            "internal",
            1,
        ),
        (
            400,
            "MISSING_FIELD",
            "x",
            "rejected",
            "linkedin-refused",
            "rejected",
            1,
        ),
        (
            400,
            "FIELD_LENGTH_TOO_LONG",
            "x",
            "rejected",
            "linkedin-refused",
            "rejected",
            1,
        ),
        (
            400,
            "INVALID_IMAGE_ID",
            "x",
            "not-ready",
            "media-not-ready",
            "conflict",
            75,
        ),
        (
            400,
            "MEDIA_ASSET_WAITING_UPLOAD",
            "x",
            "not-ready",
            "media-waiting",
            "conflict",
            75,
        ),
        (
            400,
            "MEDIA_ASSET_PROCESSING_FAILED",
            "x",
            "not-ready",
            "media-not-ready",
            "conflict",
            75,
        ),
        (
            400,
            "X1",
            "Member permissions must be used when using member as author",
            "denied",
            "author-forbidden",
            "permission",
            77,
        ),
        (
            401,
            "INVALID_ACCESS_TOKEN",
            "x",
            "denied",
            "token-refused",
            "auth",
            77,
        ),
        (
            401,
            "REVOKED_ACCESS_TOKEN",
            "x",
            "denied",
            "token-revoked",
            "auth",
            77,
        ),
        (
            401,
            "EXPIRED_ACCESS_TOKEN",
            "x",
            "denied",
            "token-expired",
            "auth",
            77,
        ),
        (
            401,
            "RESTRICTED_MEMBER",
            "x",
            "denied",
            "account-restricted",
            "auth",
            77,
        ),
        (
            403,
            "ACCESS_DENIED",
            "Not enough permissions",
            "denied",
            "permission-missing",
            "permission",
            77,
        ),
        (
            403,
            "ACCESS_DENIED",
            "while processing fields [/author]",
            "denied",
            "author-forbidden",
            "permission",
            77,
        ),
        (
            403,
            "ACCESS_DENIED",
            "Unpermitted fields present in REQUEST_BODY: fields [/x]",
            "rejected",
            "request-not-understood",
            "internal",
            1,
        ),
        (
            404,
            "NOT_FOUND",
            "Could not find entity",
            "not-found",
            "not-found",
            "rejected",
            1,
        ),
        (
            404,
            "RESOURCE_NOT_FOUND",
            "No virtual resource found",
            "config",
            "api-not-found",
            "config",
            65,
        ),
        (
            409,
            "CONFLICT",
            "x",
            "conflict",
            "write-conflict",
            "conflict",
            75,
        ),
        (
            413,
            "REQUEST_ENTITY_TOO_LARGE",
            "x",
            "rejected",
            "linkedin-refused",
            "rejected",
            1,
        ),
        (
            415,
            "UNSUPPORTED_MEDIA_TYPE",
            "x",
            "rejected",
            "request-not-understood",
            "internal",
            1,
        ),
        (
            422,
            "UNPROCESSABLE_ENTITY",
            "x",
            "rejected",
            "linkedin-refused",
            "rejected",
            1,
        ),
        (
            422,
            "DUPLICATE_POST",
            "x",
            "duplicate",
            "duplicate-post",
            "rejected",
            1,
        ),
        (
            429,
            "TOO_MANY_REQUESTS",
            "x",
            "rate-limited",
            "rate-limited",
            "rate-limit",
            75,
        ),
    ];
    for (status, code, words, class, ours, kind, exit) in rows {
        let found = read(status, &error(status, code, words));
        let about = problem(&found);
        assert_eq!(
            (name(&found), about.code),
            (class, ours),
            "{status} {code} {words}"
        );
        assert_eq!(
            (about.kind.as_str(), about.exit.code()),
            (kind, exit),
            "{status} {code}"
        );
        assert!(about.help.is_some(), "{ours}");
    }
}

#[test]
fn numbers_are_read_where_the_code_is_missing() {
    let found = read(
        401,
        r#"{"status":401,"serviceErrorCode":65602,"message":"x"}"#,
    );
    assert_eq!(problem(&found).code, "token-expired");
    assert!(problem(&found).message.contains("`T`"));
}

#[test]
fn duplicates_are_found_in_all_their_forms() {
    let urn = PostUrn::parse("urn:li:share:7141138937766391808").unwrap();
    let words = "com.linkedin.BadRequestResponseException: Content is a duplicate of urn:li:share:7141138937766391808";
    let with_details = format!(
        r#"{{"message":"{words}","errorDetails":{{"inputErrors":[{{"description":"Duplicate post is detected","input":{{}},"code":"DUPLICATE_POST"}}]}},"status":422}}"#
    );
    let bare = format!(r#"{{"message":"{words}.","status":422}}"#);
    let in_a_field = format!(
        r#"{{"errorDetailType":"com.linkedin.common.error.BadRequest","message":"Please see errorDetails","errorDetails":{{"inputErrors":[{{"description":"{words}","code":"DUPLICATE_POST"}}]}},"status":422}}"#
    );
    let before_2020 = bare.replace("422", "409");
    for (status, body) in [
        (422, &with_details),
        (422, &bare),
        (422, &in_a_field),
        (409, &before_2020),
    ] {
        let found = read(status, body);
        assert!(
            matches!(&found, Refusal::Duplicate { urn: Some(named), .. } if *named == urn),
            "{body}"
        );
    }
    for words in [
        "urn:li:person:abc",
        "urn:li:activity:7141138937766391808",
        "urn:li:share:",
        "it",
    ] {
        let body = format!(r#"{{"message":"Content is a duplicate of {words}","status":422}}"#);
        assert!(
            matches!(read(422, &body), Refusal::Duplicate { urn: None, .. }),
            "{words}"
        );
    }
}

#[test]
fn an_inactive_version_is_named_as_it_was_sent() {
    let body = error(
        426,
        "NONEXISTENT_VERSION",
        "Requested version 20250401 is not active",
    );
    let found = read(426, &body);
    assert!(problem(&found).message.contains("`202504`"));
    assert!(
        problem(&found)
            .help
            .as_ref()
            .unwrap()
            .contains("api_version")
    );
}

#[test]
fn a_blank_text_that_linkedin_wants_filled_is_told_as_such() {
    let found = read(
        400,
        &error(
            400,
            "INVALID_VALUE_BLANK_FIELD",
            "commentary can't be blank",
        ),
    );
    assert_eq!(problem(&found).code, "linkedin-refused");
    assert!(
        problem(&found)
            .help
            .as_ref()
            .unwrap()
            .contains("write a text")
    );
}
