//! Pieces of ASN.1 that the other parts are read with.

use der::asn1::{AnyRef, ObjectIdentifier, OctetStringRef};
use der::{
    Decode, DecodeValue, Encode as _, ErrorKind, FixedTag, Header, Reader, SliceReader, Tag,
};
use ring::digest;

const SHA1: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.14.3.2.26");
const SHA256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");
const SHA384: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.2");
const SHA512: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.3");

/// A `SET OF`, its elements as they were written: what is signed is signed in the
/// writer's order.
#[derive(Clone, Copy, Debug)]
pub(super) struct Set<'a>(&'a [u8]);

/// An `AlgorithmIdentifier` without parameters, or with the parameter `NULL`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Algorithm(pub(super) ObjectIdentifier);

/// An extension of a certificate or a timestamp.
#[derive(Clone, Copy, Debug)]
pub(super) struct Extension<'a> {
    pub(super) id: ObjectIdentifier,
    pub(super) critical: bool,
    pub(super) value: &'a [u8],
}

/// Reads what may be there, known by its tag.
pub(super) fn optional<'a, T: Decode<'a>>(
    reader: &mut impl Reader<'a>,
    tag: Tag,
) -> der::Result<Option<T>> {
    if reader.is_finished() || reader.peek_tag()? != tag {
        return Ok(None);
    }
    reader.decode().map(Some)
}

impl<'a> Set<'a> {
    /// The elements with their tags; `max` of them at most.
    pub(super) fn elements(self, max: usize) -> der::Result<Vec<&'a [u8]>> {
        let mut reader = SliceReader::new(self.0)?;
        let mut elements = vec![];
        while !reader.is_finished() {
            if elements.len() == max {
                return Err(ErrorKind::Overlength.into());
            }
            elements.push(reader.tlv_bytes()?);
        }
        Ok(elements)
    }

    /// The only element.
    pub(super) fn only(self) -> der::Result<&'a [u8]> {
        let elements = self.elements(1)?;
        elements.first().copied().ok_or_else(|| ErrorKind::Failed.into())
    }

    /// The whole, under the tag of a set.
    pub(super) fn to_bytes(self) -> der::Result<Vec<u8>> {
        AnyRef::new(Tag::Set, self.0)?.to_der()
    }
}

impl<'a> DecodeValue<'a> for Set<'a> {
    fn decode_value<R: Reader<'a>>(reader: &mut R, header: Header) -> der::Result<Self> {
        reader.read_slice(header.length).map(Self)
    }
}

impl FixedTag for Set<'_> {
    const TAG: Tag = Tag::Set;
}

impl Algorithm {
    /// The digest that it names; SHA-1 is none for signatures.
    pub(super) fn digest(self) -> Option<&'static digest::Algorithm> {
        match self.0 {
            SHA256 => Some(&digest::SHA256),
            SHA384 => Some(&digest::SHA384),
            SHA512 => Some(&digest::SHA512),
            _ => None,
        }
    }

    /// The digest that it names where a certificate is only pointed to, which old
    /// authorities do by SHA-1.
    pub(super) fn digest_to_point(self) -> Option<&'static digest::Algorithm> {
        if self.0 == SHA1 { Some(&digest::SHA1_FOR_LEGACY_USE_ONLY) } else { self.digest() }
    }
}

impl<'a> Decode<'a> for Algorithm {
    fn decode<R: Reader<'a>>(reader: &mut R) -> der::Result<Self> {
        reader.sequence(|reader| {
            let id = reader.decode()?;
            if !reader.is_finished() {
                reader.decode::<der::asn1::Null>()?;
            }
            Ok(Self(id))
        })
    }
}

impl<'a> Decode<'a> for Extension<'a> {
    fn decode<R: Reader<'a>>(reader: &mut R) -> der::Result<Self> {
        reader.sequence(|reader| {
            Ok(Self {
                id: reader.decode()?,
                critical: optional(reader, Tag::Boolean)?.unwrap_or(false),
                value: reader.decode::<OctetStringRef<'a>>()?.as_bytes(),
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_is_read_in_the_writers_order_and_within_its_limit() {
        let set = Set(&[2, 1, 9, 2, 1, 3]);
        assert_eq!(set.elements(2).unwrap(), [[2, 1, 9], [2, 1, 3]]);
        assert!(set.elements(1).is_err() && set.only().is_err());
        assert_eq!(set.to_bytes().unwrap(), [0x31, 6, 2, 1, 9, 2, 1, 3]);
        assert!(Set(&[2, 5, 9]).elements(9).is_err(), "an element beyond the end");
        assert!(Set(&[]).only().is_err());
    }

    #[test]
    fn an_algorithm_has_no_parameters_but_null() {
        let sha256 = [0x30, 11, 6, 9, 0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1];
        assert_eq!(Algorithm::from_der(&sha256).unwrap().digest(), Some(&digest::SHA256));
        let with = |parameter: [u8; 2]| {
            let mut bytes = sha256.to_vec();
            bytes[1] = 13;
            bytes.extend(parameter);
            Algorithm::from_der(&bytes)
        };
        assert_eq!(with([5, 0]).unwrap(), Algorithm(SHA256));
        assert!(with([4, 0]).is_err());
        assert_eq!(Algorithm(SHA1).digest(), None);
    }
}
