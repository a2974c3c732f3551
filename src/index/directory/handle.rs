//! Reading a sealed file at any place.

use std::fmt;
use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tantivy::HasLen;
use tantivy::directory::{FileHandle, OwnedBytes};

use super::cache::{Cache, Content, Span};
use super::cipher::{
    CHUNK_BYTES, Extent, FileCipher, HEADER_BYTES, Header, SEALED_BYTES, TAG_BYTES,
};
use super::keys::Keys;
use super::{Damaged, Fault};

/// A read over more chunks than this is a run: it is decrypted and kept as one,
/// and does not push single chunks out of the cache.
const JOINED_CHUNKS_MAX: usize = 8;

/// Sealed chunks that are read from the disk at a time.
const CHUNKS_A_READ: usize = 16;

/// An open file. It stays readable when the file is deleted.
pub(super) struct Handle {
    file: File,
    path: PathBuf,
    cipher: FileCipher,
    extent: Extent,
    cache: Arc<Cache>,
}

impl Handle {
    /// Opens a file and checks that it is whole: its last chunk must be the last.
    pub(super) fn open(
        path: &Path,
        name: &str,
        keys: &Keys,
        cache: Arc<Cache>,
    ) -> io::Result<Self> {
        let file = File::open(path)?;
        let damaged = |fault| Damaged::at(path, fault);
        let header = match read_header(&file) {
            Ok(header) => header.ok_or_else(|| damaged(Fault::Header))?,
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                return Err(damaged(Fault::Header));
            }
            Err(error) => return Err(error),
        };
        let extent =
            Extent::of_file(file.metadata()?.len()).ok_or_else(|| damaged(Fault::Length))?;
        let file_key = keys.unwrap(&header, name).ok_or_else(|| damaged(Fault::Altered))?;
        let cipher = FileCipher::of(&file_key, name);
        let handle = Self { file, path: path.to_owned(), cipher, extent, cache };
        handle.chunk(extent.chunks - 1)?;
        Ok(handle)
    }

    /// The whole content, where it has no more than `bytes_max`.
    pub(super) fn read_whole(&self, bytes_max: usize) -> io::Result<Vec<u8>> {
        if self.extent.content_bytes > bytes_max {
            return Err(Damaged::at(&self.path, Fault::TooLarge));
        }
        let mut content = vec![0; self.extent.content_bytes];
        self.decrypt(0, &mut content)?;
        Ok(content)
    }

    fn span(&self, range: &Range<usize>) -> Span {
        let file_bytes = self.extent.content_bytes;
        Span { file: self.cipher.id(), file_bytes, start: range.start, end: range.end }
    }

    /// The content of a range, from the cache or decrypted and put there.
    fn cached(&self, range: Range<usize>) -> io::Result<Content> {
        let span = self.span(&range);
        if let Some(content) = self.cache.get(&span) {
            return Ok(content);
        }
        let mut content: Content = std::iter::repeat_n(0, range.len()).collect();
        let bytes = Arc::get_mut(&mut content).expect("nobody else has it yet");
        self.decrypt(range.start, bytes)?;
        self.cache.put(span, &content);
        Ok(content)
    }

    fn chunk(&self, chunk: usize) -> io::Result<Content> {
        let start = chunk * CHUNK_BYTES;
        self.cached(start..(start + CHUNK_BYTES).min(self.extent.content_bytes))
    }

    /// A range within few chunks, put together from them.
    fn joined(&self, range: &Range<usize>) -> io::Result<Vec<u8>> {
        let mut joined = Vec::with_capacity(range.len());
        for chunk in range.start / CHUNK_BYTES..range.end.div_ceil(CHUNK_BYTES) {
            let base = chunk * CHUNK_BYTES;
            let from = range.start.saturating_sub(base);
            let to = (range.end - base).min(CHUNK_BYTES);
            joined.extend_from_slice(self.chunk(chunk)?.get(from..to).unwrap_or_default());
        }
        Ok(joined)
    }

    /// Decrypts from a place in the content on, until `out` is full. Every chunk
    /// that is touched is checked, and so is the only one of an empty file.
    fn decrypt(&self, start: usize, out: &mut [u8]) -> io::Result<()> {
        let first = start / CHUNK_BYTES;
        let end = (start + out.len()).div_ceil(CHUNK_BYTES).max(first + 1);
        let mut sealed = vec![0; (end - first).min(CHUNKS_A_READ) * SEALED_BYTES];
        let (mut skip, mut out) = (start % CHUNK_BYTES, out);
        for number in (first..end).step_by(CHUNKS_A_READ) {
            let chunks = (end - number).min(CHUNKS_A_READ);
            let sealed = self.read_sealed(number, chunks, &mut sealed)?;
            for (number, chunk) in (number..).zip(sealed.chunks_mut(SEALED_BYTES)) {
                let content = self.cipher.open(self.extent.place(number), chunk);
                let content = content.ok_or_else(|| Damaged::at(&self.path, Fault::Altered))?;
                let content = content.get(std::mem::take(&mut skip)..).unwrap_or_default();
                let (now, later) = out.split_at_mut(content.len().min(out.len()));
                now.copy_from_slice(content.get(..now.len()).unwrap_or_default());
                out = later;
            }
        }
        Ok(())
    }

    /// Reads sealed chunks from the disk.
    fn read_sealed<'a>(
        &self,
        number: usize,
        chunks: usize,
        buffer: &'a mut [u8],
    ) -> io::Result<&'a mut [u8]> {
        let from = number * SEALED_BYTES;
        let sealed_bytes = self.extent.content_bytes + self.extent.chunks * TAG_BYTES;
        let len = (chunks * SEALED_BYTES).min(sealed_bytes - from);
        let sealed = buffer.get_mut(..len).expect("the buffer holds the chunks of one read");
        match self.file.read_exact_at(sealed, (HEADER_BYTES + from) as u64) {
            Ok(()) => Ok(sealed),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                Err(Damaged::at(&self.path, Fault::Length))
            }
            Err(error) => Err(error),
        }
    }
}

/// The header of a file; `None` where another program wrote it.
pub(super) fn read_header(file: &File) -> io::Result<Option<Header>> {
    let mut header = [0; HEADER_BYTES];
    file.read_exact_at(&mut header, 0)?;
    Ok(Header::read(&header))
}

impl FileHandle for Handle {
    fn read_bytes(&self, range: Range<usize>) -> io::Result<OwnedBytes> {
        if range.start > range.end || range.end > self.extent.content_bytes {
            let what = "a range beyond the end of an index file was asked for";
            return Err(io::Error::new(io::ErrorKind::InvalidInput, what));
        }
        if range.is_empty() {
            return Ok(OwnedBytes::empty());
        }
        let first = range.start / CHUNK_BYTES;
        match (range.end - 1) / CHUNK_BYTES - first {
            0 => {
                let base = first * CHUNK_BYTES;
                let chunk = OwnedBytes::new(self.chunk(first)?);
                Ok(chunk.slice(range.start - base..range.end - base))
            }
            1..JOINED_CHUNKS_MAX => Ok(OwnedBytes::new(self.joined(&range)?)),
            _ => Ok(OwnedBytes::new(self.cached(range)?)),
        }
    }
}

impl HasLen for Handle {
    fn len(&self) -> usize {
        self.extent.content_bytes
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle").field("path", &self.path).finish_non_exhaustive()
    }
}
