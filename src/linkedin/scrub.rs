//! Taking secrets out of what came back.
//!
//! Owns the forms a secret may come back in, and the one place where an answer loses them:
//! a server that echoes a request must not bring its token into a message, a log or the
//! ledger. Must not decide what an answer means.

use bytes::Bytes;
use http::HeaderValue;
use percent_encoding::percent_decode_str;
use serde_json::Value;

use super::requests::encode;
use crate::model::urn::PostUrn;
use crate::ports::HttpResponse;

/// What stands in a text where a secret was.
const REMOVED: &str = "[token removed]";
/// Parts of a secret in base64 that are shorter than this may be anybody's words.
const SHORTEST: usize = 8;

/// The ways in which `secret` may be written in an answer: as it is, percent-encoded, inside
/// JSON, and in base64 wherever it begins there.
pub(super) fn forms(secret: &str) -> Vec<String> {
    if secret.is_empty() {
        return Vec::new();
    }
    let encoded = encode(secret);
    let mut forms = vec![
        secret.to_owned(),
        with_small_hex(&encoded),
        secret.replace('/', "\\/"),
    ];
    forms.push(encoded);
    for before in 0..3 {
        let part = base64(secret.as_bytes(), before);
        if part.len() >= SHORTEST {
            forms.push(part.replace('+', "-").replace('/', "_"));
            forms.push(part);
        }
    }
    // The longest first: one may be a part of another.
    forms.sort_by_key(|form| std::cmp::Reverse(form.len()));
    forms.dedup();
    forms
}

/// The same percent-encoded text as some write it: `%2f`.
fn with_small_hex(encoded: &str) -> String {
    let mut parts = encoded.split('%');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| match part.split_at_checked(2) {
        Some((hex, rest)) => format!("{text}%{}{rest}", hex.to_ascii_lowercase()),
        None => format!("{text}%{part}"),
    })
}

/// What every base64 of a text has in common that holds `bytes` after `before` others: the
/// characters that come of them alone.
fn base64(bytes: &[u8], before: usize) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let bit = |at: usize| {
        let byte = bytes.get((at / 8).checked_sub(before)?)?;
        Some(byte >> (7 - at % 8) & 1)
    };
    let letters = (0..(before + bytes.len()) * 8 / 6).filter_map(|letter| {
        let bits: Option<Vec<u8>> = (letter * 6..letter * 6 + 6).map(bit).collect();
        let index = bits?
            .iter()
            .fold(0, |index, bit| index << 1 | usize::from(*bit));
        LETTERS.get(index).copied().map(char::from)
    });
    letters.collect()
}

/// `text` without the secret. Where it is there only after percent decoding, nothing of the
/// text is kept.
pub(super) fn text(forms: &[String], text: &str) -> String {
    let mut clean = text.to_owned();
    for form in forms {
        if clean.contains(form) {
            clean = clean.replace(form, REMOVED);
        }
    }
    let decoded = percent_decode_str(&clean).decode_utf8_lossy();
    match forms.iter().any(|form| decoded.contains(form)) {
        true => REMOVED.to_owned(),
        false => clean,
    }
}

/// The same of an answer: its headers, and its body, read as JSON too where it is JSON.
pub(super) fn answer(forms: &[String], answer: HttpResponse) -> HttpResponse {
    let mut answer = answer.map(|body| bytes(forms, body));
    for value in answer.headers_mut().values_mut() {
        let found = String::from_utf8_lossy(value.as_bytes());
        let clean = text(forms, &found);
        // A URN holds no token, also where a short one looks like a part of it.
        let is_urn = percent_decode_str(found.trim())
            .decode_utf8()
            .is_ok_and(|urn| PostUrn::parse(&urn).is_ok());
        if clean != found && !is_urn {
            *value =
                HeaderValue::try_from(clean).unwrap_or_else(|_| HeaderValue::from_static(REMOVED));
        }
    }
    answer
}

fn bytes(forms: &[String], bytes: Bytes) -> Bytes {
    let mut bytes = bytes;
    let holds = |form: &String| {
        let mut windows = bytes.windows(form.len());
        windows.any(|window| window == form.as_bytes())
    };
    if forms.iter().any(holds) {
        let found = String::from_utf8_lossy(&bytes).into_owned();
        bytes = Bytes::from(
            forms
                .iter()
                .fold(found, |text, form| text.replace(form, REMOVED)),
        );
    }
    // JSON may write any character in another way.
    if !bytes.contains(&b'\\') {
        return bytes;
    }
    let Ok(mut value) = serde_json::from_slice::<Value>(&bytes) else {
        return bytes;
    };
    match clean(forms, &mut value) {
        true => Bytes::from(value.to_string()),
        false => bytes,
    }
}

/// Whether something was taken out of `value`.
fn clean(forms: &[String], value: &mut Value) -> bool {
    match value {
        Value::String(found) => {
            let clean = forms
                .iter()
                .fold(found.clone(), |text, form| text.replace(form, REMOVED));
            let differs = clean != *found;
            *found = clean;
            differs
        }
        Value::Array(items) => items
            .iter_mut()
            .fold(false, |any, item| clean(forms, item) | any),
        Value::Object(fields) => {
            let secret = |name: &String| forms.iter().any(|form| name.contains(form));
            let before = fields.len();
            fields.retain(|name, _| !secret(name));
            let gone = fields.len() != before;
            let values = fields.values_mut();
            values.fold(gone, |any, item| clean(forms, item) | any)
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "AQX-canary/1+2=";

    fn cleaned(header: &str, body: &str) -> (String, String) {
        let found = http::Response::builder().status(400);
        let found = found
            .header("x-restli-id", header)
            .body(Bytes::from(body.to_owned()));
        let clean = answer(&forms(SECRET), found.unwrap());
        let header = clean.headers()["x-restli-id"].to_str().unwrap().to_owned();
        (
            header,
            String::from_utf8(clean.into_body().to_vec()).unwrap(),
        )
    }

    #[test]
    fn an_answer_holds_no_form_of_the_secret() {
        for form in [
            SECRET,
            "Bearer AQX-canary/1+2=",
            "AQX-canary%2F1%2B2%3D",
            "AQX-canary%2f1%2b2%3d",
            "%41QX-canary/1+2=",
            "QVFYLWNhbmFyeS8xKzI9",
            // "Bearer AQX-canary/1+2=" and the same after "user:".
            "QmVhcmVyIEFRWC1jYW5hcnkvMSsyPQ==",
            "dXNlcjpBUVgtY2FuYXJ5LzErMj0=",
        ] {
            let (header, _) = cleaned(form, "");
            assert!(header.contains(REMOVED), "{form}: {header}");
            let (_, body) = cleaned("x", &format!("<html>{form}"));
            assert!(
                body.contains(REMOVED) || form.starts_with('%'),
                "{form}: {body}"
            );
        }
        for json in [
            r#"{"message":"AQX-canary\/1+2="}"#,
            r#"{"message":"\u0041QX-canary/1+2=","other":[{"x":"\u0041QX-canary/1+2="}]}"#,
            r#"{"\u0041QX-canary/1+2=":1}"#,
        ] {
            let (_, body) = cleaned("x", json);
            let value: Value = serde_json::from_str(&body).unwrap();
            assert!(!value.to_string().contains("canary"), "{json}: {body}");
        }
    }

    #[test]
    fn what_holds_no_secret_stays_as_it_is() {
        for text in ["", "urn:li:share:7", r#"{"message":"a \"word\" \u00e9"}"#] {
            assert_eq!(cleaned(text, text), (text.to_owned(), text.to_owned()));
        }
        let urn = http::Response::builder().header("x-restli-id", "urn:li:share:7777");
        let urn = answer(&forms("7777"), urn.body(Bytes::new()).unwrap());
        assert_eq!(urn.headers()["x-restli-id"], "urn:li:share:7777");
        assert!(forms("").is_empty());
    }
}
