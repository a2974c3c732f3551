//! Creating and opening the directory of rows.

use std::fs;
use std::path::{Path, PathBuf};

use rocksdb::{ColumnFamilyDescriptor, DB, DBRecoveryMode, Options};

use super::lock::DirLock;
use super::rows::Family;
use super::{Error, Store};

/// What stands in the file `format` of an archive directory.
const FORMAT: &str = "muniment archive format 1";

/// How the database may use the machine.
#[derive(Clone, Debug, serde::Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct StoreConfig {
    /// Most bytes of unwritten rows in memory, over all families.
    pub memory_bytes_max: usize,
    /// Most files held open; the rest are opened when needed.
    pub open_files_max: i32,
}

impl Default for StoreConfig {
    fn default() -> Self {
        Self { memory_bytes_max: 256 * 1024 * 1024, open_files_max: 512 }
    }
}

impl Store {
    /// Makes an empty archive in a directory that does not exist or is empty.
    ///
    /// # Errors
    /// [`Error::Exists`] where something is there already; else what the system
    /// or the database refused.
    pub fn create(dir: &Path, config: &StoreConfig) -> Result<Self, Error> {
        fs::create_dir_all(dir).map_err(io("create", dir))?;
        if fs::read_dir(dir).map_err(io("read", dir))?.next().is_some() {
            return Err(Error::Exists(dir.to_owned()));
        }
        restrict(dir)?;
        let lock = DirLock::take(dir)?;
        let format = dir.join("format");
        fs::File::create(&format)
            .and_then(|mut file| {
                use std::io::Write as _;
                writeln!(file, "{FORMAT}")?;
                file.sync_all()
            })
            .map_err(io("write", &format))?;
        Self::open_locked(dir, config, lock)
    }

    /// Opens an archive for writing; a second process is refused.
    ///
    /// # Errors
    /// [`Error::Missing`], [`Error::InUse`], [`Error::Format`], or
    /// [`Error::Corrupt`] when the database's files are damaged.
    pub fn open(dir: &Path, config: &StoreConfig) -> Result<Self, Error> {
        check_format(dir)?;
        let lock = DirLock::take(dir)?;
        Self::open_locked(dir, config, lock)
    }

    /// Opens an archive for reading only, also while another process writes it:
    /// what is seen is the archive at this moment.
    ///
    /// # Errors
    /// As [`Store::open`], but never [`Error::InUse`].
    pub fn open_read_only(dir: &Path) -> Result<Self, Error> {
        check_format(dir)?;
        Self::open_strictly(dir, true).map_err(refused("open the rows for reading"))
    }

    /// Opens an archive for reading only where whole files of it are damaged or
    /// gone too, so that everything else can be verified; what was wrong is then
    /// told by [`Store::damage`]. Only `verify` should read such an archive.
    ///
    /// # Errors
    /// As [`Store::open_read_only`]; [`Error::Corrupt`] when what lists the files
    /// is damaged, so that nothing can be read.
    pub fn open_to_verify(dir: &Path) -> Result<Self, Error> {
        check_format(dir)?;
        let source = match Self::open_strictly(dir, true) {
            Ok(store) => return Ok(store),
            Err(source) => source,
        };
        match Self::open_strictly(dir, false) {
            Ok(store) => Ok(Self { damage: Some(source.to_string()), ..store }),
            Err(_) => Err(Error::Corrupt {
                what: "the list of the database's files, or a file that it needs first: no row \
                       can be read"
                    .to_owned(),
                source: Some(source),
            }),
        }
    }

    fn open_strictly(dir: &Path, strictly: bool) -> Result<Self, rocksdb::Error> {
        let mut options = Options::default();
        options.set_paranoid_checks(strictly);
        options.set_wal_recovery_mode(DBRecoveryMode::TolerateCorruptedTailRecords);
        let db = DB::open_cf_descriptors_read_only(&options, rows_dir(dir), families(), false)?;
        Ok(Self { db, path: dir.to_owned(), damage: None, lock: None })
    }

    fn open_locked(dir: &Path, config: &StoreConfig, lock: DirLock) -> Result<Self, Error> {
        let mut options = Options::default();
        options.create_if_missing(true);
        options.create_missing_column_families(true);
        options.set_db_write_buffer_size(config.memory_bytes_max);
        options.set_max_open_files(config.open_files_max);
        options.set_keep_log_file_num(4);
        options.set_max_background_jobs(2);
        options.set_bytes_per_sync(1024 * 1024);
        options.set_wal_recovery_mode(DBRecoveryMode::TolerateCorruptedTailRecords);
        let db = DB::open_cf_descriptors(&options, rows_dir(dir), families())
            .map_err(refused("open the rows"))?;
        Ok(Self { db, path: dir.to_owned(), damage: None, lock: Some(lock) })
    }
}

fn families() -> Vec<ColumnFamilyDescriptor> {
    let mut all = vec![ColumnFamilyDescriptor::new("default", Options::default())];
    all.extend(
        Family::ALL.map(|family| ColumnFamilyDescriptor::new(family.name(), family.options())),
    );
    all
}

pub(super) fn rows_dir(dir: &Path) -> PathBuf {
    dir.join("rows")
}

fn check_format(dir: &Path) -> Result<(), Error> {
    let path = dir.join("format");
    let found = match fs::read_to_string(&path) {
        Ok(found) => found,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            return Err(Error::Missing(dir.to_owned()));
        }
        Err(source) => return Err(io("read", &path)(source)),
    };
    if found.trim_end() == FORMAT {
        return Ok(());
    }
    let found = found.trim_end().chars().take(80).collect();
    Err(Error::Format { path: dir.to_owned(), found, expected: FORMAT })
}

/// Nobody but the daemon's user may list the archive.
fn restrict(dir: &Path) -> Result<(), Error> {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(dir, fs::Permissions::from_mode(0o700)).map_err(io("restrict", dir))
}

fn io(verb: &str, path: &Path) -> impl FnOnce(std::io::Error) -> Error + use<> {
    let step = format!("{verb} {}", path.display());
    move |source| Error::Io { step, source }
}

fn refused(step: &'static str) -> impl FnOnce(rocksdb::Error) -> Error {
    move |source| {
        if source.kind() == rocksdb::ErrorKind::Corruption {
            Error::Corrupt { what: format!("could not {step}"), source: Some(source) }
        } else {
            Error::Database { step, source }
        }
    }
}
