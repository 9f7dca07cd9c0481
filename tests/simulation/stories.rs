//! The lives a post can have in a team's repository.
//!
//! Each story merges files at some times and says what readers must have seen in the end.

use chrono::TimeDelta;
use mergecast::model::Instant;

use crate::campaign::{Campaign, Event, Expected, Numbers, start};
use crate::outside::{MEMBER, PAGE};
use crate::truth::Marker;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Story {
    Plain,
    OnMerge,
    OneImage,
    ThreeImages,
    EditedBefore,
    EditedAfter,
    EditedTwice,
    Postponed,
    PostponedAfter,
    RenamedBefore,
    RenamedAfter,
    RenamedWithEdit,
    RenamedWithId,
    RenamedTwice,
    RenamedAndBack,
    RemovedBefore,
    RemovedAfter,
    BroughtBack,
    DraftForEver,
    DraftThenScheduled,
    WrongThenRight,
    ImageChangedAfter,
    AuthorChangedAfter,
    Copied,
    LookAlike,
}

pub(crate) const STORIES: &[Story] = &[
    Story::Plain,
    Story::OnMerge,
    Story::OneImage,
    Story::ThreeImages,
    Story::EditedBefore,
    Story::EditedAfter,
    Story::EditedTwice,
    Story::Postponed,
    Story::PostponedAfter,
    Story::RenamedBefore,
    Story::RenamedAfter,
    Story::RenamedWithEdit,
    Story::RenamedWithId,
    Story::RenamedTwice,
    Story::RenamedAndBack,
    Story::RemovedBefore,
    Story::RemovedAfter,
    Story::BroughtBack,
    Story::DraftForEver,
    Story::DraftThenScheduled,
    Story::WrongThenRight,
    Story::ImageChangedAfter,
    Story::AuthorChangedAfter,
    Story::Copied,
    Story::LookAlike,
];

/// When a document says it is to go out.
#[derive(Clone, Copy, Debug)]
pub(crate) enum When {
    Never,
    OnMerge,
    At(Instant),
}

/// A document as an author has it in mind.
#[derive(Clone, Debug)]
pub(crate) struct Document {
    pub(crate) marker: Marker,
    pub(crate) name: String,
    pub(crate) id: Option<String>,
    pub(crate) author: &'static str,
    pub(crate) when: When,
    pub(crate) images: usize,
    pub(crate) text: String,
    pub(crate) extra: &'static str,
}

/// Words that no two markers share, and signs that LinkedIn reserves.
pub(crate) fn prose(marker: Marker, numbers: &mut Numbers) -> String {
    let word = |numbers: &mut Numbers| {
        let letter = |numbers: &mut Numbers, of: &[u8]| {
            char::from(of[usize::try_from(numbers.below(of.len() as u64)).unwrap()])
        };
        let syllables = (0..3).map(|_| {
            let consonant = letter(numbers, b"bdfgklmnprstvz");
            format!("{consonant}{}", letter(numbers, b"aeiou"))
        });
        syllables.collect::<String>()
    };
    let mut words = |count: usize| {
        let words: Vec<String> = (0..count).map(|_| word(numbers)).collect();
        words.join(" ")
    };
    format!(
        "marker{marker} {} ({}) and {}_{}, 50 % | more.\n\n{} [{}] {{{}}}: {} @ {}.\n\nGrüße 🎉 {}",
        words(5),
        words(1),
        words(1),
        words(1),
        words(4),
        words(1),
        words(1),
        words(3),
        words(1),
        words(3),
    )
}

/// An image LinkedIn takes: a PNG of 64 by 64 pixels, other bytes for every number.
pub(crate) fn image(number: u32) -> Vec<u8> {
    let mut bytes = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x40\0\0\0\x40\x08\x02\0\0\0".to_vec();
    bytes.extend(number.to_be_bytes());
    bytes.extend(b"\0\0\0\0IEND\xaeB`\x82");
    bytes
}

/// Every third pair of stories has first comments.
pub(crate) fn has_comment(marker: Marker) -> bool {
    (marker / 2).is_multiple_of(3)
}

impl Document {
    fn path(&self) -> String {
        format!("posts/{}.md", self.name)
    }

    fn bytes(&self) -> Vec<u8> {
        let mut lines = vec!["---".to_owned(), format!("author: {}", self.author)];
        lines.extend(self.id.iter().map(|id| format!("id: {id}")));
        match self.when {
            When::Never => {}
            When::OnMerge => lines.push("scheduled_at: on-merge".to_owned()),
            When::At(time) => lines.push(format!("scheduled_at: {}", time.to_rfc3339())),
        }
        if self.images > 0 {
            lines.push("media:".to_owned());
        }
        for number in 0..self.images {
            let file = image_path(self.marker, number);
            lines.push(format!(
                "  - {{ path: /{file}, alt: \"picture {number}\" }}"
            ));
        }
        if has_comment(self.marker) {
            lines.push(format!(
                "first_comment: \"marker{} is commented (#1)\"",
                self.marker
            ));
        }
        if !self.extra.is_empty() {
            lines.push(self.extra.to_owned());
        }
        format!("{}\n---\n{}\n", lines.join("\n"), self.text).into_bytes()
    }

    pub(crate) fn put(&self) -> (String, Option<Vec<u8>>) {
        (self.path(), Some(self.bytes()))
    }

    pub(crate) fn gone(&self) -> (String, Option<Vec<u8>>) {
        (self.path(), None)
    }

    pub(crate) fn renamed(&self, name: &str) -> Self {
        let mut other = self.clone();
        name.clone_into(&mut other.name);
        other
    }
}

pub(crate) fn image_path(marker: Marker, number: usize) -> String {
    format!("posts/images/{marker}-{number}.png")
}

/// Adds one story to the campaign.
#[allow(
    clippy::too_many_lines,
    reason = "one arm a story; they read best side by side"
)]
pub(crate) fn tell(
    campaign: &mut Campaign,
    numbers: &mut Numbers,
    marker: Marker,
    story: Story,
    added: Instant,
) {
    // Whole minutes, as people write them; never within the hours of the pause.
    let mut due = added + numbers.hours(30, 120);
    due = due - TimeDelta::seconds(due.timestamp().rem_euclid(60));
    let before = due - numbers.hours(8, 25);
    let after = due + numbers.hours(26, 60);
    let later = after + numbers.hours(20, 40);
    let page = numbers.below(2) == 0;
    let (author, urn) = if page {
        ("acme", PAGE)
    } else {
        ("jane", MEMBER)
    };
    let mut first = Document {
        marker,
        name: format!("2026/story-{marker}"),
        id: None,
        author,
        when: When::At(due),
        images: 0,
        text: prose(marker, numbers),
        extra: "",
    };
    let mut edited = first.clone();
    edited.text = format!("{}\n\nCorrected since: {}", first.text, numbers.below(1000));
    let mut expected = Expected {
        story,
        author: urn,
        created: 1,
        live: Some(true),
        text: first.text.clone(),
        images: 0,
        due,
    };
    let mut merge = |time: Instant, files: Vec<(String, Option<Vec<u8>>)>| {
        campaign.at(time, Event::Merge(files));
    };
    let new_name = format!("2026/renamed-{marker}");
    match story {
        Story::Plain => merge(added, vec![first.put()]),
        Story::OnMerge => {
            first.when = When::OnMerge;
            expected.due = added;
            merge(added, vec![first.put()]);
        }
        Story::OneImage | Story::ThreeImages | Story::ImageChangedAfter => {
            first.images = if story == Story::ThreeImages { 3 } else { 1 };
            expected.images = first.images;
            let picture = |number: usize, salt: u32| {
                let bytes = image(marker * 100 + u32::try_from(number).unwrap() + salt);
                (image_path(marker, number), Some(bytes))
            };
            let mut files = vec![first.put()];
            files.extend((0..first.images).map(|number| picture(number, 0)));
            merge(added, files);
            if story == Story::ImageChangedAfter {
                merge(after, vec![picture(0, 50)]);
            }
        }
        Story::EditedBefore => {
            merge(added, vec![first.put()]);
            merge(before, vec![edited.put()]);
            expected.text = edited.text;
        }
        Story::EditedAfter => {
            merge(added, vec![first.put()]);
            merge(after, vec![edited.put()]);
            expected.text = edited.text;
        }
        Story::EditedTwice => {
            merge(added, vec![first.put()]);
            merge(after, vec![edited.put()]);
            edited.text.push_str(", and once more");
            merge(later, vec![edited.put()]);
            expected.text = edited.text;
        }
        Story::Postponed => {
            merge(added, vec![first.put()]);
            expected.due = due + TimeDelta::days(3);
            first.when = When::At(expected.due);
            merge(before, vec![first.put()]);
        }
        Story::PostponedAfter => {
            merge(added, vec![first.put()]);
            first.when = When::At(due + TimeDelta::days(5));
            merge(after, vec![first.put()]);
        }
        Story::RenamedBefore => {
            merge(added, vec![first.put()]);
            merge(before, vec![first.gone(), first.renamed(&new_name).put()]);
        }
        Story::RenamedAfter => {
            merge(added, vec![first.put()]);
            merge(after, vec![first.gone(), first.renamed(&new_name).put()]);
        }
        Story::RenamedWithEdit => {
            merge(added, vec![first.put()]);
            merge(after, vec![first.gone(), edited.renamed(&new_name).put()]);
            expected.text = edited.text;
        }
        Story::RenamedWithId => {
            first.id = Some(format!("story-{marker}"));
            merge(added, vec![first.put()]);
            merge(after, vec![first.gone(), first.renamed(&new_name).put()]);
        }
        Story::RenamedTwice => {
            let second = edited.renamed(&new_name);
            merge(added, vec![first.put()]);
            merge(after, vec![first.gone(), second.put()]);
            merge(later, vec![second.gone(), second.renamed("last").put()]);
            // The name is another post's next time.
            merge(
                later + TimeDelta::hours(9),
                vec![
                    second.renamed("last").gone(),
                    second.renamed(&format!("2026/last-{marker}")).put(),
                ],
            );
            expected.text = edited.text;
        }
        Story::RenamedAndBack => {
            let second = edited.renamed(&new_name);
            merge(added, vec![first.put()]);
            merge(after, vec![first.gone(), first.renamed(&new_name).put()]);
            merge(later, vec![second.gone(), edited.put()]);
            expected.text = edited.text;
        }
        Story::RemovedBefore => {
            merge(added, vec![first.put()]);
            merge(before, vec![first.gone()]);
            expected.created = 0;
        }
        Story::RemovedAfter => {
            merge(added, vec![first.put()]);
            merge(after, vec![first.gone()]);
            // Pruning is on in the last month, and takes what was removed before.
            expected.live = Some(false);
        }
        Story::BroughtBack => {
            merge(added, vec![first.put()]);
            merge(after, vec![first.gone()]);
            merge(later, vec![first.put()]);
            // When pruning was on it was deleted, unless another document had errors all
            // the while: that might have been its renamed file. A file that comes back
            // publishes nothing anew.
            expected.live = (later < start() + TimeDelta::days(60)).then_some(true);
        }
        Story::DraftForEver => {
            first.when = When::Never;
            merge(added, vec![first.put()]);
            expected.created = 0;
        }
        Story::DraftThenScheduled => {
            first.when = When::Never;
            merge(added, vec![first.put()]);
            first.when = When::At(due);
            merge(before, vec![first.put()]);
        }
        Story::WrongThenRight => {
            first.extra = "visiblity: public";
            merge(added, vec![first.put()]);
            first.extra = "";
            merge(before, vec![first.put()]);
        }
        Story::AuthorChangedAfter => {
            merge(added, vec![first.put()]);
            first.author = if page { "jane" } else { "acme" };
            merge(after, vec![first.put()]);
        }
        Story::Copied => {
            merge(added, vec![first.put()]);
            let mut copy = first.renamed(&new_name);
            copy.when = When::At(later);
            merge(after, vec![copy.put()]);
        }
        Story::LookAlike => {
            first.when = When::OnMerge;
            expected.due = added;
            // Another post with almost the same words, a draft at first.
            let other = marker + 1;
            let mut second = first.renamed(&new_name);
            second.marker = other;
            second.text = first
                .text
                .replace(&format!("marker{marker} "), &format!("marker{other} "));
            second.when = When::Never;
            merge(added, vec![first.put(), second.put()]);
            second.when = When::OnMerge;
            merge(after, vec![first.gone(), second.put()]);
            let mut its = expected.clone();
            its.text = second.text;
            its.due = after;
            campaign.expected.insert(other, its);
            expected.live = Some(false);
        }
    }
    campaign.expected.insert(marker, expected);
}
