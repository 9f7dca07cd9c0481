//! The program: hands arguments to the library and returns its exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    mergecast::cli::main()
}
