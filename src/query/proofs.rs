//! What proves and opens nothing: entries, receipts, checkpoints, tiles. None of it
//! is content, so that asking for it is no access and is not written down.

use super::{Error, Query};
use crate::log::Stamped;
use crate::record::RecordId;
use crate::tlog::TreeSize;
use crate::tlog::proof::ConsistencyProof;
use crate::tlog::tile::Path;

impl Query {
    /// The receipt of the entry that keeps a record; `None` while no signed
    /// checkpoint covers it.
    ///
    /// # Errors
    /// When there is no such record, or the rows cannot be read.
    pub async fn receipt(&self, id: RecordId) -> Result<Option<String>, Error> {
        self.blocking(move |inner| inner.log.receipt(inner.place_of(id)?).map_err(Error::Log)).await
    }

    /// The exact bytes of the entry that keeps a record.
    ///
    /// # Errors
    /// When there is no such record, or the rows cannot be read.
    pub async fn entry(&self, id: RecordId) -> Result<Vec<u8>, Error> {
        self.blocking(move |inner| inner.leaf_at(inner.place_of(id)?)).await
    }

    /// The newest signed checkpoint; `None` before the first.
    ///
    /// # Errors
    /// When the rows cannot be read.
    pub async fn checkpoint(&self) -> Result<Option<String>, Error> {
        let newest = self.blocking(|inner| inner.log.checkpoint().map_err(Error::Log)).await?;
        Ok(newest.map(|(_, note)| note))
    }

    /// A tile or a bundle of entries; `None` where the newest signed checkpoint does
    /// not cover it.
    ///
    /// # Errors
    /// When the rows cannot be read.
    pub async fn tile_file(&self, path: Path) -> Result<Option<Vec<u8>>, Error> {
        self.blocking(move |inner| inner.log.tile_file(&path).map_err(Error::Log)).await
    }

    /// The timestamp on the checkpoint of a size, or the newest; `None` where there is
    /// none.
    ///
    /// # Errors
    /// When the rows cannot be read.
    pub async fn stamped(&self, size: Option<TreeSize>) -> Result<Option<Stamped>, Error> {
        self.blocking(move |inner| inner.log.stamped(size).map_err(Error::Log)).await
    }

    /// The proof that one signed tree is the beginning of another, by default of the
    /// newest; `None` before the first checkpoint.
    ///
    /// # Errors
    /// When no signed tree has it, or the rows cannot be read.
    pub async fn consistency(
        &self,
        old: TreeSize,
        new: Option<TreeSize>,
    ) -> Result<Option<ConsistencyProof>, Error> {
        self.blocking(move |inner| {
            let newest = inner.log.signed_size();
            if newest == TreeSize::EMPTY {
                return Ok(None);
            }
            inner.log.consistency(old, new.unwrap_or(newest)).map(Some).map_err(Error::Log)
        })
        .await
    }
}
