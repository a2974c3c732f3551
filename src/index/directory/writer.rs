//! Writing a sealed file from its beginning to its end.

use std::fs::File;
use std::io::{self, Write};

use tantivy::directory::{AntiCallToken, TerminatingWrite};

use super::cipher::{CHUNK_BYTES, FileCipher, FileKey, Header, IndexKey, Place, SEALED_BYTES};
use crate::fault::{self, Point};

/// Seals what is written, chunk by chunk. What is not terminated has no last
/// chunk, and is refused when it is read.
pub(super) struct SealingWriter {
    /// Gone when the file is complete, or when a write to it failed: what stands
    /// in the file is then not known.
    file: Option<File>,
    cipher: FileCipher,
    /// The number of the chunk that is being filled.
    number: u64,
    /// The content of that chunk: never on disk as it is.
    chunk: Vec<u8>,
}

impl SealingWriter {
    /// Begins an empty file that is to be read under a name.
    pub(super) fn begin(mut file: File, name: &str, key: &IndexKey) -> io::Result<Self> {
        let file_key = FileKey::random()?;
        file.write_all(&Header::wrap(&file_key, key, name)?.to_bytes())?;
        let cipher = FileCipher::of(&file_key, name);
        Ok(Self { file: Some(file), cipher, number: 0, chunk: Vec::with_capacity(SEALED_BYTES) })
    }

    /// Seals the chunk and writes it; the file is given back, once.
    fn write_chunk(&mut self, last: bool) -> io::Result<File> {
        let mut file = self.file.take().ok_or_else(|| {
            io::Error::other("the index file is complete, or a write to it failed before")
        })?;
        self.cipher.seal(Place { number: self.number, last }, &mut self.chunk);
        file.write_all(&self.chunk)?;
        self.number += 1;
        self.chunk.clear();
        Ok(file)
    }
}

impl Write for SealingWriter {
    fn write(&mut self, content: &[u8]) -> io::Result<usize> {
        // A full chunk waits until it is known whether more follows.
        if self.chunk.len() == CHUNK_BYTES && !content.is_empty() {
            self.file = Some(self.write_chunk(false)?);
        }
        let room = CHUNK_BYTES - self.chunk.len();
        let taken = content.get(..room).unwrap_or(content);
        self.chunk.extend_from_slice(taken);
        Ok(taken.len())
    }

    /// Does nothing: a chunk that is not full cannot be sealed before the end.
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl TerminatingWrite for SealingWriter {
    fn terminate_ref(&mut self, _: AntiCallToken) -> io::Result<()> {
        fault::at(Point::IndexFile, || self.write_chunk(true)?.sync_all())
    }
}
