//! Ctrl-C and a runner's wish to end.
//!
//! Owns the way from a signal to the run's flag, and what a person is told. Must not end
//! the program: what is under way is finished and recorded first.

use crate::cli::output::Output;
use crate::pass::StopSignal;
use crate::system::signals::asked_to_stop;

/// From now on, SIGINT and SIGTERM tell the run to stop instead of ending it. Needs a
/// runtime.
pub(in crate::cli) fn heed(stop: &StopSignal, output: Output) {
    let stop = stop.clone();
    tokio::spawn(async move {
        if asked_to_stop().await.is_ok() {
            output.message("stopping: what is under way is finished, nothing new is begun\n");
            stop.request();
        }
    });
}
