//! The machine's randomness.
//!
//! Owns fresh nonces. Must not be used where a decision is tested.

#![allow(
    clippy::disallowed_methods,
    reason = "this is the randomness the others are told to use"
)]

use std::fmt::Write;

use crate::ports::Entropy;

/// The operating system's random numbers.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemEntropy;

impl Entropy for SystemEntropy {
    /// # Panics
    /// When the operating system has no randomness: two runs with the same nonce could
    /// both believe that they own an attempt, so there is no way to go on.
    fn nonce(&self) -> String {
        let mut bytes = [0; 16];
        #[allow(
            clippy::expect_used,
            reason = "without randomness nothing may be published"
        )]
        getrandom::fill(&mut bytes).expect("the operating system has random numbers");
        bytes.iter().fold(String::new(), |mut hex, byte| {
            let _ = write!(hex, "{byte:02x}");
            hex
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nonce_is_128_bits_in_hex_and_fresh() {
        let (one, other) = (SystemEntropy.nonce(), SystemEntropy.nonce());
        assert_eq!(one.len(), 32);
        assert!(one.bytes().all(|b| b.is_ascii_hexdigit()));
        assert_ne!(one, other);
    }
}
