//! Who asks, and whether they may.
//!
//! A bearer token (RFC 6750) names a [`Caller`]; each route needs a [`Permission`].
//! The file of tokens is looked at again when it changed, so that a revoked token
//! stops at once. Where the file cannot be read, nobody is let in.

use std::os::unix::fs::MetadataExt as _;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{Request, State};
use axum::http::{HeaderMap, header};
use axum::middleware::Next;
use axum::response::Response;
use jiff::Timestamp;
use ring::hmac;
use ring::rand::SystemRandom;

use super::role::{Permission, Role};
use super::tokens::{self, Token, TokensError};
use super::{Api, ApiError};
use crate::govern::Actor;

/// Who makes a request.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The id of the token: it stands in the log.
    pub id: String,
    /// The token's name.
    pub name: String,
    /// What it may do.
    pub role: Role,
}

/// Why somebody is not let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No token was sent.
    #[error("send a token: `Authorization: Bearer mun_…`; `muniment token create` makes one")]
    Missing,
    /// What was sent is no token, or not one of this archive.
    #[error("the token is not one of this archive's")]
    Unknown,
    /// It was one.
    #[error("the token has expired or was revoked")]
    Ended,
}

/// The tokens as the running daemon knows them.
#[derive(Debug)]
pub struct Tokens {
    path: PathBuf,
    /// Compares digests without telling by its time how far they agree.
    comparing: hmac::Key,
    read: Mutex<Read>,
}

#[derive(Debug, Default)]
struct Read {
    stamp: Option<Stamp>,
    tokens: Arc<Vec<Token>>,
}

/// What changes when the file is replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stamp {
    inode: u64,
    size: u64,
    changed_seconds: i64,
    changed_nanos: i64,
}

impl Caller {
    /// Whether they see records whose use is restricted: who answers the person, and who
    /// needs them for a legal claim (GDPR art. 18(2)).
    pub(super) fn sees_restricted(&self) -> bool {
        self.role.may(Permission::Subjects) || self.role.may(Permission::Hold)
    }

    /// As who decides.
    pub(super) fn actor(&self) -> Actor {
        Actor { who: self.id.clone(), name: self.name.clone() }
    }
}

impl Refusal {
    pub(super) const fn code(self) -> &'static str {
        match self {
            Self::Missing => "token_missing",
            Self::Unknown => "token_unknown",
            Self::Ended => "token_ended",
        }
    }
}

impl Tokens {
    /// The tokens of a file, which may come later.
    pub fn in_file(path: PathBuf) -> Self {
        let comparing = hmac::Key::generate(hmac::HMAC_SHA256, &SystemRandom::new());
        let comparing = comparing.expect("a system without random bytes seals nothing either");
        Self { path, comparing, read: Mutex::default() }
    }

    /// All of them, read again where the file changed.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn current(&self) -> Result<Arc<Vec<Token>>, TokensError> {
        let stamp = self.stamp()?;
        let mut read = self.read.lock().unwrap_or_else(PoisonError::into_inner);
        if read.stamp != stamp {
            let tokens = Arc::new(tokens::list(&self.path)?);
            tracing::info!(tokens = tokens.len(), "tokens read");
            *read = Read { stamp, tokens };
        }
        Ok(Arc::clone(&read.tokens))
    }

    /// Finds out who holds a token.
    ///
    /// # Errors
    /// [`ApiError::NotAuthenticated`]; or the file cannot be read.
    pub fn caller(&self, text: &str, now: Timestamp) -> Result<Caller, ApiError> {
        let refuse = |refusal| Err(ApiError::NotAuthenticated(refusal));
        let Some((id, digest)) = tokens::parse(text) else { return refuse(Refusal::Unknown) };
        let tokens = self.current().map_err(ApiError::inside)?;
        let Some(token) = tokens.iter().find(|token| token.id == id) else {
            return refuse(Refusal::Unknown);
        };
        if !self.agree(hex::encode(digest).as_bytes(), token.secret_sha256.as_bytes()) {
            return refuse(Refusal::Unknown);
        }
        if !token.is_good_at(now) {
            return refuse(Refusal::Ended);
        }
        Ok(Caller { id: token.id.clone(), name: token.name.clone(), role: token.role })
    }

    fn agree(&self, left: &[u8], right: &[u8]) -> bool {
        let tag = hmac::sign(&self.comparing, left);
        hmac::verify(&self.comparing, right, tag.as_ref()).is_ok()
    }

    fn stamp(&self) -> Result<Option<Stamp>, TokensError> {
        match std::fs::metadata(&self.path) {
            Ok(metadata) => Ok(Some(Stamp {
                inode: metadata.ino(),
                size: metadata.size(),
                changed_seconds: metadata.ctime(),
                changed_nanos: metadata.ctime_nsec(),
            })),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(source) => {
                Err(TokensError::Io { step: "look at", path: self.path.clone(), source })
            }
        }
    }
}

/// Lets through who has a token of a role that may what the routes behind it need.
pub(super) async fn require(
    State((api, needs)): State<(Arc<Api>, Permission)>,
    mut request: Request,
    next: Next,
) -> Result<Response, ApiError> {
    let token = bearer(request.headers()).ok_or(ApiError::NotAuthenticated(Refusal::Missing))?;
    let caller = api.tokens.caller(token, api.clock.now())?;
    tracing::Span::current().record("token.id", &caller.id);
    if !caller.role.may(needs) {
        return Err(ApiError::NotPermitted { needs, has: caller.role });
    }
    request.extensions_mut().insert(caller);
    Ok(next.run(request).await)
}

/// The token of the one `Authorization` header.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else { return None };
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOON: &str = "2026-11-21T12:00:00Z";

    fn file() -> (tempfile::TempDir, PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("tokens.toml");
        (dir, path)
    }

    fn refusal(tokens: &Tokens, text: &str, now: Timestamp) -> Refusal {
        match tokens.caller(text, now) {
            Err(ApiError::NotAuthenticated(refusal)) => refusal,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_token_lets_in_until_it_expires_or_is_revoked() {
        let now: Timestamp = NOON.parse().unwrap();
        let later = now + std::time::Duration::from_secs(60);
        let (_dir, path) = file();
        let tokens = Tokens::in_file(path.clone());
        assert_eq!(refusal(&tokens, "mun_0_x", now), Refusal::Unknown);

        let (token, text) = tokens::create(&path, "Dana", Role::Officer, now, Some(later)).unwrap();
        let caller = tokens.caller(&text, now).unwrap();
        assert_eq!((caller.id, caller.role), (token.id.clone(), Role::Officer));
        assert_eq!(refusal(&tokens, &text, later), Refusal::Ended);

        tokens::revoke(&path, &token.id, now).unwrap();
        assert_eq!(refusal(&tokens, &text, now), Refusal::Ended);
        assert!(matches!(tokens::revoke(&path, "0", now), Err(TokensError::Unknown(_))));
    }

    #[test]
    fn another_secret_under_a_known_id_is_refused() {
        let now: Timestamp = NOON.parse().unwrap();
        let (_dir, path) = file();
        let (token, _) = tokens::create(&path, "a", Role::Auditor, now, None).unwrap();
        let (_, other) = tokens::create(&path, "b", Role::Auditor, now, None).unwrap();
        let secret = &other[other.rfind('_').unwrap().min(20)..];
        let forged = format!("mun_{}{secret}", token.id);
        let tokens = Tokens::in_file(path);
        assert_eq!(refusal(&tokens, &forged, now), Refusal::Unknown);
        assert_eq!(refusal(&tokens, &format!("mun_{}_", token.id), now), Refusal::Unknown);
    }

    #[test]
    fn the_file_keeps_no_secret_and_is_nobody_elses() {
        use std::os::unix::fs::PermissionsExt as _;
        let (_dir, path) = file();
        let (_, text) =
            tokens::create(&path, "דנה", Role::Admin, NOON.parse().unwrap(), None).unwrap();
        let secret = text.get(21..).unwrap();
        assert!(!std::fs::read_to_string(&path).unwrap().contains(secret));
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(tokens::list(&path).unwrap()[0].name, "דנה");
    }

    #[test]
    fn a_file_that_others_can_read_or_change_lets_nobody_in() {
        use std::os::unix::fs::PermissionsExt as _;
        let (_dir, path) = file();
        let now: Timestamp = NOON.parse().unwrap();
        let (_, text) = tokens::create(&path, "a", Role::Admin, now, None).unwrap();
        for mode in [0o644, 0o620, 0o602] {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
            let refused = Tokens::in_file(path.clone()).caller(&text, now);
            assert!(matches!(refused, Err(ApiError::Inside(_))), "{mode:o}");
            let told = tokens::list(&path).unwrap_err().to_string();
            assert!(told.contains("chmod 600"), "{told}");
        }
    }

    #[test]
    fn an_unreadable_file_lets_nobody_in() {
        let (_dir, path) = file();
        let now: Timestamp = NOON.parse().unwrap();
        let (_, text) = tokens::create(&path, "a", Role::Admin, now, None).unwrap();
        let tokens = Tokens::in_file(path.clone());
        tokens.caller(&text, now).unwrap();
        let mut file = std::fs::File::create(&path).unwrap();
        std::io::Write::write_all(&mut file, b"not a token = [").unwrap();
        assert!(matches!(tokens.caller(&text, now), Err(ApiError::Inside(_))));
    }
}
