//! Whether two sets are the same, without holding either.
//!
//! Each member is hashed with a secret drawn for this run, and the hashes are
//! added up. Whoever altered a set without the secret cannot make the sums meet
//! but by luck (one in 2^64), so that one pass over each set, in any order and on
//! any number of threads, tells whether they are equal.
//!
//! The hash is SipHash-1-3 (Aumasson and Bernstein), written out here: the secret
//! of a run that was interrupted is kept, and the standard library promises its
//! hash for one build only.

use std::hash::{BuildHasher as _, RandomState};

use serde::{Deserialize, Serialize};

/// The secret of one run.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SumKey([u64; 2]);

/// The sum over a set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Sum {
    members: u64,
    hashes: u64,
}

/// SipHash-1-3 of whole words.
struct Sip {
    v: [u64; 4],
    words: u64,
}

impl SumKey {
    /// Draws a secret.
    pub(super) fn draw() -> Self {
        // The one source of secrets in the standard library; it cannot fail.
        let drawn = RandomState::new();
        Self([drawn.hash_one(0), drawn.hash_one(1)])
    }

    /// The sum over one member.
    pub(super) fn member(self, key: &[u8], value: &[u8]) -> Sum {
        let mut hash = Sip::new(self.0);
        // Where one ends and the other begins.
        let length = |bytes: &[u8]| u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        hash.word(length(key) << 32 ^ length(value));
        hash.bytes(key);
        hash.bytes(value);
        Sum { members: 1, hashes: hash.finish() }
    }
}

impl Sum {
    /// Adds what another part of the set summed up to.
    pub(super) const fn add(&mut self, other: &Self) {
        self.members = self.members.wrapping_add(other.members);
        self.hashes = self.hashes.wrapping_add(other.hashes);
    }
}

impl Sip {
    const fn new([one, other]: [u64; 2]) -> Self {
        let v = [
            one ^ 0x736f_6d65_7073_6575,
            other ^ 0x646f_7261_6e64_6f6d,
            one ^ 0x6c79_6765_6e65_7261,
            other ^ 0x7465_6462_7974_6573,
        ];
        Self { v, words: 0 }
    }

    /// Takes bytes in, the last word filled up with zeros.
    fn bytes(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<8>();
        for word in words {
            self.word(u64::from_le_bytes(*word));
        }
        if !rest.is_empty() {
            let mut last = [0; 8];
            last.iter_mut().zip(rest).for_each(|(to, from)| *to = *from);
            self.word(u64::from_le_bytes(last));
        }
    }

    const fn word(&mut self, word: u64) {
        let [_, _, _, last] = &mut self.v;
        *last ^= word;
        self.round();
        let [first, ..] = &mut self.v;
        *first ^= word;
        self.words = self.words.wrapping_add(1);
    }

    const fn finish(mut self) -> u64 {
        // The length in bytes, in the highest byte.
        self.word(self.words.wrapping_mul(8) << 56);
        let [_, _, third, _] = &mut self.v;
        *third ^= 0xff;
        self.round();
        self.round();
        self.round();
        let [a, b, c, d] = self.v;
        a ^ b ^ c ^ d
    }

    const fn round(&mut self) {
        let [mut a, mut b, mut c, mut d] = self.v;
        a = a.wrapping_add(b);
        b = b.rotate_left(13) ^ a;
        a = a.rotate_left(32);
        c = c.wrapping_add(d);
        d = d.rotate_left(16) ^ c;
        a = a.wrapping_add(d);
        d = d.rotate_left(21) ^ a;
        c = c.wrapping_add(b);
        b = b.rotate_left(17) ^ c;
        c = c.rotate_left(32);
        self.v = [a, b, c, d];
    }
}

impl std::fmt::Debug for SumKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SumKey")
    }
}

#[cfg(test)]
mod tests {
    use std::hash::{DefaultHasher, Hasher as _};

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_hash_is_siphash_1_3() {
        // The standard library's hash is that today, under a key of zeros.
        for words in 0..10_u64 {
            let (mut ours, mut theirs) = (Sip::new([0, 0]), DefaultHasher::new());
            for word in 0..words {
                ours.word(word.wrapping_mul(0x9e37_79b9_7f4a_7c15));
                theirs.write(&word.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_le_bytes());
            }
            assert_eq!(ours.finish(), theirs.finish(), "{words} words");
        }
    }

    #[test]
    fn where_a_key_ends_and_its_value_begins_bears_on_the_sum() {
        let key = SumKey::draw();
        let [one, other] = [(b"ab".as_slice(), b"".as_slice()), (b"a", b"b")];
        assert_ne!(key.member(one.0, one.1), key.member(other.0, other.1));
        assert_ne!(key.member(b"a", b""), key.member(b"a\0", b""));
        assert_ne!(key.member(b"a", b""), SumKey::draw().member(b"a", b""));
    }

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
}
