//! What is said about texts that do not read, word for word.

use insta::assert_snapshot;

use super::said::said;

#[test]
fn a_bracket_that_is_not_closed() {
    let text = r##"policy p {
  for s: Secret
  where (s.a + s.b
  decide { otherwise => none }
}"##;
    assert_snapshot!(said(text), @r##"
    E0102 4:3 "decide": expected `)`, found `decide`
        label: `)` is missing before this
        also 3:9: this `(` is not closed
        help: close it with `)`
        fix: add `)` (3:19 "" to ")")
    "##);
}

#[test]
fn a_mark_for_optional_elements_in_parentheses() {
    assert_snapshot!(said("policy p { for s: Secret where (?s.a) decide { otherwise => none } }"), @r#"
    E0101 1:33 "?": expected an expression, found `?`
        label: expected an expression
        help: `?` before an element stands in lists, in maps and in `[…]`
    "#);
}

#[test]
fn a_brace_that_is_not_closed() {
    let text = r##"policy p {
  for s: Secret
  decide {
    s.a => revoke s because "x"
}"##;
    assert_snapshot!(said(text), @r##"
    E0102 5:1 "}": expected another `}` before this one
        label: `}` is missing before this
        also 3:10: this `{` is not closed
        help: close it with `}`
        fix: add `}` (4:32 "" to "}")
    "##);
}

#[test]
fn braces_that_are_not_closed() {
    let text = r##"policy p {
  for s: Secret
  decide {
    s.a => revoke s because "x""##;
    assert_snapshot!(said(text), @r##"
    E0102 4:32 "": expected `}`, found the end of the item
        label: `}` is missing before this
        also 3:10: this `{` is not closed
        help: close it with `}`
        fix: add `}` (4:32 "" to "}")
    E0102 4:32 "": expected `}`, found the end of the item
        label: `}` is missing before this
        also 1:10: this `{` is not closed
        help: close it with `}`
        fix: add `}` (4:32 "" to "}")
    "##);
}

#[test]
fn a_brace_too_many() {
    let text = r##"policy p {
  for s: Secret
  where s.x
  }
  decide { otherwise => none }
}"##;
    assert_snapshot!(said(text), @r##"
    E0101 4:3 "}": a `}` that closes nothing
        label: one too many
        fix: take `}` away (4:3 "}" to "")
    "##);
}

#[test]
fn a_brace_behind_the_end() {
    let text = r##"policy p { for s: Secret decide { otherwise => none } } }"##;
    assert_snapshot!(said(text), @r##"
    E0101 1:57 "}": a `}` that closes nothing
        label: one too many
        help: take it away, or look for a `}` above that stands too early
        fix: take `}` away (1:57 "}" to "")
    "##);
}

#[test]
fn an_interpolation_that_is_not_closed() {
    let text = r##"policy p { for s: Secret decide alert high because "{s.id" }"##;
    assert_snapshot!(said(text), @r##"
    E0102 1:53 "{": a `{` in a text that is not closed
        label: opened here
        also 1:58: the text ends here
        help: close it with `}`, or write `{{` for a brace; an expression in a text holds no quote of the kind around it
    "##);
}

#[test]
fn a_brace_in_a_text() {
    let text = r##"policy p { for s: Secret decide alert high because "a } b {} c {s.} d" }"##;
    assert_snapshot!(said(text), @r##"
    E0101 1:55 "}": a `}` that closes nothing
        label: alone in the text
        help: write `}}` for a brace
        fix: write `}}` (1:55 "}" to "}}")
    E0101 1:60 "": nothing between the braces of a text
        label: an expression is missing here
        help: write `{{}}` for two braces
    E0101 1:67 "": expected a field name, found the end of the expression
        label: expected a field name
    "##);
}

#[test]
fn a_quote_of_the_same_kind_in_a_text() {
    let text = r##"policy p { for s: Secret decide alert high because "{s.name == "x"}" }"##;
    assert_snapshot!(said(text), @r##"
    E0102 1:53 "{": a `{` in a text that is not closed
        label: opened here
        also 1:64: the text ends here
        help: close it with `}`, or write `{{` for a brace; an expression in a text holds no quote of the kind around it
    E0101 1:65 "x": expected `}`, found `x`
        label: expected `}`
    "##);
}

#[test]
fn an_operand_that_is_missing() {
    let text = r##"policy p {
  for s: Secret
  where s.a &&
  decide { otherwise => none }
}"##;
    assert_snapshot!(said(text), @r##"
    E0101 4:3 "decide": expected an expression, found `decide`
        label: expected an expression
    "##);
}

#[test]
fn a_field_that_is_missing() {
    let text = r##"policy p {
  for s: Secret
  where s.
  let x = s.a
  decide { otherwise => none }
}"##;
    assert_snapshot!(said(text), @r##"
    E0101 4:3 "let": expected a field name, found `let`
        label: expected a field name
    "##);
}

#[test]
fn two_operands_that_touch() {
    let text = r##"policy p {
  for s: Secret
  where s.a s.b
  decide { otherwise => none }
}"##;
    assert_snapshot!(said(text), @r##"
    E0101 3:13 "s": expected an operator, `where`, `let` or `decide`, found `s`
        label: expected an operator, `where`, `let` or `decide`
    "##);
}

#[test]
fn an_arm_without_a_reason() {
    let text = r##"policy p {
  for s: Secret
  decide {
    s.a => alert high
    (s.b) => alert low because "b"
    s.c => revoke s
    (s.d) => alert low because "d"
    s.e => rank t by s.x
  }
}"##;
    assert_snapshot!(said(text), @r##"
    E0106 4:12 "alert high": expected `because`, found `(`
        label: says what is decided and not why
        also 5:5: `because "…"` is missing before this
        note: every arm ends with its reason; that is what separates it from the next one
        help: add `because "…"`
    E0106 6:12 "revoke s": expected `because`, found `=>`
        label: says what is decided and not why
        also 7:5: `because "…"` is missing before this
        note: every arm ends with its reason; that is what separates it from the next one
        help: add `because "…"`
    E0106 8:12 "rank t by s.x": expected `because`, found `}`
        label: says what is decided and not why
        also 9:3: `because "…"` is missing before this
        note: every arm ends with its reason; that is what separates it from the next one
        help: add `because "…"`
    "##);
}

#[test]
fn an_outcome_of_another_language() {
    let text = r##"policy p {
  for s: Secret
  decide {
    s.a => deny s because "a"
    s.b => allow
    s.c => notify owner because "c"
    s.d => alert high because "d"
  }
}"##;
    assert_snapshot!(said(text), @r##"
    E0101 4:12 "deny": expected `rank`, `alert`, `revoke`, `block` or `none`, found `deny`
        label: expected `rank`, `alert`, `revoke`, `block` or `none`
        help: a path is closed by `block x`, an identity or a secret by `revoke x`
    E0101 5:12 "allow": expected `rank`, `alert`, `revoke`, `block` or `none`, found `allow`
        label: expected `rank`, `alert`, `revoke`, `block` or `none`
        help: what is allowed needs no arm, or one that says `none`
    E0101 6:12 "notify": expected `rank`, `alert`, `revoke`, `block` or `none`, found `notify`
        label: expected `rank`, `alert`, `revoke`, `block` or `none`
        help: somebody is told by `alert high`
    "##);
}

#[test]
fn clauses_of_the_wrong_outcome() {
    let text = r##"policy p {
  for s: Secret
  decide {
    s.a => alert high by rotate because "a"
    s.b => revoke s for 1h because "b"
    s.c => block s within 1h within 2h because "c"
  }
}"##;
    assert_snapshot!(said(text), @r##"
    E0101 4:23 "by rotate": `by rotate` is not for `alert`
        label: only `revoke` has a stage
        help: remove it
    E0101 5:21 "for 1h": `for` is not for `revoke`
        label: only `block` ends by itself
        help: a deadline is `within 24h`
    E0107 6:30 "within 2h": `within` stands twice
        label: again here
        also 6:20: first here
        help: keep one of them
    "##);
}

#[test]
fn a_policy_in_the_wrong_order() {
    let text = r##"policy p {
  where s.x
  for s: Secret
  maps a.b
  mode monitor
  mode enforce
}"##;
    assert_snapshot!(said(text), @r##"
    E0101 1:8 "p": the policy `p` has no `decide`
        help: say what the policy decides: `decide { condition => outcome because "…" }`
    E0101 3:3 "for": `for` stands too late
        label: `for` stands before `where` and `let`
    E0101 4:3 "maps": `maps` stands too late
        label: `maps` stands before `for`
    E0101 5:3 "mode": `mode` stands too late
        label: `mode` stands before `for`
    E0101 6:3 "mode": `mode` stands too late
        label: `mode` stands before `for`
    E0107 6:3 "mode enforce": `mode` stands twice
        label: again here
        also 5:3: first here
        help: keep one of them
    "##);
}

#[test]
fn a_policy_that_decides_nothing() {
    let text = r##"policy p {
  for s: Secret
}"##;
    assert_snapshot!(said(text), @r##"
    E0101 1:8 "p": the policy `p` has no `decide`
        help: say what the policy decides: `decide { condition => outcome because "…" }`
    "##);
}

#[test]
fn words_of_the_table_as_variables() {
    let text = r##"policy p {
  for alert: RuntimeAlert
  where alert.x
  decide {
    alert.x && [alert].size() > 0 => revoke alert because "{alert.z}"
    unknown => none
  }
}"##;
    assert_snapshot!(said(text), @r##"
    E0101 5:5 "alert": `alert` is a word of decision tables
        label: not a variable inside `decide`
        help: call the variable something else, or name what is read with `let` above
    E0101 5:17 "alert": `alert` is a word of decision tables
        label: not a variable inside `decide`
        help: call the variable something else, or name what is read with `let` above
    E0101 5:45 "alert": expected an expression, found `alert`
        label: expected an expression
    E0101 5:61 "alert": `alert` is a word of decision tables
        label: not a variable inside `decide`
        help: call the variable something else, or name what is read with `let` above
    "##);
}

#[test]
fn a_message_literal_in_a_policy() {
    let text = r##"policy p {
  for s: Secret
  where s.x == Owner { id: 1 }
  decide alert high because 'x'
}"##;
    assert_snapshot!(said(text), @r##"
    E0101 3:22 "{": expected an operator, `where`, `let` or `decide`, found `{`
        label: expected an operator, `where`, `let` or `decide`
        help: a fact is written out only behind `given`, in a test
    "##);
}

#[test]
fn a_macro_of_another_language() {
    let text = r##"fn f(s: Secret): bool = s.uses.exists(u -> u.ok)"##;
    assert_snapshot!(said(text), @r##"
    E0104 1:41 "->": `->` has no meaning here
        label: no arrow
        help: a macro names its variable first: `list.exists(x, x.open)`
    "##);
}

#[test]
fn a_choice_of_another_language() {
    let text = r##"fn f(a: int): bool = if a { 1 } else { 2 }"##;
    assert_snapshot!(said(text), @r##"
    E0101 1:22 "if": expected an expression, found `if`
        label: expected an expression
        help: a choice is `condition ? a : b`; what narrows a policy is `where`, what decides is `condition => outcome`
    "##);
}

#[test]
fn a_body_of_another_language() {
    let text = r##"fn f(a: int): bool { return a }"##;
    assert_snapshot!(said(text), @r##"
    E0101 1:20 "{": expected `=`, found `{`
        label: expected `=`
        help: a function is one expression: `fn name(a: Type): Type = …`
    "##);
}

#[test]
fn not_in() {
    let text = r##"fn f(a: int): bool = a not in [1, 2]"##;
    assert_snapshot!(said(text), @r##"
    E0104 1:24 "not in": `not in` is no operator
        label: write `!` before the whole
        help: not among them is `!(a in b)`
    "##);
}

#[test]
fn a_comma_that_is_missing() {
    let text = r##"fn f(a: int): bool = g(a b, c)"##;
    assert_snapshot!(said(text), @r##"
    E0101 1:26 "b": expected `,` or `)`, found `b`
        label: expected `,` or `)`
        also 1:23: opened here
    "##);
}

#[test]
fn a_string_that_is_not_closed() {
    let text = r##"fn f(a: int): bool = a == "b && c"##;
    assert_snapshot!(said(text), @r##"
    E0101 1:27 "\\\"b && c": a string that is not closed
        label: ends with its line
        help: close it with the quote that it starts with; a text of several lines stands in `"""`
    "##);
}

#[test]
fn literals_without_a_value() {
    let text =
        r##"fn f(a: int): bool = 45dx + 1.2.3 + 0x + 9223372036854775808 + 99999999999u + "\q\u12" + 1e999"##;
    assert_snapshot!(said(text), @r##"
    E0105 1:22 "45dx": `45dx` is no number
        help: the units of durations are d h m s ms us, each at most once, the longest first: `1h30m`
    E0105 1:29 "1.2.3": `1.2.3` is no number
        help: a text such as a version stands in quotes
    E0105 1:37 "0x": `0x` is no number
        help: a hexadecimal number is `0x` and digits from 0 to f
    E0105 1:42 "9223372036854775808": `9223372036854775808` is greater than the greatest `int`
        help: the greatest `int` is 9223372036854775807; an unsigned number ends in `u`
    E0105 1:80 "\\\\q": `\q` is no escape
        help: write `\\` for a backslash, or a raw string `r"…"`
    E0105 1:82 "\\\\u": `\u` is no escape
        help: `\u` takes four hexadecimal digits that name a character
    E0105 1:90 "1e999": `1e999` is greater than the greatest `double`
        help: the greatest `double` is about 1.8e308
    "##);
}

#[test]
fn a_timestamp_that_is_none() {
    let text = r##"fn f(a: int): bool = now > 2026-02-30T00:00:00Z && now > 2026-02-28T00:00:00+25:00"##;
    assert_snapshot!(said(text), @r##"
    E0105 1:28 "2026-02-30T00:00:00Z": `2026-02-30T00:00:00Z` is no instant
        help: a timestamp is a real date of the years 1 to 9999
    "##);
}

#[test]
fn a_use_that_takes_nothing() {
    let text = r##"use nhi.model.Secret"##;
    assert_snapshot!(said(text), @r##"
    E0101 1:21 "": expected `.*` or `.{…}`, found the end of the item
        label: expected `.*` or `.{…}`
        help: write `use nhi.model.Secret.*` for all its names
        fix: take the one name `Secret` (1:14 ".Secret" to ".{Secret}")
        fix: take all names (1:21 "" to ".*")
    "##);
}

#[test]
fn a_package_in_quotes() {
    let text = r##"package "nhi""##;
    assert_snapshot!(said(text), @r##"
    E0101 1:9 "\\\"nhi\\\"": expected the name of the package, found a string
        label: expected the name of the package
    "##);
}

#[test]
fn fields_that_do_not_read() {
    let text = r##"entity E {
  key id: string
  name string
  foo:
  bar: list<int
  x: T = y.z()
  id: string!
  ok: bool
} fresh 24h covered by x on"##;
    assert_snapshot!(said(text), @r##"
    E0101 3:8 "string": expected `:` and a type, found `string`
        label: expected `:` and a type
    E0101 5:3 "bar": expected a type, found `bar`
        label: expected a type
    E0101 6:3 "x": expected `,` or `>`, found `x`
        label: expected `,` or `>`
        also 5:12: this `<` is not closed
    E0101 6:13 "(": expected the next field, found `(`
        label: expected the next field
        help: a default is a constant: a literal, a member, a list of them
    E0101 7:13 "!": expected a field or `}`, found `!`
        label: expected a field or `}`
    E0101 9:9 "24h": expected `for`, found `24h`
        label: expected `for`
    E0101 9:28 "": expected a field or `(`, found the end of the item
        label: expected a field or `(`
    "##);
}

#[test]
fn clauses_that_stand_twice() {
    let text = r##"entity E { key id: string } closed fresh for 1h covered by s fresh for 2h"##;
    assert_snapshot!(said(text), @r##"
    E0107 1:49 "covered by s": what covers the type stands twice
        label: again here
        also 1:29: first here
        help: keep one of them
    E0107 1:62 "fresh for 2h": `fresh for` stands twice
        label: again here
        also 1:36: first here
        help: keep one of them
    "##);
}

#[test]
fn a_signal_that_does_not_read() {
    let text = r##"signal s { lag 15 gap 15m loss 0.1 basis heart gap 1m loss 0.00001% loss 101% }"##;
    assert_snapshot!(said(text), @r##"
    E0101 1:16 "15": expected a duration such as `24h`, found `15`
        label: expected a duration such as `24h`
    E0101 1:36 "basis": expected `%`, found `basis`
        label: expected `%`
        help: a share is written in per cent
        fix: add `%` (1:35 "" to "%")
    E0101 1:42 "heart": expected `declared`, `heartbeat`, `proven` or `run`, found `heart`
        label: expected `declared`, `heartbeat`, `proven` or `run`
    E0107 1:48 "gap 1m": `gap` stands twice
        label: again here
        also 1:19: first here
        help: keep one of them
    E0107 1:55 "loss 0.00001%": `loss` stands twice
        label: again here
        also 1:27: first here
        help: keep one of them
    E0105 1:60 "0.00001": `0.00001%` is finer than a millionth
        help: a share has at most four places behind the point
    E0107 1:69 "loss 101%": `loss` stands twice
        label: again here
        also 1:27: first here
        help: keep one of them
    E0105 1:74 "101": `101%` is more than everything
        help: a share is at most `100%`
    "##);
}

#[test]
fn members_that_are_mixed() {
    let text = r##"enum E { a < b, c }"##;
    assert_snapshot!(said(text), @r##"
    E0101 1:15 ",": expected `<` or `}`, found `,`
        label: expected `<` or `}`
        help: the members of an ordered enum are all separated by `<`, those of another by `,`
    "##);
}

#[test]
fn an_enum_without_members() {
    let text = r##"enum E {}"##;
    assert_snapshot!(said(text), @r##"
    E0101 1:6 "E": the enum `E` has no member
        help: write its members between the braces
    "##);
}

#[test]
fn a_default_that_is_computed() {
    let text = r##"param x: duration = 2 * day in 1d..2d"##;
    assert_snapshot!(said(text), @r##"
    E0101 1:23 "*": expected `in`, `source` or the end of the item, found `*`
        label: expected `in`, `source` or the end of the item
        help: a default is a constant: a literal, a member, a list of them
    "##);
}

#[test]
fn bounds_of_another_language() {
    let text = r##"param x: duration = 45d in 7d, 400d"##;
    assert_snapshot!(said(text), @r##"
    E0101 1:30 ",": expected `..`, found `,`
        label: expected `..`
        help: bounds are inclusive: `in 7d..400d`
    "##);
}

#[test]
fn rows_that_do_not_read() {
    let text = r##"table t(a: bool, b: bool): T {
  true, false x
  true, => y
  _, _ => z
}"##;
    assert_snapshot!(said(text), @r##"
    E0101 2:15 "x": expected `,` or `=>`, found `x`
        label: expected `,` or `=>`
    E0101 3:9 "=>": expected a cell: `_`, `unknown`, a member or a literal, found `=>`
        label: expected a cell: `_`, `unknown`, a member or a literal
    "##);
}

#[test]
fn steps_that_do_not_read() {
    let text = r##"test "t" {
  given Secret { id: "x"
  expect alarm on "x"
  expect revoke "x" by foo by bar
  expect alert on x
  expects nothing
  now
}"##;
    assert_snapshot!(said(text), @r##"
    E0102 3:3 "expect": expected `}`, found `expect`
        label: `}` is missing before this
        also 2:16: this `{` is not closed
        help: close it with `}`
        fix: add `}` (2:25 "" to "}")
    E0101 3:10 "alarm": expected `alert`, `rank`, `revoke`, `block`, `nothing`, `undetermined`, `error` or `warning`, found `alarm`
        label: expected `alert`, `rank`, `revoke`, `block`, `nothing`, `undetermined`, `error` or `warning`
    E0107 4:28 "by bar": `by` stands twice
        label: again here
        also 4:21: first here
        help: keep one of them
    E0101 5:19 "x": expected a key, or keys in parentheses, found `x`
        label: expected a key, or keys in parentheses
    E0101 6:3 "expects": expected `now`, `given`, `without`, `set`, `expect` or `}`, found `expects`
        label: expected `now`, `given`, `without`, `set`, `expect` or `}`
        help: did you mean `expect`?
        fix: write `expect` (6:3 "expects" to "expect")
    E0101 8:1 "}": expected an expression, found `}`
        label: expected an expression
    "##);
}

#[test]
fn a_reserved_word_as_a_name() {
    let text = r##"policy p { for package: Package let if = 1 decide { otherwise => none } }"##;
    assert_snapshot!(said(text), @r##"
    E0101 1:16 "package": expected the name of a binding, found `package`
        label: expected the name of a binding
        help: `package` is a word of the expression language; choose another name
    E0101 1:37 "if": expected a name, found `if`
        label: expected a name
        help: `if` is a word of the expression language; choose another name
    "##);
}

#[test]
fn a_line_that_starts_nothing() {
    let text = r##"default allow = false

polciy p {
  for s: Secret
}
"text" 1"##;
    assert_snapshot!(said(text), @r##"
    E0103 1:1 "default": `default` starts no item
        help: nothing is allowed or denied by default: a policy decides by its arms, the rest by `otherwise => …`
    E0103 3:1 "polciy": `polciy` starts no item
        label: write `policy`
        help: did you mean `policy`?
        fix: write `policy` (3:1 "polciy" to "policy")
    "##);
}

#[test]
fn stray_characters() {
    let text = r##"fn f(a: int): bool = a $ b @ c ~ é"##;
    assert_snapshot!(said(text), @r##"
    E0101 1:24 "$": `$` has no meaning here
    E0101 1:28 "@": `@` has no meaning here
    E0101 1:32 "~": `~` has no meaning here
    E0101 1:34 "é": `é` has no meaning here
    "##);
}

#[test]
fn habits_of_other_languages_are_told_what_stands_here() {
    assert_snapshot!(said("entity K { key id: string } closed\ndeny[msg] { input.x }\n"), @r#"
    E0103 2:1 "deny": `deny` starts no item
        help: write a policy: `policy deny { for x: Type  decide { condition => alert high because "…" } }`
    "#);
    assert_snapshot!(said("policy p:\n  for k: K\n  decide alert low because \"x\"\n"), @r#"
    E0101 1:9 ":": expected `{`, found `:`
        label: expected `{`
        help: what belongs together stands between `{` and `}`; indentation says nothing
    "#);
    assert_snapshot!(said("policy p {\n  for k: K\n  where some i in k.tags\n  decide alert low because \"x\"\n}\n"), @r#"
    E0101 3:14 "i": expected an operator, `where`, `let` or `decide`, found `i`
        label: expected an operator, `where`, `let` or `decide`
        help: a member is asked for by `list.exists(x, …)`, all of them by `list.all(x, …)`
    "#);
}
