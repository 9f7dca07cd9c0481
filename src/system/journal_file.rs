//! The journal in a file of this machine.
//!
//! Owns one append-only file, and a lock that tells whether another run is alive: every
//! run holds it together with the others, and only a run that is alone gets it for itself.
//! The lock is a file of its own, so that the journal can be replaced. Must not know what
//! lines mean.

#![allow(
    clippy::disallowed_methods,
    reason = "this adapter keeps its journal in a file"
)]

use std::cell::Cell;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::files::create_folders;
use crate::ports::{Journal, JournalError, Recalled};
use crate::record::journal::{JournalLine, Memory};

/// The lines.
const FILE: &str = "journal.jsonl";
/// Held by every run that is alive.
const LOCK: &str = "journal.lock";
/// A journal that has grown beyond this begins anew when a run is alone: 4 MiB are some
/// ten thousand posts. What the ledger has is not needed here any more.
const LARGEST: u64 = 4 * 1024 * 1024;

/// A journal larger than this is not read: runs that are never alone cannot make it begin
/// anew, and no memory is worth more than these bytes of it.
const MOST: u64 = 64 * 1024 * 1024;

/// The journal in one folder. Where it cannot be opened nothing is remembered, and every
/// note fails.
#[derive(Debug)]
pub struct FileJournal {
    folder: PathBuf,
    opened: Result<Opened, String>,
}

#[derive(Debug)]
struct Opened {
    lines: File,
    lock: File,
    home: String,
    /// Whether this run holds the lock together with others. Without it they may take it for
    /// dead, so nothing is written down that they could read that from.
    held: Cell<bool>,
}

/// How long a lock that somebody keeps for himself is waited for.
const WAIT: Duration = Duration::from_secs(5);
/// How often it is looked at meanwhile.
const PAUSE: Duration = Duration::from_millis(50);
/// Why there is no journal in a run.
const BUSY: &str = "another process keeps its lock";

impl FileJournal {
    /// Opens or makes the journal in `folder`, and waits some seconds while a run that found
    /// itself alone settles what dead ones left.
    #[must_use]
    pub fn open(folder: &Path) -> Self {
        Self::open_within(folder, WAIT)
    }

    fn open_within(folder: &Path, wait: Duration) -> Self {
        Self {
            folder: folder.to_owned(),
            opened: open(folder, wait).map_err(|error| error.to_string()),
        }
    }

    fn try_note(&self, line: &JournalLine) -> Result<(), String> {
        let opened = self.opened.as_ref().map_err(Clone::clone)?;
        if !opened.held.get() {
            return Err(BUSY.to_owned());
        }
        let text = serde_json::to_string(line).map_err(|error| error.to_string())?;
        // One write: lines of several runs do not mix. The line break before it ends what
        // a run that died left half written.
        let text = match ends_whole(&opened.lines) {
            Ok(true) => format!("{text}\n"),
            Ok(false) => format!("\n{text}\n"),
            Err(error) => return Err(error.to_string()),
        };
        let mut lines = &opened.lines;
        lines
            .write_all(text.as_bytes())
            .and_then(|()| lines.sync_data())
            .map_err(|error| error.to_string())
    }
}

fn open(folder: &Path, wait: Duration) -> io::Result<Opened> {
    create_folders(folder)?;
    let lock = open_lock(folder)?;
    share(&lock, wait)?;
    let lines = OpenOptions::new()
        .create(true)
        .append(true)
        .read(true)
        .open(ordinary(folder.join(FILE))?)?;
    let home = home(folder, &lock)?;
    // The folder, so that a new file is found after a power failure.
    #[cfg(unix)]
    File::open(folder)?.sync_all()?;
    Ok(Opened {
        lines,
        lock,
        home,
        held: Cell::new(true),
    })
}

fn open_lock(folder: &Path) -> io::Result<File> {
    OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .read(true)
        .open(ordinary(folder.join(LOCK))?)
}

/// `path`, unless something is there that is no file of its own: opening or reading a pipe
/// may never end, a device never does, and a link leads to another journal's lines.
fn ordinary(path: PathBuf) -> io::Result<PathBuf> {
    match std::fs::symlink_metadata(&path) {
        Ok(found) if !found.is_file() => {
            let problem = format!("`{}` is no ordinary file", path.display());
            Err(io::Error::new(io::ErrorKind::InvalidInput, problem))
        }
        Ok(_) => Ok(path),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(path),
        Err(error) => Err(error),
    }
}

/// Takes the lock together with others, within `wait`: whoever keeps it for himself may be
/// stopped, and a person would wait for ever.
fn share(lock: &File, wait: Duration) -> io::Result<()> {
    let began = Instant::now();
    loop {
        match lock.try_lock_shared() {
            Ok(()) => return Ok(()),
            Err(TryLockError::Error(error)) => return Err(error),
            Err(TryLockError::WouldBlock) if began.elapsed() >= wait => {
                return Err(io::Error::new(io::ErrorKind::WouldBlock, BUSY));
            }
            Err(TryLockError::WouldBlock) => std::thread::sleep(PAUSE),
        }
    }
}

/// Whether this run has the lock for itself, on a file system where that means something:
/// some take every lock of everybody.
fn is_alone(folder: &Path, lock: &File) -> bool {
    let alone = lock.unlock().is_ok() && lock.try_lock().is_ok();
    let another = || open_lock(folder).map(|other| other.try_lock_shared());
    alone && matches!(another(), Ok(Err(TryLockError::WouldBlock)))
}

/// The name of this journal, which neither a copy of its folder has nor a machine that
/// shares the disk: the locks of one machine may mean nothing to another. It changes when the
/// machine starts again.
fn home(folder: &Path, lock: &File) -> io::Result<String> {
    let of_machine = |path: &str| {
        let text = std::fs::read_to_string(path).unwrap_or_default();
        text.trim().to_owned()
    };
    let machine = of_machine("/etc/machine-id");
    let boot = of_machine("/proc/sys/kernel/random/boot_id");
    let place = format!("{machine} {boot} {}", folder.canonicalize()?.display());
    #[cfg(unix)]
    let place = {
        use std::os::unix::fs::MetadataExt as _;
        let metadata = lock.metadata()?;
        format!("{place} {}:{}", metadata.dev(), metadata.ino())
    };
    #[cfg(not(unix))]
    let _ = lock;
    Ok(place)
}

fn ends_whole(mut lines: &File) -> io::Result<bool> {
    if lines.seek(SeekFrom::End(0))? == 0 {
        return Ok(true);
    }
    lines.seek(SeekFrom::End(-1))?;
    let mut last = [0];
    lines.read_exact(&mut last)?;
    Ok(last == *b"\n")
}

impl Journal for FileJournal {
    fn home(&self) -> String {
        let opened = self.opened.as_ref();
        opened.map_or_else(|_| String::new(), |opened| opened.home.clone())
    }

    fn note(&self, line: &JournalLine) -> Result<(), JournalError> {
        self.try_note(line).map_err(JournalError)
    }

    fn recall(&self) -> Recalled {
        let Ok(opened) = &self.opened else {
            return Recalled::default();
        };
        // A shared lock is given up for an exclusive one in two steps, and another run may
        // come in between. This run has nothing under way then, so no harm comes of it.
        let alone = opened.held.get() && is_alone(&self.folder, &opened.lock);
        if !alone {
            opened.share_again();
        }
        let mut text = Vec::new();
        let read = File::open(self.folder.join(FILE))
            .and_then(|file| file.take(MOST + 1).read_to_end(&mut text));
        if read.is_err() || text.len() as u64 > MOST {
            // A part of it proves nothing, not even that a run is dead.
            return Recalled {
                memory: Memory::default(),
                alone: false,
            };
        }
        Recalled {
            memory: Memory::parse(&String::from_utf8_lossy(&text)),
            alone,
        }
    }

    fn settled(&self) {
        let Ok(opened) = &self.opened else { return };
        let alone = opened.held.get() && is_alone(&self.folder, &opened.lock);
        let large = opened.lines.metadata().is_ok_and(|it| it.len() > LARGEST);
        if alone && large {
            let _ = opened.lines.set_len(0);
        }
        opened.share_again();
    }

    fn trouble(&self) -> Option<String> {
        let held = self.opened.as_ref().map(|opened| opened.held.get());
        match held {
            Ok(true) => None,
            Ok(false) => Some(BUSY.to_owned()),
            Err(problem) => Some(problem.clone()),
        }
    }
}

impl Opened {
    /// Holds the lock together with others again.
    fn share_again(&self) {
        let _ = self.lock.unlock();
        self.held.set(share(&self.lock, WAIT).is_ok());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::key::PostKey;
    use crate::model::target::Target;
    use crate::record::journal::Note;

    fn line(nonce: &str, note: Note) -> JournalLine {
        JournalLine {
            key: PostKey::parse("launch").unwrap(),
            target: Target::Linkedin,
            nonce: nonce.to_owned(),
            at: "2026-09-03T08:00:00Z".parse().unwrap(),
            note,
        }
    }

    #[test]
    fn lines_outlive_the_run_and_a_half_written_one_harms_no_other() {
        let folder = tempfile::tempdir().unwrap();
        let first = FileJournal::open(folder.path());
        first.note(&line("one", Note::Sending)).unwrap();
        drop(first);
        let file = folder.path().join(FILE);
        let mut text = std::fs::read_to_string(&file).unwrap();
        text.push_str("{\"key\":");
        std::fs::write(&file, &text).unwrap();
        let second = FileJournal::open(folder.path());
        second.note(&line("two", Note::Sending)).unwrap();
        let recalled = second.recall();
        let mut expected = Memory::parse("oops\n");
        expected.add(line("one", Note::Sending));
        expected.add(line("two", Note::Sending));
        assert_eq!(recalled.memory, expected);
    }

    #[test]
    fn a_run_is_alone_until_another_begins() {
        let folder = tempfile::tempdir().unwrap();
        let one = FileJournal::open(folder.path());
        assert!(one.recall().alone);
        one.settled();
        let two = FileJournal::open(folder.path());
        assert!(!two.recall().alone && !one.recall().alone);
        drop(two);
        let recalled = one.recall();
        assert!(recalled.alone);
        one.settled();
    }

    #[test]
    fn nobody_begins_while_what_dead_runs_left_is_settled() {
        let folder = tempfile::tempdir().unwrap();
        let one = FileJournal::open(folder.path());
        assert!(one.recall().alone);
        let place = folder.path().to_owned();
        let other = std::thread::spawn(move || FileJournal::open(&place).recall().alone);
        assert!(!other.is_finished());
        one.settled();
        assert!(!other.join().unwrap());
    }

    /// A process that was stopped, or anybody who may read the folder.
    #[test]
    fn a_lock_that_somebody_keeps_is_not_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        drop(FileJournal::open(folder.path()));
        let keeper = open_lock(folder.path()).unwrap();
        keeper.lock().unwrap();
        let journal = FileJournal::open_within(folder.path(), PAUSE);
        assert_eq!(journal.trouble().as_deref(), Some(BUSY));
        assert!(journal.note(&line("one", Note::Sending)).is_err());
        assert!(!journal.recall().alone);
        drop(keeper);
        assert_eq!(FileJournal::open(folder.path()).trouble(), None);
    }

    #[cfg(unix)]
    #[test]
    fn what_is_no_ordinary_file_is_no_journal_and_is_never_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let place = |name: &str| folder.path().join(name);
        std::fs::create_dir_all(place("folder").join(FILE)).unwrap();
        for (name, file, target) in [("zero", FILE, "/dev/zero"), ("lock", LOCK, "/dev/null")] {
            std::fs::create_dir(place(name)).unwrap();
            std::os::unix::fs::symlink(target, place(name).join(file)).unwrap();
        }
        std::fs::create_dir(place("pipe")).unwrap();
        let made = std::process::Command::new("mkfifo")
            .arg(place("pipe").join(FILE))
            .status();
        assert!(made.unwrap().success());
        for name in ["folder", "zero", "lock", "pipe"] {
            let journal = FileJournal::open(&place(name));
            let problem = journal.trouble().unwrap();
            assert!(problem.contains("no ordinary file"), "{name}: {problem}");
            assert!(journal.note(&line("one", Note::Sending)).is_err());
            assert_eq!(journal.recall(), Recalled::default());
        }
    }

    #[test]
    fn a_journal_without_end_is_not_read_and_begins_anew() {
        let folder = tempfile::tempdir().unwrap();
        let journal = FileJournal::open(folder.path());
        journal.note(&line("one", Note::Sending)).unwrap();
        let file = OpenOptions::new()
            .write(true)
            .open(folder.path().join(FILE));
        file.unwrap().set_len(5 * 1024 * 1024 * 1024).unwrap();
        assert!(!journal.recall().alone);
        journal.settled();
        assert!(journal.recall().alone);
        journal.settled();
        assert_eq!(
            std::fs::metadata(folder.path().join(FILE)).unwrap().len(),
            0
        );
    }

    /// Who has lost the lock may be taken for dead, so its declarations are not noted.
    #[test]
    fn a_run_that_lost_the_lock_notes_nothing_more() {
        let folder = tempfile::tempdir().unwrap();
        let journal = FileJournal::open(folder.path());
        let opened = journal.opened.as_ref().unwrap();
        opened.held.set(false);
        assert!(journal.note(&line("one", Note::Sending)).is_err());
        assert!(!journal.recall().alone);
        assert_eq!(journal.trouble(), None, "it was had again");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_journal_is_of_one_machine_since_it_started() {
        let folder = tempfile::tempdir().unwrap();
        let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap();
        let home = FileJournal::open(folder.path()).home();
        assert!(home.contains(boot.trim()), "{home}");
    }

    #[test]
    fn a_copy_is_another_journal() {
        let (a, b) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let (a, b) = (FileJournal::open(a.path()), FileJournal::open(b.path()));
        assert_ne!(a.home(), b.home());
    }

    #[test]
    fn where_nothing_can_be_written_nothing_is_remembered() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        std::fs::write(&file, "").unwrap();
        let journal = FileJournal::open(&file);
        assert!(journal.note(&line("one", Note::Sending)).is_err());
        assert_eq!(journal.recall(), Recalled::default());
        journal.settled();
    }
}
