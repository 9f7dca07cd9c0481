//! One child process: started, listened to, and ended in time.
//!
//! Owns pipes, the time limit and cancellation. Must not know what the program is for.

#![allow(
    clippy::disallowed_methods,
    reason = "the time limit of a process is measured on the machine's own clock"
)]

use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// A waiting thread looks whether the process has ended or was cancelled after each such part
/// of the time it ran: most of git's answers take a few milliseconds.
const PART: u32 = 4;
/// It looks no more often than this.
const SHORTEST: Duration = Duration::from_millis(1);
/// It looks at least as often as this.
const LONGEST: Duration = Duration::from_millis(25);
/// How long complaints are listened to after the process has ended: what it left running (an
/// ssh master, a credential cache) may keep that pipe open for ever.
const GRACE: Duration = Duration::from_millis(500);

/// How a process ended.
#[derive(Debug)]
pub(super) struct Finished {
    /// The exit code; `None`: ended by a signal.
    pub(super) code: Option<i32>,
    /// What it wrote, up to the limit.
    pub(super) stdout: Vec<u8>,
    /// Whether it wrote more than that.
    pub(super) cut: bool,
    /// What it complained about, up to the limit.
    pub(super) stderr: Vec<u8>,
}

/// Why a process gave no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommandError {
    /// The program is not installed or not in `PATH`.
    #[error("`git` is not installed, or not in `PATH`")]
    NotInstalled,
    /// It ran longer than it may, and was ended; or what it started kept its answer open.
    #[error("`git` did not finish within {} s", .0.as_secs())]
    TimedOut(Duration),
    /// It said more than is kept, and half an answer is none.
    #[error("`git` answered more than {0} bytes")]
    TooLong(usize),
    /// Nobody waits for it any more; it was ended.
    #[error("`git` was cancelled")]
    Cancelled,
    /// The system's own words.
    #[error("`git` could not be run: {0}")]
    Io(String),
}

impl From<std::io::Error> for CommandError {
    fn from(error: std::io::Error) -> Self {
        match error.kind() {
            std::io::ErrorKind::NotFound => Self::NotInstalled,
            _ => Self::Io(error.to_string()),
        }
    }
}

/// What bounds a process.
pub(super) struct Bounds<'a> {
    /// It is ended when it runs longer.
    pub(super) timeout: Duration,
    /// Bytes kept of each of its two outputs; the rest is read and dropped.
    pub(super) output: usize,
    /// It is ended when this becomes true.
    pub(super) cancelled: &'a AtomicBool,
}

/// Runs `command` with `input` on its standard input (none: an empty one) and its standard
/// output where `stdout` says; only a pipe is read. An answer whose end was not seen is no
/// answer: half of one may say that there is no remote.
///
/// # Errors
/// When it cannot be started, or was ended.
pub(super) fn run(
    mut command: Command,
    input: Option<Vec<u8>>,
    stdout: Stdio,
    bounds: &Bounds<'_>,
) -> Result<Finished, CommandError> {
    let stdin = if input.is_some() {
        Stdio::piped()
    } else {
        Stdio::null()
    };
    command.stdin(stdin).stdout(stdout).stderr(Stdio::piped());
    let deadline = Instant::now() + bounds.timeout;
    let mut child = command.spawn()?;
    if let (Some(bytes), Some(mut pipe)) = (input, child.stdin.take()) {
        // A process that ends early closes the pipe; its exit code tells why.
        std::thread::spawn(move || pipe.write_all(&bytes).ok());
    }
    let stdout = Pipe::listen(child.stdout.take(), bounds.output);
    let stderr = Pipe::listen(child.stderr.take(), bounds.output);
    let code = match wait(&mut child, [&stdout, &stderr], deadline, bounds) {
        Ok(code) => code,
        Err(error) => {
            let _ = child.kill();
            let _ = child.wait();
            return Err(error);
        }
    };
    Ok(Finished {
        code,
        cut: stdout.cut.load(Ordering::Acquire),
        stdout: stdout.take(),
        stderr: stderr.take(),
    })
}

/// What comes out of a process, read by a thread of its own.
#[derive(Clone, Default)]
struct Pipe {
    bytes: Arc<Mutex<Vec<u8>>>,
    /// Whether more came than is kept.
    cut: Arc<AtomicBool>,
    /// Whether its end was reached.
    ended: Arc<AtomicBool>,
}

impl Pipe {
    fn listen(from: Option<impl Read + Send + 'static>, limit: usize) -> Self {
        let pipe = Self::default();
        let Some(mut from) = from else {
            pipe.ended.store(true, Ordering::Release);
            return pipe;
        };
        let heard = pipe.clone();
        std::thread::spawn(move || {
            let mut chunk = [0; 16 * 1024];
            loop {
                match from.read(&mut chunk) {
                    Ok(0) => break heard.ended.store(true, Ordering::Release),
                    Ok(count) => {
                        let mut kept = heard.bytes.lock().unwrap_or_else(PoisonError::into_inner);
                        let room = limit.saturating_sub(kept.len()).min(count);
                        kept.extend_from_slice(&chunk[..room]);
                        heard.cut.fetch_or(room < count, Ordering::Release);
                    }
                    Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                    // The end was not seen, so nobody may say what the answer was.
                    Err(_) => break,
                }
            }
        });
        pipe
    }

    fn has_ended(&self) -> bool {
        self.ended.load(Ordering::Acquire)
    }

    fn take(&self) -> Vec<u8> {
        std::mem::take(&mut *self.bytes.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Waits by short sleeps and not on a lock with a time limit: those reckon with the system's
/// clock, and a machine whose clock is changed for a test (`faketime`) waits for ever.
fn wait(
    child: &mut Child,
    [stdout, stderr]: [&Pipe; 2],
    deadline: Instant,
    bounds: &Bounds<'_>,
) -> Result<Option<i32>, CommandError> {
    let mut exited: Option<(Option<i32>, Instant)> = None;
    let started = Instant::now();
    loop {
        if exited.is_none() {
            exited = child
                .try_wait()?
                .map(|status| (status.code(), Instant::now()));
        }
        if let Some((code, at)) = exited
            && stdout.has_ended()
            && (stderr.has_ended() || at.elapsed() > GRACE)
        {
            return Ok(code);
        }
        if bounds.cancelled.load(Ordering::Relaxed) {
            return Err(CommandError::Cancelled);
        }
        if Instant::now() >= deadline {
            return Err(CommandError::TimedOut(bounds.timeout));
        }
        std::thread::sleep((started.elapsed() / PART).clamp(SHORTEST, LONGEST));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    fn bounds(timeout: Duration, cancelled: &AtomicBool) -> Bounds<'_> {
        Bounds {
            timeout,
            output: 8,
            cancelled,
        }
    }

    #[test]
    fn output_beyond_the_limit_is_dropped_and_the_process_still_ends() {
        let never = AtomicBool::new(false);
        let script = "cat; head -c 300000 /dev/zero; echo oops >&2; exit 3";
        let finished = run(
            shell(script),
            Some(b"hi".to_vec()),
            Stdio::piped(),
            &bounds(Duration::from_secs(60), &never),
        )
        .unwrap();
        assert_eq!(finished.code, Some(3));
        assert_eq!(finished.stdout, b"hi\0\0\0\0\0\0");
        assert!(finished.cut);
        assert_eq!(finished.stderr, b"oops\n");
    }

    #[test]
    fn a_process_ends_at_its_time_limit_or_when_nobody_waits() {
        let limit = Duration::from_millis(50);
        let never = AtomicBool::new(false);
        let error = run(
            shell("exec tail -f /dev/null"),
            None,
            Stdio::piped(),
            &bounds(limit, &never),
        )
        .unwrap_err();
        assert_eq!(error, CommandError::TimedOut(limit));
        let now = AtomicBool::new(true);
        let long = Duration::from_secs(600);
        let error = run(
            shell("exec tail -f /dev/null"),
            None,
            Stdio::piped(),
            &bounds(long, &now),
        )
        .unwrap_err();
        assert_eq!(error, CommandError::Cancelled);
    }

    #[test]
    fn a_child_that_keeps_the_pipe_of_complaints_does_not_keep_us() {
        let never = AtomicBool::new(false);
        let finished = run(
            shell("tail -f /dev/null >/dev/null & echo $!"),
            None,
            Stdio::piped(),
            &bounds(Duration::from_secs(60), &never),
        )
        .unwrap();
        let pid = String::from_utf8(finished.stdout).unwrap();
        end(pid.trim());
        assert_eq!(finished.code, Some(0));
    }

    /// On a loaded machine the rest of an answer comes long after the process has ended.
    #[test]
    fn an_answer_whose_end_was_not_seen_is_none() {
        let never = AtomicBool::new(false);
        let folder = tempfile::tempdir().unwrap();
        let pid = folder.path().join("pid");
        // Longer than complaints are waited for.
        let limit = GRACE + Duration::from_millis(200);
        let script = format!("echo half; tail -f /dev/null & echo $! > {}", pid.display());
        let answer = run(shell(&script), None, Stdio::piped(), &bounds(limit, &never));
        end(std::fs::read_to_string(pid).unwrap().trim());
        assert_eq!(answer.unwrap_err(), CommandError::TimedOut(limit));
    }

    #[test]
    fn an_answer_that_comes_late_is_heard_to_its_end() {
        let never = AtomicBool::new(false);
        let finished = run(
            shell("(sleep 0.7; echo late) &"),
            None,
            Stdio::piped(),
            &bounds(Duration::from_secs(60), &never),
        )
        .unwrap();
        assert_eq!(finished.stdout, b"late\n");
    }

    fn end(pid: &str) {
        let never = AtomicBool::new(false);
        let limit = Duration::from_secs(60);
        let script = format!("kill {pid}");
        run(shell(&script), None, Stdio::piped(), &bounds(limit, &never)).unwrap();
    }

    #[test]
    fn a_missing_program_is_told_apart() {
        let never = AtomicBool::new(false);
        let missing = Command::new("/nonexistent/git");
        let error = run(
            missing,
            None,
            Stdio::piped(),
            &bounds(Duration::from_secs(1), &never),
        )
        .unwrap_err();
        assert_eq!(error, CommandError::NotInstalled);
    }
}
