; What can be selected as a whole.
(policy_item body: (_) @function.inside) @function.around
(fn_item body: (_) @function.inside) @function.around
(relation_item body: (_) @function.inside) @function.around
(table_item body: (_) @function.inside) @function.around
(enum_item body: (_) @class.inside) @class.around
(fact_item body: (_) @class.inside) @class.around
(test_item body: (_) @test.inside) @test.around
(parameter) @parameter.inside
[(comment) (doc_comment)] @comment.inside
