(source_file) @local.scope
(quantifier) @local.scope
(let) @local.scope

(quantifier binder: (identifier) @local.definition.parameter)
(parameter name: (identifier) @local.definition.parameter)
(list_declaration name: (identifier) @local.definition.var)
(let name: (identifier) @local.definition.function)
(policy name: (identifier) @local.definition.namespace)
(rule name: (identifier) @local.definition.method)

(path . (identifier) @local.reference)
(call function: (identifier) @local.reference)
