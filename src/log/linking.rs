//! Media are not linked while records are destroyed, nor the other way round.
//!
//! What goes with a record are the media that are linked to it, and to nothing that stays.
//! One that were linked in between to a record that is judged already would be left behind
//! with nothing that shows it; one that is had already, and destroyed in between, would be
//! linked and not be there.

use tokio::sync::{RwLockReadGuard, RwLockWriteGuard};

use super::Log;

impl Log {
    /// Until this is dropped nothing is destroyed: to be held while one looks whether a record
    /// and a medium are there, and links them. For a thread of its own; never call it from
    /// async code.
    pub fn linking(&self) -> RwLockReadGuard<'_, ()> {
        self.shared.linking.blocking_read()
    }

    /// Until this is dropped no medium is linked: to be held from the judging of records to
    /// their end.
    pub async fn destroying(&self) -> RwLockWriteGuard<'_, ()> {
        self.shared.linking.write().await
    }
}
