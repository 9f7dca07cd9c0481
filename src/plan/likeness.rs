//! How alike two texts are.
//!
//! Owns the two comparisons that identity is made of: equal texts, and the share of words
//! that two texts have in common. Must not decide what follows from either.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use unicode_normalization::UnicodeNormalization as _;
use unicode_segmentation::UnicodeSegmentation as _;

/// Two texts that share this much may be one post whose file was renamed and edited.
pub(super) const RECOGNISABLE: f32 = 0.6;
/// A text that shares less than this with a live post does not replace it.
pub(super) const HALF: f32 = 0.5;
/// A text that shares this much with a live post is nearly a copy of it.
pub(super) const NEARLY_EQUAL: f32 = 0.9;

/// The form in which texts are compared: Unicode NFC, each run of white space as one space,
/// none at the ends.
pub(super) fn folded(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !folded.is_empty() {
            folded.push(' ');
        }
        folded.extend(word.nfc());
    }
    folded
}

/// Whether two texts are equal but for white space and Unicode composition. Empty texts
/// are equal to nothing: two posts that only show a picture are not one post.
pub(crate) fn equal(one: &str, other: &str) -> bool {
    let folded_one = folded(one);
    !folded_one.is_empty() && folded_one == folded(other)
}

/// The words of a text as a set: each is a hash of the word and of how often it came
/// before, so that a repeated word counts as often as it is repeated. Sorted.
///
/// A hash has 32 bits, since a watcher keeps the words of each recorded post. A collision
/// makes two texts alike by one word more.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Words(Box<[u32]>);

impl Words {
    /// The words of `text` by UAX #29. White space, signs and URLs are left out: they are the
    /// same in many posts of one author.
    pub(super) fn of(text: &str) -> Self {
        let mut words: Vec<u32> = Vec::new();
        for chunk in text.split_whitespace() {
            let normalized: String = before_url(chunk).nfc().collect();
            words.extend(normalized.unicode_words().map(|word| hash(word, 0)));
        }
        words.sort_unstable();
        let mut again = 0;
        let mut before = None;
        for word in &mut words {
            again = if before == Some(*word) { again + 1 } else { 0 };
            before = Some(*word);
            if again > 0 {
                *word = hash(&word.to_string(), again);
            }
        }
        words.sort_unstable();
        Self(words.into())
    }

    /// From 0 to 1: twice the words in common, divided by all words of both.
    pub(super) fn likeness(&self, other: &Self) -> f32 {
        let all = self.0.len() + other.0.len();
        if all == 0 {
            return 0.0;
        }
        ratio(self.common(other, 0), all)
    }

    /// Whether the likeness is at least `least`. Texts of too different lengths are told
    /// apart without a look at their words, and the others as soon as too few are left.
    pub(super) fn are_alike(&self, other: &Self, least: f32) -> bool {
        let all = self.0.len() + other.0.len();
        let most = 2 * self.0.len().min(other.0.len());
        if all == 0 || ratio(most / 2, all) < least {
            return false;
        }
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            clippy::cast_precision_loss,
            reason = "a count of words, at most some ten thousands"
        )]
        let needed = (least * all as f32 / 2.0).floor() as usize;
        ratio(self.common(other, needed), all) >= least
    }

    /// How many words both have; any number below `needed` once that many cannot be found.
    fn common(&self, other: &Self, needed: usize) -> usize {
        let (one, other) = (&self.0, &other.0);
        let (mut i, mut j, mut found) = (0, 0, 0);
        while i < one.len() && j < other.len() {
            if found + (one.len() - i).min(other.len() - j) < needed {
                return 0;
            }
            match one[i].cmp(&other[j]) {
                std::cmp::Ordering::Less => i += 1,
                std::cmp::Ordering::Greater => j += 1,
                std::cmp::Ordering::Equal => {
                    (i, j, found) = (i + 1, j + 1, found + 1);
                }
            }
        }
        found
    }
}

/// How alike two texts are, from 0 to 1.
#[cfg(test)]
pub(super) fn likeness(one: &str, other: &str) -> f32 {
    if equal(one, other) {
        return 1.0;
    }
    Words::of(one).likeness(&Words::of(other))
}

/// The share of `all` words that `common` words of each text are.
#[allow(clippy::cast_precision_loss, reason = "counts of words are small")]
fn ratio(common: usize, all: usize) -> f32 {
    2.0 * common as f32 / all as f32
}

fn hash(word: &str, again: u32) -> u32 {
    let mut hasher = DefaultHasher::new();
    (word, again).hash(&mut hasher);
    #[allow(
        clippy::cast_possible_truncation,
        reason = "half of the hash is enough"
    )]
    {
        hasher.finish() as u32
    }
}

/// What stands in front of a URL in a run of signs without white space.
fn before_url(chunk: &str) -> &str {
    let starts = ["http://", "https://", "www."];
    let found = starts.iter().filter_map(|start| chunk.find(start)).min();
    &chunk[..found.unwrap_or(chunk.len())]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_equal_but_for_white_space_and_composition() {
        assert!(equal("Grüße  an\nalle ", "Gru\u{308}ße an\u{a0}alle"));
        assert!(!equal("Hello", "hello"));
        assert!(!equal(" ", "\u{a0}"), "nothing is equal to nothing");
    }

    #[test]
    fn likeness_is_the_share_of_common_words() {
        for (one, other, expected) in [
            ("one two three four", "four three two one", 1.0),
            ("one two three four", "one two five six", 0.5),
            ("one one one two", "one two", 2.0 * 2.0 / 6.0),
            ("one two", "three four", 0.0),
            ("", "", 0.0),
            (
                "see https://a.example/x now",
                "see https://b.example/y now",
                1.0,
            ),
            ("see (www.a.example)", "see (www.b.example)", 1.0),
            ("Look", "Look (again)!", 2.0 / 3.0),
        ] {
            let found = Words::of(one).likeness(&Words::of(other));
            assert!((found - expected).abs() < 1e-6, "{one} / {other}: {found}");
        }
        assert!((likeness("https://a.example", "https://a.example") - 1.0).abs() < 1e-6);
    }

    #[test]
    fn the_fast_answer_is_the_answer() {
        let texts: Vec<String> = (0..40_u32)
            .map(|n| {
                let word = |k: u32| format!("w{}", (n * k) % (7 + n));
                (1..=5 + n % 9).map(word).collect::<Vec<_>>().join(" ")
            })
            .collect();
        for one in &texts {
            for other in &texts {
                let (one, other) = (Words::of(one), Words::of(other));
                for least in [HALF, RECOGNISABLE, NEARLY_EQUAL] {
                    let slow = one.likeness(&other) >= least;
                    assert_eq!(one.are_alike(&other, least), slow);
                }
            }
        }
    }
}
