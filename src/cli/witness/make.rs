//! `muniment witness init`.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, ensure};
use zeroize::Zeroizing;

use super::super::new_file::{self, Access};
use super::super::{Exit, Printer};
use super::serve::SAMPLE;
use crate::tlog::note::{CosigningKey, KeyName};
use crate::witness::Directory;

pub(super) fn run(dir: &Path, name: &KeyName, printer: &mut Printer<'_>) -> anyhow::Result<Exit> {
    let key = CosigningKey::generate(name.clone())?;
    make(&Directory::new(dir), &key).with_context(|| {
        format!("could not make the witness; remove what is in {} and try again", dir.display())
    })?;
    let shown = std::path::absolute(dir)?;
    let shown = shown.display();
    printer.line(printer.strong(format!("The witness in {shown} is ready.")))?;
    printer.line(format!(
        "\nIts public key, for the archives and for everybody who relies on it:\n  {}\n",
        key.verifier()
    ))?;
    for line in [
        "Next:".to_owned(),
        "  1. Get each archive's public key (its keys/log.vkey), from its operator in person,"
            .to_owned(),
        format!("     and trust it:  muniment witness add {shown} log.vkey"),
        format!("  2. Run it:  muniment witness serve {shown}"),
        "     and put a reverse proxy with TLS before it.".to_owned(),
        "  3. Give the archive this line for its policy file, with your address:".to_owned(),
        format!("     witness NAME {} https://YOUR-HOST", key.verifier()),
        "  4. Never restore this directory from a backup: see `muniment witness --help`."
            .to_owned(),
    ] {
        printer.line(line)?;
    }
    Ok(Exit::Fine)
}

fn make(dir: &Directory, key: &CosigningKey) -> anyhow::Result<()> {
    let path = dir.path();
    match path.symlink_metadata() {
        Ok(_) => {
            let is_empty = path.is_dir() && fs::read_dir(path)?.next().is_none();
            ensure!(is_empty, "{} is there already: choose another directory", path.display());
        }
        Err(_) => new_file::create_private_dir(path)?,
    }
    let secret = Zeroizing::new(format!("{}\n", key.to_private_text().as_str()));
    new_file::write(&dir.key_file(), secret.as_bytes(), Access::Private)?;
    let public = format!("{}\n", key.verifier());
    new_file::write(&dir.vkey_file(), public.as_bytes(), Access::Usual)?;
    new_file::write(&dir.config_file(), SAMPLE.as_bytes(), Access::Usual)?;
    Ok(dir.make_folders()?)
}
