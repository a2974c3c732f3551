//! Files that a command makes: durable, private where they must be, and never
//! in the place of another.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{ErrorKind, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;

use anyhow::{Context as _, anyhow};

use crate::aside;
use crate::fault::{self, Point};

/// What others may do with a file.
#[derive(Clone, Copy, Debug)]
pub(super) enum Access {
    /// Only its owner reads it.
    Private,
    /// As the user's umask has it.
    Usual,
}

/// Writes a file that was not there.
pub(super) fn write(path: &Path, bytes: &[u8], access: Access) -> anyhow::Result<()> {
    let mut file = create(path, access)?;
    file.write_all(bytes)
        .and_then(|()| fault::at(Point::NewFile, || file.sync_all()))
        .and_then(|()| aside::sync_folder_of(path, Point::NewFile))
        .with_context(|| format!("could not write {}", path.display()))
}

/// Makes an empty file that was not there.
pub(super) fn create(path: &Path, access: Access) -> anyhow::Result<File> {
    let mode = match access {
        Access::Private => aside::PRIVATE,
        Access::Usual => aside::USUAL,
    };
    let created = OpenOptions::new().write(true).create_new(true).mode(mode).open(path);
    created.map_err(|error| {
        if error.kind() == ErrorKind::AlreadyExists {
            anyhow!("{} is there already and is not replaced: name another", path.display())
        } else {
            anyhow!(error).context(format!("could not create {}", path.display()))
        }
    })
}

/// Makes a directory that only its owner enters.
pub(super) fn create_private_dir(path: &Path) -> anyhow::Result<()> {
    DirBuilder::new()
        .mode(0o700)
        .create(path)
        .with_context(|| format!("could not create the directory {}", path.display()))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_file_is_never_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("key");
        write(&path, b"first", Access::Private).unwrap();
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        let error = write(&path, b"second", Access::Usual).unwrap_err();
        assert!(error.to_string().contains("not replaced"), "{error}");
        assert_eq!(std::fs::read(&path).unwrap(), b"first");
    }
}
