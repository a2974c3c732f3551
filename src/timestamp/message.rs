//! What is asked of an authority, and what it says: RFC 3161 §2.4.

use std::time::Duration;

use der::asn1::{AnyRef, BitStringRef, IntRef, ObjectIdentifier, OctetStringRef, Utf8StringRef};
use der::{Decode, DecodeValue, Encode as _, FixedTag, Header, Reader, Tag, TagMode, TagNumber};
use jiff::Timestamp;
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use ring::digest;

use super::syntax::{Algorithm, Extension, optional};
use super::{Error, Stamp};

/// Characters of an authority's own words that are repeated.
const WORDS_CHARS_MAX: usize = 200;

/// Why an authority gives no timestamp: the bits of `PKIFailureInfo`.
const FAILURES: [(usize, &str); 8] = [
    (0, "it does not know SHA-256"),
    (2, "it does not allow or support such requests"),
    (5, "it could not read the request"),
    (14, "its clock is not available"),
    (15, "it does not support the policy"),
    (16, "it does not support an extension"),
    (17, "it does not have what else was asked for"),
    (25, "its system failed"),
];

/// Asks for a timestamp on the SHA-256 of some bytes, with the certificate that signs
/// it: a `TimeStampReq`, DER. The nonce is to be random.
pub fn query(bytes: &[u8], nonce: u64) -> Vec<u8> {
    // version 1; messageImprint: SHA-256 with the parameter NULL, and 32 bytes.
    const BEGIN: [u8; 22] = [
        0x02, 0x01, 0x01, 0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03,
        0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20,
    ];
    const CERTIFICATE_REQUIRED: [u8; 3] = [0x01, 0x01, 0xff];
    let mut request = BEGIN.to_vec();
    request.extend(digest::digest(&digest::SHA256, bytes).as_ref());
    request.extend(nonce.to_der().expect("a number of 64 bits has a short form"));
    request.extend(CERTIFICATE_REQUIRED);
    let whole = AnyRef::new(Tag::Sequence, &request).and_then(|sequence| sequence.to_der());
    whole.expect("a request has 70 bytes at most")
}

/// The token of a response whose status says that it was granted.
pub(super) fn granted(response: &[u8]) -> Result<&[u8], Error> {
    let Response { status, token } =
        Response::from_der(response).map_err(|_| Error::Malformed("the response"))?;
    match status.number {
        0 | 1 => token.ok_or(Error::Malformed("the response, which lacks a token,")),
        _ => Err(Error::Refused(status.told())),
    }
}

/// What the authority says, which its signature covers.
#[derive(Debug)]
pub(super) struct Told<'a> {
    imprint: Imprint<'a>,
    nonce: Option<IntRef<'a>>,
    pub(super) stamp: Stamp,
}

impl<'a> Told<'a> {
    pub(super) fn read(content: &'a [u8]) -> Result<Self, Error> {
        let info = TstInfo::from_der(content).map_err(|_| Error::Malformed("what it states"))?;
        if info.version != 1 {
            return Err(Error::Unsupported("another version of the format"));
        }
        if info.extensions.iter().any(|extension| extension.critical) {
            return Err(Error::Unsupported("a critical extension"));
        }
        let stamp = Stamp { time: info.time.0, accuracy: info.accuracy.map(|told| told.0) };
        Ok(Self { imprint: info.imprint, nonce: info.nonce, stamp })
    }

    /// It is of these bytes, and answers this request.
    pub(super) fn check(&self, bytes: &[u8], nonce: Option<u64>) -> Result<(), Error> {
        if self.imprint.algorithm.digest() != Some(&digest::SHA256) {
            return Err(Error::Unsupported("another digest than SHA-256 for what it is of"));
        }
        if digest::digest(&digest::SHA256, bytes).as_ref() != self.imprint.digest {
            return Err(Error::OtherBytes);
        }
        let Some(asked) = nonce else { return Ok(()) };
        let asked = asked.to_der().ok();
        let told = self.nonce.and_then(|told| told.to_der().ok());
        if told == asked { Ok(()) } else { Err(Error::OtherNonce) }
    }
}

#[derive(Debug)]
struct Response<'a> {
    status: Status<'a>,
    token: Option<&'a [u8]>,
}

#[derive(Debug)]
struct Status<'a> {
    number: u8,
    words: Vec<Utf8StringRef<'a>>,
    failures: Option<BitStringRef<'a>>,
}

#[derive(Debug)]
struct TstInfo<'a> {
    version: u8,
    imprint: Imprint<'a>,
    time: GenTime,
    accuracy: Option<Accuracy>,
    nonce: Option<IntRef<'a>>,
    extensions: Vec<Extension<'a>>,
}

#[derive(Debug)]
struct Imprint<'a> {
    algorithm: Algorithm,
    digest: &'a [u8],
}

#[derive(Debug)]
struct Accuracy(Duration);

/// A `GeneralizedTime` as DER has it, which may have a fraction of a second.
#[derive(Debug)]
struct GenTime(Timestamp);

impl Status<'_> {
    /// Why there is no timestamp: by the bits, and in the authority's words.
    fn told(&self) -> String {
        let set: Vec<bool> = self.failures.into_iter().flat_map(|bits| bits.bits()).collect();
        let failures = FAILURES
            .iter()
            .filter(|(bit, _)| set.get(*bit).is_some_and(|set| *set))
            .map(|(_, why)| (*why).to_owned());
        let words: String = self
            .words
            .iter()
            .flat_map(|words| words.as_str().chars())
            .take(WORDS_CHARS_MAX)
            .collect();
        let words = (!words.is_empty()).then(|| format!("{words:?}"));
        let mut told: Vec<String> = failures.chain(words).collect();
        told.push(format!("status {}", self.number));
        told.join(", ")
    }
}

impl<'a> Decode<'a> for Response<'a> {
    fn decode<R: Reader<'a>>(reader: &mut R) -> der::Result<Self> {
        reader.sequence(|reader| {
            let status = reader.decode()?;
            let is_more = !reader.is_finished();
            Ok(Self { status, token: is_more.then(|| reader.tlv_bytes()).transpose()? })
        })
    }
}

impl<'a> Decode<'a> for Status<'a> {
    fn decode<R: Reader<'a>>(reader: &mut R) -> der::Result<Self> {
        reader.sequence(|reader| {
            Ok(Self {
                number: reader.decode()?,
                words: optional(reader, Tag::Sequence)?.unwrap_or_default(),
                failures: optional(reader, Tag::BitString)?,
            })
        })
    }
}

impl<'a> Decode<'a> for TstInfo<'a> {
    fn decode<R: Reader<'a>>(reader: &mut R) -> der::Result<Self> {
        reader.sequence(|reader| {
            let version = reader.decode()?;
            let _policy: ObjectIdentifier = reader.decode()?;
            let imprint = reader.decode()?;
            let _serial: IntRef<'a> = reader.decode()?;
            let time = reader.decode()?;
            let accuracy = optional(reader, Tag::Sequence)?;
            let _ordering: Option<bool> = optional(reader, Tag::Boolean)?;
            let nonce = optional(reader, Tag::Integer)?;
            // Passes over the authority's name, which has the tag before.
            let extensions = reader.context_specific(TagNumber::N1, TagMode::Implicit)?;
            let extensions: Vec<Extension<'a>> = extensions.unwrap_or_default();
            Ok(Self { version, imprint, time, accuracy, nonce, extensions })
        })
    }
}

impl<'a> Decode<'a> for Imprint<'a> {
    fn decode<R: Reader<'a>>(reader: &mut R) -> der::Result<Self> {
        reader.sequence(|reader| {
            let algorithm = reader.decode()?;
            let digest: OctetStringRef<'a> = reader.decode()?;
            Ok(Self { algorithm, digest: digest.as_bytes() })
        })
    }
}

impl<'a> Decode<'a> for Accuracy {
    fn decode<R: Reader<'a>>(reader: &mut R) -> der::Result<Self> {
        reader.sequence(|reader| {
            let seconds: Option<u32> = optional(reader, Tag::Integer)?;
            let millis: Option<u16> = reader.context_specific(TagNumber::N0, TagMode::Implicit)?;
            let micros: Option<u16> = reader.context_specific(TagNumber::N1, TagMode::Implicit)?;
            let seconds = Duration::from_secs(seconds.unwrap_or(0).into());
            let millis = Duration::from_millis(millis.unwrap_or(0).into());
            let micros = Duration::from_micros(micros.unwrap_or(0).into());
            Ok(Self(seconds.saturating_add(millis).saturating_add(micros)))
        })
    }
}

impl<'a> DecodeValue<'a> for GenTime {
    fn decode_value<R: Reader<'a>>(reader: &mut R, header: Header) -> der::Result<Self> {
        let time = gen_time(reader.read_slice(header.length)?);
        time.map(Self).ok_or_else(|| Self::TAG.value_error())
    }
}

impl FixedTag for GenTime {
    const TAG: Tag = Tag::GeneralizedTime;
}

/// `YYYYMMDDhhmmss[.f…]Z`, RFC 3161 §2.4.2; nine digits of a fraction at most.
fn gen_time(text: &[u8]) -> Option<Timestamp> {
    let text = text.strip_suffix(b"Z")?;
    let (whole, rest) = text.split_at_checked(14)?;
    let nanos = match rest.split_first() {
        None => 0,
        Some((b'.', digits)) if digits.last().is_some_and(|last| *last != b'0') => {
            let places = u32::try_from(digits.len()).ok().filter(|places| *places <= 9)?;
            number(digits)?.checked_mul(10_i32.checked_pow(9 - places)?)?
        }
        Some(_) => return None,
    };
    let (year, rest) = whole.split_at_checked(4)?;
    let mut parts = [0_i8; 5];
    for (part, digits) in parts.iter_mut().zip(rest.chunks(2)) {
        *part = i8::try_from(number(digits)?).ok()?;
    }
    let [month, day, hour, minute, second] = parts;
    let date = Date::new(i16::try_from(number(year)?).ok()?, month, day).ok()?;
    let time = Time::new(hour, minute, second, nanos).ok()?;
    let moment = DateTime::from_parts(date, time).to_zoned(TimeZone::UTC).ok()?;
    Some(moment.timestamp())
}

fn number(digits: &[u8]) -> Option<i32> {
    let is_number = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
    std::str::from_utf8(digits).ok().filter(|_| is_number)?.parse().ok()
}

/// The content of a token, for making others of it.
#[cfg(test)]
pub(super) fn token_content(response: &[u8]) -> Vec<u8> {
    super::cms::SignedData::read(granted(response).unwrap()).unwrap().content.to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_with_and_without_a_fraction() {
        for (text, read) in [
            ("20261121064618Z", "2026-11-21T06:46:18Z"),
            ("20261121064618.5Z", "2026-11-21T06:46:18.5Z"),
            ("20261121064618.000000001Z", "2026-11-21T06:46:18.000000001Z"),
        ] {
            let expected: Timestamp = read.parse().unwrap();
            assert_eq!(gen_time(text.as_bytes()), Some(expected), "{text}");
        }
        for text in [
            "",
            "Z",
            "20261121064618",
            "2026112106461Z",
            "20261121064618.Z",
            "20261121064618.50Z",
            "20261121064618.0000000001Z",
            "20261121064618,5Z",
            "20261121064618+0100",
            "20261321064618Z",
            "20261121064660Z",
            "2026112106461aZ",
            "+0261121064618Z",
        ] {
            assert_eq!(gen_time(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn a_request_is_the_one_that_rfc_3161_lays_down() {
        let request = query(b"abc", 0xf14c_fce4_e065_1827);
        let expected = "3044020101\
            3031300d06096086480165030402010500\
            0420ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\
            020900f14cfce4e0651827\
            0101ff";
        assert_eq!(hex::encode(request), expected);
        assert!(AnyRef::from_der(&query(b"", 0)).is_ok());
    }

    #[test]
    fn a_refusal_says_why() {
        // rejection, "no", badAlg.
        let response = [0x30, 15, 0x30, 13, 2, 1, 2, 0x30, 4, 0x0c, 2, b'n', b'o', 3, 2, 7, 128];
        let Err(Error::Refused(why)) = granted(&response) else { panic!("granted") };
        assert_eq!(why, "it does not know SHA-256, \"no\", status 2");
    }

    #[test]
    fn a_response_that_claims_success_without_a_token_is_none() {
        let error = granted(&[0x30, 5, 0x30, 3, 2, 1, 0]).unwrap_err();
        assert!(matches!(error, Error::Malformed(_)), "{error}");
    }
}
