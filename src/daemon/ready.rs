//! The file that says where a running daemon listens, for whoever started it.

use std::fs::File;
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::Path;

use anyhow::Context as _;

use crate::fault::{self, Point};

/// Says where a daemon's two doors are.
pub(super) fn write(path: &Path, hooks: SocketAddr, api: SocketAddr) -> anyhow::Result<()> {
    let line = serde_json::json!({
        "pid": std::process::id(),
        "hooks": format!("http://{hooks}"),
        "api": format!("http://{api}"),
    });
    tell(path, &line)
}

/// Writes the file so that it is whole as soon as it is there.
pub(crate) fn tell(path: &Path, line: &serde_json::Value) -> anyhow::Result<()> {
    let aside = path.with_extension("new");
    File::create(&aside)
        .and_then(|mut file| {
            writeln!(file, "{line}")?;
            fault::at(Point::ReadyFile, || file.sync_all())
        })
        .and_then(|()| fault::at(Point::ReadyFile, || std::fs::rename(&aside, path)))
        .with_context(|| format!("could not write the ready file {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_says_who_listens_where() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("ready.json");
        let (hooks, api) = ("127.0.0.1:1".parse().unwrap(), "[::1]:2".parse().unwrap());
        write(&path, hooks, api).unwrap();
        let told: serde_json::Value =
            serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        assert_eq!(told["hooks"], "http://127.0.0.1:1");
        assert_eq!(told["api"], "http://[::1]:2");
        assert_eq!(told["pid"], std::process::id());
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1, "nothing is left aside");
        assert!(write(Path::new("/nowhere/ready"), hooks, api).is_err());
    }
}
