//! A sealed body in the database's files, found and changed by its bytes alone.
//!
//! RocksDB writes a blob as 24 bytes of lengths and expiry, a CRC of these, a
//! CRC of key and value, the key, the value (`db/blob/blob_log_format.h` in its
//! source). The CRCs are CRC-32C, little-endian, masked.

use std::fs::{self, File};
use std::io::{Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use ring::digest::{SHA256, digest};

const CRC_BYTES: usize = 4;

/// A body in a file, whose key is its entry's index.
#[derive(Debug)]
pub struct Blob {
    /// The file.
    pub file: PathBuf,
    bytes: Vec<u8>,
    key_at: usize,
    body_at: usize,
    body_end: usize,
}

/// Some bytes to be written over others.
#[derive(Debug)]
pub struct Change {
    at: usize,
    bytes: Vec<u8>,
}

impl Blob {
    /// Finds the body of an entry, by its size and SHA-256.
    pub fn find(rows: &Path, index: u64, size: usize, sha256: &[u8]) -> anyhow::Result<Self> {
        let key = index.to_be_bytes();
        for entry in fs::read_dir(rows).context("the copy has no rows")? {
            let file = entry.context("the copy cannot be listed")?.path();
            if file.extension().is_none_or(|extension| extension != "blob") {
                continue;
            }
            let bytes = fs::read(&file).context("a file of the copy does not read")?;
            let is_body = |key_at: &usize| {
                let body = bytes.get(key_at + key.len()..key_at + key.len() + size);
                body.is_some_and(|body| digest(&SHA256, body).as_ref() == sha256)
            };
            let keys = bytes.windows(key.len()).enumerate().filter(|(_, at)| *at == key);
            let found = keys.map(|(key_at, _)| key_at).find(is_body);
            if let Some(key_at) = found {
                let body_at = key_at + key.len();
                return Ok(Self { file, bytes, key_at, body_at, body_end: body_at + size });
            }
        }
        anyhow::bail!("no file of the copy holds the sealed body of entry {index}")
    }

    /// What changes one bit in the middle of the body, and the CRC to match.
    pub fn flip_a_bit(&self) -> anyhow::Result<[Change; 2]> {
        let middle = usize::midpoint(self.body_at, self.body_end);
        let mut bytes = self.bytes.clone();
        let byte = bytes.get_mut(middle).context("the body has no middle")?;
        *byte ^= 1;
        let flipped = Change { at: middle, bytes: vec![*byte] };
        let told = |bytes: &[u8]| {
            let key_and_body = bytes.get(self.key_at..self.body_end);
            key_and_body.map(|bytes| masked(crc32c(bytes)).to_le_bytes())
        };
        let crc_at = self.key_at.checked_sub(CRC_BYTES).context("no header is before the body")?;
        let found = self.bytes.get(crc_at..self.key_at);
        // Else the file has another form than this program knows.
        let known = told(&self.bytes).is_some_and(|crc| found == Some(crc.as_slice()));
        anyhow::ensure!(known, "the database's checksum is not where it is looked for");
        let crc = told(&bytes).context("the body ends before its end")?;
        Ok([flipped, Change { at: crc_at, bytes: crc.to_vec() }])
    }
}

impl Change {
    /// Writes the bytes.
    pub fn apply(&self, file: &Path) -> anyhow::Result<()> {
        let at = u64::try_from(self.at).context("the file is too long")?;
        File::options()
            .write(true)
            .open(file)
            .and_then(|mut file| {
                file.seek(SeekFrom::Start(at))?;
                file.write_all(&self.bytes)
            })
            .context("could not change the copy")
    }

    /// The command that does the same.
    pub fn by_hand(&self, file: &Path, dir: &Path) -> String {
        let bytes: String = self.bytes.iter().map(|byte| format!("\\{byte:03o}")).collect();
        let file = file.strip_prefix(dir).unwrap_or(file).display();
        format!("printf '{bytes}' | dd of={file} bs=1 seek={} conv=notrunc", self.at)
    }
}

/// CRC-32C (Castagnoli), as in RFC 3720.
fn crc32c(bytes: &[u8]) -> u32 {
    const POLYNOMIAL_REVERSED: u32 = 0x82f6_3b78;
    let step = |crc: u32| if crc & 1 == 1 { crc >> 1 ^ POLYNOMIAL_REVERSED } else { crc >> 1 };
    let byte = |crc: u32, byte: &u8| (0..8).fold(crc ^ u32::from(*byte), |crc, _| step(crc));
    !bytes.iter().fold(!0, byte)
}

/// As LevelDB and RocksDB store a CRC, so that the CRC of a CRC is no constant.
const fn masked(crc: u32) -> u32 {
    crc.rotate_right(15).wrapping_add(0xa282_ead8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_crc_agrees_with_the_vectors_of_rfc_3720() {
        let ascending: Vec<u8> = (0..32).collect();
        for (bytes, crc) in [
            (vec![0; 32], 0x8a91_36aa),
            (vec![0xff; 32], 0x62a8_ab43),
            (ascending, 0x46dd_794e),
            (b"123456789".to_vec(), 0xe306_9283),
        ] {
            assert_eq!(crc32c(&bytes), crc);
        }
    }

    #[test]
    fn a_change_is_written_where_it_belongs_and_nowhere_else() {
        let file = tempfile::NamedTempFile::new().unwrap();
        file.as_file().write_all(b"abcdef").unwrap();
        let change = Change { at: 2, bytes: vec![b'X', 7] };
        change.apply(file.path()).unwrap();
        assert_eq!(fs::read(file.path()).unwrap(), b"abX\x07ef");
        let command = change.by_hand(Path::new("/tmp/a/b.blob"), Path::new("/tmp/a"));
        assert_eq!(command, r"printf '\130\007' | dd of=b.blob bs=1 seek=2 conv=notrunc");
    }
}
