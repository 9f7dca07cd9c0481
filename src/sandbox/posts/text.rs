//! Commentary on its way in: its length, and what readers will see of it.
//!
//! Owns the limit and what of the text is alive. Must not read the format itself: that is
//! [`crate::sandbox::little`].

use unicode_segmentation::UnicodeSegmentation;

use crate::model::urn::{AuthorKind, AuthorUrn};
use crate::sandbox::answer::Answer;
use crate::sandbox::directory::Directory;
use crate::sandbox::little::{self, Rendered};
use crate::sandbox::settings::{LengthUnit, OverLength, Settings};

/// The longest commentary. The unit is not documented.
const MAXIMUM: usize = 3000;

/// Renders commentary, or refuses it. `has_content`: media, a card or a poll go with it.
pub(super) fn accept(
    wire: &str,
    has_content: bool,
    settings: &Settings,
    directory: &Directory,
) -> Result<Rendered, Answer> {
    let mut rendered = little::render_as(wire, settings.little_model);
    let length = match settings.length_unit {
        LengthUnit::Utf16Unescaped => little::unescaped_utf16(&rendered),
        LengthUnit::Graphemes => rendered.text.graphemes(true).count(),
        LengthUnit::Utf16Wire => wire.encode_utf16().count(),
    };
    if length > MAXIMUM {
        match settings.over_length {
            OverLength::Refuse => return Err(Answer::too_long("commentary", length, MAXIMUM)),
            OverLength::Truncate => truncate(&mut rendered),
        }
    }
    let may_be_blank = has_content && settings.blank_commentary_with_media;
    if wire.trim().is_empty() && !may_be_blank {
        return Err(Answer::blank("commentary"));
    }
    rendered
        .mentions
        .retain(|(name, urn)| is_alive(name, urn, directory));
    Ok(rendered)
}

/// Readers see what fits, and nobody is told.
fn truncate(rendered: &mut Rendered) {
    let mut used = 0;
    let mut graphemes = rendered.text.grapheme_indices(true);
    let end = graphemes.find_map(|(at, grapheme)| {
        used += grapheme.encode_utf16().count();
        (used > MAXIMUM).then_some(at)
    });
    if let Some(end) = end {
        let beyond = rendered.text.split_off(end);
        rendered.lost.insert_str(0, &beyond);
        rendered.cut = true;
    }
}

/// A mention is alive when its name fits: the whole name of a page; the whole, first or
/// last name of a member. Else readers see plain text. Whom the sandbox does not know it
/// cannot judge.
fn is_alive(name: &str, urn: &str, directory: &Directory) -> bool {
    let Ok(urn) = AuthorUrn::parse(urn) else {
        return false;
    };
    let Some(known) = directory.name_of(&urn).filter(|_| !name.is_empty()) else {
        return true;
    };
    match urn.kind() {
        AuthorKind::Organization => known == name,
        AuthorKind::Person => known == name || known.split(' ').any(|part| part == name),
    }
}
