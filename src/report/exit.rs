//! Exit codes.
//!
//! Owns the numbers scripts rely on and which one wins when several apply. Must not
//! leave the process: `main` returns the code.

/// Why the program ended, as scripts see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Done, or nothing to do.
    Done,
    /// Something failed while publishing, or was rejected earlier and is unchanged.
    Failed,
    /// Changes are pending (`plan --detailed-exitcode` only).
    Pending,
    /// The command line is wrong.
    Usage,
    /// Content or configuration is invalid.
    Invalid,
    /// LinkedIn or the remote cannot be reached; nothing was sent; safe to run again.
    Unreachable,
    /// A guard refused, or the ledger is frozen.
    Refused,
    /// Held for now.
    Held,
    /// An outcome is unknown and needs a person.
    Unknown,
    /// Authentication or permission, or the remote refused a push.
    Denied,
}

impl Exit {
    /// The number.
    #[must_use]
    pub fn code(self) -> u8 {
        match self {
            Exit::Done => 0,
            Exit::Failed => 1,
            Exit::Pending => 2,
            Exit::Usage => 64,
            Exit::Invalid => 65,
            Exit::Unreachable => 69,
            Exit::Refused => 73,
            Exit::Held => 75,
            Exit::Unknown => 76,
            Exit::Denied => 77,
        }
    }

    /// Rank when several apply: 76 > 77 > 73 > 1 > 65 > 75 > 69 > 0.
    fn rank(self) -> u8 {
        match self {
            Exit::Usage => 9,
            Exit::Unknown => 8,
            Exit::Denied => 7,
            Exit::Refused => 6,
            Exit::Failed => 5,
            Exit::Invalid => 4,
            Exit::Held => 3,
            Exit::Unreachable => 2,
            Exit::Pending => 1,
            Exit::Done => 0,
        }
    }

    /// The more urgent of two.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        if other.rank() > self.rank() {
            other
        } else {
            self
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Exit;

    #[test]
    fn the_more_urgent_code_wins() {
        let order = [
            Exit::Unknown,
            Exit::Denied,
            Exit::Refused,
            Exit::Failed,
            Exit::Invalid,
            Exit::Held,
            Exit::Unreachable,
            Exit::Done,
        ];
        for (index, stronger) in order.iter().enumerate() {
            for weaker in &order[index..] {
                assert_eq!(stronger.and(*weaker), *stronger);
                assert_eq!(weaker.and(*stronger), *stronger);
            }
        }
    }
}
