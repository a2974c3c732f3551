//! The files of keys: there, private, and of one archive.

use std::sync::Arc;

use super::{Patient, Report, index};
use crate::causes::told;
use crate::config::{check_private, read_secret};
use crate::entry::KeyChain;
use crate::log::Ended;
use crate::seal::{ArchiveIdentity, Keyring, RowName};
use crate::store::Store;
use crate::tlog::note::{SigningKey, VerifierKey};

const CHECK: &str = "keys";
const COPY: &str = "put the copy of keys/ that you keep elsewhere in its place";

/// What the files of keys hold.
pub(super) struct Files {
    pub(super) identity: Option<ArchiveIdentity>,
    /// The public half of log.key.
    signs: Option<VerifierKey>,
    /// What log.vkey says.
    public: Option<VerifierKey>,
}

/// Reads the files of keys.
pub(super) fn look(patient: &Patient, report: &mut Report) -> Files {
    if !patient.has_keys {
        return Files { identity: None, signs: None, public: None };
    }
    Files {
        identity: identity(patient, report),
        signs: signing(patient, report),
        public: public(patient, report),
    }
}

/// Whether the files belong together, and the key that is to sign is the last of those
/// that signed the log; gives these, where they are known.
pub(super) fn compare(
    patient: &Patient,
    files: &Files,
    store: Option<&Store>,
    report: &mut Report,
) -> Option<KeyChain> {
    let own = files.signs.as_ref().or(files.public.as_ref());
    let listed = match store.map_or(Ok(None), Store::keys) {
        Ok(listed) => listed,
        Err(error) => {
            report.wrong(CHECK, told(&error), "run `muniment verify`");
            return None;
        }
    };
    let chain = listed.or_else(|| own.map(|own| KeyChain::new(own.clone())))?;
    if let Files { signs: Some(signs), public: Some(public), .. } = files {
        pair(patient, &chain, signs, public, report);
    }
    Some(chain)
}

fn pair(
    patient: &Patient,
    chain: &KeyChain,
    signs: &VerifierKey,
    public: &VerifierKey,
    report: &mut Report,
) {
    let origin = patient.config.as_ref().map(|config| config.archive.origin.as_str());
    let (name, newest) = (signs.name().as_str(), chain.newest());
    let public_is_earlier = public != newest && chain.all().any(|key| key == public);
    if patient.archive.next_log_key_file().exists() || (signs == newest && public_is_earlier) {
        report.note(
            CHECK,
            "a change of the log's key was begun and not finished",
            "start the daemon, or run `muniment log rotate` again: either finishes it",
        );
    } else if signs != newest {
        let text = format!("the log was handed over to the key {newest}, but log.key is another");
        report.wrong(CHECK, text, COPY);
    } else if public != signs {
        report.wrong(
            CHECK,
            "log.key and log.vkey are not of one pair: whoever checks with log.vkey will refuse \
             what is signed",
            COPY,
        );
    } else if origin.is_some_and(|origin| origin != name) {
        report.wrong(
            CHECK,
            format!(
                "archive.origin is {}, but log.key signs for {name}",
                origin.unwrap_or_default()
            ),
            "put the old origin back, or the key that belongs to it: an archive keeps its name",
        );
    } else {
        report.ok(CHECK, format!("log.key signs for {name}, and log.vkey belongs to it"));
    }
}

/// Whether the identity opens what is sealed; and the index, which its key opens.
pub(super) fn look_at_opening(
    identity: Option<ArchiveIdentity>,
    patient: &Patient,
    store: &Arc<Store>,
    ended: Option<Ended>,
    report: &mut Report,
) {
    let Some(identity) = identity else { return };
    let keyring = Arc::new(Keyring::new(Arc::clone(store), identity, vec![]));
    match keyring.opens_bucket(&RowName::derived()) {
        Ok(true) => {
            report.ok("identity", "identity.age opens this archive");
            shares(&keyring, report);
            index::look(patient, &keyring, ended, report);
        }
        Ok(false) => report.note(
            "identity",
            "nothing was sealed yet, so nothing shows that identity.age belongs to it",
            "nothing: the first start of the daemon makes it so",
        ),
        Err(error) => report.wrong(
            "identity",
            format!("identity.age does not open this archive: it is another's ({})", told(&error)),
            COPY,
        ),
    }
}

/// Whether every key that is made of a share has it.
fn shares(keyring: &Keyring, report: &mut Report) {
    const SHARES: &str = "shares";
    let lost = match keyring.lost_shares() {
        Ok(lost) => lost,
        Err(error) => return report.wrong(SHARES, told(&error), "run `muniment verify`"),
    };
    let Some(first) = lost.first() else {
        return report.ok(SHARES, "every key has its share");
    };
    let more = lost.len() - 1;
    let more = if more == 0 { String::new() } else { format!("; and {more} more") };
    report.wrong(
        SHARES,
        format!("{first}{more}"),
        "put the newest copy of keys/shares in its place: an older one lacks the shares made since, \
         and has those that were destroyed",
    );
}

fn identity(patient: &Patient, report: &mut Report) -> Option<ArchiveIdentity> {
    let path = patient.archive.identity_file();
    if !is_private(&path, report) {
        return None;
    }
    let passphrase = patient.config.as_ref().map(|config| config.passphrase()).transpose();
    let passphrase = match passphrase {
        Ok(passphrase) => passphrase.flatten(),
        Err(error) => {
            report.wrong(CHECK, format!("the passphrase cannot be read: {error}"), "put it back");
            return None;
        }
    };
    match ArchiveIdentity::load(&path, passphrase.as_ref().map(|text| text.as_str())) {
        Ok(identity) => Some(identity),
        Err(error) => {
            let advice = "if it is protected, configure its passphrase; else restore its copy: \
                          without it nothing can be read, ever";
            report.wrong(CHECK, told(&error), advice);
            None
        }
    }
}

fn signing(patient: &Patient, report: &mut Report) -> Option<VerifierKey> {
    let path = patient.archive.log_key_file();
    if !is_private(&path, report) {
        return None;
    }
    let key = read_secret(&path).map_err(anyhow::Error::new);
    match key.and_then(|text| Ok(text.parse::<SigningKey>()?)) {
        Ok(key) => Some(key.verifier().clone()),
        Err(error) => {
            report.wrong(CHECK, format!("log.key is no key of a log: {error:#}"), COPY);
            None
        }
    }
}

fn public(patient: &Patient, report: &mut Report) -> Option<VerifierKey> {
    let path = patient.archive.log_vkey_file();
    let text = std::fs::read_to_string(&path).map_err(anyhow::Error::new);
    match text.and_then(|text| Ok(text.trim().parse()?)) {
        Ok(key) => Some(key),
        Err(error) => {
            let text = format!("log.vkey does not read: {error:#}");
            report.wrong(CHECK, text, "get it back from anybody who has it: it is public");
            None
        }
    }
}

fn is_private(path: &std::path::Path, report: &mut Report) -> bool {
    let private = check_private(path);
    if let Err(error) = &private {
        let advice = "chmod 600 it, or restore its copy; if others may have read it, see Keys in \
                      docs/OPERATING.md";
        report.wrong(CHECK, told(error), advice);
    }
    private.is_ok()
}
