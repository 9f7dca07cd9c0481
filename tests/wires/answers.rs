//! LinkedIn has the post, and what comes back is not its answer.

use std::time::Duration;

use crate::wire::{End, Trouble, wired};

const LONG: Duration = Duration::from_secs(30);

/// Answers that prove nothing.
const UNCLEAR: &[(&str, &str)] = &[
    ("no bytes", ""),
    ("another protocol", "SSH-2.0-OpenSSH_9.9\r\n"),
    ("TLS", "\x16\x03\x01\x02"),
    ("HTTP/0.9", "<html>hello</html>"),
    (
        "201 without id",
        "HTTP/1.1 201 Created\r\ncontent-length: 0\r\n\r\n",
    ),
    (
        "201 with an id that is no post",
        "HTTP/1.1 201 Created\r\nx-restli-id: urn:li:activity:7\r\ncontent-length: 0\r\n\r\n",
    ),
    (
        "201 with an id in the body only",
        "HTTP/1.1 201 Created\r\ncontent-length: 23\r\n\r\n{\"id\":\"urn:li:share:7\"}",
    ),
    ("200", "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"),
    (
        "200 with an id",
        "HTTP/1.1 200 OK\r\nx-restli-id: urn:li:share:7\r\ncontent-length: 0\r\n\r\n",
    ),
    ("202", "HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n"),
    ("204", "HTTP/1.1 204 No Content\r\n\r\n"),
    (
        "502 in HTML",
        "HTTP/1.1 502 Bad Gateway\r\ncontent-type: text/html\r\ncontent-length: 20\r\n\r\n<html>gateway</html>",
    ),
    (
        "500 in JSON",
        "HTTP/1.1 500 Oops\r\ncontent-type: application/json\r\ncontent-length: 37\r\n\r\n{\"status\":500,\"code\":\"X\",\"message\":1}",
    ),
    (
        "503 with Retry-After",
        "HTTP/1.1 503 Busy\r\nretry-after: 1\r\ncontent-length: 0\r\n\r\n",
    ),
    ("504", "HTTP/1.1 504 Late\r\ncontent-length: 0\r\n\r\n"),
    ("408", "HTTP/1.1 408 Late\r\ncontent-length: 0\r\n\r\n"),
    (
        "401 in HTML",
        "HTTP/1.1 401 Log in\r\ncontent-length: 13\r\n\r\n<html></html>",
    ),
    (
        "403 without a body",
        "HTTP/1.1 403 No\r\ncontent-length: 0\r\n\r\n",
    ),
    (
        "422 that is cut",
        "HTTP/1.1 422 No\r\ncontent-length: 90\r\n\r\n{\"status\":422,\"code\":\"DUPL",
    ),
    (
        "chunks that are none",
        "HTTP/1.1 201 Created\r\ntransfer-encoding: chunked\r\n\r\nZZZ\r\n\u{1}",
    ),
    (
        "two lengths",
        "HTTP/1.1 201 Created\r\nx-restli-id: urn:li:share:7\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab",
    ),
    (
        "a status that is none",
        "HTTP/1.1 2x1 Created\r\nx-restli-id: urn:li:share:7\r\n\r\n",
    ),
    ("only an interim answer", "HTTP/1.1 100 Continue\r\n\r\n"),
];

#[test]
fn an_answer_that_proves_nothing_is_unknown() {
    wired(async |place| {
        for (name, answer) in UNCLEAR {
            for end in [End::Close, End::Reset] {
                let trouble = Trouble::Instead(answer.as_bytes().to_vec(), end);
                let told = place.create(trouble, LONG).await;
                told.assert_honest(name);
                assert!(told.is_unknown(), "{name}: {told:?}");
                assert_eq!((told.connections, told.creates), (1, 1), "{name}");
                assert!(told.truth.is_some(), "{name}");
            }
        }
        println!(
            "wires: {} answers that prove nothing, all unknown",
            UNCLEAR.len()
        );
    });
}

#[test]
fn a_redirect_is_not_followed() {
    wired(async |place| {
        for status in [301, 302, 303, 307, 308] {
            let location = format!("{}/rest/posts", place.origin);
            let answer = format!(
                "HTTP/1.1 {status} Go\r\nlocation: {location}\r\ncontent-length: 0\r\n\r\n"
            );
            let told = place
                .create(Trouble::Instead(answer.into_bytes(), End::Close), LONG)
                .await;
            told.assert_honest(&status);
            assert!(told.is_unknown(), "{status}: {told:?}");
            assert_eq!((told.connections, told.creates), (1, 1), "{status}");
        }
    });
}

#[test]
fn a_head_without_end_is_given_up() {
    wired(async |place| {
        let mut answer = b"HTTP/1.1 201 Created\r\n".to_vec();
        for number in 0..20_000 {
            answer.extend(format!("x-{number}: {}\r\n", "y".repeat(40)).into_bytes());
        }
        let told = place
            .create(Trouble::Instead(answer, End::Close), LONG)
            .await;
        assert!(told.is_unknown() && told.truth.is_some(), "{told:?}");
    });
}

#[test]
fn a_body_that_is_no_body_does_not_take_the_id_away() {
    wired(async |place| {
        for (name, tail) in [
            (
                "chunks that are none",
                "transfer-encoding: chunked\r\n\r\nZZZ\r\n",
            ),
            (
                "a body that is cut",
                "content-length: 100\r\n\r\n{\"status\":500",
            ),
            ("more than announced", "content-length: 1\r\n\r\nabcdef"),
            (
                "an error in the body",
                "content-length: 14\r\n\r\n{\"status\":500}",
            ),
        ] {
            let answer = format!("HTTP/1.1 201 Created\r\nx-restli-id: urn:li:share:7\r\n{tail}");
            let told = place
                .create(Trouble::Instead(answer.into_bytes(), End::Close), LONG)
                .await;
            assert_eq!((told.connections, told.creates), (1, 1), "{name}");
            assert!(told.is_created(), "{name}: {told:?}");
        }
        // An interim answer before the real one is no answer.
        let answer = "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 201 Created\r\n\
                      x-restli-id: urn:li:share:7\r\ncontent-length: 0\r\n\r\n";
        let trouble = Trouble::Instead(answer.as_bytes().to_vec(), End::Close);
        assert!(place.create(trouble, LONG).await.is_created());
    });
}
