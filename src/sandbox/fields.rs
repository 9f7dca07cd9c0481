//! Reading a request body field by field, with LinkedIn's refusal for each way to fail.
//!
//! Owns presence, type and permission of fields. Must not know what fields mean.

use serde_json::{Map, Value};

use super::answer::Answer;

/// One JSON object of a body and where it is.
pub(super) struct Fields<'a> {
    map: &'a Map<String, Value>,
    /// `""` for the whole body, else like `/content/media`.
    path: String,
}

impl<'a> Fields<'a> {
    /// An object at `path`, with none but the `allowed` fields. Unknown and read-only
    /// fields are refused with 403, which looks like a matter of permission.
    pub(super) fn new(value: &'a Value, path: &str, allowed: &[&str]) -> Result<Self, Answer> {
        let map = value
            .as_object()
            .ok_or_else(|| Answer::invalid_value(path.trim_start_matches('/'), value))?;
        let unknown = map.keys().filter(|name| !allowed.contains(&name.as_str()));
        let unknown: Vec<String> = unknown.map(|name| format!("{path}/{name}")).collect();
        if unknown.is_empty() {
            let path = path.to_owned();
            Ok(Self { map, path })
        } else {
            Err(Answer::unpermitted(&unknown))
        }
    }

    /// The name of a field as messages print it.
    pub(super) fn name(&self, field: &str) -> String {
        let name = format!("{}/{field}", self.path);
        name.trim_start_matches('/').to_owned()
    }

    /// A field, whatever it holds.
    pub(super) fn value(&self, field: &str) -> Option<&'a Value> {
        self.map.get(field)
    }

    /// The names of the fields that are there.
    pub(super) fn present(&self) -> impl Iterator<Item = &'a str> {
        self.map.keys().map(String::as_str)
    }

    /// A field that must be there.
    pub(super) fn required(&self, field: &str) -> Result<&'a Value, Answer> {
        self.value(field)
            .ok_or_else(|| Answer::missing(&self.name(field)))
    }

    /// A text that may be absent.
    pub(super) fn text(&self, field: &str) -> Result<Option<&'a str>, Answer> {
        let read = |value: &'a Value| value.as_str().ok_or_else(|| self.invalid(field, value));
        self.value(field).map(read).transpose()
    }

    /// A text that must be there.
    pub(super) fn required_text(&self, field: &str) -> Result<&'a str, Answer> {
        let value = self.required(field)?;
        value.as_str().ok_or_else(|| self.invalid(field, value))
    }

    /// A text with a limit in UTF-16 code units.
    pub(super) fn limited(&self, field: &str, maximum: usize) -> Result<Option<String>, Answer> {
        let Some(text) = self.text(field)? else {
            return Ok(None);
        };
        let length = text.encode_utf16().count();
        if length > maximum {
            return Err(Answer::too_long(&self.name(field), length, maximum));
        }
        Ok(Some(text.to_owned()))
    }

    /// A text with a limit that must be there and not be blank.
    pub(super) fn required_limited(&self, field: &str, maximum: usize) -> Result<String, Answer> {
        let text = self.limited(field, maximum)?;
        let text = text.ok_or_else(|| Answer::missing(&self.name(field)))?;
        if text.trim().is_empty() {
            return Err(Answer::blank(&self.name(field)));
        }
        Ok(text)
    }

    /// One of a few words, which must be there.
    pub(super) fn word(&self, field: &str, words: &[&str]) -> Result<&'a str, Answer> {
        let text = self.required_text(field)?;
        if words.contains(&text) {
            Ok(text)
        } else {
            Err(self.invalid(field, self.required(field)?))
        }
    }

    /// A flag; absent is false.
    pub(super) fn flag(&self, field: &str) -> Result<bool, Answer> {
        match self.value(field) {
            None => Ok(false),
            Some(Value::Bool(flag)) => Ok(*flag),
            Some(value) => Err(self.invalid(field, value)),
        }
    }

    /// A list; absent is empty.
    pub(super) fn list(&self, field: &str) -> Result<&'a [Value], Answer> {
        match self.value(field) {
            None => Ok(&[]),
            Some(Value::Array(list)) => Ok(list),
            Some(value) => Err(self.invalid(field, value)),
        }
    }

    /// An object that may be absent.
    pub(super) fn object(
        &self,
        field: &str,
        allowed: &[&str],
    ) -> Result<Option<Fields<'a>>, Answer> {
        let path = format!("{}/{field}", self.path);
        let value = self.value(field);
        value.map(|v| Fields::new(v, &path, allowed)).transpose()
    }

    /// The refusal of a value.
    pub(super) fn invalid(&self, field: &str, value: &Value) -> Answer {
        Answer::invalid_value(&self.name(field), value)
    }
}
