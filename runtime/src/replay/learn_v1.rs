//! The pieces of a line of Aqua's newer form: what is before its workload and what is behind tell the event.

use super::heads;
use super::learn::{Pieces, Values};
use super::piece::{Piece, Place, Value};
use super::repeat::{Meaning, NEWER, Written};
use super::scan::Scanner;
use super::scan_line_v1::{Field, Kind};

/// None of what is unusual.
pub(super) fn pieces(bytes: &[u8], values: Values<'_>) -> Option<Pieces> {
    let mut learning = Learning {
        before: Vec::new(),
        head: Vec::new(),
        workload: None,
        values,
    };
    let mut scanner = Scanner::new(bytes)?;
    // Only behind the first value, a text, is anything compared.
    let mut begin = None;
    scanner.fields(|scanner, key| {
        if begin.is_none() {
            scanner.string()?;
            begin = Some(scanner.at());
            return Some(());
        }
        learning.field(scanner, &key, begin?)
    })?;
    scanner.end()?;
    let Learning {
        before,
        head,
        workload,
        values,
    } = learning;
    let (begin, (from, to)) = (begin.filter(|begin| *begin > NEWER.len())?, workload?);
    Some(Pieces {
        head: Piece::new(bytes.get(from..to)?, head.into())?,
        begin: Some(Piece::new(bytes.get(begin..from)?, before.into())?),
        tail: Piece::new(bytes.get(to..)?, values.values.into())?,
        key: None,
        ignored: values.ignored,
    })
}

/// The values of a line.
struct Learning<'l> {
    /// Those before the workload, which say nothing that is asked for.
    before: Vec<Value<()>>,
    /// Those of the workload.
    head: Vec<Value<heads::Field>>,
    /// From where to where it is.
    workload: Option<(usize, usize)>,
    values: Values<'l>,
}

impl Learning<'_> {
    fn field(&mut self, scanner: &mut Scanner<'_>, key: &str, line: usize) -> Option<()> {
        let begin = scanner.at();
        match (Field::of_line(key), self.workload) {
            // Whose value differs is another event.
            (Field::Name, _) => scanner.skip(),
            (Field::Workload, None) => {
                self.within(scanner, begin, &Field::of_workload)?;
                self.workload = Some((begin, scanner.at()));
                self.values.begin = scanner.at();
                Some(())
            }
            (Field::Data, Some(_)) => self.data(scanner),
            (Field::Other, None) => {
                scanner.skip()?;
                let place = Place::new(begin - line, scanner.at() - line)?;
                self.before.push(Value { place, means: () });
                Some(())
            }
            (Field::Other, Some(_)) => {
                scanner.skip()?;
                self.values.push(Meaning::Derived, begin, scanner.at())
            }
            _ => None,
        }
    }

    /// The values of an object in the workload, which begins at `from`.
    fn within(
        &mut self,
        scanner: &mut Scanner<'_>,
        from: usize,
        meaning: &dyn Fn(&str) -> Field,
    ) -> Option<()> {
        scanner.fields(|scanner, key| {
            let begin = scanner.at();
            let field = meaning(&key);
            let is_null = scanner.clone().null();
            match field {
                Field::Process if !is_null => {
                    return self.within(scanner, from, &Field::of_process);
                }
                Field::RealUser if !is_null => return self.within(scanner, from, &Field::of_user),
                Field::Thread if !is_null => return self.within(scanner, from, &Field::of_thread),
                Field::Ancestors => {
                    let mut is_parent = true;
                    return scanner.list(|scanner| match std::mem::take(&mut is_parent) {
                        true => self.within(scanner, from, &Field::of_ancestor),
                        // What else there is may not differ.
                        false => scanner.skip(),
                    });
                }
                // May not become an object.
                Field::Process | Field::RealUser | Field::Thread => return scanner.skip(),
                _ => scanner.skip()?,
            }
            self.head.push(Value {
                place: Place::new(begin - from, scanner.at() - from)?,
                means: heads::Field::Newer(field),
            });
            Some(())
        })
    }

    fn data(&mut self, scanner: &mut Scanner<'_>) -> Option<()> {
        scanner.list(|scanner| {
            let (mut name, mut value) = (None, None);
            scanner.fields(|scanner, key| {
                let written = match Kind::of(&key) {
                    Kind::Name => {
                        name = Some(scanner.string()?);
                        return Some(());
                    }
                    Kind::Number => Written::Text,
                    Kind::List | Kind::Plain | Kind::Begin => Written::Plain,
                };
                let mut at = scanner.clone();
                scanner.skip()?;
                if Kind::of(&key) == Kind::List {
                    at = only_value(at)?;
                }
                // One of several is the value.
                value.replace((at, written)).is_none().then_some(())
            })?;
            let (value, written) = value?;
            self.values.named(&name?, Some(value), written)
        })
    }
}

/// Where the value is in `{"value":…}`, if there is nothing else.
fn only_value(mut scanner: Scanner<'_>) -> Option<Scanner<'_>> {
    let mut value = None;
    scanner.fields(|scanner, key| {
        let at = scanner.clone();
        scanner.skip()?;
        (key == "value" && value.replace(at).is_none()).then_some(())
    })?;
    value
}
