//! Bytes flipped in the database's files, beneath the rows; files cut or gone.
//!
//! Every byte of a table file and of a blob file is under a checksum that is
//! checked when the file is opened or the byte is read, with one exception: a
//! table's filter, which tells look-ups where a row cannot be. One whose checksum
//! does not hold is not used, so that its bytes bear on nothing.

use std::path::{Path, PathBuf};

use super::archive::{Archive, MEDIUM, MESSAGE, SIZE, assert_found, assert_only};
use crate::store::rows::Family;
use crate::store::tamper::copy_tree;
use crate::store::{Error, Store, StoreConfig};
use crate::verify::{Finding, FindingKind, Report};

/// A copy of an archive's directory, to write into.
struct Copy {
    archive: Archive,
    data: PathBuf,
}

impl Copy {
    /// Of an archive of so many entries, whose rows are all in one file a family.
    fn new(size: u64) -> Self {
        let archive = if size == SIZE { Archive::new() } else { Archive::empty() };
        if size != SIZE {
            archive.grow(size);
        }
        archive.open().store.compact_raw();
        // Opened once more, it lets go of the files that are no longer of use.
        drop(Store::open(&archive.data(), &StoreConfig::default()).unwrap());
        let data = archive.dir.path().join("copy");
        copy_tree(&archive.data(), &data);
        Self { archive, data }
    }

    fn files(&self, extension: &str) -> Vec<PathBuf> {
        let files = std::fs::read_dir(self.data.join("rows")).unwrap();
        let files = files.map(|file| file.unwrap().path());
        let mut files: Vec<_> =
            files.filter(|file| file.extension().is_some_and(|found| found == extension)).collect();
        files.sort();
        files
    }

    fn verify(&self) -> Result<Report, Error> {
        let store = Store::open_to_verify(&self.data)?;
        Ok(self.archive.over(store).verify())
    }

    /// Verifies with a file as given, and puts it back.
    fn verify_with(&self, file: &Path, bytes: &[u8]) -> Result<Report, Error> {
        let right = std::fs::read(file).unwrap();
        write(file, bytes);
        let report = self.verify();
        write(file, &right);
        report
    }
}

fn write(file: &Path, bytes: &[u8]) {
    std::io::Write::write_all(&mut std::fs::File::create(file).unwrap(), bytes).unwrap();
}

fn position(of: &[u8], within: &[u8]) -> Option<usize> {
    within.windows(of.len()).position(|window| window == of)
}

#[test]
fn a_byte_flipped_in_a_blob_file_names_the_entry_it_belongs_to() {
    let copy = Copy::new(SIZE);
    let bodies = copy.archive.open();
    let body = bodies.row_at(Family::Bodies, MEDIUM);
    let (file, right, at) = holding(&copy, "blob", &body);
    for within in [0, body.len() / 2, body.len() - 1] {
        let mut bytes = right.clone();
        bytes[at + within] ^= 0x01;
        let report = copy.verify_with(&file, &bytes).unwrap();
        assert_only(&report, FindingKind::Unreadable, "bodies", Some(MEDIUM));
    }
    assert!(copy.verify().unwrap().is_right());
}

/// The file that has some bytes, what it has, and where they stand.
fn holding(copy: &Copy, extension: &str, part: &[u8]) -> (PathBuf, Vec<u8>, usize) {
    let holds = |file: &PathBuf| {
        let bytes = std::fs::read(file).unwrap();
        position(part, &bytes).map(|at| (file.clone(), bytes, at))
    };
    copy.files(extension).iter().find_map(holds).unwrap()
}

#[test]
fn a_byte_flipped_in_a_body_among_others_names_the_entries_of_its_block_as_one_finding() {
    let copy = Copy::new(SIZE);
    let bodies = copy.archive.open();
    for index in [MESSAGE, 255, SIZE - 1] {
        let body = bodies.row_at(Family::Bodies, index);
        let (file, right, at) = holding(&copy, "sst", &body);
        for within in [0, body.len() / 2, body.len() - 1] {
            let mut bytes = right.clone();
            bytes[at + within] ^= 0x01;
            let report = copy.verify_with(&file, &bytes).unwrap();
            let [finding] = report.findings.as_slice() else { panic!("{report}") };
            let (first, last) = span(finding);
            assert_eq!((finding.kind, &*finding.place.rows), (FindingKind::Unreadable, "bodies"));
            assert!((first..=last).contains(&index), "{report}");
            assert!(last - first < 128, "{report}");
            let others = SIZE - 3 - report.counts.bodies;
            assert!(others <= last + 1 - first, "the others were checked: {report}");
        }
    }
}

/// The first and the last entry that a finding is about.
fn span(finding: &Finding) -> (u64, u64) {
    let first = finding.place.entry.unwrap();
    (first, finding.place.through.unwrap_or(first))
}

#[test]
fn a_byte_flipped_in_the_entries_names_the_entries_of_its_block_and_no_others() {
    let copy = Copy::new(SIZE);
    let entries = copy.files("sst").into_iter().find(|file| {
        let bytes = std::fs::read(file).unwrap();
        position(b"\"kind\":\"began\"", &bytes).is_some()
    });
    let entries = entries.unwrap();
    let mut bytes = std::fs::read(&entries).unwrap();
    let at = bytes.len() / 2;
    bytes[at] ^= 0x40;
    let report = copy.verify_with(&entries, &bytes).unwrap();
    let unreadable = report.findings.iter().filter(|finding| {
        finding.kind == FindingKind::Unreadable && finding.place.rows == "entries"
    });
    let named: Vec<(u64, u64)> = unreadable.map(span).collect();
    let [(first, last)] = named.as_slice() else { panic!("one block is one finding: {report}") };
    assert!(last - first < 64, "{named:?}");
    assert_eq!(report.counts.entries, SIZE - (last + 1 - first), "the others were checked");
    assert_eq!(report.signed_size, Some(SIZE), "the tiles remember their hashes");
}

/// The bytes of a table that hold its filter: behind its rows.
fn filter_of(copy: &Copy, table: &Path) -> std::ops::Range<usize> {
    let bytes = std::fs::read(table).unwrap();
    // The last letters of a property's name, then its value.
    let names = |family: &Family| position(format!("name{}", family.name()).as_bytes(), &bytes);
    let family = Family::ALL.into_iter().find(|family| names(family).is_some()).unwrap();
    let properties = copy.archive.open().store.table_properties_raw(family);
    let size = |name: &str| -> usize {
        let value = properties.split("; ").find_map(|field| field.strip_prefix(name));
        value.unwrap_or_else(|| panic!("no {name} in {properties}")).parse().unwrap()
    };
    let rows = size("data block size=");
    // Behind the filter stand how it is compressed and its checksum.
    rows..rows + size("filter block size=") + 5
}

#[test]
fn a_byte_flipped_anywhere_in_the_files_is_noticed_unless_it_bears_on_nothing() {
    let copy = Copy::new(14);
    let mut noticed = 0;
    for file in [copy.files("sst"), copy.files("blob")].concat() {
        let right = std::fs::read(&file).unwrap();
        let is_table = file.extension().is_some_and(|found| found == "sst");
        let unused = if is_table { filter_of(&copy, &file) } else { 0..0 };
        // A prime step, so that every part of a file is hit.
        for at in (0..right.len()).step_by(97) {
            let mut bytes = right.clone();
            bytes[at] ^= 1 << (at % 8);
            let report = copy.verify_with(&file, &bytes).unwrap();
            assert_eq!(report.is_right(), unused.contains(&at), "byte {at} of {file:?}: {report}");
            noticed += usize::from(!report.is_right());
        }
    }
    assert!(noticed > 150, "{noticed}");
    assert!(copy.verify().unwrap().is_right());
}

#[test]
fn a_file_that_is_cut_or_gone_names_every_entry_it_held() {
    let copy = Copy::new(14);
    for file in copy.files("sst") {
        let right = std::fs::read(&file).unwrap();
        for cut in [0, right.len() / 2, right.len() - 1] {
            let report = copy.verify_with(&file, &right[..cut]).unwrap();
            assert_found(&report, FindingKind::Unreadable, "files", None);
        }
        std::fs::remove_file(&file).unwrap();
        let report = copy.verify().unwrap();
        assert_found(&report, FindingKind::Unreadable, "files", None);
        let strict = Store::open_read_only(&copy.data).unwrap_err();
        assert!(matches!(strict, Error::Corrupt { .. }), "{strict}");
        write(&file, &right);
    }
    for file in copy.files("blob") {
        let right = std::fs::read(&file).unwrap();
        std::fs::remove_file(&file).unwrap();
        let report = copy.verify().unwrap();
        assert_found(&report, FindingKind::Unreadable, "bodies", Some(MEDIUM));
        write(&file, &right);
    }
}

#[test]
fn without_the_list_of_files_it_says_that_nothing_can_be_read() {
    let copy = Copy::new(14);
    for file in std::fs::read_dir(copy.data.join("rows")).unwrap() {
        let file = file.unwrap().path();
        let name = file.file_name().unwrap().to_str().unwrap().to_owned();
        if name != "CURRENT" && !name.starts_with("MANIFEST") {
            continue;
        }
        let right = std::fs::read(&file).unwrap();
        for cut in [0, right.len() / 2] {
            let refused = copy.verify_with(&file, &right[..cut]).unwrap_err();
            let Error::Corrupt { what, source } = &refused else { panic!("{refused:?}") };
            assert!(what.contains("no row can be read"), "{what}");
            assert!(source.is_some());
        }
    }
}

#[test]
fn damage_in_the_write_ahead_log_is_not_passed_over() {
    let archive = Archive::empty();
    archive.grow(14);
    // Written and not flushed, as after a loss of power.
    let open = archive.open();
    let body = open.row_at(Family::Bodies, MESSAGE);
    open.put_at(Family::Bodies, MESSAGE, &body);
    open.put_at(Family::Bodies, MESSAGE + 1, &open.row_at(Family::Bodies, MESSAGE + 1));
    let data = archive.dir.path().join("copy");
    copy_tree(&archive.data(), &data);
    drop(open);
    let copy = Copy { archive, data };
    assert!(copy.verify().unwrap().is_right());
    let holds = |file: &PathBuf| position(&body, &std::fs::read(file).unwrap());
    let (file, at) =
        copy.files("log").into_iter().find_map(|file| Some((file.clone(), holds(&file)?))).unwrap();
    let mut bytes = std::fs::read(&file).unwrap();
    bytes[at + 9] ^= 1;
    let report = copy.verify_with(&file, &bytes);
    assert!(report.is_err() || !report.unwrap().is_right());
}
