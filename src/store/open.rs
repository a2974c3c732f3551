//! Creating and opening the directory of rows.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, OnceLock};

use rocksdb::statistics::StatsLevel;
use rocksdb::{ColumnFamilyDescriptor, DB, DBRecoveryMode, Options};

use super::lock::DirLock;
use super::rows::Family;
use super::{Error, Store};
use crate::fault::{self, Point};

/// What stands in the file `format` of an archive directory.
const FORMAT: &str = "muniment archive format 1";

/// Every file is opened at once: one that is gone is noticed at the start.
const EVERY_FILE: i32 = -1;

/// Files held open by who reads everything. Each holds its index and its filter in memory, so
/// that all of them would be some bytes for every entry.
const OPEN_FILES_READING_MAX: i32 = 32;

/// The database's file that names the list of its files: another list at each change of it.
const LIST: &str = "CURRENT";

/// How often an archive is opened for reading while its files change.
const READING_TRIES_MAX: u32 = 100;

/// Has the list of the database's files begun anew with each change of it, which are few. Else
/// it would go on naming the first and the last key of files that are gone: of marks of things
/// seen, which are digests of content.
const LIST_ANEW: &str = "max_manifest_file_size=1;max_manifest_space_amp_pct=0";

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

/// An archive that this process holds and has not opened.
#[derive(Debug)]
pub struct Taken {
    dir: PathBuf,
    lock: DirLock,
}

impl Taken {
    /// Opens it for reading, which changes nothing.
    ///
    /// # Errors
    /// When the database's files are damaged.
    pub fn look(&self) -> Result<Store, Error> {
        Store::open_for_reading(&self.dir, true, EVERY_FILE).map_err(refused("open the rows"))
    }

    /// Opens it for writing.
    ///
    /// # Errors
    /// When the database's files are damaged.
    pub fn open(self, config: &StoreConfig) -> Result<Store, Error> {
        Store::open_locked(&self.dir, config, self.lock, false)
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
        let write = |mut file: fs::File| {
            use std::io::Write as _;
            writeln!(file, "{FORMAT}")?;
            fault::at(Point::StoreFormat, || file.sync_all())
        };
        fs::File::create(&format).and_then(write).map_err(io("write", &format))?;
        Self::open_locked(dir, config, lock, true)
    }

    /// Opens an archive for writing; a second process is refused. Where the
    /// database's files are gone none are made: that would be another archive, and
    /// the end of what is left of this one.
    ///
    /// # Errors
    /// [`Error::Missing`], [`Error::InUse`], [`Error::Format`], or
    /// [`Error::Corrupt`] when the database's files are damaged.
    pub fn open(dir: &Path, config: &StoreConfig) -> Result<Self, Error> {
        Self::take(dir)?.open(config)
    }

    /// Takes an archive for this process, and opens nothing yet.
    ///
    /// # Errors
    /// [`Error::Missing`], [`Error::InUse`] or [`Error::Format`].
    pub fn take(dir: &Path) -> Result<Taken, Error> {
        check_format(dir)?;
        Ok(Taken { dir: dir.to_owned(), lock: DirLock::take(dir)? })
    }

    /// Opens an archive for reading only, also while another process writes it:
    /// what is seen is the archive at this moment.
    ///
    /// # Errors
    /// As [`Store::open`], but never [`Error::InUse`].
    pub fn open_read_only(dir: &Path) -> Result<Self, Error> {
        check_format(dir)?;
        Self::open_for_reading(dir, true, EVERY_FILE).map_err(refused("open the rows for reading"))
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
        let source = match Self::open_for_reading(dir, true, OPEN_FILES_READING_MAX) {
            Ok(store) => return Ok(store),
            Err(source) => source,
        };
        match Self::open_for_reading(dir, false, OPEN_FILES_READING_MAX) {
            Ok(store) => Ok(Self { damage: Some(source.to_string()), ..store }),
            Err(_) => Err(Error::Corrupt {
                what: "the list of the database's files, or a file that it needs first: no row \
                       can be read"
                    .to_owned(),
                source: Some(source),
            }),
        }
    }

    /// Opens for reading what another process may be writing. The database reads its list of
    /// files, then what was not in files yet; where rows went from the one to the other in
    /// between it would miss them, and say nothing. Then it is opened again.
    fn open_for_reading(
        dir: &Path,
        strictly: bool,
        open_files_max: i32,
    ) -> Result<Self, rocksdb::Error> {
        let list = || fs::read(rows_dir(dir).join(LIST)).ok();
        let mut tries = 1..READING_TRIES_MAX;
        loop {
            let before = list();
            let opened = Self::open_once_for_reading(dir, strictly, open_files_max);
            if list() == before || tries.next().is_none() {
                return opened;
            }
        }
    }

    fn open_once_for_reading(
        dir: &Path,
        strictly: bool,
        open_files_max: i32,
    ) -> Result<Self, rocksdb::Error> {
        let mut options = Options::default();
        options.set_paranoid_checks(strictly);
        options.set_max_open_files(open_files_max);
        options.set_wal_recovery_mode(DBRecoveryMode::TolerateCorruptedTailRecords);
        let there = DB::list_cf(&options, rows_dir(dir));
        let is_there = |family: &ColumnFamilyDescriptor| match &there {
            Ok(names) => names.iter().any(|name| name == family.name()),
            // The list is damaged: opening says so in its own words.
            Err(_) => true,
        };
        let families = families().into_iter().filter(is_there);
        let db = DB::open_cf_descriptors_read_only(&options, rows_dir(dir), families, false)?;
        Ok(Self {
            db,
            path: dir.to_owned(),
            damage: None,
            failed: OnceLock::new(),
            headers: Mutex::default(),
            lock: None,
            counting: None,
        })
    }

    fn open_locked(
        dir: &Path,
        config: &StoreConfig,
        lock: DirLock,
        is_new: bool,
    ) -> Result<Self, Error> {
        let mut options = Options::default();
        options.create_if_missing(is_new);
        options.create_missing_column_families(true);
        options.set_db_write_buffer_size(config.memory_bytes_max);
        options.set_max_open_files(config.open_files_max);
        options.set_keep_log_file_num(4);
        options.set_max_background_jobs(2);
        options.set_bytes_per_sync(1024 * 1024);
        options.set_wal_recovery_mode(DBRecoveryMode::TolerateCorruptedTailRecords);
        options.enable_statistics();
        options.set_statistics_level(StatsLevel::ExceptHistogramOrTimers);
        let options = options
            .get_options_from_string(LIST_ANEW)
            .map_err(|source| Error::Database { step: "be told how it lists its files", source })?;
        let db = fault::at(Point::StoreOpen, || {
            DB::open_cf_descriptors(&options, rows_dir(dir), families())
                .map_err(refused("open the rows"))
        })?;
        Ok(Self {
            db,
            path: dir.to_owned(),
            damage: None,
            failed: OnceLock::new(),
            headers: Mutex::default(),
            lock: Some(lock),
            counting: Some(options),
        })
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

/// Whether a directory holds an archive that this build can read.
///
/// # Errors
/// [`Error::Missing`] or [`Error::Format`].
pub fn check_format(dir: &Path) -> Result<(), Error> {
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
