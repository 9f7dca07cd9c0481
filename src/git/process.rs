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
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// How often a waiting thread looks whether the process has ended or was cancelled.
const SLICE: Duration = Duration::from_millis(25);
/// How long the pipes are listened to after the process has ended: what it left running
/// (an ssh master, a credential cache) may keep them open for ever.
const GRACE: Duration = Duration::from_millis(500);

/// How a process ended.
#[derive(Debug)]
pub(super) struct Finished {
    /// The exit code; `None`: ended by a signal.
    pub(super) code: Option<i32>,
    /// What it wrote, up to the limit.
    pub(super) stdout: Vec<u8>,
    /// What it complained about, up to the limit.
    pub(super) stderr: Vec<u8>,
}

/// Why a process gave no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CommandError {
    /// The program is not installed or not in `PATH`.
    #[error("`git` is not installed, or not in `PATH`")]
    NotInstalled,
    /// It ran longer than it may, and was ended.
    #[error("`git` did not finish within {} s", .0.as_secs())]
    TimedOut(Duration),
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
/// output where `stdout` says; only a pipe is read.
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
    let (done, ended) = channel();
    let stdout = listen(child.stdout.take(), bounds.output, done.clone());
    let stderr = listen(child.stderr.take(), bounds.output, done);
    let code = match wait(&mut child, &ended, deadline, bounds) {
        Ok(code) => code,
        Err(error) => {
            let _ = child.kill();
            let _ = child.wait();
            return Err(error);
        }
    };
    Ok(Finished {
        code,
        stdout: take(&stdout),
        stderr: take(&stderr),
    })
}

type Buffer = Arc<Mutex<Vec<u8>>>;

fn take(buffer: &Buffer) -> Vec<u8> {
    std::mem::take(&mut *buffer.lock().unwrap_or_else(PoisonError::into_inner))
}

fn listen(pipe: Option<impl Read + Send + 'static>, limit: usize, done: Sender<()>) -> Buffer {
    let buffer = Buffer::default();
    let kept = Arc::clone(&buffer);
    std::thread::spawn(move || {
        if let Some(mut pipe) = pipe {
            let mut chunk = [0; 16 * 1024];
            while let Ok(count @ 1..) = pipe.read(&mut chunk) {
                let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
                let room = limit.saturating_sub(kept.len()).min(count);
                kept.extend_from_slice(&chunk[..room]);
            }
        }
        // Nobody listens any more when the process was given up.
        done.send(()).ok();
    });
    buffer
}

fn wait(
    child: &mut Child,
    ended: &Receiver<()>,
    deadline: Instant,
    bounds: &Bounds<'_>,
) -> Result<Option<i32>, CommandError> {
    let mut open = 2;
    let mut exited: Option<(Option<i32>, Instant)> = None;
    loop {
        if exited.is_none() {
            exited = child
                .try_wait()?
                .map(|status| (status.code(), Instant::now()));
        }
        if let Some((code, at)) = exited
            && (open == 0 || at.elapsed() > GRACE)
        {
            return Ok(code);
        }
        if bounds.cancelled.load(Ordering::Relaxed) {
            return Err(CommandError::Cancelled);
        }
        if Instant::now() >= deadline {
            return Err(CommandError::TimedOut(bounds.timeout));
        }
        if open == 0 {
            // Both pipes are closed: the end is a matter of microseconds.
            std::thread::park_timeout(Duration::from_millis(1));
        } else if ended.recv_timeout(SLICE).is_ok() {
            open -= 1;
        }
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
    fn a_child_that_keeps_the_pipe_does_not_keep_us() {
        let never = AtomicBool::new(false);
        let finished = run(
            shell("tail -f /dev/null & echo $!"),
            None,
            Stdio::piped(),
            &bounds(Duration::from_secs(60), &never),
        )
        .unwrap();
        let pid = String::from_utf8(finished.stdout).unwrap();
        run(
            shell(&format!("kill {pid}")),
            None,
            Stdio::piped(),
            &bounds(Duration::from_secs(60), &never),
        )
        .unwrap();
        assert_eq!(finished.code, Some(0));
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
