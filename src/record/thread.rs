//! Which conversation a record belongs to.

/// The parts that name a conversation: the business number and the other side.
///
/// It contains personal data and is therefore never written down: the archive
/// shows a keyed digest of it instead.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct ThreadKey(String);

impl ThreadKey {
    /// The conversation of a business number with one party.
    pub fn pair(business: &str, party: &str) -> Self {
        Self(format!("pair\u{0}{business}\u{0}{party}"))
    }

    /// The conversation of a group that a business number is in.
    pub fn group(business: &str, group: &str) -> Self {
        Self(format!("group\u{0}{business}\u{0}{group}"))
    }

    /// The bytes to be digested under the archive's key.
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl std::fmt::Debug for ThreadKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ThreadKey(personal data)")
    }
}
