//! Answers that were altered, cut off, drawn out, or never were any.

use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;

/// One authority, what it answered, and what that says.
struct Honest {
    root: Authorities,
    response: Vec<u8>,
    stamp: Stamp,
}

static HONEST: LazyLock<Honest> = LazyLock::new(|| {
    let authority = Authority::new(Key::P256);
    let root = trust(&authority, &["root.pem"]);
    let response = authority.reply(&query(TEXT, NONCE));
    let stamp = verify(&response, TEXT, Some(NONCE), Some(&root)).unwrap();
    Honest { root, response, stamp }
});

fn verified(response: &[u8]) -> Result<Stamp, Error> {
    verify(response, TEXT, Some(NONCE), Some(&HONEST.root))
}

#[test]
fn no_flipped_bit_is_accepted() {
    let honest = &*HONEST;
    for at in 0..honest.response.len() {
        for bit in 0..8 {
            let mut flipped = honest.response.clone();
            flipped[at] ^= 1 << bit;
            let accepted = verified(&flipped);
            // `granted` and `grantedWithMods` differ by one bit and mean the same to us.
            if flipped[..9] == [&honest.response[..8], &[1]].concat() {
                assert_eq!(accepted, Ok(honest.stamp));
                continue;
            }
            assert!(accepted.is_err(), "bit {bit} of byte {at}");
        }
    }
}

#[test]
fn no_part_of_an_answer_and_no_longer_one_is_accepted() {
    let honest = &*HONEST;
    for length in 0..honest.response.len() {
        assert!(verified(&honest.response[..length]).is_err(), "{length} bytes");
    }
    assert!(verified(&[&honest.response[..], &[0]].concat()).is_err());
    let long = vec![0x30; RESPONSE_BYTES_MAX + 1];
    assert_eq!(verified(&long), Err(Error::TooLarge(RESPONSE_BYTES_MAX + 1)));
    assert!(verified(&long[1..]).is_err());
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

    #[test]
    fn garbage_is_refused(bytes in prop::collection::vec(any::<u8>(), 0..2000)) {
        prop_assert!(verified(&bytes).is_err());
        prop_assert!(Authorities::from_pem(&bytes).is_err());
    }

    #[test]
    fn a_piece_written_over_is_refused_or_changes_nothing(
        at in any::<prop::sample::Index>(),
        piece in prop::collection::vec(any::<u8>(), 1..40),
    ) {
        let mut response = HONEST.response.clone();
        let at = at.index(response.len() - piece.len());
        response[at..at + piece.len()].copy_from_slice(&piece);
        match verified(&response) {
            Ok(stamp) => prop_assert_eq!(stamp, HONEST.stamp),
            Err(error) => prop_assert!(!error.to_string().is_empty()),
        }
    }

    #[test]
    fn a_piece_taken_out_or_put_in_is_refused(
        at in any::<prop::sample::Index>(),
        out in 0..30_usize,
        piece in prop::collection::vec(any::<u8>(), 0..30),
    ) {
        let mut response = HONEST.response.clone();
        let at = at.index(response.len());
        let end = (at + out).min(response.len());
        response.splice(at..end, piece);
        prop_assume!(response != HONEST.response && response.len() != HONEST.response.len());
        prop_assert!(verified(&response).is_err());
    }
}
