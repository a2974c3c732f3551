//! A share as a file: 64 hexadecimal digits and a line end, for its owner alone.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind, Read as _, Seek as _, Write as _};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;

use zeroize::Zeroizing;

use super::{Error, SHARE_BYTES, Share, is_name};
use crate::aside::{self, PRIVATE, Points};
use crate::fault::{self, Point};

const POINTS: Points =
    Points { write: Point::ShareWrite, rename: Point::ShareRename, folder: Point::ShareFolder };

/// Bytes of the file.
const FILE_BYTES: usize = 2 * SHARE_BYTES + 1;

/// Makes the folder where it is missing; that it lasts, too.
pub(super) fn make_folder(folder: &Path) -> Result<(), Error> {
    let failed = failed("make the folder of shares", folder);
    match DirBuilder::new().mode(0o700).create(folder) {
        Ok(()) => sync_folder_of(folder).map_err(failed),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(failed(error)),
    }
}

/// Writes a share where there is none.
pub(super) fn write(path: &Path, share: &Share) -> Result<(), Error> {
    let mut text = Zeroizing::new(hex::encode(share.as_bytes().as_slice()));
    text.push('\n');
    aside::replace(path, text.as_bytes(), PRIVATE, POINTS).map_err(failed("write", path))
}

/// Writes a share in the place of another, and then over that one's bytes.
pub(super) fn replace(path: &Path, share: &Share) -> Result<(), Error> {
    let old = match OpenOptions::new().write(true).open(path) {
        Ok(old) => Some(old),
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        Err(error) => return Err(failed("replace", path)(error)),
    };
    write(path, share)?;
    old.map_or(Ok(()), overwrite).map_err(failed("overwrite what was", path))
}

/// Overwrites a share's file and removes it.
pub(super) fn destroy(path: &Path) -> Result<(), Error> {
    let failed = failed("destroy", path);
    match OpenOptions::new().write(true).open(path) {
        Ok(file) => overwrite(file)
            .and_then(|()| fault::at(Point::ShareRemove, || std::fs::remove_file(path)))
            .and_then(|()| sync_folder_of(path))
            .map_err(failed),
        // Removed before, perhaps by who was killed before it synced the folder.
        Err(error) if error.kind() == ErrorKind::NotFound => match path.parent() {
            Some(folder) if folder.is_dir() => sync_folder_of(path).map_err(failed),
            Some(_) | None => Ok(()),
        },
        Err(error) => Err(failed(error)),
    }
}

/// Reads a share; `None` where there is no file.
pub(super) fn read(path: &Path) -> Result<Option<Share>, Error> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed("read", path)(error)),
    };
    let mut text = Zeroizing::new(Vec::with_capacity(FILE_BYTES + 1));
    let bytes_max = u64::try_from(FILE_BYTES + 1).unwrap_or(u64::MAX);
    file.take(bytes_max).read_to_end(&mut text).map_err(failed("read", path))?;
    let bad = || Error::BadShare(path.to_owned());
    let digits = text.strip_suffix(b"\n").ok_or_else(bad)?;
    let mut bytes = Zeroizing::new([0; SHARE_BYTES]);
    hex::decode_to_slice(digits, bytes.as_mut()).map_err(|_| bad())?;
    Ok(Some(Share::from_bytes(bytes)))
}

/// Whether there is a file of that name, whatever it holds.
pub(super) fn is_there(path: &Path) -> Result<bool, Error> {
    path.try_exists().map_err(failed("look for", path))
}

/// The names of the shares in a folder; none where there is no folder.
pub(super) fn names(folder: &Path) -> Result<Vec<String>, Error> {
    let failed = failed("list the shares in", folder);
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(vec![]),
        Err(error) => return Err(failed(error)),
    };
    let mut names = vec![];
    for entry in entries {
        let name = entry.map_err(&failed)?.file_name();
        names.extend(name.into_string().ok().filter(|name| is_name(name)));
    }
    names.sort_unstable();
    Ok(names)
}

/// Writes over a share's bytes, so that the blocks it had hold it no more.
fn overwrite(mut file: File) -> io::Result<()> {
    file.rewind()?;
    file.write_all(&[0; FILE_BYTES])?;
    fault::at(Point::ShareOverwrite, || file.sync_all())
}

fn sync_folder_of(path: &Path) -> io::Result<()> {
    aside::sync_folder_of(path, Point::ShareFolder)
}

fn failed(step: &'static str, path: &Path) -> impl Fn(io::Error) -> Error {
    let path = path.to_owned();
    move |source| Error::Share { step, path: path.clone(), source }
}
