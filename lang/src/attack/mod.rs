//! MITRE ATT&CK®, the Enterprise matrix: ids, names and tactics of techniques. Enter at [`lookup`].
//!
//! The table is data that MITRE publishes: `cargo xtask attack` takes it from a release, `cargo xtask
//! codegen` makes `table.in` of it; its licence is stdlib-signatures/attack/LICENSE.md.
//! [`crate::check`] holds the `attack` clauses of rules against it.

mod kind;

pub use kind::{Kind, kind};

include!("table.in");

/// What an attacker is after: a column of the matrix.
#[derive(Debug, PartialEq, Eq)]
pub struct Tactic {
    /// `TA0002`.
    pub id: &'static str,
    /// `Execution`.
    pub name: &'static str,
}

/// How an attacker gets there: a technique or a sub-technique.
#[derive(Debug, PartialEq, Eq)]
pub struct Technique {
    /// `T1059` or `T1059.004`.
    pub id: &'static str,
    /// `Unix Shell`: of a sub-technique without its technique's.
    pub name: &'static str,
    /// Bit n is the tactic n of [`TACTICS`].
    tactics: u32,
    /// Whether MITRE still has it.
    pub status: Status,
}

/// Whether a technique may still be named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// It may.
    Current,
    /// It has another id now, which is current.
    Revoked(&'static str),
    /// It is gone. These, which are current, fit where MITRE says that they do.
    Deprecated(&'static [&'static str]),
}

const fn technique(
    id: &'static str,
    name: &'static str,
    tactics: u32,
    status: Status,
) -> Technique {
    Technique {
        id,
        name,
        tactics,
        status,
    }
}

impl Technique {
    /// The tactics that it serves, in the order of the matrix.
    pub fn tactics(&self) -> impl Iterator<Item = &'static Tactic> + use<> {
        let bits = self.tactics;
        (0..).zip(TACTICS).filter_map(move |(at, tactic)| {
            let has = bits.checked_shr(at).unwrap_or(0) & 1 == 1;
            has.then_some(tactic)
        })
    }

    /// The technique that a sub-technique is of.
    pub fn parent(&self) -> Option<&'static Technique> {
        self.id.split_once('.').and_then(|(id, _)| lookup(id))
    }

    /// The name with the technique's: `Command and Scripting Interpreter: Unix Shell`.
    pub fn full_name(&self) -> String {
        match self.parent() {
            Some(parent) => format!("{}: {}", parent.name, self.name),
            None => self.name.to_owned(),
        }
    }

    /// Its sub-techniques, by id; withdrawn ones, too.
    pub fn sub_techniques(&self) -> impl Iterator<Item = &'static Technique> + use<> {
        let id = self.id;
        let after = TECHNIQUES.partition_point(|known| known.id <= id);
        TECHNIQUES[after..].iter().take_while(move |known| {
            let rest = known.id.strip_prefix(id);
            rest.is_some_and(|rest| rest.starts_with('.'))
        })
    }

    /// Its page on MITRE's site.
    pub fn url(&self) -> String {
        let id = self.id.replace('.', "/");
        format!("https://attack.mitre.org/techniques/{id}/")
    }
}

impl Tactic {
    /// Its page on MITRE's site.
    pub fn url(&self) -> String {
        format!("https://attack.mitre.org/tactics/{}/", self.id)
    }
}

/// The technique or sub-technique with this id, in its one spelling: `T1059`, `T1059.004`.
pub fn lookup(id: &str) -> Option<&'static Technique> {
    let at = TECHNIQUES.binary_search_by(|known| known.id.cmp(id)).ok()?;
    TECHNIQUES.get(at)
}

/// The tactic with this id: `TA0002`.
pub fn tactic(id: &str) -> Option<&'static Tactic> {
    TACTICS.iter().find(|tactic| tactic.id == id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_whole() {
        assert!(TECHNIQUES.is_sorted_by(|a, b| a.id < b.id));
        assert!(TECHNIQUES.len() > 800 && TACTICS.len() == 14);
        for technique in TECHNIQUES {
            assert!(technique.tactics().count() > 0, "{}", technique.id);
            assert_eq!(technique.id.contains('.'), technique.parent().is_some());
            let instead = match technique.status {
                Status::Current => &[][..],
                Status::Revoked(id) => &[id],
                Status::Deprecated(ids) => ids,
            };
            for id in instead {
                let status = lookup(id).map(|other| other.status);
                assert_eq!(status, Some(Status::Current), "{}", technique.id);
            }
        }
    }

    #[test]
    fn a_sub_technique_knows_its_place() {
        let shell = lookup("T1059.004").unwrap();
        assert_eq!(
            shell.full_name(),
            "Command and Scripting Interpreter: Unix Shell"
        );
        assert_eq!(
            shell.url(),
            "https://attack.mitre.org/techniques/T1059/004/"
        );
        assert_eq!(shell.sub_techniques().count(), 0);
        let interpreter = shell.parent().unwrap();
        assert!(interpreter.sub_techniques().any(|sub| sub == shell));
        assert!(
            interpreter
                .sub_techniques()
                .all(|sub| sub.id.starts_with("T1059."))
        );
        let tactics: Vec<_> = interpreter.tactics().map(|tactic| tactic.name).collect();
        assert_eq!(tactics, ["Execution"]);
    }

    #[test]
    fn other_spellings_are_not_found() {
        for id in [
            "",
            "T",
            "t1059",
            "T1059.",
            "T1059.4",
            "T1059.0040",
            "TA0002",
        ] {
            assert_eq!(lookup(id), None, "{id}");
        }
    }
}
