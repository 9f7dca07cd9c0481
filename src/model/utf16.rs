//! Length in UTF-16 code units, the stricter reading of LinkedIn's limits.
//!
//! Owns counting. Must not know what is limited.

/// The UTF-16 code units of `text`, without encoding it: every character begins with a
/// byte that is no continuation, and those outside the basic plane, four bytes in UTF-8,
/// are two units (RFC 3629, section 3; RFC 2781, section 2.1).
#[must_use]
pub fn utf16_len(text: &str) -> usize {
    let units = |byte: u8| usize::from(byte & 0xC0 != 0x80) + usize::from(byte >= 0xF0);
    text.bytes().map(units).sum()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_is_what_encoding_would_give(text in any::<String>()) {
            prop_assert_eq!(utf16_len(&text), text.encode_utf16().count());
        }
    }
}
