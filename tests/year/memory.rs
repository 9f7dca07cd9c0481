//! What a watcher holds, in bytes.

use std::sync::{Mutex, MutexGuard, PoisonError};

use peak_alloc::PeakAlloc;

/// Counts what is allocated, and hands it on to the system's allocator.
#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// Kibibytes that one post may take in everything this process has of it, git and LinkedIn
/// included.
const A_POST: u64 = 16;
/// Kibibytes that come and go: one pass, and what the allocator keeps of it.
const A_PASS: u64 = 48 * 1024;

/// What is counted is counted for the whole process: one test at a time.
pub(crate) fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Resident memory of this process in KiB, where the system tells.
pub(crate) fn resident() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().trim_end_matches(" kB").trim().parse().ok()
}

/// Resident memory by month, in KiB: the watcher's, and git's and LinkedIn's beside it.
pub(crate) fn resident_is_flat(months: &[u64], posts: usize) {
    let grown = months[12].saturating_sub(months[1]);
    let may = A_POST * posts as u64 + A_PASS;
    assert!(
        grown < may,
        "{grown} KiB, and {may} would be well: {months:?}"
    );
}

/// What one life of the watcher held when it ended, git and LinkedIn not counted.
pub(crate) struct Held {
    /// Posts on record.
    pub(crate) posts: usize,
    /// Bytes it kept from pass to pass.
    pub(crate) kept: usize,
    /// The most bytes it ever had.
    most: usize,
}

impl Held {
    /// Forgets the most bytes there were.
    pub(crate) fn begin() {
        MEMORY.reset_peak_usage();
    }

    /// Counts everything, before the life is dropped.
    pub(crate) fn with_all(posts: usize) -> Self {
        Self {
            posts,
            kept: MEMORY.current_usage(),
            most: MEMORY.peak_usage(),
        }
    }

    /// What of it was the life's, which is dropped.
    pub(crate) fn without(self) -> Self {
        let without = MEMORY.current_usage();
        Self {
            kept: self.kept.saturating_sub(without),
            most: self.most.saturating_sub(without),
            ..self
        }
    }

    /// A watcher keeps its record, and nothing else grows: neither with passes nor with time. A
    /// life may end within a pass, so what that has is counted too.
    pub(crate) fn is_flat(&self) {
        let Self { posts, kept, most } = *self;
        let words = format!("{kept} bytes of {posts} posts, {most} at most");
        assert!(kept < 512 * 1024 + 4 * 1024 * posts, "{words}");
        assert!(most < 4 * 1024 * 1024 + 5 * 1024 * posts, "{words}");
    }
}
