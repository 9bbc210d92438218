//! Policies from choices: grammatical, mostly well typed, and with values that events have often.
//! Enter at [`made_of`].

use std::fmt::Write;

use arbitrary::{Result, Unstructured};
use tracee_lang::context::FIELDS;
use tracee_lang::schema::Event;
use tracee_lang::stdlib::schema;
use tracee_lang::types::Type;

use crate::samples::{INTS, TEXTS};

/// How deep conditions are nested.
const MAX_DEPTH: u32 = 4;

/// Patterns over what events have; some have literals that say all, some have none.
const GLOBS: &[&str] = &[
    "/etc/**",
    "/etc/*",
    "**/*sh",
    "*",
    "[ab]*",
    "/e{,tc/**}",
    "a*a",
    "",
];
const REGEXES: &[&str] = &[
    "^/etc/", "sh$", "a+b", "(^|/)sh$", "(?i)AB", "ba?b", "^$", "x{60}",
];
/// Addresses, networks and times as they are written.
const ADDRESSES: &[&str] = &[
    "10.0.0.1",
    "10.0.0.0/8",
    "::1",
    "2001:db8::/32",
    "0.0.0.0/0",
];
const TIMES: &[&str] = &["2027-01-31", "1970-01-01", "2026-02-28T12:00:00Z"];

/// What is known of every process above one.
const PROPERTIES: &[&str] = &[
    "pid",
    "host_pid",
    "uid",
    "gid",
    "comm",
    "exe",
    "cmdline",
    "cwd",
    "user",
    "exe_sha256",
    "entity",
];

const LISTS: &str = "list texts: string = [\"/etc/\", \"sh\", \"a\"];
list numbers: i32 = [0, 1..3, 1000];
let small(x: i32) = x < 7;
let named(x: string, y: string) = x == y or x suffix \"sh\";
let from_shell = proc.comm in texts and not proc.uid == 0;
";

/// The policy that these bytes choose. All of them choose one.
pub fn made_of(choices: &[u8]) -> String {
    let mut maker = Maker {
        choices: Unstructured::new(choices),
        text: LISTS.into(),
        binders: 0,
    };
    // Without choices left, the first of several is taken.
    let _ = maker.policy();
    maker.text
}

struct Maker<'a> {
    choices: Unstructured<'a>,
    text: String,
    /// Quantifiers around the condition.
    binders: u32,
}

/// A field by its path, with its type.
type Field = (String, Type);

impl Maker<'_> {
    fn one<T: Copy>(&mut self, of: &[T]) -> Result<T> {
        self.choices.choose(of).copied()
    }

    fn put(&mut self, text: &str) {
        self.text.push_str(text);
    }

    fn policy(&mut self) -> Result<()> {
        self.put("policy p {\n");
        if self.choices.ratio(1, 3)? {
            self.put("scope ");
            self.condition(None, MAX_DEPTH - 1)?;
            self.put(";\n");
        }
        let mut rules = 0;
        loop {
            let events = &schema().events;
            let event = &events[self.choices.choose_index(events.len())?];
            if self.choices.ratio(1, 3)? {
                let _ = write!(self.text, "select {} where ", event.name);
                self.condition(Some(event), MAX_DEPTH)?;
                self.put(";\n");
            } else {
                rules += 1;
                let _ = write!(self.text, "rule r{rules} {{ on {} where ", event.name);
                self.condition(Some(event), MAX_DEPTH)?;
                self.put("; ");
                if self.choices.ratio(1, 4)? {
                    self.put("except reason \"known\" where ");
                    self.condition(Some(event), 1)?;
                    self.put("; ");
                }
                self.put("}\n");
            }
            if rules == 6 || self.choices.is_empty() {
                break;
            }
        }
        self.put("}\n");
        Ok(())
    }

    fn condition(&mut self, event: Option<&Event>, depth: u32) -> Result<()> {
        let kinds = if depth == 0 { 6 } else { 13 };
        match self.choices.int_in_range(0..=kinds - 1)? {
            0..=5 => self.atom(event)?,
            6 => {
                self.put("not ");
                self.within(event, depth)?;
            }
            7 => self.put("from_shell"),
            8 => self.quantifier(event, depth)?,
            kind => {
                let word = if kind < 11 { " and " } else { " or " };
                self.within(event, depth)?;
                for _ in 0..self.choices.int_in_range(1..=3)? {
                    self.put(word);
                    self.within(event, depth)?;
                }
            }
        }
        Ok(())
    }

    /// A part, in parentheses.
    fn within(&mut self, event: Option<&Event>, depth: u32) -> Result<()> {
        self.put("(");
        self.condition(event, depth - 1)?;
        self.put(")");
        Ok(())
    }

    fn quantifier(&mut self, event: Option<&Event>, depth: u32) -> Result<()> {
        let slots = event.map_or(&[][..], |event| &event.slots);
        let lists = slots.iter().filter(|slot| matches!(slot.ty, Type::List(_)));
        let mut over: Vec<&str> = lists.map(|slot| slot.path.as_str()).collect();
        over.extend(["proc.ancestors", "pod.labels"]);
        let over = self.one(&over)?;
        let word = self.one(&["any", "all"])?;
        let name = format!("x{}", self.binders);
        let _ = write!(self.text, "{word} {name} in {over} {{ ");
        self.binders += 1;
        let element = if over == "proc.ancestors" {
            let property = self.one(PROPERTIES)?;
            let path = format!("proc.{property}");
            let info = FIELDS.iter().find(|info| info.path == path);
            let ty = info.map_or(Type::String, |info| info.ty.clone());
            (format!("{name}.{property}"), ty)
        } else {
            (name, Type::String)
        };
        self.test(&element, event)?;
        if self.choices.ratio(1, 2)? {
            self.put(" and ");
            self.within(event, depth)?;
        }
        self.binders -= 1;
        self.put(" }");
        Ok(())
    }

    fn atom(&mut self, event: Option<&Event>) -> Result<()> {
        let field = self.field(event)?;
        self.test(&field, event)
    }

    fn field(&mut self, event: Option<&Event>) -> Result<Field> {
        let slots = event.map_or(&[][..], |event| &event.slots);
        if !slots.is_empty() && self.choices.ratio(2, 3)? {
            let slot = &slots[self.choices.choose_index(slots.len())?];
            return Ok((slot.path.clone(), slot.ty.clone()));
        }
        let has_retval = event.is_some_and(|event| event.has_retval);
        let known = |path: &str| path != "retval" || has_retval;
        let fields: Vec<_> = FIELDS.iter().filter(|info| known(info.path)).collect();
        let info = fields[self.choices.choose_index(fields.len())?];
        Ok((info.path.to_owned(), info.ty.clone()))
    }

    /// A test of a value.
    fn test(&mut self, (path, ty): &Field, event: Option<&Event>) -> Result<()> {
        if self.choices.ratio(1, 12)? {
            let _ = write!(self.text, "{path} exists");
            return Ok(());
        }
        match ty {
            Type::Bool => self.put(path),
            Type::String | Type::Path => self.text_test(path, event)?,
            Type::Enum(id) => {
                let constants = &schema().enum_type(*id).constants;
                let constant = &constants[self.choices.choose_index(constants.len())?].0;
                let op = self.one(&["==", "!=", "<", ">="])?;
                let _ = write!(self.text, "{path} {op} {constant}");
            }
            Type::Flags(id) => {
                let constants = &schema().flags_type(*id).constants;
                let mut name = || -> Result<&str> {
                    let at = self.choices.choose_index(constants.len())?;
                    Ok(&constants[at].name)
                };
                let (first, second) = (name()?, name()?);
                match self.one(&[0, 1, 2, 3])? {
                    0 => write!(self.text, "{path} has {first}"),
                    1 => write!(self.text, "{path} has any [{first}, {second}]"),
                    2 => write!(self.text, "{path} has all [{first}, {second}]"),
                    _ => write!(self.text, "{path} == {first}"),
                }
                .unwrap_or_default();
            }
            Type::List(_) => match self.one(&[0, 1, 2])? {
                0 => {
                    let _ = write!(self.text, "len({path}) >= 2");
                }
                1 => {
                    let _ = write!(self.text, "{path} exists");
                }
                _ => {
                    let text = self.one(TEXTS)?;
                    let _ = write!(self.text, "{text:?} in {path}");
                }
            },
            Type::Ip => {
                let (a, b) = (self.one(ADDRESSES)?, self.one(ADDRESSES)?);
                let word = self.one(&["in", "not in"])?;
                let _ = match self.one(&[0, 1])? {
                    0 => write!(self.text, "{path} {word} {a}"),
                    _ => write!(self.text, "{path} {word} [{a}, {b}]"),
                };
            }
            Type::Time if self.choices.ratio(2, 3)? => {
                let (op, time) = (self.one(&["<", "<=", ">", ">="])?, self.one(TIMES)?);
                let _ = write!(self.text, "{path} {op} {time}");
            }
            ty => match schema().int_repr(ty) {
                Some(repr) => {
                    let ints = INTS.iter().copied();
                    let ints: Vec<_> = ints.map(|int| int.clamp(repr.min(), repr.max())).collect();
                    self.int_test(path, ty, &ints)?;
                }
                None => {
                    let _ = write!(self.text, "{path} exists");
                }
            },
        }
        Ok(())
    }

    fn int_test(&mut self, path: &str, ty: &Type, ints: &[i128]) -> Result<()> {
        let (a, b) = (self.one(ints)?, self.one(ints)?);
        let op = self.one(&["==", "!=", "<", "<=", ">", ">="])?;
        let small = matches!(ty, Type::Int(int) if int.bits == 32 && int.signed);
        match self.choices.int_in_range(0..=5)? {
            0..=2 => write!(self.text, "{path} {op} {a}"),
            3 => write!(self.text, "{path} in {}..{}", a.min(b), a.max(b)),
            4 if small => write!(self.text, "(small({path}) or {path} not in numbers)"),
            _ => write!(self.text, "{path} not in [{a}, {b}]"),
        }
        .unwrap_or_default();
        Ok(())
    }

    fn text_test(&mut self, path: &str, event: Option<&Event>) -> Result<()> {
        const FUNCTIONS: &[&str] = &["lower", "upper", "basename", "dirname", "extension", "trim"];
        let mut value = path.to_owned();
        while self.choices.ratio(1, 6)? && value.len() < 100 {
            value = format!("{}({value})", self.one(FUNCTIONS)?);
        }
        let (a, b) = (self.one(TEXTS)?, self.one(TEXTS)?);
        let fold = self.one(&["", "", "~"])?;
        let op = self.one(&["==", "prefix", "suffix", "contains", "under"])?;
        let (glob, regex) = (self.one(GLOBS)?, self.one(REGEXES)?);
        match self.choices.int_in_range(0..=9)? {
            8 => write!(self.text, "{value} glob{fold} {glob:?}"),
            9 => write!(self.text, "{value} regex{fold} {regex:?}"),
            0..=2 => write!(self.text, "{value} {op}{fold} {a:?}"),
            3 if op != "==" => write!(self.text, "{value} {op}{fold} [{a:?}, {b:?}]"),
            3 | 4 => write!(self.text, "{value} not in [{a:?}, {b:?}]"),
            5 => write!(self.text, "{value} in texts"),
            6 => write!(self.text, "len({value}) < {}", a.len()),
            _ => {
                let (other, ty) = self.field(event)?;
                match ty {
                    Type::String | Type::Path => write!(self.text, "{value} {op}{fold} {other}"),
                    _ => write!(self.text, "named({path}, {b:?})"),
                }
            }
        }
        .unwrap_or_default();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::made_of;
    use tracee_lang::check::check;
    use tracee_lang::diagnostics::has_errors;
    use tracee_lang::source::SourceMap;

    #[test]
    fn most_policies_type_check() {
        let mut state = 1_u64;
        let mut next = || {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            (state >> 33) as u8
        };
        let mut fine = 0;
        for length in 0..400 {
            let choices: Vec<u8> = (0..length).map(|_| next()).collect();
            let mut map = SourceMap::default();
            let file = map.add("test.tp", made_of(&choices));
            let checked = check(&map, &[file]);
            fine += usize::from(!has_errors(&checked.diagnostics));
        }
        assert!(fine > 200, "{fine} of 400");
    }
}
