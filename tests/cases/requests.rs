//! What LinkedIn was asked, as text.

use std::fmt::Write as _;

use mergecast::sandbox::LoggedRequest;

/// Headers that mean something to LinkedIn.
const SHOWN: [&str; 5] = [
    "content-type",
    "linkedin-version",
    "x-restli-method",
    "x-restli-protocol-version",
    "authorization",
];

/// Each request after the first `told` with its headers, body and answer.
pub(crate) fn shown(log: &str, told: &mut usize, by_clock: bool) -> String {
    let log: Vec<LoggedRequest> = serde_json::from_str(log).unwrap();
    let mut text = String::new();
    for request in &log[*told..] {
        // How often a comment is tried below a post that is not shown yet depends on time.
        if by_clock && request.status == Some(404) && request.target.ends_with("/comments") {
            continue;
        }
        let _ = writeln!(text, "{} {}", request.method, request.target);
        for name in SHOWN {
            if let Some(value) = request.header(name) {
                let _ = writeln!(text, "{name}: {value}");
            }
        }
        match request
            .body
            .as_deref()
            .map(serde_json::from_str::<serde_json::Value>)
        {
            Some(Ok(json)) => {
                let _ = writeln!(text, "{}", serde_json::to_string_pretty(&json).unwrap());
            }
            _ if request.body_bytes > 0 => {
                let _ = writeln!(text, "({} bytes)", request.body_bytes);
            }
            _ => {}
        }
        let _ = match (request.status, request.real_status) {
            (Some(status), real) if Some(status) == real => writeln!(text, "→ {status}\n"),
            (shown, real) => {
                let word =
                    |status: Option<u16>| status.map_or("nothing".to_owned(), |s| s.to_string());
                writeln!(
                    text,
                    "→ {}; what took effect: {}\n",
                    word(shown),
                    word(real)
                )
            }
        };
    }
    *told = log.len();
    text
}
