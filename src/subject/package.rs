//! A ZIP that is written as it comes, each of its files with its length and its SHA-256.

use std::io::{self, Write};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use ring::digest::{Context, SHA256};
use serde::Serialize;
use zip::write::{SimpleFileOptions, StreamWriter};
use zip::{CompressionMethod, ZipWriter};

/// How hard it is tried to make media smaller: hardly.
const LEVEL_OF_MEDIA: Option<i64> = Some(1);

/// The package, being written.
pub(super) struct Zip<W: Write> {
    zip: ZipWriter<StreamWriter<W>>,
    options: SimpleFileOptions,
    files: Vec<File>,
    current: Option<(String, Context, u64)>,
}

/// A file of the package.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct File {
    pub(super) name: String,
    pub(super) sha256: String,
    pub(super) size: u64,
}

impl<W: Write> Zip<W> {
    /// Begins a package; its files bear a time.
    pub(super) fn new(out: W, made: Timestamp) -> Self {
        let options = SimpleFileOptions::default()
            .compression_method(CompressionMethod::Deflated)
            .large_file(true)
            .unix_permissions(0o600)
            .last_modified_time(dos_time(made));
        Self { zip: ZipWriter::new_stream(out), options, files: vec![], current: None }
    }

    /// Begins a file; what is written from now on is in it.
    pub(super) fn begin(&mut self, name: &str) -> io::Result<()> {
        self.begin_by(name, None)
    }

    /// As [`Zip::begin`], for what hardly becomes smaller: media. They are deflated
    /// nevertheless, for some readers do not take what is stored with its length behind it.
    pub(super) fn begin_medium(&mut self, name: &str) -> io::Result<()> {
        self.begin_by(name, LEVEL_OF_MEDIA)
    }

    fn begin_by(&mut self, name: &str, level: Option<i64>) -> io::Result<()> {
        self.end();
        let options = self.options.compression_level(level);
        self.zip.start_file(name, options).map_err(io::Error::from)?;
        self.current = Some((name.to_owned(), Context::new(&SHA256), 0));
        Ok(())
    }

    /// The files that are complete; one that was begun is ended by it.
    pub(super) fn files(&mut self) -> &[File] {
        self.end();
        &self.files
    }

    /// Ends the package.
    pub(super) fn finish(mut self) -> io::Result<W> {
        self.end();
        Ok(self.zip.finish().map_err(io::Error::from)?.into_inner())
    }

    fn end(&mut self) {
        if let Some((name, hash, size)) = self.current.take() {
            let sha256 = hex::encode(hash.finish());
            self.files.push(File { name, sha256, size });
        }
    }
}

impl<W: Write> Write for Zip<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.zip.write(bytes)?;
        if let (Some((_, hash, size)), Some(taken)) = (&mut self.current, bytes.get(..written)) {
            hash.update(taken);
            *size += written as u64;
        }
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.zip.flush()
    }
}

/// The time as ZIP has it, which begins in 1980 and has no zone: UTC.
fn dos_time(time: Timestamp) -> zip::DateTime {
    let civil = time.to_zoned(TimeZone::UTC).datetime();
    let parts = || {
        let year = u16::try_from(civil.year()).ok()?;
        let [month, day, hour, minute, second] =
            [civil.month(), civil.day(), civil.hour(), civil.minute(), civil.second()]
                .map(|part| u8::try_from(part).unwrap_or_default());
        zip::DateTime::from_date_and_time(year, month, day, hour, minute, second).ok()
    };
    parts().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    #[test]
    fn each_file_is_listed_with_its_length_and_digest_and_reads_back() {
        let mut zip = Zip::new(vec![], "2026-11-21T08:00:00Z".parse().unwrap());
        zip.begin("README.txt").unwrap();
        zip.write_all(b"abc").unwrap();
        zip.begin_medium("media/a-ä.bin").unwrap();
        zip.write_all(&vec![7; 200_000]).unwrap();
        zip.begin("empty").unwrap();
        let files = zip.files().to_vec();
        let sizes: Vec<_> = files.iter().map(|file| (file.name.as_str(), file.size)).collect();
        assert_eq!(sizes, [("README.txt", 3), ("media/a-ä.bin", 200_000), ("empty", 0)]);
        // printf abc | sha256sum
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(files[0].sha256, abc);
        let written = zip.finish().unwrap();
        let mut archive = zip::ZipArchive::new(io::Cursor::new(written)).unwrap();
        assert_eq!(archive.len(), 3);
        let mut text = String::new();
        archive.by_name("README.txt").unwrap().read_to_string(&mut text).unwrap();
        assert_eq!(text, "abc");
    }

    #[test]
    fn a_time_before_1980_is_as_early_as_may_be() {
        assert_eq!(dos_time(Timestamp::UNIX_EPOCH), zip::DateTime::default());
        let time = dos_time("2026-11-21T08:30:10Z".parse().unwrap());
        assert_eq!((time.year(), time.month(), time.hour(), time.second()), (2026, 11, 8, 10));
    }
}
