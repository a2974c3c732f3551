//! The files of a package that say what is in it: `manifest.json`, and the page for people.

use std::io::{self, Write};

use jiff::Timestamp;
use serde::Serialize;

use super::package::Zip;
use super::report::Included;
use crate::projection::subjects::Identity;
use crate::query::Collection;
use crate::record::RecordId;

/// What could not be included.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct LeftOut {
    /// Its entry, where it is known.
    pub(super) entry: Option<u64>,
    /// Its record, where its leaf reads.
    pub(super) record: Option<RecordId>,
    /// Why.
    pub(super) why: &'static str,
}

/// What stands above the list.
pub(super) struct Top<'a> {
    pub(super) archive: &'a str,
    pub(super) made: Timestamp,
    pub(super) identity: &'a Identity,
    pub(super) request: Option<RecordId>,
    pub(super) searchable: u64,
}

/// Writes `manifest.json`: every file but itself, and every record with what proves it.
pub(super) fn manifest<W: Write>(
    zip: &mut Zip<W>,
    top: &Top<'_>,
    collection: &Collection,
    included: &[Included],
    left_out: &[LeftOut],
) -> io::Result<()> {
    let files = json(zip.files())?;
    zip.begin("manifest.json")?;
    let Top { archive, made, identity, request, searchable } = top;
    writeln!(zip, "{{\"v\":1,\"what\":\"muniment data subject report\",")?;
    writeln!(zip, "\"archive\":{},\"made\":{},", json(archive)?, json(made)?)?;
    writeln!(zip, "\"identifiers\":{},", json(identity.identifiers())?)?;
    writeln!(zip, "\"request\":{},\"log_entries_read\":{searchable},", json(request)?)?;
    writeln!(zip, "\"files\":{files},")?;
    writeln!(zip, "\"left_out\":{},", json(left_out)?)?;
    writeln!(zip, "\"records\":[")?;
    let mut written = 0_usize;
    for Included { entry: index, .. } in included {
        // Who could be read a moment ago has a leaf.
        let Some((entry, leaf)) = collection.entry(*index) else { continue };
        let record = entry.kept().map(|kept| kept.record);
        let comma = if written == 0 { "" } else { ",\n" };
        let line = Line { entry: index.get(), record, captured: entry.time, leaf: &leaf };
        write!(zip, "{comma}{}", json(&line)?)?;
        written += 1;
    }
    writeln!(zip, "]}}")
}

/// A record, and what proves it.
#[derive(Serialize)]
struct Line<'a> {
    entry: u64,
    record: Option<RecordId>,
    captured: Timestamp,
    leaf: &'a crate::tlog::Hash,
}

fn json<T: Serialize + ?Sized>(value: &T) -> io::Result<String> {
    serde_json::to_string(value).map_err(io::Error::other)
}

/// `README.txt`.
pub(super) const README: &str = "\
WHAT THIS IS
This package holds the records that an archive of business messages keeps of one person,
as they may be asked for under article 15 of the General Data Protection Regulation and
similar laws. It was made by Muniment.

  index.html      the conversations, to be read in any browser, without the Internet
  records.jsonl   every record, whole, one in a line (JSON)
  media/          pictures, voice messages and files that were sent
  about.json      what kinds of records there are, from where they came, how long they are
                  kept and by what rule, and what was consented to
  manifest.json   every file with its SHA-256; every record with its place in the archive's
                  log; what could not be included, and why

WHAT IS NOT IN IT
Requests in which the provider delivered records: they hold other people's words as well.
Messages in which others merely speak of the person, contact cards that others shared, and
lists of members of groups: search for those by their words. What was destroyed before is
gone; nothing of it is left that could be given out.

PROOF
Each record in manifest.json names its entry. The archive gives a receipt for it, which
proves that the entry stands in the log, unaltered since: ask for it by the record's id.

TO WHO PASSES THIS ON
Look through it first. Messages of a person may hold data of others, and giving them a copy
must not adversely affect the rights of others (article 15(4)).

YOUR RIGHTS
You may ask for what is wrong to be corrected (article 16), for records to be erased where
nothing obliges the business to keep them (article 17), or not to be used for a while
(article 18), and you may object (article 21). Ask the business that sent you this. You may
also complain to the data protection authority of where you live or work.
";
