//! A folder of posts and what a team does to it in one merge.

use std::collections::BTreeMap;

/// Random numbers from a seed (SplitMix64, public domain).
pub(crate) struct Draws(u64);

impl Draws {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5851_f42d_4c95_7f2d)
    }

    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^= z >> 31;
        usize::try_from(z % limit as u64).unwrap()
    }

    fn chance(&mut self, one_in: usize) -> bool {
        self.below(one_in) == 0
    }
}

/// One file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct File {
    pub(crate) id: Option<String>,
    pub(crate) schedule: String,
    /// The key of a post that it repeats on purpose.
    pub(crate) repeats: Option<String>,
    pub(crate) words: Vec<String>,
}

impl File {
    pub(crate) fn text(&self) -> String {
        let id = self
            .id
            .as_ref()
            .map_or_else(String::new, |id| format!("id: {id}\n"));
        let repeats = self.repeats.as_ref();
        let repeats = repeats.map_or_else(String::new, |key| format!("repeats: {key}\n"));
        let (schedule, words) = (&self.schedule, self.words.join(" "));
        format!("---\n{id}{repeats}scheduled_at: {schedule}\n---\n{words}\n")
    }
}

type Files = BTreeMap<String, File>;

/// The folder now, and at each commit before.
#[derive(Default)]
pub(crate) struct Folder {
    pub(crate) files: Files,
    pub(crate) commits: Vec<Files>,
    texts: usize,
}

/// What is done to a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Change {
    Add,
    Edit,
    EditALot,
    Rewrite,
    Rename,
    RenameAndEdit,
    Swap,
    Insert,
    ArchiveAndReuse,
    GainId,
    AnotherId,
    LoseId,
    Remove,
    TakeBack,
    Revert,
    MoveAll,
    MergeOldBranch,
    Postpone,
    Label,
    Copy,
    CopyAndRemove,
    Repeat,
    EditAllAndRename,
    Draft,
}

pub(crate) const CHANGES: [Change; 24] = [
    Change::Add,
    Change::Edit,
    Change::EditALot,
    Change::Rewrite,
    Change::Rename,
    Change::RenameAndEdit,
    Change::Swap,
    Change::Insert,
    Change::ArchiveAndReuse,
    Change::GainId,
    Change::AnotherId,
    Change::LoseId,
    Change::Remove,
    Change::TakeBack,
    Change::Revert,
    Change::MoveAll,
    Change::MergeOldBranch,
    Change::Postpone,
    Change::Label,
    Change::Copy,
    Change::CopyAndRemove,
    Change::Repeat,
    Change::EditAllAndRename,
    Change::Draft,
];

impl Folder {
    /// Changes the folder, and commits it. Now and then several merges come at once, or as
    /// one commit.
    pub(crate) fn merge(&mut self, draws: &mut Draws) -> Vec<Change> {
        let mut changes = Vec::new();
        let most = match draws.chance(6) {
            true => 9,
            false => 4,
        };
        for _ in 0..=draws.below(most) {
            let change = match self.files.len() {
                0..2 => Change::Add,
                _ => CHANGES[draws.below(CHANGES.len())],
            };
            self.change(change, draws);
            changes.push(change);
        }
        self.commits.push(self.files.clone());
        changes
    }

    pub(crate) fn shown(&self) -> String {
        let files = self.files.iter();
        files
            .map(|(name, file)| {
                let id = file.id.as_deref().unwrap_or("-");
                let repeats = file.repeats.as_deref().unwrap_or("-");
                format!(
                    "  {name} id {id} repeats {repeats} at {}: {}\n",
                    file.schedule,
                    file.words.join(" ")
                )
            })
            .collect()
    }

    fn new_words(&mut self) -> Vec<String> {
        self.texts += 1;
        let text = self.texts;
        (0..8).map(|word| format!("w{text}x{word}")).collect()
    }

    fn new_file(&mut self, draws: &mut Draws) -> File {
        let schedule = match draws.below(4) {
            0 => format!("2026-09-{:02}T09:00:00Z", 1 + draws.below(28)),
            _ => "on-merge".to_owned(),
        };
        let words = self.new_words();
        let id = draws.chance(4).then(|| format!("id-{}", self.texts));
        File {
            id,
            schedule,
            repeats: None,
            words,
        }
    }

    fn pick(&self, draws: &mut Draws) -> String {
        let names: Vec<&String> = self.files.keys().collect();
        names[draws.below(names.len())].clone()
    }

    /// A name, often one that is or was in use.
    fn name(&mut self, draws: &mut Draws) -> String {
        let place = ["", "archive/", "2026/"][draws.below(3)];
        format!("{place}day-{}", draws.below(6))
    }

    fn edit(file: &mut File, count: usize, draws: &mut Draws) {
        for _ in 0..count {
            let at = draws.below(file.words.len());
            file.words[at] = format!("e{}", draws.below(1_000_000));
        }
    }

    #[expect(clippy::too_many_lines, reason = "one list")]
    fn change(&mut self, change: Change, draws: &mut Draws) {
        let name = match self.files.is_empty() {
            true => String::new(),
            false => self.pick(draws),
        };
        match change {
            Change::Add => {
                let name = self.name(draws);
                let file = self.new_file(draws);
                self.files.entry(name).or_insert(file);
            }
            Change::Edit => Self::edit(self.files.get_mut(&name).unwrap(), 1, draws),
            Change::EditALot => Self::edit(self.files.get_mut(&name).unwrap(), 4, draws),
            Change::Rewrite => {
                let words = self.new_words();
                self.files.get_mut(&name).unwrap().words = words;
            }
            Change::Rename | Change::RenameAndEdit => {
                let new = self.name(draws);
                let mut file = self.files.remove(&name).unwrap();
                if matches!(change, Change::RenameAndEdit) {
                    Self::edit(&mut file, 1 + draws.below(3), draws);
                }
                self.files.insert(new, file);
            }
            Change::Swap => {
                let other = self.pick(draws);
                let (one, two) = (self.files[&name].clone(), self.files[&other].clone());
                self.files.insert(name, two);
                self.files.insert(other, one);
            }
            Change::Insert => self.insert(draws),
            Change::ArchiveAndReuse => {
                let mut archived = self.files[&name].clone();
                if draws.chance(3) {
                    Self::edit(&mut archived, 1, draws);
                }
                let new = self.new_file(draws);
                self.files
                    .insert(format!("archive/old-{}", self.texts), archived);
                self.files.insert(name, new);
            }
            Change::GainId | Change::AnotherId => {
                let id = match draws.below(3) {
                    0 => name.clone(),
                    _ => format!("id-{}", draws.below(8)),
                };
                self.files.get_mut(&name).unwrap().id = Some(id);
            }
            Change::LoseId => self.files.get_mut(&name).unwrap().id = None,
            Change::Remove => {
                self.files.remove(&name);
            }
            Change::TakeBack => {
                let before = self.earlier(draws);
                let gone = before
                    .into_iter()
                    .find(|(name, _)| !self.files.contains_key(name));
                self.files.extend(gone);
            }
            Change::Revert => self.files = self.earlier(draws),
            Change::MoveAll => {
                let moved = std::mem::take(&mut self.files).into_iter();
                self.files = moved
                    .map(|(name, file)| match name.strip_prefix("moved/") {
                        Some(back) => (back.to_owned(), file),
                        None => (format!("moved/{name}"), file),
                    })
                    .collect();
            }
            Change::MergeOldBranch => {
                for (name, file) in self.earlier(draws) {
                    self.files.entry(name).or_insert(file);
                }
            }
            Change::Postpone => {
                let day = 1 + draws.below(28);
                let file = self.files.get_mut(&name).unwrap();
                file.schedule = format!("2026-10-{day:02}T09:00:00Z");
            }
            Change::Label => {
                let file = self.files.get_mut(&name).unwrap();
                if !file.schedule.contains("labels") {
                    file.schedule.push_str("\nlabels: [x]");
                }
            }
            // A new file with another `id` takes the place of the old one.
            Change::CopyAndRemove => {
                let mut copy = self.files.remove(&name).unwrap();
                copy.id = Some(format!("id-{}", 8 + draws.below(4)));
                if draws.chance(2) {
                    Self::edit(&mut copy, 1, draws);
                }
                let new = self.name(draws);
                self.files.insert(new, copy);
            }
            Change::Repeat => {
                let mut repeat = self.files[&name].clone();
                repeat.repeats = Some(repeat.id.take().unwrap_or_else(|| name.clone()));
                let new = self.name(draws);
                self.files.entry(new).or_insert(repeat);
            }
            // Each file of a series gets the name of the next one, and a word is corrected in
            // some.
            Change::EditAllAndRename => {
                self.insert(draws);
                for file in self.files.values_mut() {
                    if draws.chance(3) {
                        Self::edit(file, 1, draws);
                    }
                }
            }
            Change::Draft => {
                let file = self.files.get_mut(&name).unwrap();
                file.schedule = match file.schedule.contains("draft") {
                    true => "on-merge".to_owned(),
                    false => "on-merge\ndraft: true".to_owned(),
                };
            }
            Change::Copy => {
                let new = self.name(draws);
                let mut copy = self.files[&name].clone();
                if draws.chance(2) {
                    Self::edit(&mut copy, 1, draws);
                }
                self.files.entry(new).or_insert(copy);
            }
        }
    }

    /// A new file in the middle of a series: those behind it move up by one.
    fn insert(&mut self, draws: &mut Draws) {
        let from = draws.below(5);
        for number in (from..6).rev() {
            if let Some(file) = self.files.remove(&format!("day-{number}")) {
                self.files.insert(format!("day-{}", number + 1), file);
            }
        }
        let file = self.new_file(draws);
        self.files.insert(format!("day-{from}"), file);
    }

    fn earlier(&self, draws: &mut Draws) -> Files {
        match self.commits.len() {
            0 => self.files.clone(),
            count => self.commits[draws.below(count)].clone(),
        }
    }
}
