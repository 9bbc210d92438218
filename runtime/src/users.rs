//! What users are called: makes a `user_name` before the first record of each user, for `proc.user`.
//!
//! Of the machine's `/etc/passwd`, which is read again when it changed. Names that other sources of the name service
//! know (LDAP, say) are not asked for: that can take any time, and comes from elsewhere.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use tracee_ebpf::abi::RecordHeader;
use tracee_lang::schema::Schema;

use crate::record::{Layout, RecordBuf, RecordBuilder};

/// How often the file is looked at.
const PERIOD: Duration = Duration::from_secs(1);

/// Larger it isn't read.
const MAX_FILE: u64 = 64 << 20;

/// Users that were told.
const MAX_TOLD: usize = 65_536;

/// Makes the records.
#[derive(Debug)]
pub struct UserNames {
    record: Option<(Layout, u16, u16)>,
    file: PathBuf,
    /// When the file was changed last, and how long it was.
    state: Option<(SystemTime, u64)>,
    names: HashMap<u32, Vec<u8>>,
    /// What was told of each user; empty if the user has no name.
    told: HashMap<u32, Vec<u8>>,
    /// The user of the record before.
    last: u32,
    looked: Instant,
}

impl UserNames {
    /// For a system whose files are below `root` (`/`).
    pub fn new(schema: &Schema, root: &Path) -> Self {
        let record = || {
            let event = schema.event_named("user_name")?;
            let slot = |name: &str| event.arg(name).map(|arg| arg.slot);
            Some((Layout::of(schema, event)?, slot("uid")?, slot("name")?))
        };
        let mut users = Self {
            record: record(),
            file: root.join("etc/passwd"),
            state: None,
            names: HashMap::new(),
            told: HashMap::new(),
            last: u32::MAX,
            looked: Instant::now(),
        };
        users.look();
        users
    }

    /// The record to be taken before one with this header; `None` if its user was told, or has no name.
    pub fn before(&mut self, header: &RecordHeader) -> Option<RecordBuf> {
        let uid = header.uid;
        if uid == self.last || uid == u32::MAX {
            return None;
        }
        self.last = uid;
        if self.told.contains_key(&uid) {
            return None;
        }
        if self.told.len() >= MAX_TOLD {
            self.told.clear();
        }
        let name = self.names.get(&uid).cloned().unwrap_or_default();
        let record = self.record(header.time, uid, &name);
        let has_name = !name.is_empty();
        self.told.insert(uid, name);
        record.filter(|_| has_name)
    }

    /// What changed, now and then.
    pub fn ready(&mut self, now: Instant) -> Vec<RecordBuf> {
        if now.saturating_duration_since(self.looked) < PERIOD {
            return Vec::new();
        }
        self.looked = now;
        if !self.look() {
            return Vec::new();
        }
        let of = |uid: &u32| self.names.get(uid).cloned().unwrap_or_default();
        let told = self.told.iter();
        let changed = told.filter(|(uid, told)| of(uid) != **told);
        let mut changed: Vec<_> = changed.map(|(uid, _)| (*uid, of(uid))).collect();
        changed.sort_unstable();
        let mut records = Vec::new();
        for (uid, name) in changed {
            records.extend(self.record(crate::pipeline::now(), uid, &name));
            self.told.insert(uid, name);
        }
        records
    }

    /// Reads the file if it changed; says so.
    fn look(&mut self) -> bool {
        let state = fs::metadata(&self.file).ok();
        let state = state.and_then(|of| Some((of.modified().ok()?, of.len())));
        if state == self.state {
            return false;
        }
        // Without the file, or while it is written anew, what was known stays.
        let Some(text) = state
            .filter(|(_, size)| (1..=MAX_FILE).contains(size))
            .and_then(|_| fs::read(&self.file).ok())
        else {
            return false;
        };
        self.state = state;
        self.names = names(&text);
        true
    }

    fn record(&self, time: u64, uid: u32, name: &[u8]) -> Option<RecordBuf> {
        let (layout, uid_slot, name_slot) = self.record.as_ref()?;
        let mut builder = RecordBuilder::new(layout);
        builder.header.time = time;
        builder.header.uid = u32::MAX;
        builder.header.gid = u32::MAX;
        builder.int(*uid_slot, uid.into()).bytes(*name_slot, name);
        Some(builder.build())
    }
}

/// Names by number, of two with one number the first, as the name service has it.
fn names(text: &[u8]) -> HashMap<u32, Vec<u8>> {
    let mut names = HashMap::new();
    for line in text.split(|byte| *byte == b'\n') {
        let mut fields = line.split(|byte| *byte == b':');
        let name = fields.next().filter(|name| !name.is_empty());
        let uid = fields.nth(1).and_then(|uid| std::str::from_utf8(uid).ok());
        let uid = uid.and_then(|uid| uid.parse::<u32>().ok());
        // Another field follows, or the line is none of a user.
        if let (Some(name), Some(uid), Some(_)) = (name, uid, fields.next()) {
            names.entry(uid).or_insert_with(|| name.to_vec());
        }
    }
    names
}

#[cfg(test)]
mod tests {
    use tracee_lang::stdlib::schema;

    use super::*;
    use crate::record::{Layouts, Record};

    fn of(uid: u32) -> RecordHeader {
        RecordHeader {
            uid,
            ..RecordHeader::default()
        }
    }

    fn told(record: &RecordBuf) -> (i128, String) {
        let layouts = &Layouts::new(schema());
        let record = Record::parse(record.as_bytes(), layouts).expect("a record");
        let name = record.bytes(1).expect("a name");
        let name = String::from_utf8_lossy(name).into_owned();
        (record.int(0).expect("a number"), name)
    }

    #[test]
    fn lines_of_users_have_names() {
        let text =
            b"root:x:0:0:root:/root:/bin/sh\nalso:x:0:0::/:/bin/sh\n+\n:x:1:1::/:\nfew:x:2\n\
                     no:x:-1:1:::\nlarge:x:4294967296:1:::\nweb:x:33:33:::\n\xff:x:7:7:::";
        let mut names: Vec<_> = names(text).into_iter().collect();
        names.sort_unstable();
        let expected = [(0, &b"root"[..]), (7, b"\xff"), (33, b"web")];
        assert_eq!(names, expected.map(|(uid, name)| (uid, name.to_vec())));
    }

    #[test]
    fn each_user_is_told_once_and_again_when_the_name_changed() {
        let root = tempfile::tempdir().unwrap();
        let file = root.path().join("etc/passwd");
        fs::create_dir(root.path().join("etc")).unwrap();
        fs::write(&file, "root:x:0:0:::\nweb:x:33:33:::\n").unwrap();
        let mut users = UserNames::new(schema(), root.path());
        assert_eq!(told(&users.before(&of(33)).unwrap()), (33, "web".into()));
        assert_eq!(told(&users.before(&of(0)).unwrap()), (0, "root".into()));
        assert_eq!(users.before(&of(33)), None);
        assert_eq!(users.before(&of(7)), None);
        assert_eq!(users.before(&of(u32::MAX)), None);

        fs::write(&file, "root:x:0:0:::\nnew:x:7:7:::\n").unwrap();
        assert!(users.ready(users.looked).is_empty(), "not that soon");
        let changed = users.ready(users.looked + PERIOD);
        let changed: Vec<_> = changed.iter().map(told).collect();
        assert_eq!(changed, [(7, "new".into()), (33, String::new())]);
        // Gone for a moment: a file that is being replaced is no reason to forget.
        fs::remove_file(&file).unwrap();
        assert!(users.ready(users.looked + PERIOD).is_empty());
    }
}
