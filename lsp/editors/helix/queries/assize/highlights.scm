; Written by `cargo dev words` from the tree-sitter grammar's own query.

(comment) @comment
(doc_comment) @comment.block.documentation

; Literals.
[(string) (bytes) (text_content)] @string
(text ["\"" "'" "\"\"\"" "'''"] @string)
(checked) @string
[(escape) (quoted_name)] @constant.character.escape
[(integer) (unsigned) (double) (duration) (timestamp)] @constant.numeric
(boolean) @constant.builtin.boolean
(null) @constant.builtin

[
  "catalog" "entity" "enum" "envelope" "event" "fn" "package" "param" "policy" "relation" "request" "signal"
  "table" "test" "use" "waive" "alias" "and" "at" "basis" "because" "by" "case" "closed" "contains" "could_be"
  "covered" "decide" "desc" "each" "error" "expect" "for" "fresh" "gap" "given" "inverse" "key" "lag" "let"
  "lives" "loss" "maps" "mode" "most" "never" "nothing" "now" "on" "or" "otherwise" "per" "prefix" "sequence"
  "set" "source" "undetermined" "unknown" "until" "valid_until" "version" "warning" "where" "with" "within"
  "without"
] @keyword
["alert" "block" "none" "rank" "revoke"] @keyword.control.return
["in"] @keyword.operator

["=>" "=" "==" "!=" "<=" ">=" "&&" "||" "+" "/" "|" "!" "-" "%" ".."] @operator
(binary operator: ["<" ">" "*"] @operator)
(cell ["<" ">"] @operator)
(enum_body "<" @operator)
(choice ["?" ":"] @operator)
(type "?" @operator)
(use_all) @operator
["{" "}" "(" ")" "[" "]"] @punctuation.bracket
(generic_type ["<" ">"] @punctuation.bracket)
["," "."] @punctuation.delimiter

; Names where they are declared.
(package_item name: (path (identifier) @namespace))
(use_path (identifier) @namespace)
(enum_item name: (identifier) @type)
(fact_item name: (identifier) @type)
(enum_body member: (identifier) @constant)
(signal_item name: (identifier) @constant)
(catalog_item name: (identifier) @namespace)
(catalog_entry name: (identifier) @constant)
(param_item name: (identifier) @constant)
(fn_item name: (identifier) @function)
(table_item name: (identifier) @function)
(relation_item name: (identifier) @function)
(policy_item name: (identifier) @function)
(field_item name: (identifier) @variable.other.member)
(field_item inverse: (identifier) @variable.other.member)
(parameter name: (identifier) @variable.parameter)
(binding name: (identifier) @variable.parameter)
(sequence_step name: (identifier) @variable.parameter)
(waive_item name: (identifier) @variable.parameter)
(let_clause name: (identifier) @variable)

; Names where they are used.
(type (path (identifier) @type))
(type (identifier) @type)
(generic_type name: (identifier) @type.builtin)
(control (identifier) @constant)
(covered_by signal: (identifier) @constant)
(alert severity: (identifier) @constant)
(expect_step severity: (identifier) @constant)
(expect_step tier: (identifier) @constant)
(said code: (identifier) @constant)
(call function: (identifier) @function)
(method_call method: (identifier) @function.method)
(member field: (identifier) @variable.other.member)
(fact_field name: (identifier) @variable.other.member)
(obligation name: (identifier) @variable.other.member)
[(stage) (mode) (basis)] @constant.builtin
