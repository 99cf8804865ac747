; What a file holds.
(policy_item "policy" @context name: (_) @name) @item
(fn_item "fn" @context name: (_) @name) @item
(table_item "table" @context name: (_) @name) @item
(relation_item "relation" @context name: (_) @name) @item
(enum_item "enum" @context name: (_) @name) @item
(fact_item kind: _ @context name: (_) @name) @item
(signal_item "signal" @context name: (_) @name) @item
(catalog_item "catalog" @context name: (_) @name) @item
(param_item "param" @context name: (_) @name) @item
(test_item "test" @context name: (_) @name) @item
