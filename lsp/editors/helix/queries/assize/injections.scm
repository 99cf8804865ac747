; What is another language, or this one inside a text.
((checked) @injection.content
  (#match? @injection.content "^\"\"\"")
  (#offset! @injection.content 0 3 0 -3)
  (#set! injection.language "assize"))

(method_call
  method: (identifier) @_method
  arguments: (arguments . (string) @injection.content)
  (#eq? @_method "matches")
  (#offset! @injection.content 0 1 0 -1)
  (#set! injection.language "regex"))
