//! Checked against what OpenSSL makes, and against everything that is not right.

mod forged;
mod mutated;

use jiff::{SignedDuration, Timestamp};

use super::fixtures::{ALWAYS, Authority, ISSUER, Key, SIGNER};
use super::*;

const TEXT: &[u8] =
    b"archive.example.com/2026\n123\nlEZVRxfTgNH0XM5LTk8XsdPdEhcQyDkTKfWYCIOeDLM=\n";
const NONCE: u64 = 0xf14c_fce4_e065_1827;

fn trust(authority: &Authority, names: &[&str]) -> Authorities {
    let pem: Vec<u8> = names.iter().flat_map(|name| authority.read(name)).collect();
    Authorities::from_pem(&pem).unwrap()
}

fn why(result: Result<Stamp, Error>) -> String {
    result.expect_err("it must not be accepted").to_string()
}

fn is_now(time: Timestamp) -> bool {
    let off = Timestamp::now().duration_since(time).abs();
    off < SignedDuration::from_mins(10)
}

#[test]
fn what_openssl_stamps_with_any_kind_of_key_is_right_here_and_there() {
    for key in [Key::Rsa, Key::P256, Key::P384] {
        let authority = Authority::new(key);
        let root = trust(&authority, &["root.pem"]);
        let response = authority.reply(&query(TEXT, NONCE));
        let stamp = verify(&response, TEXT, Some(NONCE), Some(&root)).unwrap();
        assert!(is_now(stamp.time), "{stamp:?}");
        assert_eq!(stamp.accuracy, Some(Duration::from_micros(1_500_007)));
        assert!(authority.verifies(TEXT, &response), "{key:?}");
        // Neither needs the nonce; whoever has no certificate learns the same time.
        assert_eq!(verify(&response, TEXT, None, None), Ok(stamp));
    }
}

#[test]
fn whole_seconds_no_accuracy_sha_1_pointers_and_an_authoritys_name_are_read_too() {
    let authority = Authority::new(Key::Rsa);
    let root = trust(&authority, &["root.pem"]);
    let response = authority.reply_as(&query(TEXT, 0), "tsa", "plain_stamps");
    let stamp = verify(&response, TEXT, Some(0), Some(&root)).unwrap();
    assert_eq!((stamp.accuracy, stamp.time.subsec_nanosecond()), (None, 0));
    assert!(authority.verifies(TEXT, &response));
}

#[test]
fn it_is_of_these_bytes_and_answers_this_request() {
    let authority = Authority::new(Key::P256);
    let root = trust(&authority, &["root.pem"]);
    let response = authority.reply(&query(TEXT, NONCE));
    let other = b"archive.example.com/2026\n124\n";
    assert_eq!(verify(&response, other, Some(NONCE), Some(&root)), Err(Error::OtherBytes));
    assert!(!authority.verifies(other, &response));
    assert_eq!(verify(&response, TEXT, Some(NONCE + 1), Some(&root)), Err(Error::OtherNonce));
}

#[test]
fn only_those_who_are_trusted_vouch() {
    let (one, other) = (Authority::new(Key::P256), Authority::new(Key::P256));
    let response = one.reply(&query(TEXT, NONCE));
    let by = |authorities: &Authorities| verify(&response, TEXT, None, Some(authorities));
    // The root, the intermediate, or the signer itself; among others.
    for names in [&["root.pem"][..], &["mid.pem"], &["tsa.pem"], &["mid.pem", "root.pem"]] {
        by(&trust(&one, names)).unwrap();
    }
    for names in [&["root.pem"][..], &["mid.pem"], &["tsa.pem"]] {
        let told = why(by(&trust(&other, names)));
        assert!(told.contains("issued by nobody who is trusted"), "{told}");
    }
    // Without the intermediate there is no chain to the root.
    one.write("mid.pem", &one.read("root.pem"));
    let alone = one.reply(&query(TEXT, NONCE));
    let told = why(verify(&alone, TEXT, None, Some(&trust(&one, &["root.pem"]))));
    assert!(told.contains("nobody who is trusted"), "{told}");
}

#[test]
fn every_certificate_of_the_chain_was_valid_at_the_time() {
    const LONG_AGO: fixtures::Validity = ("20200101000000Z", "20200201000000Z");
    const LATER: fixtures::Validity = ("21000101000000Z", "21100101000000Z");
    let authority = Authority::new(Key::P256);
    let root = trust(&authority, &["root.pem"]);
    let stamped = |signer: &str| authority.reply_as(&query(TEXT, NONCE), signer, "stamps");
    for (validity, words) in [(LONG_AGO, "had expired"), (LATER, "was not valid yet")] {
        authority.issue("odd", "mid", SIGNER, validity, Key::P256);
        let response = stamped("odd");
        assert!(why(verify(&response, TEXT, None, Some(&root))).contains(words), "{words}");
        // Not even where the signer itself is trusted, or nobody is asked for.
        let itself = trust(&authority, &["odd.pem"]);
        assert!(why(verify(&response, TEXT, None, Some(&itself))).contains(words), "{words}");
        assert!(why(verify(&response, TEXT, None, None)).contains(words), "{words}");
    }
    authority.issue("mid", "root", ISSUER, LONG_AGO, Key::P256);
    authority.issue("tsa", "mid", SIGNER, ALWAYS, Key::P256);
    let told = why(verify(&stamped("tsa"), TEXT, None, Some(&root)));
    assert!(told.contains("between was not valid"), "{told}");
    authority.issue("root", "root", ISSUER, LONG_AGO, Key::P256);
    authority.issue("mid", "root", ISSUER, ALWAYS, Key::P256);
    authority.issue("tsa", "mid", SIGNER, ALWAYS, Key::P256);
    let old = trust(&authority, &["root.pem"]);
    let told = why(verify(&stamped("tsa"), TEXT, None, Some(&old)));
    assert!(told.contains("nobody who is trusted and was valid"), "{told}");
}

#[test]
fn an_authority_that_refuses_is_told_with_its_reason() {
    let authority = Authority::new(Key::P256);
    let refusal = authority.reply_as(&query(TEXT, NONCE), "tsa", "other_digests");
    let told = why(verify(&refusal, TEXT, Some(NONCE), None));
    assert!(told.contains("does not know SHA-256") && told.contains("status 2"), "{told}");
}

#[test]
fn a_file_of_certificates_holds_at_least_one_and_nothing_unreadable() {
    let authority = Authority::new(Key::P256);
    let refused = |pem: &[u8]| Authorities::from_pem(pem).unwrap_err();
    assert_eq!(refused(b""), BadAuthorities::None);
    assert_eq!(refused(&authority.read("root.key")), BadAuthorities::None);
    let broken = b"-----BEGIN CERTIFICATE-----\n%%%%\n-----END CERTIFICATE-----\n";
    assert_eq!(refused(broken), BadAuthorities::NotPem);
    let nothing = b"-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";
    let two = [&authority.read("root.pem"), &nothing[..]].concat();
    assert_eq!(refused(&two), BadAuthorities::Malformed(2));
    assert_eq!(refused(&authority.read("root.pem").repeat(65)), BadAuthorities::TooMany);
}
