//! New ids, plausible and never the same twice.
//!
//! Owns how ids are made from the time and a counter. Must not use randomness: two
//! sandboxes fed the same requests give the same answers.

use serde::{Deserialize, Serialize};

use crate::model::Instant;

/// A counter that becomes ids.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Mint(u64);

/// Bits below the milliseconds in the id of a post.
const LOW_BITS: u32 = 22;

impl Mint {
    /// The number of a post: Unix milliseconds above 22 other bits, as LinkedIn's are.
    /// Unique for four million posts in one millisecond.
    pub(super) fn post_number(&mut self, now: Instant) -> u64 {
        let milliseconds = u64::try_from(now.timestamp_millis()).unwrap_or(0);
        // An odd factor permutes the low bits, so they look random and never repeat.
        let low = self.next().wrapping_mul(0x9_E37F) & ((1 << LOW_BITS) - 1);
        (milliseconds << LOW_BITS) | low
    }

    /// The id of a media file: a prefix and fourteen characters.
    pub(super) fn media_id(&mut self, prefix: &str) -> String {
        const ALPHABET: &[u8; 64] =
            b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let counter = self.next();
        let mut bits = u128::from(mix(counter)) << 20 | u128::from(counter & 0xF_FFFF);
        let mut id = prefix.to_owned();
        for _ in 0..14 {
            let letter = ALPHABET.get((bits & 63) as usize).copied();
            id.push(char::from(letter.unwrap_or(b'A')));
            bits >>= 6;
        }
        id
    }

    /// A trace id in the form of a UUID.
    pub(super) fn trace(&mut self) -> String {
        let (high, low) = (mix(self.next()), mix(self.0 ^ u64::MAX));
        format!(
            "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
            high >> 32,
            high >> 16 & 0xFFFF,
            high & 0xFFFF,
            low >> 48,
            low & 0xFFFF_FFFF_FFFF
        )
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(1);
        self.0
    }
}

/// The finalizer of `SplitMix64`.
fn mix(value: u64) -> u64 {
    let mut z = value.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn post_numbers_are_unique_and_tell_their_time() {
        let now: Instant = "2026-09-03T08:00:00.123Z".parse().unwrap();
        let mut mint = Mint::default();
        let numbers: BTreeSet<u64> = (0..5000).map(|_| mint.post_number(now)).collect();
        assert_eq!(numbers.len(), 5000);
        for number in numbers {
            assert_eq!((number >> 22) as i64, now.timestamp_millis());
            assert_eq!(number.to_string().len(), 19);
        }
    }

    #[test]
    fn media_ids_differ_and_repeat_from_the_same_start() {
        let ids = |mut mint: Mint| -> Vec<String> {
            (0..1000).map(|_| mint.media_id("C4E22AQ")).collect()
        };
        let first = ids(Mint::default());
        assert_eq!(first.iter().collect::<BTreeSet<_>>().len(), 1000);
        assert_eq!(first, ids(Mint::default()));
    }
}
