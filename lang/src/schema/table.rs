//! The schema of the standard library as a table: reading it takes a tenth of the time that parsing the
//! declarations does, at every start. `cargo xtask codegen` makes table.in with [`write`];
//! [`crate::stdlib`] reads it with [`read`], as long as the declarations are those it was made of.
//!
//! A line is an enum, a flag set, a struct or an event, or a part of the one before; its fields are
//! separated by tabs.

use std::fmt::{self, Write as _};
use std::str::{FromStr, Split};

use super::{
    Arg, EnumType, Event, EventId, FlagConstant, FlagsType, Hook, Probe, Schema, StructType, slots,
};
use crate::source::{FileId, Span};
use crate::types::{EnumId, FlagsId, IntType, StructId, Type};

/// Stands for the end of a line in documentation.
const NEWLINE: &str = "\u{2424}";

/// A number that other declarations would hardly have.
pub(crate) fn fingerprint<'a>(texts: impl Iterator<Item = &'a str>) -> u64 {
    const PRIME: u64 = 0x0100_0000_01b3;
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    let mut take = |word: u64| hash = (hash ^ word).wrapping_mul(PRIME).rotate_left(23);
    for text in texts {
        take(text.len() as u64);
        let mut chunks = text.as_bytes().chunks_exact(8);
        for chunk in &mut chunks {
            take(
                chunk
                    .iter()
                    .fold(0, |word, byte| word << 8 | u64::from(*byte)),
            );
        }
        let rest = chunks.remainder().iter();
        take(rest.fold(0, |word, byte| word << 8 | u64::from(*byte)));
    }
    hash
}

/// The table of a schema whose declarations have this fingerprint.
pub(crate) fn write(schema: &Schema, fingerprint: u64) -> String {
    let mut text = String::new();
    // Writing into a string does not fail.
    let _ = write_into(&mut text, schema, fingerprint);
    // Documentation that is not there leaves a tab.
    text.replace("\t\n", "\n")
}

fn write_into(text: &mut String, schema: &Schema, fingerprint: u64) -> fmt::Result {
    let line = |doc: &str| doc.replace('\n', NEWLINE);
    writeln!(text, "{fingerprint:016x}")?;
    for ty in &schema.enums {
        writeln!(text, "enum\t{}\t{}\t{}", ty.name, ty.repr, line(&ty.doc))?;
        for (name, value) in &ty.constants {
            writeln!(text, "=\t{name}\t{value}")?;
        }
    }
    for ty in &schema.flag_sets {
        writeln!(text, "flags\t{}\t{}\t{}", ty.name, ty.repr, line(&ty.doc))?;
        for FlagConstant { name, mask, value } in &ty.constants {
            writeln!(text, "|\t{name}\t{value}\t{mask}")?;
        }
    }
    for ty in &schema.structs {
        writeln!(text, "struct\t{}\t{}", ty.name, line(&ty.doc))?;
        for (name, doc, ty) in &ty.fields {
            writeln!(text, "field\t{name}\t{}\t{}", written(ty), line(doc))?;
        }
    }
    for event in &schema.events {
        let Span { file, start, end } = event.span;
        let file = file.0.saturating_sub(FileId::STANDARD.0);
        let (id, retval) = (event.id.0, u8::from(event.has_retval));
        write!(
            text,
            "event\t{}\t{id}\t{file}\t{start}\t{end}\t{retval}",
            event.name
        )?;
        writeln!(text, "\t{}\t{}", event.sets.join(" "), line(&event.doc))?;
        for arg in &event.args {
            writeln!(
                text,
                "arg\t{}\t{}\t{}",
                arg.name,
                written(&arg.ty),
                line(&arg.doc)
            )?;
        }
        for hook in &event.hooks {
            match hook {
                Hook::Syscall {
                    number,
                    compat,
                    at_enter,
                } => {
                    let shown = |number: &Option<u32>| number.map_or("-".into(), |n| n.to_string());
                    let (number, compat) = (shown(number), shown(compat));
                    writeln!(text, "syscall\t{number}\t{compat}\t{}", u8::from(*at_enter))?;
                }
                Hook::RawTracepoint(name) => writeln!(text, "raw_tracepoint\t{name}")?,
                Hook::Function {
                    probe,
                    function,
                    after,
                } => {
                    let after = match &after[..] {
                        [] => "-".to_owned(),
                        after => after.join(" "),
                    };
                    writeln!(text, "{}\t{function}\t{after}", probe.name())?;
                }
                Hook::Userland => writeln!(text, "userland")?,
            }
        }
    }
    Ok(())
}

/// A type in short: named ones by their index.
fn written(ty: &Type) -> String {
    match ty {
        Type::Enum(EnumId(id)) => format!("E{id}"),
        Type::Flags(FlagsId(id)) => format!("F{id}"),
        Type::Struct(StructId(id)) => format!("S{id}"),
        Type::List(of) => format!("L{}", written(of)),
        Type::Int(int) => int.to_string(),
        Type::Bool => "bool".into(),
        Type::Pointer => "pointer".into(),
        Type::Port => "port".into(),
        Type::Time => "time".into(),
        Type::Duration => "duration".into(),
        Type::String => "string".into(),
        Type::Path => "path".into(),
        Type::Bytes => "bytes".into(),
        Type::Ip => "ip".into(),
        Type::Cidr => "cidr".into(),
        Type::Error => "error".into(),
    }
}

fn type_of(written: &str) -> Option<Type> {
    let id = || written.get(1..)?.parse().ok();
    Some(match written {
        "bool" => Type::Bool,
        "pointer" => Type::Pointer,
        "port" => Type::Port,
        "time" => Type::Time,
        "duration" => Type::Duration,
        "string" => Type::String,
        "path" => Type::Path,
        "bytes" => Type::Bytes,
        "ip" => Type::Ip,
        "cidr" => Type::Cidr,
        _ if written.starts_with('E') => Type::Enum(EnumId(id()?)),
        _ if written.starts_with('F') => Type::Flags(FlagsId(id()?)),
        _ if written.starts_with('S') => Type::Struct(StructId(id()?)),
        _ if written.starts_with('L') => Type::List(Box::new(type_of(&written[1..])?)),
        _ => Type::Int(int_of(written)?),
    })
}

fn int_of(written: &str) -> Option<IntType> {
    let signed = written.starts_with('i');
    let bits = written.strip_prefix(['i', 'u'])?.parse().ok()?;
    Some(IntType { bits, signed })
}

/// The fields of a line.
struct Fields<'a>(Split<'a, char>);

impl<'a> Fields<'a> {
    fn text(&mut self) -> Option<String> {
        self.0.next().map(str::to_owned)
    }

    fn doc(&mut self) -> Option<String> {
        let text = self.0.next().unwrap_or_default();
        Some(if text.contains(NEWLINE) {
            text.replace(NEWLINE, "\n")
        } else {
            text.to_owned()
        })
    }

    fn number<T: std::str::FromStr>(&mut self) -> Option<T> {
        self.0.next()?.parse().ok()
    }

    /// A number or `-`.
    fn maybe<T: FromStr>(&mut self) -> Option<Option<T>> {
        match self.0.next()? {
            "-" => Some(None),
            text => text.parse().ok().map(Some),
        }
    }

    /// Words with spaces between; none where there is a `-`.
    fn words(&mut self) -> Option<Vec<String>> {
        let words = self.0.next()?.split_whitespace();
        Some(
            words
                .filter(|word| *word != "-")
                .map(str::to_owned)
                .collect(),
        )
    }

    fn flag(&mut self) -> Option<bool> {
        Some(self.0.next()? == "1")
    }
}

/// The schema, unless the table is of declarations with another fingerprint, or is none.
pub(crate) fn read(table: &str, fingerprint: u64) -> Option<Schema> {
    let (first, rest) = table.split_once('\n')?;
    if u64::from_str_radix(first, 16) != Ok(fingerprint) {
        return None;
    }
    let mut schema = Schema::default();
    for line in rest.lines() {
        let mut fields = Fields(line.split('\t'));
        let kind = fields.0.next()?;
        read_line(&mut schema, kind, &mut fields)?;
    }
    for at in 0..schema.events.len() {
        schema.events[at].slots = slots(&schema.structs, &mut schema.events[at].args);
    }
    schema.shrink();
    schema.index();
    Some(schema)
}

fn read_line(schema: &mut Schema, kind: &str, fields: &mut Fields<'_>) -> Option<()> {
    match kind {
        "enum" => schema.enums.push(EnumType {
            name: fields.text()?,
            repr: int_of(fields.0.next()?)?,
            doc: fields.doc()?,
            constants: Vec::new(),
        }),
        "=" => {
            let constant = (fields.text()?, fields.number()?);
            schema.enums.last_mut()?.constants.push(constant);
        }
        "flags" => schema.flag_sets.push(FlagsType {
            name: fields.text()?,
            repr: int_of(fields.0.next()?)?,
            doc: fields.doc()?,
            constants: Vec::new(),
        }),
        "|" => schema.flag_sets.last_mut()?.constants.push(FlagConstant {
            name: fields.text()?,
            value: fields.number()?,
            mask: fields.number()?,
        }),
        "struct" => schema.structs.push(StructType {
            name: fields.text()?,
            doc: fields.doc()?,
            fields: Vec::new(),
        }),
        "field" => {
            let (name, ty) = (fields.text()?, type_of(fields.0.next()?)?);
            let field = (name, fields.doc()?, ty);
            schema.structs.last_mut()?.fields.push(field);
        }
        "event" => schema.events.push(event(fields)?),
        "arg" => {
            let (name, ty) = (fields.text()?, type_of(fields.0.next()?)?);
            let doc = fields.doc()?;
            let args = &mut schema.events.last_mut()?.args;
            args.push(Arg {
                name,
                doc,
                ty,
                slot: 0,
            });
        }
        _ => {
            let hook = match kind {
                "syscall" => Hook::Syscall {
                    number: fields.maybe()?,
                    compat: fields.maybe()?,
                    at_enter: fields.flag()?,
                },
                "raw_tracepoint" => Hook::RawTracepoint(fields.text()?),
                "userland" => Hook::Userland,
                probe => Hook::Function {
                    probe: Probe::named(probe)?,
                    function: fields.text()?,
                    after: fields.words()?,
                },
            };
            schema.events.last_mut()?.hooks.push(hook);
        }
    }
    Some(())
}

fn event(fields: &mut Fields<'_>) -> Option<Event> {
    let (name, id) = (fields.text()?, EventId(fields.number()?));
    let file = FileId(FileId::STANDARD.0 + fields.number::<u32>()?);
    let (start, end) = (fields.number()?, fields.number()?);
    let has_retval = fields.flag()?;
    let sets = fields.words()?;
    Some(Event {
        id,
        name,
        sets,
        doc: fields.doc()?,
        args: Vec::new(),
        slots: Vec::new(),
        hooks: Vec::new(),
        has_retval,
        span: Span { file, start, end },
    })
}

#[cfg(test)]
mod tests {
    use crate::stdlib;

    #[test]
    fn it_holds_what_is_declared() {
        let declared = stdlib::declared().0;
        let table = super::write(&declared, 7);
        let read = super::read(&table, 7).unwrap();
        assert_eq!(
            format!("{:#?}", read.events),
            format!("{:#?}", declared.events)
        );
        assert_eq!(format!("{:?}", read.enums), format!("{:?}", declared.enums));
        assert_eq!(
            format!("{:?}", read.flag_sets),
            format!("{:?}", declared.flag_sets)
        );
        assert_eq!(
            format!("{:?}", read.structs),
            format!("{:?}", declared.structs)
        );
    }

    #[test]
    fn another_table_is_refused() {
        let table = super::write(stdlib::schema(), 7);
        assert!(super::read(&table, 8).is_none());
        assert!(super::read("", 7).is_none());
        assert!(super::read("0000000000000007\nevent\topen", 7).is_none());
        let print = |texts: &[&str]| super::fingerprint(texts.iter().copied());
        assert_ne!(print(&["ab", "c"]), print(&["a", "bc"]));
        assert_ne!(print(&["event open();"]), print(&["event opem();"]));
    }
}
