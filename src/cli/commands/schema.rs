//! `schema`: JSON Schemas of what is read and written.

use crate::cli::args::{SchemaArgs, SchemaName};
use crate::cli::output::Output;
use crate::content::schema::{config_schema, post_schema};
use crate::record::lockfile::lockfile_schema;
use crate::report::exit::Exit;
use crate::report::schema::{
    apply_schema, check_schema, explain_schema, plan_schema, rehearse_schema, state_rebuild_schema,
    state_show_schema, status_schema,
};

/// Prints one schema.
pub(in crate::cli) fn run(args: &SchemaArgs, output: Output) -> Exit {
    let schema = match args.which {
        SchemaName::Post => post_schema(),
        SchemaName::Config => config_schema(),
        SchemaName::Lockfile => lockfile_schema(),
        SchemaName::Plan => plan_schema(),
        SchemaName::Check => check_schema(),
        SchemaName::Apply => apply_schema(),
        SchemaName::Status => status_schema(),
        SchemaName::Rehearse => rehearse_schema(),
        SchemaName::Explain => explain_schema(),
        SchemaName::StateShow => state_show_schema(),
        SchemaName::StateRebuild => state_rebuild_schema(),
    };
    let text = serde_json::to_string_pretty(&schema).unwrap_or_default();
    output.data(&format!("{text}\n"));
    Exit::Done
}
