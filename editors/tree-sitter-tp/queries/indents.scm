; As nvim-treesitter reads it. That of Helix is in helix/.
[
  (block)
  (map)
  (list)
  (maps)
  (parenthesized_expression)
  (parameters)
  (quantifier)
] @indent.begin

["}" "]" ")"] @indent.branch
["}" "]" ")"] @indent.end

(comment) @indent.ignore
(doc_comment) @indent.ignore
(ERROR) @indent.auto
