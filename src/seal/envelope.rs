//! One record's envelope: an age file cut into a deletable header and a
//! write-once body.

use std::io::{Read as _, Write as _};

use zeroize::Zeroizing;

use super::Error;
use super::bucket::BucketKey;
use super::stanza::BucketStanza;
use crate::entry::{Header, InUse, Kept, Sealed};
use crate::record::{Class, RecordId};
use crate::tlog::Hash;
use crate::tlog::hash::sha256;

/// Seals a plaintext into a bucket, whose key is in use until the header is on disk.
pub(super) fn seal(
    bucket: &BucketKey,
    in_use: InUse,
    record: RecordId,
    class: Class,
    plaintext: &[u8],
) -> Result<Sealed, Error> {
    let stanza = BucketStanza::new(bucket, record);
    let altered = |error: &dyn std::fmt::Display| Error::Altered(error.to_string());
    let mut file = Vec::with_capacity(plaintext.len() + plaintext.len() / 4096 + 320);
    let recipients = std::iter::once(&stanza as &dyn age::Recipient);
    let encryptor = age::Encryptor::with_recipients(recipients).map_err(|error| altered(&error))?;
    let mut writer = encryptor.wrap_output(&mut file).map_err(|error| altered(&error))?;
    writer.write_all(plaintext).map_err(|error| altered(&error))?;
    writer.finish().map_err(|error| altered(&error))?;
    let cut = header_len(&file).ok_or_else(|| altered(&"age wrote no header"))?;
    let body = file.split_off(cut);
    let commitment = stanza.commitment(plaintext).ok_or_else(|| altered(&"no file key"))?;
    let kept = Kept {
        record,
        class,
        bucket: bucket.row.bucket().to_owned(),
        sealed_sha256: sha256(&body),
        sealed_size: body.len() as u64,
        commitment: Hash::from_bytes(commitment),
    };
    Ok(Sealed { kept, header: Header::new(file, in_use), body })
}

/// Opens what [`seal`] made, and checks it against the log's commitment.
pub(super) fn open(
    bucket: &BucketKey,
    kept: &Kept,
    header: &[u8],
    body: &[u8],
) -> Result<Zeroizing<Vec<u8>>, Error> {
    let stanza = BucketStanza::new(bucket, kept.record);
    let altered = |error: &dyn std::fmt::Display| Error::Altered(error.to_string());
    let decryptor =
        age::Decryptor::new_buffered(header.chain(body)).map_err(|error| altered(&error))?;
    let mut reader = decryptor
        .decrypt(std::iter::once(&stanza as &dyn age::Identity))
        .map_err(|error| altered(&error))?;
    let mut plaintext = Zeroizing::new(Vec::with_capacity(body.len()));
    reader.read_to_end(&mut plaintext).map_err(|error| altered(&error))?;
    let commitment = stanza.commitment(&plaintext).ok_or(Error::Commitment)?;
    if Hash::from_bytes(commitment) == kept.commitment {
        Ok(plaintext)
    } else {
        Err(Error::Commitment)
    }
}

/// Where an age file's header ends: after the line that begins with `---`.
fn header_len(file: &[u8]) -> Option<usize> {
    let mark = b"\n--- ";
    let at = file.windows(mark.len()).position(|window| window == mark)? + mark.len();
    let end = file.get(at..)?.iter().position(|byte| *byte == b'\n')?;
    Some(at + end + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::seal::bucket::RowName;

    fn bucket(name: &str) -> BucketKey {
        with_key(name, 7)
    }

    fn with_key(name: &str, key: u8) -> BucketKey {
        BucketKey::of(RowName::parse(name).unwrap(), Zeroizing::new([key; 32]), None)
    }

    fn sealed(plaintext: &[u8]) -> Sealed {
        let record = RecordId::from_bytes([3; 16]);
        let in_use = InUse::default();
        seal(&bucket("message-2026-11"), in_use, record, Class::Message, plaintext).unwrap()
    }

    #[test]
    fn what_was_sealed_opens_again() {
        for size in [0, 1, 300, 64 * 1024 - 1, 64 * 1024, 200_000] {
            let plaintext = vec![0x5a; size];
            let sealed = sealed(&plaintext);
            let opened =
                open(&bucket("message-2026-11"), &sealed.kept, &sealed.header, &sealed.body);
            assert_eq!(*opened.unwrap(), plaintext);
        }
    }

    #[test]
    fn the_header_is_a_standard_age_header_that_begins_with_the_buckets_stanza() {
        let header = String::from_utf8(sealed(b"x").header.to_vec()).unwrap();
        let lines: Vec<_> = header.lines().collect();
        assert_eq!(lines[0], "age-encryption.org/v1");
        assert!(lines[1].starts_with("-> muniment-bucket message-2026-11 "));
        assert!(lines.last().unwrap().starts_with("--- "));
        // What else there may be is grease: stanzas that age adds to be ignored.
        let stanzas = lines.iter().filter(|line| line.starts_with("-> "));
        assert!(stanzas.skip(1).all(|line| line.contains("-grease")), "{header}");
    }

    #[test]
    fn every_flipped_bit_of_header_or_body_is_noticed() {
        let sealed = sealed(b"sell 400 at 101.25");
        let bucket = bucket("message-2026-11");
        for at in 0..sealed.header.len() + sealed.body.len() {
            let (mut header, mut body) = (sealed.header.to_vec(), sealed.body.clone());
            match header.get_mut(at) {
                Some(byte) => *byte ^= 1,
                None => body[at - sealed.header.len()] ^= 1,
            }
            assert!(open(&bucket, &sealed.kept, &header, &body).is_err(), "byte {at}");
        }
    }

    #[test]
    fn another_bucket_or_another_record_does_not_open_it() {
        let sealed = sealed(b"text");
        let other = with_key("message-2026-11", 8);
        assert!(open(&other, &sealed.kept, &sealed.header, &sealed.body).is_err());
        let mut kept = sealed.kept.clone();
        kept.record = RecordId::from_bytes([4; 16]);
        let opened = open(&bucket("message-2026-11"), &kept, &sealed.header, &sealed.body);
        assert!(matches!(opened, Err(Error::Commitment)));
    }
}
