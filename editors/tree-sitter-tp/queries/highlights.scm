; Colours. Of several patterns for one word the last counts, as in Neovim, Zed, and Helix from 25.07 on: from
; general to special.

(identifier) @variable
(path (identifier) @variable)
(path (member) @variable.member)
(key (identifier) @property)

; Words that are not the language's own, by where they stand.
(event_name (identifier) @type)
(type_identifier) @type
(field_declaration name: (identifier) @variable.parameter)
(parameter name: (identifier) @variable.parameter)
(quantifier binder: (identifier) @variable.parameter)
(constant name: (identifier) @constant)
(output_field name: (identifier) @property)
(sets (identifier) @label)
(hook (identifier) @label)
(technique) @constant
(severity value: (identifier) @constant)
(mode value: (identifier) @constant)
(action value: (identifier) @constant)
(expect action: (identifier) @constant)
(call function: (identifier) @function.call)
(rule_path (identifier) @function)
(import source: (rule_path (identifier) @module))
(import alias: (identifier) @module)
; Constants of enums and flag sets are written so.
((path . (identifier) @constant .)
  (#match? @constant "^[A-Z][A-Z0-9_]+$"))

; What declarations name.
(event name: (identifier) @type)
(list_declaration name: (identifier) @variable)
(let name: (identifier) @function)
(policy name: (identifier) @type)
(rule name: (identifier) @function)

[
  "edition"
  "enum"
  "event"
  "flags"
  "let"
  "list"
  "policy"
  "rule"
  "struct"
  "test"
] @keyword

[
  "action"
  "as"
  "attack"
  "description"
  "except"
  "expect"
  "expires"
  "for"
  "given"
  "hook"
  "id"
  "labels"
  "message"
  "mode"
  "on"
  "output"
  "reason"
  "recording"
  "references"
  "rego"
  "scope"
  "select"
  "sets"
  "severity"
  "title"
  "use"
  "version"
  "where"
  (word)
] @keyword

["import"] @keyword.import

[
  "all"
  "and"
  "any"
  "contains"
  "exists"
  "glob"
  "has"
  "in"
  "not"
  "or"
  "prefix"
  "regex"
  "suffix"
  "under"
] @keyword.operator

["!=" "-" "<" "<=" "=" "==" ">" ">=" "~" ".." "*"] @operator
["(" ")" "[" "]" "{" "}"] @punctuation.bracket
["," "." ":" ";"] @punctuation.delimiter
(list_type ["<" ">"] @punctuation.bracket)

(boolean) @boolean
[(integer) (duration) (date)] @number
(address) @string.special
(string) @string
(template) @string
(escape_sequence) @string.escape
(interpolation) @punctuation.special
(comment) @comment
(doc_comment) @comment.documentation
