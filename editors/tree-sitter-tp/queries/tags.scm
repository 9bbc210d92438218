(policy name: (identifier) @name) @definition.class
(rule name: (identifier) @name) @definition.method
(let name: (identifier) @name) @definition.function
(list_declaration name: (identifier) @name) @definition.constant
(event name: (identifier) @name) @definition.type
(test title: (string) @name) @definition.function
(rule_path (identifier) @name) @reference.call
