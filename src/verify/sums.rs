//! Whether two sets are the same, without holding either.
//!
//! Each member is hashed with a secret drawn for this run, and the hashes are
//! added up. Whoever altered a set without the secret cannot make the sums meet
//! but by luck (one in 2^64), so that one pass over each set, in any order and on
//! any number of threads, tells whether they are equal.

use std::hash::{BuildHasher as _, RandomState};

/// The secret of one run.
#[derive(Clone, Debug)]
pub(super) struct SumKey(RandomState);

/// The sum over a set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Sum {
    members: u64,
    hashes: u64,
}

impl SumKey {
    /// Draws a secret.
    pub(super) fn draw() -> Self {
        Self(RandomState::new())
    }

    /// The sum over one member.
    pub(super) fn member(&self, key: &[u8], value: &[u8]) -> Sum {
        Sum { members: 1, hashes: self.0.hash_one((key, value)) }
    }
}

impl Sum {
    /// Adds what another part of the set summed up to.
    pub(super) const fn add(&mut self, other: &Self) {
        self.members = self.members.wrapping_add(other.members);
        self.hashes = self.hashes.wrapping_add(other.hashes);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sum_of(key: &SumKey, members: &[(u8, u8)]) -> Sum {
        let mut sum = Sum::default();
        for (one, other) in members {
            sum.add(&key.member(&[*one], &[*other]));
        }
        sum
    }

    proptest! {
        #[test]
        fn sums_are_equal_exactly_when_the_sets_are(
            one in prop::collection::vec((0..3_u8, 0..3_u8), 0..5),
            other in prop::collection::vec((0..3_u8, 0..3_u8), 0..5),
        ) {
            let key = SumKey::draw();
            let sorted = |members: &[(u8, u8)]| {
                let mut members = members.to_vec();
                members.sort_unstable();
                members
            };
            let equal = sorted(&one) == sorted(&other);
            prop_assert_eq!(sum_of(&key, &one) == sum_of(&key, &other), equal);
        }
    }

    #[test]
    fn a_key_and_its_value_are_told_apart() {
        let key = SumKey::draw();
        assert_ne!(key.member(b"ab", b"c"), key.member(b"a", b"bc"));
    }
}
