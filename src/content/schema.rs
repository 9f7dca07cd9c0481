//! JSON Schemas (draft 2020-12) of a post's front matter and of the configuration.
//!
//! Owns the translation of the table of keys. Must not add a key or a rule of its own:
//! the parser decides, and the schema helps editors before it is asked.

use serde_json::{Map, Value, json};

use super::keys::{CONFIG, Key, POST, Shape};

/// The schema of a post's front matter.
#[must_use]
pub fn post_schema() -> Value {
    document("mergecast post", "Front matter of one post.", POST)
}

/// The schema of `mergecast.yaml`.
#[must_use]
pub fn config_schema() -> Value {
    let mut schema = document(
        "mergecast configuration",
        "Settings of one content repository.",
        CONFIG,
    );
    // `version` has a problem of its own, `config-version`, where it is missing.
    schema["required"] = json!(["version"]);
    schema
}

fn document(title: &str, about: &str, keys: &[Key]) -> Value {
    let mut schema = table(keys);
    schema["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
    schema["title"] = json!(title);
    schema["description"] = json!(about);
    schema
}

fn table(keys: &[Key]) -> Value {
    let properties: Map<String, Value> = keys
        .iter()
        .map(|key| (key.name.to_owned(), property(key)))
        .collect();
    let mut schema = json!({
        "type": "object",
        "additionalProperties": false,
        "properties": properties,
    });
    let required: Vec<&str> = keys
        .iter()
        .filter(|key| key.required)
        .map(|key| key.name)
        .collect();
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    schema
}

fn property(key: &Key) -> Value {
    let mut schema = shape(&key.shape);
    if key.nullable {
        schema = json!({ "anyOf": [schema, { "type": "null" }] });
    }
    schema["description"] = json!(key.about);
    if !key.examples.is_empty() {
        schema["examples"] = key
            .examples
            .iter()
            .map(|text| example(text, &key.shape))
            .collect();
    }
    schema
}

/// An example as a JSON value of the type its key has.
fn example(text: &str, shape: &Shape) -> Value {
    let text = text.trim_matches('"');
    match shape {
        Shape::Flag => json!(text == "true"),
        Shape::Count { .. } => json!(text.parse::<u32>().unwrap_or_default()),
        Shape::List(_) => json!(text.split(", ").collect::<Vec<_>>()),
        _ => json!(text),
    }
}

fn shape(shape_of: &Shape) -> Value {
    match shape_of {
        // YAML without quotes may look like a number to an editor; it is read as text. A
        // pattern binds strings only, so a number such as `api_version: 202609` passes.
        Shape::Text => json!({ "type": ["string", "number"] }),
        Shape::Pattern(pattern) => json!({ "type": ["string", "number"], "pattern": pattern }),
        Shape::Flag => json!({ "type": "boolean" }),
        Shape::Count { least, most } => {
            json!({ "type": "integer", "minimum": least, "maximum": most })
        }
        Shape::Choice(words) => json!({ "enum": words }),
        Shape::List(item) => json!({ "type": "array", "items": shape(item) }),
        Shape::Table(keys) => table(keys),
        Shape::Named(inner) => json!({ "type": "object", "additionalProperties": shape(inner) }),
        Shape::Either(short, full) => json!({ "anyOf": [shape(short), shape(full)] }),
    }
}

#[cfg(test)]
mod tests;
