// The grammar of `.tp` for editors. What a policy may look like is defined by lang/src/grammar.lalrpop;
// this one says the same of it, but for texts with mistakes, where tree-sitter recovers by itself.
// `cargo xtask codegen` makes src/ of it; tests/ compares both grammars.

/** Words that begin nothing and stand beside names, which may be called so, too. */
const BESIDE_NAMES = ["expires", "reason", "recording", "rego"];

/** Words that have a meaning in conditions and are never names there. */
const HARD = [
  "all", "and", "any", "contains", "exists", "false", "glob", "has", "in", "not", "or", "prefix",
  "regex", "suffix", "true", "under", "where",
];

const name = /[A-Za-z_][A-Za-z0-9_]*/;

/** Separated by commas; one may follow the last, or there may be none. */
const commas = (rule) => optional(seq(commas1(rule), optional(",")));
/** At least one, and none follows the last. */
const commas1 = (rule) => seq(rule, repeat(seq(",", rule)));

/** A name where a word of the language could stand, too. */
const or_word = ($) => choice($.identifier, ...BESIDE_NAMES.map((word) => alias(word, $.identifier)));
/** A name where every word is one. */
const any_name = ($) => reserved("none", $.identifier);

module.exports = grammar({
  name: "tp",

  word: ($) => $.identifier,
  reserved: { global: () => HARD, none: () => [] },
  extras: ($) => [/[ \t\r\n]/, $.comment, $.doc_comment],
  supertypes: ($) => [$.declaration],

  rules: {
    source_file: ($) => repeat($.declaration),

    declaration: ($) =>
      choice(
        $.edition,
        $.import,
        $.event,
        $.enum,
        $.flags,
        $.struct,
        $.list_declaration,
        $.let,
        $.policy,
        $.rule,
        $.test,
      ),

    edition: ($) => seq("edition", $.integer, ";"),

    import: ($) =>
      seq(
        "import",
        choice(
          field("source", $.rule_path),
          field("file", $.string),
          seq("rego", field("file", $.string)),
        ),
        optional(seq("as", field("alias", $.identifier))),
        ";",
      ),

    // ---- the schema's declarations ----

    event: ($) =>
      seq(
        "event",
        field("name", $.identifier),
        "(",
        commas($.field_declaration),
        ")",
        field("body", alias($._event_body, $.block)),
      ),
    _event_body: ($) => seq("{", repeat(choice($.id, $.sets, $.hook)), "}"),
    sets: ($) => seq("sets", "[", commas($.identifier), "]", ";"),
    hook: ($) => seq("hook", repeat1(choice($.identifier, $.integer)), ";"),

    enum: ($) => seq("enum", $._constants_head, field("body", alias($._constants, $.block))),
    flags: ($) =>
      seq(
        "flags",
        $._constants_head,
        choice(
          field("body", alias($._constants, $.block)),
          seq("=", field("same_as", alias($.identifier, $.type_identifier)), ";"),
        ),
      ),
    _constants_head: ($) =>
      seq(field("name", alias($.identifier, $.type_identifier)), ":", field("type", $._type)),
    _constants: ($) => seq("{", commas($.constant), "}"),
    constant: ($) =>
      seq(
        field("name", $.identifier),
        "=",
        field("value", $._integer),
        optional(seq(alias($.identifier, $.word), field("mask", $.integer))),
      ),

    struct: ($) =>
      seq(
        "struct",
        field("name", alias($.identifier, $.type_identifier)),
        field("body", alias($._struct_body, $.block)),
      ),
    _struct_body: ($) => seq("{", repeat(seq($.field_declaration, ";")), "}"),
    field_declaration: ($) => seq(field("name", any_name($)), ":", field("type", $._type)),

    _type: ($) =>
      choice(
        alias($.identifier, $.type_identifier),
        seq(choice("enum", "flags"), alias($.identifier, $.type_identifier)),
        $.list_type,
      ),
    list_type: ($) => seq("list", "<", $._type, ">"),

    // ---- lists and lets ----

    list_declaration: ($) =>
      seq(
        "list",
        field("name", $.identifier),
        ":",
        field("type", $._type),
        "=",
        field("value", alias($._elements, $.list)),
        ";",
      ),

    let: ($) =>
      seq(
        "let",
        field("name", $.identifier),
        optional(field("parameters", $.parameters)),
        "=",
        field("value", $._expression),
        ";",
      ),
    parameters: ($) => seq("(", commas($.parameter), ")"),
    parameter: ($) => seq(field("name", any_name($)), optional(seq(":", field("type", $._type)))),

    // ---- policies and rules ----

    policy: ($) =>
      seq("policy", field("name", $.identifier), field("body", alias($._policy_body, $.block))),
    _policy_body: ($) =>
      seq(
        "{",
        repeat(
          choice(
            $.version,
            $.description,
            $.labels,
            $.scope,
            $.mode,
            $.select,
            $.use,
            $.except,
            $.rule,
          ),
        ),
        "}",
      ),
    version: ($) => seq("version", $.string, ";"),
    description: ($) => seq("description", $.string, ";"),
    labels: ($) => seq("labels", commas1($.string), ";"),
    scope: ($) => seq("scope", $._expression, ";"),
    mode: ($) => seq("mode", field("value", $.identifier), ";"),
    select: ($) => seq("select", $._events, ";"),
    use: ($) => seq("use", commas1($.rule_path), ";"),
    except: ($) =>
      seq(
        "except",
        optional(field("rule", $.rule_path)),
        optional(seq("reason", field("reason", $.string))),
        optional(seq("expires", field("expires", $.date))),
        optional(seq("where", field("condition", $._expression))),
        ";",
      ),

    rule: ($) =>
      seq("rule", field("name", $.identifier), field("body", alias($._rule_body, $.block))),
    _rule_body: ($) =>
      seq(
        "{",
        repeat(
          choice(
            alias($.rule_id, $.id),
            $.title,
            $.description,
            $.severity,
            $.attack,
            $.references,
            $.on,
            $.except,
            $.message,
            $.output,
            $.action,
          ),
        ),
        "}",
      ),
    id: ($) => seq("id", $.integer, ";"),
    rule_id: ($) => seq("id", $.string, ";"),
    title: ($) => seq("title", $.string, ";"),
    severity: ($) => seq("severity", field("value", $.identifier), ";"),
    attack: ($) => seq("attack", commas1($.technique), ";"),
    technique: ($) => seq($.identifier, optional(seq(".", $.integer))),
    references: ($) => seq("references", commas1($.string), ";"),
    on: ($) => seq("on", $._events, ";"),
    message: ($) => seq("message", $.template, ";"),
    action: ($) => seq("action", field("value", $.identifier), ";"),
    output: ($) => seq("output", field("body", alias($._output_body, $.block))),
    _output_body: ($) => seq("{", repeat($.output_field), "}"),
    output_field: ($) => seq(field("name", any_name($)), "=", field("value", $._operand), ";"),

    _events: ($) =>
      seq(commas1($.event_name), optional(seq("where", field("condition", $._expression)))),
    event_name: ($) => seq($.identifier, optional(seq(".", any_name($)))),
    // Of rules, policies and files: `web_tier.shell`, `std.*`.
    rule_path: ($) =>
      prec.left(seq(or_word($), repeat(seq(".", any_name($))), optional(seq(".", "*")))),

    // ---- tests ----

    test: ($) =>
      seq(
        "test",
        field("title", $.string),
        optional(seq("for", field("of", $.rule_path))),
        field("body", alias($._test_body, $.block)),
      ),
    _test_body: ($) => seq("{", repeat(choice($.given, $.expect)), "}"),
    given: ($) =>
      seq(
        "given",
        choice(
          seq(field("event", alias($._given_name, $.event_name)), $.map),
          seq("recording", field("file", $.string)),
        ),
        ";",
      ),
    _given_name: ($) => choice($.identifier, alias("recording", $.identifier)),
    map: ($) => seq("{", commas($.pair), "}"),
    pair: ($) => seq(field("key", $.key), ":", field("value", choice($._operand, $.map, $.maps))),
    key: ($) => seq(any_name($), repeat(seq(".", any_name($)))),
    maps: ($) => seq("[", commas1($.map), optional(","), "]"),
    expect: ($) =>
      seq(
        "expect",
        optional("not"),
        field("rule", $.rule_path),
        optional(field("action", $.identifier)),
        ";",
      ),

    // ---- conditions, loosest operator first ----

    _expression: ($) => choice($.or_expression, $._and),
    or_expression: ($) => seq($._and, repeat1(seq("or", $._and))),
    _and: ($) => choice($.and_expression, $._not),
    and_expression: ($) => seq($._not, repeat1(seq("and", $._not))),
    _not: ($) => choice($.not_expression, $._comparison),
    not_expression: ($) => seq("not", $._not),

    _comparison: ($) =>
      choice($._operand, $.binary_expression, $.has_expression, $.exists_expression, $.quantifier),
    binary_expression: ($) =>
      seq(
        field("left", $._operand),
        optional("not"),
        field(
          "operator",
          choice(
            "==", "!=", "<", "<=", ">", ">=",
            "in", "prefix", "suffix", "contains", "glob", "regex", "under",
          ),
        ),
        optional("~"),
        field("right", $._operand),
      ),
    has_expression: ($) =>
      seq(
        field("left", $._operand),
        "has",
        field("right", choice($._operand, seq(choice("any", "all"), alias($._elements, $.list)))),
      ),
    exists_expression: ($) => seq($._operand, "exists"),
    quantifier: ($) =>
      seq(
        choice("any", "all"),
        field("binder", $.identifier),
        "in",
        field("over", $._operand),
        "{",
        field("condition", $._expression),
        "}",
      ),

    _operand: ($) => choice($.range, $._primary),
    range: ($) => seq($._primary, "..", $._primary),
    _primary: ($) =>
      choice(
        $.path,
        $.call,
        $.boolean,
        $._integer,
        $.string,
        $.address,
        $.duration,
        $.date,
        alias($._elements, $.list),
        $.parenthesized_expression,
      ),
    path: ($) => seq($.identifier, repeat(seq(".", alias(any_name($), $.member)))),
    call: ($) => seq(field("function", $.identifier), "(", commas($._expression), ")"),
    parenthesized_expression: ($) => seq("(", $._expression, ")"),
    _elements: ($) => seq("[", commas($._operand), "]"),

    // ---- words and literals ----

    boolean: () => choice("true", "false"),
    _integer: ($) => seq(optional("-"), $.integer),

    // What stands first wins between two that fit the same text.
    date: () => /[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9:]+Z?)?/,
    duration: () => /[0-9][0-9_]*(ns|us|ms|s|m|h|d)/,
    integer: () => /[0-9][0-9A-Za-z_]*/,
    address: () =>
      token(
        choice(
          /[0-9]+(\.[0-9]+)+(\/[0-9]+(\.[0-9]+)*)?/,
          /([0-9A-Fa-f]*:)([0-9A-Fa-f]*:)+([0-9A-Fa-f]+|[0-9]+(\.[0-9]+)+)?(\/[0-9]+(\.[0-9]+)*)?/,
        ),
      ),

    string: ($) =>
      seq('"', repeat(choice($.string_content, $.escape_sequence)), token.immediate('"')),
    string_content: () => token.immediate(prec(1, /[^"\\\n]+/)),
    escape_sequence: () => token.immediate(/\\[^\n]/),
    // A text with the values of fields.
    template: ($) =>
      seq(
        '"',
        repeat(choice(alias($._template_content, $.string_content), $.interpolation, $.escape_sequence)),
        token.immediate('"'),
      ),
    _template_content: () => token.immediate(prec(1, /[^"\\\n{]+|\{\{?/)),
    interpolation: () => token.immediate(prec(1, /\{[A-Za-z_][A-Za-z0-9_.]*\}/)),

    comment: () => token(choice(/\/\/([^\/\n][^\n]*)?/, /\/\/\/\/[^\n]*/)),
    doc_comment: () => token(/\/\/\/([^\/\n][^\n]*)?/),
    identifier: () => name,
  },
});
