//! A lockfile that cannot be read.

use super::{Bench, told};
use crate::model::path::ReadError;
use crate::pass::{Standby, StopSignal};
use crate::ports::{LockfileStore, LockfileWritten};
use crate::report::results::Outcome;
use bytes::Bytes;

/// A lockfile behind a connection that broke.
struct Unreadable(ReadError);

impl LockfileStore for Unreadable {
    async fn read(&self) -> Result<Option<Bytes>, ReadError> {
        Err(self.0.clone())
    }

    async fn write(&self, _: &Bytes) -> LockfileWritten {
        let problem = "not now".to_owned();
        LockfileWritten::Failed { problem }
    }
}

#[test]
fn a_lost_ledger_does_not_publish_again_while_the_witness_cannot_be_heard() {
    let bench = Bench::new("{}");
    bench.settings(|settings| settings.dup_window_s = 0);
    bench.post("a", "", "Hello");
    let report = bench.pass();
    assert_eq!(told(&report, "a").0, Outcome::Published);
    bench.ledger.force(&None);
    let report = bench.pass_over(Unreadable(ReadError::Io("reset".to_owned())), &at_once());
    let codes: Vec<&str> = report.diagnostics.iter().map(|d| d.code).collect();
    assert_eq!(
        (report.exit.code(), codes),
        (69, vec!["lockfile-unreadable"])
    );
    // Heard, it freezes publishing.
    assert_eq!(bench.pass().exit.code(), 73);
    assert_eq!(bench.creates().len(), 1);
}

#[test]
fn a_witness_that_is_too_large_or_no_file_is_not_an_absent_one() {
    let bench = Bench::new("{}");
    bench.post("a", "", "Hello");
    let (size, limit) = (2, 1);
    for error in [
        ReadError::NotAFile,
        ReadError::Symlink,
        ReadError::TooLarge { size, limit },
    ] {
        let report = bench.pass_over(Unreadable(error), &at_once());
        let codes: Vec<&str> = report.diagnostics.iter().map(|d| d.code).collect();
        assert_eq!((report.exit.code(), codes), (73, vec!["lockfile-refused"]));
    }
    assert_eq!(bench.creates().len(), 0);
}

fn at_once() -> Standby {
    Standby::at_once(StopSignal::never())
}
