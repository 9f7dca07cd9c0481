//! One request, taken apart but not yet decoded.
//!
//! Owns access to path, query, headers and JSON body with LinkedIn's refusals for what
//! cannot be read. Must not know any resource.

use bytes::Bytes;
use http::{Method, Request};
use serde_json::Value;

use super::answer::Answer;
use super::encoding;
use crate::model::Instant;

/// A request and when it came.
pub(super) struct Call<'a> {
    pub(super) request: &'a Request<Bytes>,
    pub(super) now: Instant,
    /// Raw path segments, without the empty one before the first slash.
    pub(super) segments: Vec<&'a str>,
    query: Option<Vec<(&'a str, &'a str)>>,
}

impl<'a> Call<'a> {
    pub(super) fn new(request: &'a Request<Bytes>, now: Instant) -> Self {
        let path = request.uri().path();
        let query = request.uri().query().unwrap_or_default();
        Self {
            request,
            now,
            segments: path.trim_start_matches('/').split('/').collect(),
            query: encoding::split_query(query),
        }
    }

    pub(super) fn method(&self) -> &Method {
        self.request.method()
    }

    /// A header's value; one that is no text counts as absent.
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.request.headers().get(name)?.to_str().ok()
    }

    /// Whether there is a query at all.
    pub(super) fn has_query(&self) -> bool {
        self.request.uri().query().is_some_and(|q| !q.is_empty())
    }

    /// The raw value of a query parameter.
    pub(super) fn raw_parameter(&self, name: &str) -> Option<&'a str> {
        let pairs = self.query.as_ref()?;
        pairs.iter().find(|(n, _)| *n == name).map(|(_, v)| *v)
    }

    /// The decoded value of a query parameter.
    pub(super) fn parameter(&self, name: &str) -> Result<Option<String>, Answer> {
        self.raw_parameter(name)
            .map(|raw| encoding::decode(raw).ok_or_else(bad_query))
            .transpose()
    }

    /// A parameter that is a number, or its default.
    pub(super) fn number(&self, name: &str, default: usize) -> Result<usize, Answer> {
        match self.parameter(name)? {
            None => Ok(default),
            Some(text) => text
                .parse()
                .map_err(|_| Answer::input_error("PARAM_INVALID", name, "Invalid param")),
        }
    }

    /// The values of a `List(…)` parameter.
    pub(super) fn list(&self, name: &str) -> Result<Vec<String>, Answer> {
        self.raw_parameter(name)
            .and_then(encoding::decode_list)
            .ok_or_else(bad_query)
    }

    /// Refuses every query parameter but these.
    pub(super) fn only_parameters(&self, allowed: &[&str]) -> Result<(), Answer> {
        let pairs = self.query.as_ref().ok_or_else(bad_query)?;
        match pairs.iter().find(|(name, _)| !allowed.contains(name)) {
            None => Ok(()),
            Some((name, _)) => Err(Answer::input_error(
                "QUERY_PARAM_NOT_ALLOWED",
                name,
                "Query parameter is not allowed",
            )),
        }
    }

    /// Decodes a path segment that is a key.
    pub(super) fn key(segment: &str) -> Result<String, Answer> {
        encoding::decode(segment)
            .ok_or_else(|| Answer::illegal("Syntax exception in path variables"))
    }

    /// Checks that `X-RestLi-Method`, where given, says the same as verb and path.
    pub(super) fn resolved_as(&self, method: &str) -> Result<(), Answer> {
        match self.header("x-restli-method") {
            Some(given) if !given.eq_ignore_ascii_case(method) => Err(unresolvable()),
            _ => Ok(()),
        }
    }

    /// Whether `X-RestLi-Method` says `method`.
    pub(super) fn says_method(&self, method: &str) -> bool {
        self.header("x-restli-method")
            .is_some_and(|given| given.eq_ignore_ascii_case(method))
    }

    /// The body as a JSON object.
    pub(super) fn json(&self) -> Result<Value, Answer> {
        serde_json::from_slice::<Value>(self.request.body())
            .ok()
            .filter(Value::is_object)
            .ok_or_else(|| Answer::illegal("The request body is not a valid JSON object"))
    }
}

fn bad_query() -> Answer {
    Answer::illegal("Invalid query parameters passed to request")
}

/// No resource method fits verb, path, query and `X-RestLi-Method`.
pub(super) fn unresolvable() -> Answer {
    Answer::illegal("Resource method could not be resolved from request parameters.")
}

/// The verb is known nowhere on this path.
pub(super) fn not_allowed() -> Answer {
    Answer::bare(405, "Method not allowed")
}
