[
  (block)
  (map)
  (list)
  (quantifier)
  (parenthesized_expression)
] @fold
