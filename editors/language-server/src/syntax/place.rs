//! Where in a text a cursor is: in which blocks, which clause, behind which words. Enter at
//! [`Walk::to`].
//!
//! A walk goes from word to word and keeps what is open. A word that declares something and begins
//! its line without indentation begins anew, whatever was left open before it: that is how files
//! look, and what is being typed in one rule does not reach the next declaration. So it is with clauses
//! that begin a line and can't be a part of a condition.

use tracee_lang::parse::MAX_NESTING;
use tracee_lang::stdlib;
use tracee_lang::token::Token;

use super::Syntax;

/// So much can be open, more than the compiler reads: a text may be nothing but open brackets, and of each of
/// them it is asked what it stands in.
pub(crate) const MAX_OPEN: usize = 2 * MAX_NESTING;

/// What is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    File,
    Policy,
    Rule,
    Test,
    /// `output { … }`
    Output,
    /// `given EVENT { … }`, and maps in it.
    Given,
    /// The body of a quantifier.
    Body,
    /// A declaration of the schema.
    Schema,
    Brackets,
    Parens,
}

/// Something open, with the words of its clause so far.
#[derive(Debug, Clone)]
pub(crate) struct Frame {
    pub(crate) kind: Kind,
    /// The words of the clause that it stands in, without those in brackets within.
    pub(crate) clause: Vec<usize>,
    /// So many commas were there, in parentheses and brackets.
    pub(crate) commas: usize,
    /// What a body's quantifier gives a name to: the word, and whether it is an ancestor.
    pub(crate) binder: Option<(usize, bool)>,
    /// The name of a policy or rule; of a map the name before it.
    pub(crate) name: Option<usize>,
}

impl Frame {
    fn new(kind: Kind) -> Self {
        Self {
            kind,
            clause: Vec::new(),
            commas: 0,
            binder: None,
            name: None,
        }
    }
}

/// A walk over the words of a text.
#[derive(Debug, Clone)]
pub(crate) struct Walk<'s> {
    pub(crate) syntax: &'s Syntax,
    pub(crate) frames: Vec<Frame>,
    /// How much more is open, of which nothing is known.
    beyond: usize,
    /// The names of the parameters of the `let` at hand.
    pub(crate) parameters: Vec<usize>,
}

impl<'s> Walk<'s> {
    pub(crate) fn new(syntax: &'s Syntax) -> Self {
        Self {
            syntax,
            frames: vec![Frame::new(Kind::File)],
            beyond: 0,
            parameters: Vec::new(),
        }
    }

    /// What is open at a word.
    pub(crate) fn to(syntax: &'s Syntax, word: usize) -> Self {
        let mut walk = Self::before(syntax, word);
        walk.begin(word);
        walk
    }

    /// What is open before a word, whatever that word is.
    pub(crate) fn before(syntax: &'s Syntax, word: usize) -> Self {
        let mut walk = Self::new(syntax);
        let words = word.min(syntax.words.len());
        let begin = (0..words).rev().find(|at| begins_anew(syntax, *at));
        for at in begin.unwrap_or(0)..words {
            walk.begin(at);
            walk.step(at);
        }
        walk
    }

    /// Before a word: closes everything if it begins anew.
    pub(crate) fn begin(&mut self, at: usize) {
        if self.frames.len() > 1 && begins_anew(self.syntax, at) {
            self.leave(1);
        }
        if begins_clause(self.syntax, at) {
            let rule = self.syntax.token(at) == Some(Token::Rule);
            let blocks = |frame: &Frame| match frame.kind {
                Kind::Policy => true,
                Kind::Rule | Kind::Test => !rule,
                _ => false,
            };
            if let Some(block) = self.frames.iter().rposition(blocks)
                && self.frames.iter().all(|frame| frame.kind != Kind::Given)
            {
                self.leave(block + 1);
                self.top().clause.clear();
            }
        }
        if let [file] = &mut self.frames[..]
            && begins_anew(self.syntax, at)
        {
            file.clause.clear();
            self.parameters.clear();
        }
    }

    /// Passes a word.
    pub(crate) fn step(&mut self, at: usize) {
        let Some(token) = self.syntax.token(at) else {
            return;
        };
        match token {
            Token::LeftBrace | Token::LeftBracket | Token::LeftParen if self.is_full() => {
                self.beyond += 1;
            }
            Token::RightBrace | Token::RightBracket | Token::RightParen if self.beyond > 0 => {
                self.beyond -= 1;
            }
            Token::LeftBrace => self.open(at),
            Token::RightBrace => self.close(),
            Token::LeftBracket => self.push(at, Kind::Brackets),
            Token::LeftParen => {
                self.push(at, Kind::Parens);
            }
            Token::RightBracket => self.pop(at, Kind::Brackets),
            Token::RightParen => self.pop(at, Kind::Parens),
            Token::Semicolon => {
                let is_block = |frame: &Frame| !is_part(frame.kind);
                let block = self.frames.iter().rposition(is_block).unwrap_or(0);
                self.leave(block + 1);
                self.top().clause.clear();
                if block == 0 {
                    self.parameters.clear();
                }
            }
            _ if self.beyond > 0 => {}
            Token::Comma => {
                let frame = self.top();
                frame.commas += 1;
                match frame.kind {
                    Kind::Given | Kind::Brackets | Kind::Parens => frame.clause.clear(),
                    _ => frame.clause.push(at),
                }
            }
            _ => {
                let names_parameter = self.kind() == Kind::Parens
                    && self.top().clause.is_empty()
                    && self.in_parameters();
                if names_parameter {
                    self.parameters.push(at);
                }
                self.top().clause.push(at);
            }
        }
    }

    /// Whether the parentheses at hand are those behind the name of a `let`.
    pub(crate) fn in_parameters(&self) -> bool {
        let [file, parens] = &self.frames[..] else {
            return false;
        };
        let head = file.clause.first().and_then(|at| self.syntax.token(*at));
        parens.kind == Kind::Parens && head == Some(Token::Let) && file.clause.len() == 3
    }

    /// The innermost thing that is open.
    pub(crate) fn kind(&self) -> Kind {
        self.frames.last().map_or(Kind::File, |frame| frame.kind)
    }

    /// How much is open.
    pub(crate) fn depth(&self) -> usize {
        self.frames.len() + self.beyond
    }

    /// Whether a clause or declaration begins here.
    pub(crate) fn at_begin(&self) -> bool {
        let frame = self.frames.last();
        frame.is_some_and(|frame| frame.clause.is_empty() && !is_part(frame.kind))
    }

    /// The words of the clause, also of that around brackets and bodies.
    pub(crate) fn clause(&self) -> &[usize] {
        let mut blocks = self.frames.iter().rev();
        let block = blocks.find(|frame| !is_part(frame.kind));
        block.map_or(&[], |frame| &frame.clause)
    }

    /// The first word of the clause.
    pub(crate) fn head(&self) -> Option<Token> {
        self.syntax.token(*self.clause().first()?)
    }

    /// The block that the clause stands in.
    pub(crate) fn block(&self) -> Kind {
        let mut blocks = self.frames.iter().rev();
        let block = blocks.find(|frame| !is_part(frame.kind));
        block.map_or(Kind::File, |frame| frame.kind)
    }

    /// Whether the clause has a word of a kind so far.
    pub(crate) fn has(&self, token: Token) -> bool {
        let mut clause = self.clause().iter();
        clause.any(|at| self.syntax.token(*at) == Some(token))
    }

    /// Whether the clause begins with a word and has no `where` yet.
    pub(crate) fn is_after(&self, head: Token) -> bool {
        self.head() == Some(head) && !self.has(Token::Where) && !is_part(self.kind())
    }

    /// The policy around, by name.
    pub(crate) fn policy(&self) -> Option<&'s str> {
        let frame = self.frames.iter().find(|frame| frame.kind == Kind::Policy);
        frame.and_then(|frame| Some(self.syntax.written(frame.name?)))
    }

    /// The events that the clause names.
    pub(crate) fn events(&self) -> Vec<&'s str> {
        let clause = self.clause();
        let behind = clause.iter().skip(1);
        let events = behind.take_while(|at| self.syntax.token(**at) != Some(Token::Where));
        let events = events.filter(|at| self.syntax.is_name(**at));
        let mut names = Vec::new();
        for &at in events {
            let name = self.syntax.written(at);
            if self.syntax.token(at + 1) == Some(Token::Dot) {
                // What stands behind the dot of `set.fs` is the next.
            } else if self.syntax.token(at.saturating_sub(1)) == Some(Token::Dot) {
                names.extend(stdlib::schema().events_of(name).map(|event| &*event.name));
            } else {
                names.push(name);
            }
        }
        names
    }

    /// Whether a condition can stand here.
    pub(crate) fn in_condition(&self) -> bool {
        match (self.block(), self.head()) {
            (Kind::Policy, Some(Token::Scope)) => true,
            (Kind::Policy | Kind::Rule, Some(Token::On | Token::Select | Token::Except)) => {
                self.has(Token::Where)
            }
            (Kind::File, Some(Token::Let)) => self.has(Token::Assign),
            (Kind::Output, _) => self.has(Token::Assign),
            _ => false,
        }
    }

    fn is_full(&self) -> bool {
        self.frames.len() >= MAX_OPEN
    }

    /// Closes all but so much.
    fn leave(&mut self, open: usize) {
        self.frames.truncate(open);
        self.beyond = 0;
    }

    fn top(&mut self) -> &mut Frame {
        if self.frames.is_empty() {
            self.frames.push(Frame::new(Kind::File));
        }
        let last = self.frames.len() - 1;
        &mut self.frames[last]
    }

    fn push(&mut self, at: usize, kind: Kind) {
        self.top().clause.push(at);
        self.frames.push(Frame::new(kind));
    }

    /// Closes brackets, if they are what is open.
    fn pop(&mut self, at: usize, kind: Kind) {
        if self.kind() == kind {
            self.frames.pop();
        }
        self.top().clause.push(at);
    }

    fn open(&mut self, at: usize) {
        let syntax = self.syntax;
        let head = self.head();
        let clause = self.clause();
        let name = clause.get(1).copied();
        let mut frame = match (self.block(), head) {
            (Kind::File, Some(Token::Policy)) => Frame::new(Kind::Policy),
            (Kind::File | Kind::Policy, Some(Token::Rule)) => Frame::new(Kind::Rule),
            (Kind::File, Some(Token::Test)) => Frame::new(Kind::Test),
            (Kind::File, Some(Token::Event | Token::Enum | Token::Flags | Token::Struct)) => {
                Frame::new(Kind::Schema)
            }
            (Kind::Rule, Some(Token::Output)) => Frame::new(Kind::Output),
            (Kind::Test | Kind::Given, _) => Frame::new(Kind::Given),
            _ => Frame::new(Kind::Body),
        };
        frame.name = match frame.kind {
            Kind::Given => {
                let names = self
                    .frames
                    .last()
                    .into_iter()
                    .flat_map(|frame| &frame.clause);
                names.rev().copied().find(|at| syntax.is_name(*at))
            }
            _ => name,
        };
        if frame.kind == Kind::Body {
            frame.binder = self.binder();
        }
        self.top().clause.push(at);
        self.frames.push(frame);
    }

    /// `x` of `any x in proc.ancestors` before a brace.
    fn binder(&self) -> Option<(usize, bool)> {
        let syntax = self.syntax;
        let clause = &self.frames.last()?.clause;
        let is_quantifier = |at: &usize| matches!(syntax.token(*at), Some(Token::Any | Token::All));
        let quantifier = clause.iter().rposition(is_quantifier)?;
        let name = *clause.get(quantifier + 1)?;
        let last = *clause.last()?;
        syntax
            .is_name(name)
            .then(|| (name, syntax.written(last) == "ancestors"))
    }

    fn close(&mut self) {
        while is_bracket(self.kind()) {
            self.frames.pop();
        }
        if self.frames.len() > 1 {
            let closed = self.frames.pop();
            let whole = closed.is_some_and(|frame| {
                !matches!(frame.kind, Kind::Body | Kind::Given | Kind::Schema)
            });
            // A block ends its declaration; a body or a map is a part of its clause.
            if whole || matches!(self.kind(), Kind::File) && self.head() != Some(Token::Let) {
                self.top().clause.clear();
            }
        } else {
            self.top().clause.clear();
        }
    }
}

fn is_bracket(kind: Kind) -> bool {
    matches!(kind, Kind::Brackets | Kind::Parens)
}

/// Whether it is a part of a clause rather than a block of clauses.
fn is_part(kind: Kind) -> bool {
    is_bracket(kind) || kind == Kind::Body
}

/// Whether a word begins a declaration at the begin of a line.
fn begins_anew(syntax: &Syntax, at: usize) -> bool {
    let Some(word) = syntax.words.get(at) else {
        return false;
    };
    let declares = matches!(
        word.token,
        Token::Policy
            | Token::Rule
            | Token::List
            | Token::Let
            | Token::Import
            | Token::Test
            | Token::Edition
            | Token::Event
            | Token::Enum
            | Token::Struct
    );
    word.indent == Some(0)
        && declares
        && (syntax.words.len() == at + 1
            || syntax.is_name(at + 1)
            || matches!(syntax.token(at + 1), Some(Token::String | Token::Int)))
}

/// Whether a word begins a clause or a rule at the begin of a line: nothing in a condition looks so.
fn begins_clause(syntax: &Syntax, at: usize) -> bool {
    let Some(word) = syntax.words.get(at) else {
        return false;
    };
    if word.indent.is_none_or(|indent| indent == 0) {
        return false;
    }
    let next = syntax.token(at + 1);
    match word.token {
        Token::Rule => syntax.is_name(at + 1) && syntax.token(at + 2) == Some(Token::LeftBrace),
        Token::Title | Token::Message | Token::Id | Token::Description | Token::Version => {
            next == Some(Token::String)
        }
        Token::On | Token::Select | Token::Given | Token::Severity | Token::Mode => {
            next == Some(Token::Ident)
        }
        Token::Attack => {
            let id = syntax.written(at + 1);
            id.starts_with('T') && id.len() > 4 && id.as_bytes()[1].is_ascii_digit()
        }
        _ => false,
    }
}
