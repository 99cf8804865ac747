; Which names a policy, a function or a relation gives to things, and where they hold.
[(policy_item) (fn_item) (table_item) (relation_case) (waive_item) (test_item)] @local.scope

(binding name: (identifier) @local.definition)
(let_clause name: (identifier) @local.definition)
(sequence_step name: (identifier) @local.definition)
(parameter name: (identifier) @local.definition)
(waive_item name: (identifier) @local.definition)

(identifier) @local.reference
