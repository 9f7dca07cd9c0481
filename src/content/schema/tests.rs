use std::collections::BTreeSet;

use super::*;
use crate::content::{config, document};
use crate::model::path::ContentPath;

fn valid(schema: &Value, instance: &Value) -> bool {
    jsonschema::draft202012::new(schema)
        .unwrap()
        .is_valid(instance)
}

#[test]
fn the_schemas_are_schemas() {
    for schema in [post_schema(), config_schema()] {
        assert!(jsonschema::draft202012::meta::is_valid(&schema));
    }
}

/// Every mapping of a schema: the names of its keys, and whether each is described.
fn tables(schema: &Value, found: &mut Vec<BTreeSet<String>>) {
    if let Some(properties) = schema.get("properties").and_then(Value::as_object) {
        assert_eq!(schema["additionalProperties"], json!(false));
        found.push(properties.keys().cloned().collect());
        for (name, property) in properties {
            let about = property["description"].as_str().unwrap_or_default();
            assert!(about.ends_with('.'), "{name}: {about}");
        }
    }
    match schema {
        Value::Object(map) => map.values().for_each(|value| tables(value, found)),
        Value::Array(items) => items.iter().for_each(|value| tables(value, found)),
        _ => {}
    }
}

#[test]
fn the_schemas_have_the_keys_the_parser_knows() {
    let names = |keys: &[Key]| {
        keys.iter()
            .map(|key| key.name.to_owned())
            .collect::<BTreeSet<_>>()
    };
    let mut found = Vec::new();
    tables(&post_schema(), &mut found);
    assert_eq!(found[0], names(POST));
    assert!(found.contains(&names(super::super::keys::MEDIA)));
    let mut found = Vec::new();
    tables(&config_schema(), &mut found);
    assert_eq!(found[0], names(CONFIG));
    for keys in [
        super::super::keys::AUTHOR,
        super::super::keys::LINKEDIN,
        super::super::keys::PUBLISH,
        super::super::keys::STATE,
    ] {
        assert!(found.contains(&names(keys)));
    }
}

/// JSON is YAML, so an instance can be given to the schema and to the parser.
fn post_is_read(instance: &Value) -> bool {
    let path = ContentPath::parse("posts/a.md").unwrap();
    let config = config::parse(
        b"version: 1\nauthors: {acme: 'urn:li:organization:1'}\ndefault_author: acme",
        &ContentPath::parse("mergecast.yaml").unwrap(),
    );
    let text = format!("---\n{instance}\n---\ntext\n");
    document::parse(text.as_bytes(), &path, &config.0.unwrap())
        .document
        .is_some()
}

fn config_is_read(instance: &Value) -> bool {
    let path = ContentPath::parse("mergecast.yaml").unwrap();
    config::parse(instance.to_string().as_bytes(), &path)
        .0
        .is_some()
}

#[test]
fn posts_that_are_read_are_valid() {
    let schema = post_schema();
    for instance in [
        json!({}),
        json!({"scheduled_at": "on-merge", "labels": ["a", 1], "id": 2026}),
        json!({"author": "acme", "scheduled_at": "2026-09-03 10:00", "timezone": "Europe/Berlin",
               "visibility": "logged_in", "max_lateness": "2d 12h", "on_late": "publish",
               "draft": false, "disable_reshare": true,
               "media": ["a.png", {"path": "/b.png", "alt": "B", "title": "T"}]}),
    ] {
        assert!(valid(&schema, &instance), "{instance}");
        assert!(post_is_read(&instance), "{instance}");
    }
}

#[test]
fn posts_of_a_wrong_form_are_neither_valid_nor_read() {
    let schema = post_schema();
    for instance in [
        json!({"visiblity": "public"}),
        json!({"visibility": "friends"}),
        json!({"draft": "yes"}),
        json!({"author": null}),
        json!({"author": ["acme"]}),
        json!({"media": "a.png"}),
        json!({"media": [{"alt": "x"}]}),
        json!({"media": [{"path": "a.png", "alternative": "x"}]}),
        json!({"media": [["a.png"]]}),
        json!({"labels": {"a": 1}}),
        json!({"max_lateness": "soon"}),
        json!({"max_lateness": "1 month"}),
        json!({"on_late": "drop"}),
        json!({"poll": {"question": "Q"}}),
        json!([]),
    ] {
        assert!(!valid(&schema, &instance), "{instance}");
        assert!(!post_is_read(&instance), "{instance}");
    }
}

#[test]
fn configurations_are_valid_when_they_are_read() {
    let schema = config_schema();
    for (instance, right) in [
        (json!({"version": 1}), true),
        (
            json!({"version": 1, "branch": null, "state": {"branch": null}}),
            true,
        ),
        (
            json!({"version": 1, "linkedin": {"api_version": 202609}}),
            true,
        ),
        (
            json!({"version": 1, "authors": {"a": "urn:li:person:a",
            "b": {"urn": "urn:li:organization:1", "token_env": "TOKEN", "timezone": "UTC"}},
            "default_author": "b", "publish": {"max_per_run": 3, "max_lateness": "90m"}}),
            true,
        ),
        (json!({}), false),
        (json!({"version": "2"}), false),
        (json!({"version": 1, "post": "x"}), false),
        (
            json!({"version": 1, "authors": {"a": {"token_env": "TOKEN"}}}),
            false,
        ),
        (
            json!({"version": 1, "authors": {"a": {"urn": "urn:li:member:1"}}}),
            false,
        ),
        (
            json!({"version": 1, "authors": {"a": {"urn": "urn:li:person:a", "token_env": "my-token"}}}),
            false,
        ),
        (
            json!({"version": 1, "linkedin": {"api_version": "2026-09"}}),
            false,
        ),
        (
            json!({"version": 1, "linkedin": {"api_version": "202613"}}),
            false,
        ),
        (
            json!({"version": 1, "publish": {"max_per_run": 5000}}),
            false,
        ),
        (json!({"version": 1, "publish": {"paused": "true"}}), false),
        (json!({"version": 1, "posts": null}), false),
    ] {
        assert_eq!(valid(&schema, &instance), right, "{instance}");
        assert_eq!(config_is_read(&instance), right, "{instance}");
    }
}

#[test]
fn examples_fit_their_keys() {
    for schema in [post_schema(), config_schema()] {
        examples(&schema);
    }
}

fn examples(schema: &Value) {
    for example in schema["examples"].as_array().into_iter().flatten() {
        assert!(valid(schema, example), "{example} under {schema}");
    }
    match schema {
        Value::Object(map) => map.values().for_each(examples),
        Value::Array(items) => items.iter().for_each(examples),
        _ => {}
    }
}

/// The keys a reference page describes: first cells of table rows.
fn described(page: &str) -> BTreeSet<&str> {
    page.lines()
        .filter_map(|line| line.strip_prefix("| `")?.split_once('`'))
        .map(|(name, _)| name)
        .collect()
}

fn named(tables: &[&'static [Key]]) -> BTreeSet<&'static str> {
    tables
        .iter()
        .copied()
        .flatten()
        .map(|key| key.name)
        .collect()
}

#[test]
fn the_reference_pages_have_the_keys_the_parser_knows() {
    use super::super::keys::{
        ARTICLE, AUDIENCE, AUTHOR, LINKEDIN, MEDIA, NOTIFY, POLL, PUBLISH, STATE,
    };
    let post = include_str!("../../../docs/post-format.md");
    let mut found = described(post);
    // A row of the table of time forms.
    assert!(found.remove("on-merge"));
    assert_eq!(found, named(&[POST, MEDIA, ARTICLE, POLL, AUDIENCE]));
    let configuration = include_str!("../../../docs/configuration.md");
    let found = described(configuration);
    let known = [CONFIG, AUTHOR, LINKEDIN, PUBLISH, STATE, NOTIFY];
    assert_eq!(found, named(&known));
}

#[test]
fn the_example_of_the_configuration_page_is_read_without_a_word() {
    let page = include_str!("../../../docs/configuration.md");
    let example = page
        .split("```yaml\n")
        .nth(1)
        .unwrap()
        .split("```")
        .next()
        .unwrap();
    let path = ContentPath::parse("mergecast.yaml").unwrap();
    let (config, diagnostics) = config::parse(example.as_bytes(), &path);
    assert_eq!(diagnostics, []);
    assert_eq!(config.unwrap().authors.len(), 2);
}
