//! A timestamp authority: OpenSSL's own (`openssl ts`), in a directory of its own.
//!
//! Root → intermediate → signer, all made for the purpose. Tests from outside
//! include this file as it stands.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The names of sections of the configuration: what a certificate is for.
pub(crate) const ISSUER: &str = "issuer";
pub(crate) const SIGNER: &str = "signer";

/// What a key is.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Key {
    Rsa,
    P256,
    P384,
}

/// From when until when a certificate is valid, as `openssl ca` takes it.
pub(crate) type Validity = (&'static str, &'static str);
pub(crate) const ALWAYS: Validity = ("20200101000000Z", "21200101000000Z");

/// Keys, certificates and what answers with them; gone when dropped.
#[derive(Debug)]
pub(crate) struct Authority {
    dir: tempfile::TempDir,
}

const CONFIG: &str = "\
[ca]
default_ca = issuing
[issuing]
database = index.txt
rand_serial = yes
new_certs_dir = .
default_md = sha256
policy = any
unique_subject = no
[any]
commonName = supplied
[req]
prompt = no
distinguished_name = name
[name]
commonName = nobody
[issuer]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[signer]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = critical, timeStamping
subjectKeyIdentifier = hash
[uncritical]
extendedKeyUsage = timeStamping
[versatile]
extendedKeyUsage = critical, timeStamping, codeSigning
[purposeless]
keyUsage = critical, digitalSignature
[encrypting]
keyUsage = critical, digitalSignature, keyEncipherment
extendedKeyUsage = critical, timeStamping
[stamps]
serial = serial
signer_digest = sha256
default_policy = 1.3.6.1.4.1.99999.1
digests = sha256
accuracy = secs:1, millisecs:500, microsecs:7
clock_precision_digits = 3
ess_cert_id_alg = sha256
[plain_stamps]
serial = serial
signer_digest = sha512
default_policy = 1.3.6.1.4.1.99999.1
digests = sha256
ess_cert_id_alg = sha1
tsa_name = yes
ess_cert_id_chain = yes
[other_digests]
serial = serial
signer_digest = sha256
default_policy = 1.3.6.1.4.1.99999.1
digests = sha512
";

impl Authority {
    /// A root, an intermediate and a signer, with keys of one kind.
    pub(crate) fn new(key: Key) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let authority = Self { dir };
        authority.write("openssl.cnf", CONFIG.as_bytes());
        authority.write("index.txt", b"");
        authority.write("serial", b"01\n");
        authority.issue("root", "root", ISSUER, ALWAYS, key);
        authority.issue("mid", "root", ISSUER, ALWAYS, key);
        authority.issue("tsa", "mid", SIGNER, ALWAYS, key);
        authority
    }

    /// A file of it: `NAME.pem` is a certificate, `NAME.key` its key.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(name)).unwrap()
    }

    pub(crate) fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.path(name);
        File::create(&path).and_then(|mut file| file.write_all(bytes)).unwrap();
        path
    }

    /// Makes a key, and a certificate for it by `issuer`.
    pub(crate) fn issue(
        &self,
        name: &str,
        issuer: &str,
        section: &str,
        (from, until): Validity,
        key: Key,
    ) {
        let (own, request, certificate) =
            (format!("{name}.key"), format!("{name}.csr"), format!("{name}.pem"));
        let kind: &[&str] = match key {
            Key::Rsa => &["RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
            Key::P256 => &["EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
            Key::P384 => &["EC", "-pkeyopt", "ec_paramgen_curve:P-384"],
        };
        let begin = ["genpkey", "-quiet", "-out", &own, "-algorithm"];
        self.openssl(&[&begin[..], kind].concat());
        let subject = format!("/CN=Quay {name}");
        self.openssl(&[
            "req",
            "-new",
            "-config",
            "openssl.cnf",
            "-key",
            &own,
            "-subj",
            &subject,
            "-out",
            &request,
        ]);
        let (by_key, by) = (format!("{issuer}.key"), format!("{issuer}.pem"));
        let begin = [
            "ca",
            "-batch",
            "-notext",
            "-config",
            "openssl.cnf",
            "-in",
            &request,
            "-out",
            &certificate,
            "-extensions",
            section,
            "-startdate",
            from,
            "-enddate",
            until,
            "-keyfile",
            &by_key,
        ];
        let by: &[&str] = if issuer == name { &["-selfsign"] } else { &["-cert", &by] };
        self.openssl(&[&begin[..], by].concat());
    }

    /// Answers a request as `openssl ts -reply` does: with a signer's certificate,
    /// the intermediate's, and a section of the configuration.
    pub(crate) fn reply_as(&self, query: &[u8], signer: &str, section: &str) -> Vec<u8> {
        self.write("query.tsq", query);
        let (key, certificate) = (format!("{signer}.key"), format!("{signer}.pem"));
        self.openssl(&[
            "ts",
            "-reply",
            "-config",
            "openssl.cnf",
            "-section",
            section,
            "-queryfile",
            "query.tsq",
            "-signer",
            &certificate,
            "-inkey",
            &key,
            "-chain",
            "mid.pem",
            "-out",
            "reply.tsr",
        ]);
        self.read("reply.tsr")
    }

    /// Answers a request.
    pub(crate) fn reply(&self, query: &[u8]) -> Vec<u8> {
        self.reply_as(query, "tsa", "stamps")
    }

    /// What an auditor does: whether `openssl ts -verify` finds a response right.
    pub(crate) fn verifies(&self, bytes: &[u8], response: &[u8]) -> bool {
        let (data, response) = (self.write("data", bytes), self.write("data.tsr", response));
        let (data, response) = (data.to_str().unwrap(), response.to_str().unwrap());
        let arguments = ["ts", "-verify", "-data", data, "-in", response, "-CAfile", "root.pem"];
        run(self.dir.path(), &arguments).status.success()
    }

    pub(crate) fn openssl(&self, arguments: &[&str]) {
        let ran = run(self.dir.path(), arguments);
        let said = String::from_utf8_lossy(&ran.stderr);
        assert!(ran.status.success(), "openssl {arguments:?}:\n{said}");
    }
}

fn run(dir: &Path, arguments: &[&str]) -> Output {
    let ran = Command::new("openssl").args(arguments).current_dir(dir).output();
    ran.expect("the tests need `openssl`; bin/setup --tests installs it")
}
