//! The database's files: whether they are there, whole, and open.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use super::{Patient, Report};
use crate::causes::told;
use crate::store::rows::{Family, index_of_key};
use crate::store::{self, BlobFiles, ListedFile, Store};
use crate::tlog::LeafIndex;

/// What to do about lost or damaged files.
const RESTORE: &str = "change nothing and delete nothing; copy `data` as it is, look at the disk \
                       (`dmesg`, SMART), run `muniment verify` to see what is lost, and restore \
                       the newest copy that it finds right";

/// So often an archive is opened again whose daemon takes files away meanwhile.
const TRIES: usize = 10;
const PAUSE: Duration = Duration::from_millis(100);

/// Bodies that are read, at most, to name files that are gone.
const BODIES_READ_MAX: u64 = 50_000;

/// Names in one line, at most.
const NAMES_MAX: usize = 8;

/// Looks at what lies in the directory of rows, without the database.
pub(super) fn look_at_files(patient: &Patient, report: &mut Report) {
    const CHECK: &str = "files";
    let dir = patient.archive.data.join("rows");
    let Ok(entries) = std::fs::read_dir(&dir) else {
        let text = format!("there is no directory {}: every record is in it", dir.display());
        return report.wrong(CHECK, text, RESTORE);
    };
    let mut empty: Vec<String> = entries
        .flatten()
        .filter(|entry| entry.metadata().is_ok_and(|found| found.len() == 0))
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .filter(|name| name.ends_with(".sst") || name.ends_with(".blob"))
        .collect();
    // A running daemon opens a file before it writes it; one that was killed then leaves
    // it behind, and the database lists it nowhere.
    if !empty.is_empty() && !patient.is_held() {
        let listed = Store::open_to_verify(&patient.archive.data);
        if let Ok(listed) = listed.and_then(|store| store.listed_files()) {
            let is_table = |name: &str| name.ends_with(".sst");
            empty.retain(|name| !is_table(name) || listed.iter().any(|file| file.name == *name));
        }
    }
    if !empty.is_empty() && !patient.is_held() {
        empty.sort();
        let text = format!("empty, and must not be: {}", names(&empty));
        report.wrong(CHECK, text, RESTORE);
    }
    if let Err(why) = list_of_files(&dir) {
        report.wrong(CHECK, format!("the list of the database's files is lost: {why}"), RESTORE);
    }
}

/// `CURRENT` names the manifest, which lists all other files.
fn list_of_files(dir: &Path) -> Result<(), String> {
    let named = std::fs::read_to_string(dir.join("CURRENT"));
    let named = named.map_err(|error| format!("rows/CURRENT cannot be read ({error})"))?;
    let name = named.trim_end();
    if !name.starts_with("MANIFEST-") {
        return Err("rows/CURRENT does not name it".to_owned());
    }
    match std::fs::metadata(dir.join(name)) {
        Ok(found) if found.len() == 0 => Err(format!("rows/{name} is empty")),
        Ok(_) => Ok(()),
        Err(error) => Err(format!("rows/{name} cannot be read ({error})")),
    }
}

/// Opens the rows for reading, as far as that is possible.
pub(super) fn open(patient: &Patient, report: &mut Report) -> Option<Arc<Store>> {
    const CHECK: &str = "rows";
    let data = &patient.archive.data;
    let mut opened = Store::open_to_verify(data);
    for _ in 0..TRIES {
        let is_whole = opened.as_ref().is_ok_and(|store| store.damage().is_none());
        if is_whole || !patient.is_held() {
            break;
        }
        std::thread::sleep(PAUSE);
        opened = Store::open_to_verify(data);
    }
    match opened {
        Ok(store) => {
            match store.damage() {
                None => report.ok(CHECK, "the database opens"),
                Some(damage) => report.wrong(
                    CHECK,
                    format!(
                        "the database opens only without what is damaged, and the daemon does not \
                         start ({damage})"
                    ),
                    RESTORE,
                ),
            }
            Some(Arc::new(store))
        }
        // The check of the format has told these.
        Err(store::Error::Missing(_) | store::Error::Format { .. }) => None,
        Err(error) => {
            let text = format!(
                "the database does not open: not one record can be read ({})",
                told(&error)
            );
            report.wrong(CHECK, text, RESTORE);
            None
        }
    }
}

/// Compares the files that the database lists with those that are there.
pub(super) fn look_at_listed(store: &Store, patient: &Patient, report: &mut Report) {
    const CHECK: &str = "files";
    let files = match store.listed_files() {
        Ok(files) => files,
        Err(error) => return report.unknown(CHECK, told(&error), RESTORE),
    };
    let dir = store.rows_dir();
    let mut faults: Vec<String> = files.iter().filter_map(|file| fault(file, &dir)).collect();
    // A daemon that runs may have replaced a file since it was listed.
    if patient.is_held() {
        faults.retain(|_| store.damage().is_some());
    }
    faults.extend(lost_bodies(store, &files));
    faults.sort();
    faults.dedup();
    if !faults.is_empty() {
        report.wrong(CHECK, format!("lost or damaged: {}", names(&faults)), RESTORE);
    } else if !report.has_wrong(CHECK) {
        let text = format!("{} tables, and the bodies beside them, are there", files.len());
        report.ok(CHECK, text);
    }
}

/// What is wrong with a file, from outside.
fn fault(file: &ListedFile, dir: &Path) -> Option<String> {
    let ListedFile { name, bytes, family, .. } = file;
    match std::fs::metadata(dir.join(name)) {
        Ok(found) if found.len() == *bytes => None,
        Ok(found) => Some(format!("{name} ({family}) has {} of {bytes} bytes", found.len())),
        Err(_) => Some(format!("{name} ({family}) is gone")),
    }
}

/// The database lists how many files of large bodies there are, but not which: so
/// their number and size are compared; where they differ, bodies here and there are
/// read, and the errors name the files.
fn lost_bodies(store: &Store, files: &[ListedFile]) -> Vec<String> {
    let Ok(listed) = store.listed_blob_files() else { return vec![] };
    let there = blobs_in(&store.rows_dir());
    let text = if there.files < listed.files {
        let lost = listed.files - there.files;
        format!("{lost} of {} files with sealed bodies (.blob) are gone", listed.files)
    } else if there.bytes < listed.bytes {
        "files with sealed bodies (.blob) are shorter than they were".to_owned()
    } else {
        return vec![];
    };
    let named = named_in_errors(store, files);
    vec![if named.is_empty() { text } else { format!("{text}, among them {}", names(&named)) }]
}

fn named_in_errors(store: &Store, files: &[ListedFile]) -> Vec<String> {
    let bodies = files.iter().filter(|file| file.family == Family::Bodies.name());
    let keys = bodies.flat_map(|file| &file.keys).filter_map(|key| index_of_key(key));
    let indices: Vec<u64> = keys.map(LeafIndex::get).collect();
    let (Some(first), Some(last)) = (indices.iter().min(), indices.iter().max()) else {
        return vec![];
    };
    let step = usize::try_from((last - first) / BODIES_READ_MAX).unwrap_or(usize::MAX).max(1);
    let mut named = BTreeSet::new();
    for index in (*first..=*last).step_by(step).map(LeafIndex::new) {
        let Err(error) = store.body(index) else { continue };
        let text = told(&error);
        let words = text.split(|letter: char| letter == '/' || letter.is_whitespace());
        let words = words.map(|word| word.trim_end_matches([':', ',', ';']));
        named.extend(words.filter(|word| word.ends_with(".blob")).map(str::to_owned));
    }
    named.into_iter().collect()
}

fn blobs_in(dir: &Path) -> BlobFiles {
    let mut there = BlobFiles { files: 0, bytes: 0 };
    for entry in std::fs::read_dir(dir).into_iter().flatten().flatten() {
        if entry.path().extension().is_some_and(|kind| kind == "blob") {
            there.files += 1;
            there.bytes += entry.metadata().map_or(0, |found| found.len());
        }
    }
    there
}

fn names(all: &[String]) -> String {
    let shown: Vec<&str> = all.iter().take(NAMES_MAX).map(String::as_str).collect();
    match all.len().saturating_sub(NAMES_MAX) {
        0 => shown.join("; "),
        more => format!("{}; and {more} more", shown.join("; ")),
    }
}
