//! Files that a command is told to read: at most so large.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;

use anyhow::{Context as _, ensure};

/// Reads a file's bytes.
pub(super) fn read(path: &Path, bytes_max: usize) -> anyhow::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(bytes_max as u64 + 1).read_to_end(&mut bytes))
        .with_context(|| format!("could not read {}", path.display()))?;
    let fits = bytes.len() <= bytes_max;
    ensure!(fits, "{} has more than {bytes_max} bytes: is it the right file?", path.display());
    Ok(bytes)
}

/// Reads a file of text.
pub(super) fn read_text(path: &Path, bytes_max: usize) -> anyhow::Result<String> {
    let text = String::from_utf8(read(path, bytes_max)?);
    text.map_err(|_| anyhow::anyhow!("{} is no text: is it the right file?", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_read_up_to_its_limit() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        let written = |bytes: &[u8]| {
            std::io::Write::write_all(&mut File::create(&path).unwrap(), bytes).unwrap();
        };
        written(b"four");
        assert_eq!(read_text(&path, 4).unwrap(), "four");
        assert!(read(&path, 3).unwrap_err().to_string().contains("more than 3 bytes"));
        written(b"\xff");
        assert!(read_text(&path, 4).unwrap_err().to_string().contains("no text"));
        assert!(read(&dir.path().join("none"), 4).is_err());
    }
}
