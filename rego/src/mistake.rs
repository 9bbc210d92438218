//! What regorus says is wrong, with its place in our files.

use tracee_lang::source::{FileId, SourceMap, Span};

/// One error.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mistake {
    /// The file, and line and column from 1, if it said so.
    place: Option<(String, usize, usize)>,
    /// One line, lower case, no full stop.
    pub(crate) message: String,
}

impl Mistake {
    /// Reads a text of this form:
    ///
    /// ```text
    /// --> signatures/a.rego:3:23
    ///   |
    /// 3 | g(x) = y { y := nosuch(x) }
    ///   |                       ^
    /// error: could not find function nosuch
    /// ```
    pub(crate) fn read(error: &anyhow::Error) -> Self {
        let said = error.to_string();
        let lines = || said.lines().map(str::trim);
        let place = lines().find_map(|line| {
            let mut parts = line.strip_prefix("--> ")?.rsplitn(3, ':');
            let column = parts.next()?.parse().ok()?;
            let line = parts.next()?.parse().ok()?;
            Some((parts.next()?.to_owned(), line, column))
        });
        let told = lines().find_map(|line| line.strip_prefix("error: "));
        let first = lines().find(|line| !line.is_empty()).unwrap_or("no reason");
        let message = told.unwrap_or(first).trim_end_matches('.');
        let mut letters = message.chars();
        let message = match (letters.next(), letters.next()) {
            // Not the first of an abbreviation.
            (Some(first), second) if !second.is_some_and(char::is_uppercase) => {
                let rest = &message[first.len_utf8()..];
                format!("{}{rest}", first.to_lowercase())
            }
            _ => message.to_owned(),
        };
        Self { place, message }
    }

    /// `a.rego:3:23: could not find function nosuch`
    pub(crate) fn line(&self) -> String {
        match &self.place {
            Some((file, line, column)) => format!("{file}:{line}:{column}: {}", self.message),
            None => self.message.clone(),
        }
    }

    /// Where it is, among files that have the names which the error knows.
    pub(crate) fn span(&self, map: &SourceMap, files: &[FileId]) -> Option<Span> {
        let (name, line, column) = self.place.as_ref()?;
        let (id, text) = files.iter().find_map(|id| {
            let file = map.get(*id)?;
            (*file.name == **name).then_some((*id, &file.text))
        })?;
        let begin: usize = text
            .split_inclusive('\n')
            .take(line - 1)
            .map(str::len)
            .sum();
        let rest = text.get(begin..)?.lines().next().unwrap_or_default();
        // Columns are characters.
        let mut characters = rest.char_indices().skip(column - 1);
        let start = characters.next().map_or(rest.len(), |(at, _)| at);
        let word = rest[start..]
            .find(|c: char| !c.is_alphanumeric() && c != '_')
            .unwrap_or(rest.len() - start);
        let next = rest[start..].chars().next().map_or(0, char::len_utf8);
        Some(Span::new(id, begin + start, begin + start + word.max(next)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_found_by_line_and_column() {
        let mut map = SourceMap::default();
        let file = map.add("x.rego", "package a\nf { é := nosuch(1) }\n");
        let said = "\n--> x.rego:2:10\n  |\n2 | f { é := nosuch(1) }\nerror: Could not find it.";
        let mistake = Mistake::read(&anyhow::anyhow!(said));
        assert_eq!(mistake.line(), "x.rego:2:10: could not find it");
        let span = mistake.span(&map, &[file]).unwrap();
        assert_eq!(map.slice(span), "nosuch");
    }
}
