; How deep a line stands.
[
  (use_names) (enum_body) (field_list) (signal_body) (catalog_body) (table_body) (relation_body) (policy_body)
  (sequence_body) (arms) (test_body) (fact) (list) (map) (arguments) (with_clause)
] @indent
["}" "]" ")"] @outdent
