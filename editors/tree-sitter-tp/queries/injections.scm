; The pattern of `regex`. (One without escapes: they are the string's, not the pattern's.)
((binary_expression
  operator: "regex"
  right: (string . (string_content) @injection.content .))
  (#set! injection.language "regex"))

((binary_expression
  operator: "regex"
  right: (list (string . (string_content) @injection.content .)))
  (#set! injection.language "regex"))

((doc_comment) @injection.content
  (#set! injection.language "comment"))

((comment) @injection.content
  (#set! injection.language "comment"))
