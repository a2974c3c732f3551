//! Tokens that are well signed and all the same not timestamps: signed by `openssl
//! cms` with what `openssl ts` would refuse to sign with.

use super::*;
use crate::timestamp::message::token_content;

const TIMESTAMP: &str = "1.2.840.113549.1.9.16.1.4";

struct Forger {
    authority: Authority,
    /// What an honest token states.
    content: Vec<u8>,
}

impl Forger {
    fn new(key: Key) -> Self {
        let authority = Authority::new(key);
        let content = token_content(&authority.reply(&query(TEXT, NONCE)));
        authority.write("content", &content);
        Self { authority, content }
    }

    /// Signs with a certificate of a section, and checks what comes of it.
    fn signed_as(&self, section: &str, options: &[&str]) -> Result<Stamp, Error> {
        self.authority.issue("other", "mid", section, ALWAYS, Key::P256);
        self.signed("other", TIMESTAMP, &[&["-cades"], options].concat())
    }

    fn signed(&self, signer: &str, kind: &str, options: &[&str]) -> Result<Stamp, Error> {
        let (certificate, key) = (format!("{signer}.pem"), format!("{signer}.key"));
        let begin = [
            "cms",
            "-sign",
            "-binary",
            "-nodetach",
            "-in",
            "content",
            "-outform",
            "DER",
            "-out",
            "forged",
            "-signer",
            &certificate,
            "-inkey",
            &key,
            "-certfile",
            "mid.pem",
            "-econtent_type",
            kind,
        ];
        self.authority.openssl(&[&begin[..], options].concat());
        let root = trust(&self.authority, &["root.pem"]);
        verify(&response(&self.authority.read("forged")), TEXT, Some(NONCE), Some(&root))
    }
}

/// The response around a token: SEQUENCE { SEQUENCE { INTEGER 0 }, token }.
fn response(token: &[u8]) -> Vec<u8> {
    let inside = [&[0x30, 3, 2, 1, 0][..], token].concat();
    let length = u16::try_from(inside.len()).unwrap().to_be_bytes();
    [&[0x30, 0x82][..], &length, &inside].concat()
}

#[test]
fn another_programs_token_by_the_same_signer_is_as_good() {
    let forger = Forger::new(Key::P256);
    let good = forger.signed("tsa", TIMESTAMP, &["-cades"]).unwrap();
    assert!(is_now(good.time));
    forger.signed("tsa", TIMESTAMP, &["-cades", "-keyid"]).unwrap();
    forger.signed("tsa", TIMESTAMP, &["-cades", "-md", "sha384"]).unwrap();
    assert!(forger.content.len() > 100);
}

#[test]
fn a_certificate_for_anything_else_signs_no_timestamps() {
    let forger = Forger::new(Key::P256);
    for section in ["uncritical", "versatile", "purposeless"] {
        let told = why(forger.signed_as(section, &[]));
        assert!(told.contains("not for timestamps alone"), "{section}: {told}");
    }
    let told = why(forger.signed_as("encrypting", &[]));
    assert!(told.contains("not for signatures alone"), "{told}");
    assert!(forger.signed_as(ISSUER, &[]).is_err(), "a certificate that issues others");
    forger.signed_as(SIGNER, &[]).unwrap();
}

#[test]
fn every_part_that_binds_must_be_there() {
    let forger = Forger::new(Key::P256);
    let told = |kind: &str, options: &[&str]| why(forger.signed("tsa", kind, options));
    let unpointed = told(TIMESTAMP, &[]);
    assert!(unpointed.contains("does not say which certificate"), "{unpointed}");
    let bare = told(TIMESTAMP, &["-noattr"]);
    assert!(bare.contains("the signed envelope cannot be read"), "{bare}");
    let alone = told(TIMESTAMP, &["-cades", "-nocerts"]);
    assert!(alone.contains("did not come with it"), "{alone}");
    let other = told("1.2.840.113549.1.7.1", &["-cades"]);
    assert!(other.contains("another type"), "{other}");
}

#[test]
fn digests_and_signatures_that_are_not_known_are_named() {
    let forger = Forger::new(Key::P256);
    for digest in ["sha1", "sha512"] {
        let told = why(forger.signed("tsa", TIMESTAMP, &["-cades", "-md", digest]));
        assert!(told.contains("not supported"), "{digest}: {told}");
    }
    let forger = Forger::new(Key::Rsa);
    let told = why(forger.signed(
        "tsa",
        TIMESTAMP,
        &["-cades", "-keyopt", "rsa_padding_mode:pss", "-keyopt", "rsa_pss_saltlen:32"],
    ));
    assert!(told.contains("cannot be read") || told.contains("not supported"), "{told}");
}
