//! The tokens of the API: one file, of which only digests of secrets are kept.
//!
//! A token's text is `mun_ID_SECRET`: the id (16 hex digits) stands in the log
//! beside everything that was done with it; the secret is 32 random bytes in
//! base64url, and the file keeps its SHA-256. A revoked token stays in the file,
//! so that its id can still be told apart.

use std::fs::{self, File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::{OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jiff::Timestamp;
use ring::digest;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::role::Role;
use crate::aside;
use crate::fault::{self, Point};

/// How a token's text begins, so that a leaked one is found by whoever scans for it.
const PREFIX: &str = "mun_";
const SECRET_BYTES: usize = 32;
/// The most tokens of one archive.
pub const TOKENS_MAX: usize = 10_000;
const NAME_BYTES_MAX: usize = 200;
/// Permission bits of everybody but the owner.
const OTHERS: u32 = 0o077;

/// One token, as the file has it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Token {
    /// Names the token in the log.
    pub id: String,
    /// Whose it is, for people.
    pub name: String,
    /// What it may do.
    pub role: Role,
    /// SHA-256 of the secret, in hex.
    pub secret_sha256: String,
    /// When it was made.
    pub created: Timestamp,
    /// From when on it is refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires: Option<Timestamp>,
    /// When it was revoked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revoked: Option<Timestamp>,
}

/// Why the tokens' file cannot be read or changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TokensError {
    /// The operating system refused.
    #[error("could not {step} {path}")]
    Io {
        /// What was being done.
        step: &'static str,
        /// To which file.
        path: PathBuf,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// Others than its owner may read or write the file.
    #[error("{path} has mode {mode:03o}: run `chmod 600 {path}`, and look who could change it")]
    Exposed {
        /// The file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The file is not what is written there.
    #[error("{path} is not a file of tokens: {message}")]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What the parser says.
        message: String,
    },
    /// The name will not do.
    #[error("a token's name has 1 to {NAME_BYTES_MAX} bytes and no control characters")]
    Name,
    /// No such token.
    #[error("there is no token {0}: `muniment token list` shows them")]
    Unknown(String),
    /// Too many.
    #[error("there are {TOKENS_MAX} tokens already")]
    TooMany,
    /// The system gave no random bytes.
    #[error("the system gave no random bytes")]
    Random(#[source] getrandom::Error),
}

/// The file's form.
#[derive(Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Contents {
    #[serde(default, rename = "token")]
    tokens: Vec<Token>,
}

impl Token {
    /// Whether it can be used at a moment.
    pub fn is_good_at(&self, now: Timestamp) -> bool {
        self.revoked.is_none() && self.expires.is_none_or(|expires| now < expires)
    }
}

/// Reads the tokens; where there is no file, there are none.
///
/// # Errors
/// When the file cannot be read, or others than its owner may read or write it.
pub fn list(path: &Path) -> Result<Vec<Token>, TokensError> {
    let mut file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(vec![]),
        Err(source) => return Err(io("open", path)(source)),
    };
    let metadata = file.metadata().map_err(io("look at", path))?;
    let mode = metadata.permissions().mode() & 0o777;
    if mode & OTHERS != 0 {
        return Err(TokensError::Exposed { path: path.to_owned(), mode });
    }
    let mut text = String::new();
    file.read_to_string(&mut text).map_err(io("read", path))?;
    let contents: Contents = toml::from_str(&text).map_err(|error| TokensError::Malformed {
        path: path.to_owned(),
        message: error.message().to_owned(),
    })?;
    Ok(contents.tokens)
}

/// Makes a token and gives its text, which is nowhere else.
///
/// # Errors
/// When the name will not do, or the file cannot be changed.
pub fn create(
    path: &Path,
    name: &str,
    role: Role,
    now: Timestamp,
    expires: Option<Timestamp>,
) -> Result<(Token, Zeroizing<String>), TokensError> {
    if name.is_empty() || name.len() > NAME_BYTES_MAX || name.chars().any(char::is_control) {
        return Err(TokensError::Name);
    }
    let mut id = [0; 8];
    getrandom::fill(&mut id).map_err(TokensError::Random)?;
    let mut secret = Zeroizing::new([0; SECRET_BYTES]);
    getrandom::fill(secret.as_mut_slice()).map_err(TokensError::Random)?;
    let token = Token {
        id: hex::encode(id),
        name: name.to_owned(),
        role,
        secret_sha256: hex::encode(digest_of(secret.as_slice())),
        created: now,
        expires,
        revoked: None,
    };
    let secret = Zeroizing::new(BASE64_URL_SAFE_NO_PAD.encode(secret.as_slice()));
    let text = Zeroizing::new(format!("{PREFIX}{}_{}", token.id, secret.as_str()));
    change(path, |tokens| {
        if tokens.len() >= TOKENS_MAX {
            return Err(TokensError::TooMany);
        }
        tokens.push(token.clone());
        Ok(())
    })?;
    Ok((token, text))
}

/// Revokes a token; a token revoked before keeps its time.
///
/// # Errors
/// When there is none of this id, or the file cannot be changed.
pub fn revoke(path: &Path, id: &str, now: Timestamp) -> Result<Token, TokensError> {
    let mut revoked = None;
    change(path, |tokens| {
        let token = tokens.iter_mut().find(|token| token.id == id);
        let token = token.ok_or_else(|| TokensError::Unknown(id.to_owned()))?;
        token.revoked.get_or_insert(now);
        revoked = Some(token.clone());
        Ok(())
    })?;
    Ok(revoked.expect("the change above sets it or fails"))
}

/// Takes a token's text apart: its id and the digest of its secret.
pub(super) fn parse(text: &str) -> Option<(&str, [u8; 32])> {
    let (id, secret) = text.strip_prefix(PREFIX)?.split_once('_')?;
    let secret = Zeroizing::new(BASE64_URL_SAFE_NO_PAD.decode(secret).ok()?);
    (secret.len() == SECRET_BYTES).then(|| (id, digest_of(&secret)))
}

fn digest_of(secret: &[u8]) -> [u8; 32] {
    let digest = digest::digest(&digest::SHA256, secret);
    digest.as_ref().try_into().expect("SHA-256 gives 32 bytes")
}

/// Changes the file under a lock: written aside, synced, put in place.
fn change(
    path: &Path,
    edit: impl FnOnce(&mut Vec<Token>) -> Result<(), TokensError>,
) -> Result<(), TokensError> {
    let lock_path = path.with_extension("lock");
    let lock = private(&lock_path).map_err(io("open", &lock_path))?;
    lock.lock().map_err(io("lock", &lock_path))?;
    let mut tokens = list(path)?;
    edit(&mut tokens)?;
    let text = toml::to_string(&Contents { tokens }).map_err(|error| TokensError::Malformed {
        path: path.to_owned(),
        message: error.to_string(),
    })?;
    let new = path.with_extension("new");
    let mut file = private(&new).map_err(io("create", &new))?;
    // One that was left lying there may have other permissions.
    let written = file
        .set_permissions(fs::Permissions::from_mode(0o600))
        .and_then(|()| file.set_len(0))
        .and_then(|()| file.write_all(text.as_bytes()))
        .and_then(|()| fault::at(Point::TokensWrite, || file.sync_all()));
    written.map_err(io("write", &new))?;
    let replaced = fault::at(Point::TokensRename, || fs::rename(&new, path));
    replaced.map_err(io("replace", path))?;
    aside::sync_folder_of(path, Point::TokensFolder).map_err(io("sync the directory of", path))
}

fn private(path: &Path) -> std::io::Result<File> {
    OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path)
}

fn io(step: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> TokensError + use<> {
    let path = path.to_owned();
    move |source| TokensError::Io { step, path, source }
}
