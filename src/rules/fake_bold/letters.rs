//! Which characters are letters in costume, and which letter each one is.
//!
//! Owns the mapping (Unicode charts 1D400, 2100, 2460, 1F100, FF00, 1D00). Must not
//! decide how many of them are too many.

/// The costume.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Style {
    /// Mathematical bold, italic, script, double-struck, monospace.
    Mathematical,
    /// In a circle, a square or parentheses.
    Enclosed,
    /// As wide as an ideograph.
    Wide,
    /// Phonetic small capitals.
    SmallCapital,
}

/// The letter or digit `character` is dressed up from, and its costume.
pub(super) fn undress(character: char) -> Option<(char, Style)> {
    if character.is_ascii() {
        return None;
    }
    let at = u32::from(character);
    let (plain, style) = match at {
        0x1D400..=0x1D6A3 => (latin((at - 0x1D400) % 52), Style::Mathematical),
        0x1D6A8..=0x1D7C9 => (greek((at - 0x1D6A8) % 58), Style::Mathematical),
        0x1D7CE..=0x1D7FF => (from(0x30, (at - 0x1D7CE) % 10), Style::Mathematical),
        0x2102..=0x2134 => (letterlike(character)?, Style::Mathematical),
        0x249C..=0x24B5 => (from(0x61, at - 0x249C), Style::Enclosed),
        0x24B6..=0x24CF => (from(0x41, at - 0x24B6), Style::Enclosed),
        0x24D0..=0x24E9 => (from(0x61, at - 0x24D0), Style::Enclosed),
        0x1F110..=0x1F129 => (from(0x41, at - 0x1F110), Style::Enclosed),
        0x1F130..=0x1F149 => (from(0x41, at - 0x1F130), Style::Enclosed),
        0x1F150..=0x1F169 => (from(0x41, at - 0x1F150), Style::Enclosed),
        0x1F170..=0x1F189 => (from(0x41, at - 0x1F170), Style::Enclosed),
        0xFF21..=0xFF3A | 0xFF41..=0xFF5A => (from(0x21, at - 0xFF01), Style::Wide),
        0x0250..=0x02AF | 0x1D00..=0x1D2F | 0xA700..=0xA7FF => {
            (small_capital(character)?, Style::SmallCapital)
        }
        _ => return None,
    };
    Some((plain?, style))
}

fn from(first: u32, offset: u32) -> Option<char> {
    char::from_u32(first + offset)
}

fn latin(offset: u32) -> Option<char> {
    if offset < 26 {
        from(0x41, offset)
    } else {
        from(0x61, offset - 26)
    }
}

/// 25 capitals with ϴ at 17, nabla, 25 small letters, then six symbols.
fn greek(offset: u32) -> Option<char> {
    match offset {
        17 => Some('Θ'),
        0..=24 => from(0x391, offset),
        25 => Some('∇'),
        26..=50 => from(0x3B1, offset - 26),
        _ => ['∂', 'ε', 'θ', 'κ', 'φ', 'ρ', 'π']
            .get(usize::try_from(offset - 51).ok()?)
            .copied(),
    }
}

/// The letters that had a place before the mathematical block existed.
fn letterlike(character: char) -> Option<Option<char>> {
    const DRESSED: &str = "ℂℊℋℌℍℎℐℑℒℕℙℚℛℜℝℤℨℬℭℯℰℱℳℴ";
    const PLAIN: &str = "CgHHHhIILNPQRRRZZBCeEFMo";
    pair(character, DRESSED, PLAIN).map(Some)
}

fn small_capital(character: char) -> Option<Option<char>> {
    const DRESSED: &str = "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ";
    const PLAIN: &str = "abcdefghijklmnoprstuvwyz";
    pair(character, DRESSED, PLAIN).map(Some)
}

fn pair(character: char, dressed: &str, plain: &str) -> Option<char> {
    let at = dressed.chars().position(|c| c == character)?;
    plain.chars().nth(at)
}

/// Lines drawn through or under the character before (combining overlays).
pub(super) fn is_overlay(character: char) -> bool {
    matches!(character, '\u{332}' | '\u{333}' | '\u{335}'..='\u{338}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> String {
        text.chars()
            .map(|c| undress(c).map_or(c, |(plain, _)| plain))
            .collect()
    }

    #[test]
    fn every_costume_comes_off() {
        for (dressed, expected) in [
            ("𝐁𝐨𝐥𝐝 𝟐𝟎𝟐𝟔", "Bold 2026"),
            ("𝘐𝘵𝘢𝘭𝘪𝘤", "Italic"),
            ("𝗕𝗼𝗹𝗱 𝟮𝟬", "Bold 20"),
            ("𝓢𝓬𝓻𝓲𝓹𝓽 𝒮ℯℊ", "Script Seg"),
            ("𝔉𝔯𝔞𝔨 ℌ", "Frak H"),
            ("𝕯𝖔𝖚𝖇𝖑𝖊 ℝℕ", "Double RN"),
            ("𝙼𝚘𝚗𝚘 𝟷𝟿", "Mono 19"),
            ("𝛀𝛂𝛚 𝝥", "Ωαω Π"),
            ("ⓒⓘⓡⓒⓛⓔ ⒫⒜ 🅂🅀 🅽🅴🅶", "circle pa SQ NEG"),
            ("Ｗｉｄｅ", "Wide"),
            ("ꜱᴍᴀʟʟ", "small"),
            ("Grüße ①②③ ½ 🙂", "Grüße ①②③ ½ 🙂"),
        ] {
            assert_eq!(plain(dressed), expected);
        }
    }

    #[test]
    fn the_last_of_each_range_is_in_it() {
        assert_eq!(plain("𝚣𝖟𝟿"), "zz9");
        assert_eq!(plain("\u{1D6A8}\u{1D6C0}\u{1D6E1}\u{1D7C9}"), "ΑΩππ");
        assert_eq!(plain("\u{1D7CA}"), "\u{1D7CA}", "digamma stands alone");
    }
}
