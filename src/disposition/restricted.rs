//! Whose records are kept because they want it, by all that they are known by now.

use std::sync::{Arc, PoisonError};

use super::{Error, Inner};
use crate::projection::subjects::{RestrictedNow, Restrictions};

impl Inner {
    /// Restrictions, following their persons.
    pub(super) fn restricted_now(
        &self,
        restrictions: Arc<Restrictions>,
    ) -> Result<RestrictedNow, Error> {
        let mut later = self.later.lock().unwrap_or_else(PoisonError::into_inner);
        let came_later = self.index.later(restrictions.known(), &mut later);
        Ok(RestrictedNow::new(restrictions, came_later.map_err(Error::Index)?))
    }
}
