//! Text → tokens. One token type serves the parser, and the tools that need every byte (formatter,
//! highlighting): whitespace and comments are tokens too.
//!
//! Enter at [`lex`]. It never fails: what is no token becomes [`Token::Error`].

use std::ops::Range;

use logos::Logos;

/// A kind of token; its text is the span's.
///
/// Words are of three kinds: *hard* words have a meaning in conditions and are never names there;
/// *soft* words open a declaration or a clause and are names everywhere else (`flags` and `mode` are
/// arguments of openat(2)); all others are [`Token::Ident`].
#[derive(Logos, Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Token {
    // Trivia.
    /// Spaces, tabs and line ends.
    #[regex(r"[ \t\r\n]+")]
    Whitespace,
    /// `// …`, and rulers of more than three slashes.
    #[regex(r"//([^/\n][^\n]*)?", allow_greedy = true)]
    #[regex(r"////[^\n]*", priority = 20, allow_greedy = true)]
    Comment,
    /// `/// …`: documents the declaration, argument or constant after it.
    #[regex(r"///[^\n]*", allow_greedy = true)]
    DocComment,

    // Values.
    /// Any other word.
    #[regex(r"[A-Za-z_][A-Za-z0-9_]*")]
    Ident,
    /// A word with characters that no name has; [`crate::parse`] says what is wrong with them.
    #[regex(
        r"[\p{XID_Continue}\p{Cf}\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\u{9f}]+",
        priority = 1
    )]
    Foreign,
    /// `12`, `0x1f`, `0o644`, `1_000`; also what only begins like a number (`12ab`).
    #[regex(r"[0-9][0-9A-Za-z_]*")]
    Int,
    /// `10s`, `500ms`, `7d`.
    #[regex(r"[0-9][0-9_]*(ns|us|ms|s|m|h|d)", priority = 10)]
    Duration,
    /// `2027-01-31`, `2027-01-31T12:00:00Z`.
    #[regex(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9:]+Z?)?")]
    Date,
    /// `10.0.0.1`, `10.0.0.0/8`, `::1`, `2001:db8::/32`; also what only begins like one (`10.0/8`). In
    /// an IPv6 address are at least two colons and no spaces: nothing else of the language looks so.
    #[regex(r"[0-9]+(\.[0-9]+)+(/[0-9]+(\.[0-9]+)*)?")]
    #[regex(
        r"([0-9A-Fa-f]*:){2}([0-9A-Fa-f]*:)*([0-9A-Fa-f]+|[0-9]+(\.[0-9]+)+)?(/[0-9]+(\.[0-9]+)*)?"
    )]
    Address,
    /// `"…"` on one line, with escapes.
    #[regex(r#""([^"\\\n]|\\[^\n])*""#)]
    String,
    /// A string without its closing quote; ends before `;` so that the clause still ends.
    #[regex(r#""([^"\\\n;]|\\[^\n])*"#)]
    #[regex(r#"['‘’‚‛“”„‟«][^'"‘’‚‛“”„‟«»\n;]*"#)]
    Unterminated,
    /// `'…'`: not the language's, but what many people write, or word processors make of quotes.
    #[regex(r"'[^'\n]*'")]
    #[regex(r"[‘’‚‛][^'‘’‚‛\n]*['‘’‛]")]
    #[regex(r#"[“”„‟«][^"“”„‟«»\n]*["“”‟»]"#)]
    SingleQuoted,

    // Punctuation.
    /// `{`
    #[token("{")]
    LeftBrace,
    /// `}`
    #[token("}")]
    RightBrace,
    /// `{` of a quantifier's body; [`crate::parse`] tells it from that of a block.
    OpenBody,
    /// `}` of a quantifier's body.
    CloseBody,
    /// `;` in such a body, where it ends nothing.
    BodySemicolon,
    /// `(`
    #[token("(")]
    LeftParen,
    /// `)`
    #[token(")")]
    RightParen,
    /// `[`
    #[token("[")]
    LeftBracket,
    /// `]`
    #[token("]")]
    RightBracket,
    /// `;`
    #[token(";")]
    Semicolon,
    /// `,`
    #[token(",")]
    Comma,
    /// `:`
    #[token(":")]
    Colon,
    /// `.`
    #[token(".")]
    Dot,
    /// `..`
    #[token("..")]
    DotDot,
    /// `=`
    #[token("=")]
    Assign,
    /// `==`
    #[token("==")]
    Eq,
    /// `!=`
    #[token("!=")]
    Ne,
    /// `<`
    #[token("<")]
    Lt,
    /// `<=`
    #[token("<=")]
    Le,
    /// `>`
    #[token(">")]
    Gt,
    /// `>=`
    #[token(">=")]
    Ge,
    /// `~`
    #[token("~")]
    Tilde,
    /// `-`
    #[token("-")]
    Minus,
    /// `*`
    #[token("*")]
    Star,
    /// `&&`, which people write for `and`.
    #[token("&&")]
    AndAnd,
    /// `||`, which people write for `or`.
    #[token("||")]
    OrOr,
    /// `!`, which people write for `not`.
    #[token("!")]
    Bang,

    // Hard words.
    /// `and`
    #[token("and")]
    And,
    /// `or`
    #[token("or")]
    Or,
    /// `not`
    #[token("not")]
    Not,
    /// `in`
    #[token("in")]
    In,
    /// `has`
    #[token("has")]
    Has,
    /// `any`
    #[token("any")]
    Any,
    /// `all`
    #[token("all")]
    All,
    /// `true`
    #[token("true")]
    True,
    /// `false`
    #[token("false")]
    False,
    /// `where`
    #[token("where")]
    Where,
    /// `exists`
    #[token("exists")]
    Exists,
    /// `prefix`
    #[token("prefix")]
    Prefix,
    /// `suffix`
    #[token("suffix")]
    Suffix,
    /// `contains`
    #[token("contains")]
    Contains,
    /// `glob`
    #[token("glob")]
    Glob,
    /// `regex`
    #[token("regex")]
    Regex,
    /// `under`
    #[token("under")]
    Under,

    // Soft words.
    /// `event`
    #[token("event")]
    Event,
    /// `enum`
    #[token("enum")]
    Enum,
    /// `flags`
    #[token("flags")]
    Flags,
    /// `struct`
    #[token("struct")]
    Struct,
    /// `list`
    #[token("list")]
    List,
    /// `let`
    #[token("let")]
    Let,
    /// `policy`
    #[token("policy")]
    Policy,
    /// `rule`
    #[token("rule")]
    Rule,
    /// `version`
    #[token("version")]
    Version,
    /// `scope`
    #[token("scope")]
    Scope,
    /// `select`
    #[token("select")]
    Select,
    /// `except`
    #[token("except")]
    Except,
    /// `title`
    #[token("title")]
    Title,
    /// `severity`
    #[token("severity")]
    Severity,
    /// `attack`
    #[token("attack")]
    Attack,
    /// `on`
    #[token("on")]
    On,
    /// `message`
    #[token("message")]
    Message,
    /// `id`
    #[token("id")]
    Id,
    /// `sets`
    #[token("sets")]
    Sets,
    /// `hook`
    #[token("hook")]
    Hook,
    /// `import`
    #[token("import")]
    Import,
    /// `as`
    #[token("as")]
    As,
    /// `rego`
    #[token("rego")]
    Rego,
    /// `edition`
    #[token("edition")]
    Edition,
    /// `test`
    #[token("test")]
    Test,
    /// `for`
    #[token("for")]
    For,
    /// `given`
    #[token("given")]
    Given,
    /// `recording`
    #[token("recording")]
    Recording,
    /// `expect`
    #[token("expect")]
    Expect,
    /// `use`
    #[token("use")]
    Use,
    /// `mode`
    #[token("mode")]
    Mode,
    /// `labels`
    #[token("labels")]
    Labels,
    /// `description`
    #[token("description")]
    Description,
    /// `references`
    #[token("references")]
    References,
    /// `output`
    #[token("output")]
    Output,
    /// `action`
    #[token("action")]
    Action,
    /// `reason`
    #[token("reason")]
    Reason,
    /// `expires`
    #[token("expires")]
    Expires,

    /// Bytes that are no token.
    Error,
    /// A whole rule that [`crate::parse`] knows from another version of the text.
    Parsed,
}

impl Token {
    /// Whether the parser does not see it.
    pub fn is_trivia(self) -> bool {
        matches!(self, Self::Whitespace | Self::Comment | Self::DocComment)
    }
}

/// All tokens of `text` with their byte ranges, trivia included: the ranges cover the text without
/// gaps. Neighbouring bytes that are no token are one [`Token::Error`].
pub fn lex(text: &str) -> impl Iterator<Item = (Token, Range<usize>)> {
    let mut tokens = Token::lexer(text)
        .spanned()
        .map(|(token, range)| (token.unwrap_or(Token::Error), range))
        .peekable();
    std::iter::from_fn(move || {
        let (token, mut range) = tokens.next()?;
        while token == Token::Error
            && let Some((_, next)) = tokens.next_if(|(token, _)| *token == Token::Error)
        {
            range.end = next.end;
        }
        Some((token, range))
    })
}
