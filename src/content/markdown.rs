//! The map from text back to its source; the reader of bodies comes next.

/// Which place of the source each part of the visible text came from: pairs of
/// (offset in UTF-16 units of the visible text, byte offset in the file), ascending.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TextMap(pub(crate) Vec<(u32, u32)>);

impl TextMap {
    /// The byte offset in the file of the visible text's `utf16`-th code unit.
    #[must_use]
    pub fn source_offset(&self, utf16: usize) -> usize {
        let at = self.0.partition_point(|(text, _)| *text as usize <= utf16);
        let (text, source) = at
            .checked_sub(1)
            .and_then(|at| self.0.get(at))
            .copied()
            .unwrap_or_default();
        source as usize + utf16.saturating_sub(text as usize)
    }
}
