//! The flow of visible text: runs, line breaks, blank lines, indentation.
//!
//! Owns white space: never more than one blank line, none at the ends. Must not know
//! Markdown.

use crate::content::hashtags;
use crate::content::markdown::TextMap;
use crate::model::commentary::{Commentary, Segment};
use crate::model::utf16::utf16_len;

/// Text under construction.
#[derive(Default)]
pub(super) struct Flow {
    segments: Vec<Segment>,
    map: Vec<(u32, u32)>,
    utf16: u32,
    /// Newlines owed before the next word: 1 ends a line, 2 leaves a blank one.
    owed: u8,
    /// Written at the start of every further line of the block.
    prefixes: Vec<String>,
    /// Written once, after the prefixes, before the next word.
    marker: Option<String>,
    last: Option<char>,
}

impl Flow {
    /// Ends the line.
    pub(super) fn line(&mut self) {
        self.owed = self.owed.max(1);
    }

    /// Leaves a blank line.
    pub(super) fn gap(&mut self) {
        self.owed = 2;
    }

    /// Lines from now on begin with `prefix`.
    pub(super) fn indent(&mut self, prefix: &str) {
        self.prefixes.push(prefix.to_owned());
    }

    /// Ends the innermost [`Self::indent`].
    pub(super) fn dedent(&mut self) {
        self.prefixes.pop();
        self.marker = None;
    }

    /// The next word is preceded by `marker` instead of the innermost prefix.
    pub(super) fn mark(&mut self, marker: String) {
        self.marker = Some(marker);
    }

    /// Writes words in which hashtags are alive.
    pub(super) fn words(&mut self, text: &str, source: usize) {
        self.write(text, source, true);
    }

    /// Writes words as they are.
    pub(super) fn verbatim(&mut self, text: &str, source: usize) {
        self.write(text, source, false);
    }

    fn write(&mut self, text: &str, source: usize, alive: bool) {
        for (index, line) in text.split('\n').enumerate() {
            if index > 0 {
                self.push_text("\n", source);
                if !line.is_empty() {
                    let prefix = self.prefixes.concat();
                    self.push_text(&prefix, source);
                }
            }
            if line.is_empty() {
                continue;
            }
            self.begin(source);
            let segments = match alive {
                true => hashtags::split(line, self.last),
                false => vec![Segment::Text(line.to_owned())],
            };
            for segment in segments {
                self.push(segment, source);
            }
        }
    }

    /// Writes a mention.
    pub(super) fn mention(&mut self, mention: Segment, source: usize) {
        self.begin(source);
        self.push(mention, source);
    }

    /// Takes back the last character, when it is `character`.
    pub(super) fn take_back(&mut self, character: char) -> bool {
        let Some(Segment::Text(text)) = self.segments.last_mut() else {
            return false;
        };
        if !text.ends_with(character) {
            return false;
        }
        text.pop();
        self.utf16 -= 1;
        self.last = text.chars().next_back();
        true
    }

    /// The last character written, if any.
    pub(super) fn last(&self) -> Option<char> {
        self.last
    }

    /// Writes what is owed before a word.
    fn begin(&mut self, source: usize) {
        let owed = std::mem::take(&mut self.owed);
        let first = self.segments.is_empty();
        let marker = self.marker.take();
        if first || owed > 0 {
            let newlines = if first { 0 } else { usize::from(owed) };
            let mut lead = "\n".repeat(newlines);
            let plain =
                self.prefixes.len() - usize::from(marker.is_some()).min(self.prefixes.len());
            lead.push_str(&self.prefixes[..plain].concat());
            match marker {
                Some(marker) => lead.push_str(&marker),
                None => lead.push_str(&self.prefixes[plain..].concat()),
            }
            self.push_text(&lead, source);
        }
    }

    fn push_text(&mut self, text: &str, source: usize) {
        if !text.is_empty() {
            self.push(Segment::Text(text.to_owned()), source);
        }
    }

    fn push(&mut self, segment: Segment, source: usize) {
        let (sign, text) = match &segment {
            Segment::Text(text) => (0, text),
            Segment::Hashtag(word) => (1, word),
            Segment::Mention { name, .. } => (0, name),
        };
        self.map
            .push((self.utf16, u32::try_from(source).unwrap_or(u32::MAX)));
        self.utf16 += u32::try_from(sign + utf16_len(text)).unwrap_or(u32::MAX);
        self.last = text.chars().next_back().or(self.last);
        match (self.segments.last_mut(), segment) {
            (Some(Segment::Text(last)), Segment::Text(text)) => last.push_str(&text),
            (_, segment) => self.segments.push(segment),
        }
    }

    /// The finished text, without white space at its end.
    pub(super) fn finish(mut self) -> (Commentary, TextMap) {
        while let Some(Segment::Text(text)) = self.segments.last_mut() {
            text.truncate(text.trim_end().len());
            if text.is_empty() {
                self.segments.pop();
            } else {
                break;
            }
        }
        (Commentary::from_segments(self.segments), TextMap(self.map))
    }
}
