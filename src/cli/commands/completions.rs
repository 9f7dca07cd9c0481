//! `completions`: a completion script for a shell.

use clap::CommandFactory as _;

use crate::cli::args::{Cli, CompletionsArgs};
use crate::cli::output::Output;
use crate::report::exit::Exit;

/// Prints the script.
pub(in crate::cli) fn run(args: &CompletionsArgs, output: Output) -> Exit {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "mergecast", &mut script);
    output.data(&String::from_utf8_lossy(&script));
    Exit::Done
}
