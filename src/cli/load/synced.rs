//! Whether what was acknowledged was on disk.

use std::fmt;
use std::path::Path;

use anyhow::Context as _;
use serde::Serialize;

/// File systems in memory: to sync there says nothing.
const IN_MEMORY: [i64; 2] = [0x0102_1994, 0x8584_58f6];

/// What speaks for it, and against.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Synced {
    /// Batches of entries that were acknowledged.
    pub(super) batches: u64,
    /// How often the database synced its write-ahead log meanwhile, by its own count.
    pub(super) wal_syncs: u64,
    /// Whether the archive lies on a disk, and not in memory.
    pub(super) on_disk: bool,
    /// Whether each acknowledged write was synced.
    pub(super) each_acknowledged_was_synced: bool,
}

impl Synced {
    pub(super) fn of(dir: &Path, batches: u64, wal_syncs: u64) -> anyhow::Result<Self> {
        let on_disk = lies_on_disk(dir)?;
        let each_acknowledged_was_synced = on_disk && wal_syncs >= batches;
        Ok(Self { batches, wal_syncs, on_disk, each_acknowledged_was_synced })
    }
}

impl fmt::Display for Synced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { batches, wal_syncs, .. } = self;
        let verdict = match (self.on_disk, self.each_acknowledged_was_synced) {
            (false, _) => "NO: this directory is in memory; choose one on a disk with --dir",
            (true, false) => "NO: there were fewer syncs than batches",
            (true, true) => "yes",
        };
        write!(
            f,
            "each acknowledged write was synced: {verdict} ({batches} batches, {wal_syncs} syncs \
             of the write-ahead log)"
        )
    }
}

fn lies_on_disk(dir: &Path) -> anyhow::Result<bool> {
    let found = rustix::fs::statfs(dir);
    let found = found.with_context(|| format!("what disk is {} on?", dir.display()))?;
    Ok(!IN_MEMORY.contains(&found.f_type))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_batch_without_a_sync_is_told() {
        let dir = Path::new(env!("CARGO_MANIFEST_DIR"));
        let good = Synced::of(dir, 7, 9).unwrap();
        assert!(good.each_acknowledged_was_synced && good.to_string().contains(": yes"));
        let bad = Synced::of(dir, 7, 6).unwrap();
        assert!(!bad.each_acknowledged_was_synced && bad.to_string().contains("NO"));
        let memory = Synced::of(Path::new("/dev/shm"), 7, 9);
        if let Ok(memory) = memory {
            assert!(!memory.each_acknowledged_was_synced, "{memory}");
        }
    }
}
