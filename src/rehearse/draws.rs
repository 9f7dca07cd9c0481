//! Lots that come again with the same seed.
//!
//! Owns how a number is drawn for a named thing: by its name and number, never by the order
//! of asking, so that one more post does not change the weather of all others. Must not
//! know what is drawn.

/// What lots are drawn with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Draws {
    pub(super) seed: u64,
}

/// The lots of one thing, one after the other.
#[derive(Clone, Debug)]
pub(super) struct Lots(u64);

impl Draws {
    /// The lots of the thing with this name and number.
    pub(super) fn of(self, name: &str, number: i64) -> Lots {
        // FNV-1a over the name; the mixing below makes up for its weakness.
        let named = name.bytes().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        });
        Lots(mix(self.seed ^ mix(named ^ mix(number.cast_unsigned()))))
    }
}

impl Lots {
    /// A number from `least` to `most`, both included.
    pub(super) fn between(&mut self, least: i64, most: i64) -> i64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let span = most.abs_diff(least).saturating_add(1);
        let drawn = mix(self.0) % span;
        least.saturating_add_unsigned(drawn)
    }

    /// True in `percent` of all cases.
    pub(super) fn chance(&mut self, percent: i64) -> bool {
        self.between(1, 100) <= percent
    }
}

/// The finalizer of `SplitMix64` (Steele, Lea, Flood 2014).
fn mix(value: u64) -> u64 {
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lot_depends_on_seed_name_and_number_and_on_nothing_else() {
        let draw = |seed, name, number| Draws { seed }.of(name, number).between(0, i64::MAX);
        assert_eq!(draw(1, "run", 7), draw(1, "run", 7));
        let others = [draw(2, "run", 7), draw(1, "day", 7), draw(1, "run", 8)];
        assert!(others.iter().all(|other| *other != draw(1, "run", 7)));
    }

    #[test]
    fn chances_come_about_as_often_as_they_say() {
        let draws = Draws { seed: 1 };
        let met = (0..10_000).filter(|n| draws.of("x", *n).chance(20));
        assert!((1800..2200).contains(&met.count()));
        assert!(!(0..100).any(|n| draws.of("x", n).chance(0)));
        assert!((0..100).all(|n| draws.of("x", n).chance(100)));
    }

    #[test]
    fn both_ends_of_a_range_are_drawn_and_nothing_outside() {
        let draws = Draws { seed: 3 };
        let drawn: std::collections::BTreeSet<i64> =
            (0..200).map(|n| draws.of("x", n).between(-1, 2)).collect();
        assert_eq!(drawn.into_iter().collect::<Vec<_>>(), [-1, 0, 1, 2]);
    }
}
