//! Which archive is looked at, and what is known of it beforehand.

use std::path::Path;

use anyhow::anyhow;

use super::Report;
use crate::cli::Setting;
use crate::config::{ArchiveConfig, Config, ConfigError, DEFAULT_FILE};
use crate::store;

/// The archive that is looked at.
pub(super) struct Patient {
    /// Where its parts lie.
    pub(super) archive: ArchiveConfig,
    /// The configuration, where there is one that reads.
    pub(super) config: Option<Config>,
    /// Whether the keys are there to be looked at: beside a copy of the data they
    /// need not be.
    pub(super) has_keys: bool,
    /// The process that has it open.
    pub(super) holder: Option<String>,
    pub(super) now: jiff::Timestamp,
}

impl Patient {
    /// Finds the archive; an error only where nothing says which.
    pub(super) fn find(
        dir: Option<&Path>,
        setting: &Setting,
        report: &mut Report,
    ) -> anyhow::Result<Self> {
        let file = dir.map_or_else(|| setting.config_file.clone(), |dir| dir.join(DEFAULT_FILE));
        let (archive, config, has_keys) = match dir {
            Some(dir) if !file.is_file() => {
                let (archive, has_keys) = of_copy(dir, report);
                (archive, None, has_keys)
            }
            Some(_) | None => {
                let (archive, config) = configured(&file, setting, report)?;
                (archive, config, true)
            }
        };
        let holder = store::holder(&archive.data);
        Ok(Self { archive, config, has_keys, holder, now: setting.clock.now() })
    }

    /// Whether a process has it open.
    pub(super) const fn is_held(&self) -> bool {
        self.holder.is_some()
    }
}

fn configured(
    file: &Path,
    setting: &Setting,
    report: &mut Report,
) -> anyhow::Result<(ArchiveConfig, Option<Config>)> {
    const CHECK: &str = "configuration";
    match Config::load_with(file, setting.environment.clone()) {
        Ok(config) => {
            let idle: Vec<&str> = config.idle_variables().collect();
            if idle.is_empty() {
                report.ok(CHECK, format!("{} reads", file.display()));
            } else {
                let text = format!("it reads, but these variables mean nothing: {idle:?}");
                report.note(CHECK, text, "look whether they are misspelt");
            }
            Ok((config.archive.clone(), Some(config)))
        }
        Err(error @ ConfigError::Missing(_)) => {
            Err(anyhow!(error).context("which archive? name its directory, or a configuration"))
        }
        Err(error) => {
            let text = format!("the daemon will not start with it: {error}");
            report.wrong(CHECK, text, "correct it; below, the usual places are looked at");
            Ok((usual(file.parent().unwrap_or(Path::new(""))), None))
        }
    }
}

/// Where the parts lie that a configuration does not place elsewhere.
fn usual(dir: &Path) -> ArchiveConfig {
    let usual = ArchiveConfig::default();
    ArchiveConfig { data: dir.join(&usual.data), keys: dir.join(&usual.keys), ..usual }
}

/// A copy: the data alone, or what is around it.
fn of_copy(dir: &Path, report: &mut Report) -> (ArchiveConfig, bool) {
    let inside = usual(dir);
    let archive = if inside.data.is_dir() {
        inside
    } else {
        let beside = usual(dir.parent().unwrap_or(Path::new("")));
        ArchiveConfig { data: dir.to_owned(), ..beside }
    };
    let has_keys = archive.keys.is_dir();
    report.note(
        "configuration",
        format!("there is none in {}: what it would say is not looked at", dir.display()),
        "nothing, for a copy",
    );
    if !has_keys {
        report.unknown(
            "keys",
            "there are none beside this copy, which is as it should be",
            "look at the archive itself, or run `muniment verify` on the copy with its keys",
        );
    }
    (archive, has_keys)
}
