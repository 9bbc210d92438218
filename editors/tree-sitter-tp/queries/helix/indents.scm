[
  (block)
  (map)
  (list)
  (maps)
  (parenthesized_expression)
  (parameters)
  (quantifier)
] @indent

["}" "]" ")"] @outdent
