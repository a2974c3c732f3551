//! How many files the process may have open: raised as far as it goes, and enough.
//!
//! A daemon that runs out of file descriptors can neither accept a connection nor
//! write a checkpoint, and stops. What it is configured to hold open at most is
//! known at the start, so that is when it is compared with what the system allows.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::config::Config;

/// Files beside connections and tables: those of the index's segments, old and new
/// ones while they are merged, the log's, sockets to the provider.
const OTHER_FILES: u64 = 1100;

/// Most files that the daemon holds open at once, as it is configured.
pub(crate) fn needed(config: &Config) -> u64 {
    let connections = u64::try_from(config.server.connections_max).unwrap_or(u64::MAX);
    let tables = u64::try_from(config.store.open_files_max).unwrap_or(0);
    connections.saturating_mul(2).saturating_add(tables).saturating_add(OTHER_FILES)
}

/// Most files that the system lets this process hold open; `None` for any number.
pub(crate) fn allowed() -> Option<u64> {
    getrlimit(Resource::Nofile).maximum
}

/// Lets this process hold open as many files as the system allows it.
///
/// # Errors
/// When that is fewer than it may need.
pub(crate) fn allow_enough(config: &Config) -> anyhow::Result<()> {
    let needed = needed(config);
    if let Some(allowed) = allowed().filter(|allowed| *allowed < needed) {
        anyhow::bail!("{}", too_few(config, allowed));
    }
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let raised = |current| setrlimit(Resource::Nofile, Rlimit { current, maximum });
    // Some systems name no limit and yet have one: what is needed will do.
    if raised(maximum).is_err() && current.is_some_and(|current| current < needed) {
        raised(Some(needed)).map_err(|error| {
            anyhow::Error::new(error).context(format!("{needed} open files are not allowed"))
        })?;
    }
    Ok(())
}

/// What is wrong where too few are allowed, and what to do.
pub(crate) fn too_few(config: &Config, allowed: u64) -> String {
    let (needed, connections) = (needed(config), config.server.connections_max);
    let tables = config.store.open_files_max;
    format!(
        "the system allows {allowed} open files, and {needed} may be needed: two doors of \
         {connections} connections (server.connections_max), {tables} tables \
         (store.open_files_max) and {OTHER_FILES} others. Allow more (LimitNOFILE={needed} in the \
         unit, `ulimit -Hn` in a shell), or lower these two"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_needed_follows_from_the_limits_that_are_configured() {
        let mut config = Config::default();
        config.server.connections_max = 10;
        config.store.open_files_max = 50;
        assert_eq!(needed(&config), 1170);
        config.store.open_files_max = -1;
        assert_eq!(needed(&config), 1120, "as many as it likes is not a number");
        config.server.connections_max = usize::MAX;
        assert_eq!(needed(&config), u64::MAX);
    }

    #[test]
    fn too_few_are_refused_with_what_to_do() {
        let mut config = Config::default();
        config.server.connections_max = usize::MAX;
        if allowed().is_some() {
            let refused = allow_enough(&config).unwrap_err().to_string();
            assert!(refused.contains("server.connections_max"), "{refused}");
            assert!(refused.contains("LimitNOFILE="), "{refused}");
        }
        allow_enough(&Config::default()).unwrap();
        let Rlimit { current, .. } = getrlimit(Resource::Nofile);
        assert!(current.is_none_or(|current| current >= needed(&Config::default())));
    }
}
