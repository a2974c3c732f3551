//! The signed envelope of a timestamp: RFC 5652 §5, and RFC 5035 for which
//! certificate signed it.

use der::asn1::{AnyRef, IntRef, ObjectIdentifier, OctetStringRef};
use der::{Decode, Reader, Tag, TagMode, TagNumber};
use ring::digest;
use rustls_pki_types::SignatureVerificationAlgorithm;
use webpki::ring as known;

use super::Error;
use super::certificate::Certificate;
use super::syntax::{Algorithm, Set, optional};

const fn id(text: &str) -> ObjectIdentifier {
    ObjectIdentifier::new_unwrap(text)
}

const SIGNED_DATA: ObjectIdentifier = id("1.2.840.113549.1.7.2");
const TST_INFO: ObjectIdentifier = id("1.2.840.113549.1.9.16.1.4");
const CONTENT_TYPE: ObjectIdentifier = id("1.2.840.113549.1.9.3");
const MESSAGE_DIGEST: ObjectIdentifier = id("1.2.840.113549.1.9.4");
const SIGNING_CERTIFICATE: ObjectIdentifier = id("1.2.840.113549.1.9.16.2.12");
const SIGNING_CERTIFICATE_V2: ObjectIdentifier = id("1.2.840.113549.1.9.16.2.47");

const SHA1: Algorithm = Algorithm(id("1.3.14.3.2.26"));
const SHA256: Algorithm = Algorithm(id("2.16.840.1.101.3.4.2.1"));

const RSA: ObjectIdentifier = id("1.2.840.113549.1.1.1");
const RSA_SHA256: ObjectIdentifier = id("1.2.840.113549.1.1.11");
const RSA_SHA384: ObjectIdentifier = id("1.2.840.113549.1.1.12");
const RSA_SHA512: ObjectIdentifier = id("1.2.840.113549.1.1.13");
const ECDSA_SHA256: ObjectIdentifier = id("1.2.840.10045.4.3.2");
const ECDSA_SHA384: ObjectIdentifier = id("1.2.840.10045.4.3.3");

/// Certificates, digests and attributes that are looked at.
const ELEMENTS_MAX: usize = 32;

/// An algorithm that a signature can have been made by.
type Maker = &'static dyn SignatureVerificationAlgorithm;

/// What was signed, by whom.
#[derive(Debug)]
pub(super) struct SignedData<'a> {
    /// What the authority states.
    pub(super) content: &'a [u8],
    /// The certificates that came along, the signer's among them.
    pub(super) certificates: Vec<&'a [u8]>,
    signer: Signer<'a>,
}

#[derive(Debug)]
struct Signer<'a> {
    version: u8,
    name: SignerName<'a>,
    digest: Algorithm,
    attributes: Set<'a>,
    algorithm: Algorithm,
    signature: &'a [u8],
}

/// How the signer's certificate is named outside of what is signed.
#[derive(Debug)]
enum SignerName<'a> {
    Issued { issuer: AnyRef<'a>, serial: IntRef<'a> },
    Key(&'a [u8]),
}

impl<'a> SignedData<'a> {
    /// Reads a timestamp token; nothing of it is true yet.
    pub(super) fn read(token: &'a [u8]) -> Result<Self, Error> {
        let malformed = |_| Error::Malformed("the signed envelope");
        let Envelope { version, digests, kind, content, certificates, signers } =
            Envelope::from_der(token).map_err(malformed)?;
        if kind != TST_INFO {
            return Err(Error::Malformed("the content, which is of another type,"));
        }
        let signer = signers.only().and_then(Signer::from_der).map_err(malformed)?;
        let digests = digests.elements(ELEMENTS_MAX).map_err(malformed)?;
        let digests = digests.into_iter().map(Algorithm::from_der);
        let digests = digests.collect::<Result<Vec<_>, _>>().map_err(malformed)?;
        let versions_fit = match signer.name {
            SignerName::Issued { .. } => (version, signer.version) == (3, 1),
            SignerName::Key(_) => (version, signer.version) == (3, 3),
        };
        if !versions_fit || digests != [signer.digest] {
            return Err(Error::Malformed("the signed envelope, which contradicts itself,"));
        }
        let certificates = certificates.map_or(Ok(vec![]), |set| set.elements(ELEMENTS_MAX));
        Ok(Self { content, certificates: certificates.map_err(malformed)?, signer })
    }

    /// The certificate that the signature itself says it was made with.
    pub(super) fn signer_certificate(&self) -> Result<Certificate<'a>, Error> {
        let pointers = self.signer.pointers()?;
        let found = self.certificates.iter().find(|der| pointers.iter().all(|to| to.fits(der)));
        let der = found.ok_or(Error::Unfit("did not come with it"))?;
        let certificate = Certificate::read(der)?;
        let is_named = match &self.signer.name {
            SignerName::Issued { issuer, serial } => certificate.is_issued_as(*issuer, *serial),
            SignerName::Key(id) => certificate.key_id() == Some(*id),
        };
        is_named.then_some(certificate).ok_or(Error::Unfit("is not the one that the signer names"))
    }

    /// The signature covers the content and was made with the certificate's key.
    pub(super) fn check_signature(&self, certificate: &Certificate<'_>) -> Result<(), Error> {
        let signer = &self.signer;
        let digest = signer.digest.digest().ok_or(Error::Unsupported("an unknown digest"))?;
        let makers = signer.makers()?;
        let kind = signer.attribute(CONTENT_TYPE)?.map(ObjectIdentifier::from_der);
        if kind != Some(Ok(TST_INFO)) {
            return Err(Error::BadSignature("it is of another type of content"));
        }
        let signed = signer.attribute(MESSAGE_DIGEST)?.map(OctetStringRef::from_der);
        let found = digest::digest(digest, self.content);
        if !matches!(signed, Some(Ok(signed)) if signed.as_bytes() == found.as_ref()) {
            return Err(Error::BadSignature("what it states is not what was signed"));
        }
        let bytes = signer.attributes.to_bytes();
        let bytes = bytes.map_err(|_| Error::Malformed("what is signed"))?;
        if certificate.has_signed(&makers, &bytes, signer.signature)? {
            return Ok(());
        }
        Err(Error::BadSignature("its signature is not by the key in its certificate"))
    }
}

impl<'a> Signer<'a> {
    /// The value of a signed attribute; each is there once and has one value.
    fn attribute(&self, wanted: ObjectIdentifier) -> Result<Option<&'a [u8]>, Error> {
        let read = || -> der::Result<Option<&'a [u8]>> {
            let mut found = None;
            for element in self.attributes.elements(ELEMENTS_MAX)? {
                let Attribute { kind, values } = Attribute::from_der(element)?;
                if kind == wanted && found.replace(values.only()?).is_some() {
                    return Err(Tag::Set.value_error());
                }
            }
            Ok(found)
        };
        read().map_err(|_| Error::Malformed("a signed attribute"))
    }

    /// What the signature says about which certificate it was made with.
    fn pointers(&self) -> Result<Vec<Pointer<'a>>, Error> {
        let mut pointers = vec![];
        for (kind, otherwise) in [(SIGNING_CERTIFICATE, SHA1), (SIGNING_CERTIFICATE_V2, SHA256)] {
            let Some(value) = self.attribute(kind)? else { continue };
            let malformed = |_| Error::Malformed("which certificate signed it");
            let Pointed { algorithm, digest } = Pointed::from_der(value).map_err(malformed)?;
            let algorithm = algorithm.unwrap_or(otherwise).digest_to_point();
            let algorithm = algorithm.ok_or(Error::Unsupported("an unknown digest"))?;
            pointers.push(Pointer { algorithm, digest });
        }
        if pointers.is_empty() {
            return Err(Error::BadSignature("it does not say which certificate signed it"));
        }
        Ok(pointers)
    }

    fn makers(&self) -> Result<Vec<Maker>, Error> {
        let sha256 = self.digest.digest() == Some(&digest::SHA256);
        let sha384 = self.digest.digest() == Some(&digest::SHA384);
        let sha512 = self.digest.digest() == Some(&digest::SHA512);
        match self.algorithm.0 {
            RSA | RSA_SHA256 if sha256 => Ok(vec![known::RSA_PKCS1_2048_8192_SHA256]),
            RSA | RSA_SHA384 if sha384 => Ok(vec![known::RSA_PKCS1_2048_8192_SHA384]),
            RSA | RSA_SHA512 if sha512 => Ok(vec![known::RSA_PKCS1_2048_8192_SHA512]),
            ECDSA_SHA256 if sha256 => Ok(vec![known::ECDSA_P256_SHA256, known::ECDSA_P384_SHA256]),
            ECDSA_SHA384 if sha384 => Ok(vec![known::ECDSA_P256_SHA384, known::ECDSA_P384_SHA384]),
            _ => Err(Error::Unsupported("an unknown kind of signature")),
        }
    }
}

/// The digest of the certificate that was signed with.
#[derive(Debug)]
struct Pointer<'a> {
    algorithm: &'static digest::Algorithm,
    digest: &'a [u8],
}

impl Pointer<'_> {
    fn fits(&self, certificate: &[u8]) -> bool {
        digest::digest(self.algorithm, certificate).as_ref() == self.digest
    }
}

/// `ContentInfo` with the `SignedData` in it.
struct Envelope<'a> {
    version: u8,
    digests: Set<'a>,
    kind: ObjectIdentifier,
    content: &'a [u8],
    certificates: Option<Set<'a>>,
    signers: Set<'a>,
}

struct Attribute<'a> {
    kind: ObjectIdentifier,
    values: Set<'a>,
}

/// The first of `SigningCertificate` or `SigningCertificateV2`.
struct Pointed<'a> {
    algorithm: Option<Algorithm>,
    digest: &'a [u8],
}

impl<'a> Decode<'a> for Envelope<'a> {
    fn decode<R: Reader<'a>>(reader: &mut R) -> der::Result<Self> {
        reader.sequence(|reader| {
            let kind: ObjectIdentifier = reader.decode()?;
            if kind != SIGNED_DATA {
                return Err(Tag::ObjectIdentifier.value_error());
            }
            let signed: Option<AnyRef<'a>> = explicit(reader)?;
            signed.ok_or_else(|| Tag::Sequence.value_error())?.sequence(Self::of_signed_data)
        })
    }
}

impl<'a> Envelope<'a> {
    fn of_signed_data(reader: &mut impl Reader<'a>) -> der::Result<Self> {
        let version = reader.decode()?;
        let digests = Set::decode(reader)?;
        let (kind, content) = reader.sequence(|reader| {
            let kind = reader.decode()?;
            Ok((kind, explicit::<OctetStringRef<'a>>(reader)?))
        })?;
        let content = content.ok_or_else(|| Tag::OctetString.value_error())?.as_bytes();
        let certificates = reader.context_specific(TagNumber::N0, TagMode::Implicit)?;
        // Lists of what was revoked are of the past, and nobody has to send them.
        let _revoked: Option<Set<'a>> =
            reader.context_specific(TagNumber::N1, TagMode::Implicit)?;
        let signers = Set::decode(reader)?;
        Ok(Self { version, digests, kind, content, certificates, signers })
    }
}

/// What stands under the explicit tag 0.
fn explicit<'a, T: Decode<'a>>(reader: &mut impl Reader<'a>) -> der::Result<Option<T>> {
    let found = der::asn1::ContextSpecific::decode_explicit(reader, TagNumber::N0)?;
    Ok(found.map(|field| field.value))
}

impl<'a> Decode<'a> for Signer<'a> {
    fn decode<R: Reader<'a>>(reader: &mut R) -> der::Result<Self> {
        reader.sequence(|reader| {
            let version = reader.decode()?;
            let name = SignerName::read(reader)?;
            let digest = reader.decode()?;
            let attributes = reader.context_specific(TagNumber::N0, TagMode::Implicit)?;
            let attributes = attributes.ok_or_else(|| Tag::Set.value_error())?;
            let algorithm = reader.decode()?;
            let signature: OctetStringRef<'a> = reader.decode()?;
            let _unsigned: Option<Set<'a>> =
                reader.context_specific(TagNumber::N1, TagMode::Implicit)?;
            let signature = signature.as_bytes();
            Ok(Self { version, name, digest, attributes, algorithm, signature })
        })
    }
}

impl<'a> SignerName<'a> {
    fn read(reader: &mut impl Reader<'a>) -> der::Result<Self> {
        let key = reader.context_specific(TagNumber::N0, TagMode::Implicit)?;
        if let Some(key) = key.map(|key: OctetStringRef<'a>| key.as_bytes()) {
            return Ok(Self::Key(key));
        }
        reader.sequence(|reader| {
            Ok(Self::Issued { issuer: reader.decode()?, serial: reader.decode()? })
        })
    }
}

impl<'a> Decode<'a> for Attribute<'a> {
    fn decode<R: Reader<'a>>(reader: &mut R) -> der::Result<Self> {
        reader.sequence(|reader| Ok(Self { kind: reader.decode()?, values: reader.decode()? }))
    }
}

impl<'a> Decode<'a> for Pointed<'a> {
    fn decode<R: Reader<'a>>(reader: &mut R) -> der::Result<Self> {
        reader.sequence(|reader| {
            let certificates: AnyRef<'a> = reader.decode()?;
            let _policies: Option<AnyRef<'a>> = optional(reader, Tag::Sequence)?;
            // The first is the signer's; the others would be of those who issued it.
            certificates.sequence(|reader| {
                let first = reader.sequence(|reader| {
                    let algorithm = optional(reader, Tag::Sequence)?;
                    let digest: OctetStringRef<'a> = reader.decode()?;
                    let _issuer: Option<AnyRef<'a>> = optional(reader, Tag::Sequence)?;
                    Ok(Self { algorithm, digest: digest.as_bytes() })
                })?;
                while !reader.is_finished() {
                    reader.tlv_bytes()?;
                }
                Ok(first)
            })
        })
    }
}
