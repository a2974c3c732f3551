//! A header by itself: under which key it is, and how it is put under another.
//!
//! An age header is a few lines of text; the MAC in the last is under a key made of the
//! file key (C2SP age, "Header MAC"). Whoever can unwrap the file key can so write another
//! header for the same body.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD_NO_PAD as BASE64;
use ring::{hkdf, hmac};
use zeroize::Zeroizing;

use super::bucket::{BucketKey, RowName};
use super::stanza::{self, TAG, Wrapped};

const VERSION: &str = "age-encryption.org/v1\n";
const MAC_INFO: &[u8] = b"header";

/// The parts of a header that begins with our stanza.
struct Parts<'h> {
    row: &'h str,
    salt: &'h str,
    wrapped: &'h str,
    /// What the MAC is of: all up to and with its mark.
    signed: &'h str,
    mac: &'h str,
}

/// The row whose key wraps a record's key; `None` of what is no header of ours.
pub(super) fn row_of(header: &[u8]) -> Option<RowName> {
    row_named_in(header).and_then(RowName::parse)
}

/// The name in a header where that of the row stands, whether it be one or not (see
/// [`RowName::parse`]); `None` of what is no header of ours.
pub fn row_named_in(header: &[u8]) -> Option<&str> {
    parts(header).map(|parts| parts.row)
}

/// The header under another key of its bucket; `None` where the old one does not open it,
/// or its MAC is not right.
pub(super) fn rewrap(
    header: &[u8],
    old: &BucketKey,
    new: &BucketKey,
) -> Option<std::io::Result<Vec<u8>>> {
    let parts = parts(header).filter(|parts| parts.row == old.row.to_string())?;
    let wrapped = BASE64.decode(parts.wrapped).ok()?;
    let file_key = stanza::unwrap(old, parts.salt, &wrapped)?;
    let mac = BASE64.decode(parts.mac).ok()?;
    hmac::verify(&mac_key(&file_key), parts.signed.as_bytes(), &mac).ok()?;
    Some(written(new, &file_key))
}

fn written(bucket: &BucketKey, file_key: &Zeroizing<[u8; 16]>) -> std::io::Result<Vec<u8>> {
    let Wrapped { salt, body } = stanza::wrap(bucket, file_key)?;
    let body = BASE64.encode(body);
    // Lines of a stanza's body have 64 columns; this one is the last, and shorter.
    debug_assert!(body.len() < 64, "32 bytes are 43 digits");
    let mut header = format!("{VERSION}-> {TAG} {} {salt}\n{body}\n---", bucket.row);
    let mac = hmac::sign(&mac_key(file_key), header.as_bytes());
    header.push(' ');
    header.push_str(&BASE64.encode(mac));
    header.push('\n');
    Ok(header.into_bytes())
}

fn parts(header: &[u8]) -> Option<Parts<'_>> {
    let text = std::str::from_utf8(header).ok()?;
    let stanza = text.strip_prefix(VERSION)?.strip_prefix("-> ")?.strip_prefix(TAG)?;
    let (arguments, rest) = stanza.strip_prefix(' ')?.split_once('\n')?;
    let (row, salt) = arguments.split_once(' ')?;
    let (wrapped, _) = rest.split_once('\n')?;
    let (_, mac_line) = text.strip_suffix('\n')?.rsplit_once('\n')?;
    let mac = mac_line.strip_prefix("--- ")?;
    let signed = text.get(..text.len().checked_sub(mac.len() + " \n".len())?)?;
    Some(Parts { row, salt, wrapped, signed, mac })
}

fn mac_key(file_key: &Zeroizing<[u8; 16]>) -> hmac::Key {
    let secret = hkdf::Salt::new(hkdf::HKDF_SHA256, &[]).extract(file_key.as_ref());
    secret.expand(&[MAC_INFO], hmac::HMAC_SHA256).expect("32 bytes are within HKDF's bound").into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::entry::InUse;
    use crate::record::{Class, RecordId};
    use crate::seal::envelope;

    fn bucket(row: &str, key: u8) -> BucketKey {
        BucketKey::of(RowName::parse(row).unwrap(), Zeroizing::new([key; 32]), None)
    }

    #[test]
    fn a_rewrapped_header_opens_the_same_body_under_the_new_key_alone() {
        let [old, new] = [bucket("message-2026-11", 1), bucket("message-2026-11.1", 2)];
        let record = RecordId::from_bytes([3; 16]);
        for _ in 0..20 {
            // age adds grease now and then, which is left out.
            let in_use = InUse::default();
            let sealed = envelope::seal(&old, in_use, record, Class::Message, b"text").unwrap();
            assert_eq!(row_of(&sealed.header).unwrap().to_string(), "message-2026-11");
            let header = rewrap(&sealed.header, &old, &new).unwrap().unwrap();
            assert_eq!(row_of(&header).unwrap().to_string(), "message-2026-11.1");
            let opened = envelope::open(&new, &sealed.kept, &header, &sealed.body).unwrap();
            assert_eq!(opened.as_slice(), b"text");
            assert!(envelope::open(&old, &sealed.kept, &header, &sealed.body).is_err());
            // And once more, from what was written here.
            let again = rewrap(&header, &new, &bucket("message-2026-11.2", 3)).unwrap().unwrap();
            assert_eq!(again.len(), header.len());
        }
    }

    #[test]
    fn a_header_that_was_altered_is_not_rewrapped() {
        let [old, new] = [bucket("message-2026-11", 1), bucket("message-2026-11.1", 2)];
        let record = RecordId::from_bytes([3; 16]);
        let sealed =
            envelope::seal(&old, InUse::default(), record, Class::Message, b"text").unwrap();
        for at in 0..sealed.header.len() {
            let mut header = sealed.header.to_vec();
            header[at] ^= 1;
            assert!(rewrap(&header, &old, &new).is_none(), "byte {at}");
            header.truncate(at);
            assert!(rewrap(&header, &old, &new).is_none(), "cut at {at}");
            assert_eq!(row_of(&header), None, "cut at {at}");
        }
        assert!(rewrap(&sealed.header, &new, &old).is_none(), "another row");
    }
}
