//! Whether two sets are the same, without holding either.
//!
//! Each member is hashed with a secret drawn for this run, and the hashes are
//! added up. Whoever altered a set without the secret cannot make the sums meet
//! but by luck (one in 2^128), so that one pass over each set, in any order and
//! on any number of threads, tells whether they are equal.

use crate::record::RecordId;
use crate::tlog::LeafIndex;
use crate::tlog::hash::sha256;

const KEY_BYTES: usize = 16;

/// The secret of one run.
#[derive(Clone, Copy)]
pub(super) struct SumKey([u8; KEY_BYTES]);

/// The sum over a set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Sum {
    members: u64,
    hashes: [u128; 2],
}

impl SumKey {
    /// Draws a secret; `None` when the system gives no random bytes: then
    /// nothing can be said of the sets by their sums.
    pub(super) fn draw() -> Option<Self> {
        let mut key = [0; KEY_BYTES];
        getrandom::fill(&mut key).ok()?;
        Some(Self(key))
    }

    /// The member that says: this record is kept by this entry.
    pub(super) fn record_at(&self, record: RecordId, index: LeafIndex) -> Sum {
        self.member(&[record.as_bytes().as_slice(), &index.get().to_be_bytes()].concat())
    }

    /// The member that says: a link row has this key and this value.
    pub(super) fn link(&self, key: &[u8], value: &[u8]) -> Sum {
        let length = u64::try_from(key.len()).unwrap_or(u64::MAX).to_be_bytes();
        self.member(&[length.as_slice(), key, value].concat())
    }

    fn member(&self, bytes: &[u8]) -> Sum {
        let hash = sha256(&[self.0.as_slice(), bytes].concat());
        let (high, low) = hash.as_bytes().split_at(16);
        let half = |bytes: &[u8]| u128::from_be_bytes(bytes.try_into().expect("half of 32 bytes"));
        Sum { members: 1, hashes: [half(high), half(low)] }
    }
}

impl Sum {
    /// Adds what another part of the set summed up to.
    pub(super) fn add(&mut self, other: Self) {
        self.members = self.members.wrapping_add(other.members);
        for (sum, hash) in self.hashes.iter_mut().zip(other.hashes) {
            *sum = sum.wrapping_add(hash);
        }
    }

    /// How many members were added.
    pub(super) const fn members(&self) -> u64 {
        self.members
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn sum_of(key: &SumKey, members: &[(u8, u64)]) -> Sum {
        let mut sum = Sum::default();
        for (id, index) in members {
            sum.add(key.record_at(RecordId::from_bytes([*id; 16]), LeafIndex::new(*index)));
        }
        sum
    }

    proptest! {
        #[test]
        fn sums_are_equal_exactly_when_the_sets_are(
            one in prop::collection::vec((0..3_u8, 0..3_u64), 0..5),
            other in prop::collection::vec((0..3_u8, 0..3_u64), 0..5),
        ) {
            let key = SumKey::draw().unwrap();
            let sorted = |members: &[(u8, u64)]| {
                let mut members = members.to_vec();
                members.sort_unstable();
                members
            };
            let equal = sorted(&one) == sorted(&other);
            prop_assert_eq!(sum_of(&key, &one) == sum_of(&key, &other), equal);
        }
    }

    #[test]
    fn a_link_and_its_value_are_told_apart() {
        let key = SumKey::draw().unwrap();
        assert_ne!(key.link(b"ab", b"c"), key.link(b"a", b"bc"));
    }
}
