//! Text with the places where it may break, and the printer that decides which of them do: a group
//! is printed on one line if it fits with what follows it up to the next possible break, and breaks
//! at all of its places otherwise (Wadler, "A prettier printer").

/// The most characters of a line, where that can be had by breaking.
pub(super) const WIDTH: usize = 100;
const INDENT: usize = 2;

/// A piece of a document.
#[derive(Debug)]
pub(super) enum Doc<'a> {
    /// A word.
    Text(&'a str),
    /// Text only where the group around it is broken.
    IfBroken(&'a str),
    /// A space.
    Space,
    /// A space, or a new line if the group is broken.
    Line,
    /// Nothing, or a new line if the group is broken.
    SoftLine,
    /// A new line.
    HardLine,
    /// A blank line, after a new line of a broken group.
    Blank,
    /// A comment on a line of its own.
    OwnLine(&'a str),
    /// A comment at the end of the line.
    Trailing(&'a str),
    /// Lines that begin in here are indented.
    Nest(Vec<Doc<'a>>),
    /// Broken or not as one, and whether it must be.
    Group(Vec<Doc<'a>>, bool),
}

/// A group, which must break if something in it does.
pub(super) fn group(docs: Vec<Doc<'_>>) -> Doc<'_> {
    let breaks = must_break(&docs);
    Doc::Group(docs, breaks)
}

fn must_break(docs: &[Doc<'_>]) -> bool {
    docs.iter().any(|doc| match doc {
        Doc::HardLine | Doc::OwnLine(_) | Doc::Trailing(_) => true,
        Doc::Nest(docs) => must_break(docs),
        Doc::Group(_, breaks) => *breaks,
        _ => false,
    })
}

/// What is still to be printed: how deep, in a broken group or not, and what.
type Pending<'d, 'a> = (usize, bool, &'d Doc<'a>);

/// The text of a document.
pub(super) fn print(docs: &[Doc<'_>]) -> String {
    let mut printer = Printer::default();
    let mut pending: Vec<Pending<'_, '_>> = docs.iter().rev().map(|doc| (0, true, doc)).collect();
    while let Some((depth, broken, doc)) = pending.pop() {
        match doc {
            Doc::Text(text) => printer.text(text),
            Doc::IfBroken(text) if broken => printer.text(text),
            Doc::Line | Doc::SoftLine if broken => printer.line(depth),
            Doc::IfBroken(_) | Doc::SoftLine => {}
            Doc::Space | Doc::Line => printer.space = true,
            Doc::HardLine => printer.line(depth),
            Doc::Blank if broken => printer.blank(),
            Doc::Blank => {}
            Doc::OwnLine(text) => {
                // On a line that was begun already it stands where the word after it will.
                let depth = printer.begun.unwrap_or(depth);
                printer.line(depth);
                printer.text(text);
                printer.line(depth);
            }
            Doc::Trailing(text) => {
                printer.space = true;
                printer.text(text);
                printer.line(depth);
            }
            Doc::Nest(docs) => {
                pending.extend(docs.iter().rev().map(|doc| (depth + 1, broken, doc)));
            }
            Doc::Group(docs, breaks) => {
                let broken = *breaks || !printer.fits(docs, &pending);
                pending.extend(docs.iter().rev().map(|doc| (depth, broken, doc)));
            }
        }
    }
    printer.out
}

#[derive(Default)]
struct Printer {
    out: String,
    /// Characters of the last line of `out`.
    column: usize,
    /// A line was begun on which nothing stands yet, and how deep.
    begun: Option<usize>,
    /// A space comes before the next text, if that does not begin a line.
    space: bool,
}

impl Printer {
    fn text(&mut self, text: &str) {
        let before = self.before();
        self.out.extend(std::iter::repeat_n(' ', before));
        self.out.push_str(text);
        self.column += before + text.chars().count();
        self.begun = None;
        self.space = false;
    }

    /// How many spaces come before the next text.
    fn before(&self) -> usize {
        match self.begun {
            Some(depth) => depth * INDENT,
            None => usize::from(self.space && self.column > 0),
        }
    }

    fn line(&mut self, depth: usize) {
        if self.column > 0 {
            self.out.push('\n');
        }
        self.column = 0;
        self.begun = Some(depth);
    }

    fn blank(&mut self) {
        if self.column == 0 && !self.out.is_empty() && !self.out.ends_with("\n\n") {
            self.out.push('\n');
        }
    }

    /// Whether the docs, on one line, and what follows them up to the next possible break fit.
    fn fits(&self, docs: &[Doc<'_>], rest: &[Pending<'_, '_>]) -> bool {
        let Some(mut left) = WIDTH.checked_sub(self.column + self.before()) else {
            return false;
        };
        let mut rest = rest.iter().rev();
        let mut pending: Vec<(bool, &Doc<'_>)> =
            docs.iter().rev().map(|doc| (false, doc)).collect();
        loop {
            let (broken, doc) = match pending.pop() {
                Some(next) => next,
                None => match rest.next() {
                    Some((_, broken, doc)) => (*broken, *doc),
                    None => return true,
                },
            };
            let width = match doc {
                Doc::Text(text) => text.chars().count(),
                Doc::IfBroken(text) if broken => text.chars().count(),
                Doc::Line | Doc::SoftLine if broken => return true,
                Doc::HardLine | Doc::OwnLine(_) | Doc::Trailing(_) => return true,
                Doc::Space | Doc::Line => 1,
                Doc::IfBroken(_) | Doc::SoftLine | Doc::Blank => 0,
                Doc::Nest(docs) | Doc::Group(docs, _) => {
                    pending.extend(docs.iter().rev().map(|doc| (broken, doc)));
                    0
                }
            };
            let Some(after) = left.checked_sub(width) else {
                return false;
            };
            left = after;
        }
    }
}
