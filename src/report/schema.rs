//! JSON Schemas of what the commands print.
//!
//! Owns their making: they come from the very types that are printed, so they cannot
//! differ. Must not restrict words to those of today: consumers accept new ones.

use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::Value;

use super::apply_json::ApplyView;
use super::diagnostics_json::CheckView;
use super::explain_json::ExplainView;
use super::plan_json::PlanView;
use super::rehearsal_json::RehearsalView;
use super::state_rebuild::RebuildView;
use super::state_show::LedgerView;
use super::status_json::StatusView;

fn schema<T: JsonSchema>(title: &str) -> Value {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    let mut schema = settings.into_generator().into_root_schema_for::<T>();
    schema.insert("title".to_owned(), Value::from(title));
    schema.to_value()
}

/// Schema (draft 2020-12) of `mergecast check --format json`.
#[must_use]
pub fn check_schema() -> Value {
    schema::<CheckView>("mergecast check")
}

/// Schema of `mergecast plan --format json`.
#[must_use]
pub fn plan_schema() -> Value {
    schema::<PlanView>("mergecast plan")
}

/// Schema of `mergecast apply --format json`.
#[must_use]
pub fn apply_schema() -> Value {
    schema::<ApplyView>("mergecast apply")
}

/// Schema of `mergecast status --format json`.
#[must_use]
pub fn status_schema() -> Value {
    schema::<StatusView>("mergecast status")
}

/// Schema of `mergecast rehearse --format json`.
#[must_use]
pub fn rehearse_schema() -> Value {
    schema::<RehearsalView>("mergecast rehearse")
}

/// Schema of `mergecast explain KEY --format json`.
#[must_use]
pub fn explain_schema() -> Value {
    schema::<ExplainView>("mergecast explain")
}

/// Schema of `mergecast state show --format json`.
#[must_use]
pub fn state_show_schema() -> Value {
    schema::<LedgerView<'_>>("mergecast state show")
}

/// Schema of `mergecast state rebuild --format json`.
#[must_use]
pub fn state_rebuild_schema() -> Value {
    schema::<RebuildView>("mergecast state rebuild")
}

/// Fails with everything in `text` that `schema` does not allow.
#[cfg(test)]
pub(super) fn assert_fits(schema: &Value, text: &str) {
    let document = serde_json::from_str(text).unwrap_or_default();
    let validator = jsonschema::validator_for(schema);
    let problems = validator.map_or_else(
        |error| vec![error.to_string()],
        |validator| {
            let errors = validator.iter_errors(&document);
            errors.map(|error| error.to_string()).collect()
        },
    );
    assert_eq!(problems, Vec::<String>::new(), "{text}");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{
        apply_json::apply_json, diagnostics_json::check_json, explain::Explanation,
        explain_json::explain_json, plan_json::plan_json, rehearsal_json::rehearsal_json,
        rehearsal_samples, samples, status::Freshness, status_json::status_json,
    };

    fn documents() -> Vec<(Value, String)> {
        let plan = samples::full_plan();
        let entry = samples::entry();
        let explanation = Explanation {
            item: &plan.items[0],
            entry: Some(&entry),
            now: samples::now(),
            freshness: Freshness::Fetched,
        };
        let problems = [samples::unknown_key()];
        vec![
            (check_schema(), check_json(&problems)),
            (plan_schema(), plan_json(&plan, &problems)),
            (apply_schema(), apply_json(&samples::report())),
            (status_schema(), status_json(&plan, Freshness::Fetched, &[])),
            (
                explain_schema(),
                explain_json(&explanation, Some(&explanation)),
            ),
            (
                rehearse_schema(),
                rehearsal_json(&rehearsal_samples::rehearsal()),
            ),
        ]
    }

    #[test]
    fn what_is_printed_fits_its_schema() {
        for (schema, text) in documents() {
            assert_fits(&schema, &text);
        }
    }

    #[test]
    fn a_document_without_one_of_its_keys_does_not_fit() {
        for (schema, text) in documents() {
            let document: Value = serde_json::from_str(&text).unwrap();
            let validator = jsonschema::validator_for(&schema).unwrap();
            for key in document.as_object().unwrap().keys() {
                let mut less = document.clone();
                less.as_object_mut().unwrap().remove(key);
                assert!(!validator.is_valid(&less), "{key} of {text}");
            }
        }
    }

    #[test]
    fn new_fields_are_allowed_and_every_field_is_described() {
        for (schema, text) in documents() {
            let mut document: Value = serde_json::from_str(&text).unwrap();
            let fields = document.as_object_mut().unwrap();
            fields.insert("new_field".to_owned(), Value::from(1));
            assert!(jsonschema::is_valid(&schema, &document));
            let mut objects = vec![&schema];
            objects.extend(schema["$defs"].as_object().unwrap().values());
            for object in objects {
                for (name, property) in object["properties"].as_object().unwrap() {
                    assert!(property["description"].is_string(), "{name}");
                }
            }
        }
    }
}
