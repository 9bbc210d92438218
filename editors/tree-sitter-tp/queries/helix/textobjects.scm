(rule body: (_) @function.inside) @function.around
(policy body: (_) @class.inside) @class.around
(test body: (_) @test.inside) @test.around
(parameter) @parameter.inside
[(comment) (doc_comment)]+ @comment.around
