//! Which characters readers and reviewers cannot see, and where they are legal.
//!
//! Owns the classes, names and legal neighbours (Unicode standard, chapters 9, 12 and 23;
//! UTS #51 for emoji). Must not know documents.

use crate::diagnostic::Severity;

/// One unwelcome character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Found {
    /// Byte offset in the text that was scanned.
    pub(super) at: usize,
    pub(super) character: char,
    pub(super) class: Class,
}

/// Why a character is unwelcome.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Class {
    /// Reorders the text around it: what is read differs from what is written.
    Direction,
    /// A direction mark in a text without a right-to-left letter.
    Mark,
    /// Zero width, soft hyphen, filler.
    ZeroWidth,
    /// A joiner outside emoji and the scripts that need it.
    Joiner,
    /// Hidden text (U+E0000–E007F), except in a flag.
    Tag,
    /// A second variation selector, or one after no ideograph: hidden bytes.
    Selector,
    /// Looks different, or like a box, on every device.
    Private,
    /// A control character.
    Control,
}

impl Class {
    pub(super) fn severity(self) -> Severity {
        match self {
            Class::Direction | Class::Tag | Class::Selector | Class::Private | Class::Control => {
                Severity::Error
            }
            Class::Mark | Class::ZeroWidth | Class::Joiner => Severity::Warning,
        }
    }

    pub(super) fn reason(self) -> &'static str {
        match self {
            Class::Direction => {
                "it reorders the text around it, so that readers and reviewers see different words"
            }
            Class::Mark => "it does nothing in a text without right-to-left letters",
            Class::ZeroWidth => {
                "it has no width: it splits words for search, hashtags and screen readers"
            }
            Class::Joiner => "it joins nothing here",
            Class::Tag => {
                "tag characters are hidden text; they are legal only in the flags of regions"
            }
            Class::Selector => "variation selectors that select nothing are hidden bytes",
            Class::Private => "it has no meaning of its own and is a box on most devices",
            Class::Control => "control characters are not text",
        }
    }

    /// What a Perl pattern needs to find the class, or `character` alone.
    pub(super) fn pattern(self, character: char) -> String {
        match self {
            Class::Tag => r"[\x{E0000}-\x{E007F}]".to_owned(),
            Class::Private => r"\p{Co}".to_owned(),
            Class::Control => r"[^\P{Cc}\t\n]".to_owned(),
            Class::Selector | Class::Direction | Class::Mark | Class::ZeroWidth | Class::Joiner => {
                format!(r"\x{{{:04X}}}", u32::from(character))
            }
        }
    }
}

/// Every unwelcome character of `text`, in order.
pub(super) fn scan(text: &str) -> Vec<Found> {
    // Most texts are harmless, and most bytes of the others: the rest is looked at closely.
    let harmless = |byte: &u8| matches!(byte, b' '..=b'~' | b'\n' | b'\t');
    let Some(first) = text.bytes().position(|byte| !harmless(&byte)) else {
        return Vec::new();
    };
    if !text[first..].chars().any(|c| class(c).is_some()) {
        return Vec::new();
    }
    let characters: Vec<(usize, char)> = text.char_indices().collect();
    let right_to_left = text.chars().any(is_right_to_left);
    let mut found = Vec::new();
    let mut index = 0;
    while let Some(&(at, character)) = characters.get(index) {
        if character == BLACK_FLAG {
            index += flag_tags(&characters, index + 1);
        } else if let Some(class) = class(character)
            && !is_legal(class, &characters, index, right_to_left)
        {
            found.push(Found {
                at,
                character,
                class,
            });
        }
        index += 1;
    }
    found
}

const BLACK_FLAG: char = '\u{1F3F4}';

/// UTS #51, ED-14a: after the black flag, three to six tag letters or digits and the
/// cancel tag. How many characters that is; 0 when the sequence is not one.
fn flag_tags(characters: &[(usize, char)], start: usize) -> usize {
    let region = characters
        .get(start..)
        .unwrap_or_default()
        .iter()
        .take_while(|(_, c)| matches!(c, '\u{E0030}'..='\u{E0039}' | '\u{E0061}'..='\u{E007A}'))
        .count();
    let cancelled = character(characters, start + region) == Some('\u{E007F}');
    if cancelled && (3..=6).contains(&region) {
        region + 1
    } else {
        0
    }
}

fn class(character: char) -> Option<Class> {
    Some(match character {
        ' '..='~' | '\t' | '\n' => return None,
        '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' => Class::Direction,
        '\u{200E}' | '\u{200F}' | '\u{61C}' => Class::Mark,
        '\u{200C}' | '\u{200D}' => Class::Joiner,
        '\u{AD}'
        | '\u{34F}'
        | '\u{180E}'
        | '\u{200B}'
        | '\u{2060}'..='\u{2064}'
        | '\u{FEFF}'
        | '\u{115F}'
        | '\u{1160}'
        | '\u{3164}'
        | '\u{FFA0}'
        | '\u{2028}'
        | '\u{2029}' => Class::ZeroWidth,
        '\u{206A}'..='\u{206F}' | '\u{FFF9}'..='\u{FFFB}' => Class::Control,
        '\u{E0000}'..='\u{E007F}' => Class::Tag,
        '\u{FE00}'..='\u{FE0F}' | '\u{E0100}'..='\u{E01EF}' => Class::Selector,
        '\u{E000}'..='\u{F8FF}' | '\u{F0000}'..='\u{FFFFD}' | '\u{100000}'..='\u{10FFFD}' => {
            Class::Private
        }
        _ if character.is_control() => Class::Control,
        _ => return None,
    })
}

fn is_legal(class: Class, text: &[(usize, char)], index: usize, right_to_left: bool) -> bool {
    let here = character(text, index);
    let before = index
        .checked_sub(1)
        .and_then(|index| character(text, index));
    let after = character(text, index + 1);
    match class {
        Class::Mark => right_to_left,
        // In scripts without spaces a zero width space is where a line may break.
        Class::ZeroWidth => {
            here == Some('\u{200B}')
                && before.is_some_and(is_unspaced)
                && after.is_some_and(is_unspaced)
        }
        Class::Joiner => {
            let joined = [before, after].into_iter().flatten().any(is_joining);
            let emoji = here == Some('\u{200D}')
                && base(text, index).is_some_and(is_pictograph)
                && after.is_some_and(is_pictograph);
            joined || emoji
        }
        Class::Selector => match here {
            // Ideographic variation sequences (UTS #37).
            Some('\u{E0100}'..='\u{E01EF}') => before.is_some_and(is_ideograph),
            _ => before.is_some_and(|c| !c.is_whitespace() && self::class(c).is_none()),
        },
        Class::Direction | Class::Tag | Class::Private | Class::Control => false,
    }
}

fn character(text: &[(usize, char)], index: usize) -> Option<char> {
    text.get(index).map(|(_, character)| *character)
}

/// The character before `index` that emoji modifiers and selectors belong to.
fn base(text: &[(usize, char)], index: usize) -> Option<char> {
    let mut before = text.get(..index)?.iter().rev().map(|(_, c)| *c);
    before.find(|c| !matches!(c, '\u{FE0F}' | '\u{20E3}' | '\u{1F3FB}'..='\u{1F3FF}'))
}

/// The blocks that hold every emoji with a joiner in it, and arrows and signs beside.
fn is_pictograph(c: char) -> bool {
    matches!(c, '\u{2190}'..='\u{21FF}' | '\u{2300}'..='\u{23FF}' | '\u{25A0}'..='\u{27BF}'
        | '\u{2B00}'..='\u{2BFF}' | '\u{1F000}'..='\u{1FAFF}')
}

/// Scripts whose spelling needs joiners: Arabic and its neighbours, the Indic scripts,
/// and those derived from them.
fn is_joining(c: char) -> bool {
    matches!(c, '\u{600}'..='\u{8FF}' | '\u{900}'..='\u{DFF}' | '\u{F00}'..='\u{FFF}'
        | '\u{1000}'..='\u{109F}' | '\u{1780}'..='\u{18AF}' | '\u{1900}'..='\u{1C7F}'
        | '\u{A840}'..='\u{AAFF}' | '\u{ABC0}'..='\u{ABFF}' | '\u{FB50}'..='\u{FDFF}'
        | '\u{FE70}'..='\u{FEFC}' | '\u{10A00}'..='\u{10FFF}' | '\u{11000}'..='\u{11FFF}'
        | '\u{1E900}'..='\u{1E95F}')
}

/// Thai, Lao, Tibetan, Myanmar, Khmer and their extensions.
fn is_unspaced(c: char) -> bool {
    matches!(c, '\u{E00}'..='\u{FFF}' | '\u{1000}'..='\u{109F}' | '\u{1780}'..='\u{17FF}'
        | '\u{1950}'..='\u{19FF}' | '\u{1A20}'..='\u{1AAF}' | '\u{A9E0}'..='\u{A9FF}'
        | '\u{AA60}'..='\u{AADF}')
}

fn is_right_to_left(c: char) -> bool {
    matches!(c, '\u{590}'..='\u{60F}' | '\u{620}'..='\u{8FF}' | '\u{FB1D}'..='\u{FDFF}'
        | '\u{FE70}'..='\u{FEFC}' | '\u{10800}'..='\u{10FFF}' | '\u{1E800}'..='\u{1EFFF}')
}

fn is_ideograph(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{4DBF}' | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}'
        | '\u{20000}'..='\u{323AF}')
}

/// The character as people look it up: `U+202E RIGHT-TO-LEFT OVERRIDE`.
pub(super) fn name(character: char, class: Class) -> String {
    let name = match character {
        '\u{0}' => "NULL",
        '\u{8}' => "BACKSPACE",
        '\u{1B}' => "ESCAPE",
        '\u{7F}' => "DELETE",
        '\u{AD}' => "SOFT HYPHEN",
        '\u{34F}' => "COMBINING GRAPHEME JOINER",
        '\u{61C}' => "ARABIC LETTER MARK",
        '\u{115F}' => "HANGUL CHOSEONG FILLER",
        '\u{1160}' => "HANGUL JUNGSEONG FILLER",
        '\u{180E}' => "MONGOLIAN VOWEL SEPARATOR",
        '\u{200B}' => "ZERO WIDTH SPACE",
        '\u{200C}' => "ZERO WIDTH NON-JOINER",
        '\u{200D}' => "ZERO WIDTH JOINER",
        '\u{200E}' => "LEFT-TO-RIGHT MARK",
        '\u{200F}' => "RIGHT-TO-LEFT MARK",
        '\u{2028}' => "LINE SEPARATOR",
        '\u{2029}' => "PARAGRAPH SEPARATOR",
        '\u{202A}' => "LEFT-TO-RIGHT EMBEDDING",
        '\u{202B}' => "RIGHT-TO-LEFT EMBEDDING",
        '\u{202C}' => "POP DIRECTIONAL FORMATTING",
        '\u{202D}' => "LEFT-TO-RIGHT OVERRIDE",
        '\u{202E}' => "RIGHT-TO-LEFT OVERRIDE",
        '\u{2060}' => "WORD JOINER",
        '\u{2061}' => "FUNCTION APPLICATION",
        '\u{2062}' => "INVISIBLE TIMES",
        '\u{2063}' => "INVISIBLE SEPARATOR",
        '\u{2064}' => "INVISIBLE PLUS",
        '\u{2066}' => "LEFT-TO-RIGHT ISOLATE",
        '\u{2067}' => "RIGHT-TO-LEFT ISOLATE",
        '\u{2068}' => "FIRST STRONG ISOLATE",
        '\u{2069}' => "POP DIRECTIONAL ISOLATE",
        '\u{3164}' => "HANGUL FILLER",
        '\u{FEFF}' => "ZERO WIDTH NO-BREAK SPACE",
        '\u{FFA0}' => "HALFWIDTH HANGUL FILLER",
        _ => match class {
            Class::Tag => "TAG CHARACTER",
            Class::Selector => "VARIATION SELECTOR",
            Class::Private => "PRIVATE USE CHARACTER",
            Class::Direction | Class::Mark | Class::ZeroWidth | Class::Joiner | Class::Control => {
                "CONTROL CHARACTER"
            }
        },
    };
    format!("U+{:04X} {name}", u32::from(character))
}

#[cfg(test)]
mod tests;
