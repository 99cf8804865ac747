/**
 * @file The grammar of Assize for editors.
 *
 * `lang/src/syntax/grammar.pest` is the language; this says the same for a parser that goes on where a text is
 * not finished. It takes more than the language does: what a name may be, how often a clause may stand and in
 * which order clauses come is not asked here.
 *
 * `cargo run -p tree-sitter-assize --features generate` writes `src/` from it.
 */

/// <reference types="tree-sitter-cli/dsl" />

const PREC = { choice: 1, or: 2, and: 3, relation: 4, sum: 5, product: 6, unary: 7, postfix: 8 };

/** One or more, with commas between them. */
const listed = (rule) => seq(rule, repeat(seq(',', rule)));
/** The same, and perhaps a comma behind the last. */
const commas = (rule) => seq(listed(rule), optional(','));
/** Any number, each with a comma behind it or without. */
const loose = (rule) => repeat(seq(rule, optional(',')));

const escape = /\\([xX][0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|[0-3][0-7]{2}|.|\r?\n)/;

/** A text with `{…}` in it, in one kind of quotes. */
const text = ($, open, quote, { raw = false, lines = false } = {}) => {
  const mark = quote[0];
  const stop = `${mark}{}${raw ? '' : '\\\\'}${lines ? '' : '\\n\\r'}`;
  return seq(
    open,
    repeat(choice(
      alias(token.immediate(prec(1, new RegExp(`[^${stop}]+`))), $.text_content),
      ...(quote.length > 1 ? [alias(token.immediate(mark), $.text_content)] : []),
      ...(raw ? [] : [alias(token.immediate(escape), $.escape)]),
      alias(token.immediate('{{'), $.escape),
      alias(token.immediate('}}'), $.escape),
      $.interpolation,
    )),
    token.immediate(quote),
  );
};

/** A literal in quotes of any kind, behind a prefix. */
const quoted = (prefix, raw) => {
  const any = raw ? '' : '|\\\\[\\s\\S]';
  const back = raw ? '' : '\\\\';
  const three = (q) => `${q}{3}(?:[^${q}${back}]${any}|${q}{1,2}(?:[^${q}${back}]${any}))*${q}{3}`;
  const one = (q) => `${q}(?:[^${q}${back}\\n\\r]${raw ? '' : '|\\\\[^\\n\\r]'})*${q}`;
  return new RegExp(`${prefix}(?:${three('"')}|${three("'")}|${one('"')}|${one("'")})`);
};

module.exports = grammar({
  name: 'assize',

  // A `///` is a comment of two slashes as well: of two that are as long, the first one named is taken.
  extras: ($) => [/[\s\uFEFF]/, $.doc_comment, $.comment],
  word: ($) => $.identifier,
  supertypes: ($) => [$._item, $._expression],

  conflicts: ($) => [
    // `rank a by b, …`: another key, or another outcome.
    [$.rank],
    // `alias a, …`: another alias, or another entry.
    [$.catalog_entry],
    // `inverse`: whose list the field before it is in, or the next field's name.
    [$.field_item],
    // `expect revoke by …`: how it is revoked, or the policy that says so.
    [$._expectation],
  ],

  rules: {
    source_file: ($) => repeat($._item),

    doc_comment: () => token(/\/\/\/([^\/\n][^\n]*)?/),
    comment: () => token(/\/\/[^\n]*/),

    _item: ($) => choice(
      $.package_item, $.use_item, $.enum_item, $.fact_item, $.signal_item, $.catalog_item, $.param_item,
      $.fn_item, $.table_item, $.relation_item, $.policy_item, $.waive_item, $.envelope_item, $.test_item,
    ),

    // ------------------------------------------------------------------------------------------- items

    package_item: ($) => seq('package', field('name', $.path)),

    use_item: ($) => seq('use', field('package', $.use_path), choice($.use_all, $.use_names)),
    use_path: ($) => repeat1(seq($.identifier, '.')),
    use_all: () => '*',
    use_names: ($) => seq('{', commas($.identifier), '}'),

    enum_item: ($) => seq('enum', field('name', $.identifier), field('body', $.enum_body)),
    enum_body: ($) => seq('{', repeat(seq(field('member', $.identifier), optional(choice(',', '<')))), '}'),

    fact_item: ($) => seq(
      field('kind', choice('entity', 'event', 'request')),
      field('name', $.identifier),
      field('body', $.field_list),
      repeat(choice($.fresh_clause, $.lives_clause, $.covered_clause, 'closed')),
    ),
    field_list: ($) => seq('{', loose($.field_item), '}'),
    field_item: ($) => seq(
      optional('key'),
      field('name', choice($.identifier, $._field_name)),
      ':',
      field('type', $.type),
      optional(seq('=', field('default', $._constant))),
      optional(seq('inverse', field('inverse', $.identifier))),
    ),
    _field_name: ($) => choice(alias('key', $.identifier), alias('inverse', $.identifier)),
    fresh_clause: ($) => seq('fresh', 'for', $.duration),
    lives_clause: ($) => prec.right(seq('lives', $.path, '..', optional($.path))),
    covered_clause: ($) => seq('covered', 'by', $.covered_by, repeat(seq(choice('and', 'or'), $.covered_by))),
    covered_by: ($) => seq(field('signal', $.identifier), optional(seq('on', field('scope', choice($.path, $.scope))))),
    scope: ($) => seq('(', commas($.path), ')'),

    type: ($) => seq(choice($.generic_type, $.path), optional('?')),
    generic_type: ($) => seq(field('name', $.identifier), '<', commas($.type), '>'),

    signal_item: ($) => seq('signal', field('name', $.identifier), field('body', $.signal_body)),
    signal_body: ($) => seq('{', loose($.signal_clause), '}'),
    signal_clause: ($) => choice(
      seq(choice('lag', 'gap'), $.duration),
      seq('loss', $.share),
      seq('basis', $.basis),
    ),
    share: ($) => seq($._number, '%'),
    basis: () => choice('declared', 'heartbeat', 'proven', 'run'),

    catalog_item: ($) => seq(
      'catalog',
      field('name', $.identifier),
      field('title', $.string),
      repeat(seq(choice('version', 'prefix'), $.string)),
      field('body', $.catalog_body),
    ),
    catalog_body: ($) => seq('{', loose($.catalog_entry), '}'),
    catalog_entry: ($) => seq(
      field('name', $.identifier),
      field('id', $.string),
      optional(field('title', $.string)),
      optional(seq('alias', listed(field('alias', choice($.string, $.identifier))))),
    ),

    param_item: ($) => seq(
      'param',
      field('name', $.identifier),
      ':',
      field('type', $.type),
      '=',
      field('default', $._constant),
      optional($.bounds),
      optional($.source_clause),
    ),
    bounds: ($) => seq('in', $._constant, '..', $._constant),
    source_clause: ($) => seq('source', $.string),

    fn_item: ($) => seq(
      'fn',
      field('name', $.identifier),
      field('parameters', $.parameters),
      ':',
      field('type', $.type),
      '=',
      field('body', $._expression),
    ),
    parameters: ($) => seq('(', optional(commas($.parameter)), ')'),
    parameter: ($) => seq(field('name', $.identifier), ':', field('type', $.type)),

    table_item: ($) => seq(
      'table',
      field('name', $.identifier),
      field('parameters', $.parameters),
      ':',
      field('type', $.type),
      field('body', $.table_body),
    ),
    table_body: ($) => seq('{', loose($.table_row), '}'),
    table_row: ($) => seq(listed(field('cell', $.cell)), '=>', field('value', $._cell_value)),
    cell: ($) => choice(
      '_',
      'unknown',
      seq(choice('<', '<=', '>', '>='), $._cell_value),
      seq($._cell_value, repeat(seq('|', $._cell_value))),
    ),
    _cell_value: ($) => choice($.negative, $._number, $.string, $.bytes, $.boolean, $.null, $.path),

    relation_item: ($) => seq(
      'relation',
      field('name', $.identifier),
      field('parameters', $.parameters),
      field('body', $.relation_body),
    ),
    relation_body: ($) => seq('{', repeat($.relation_case), '}'),
    relation_case: ($) => seq('case', optional($.for_clause), optional($.where_clause)),

    // ------------------------------------------------------------------------------------------- policies

    policy_item: ($) => seq('policy', field('name', $.identifier), field('body', $.policy_body)),
    policy_body: ($) => seq(
      '{',
      repeat(choice(
        $.mode_clause, $.maps_clause, $.for_clause, $.sequence_clause, $.where_clause, $.let_clause,
        $.decide_clause,
      )),
      '}',
    ),
    mode_clause: ($) => seq('mode', $.mode),
    mode: () => choice('monitor', 'enforce'),
    maps_clause: ($) => seq('maps', listed(alias($.path, $.control))),
    for_clause: ($) => seq('for', listed($.binding)),
    binding: ($) => choice(
      seq(field('name', $.identifier), ':', field('type', alias($.path, $.type))),
      seq(field('name', $.identifier), 'in', field('in', $._expression)),
      seq('(', commas(field('name', $.identifier)), ')', 'in', field('in', $.path)),
    ),
    sequence_clause: ($) => seq(
      'sequence',
      optional(seq('by', field('by', $.identifier))),
      optional($.within_clause),
      field('body', $.sequence_body),
    ),
    sequence_body: ($) => seq('{', loose($.sequence_step), '}'),
    sequence_step: ($) => seq(
      field('name', $.identifier), ':', field('type', alias($.path, $.type)), optional($.where_clause),
    ),
    where_clause: ($) => seq('where', $._expression),
    let_clause: ($) => seq('let', field('name', $.identifier), '=', field('value', $._expression)),

    decide_clause: ($) => seq('decide', choice($.arms, $._decided)),
    arms: ($) => seq('{', repeat($.arm), '}'),
    arm: ($) => seq(field('when', $.when), '=>', choice($.nothing, $._decided)),
    when: ($) => choice('unknown', 'otherwise', $._expression),
    nothing: ($) => seq('none', optional($.because)),
    _decided: ($) => seq(listed($._outcome), $.because),
    because: ($) => seq('because', $.text),

    _outcome: ($) => choice($.rank, $.alert, $.revoke, $.block),
    rank: ($) => seq(
      'rank',
      field('tier', $._expression),
      optional(seq('by', listed($.rank_key))),
      repeat($._outcome_clause),
    ),
    rank_key: ($) => seq($._expression, optional('desc')),
    alert: ($) => seq('alert', field('severity', choice($.parenthesized, $.identifier)), repeat($._outcome_clause)),
    revoke: ($) => seq('revoke', optional('each'), field('subject', $._expression), repeat($._outcome_clause)),
    block: ($) => seq('block', field('subject', $._expression), repeat($._outcome_clause)),
    _outcome_clause: ($) => choice($.by_clause, $.within_clause, $.lasting_clause, $.with_clause),
    by_clause: ($) => seq('by', $.stage),
    stage: () => choice('stage', 'quarantine', 'rotate', 'destroy'),
    within_clause: ($) => seq('within', $._constant),
    lasting_clause: ($) => seq('for', $._constant),
    with_clause: ($) => seq('with', '{', optional(commas($.obligation)), '}'),
    obligation: ($) => seq(field('name', $.identifier), ':', field('value', $._expression)),

    // ------------------------------------------------------------------------------------------- exceptions and limits

    waive_item: ($) => seq(
      'waive',
      field('policy', $.path),
      'for',
      field('name', $.identifier),
      repeat(choice($.where_clause, $.until_clause, $.reason_clause, $.owner_clause)),
    ),
    until_clause: ($) => seq('until', $._expression),
    reason_clause: ($) => seq('because', $.string),
    owner_clause: ($) => seq('by', $.string),

    envelope_item: ($) => seq(
      'envelope',
      field('outcome', choice($.identifier, alias($._outcome_word, $.identifier))),
      field('type', alias($.path, $.type)),
      optional($.limits_clause),
      optional($.never_clause),
    ),
    limits_clause: ($) => seq('at', 'most', $._limit, repeat(seq('or', $._limit)), optional(seq('per', $.duration))),
    _limit: ($) => choice($.share, $.integer),
    never_clause: ($) => seq('never', 'where', $._expression),

    // ------------------------------------------------------------------------------------------- tests

    test_item: ($) => seq('test', field('name', $.string), field('body', $.test_body)),
    test_body: ($) => seq(
      '{',
      repeat(choice($.now_step, $.given_step, $.without_step, $.set_step, $.check_step, $.expect_step)),
      '}',
    ),
    now_step: ($) => seq('now', $._expression),
    given_step: ($) => seq('given', $.fact),
    fact: ($) => seq(field('type', alias($.path, $.type)), '{', optional(commas($.fact_field)), '}'),
    fact_field: ($) => seq(field('name', $.identifier), ':', field('value', $._expression)),
    without_step: ($) => seq('without', field('type', alias($.path, $.type)), optional($.string)),
    set_step: ($) => seq('set', field('param', $.path), '=', field('value', $._constant)),

    check_step: ($) => seq('expect', choice('nothing', listed($.said)), 'in', alias($.string, $.checked)),
    said: ($) => seq(choice('error', 'warning'), optional(field('code', $.identifier)), repeat($.because_contains)),

    expect_step: ($) => seq('expect', $._expectation, repeat($._expect_clause)),
    _expectation: ($) => choice(
      seq('alert', optional(field('severity', $.identifier))),
      seq('rank', optional(field('tier', $.identifier))),
      seq('revoke', optional(field('subject', $.string)), optional($.by_clause)),
      seq('block', optional(field('subject', $.string))),
      'nothing',
      'undetermined',
    ),
    _expect_clause: ($) => choice($.on_clause, $.by_policy, $.because_contains, $.could_be, $.valid_until),
    on_clause: ($) => seq('on', choice($.string, seq('(', commas($.string), ')'))),
    by_policy: ($) => seq('by', $.path),
    because_contains: ($) => seq('because', 'contains', $.string),
    could_be: ($) => seq('could_be', listed($._outcome_word)),
    _outcome_word: () => choice('rank', 'alert', 'revoke', 'block', 'none'),
    valid_until: ($) => seq('valid_until', $._expression),

    // ------------------------------------------------------------------------------------------- expressions

    _expression: ($) => choice(
      $.choice, $.binary, $.unary, $.call, $.method_call, $.member, $.index, $.parenthesized, $.list, $.map, $.identifier,
      $.string, $.bytes, $._number, $.boolean, $.null,
    ),

    choice: ($) => prec.right(PREC.choice, seq(
      field('if', $._expression), '?', field('then', $._expression), ':', field('else', $._expression),
    )),
    binary: ($) => choice(...[
      [PREC.or, '||'],
      [PREC.and, '&&'],
      ...['==', '!=', '<', '<=', '>', '>=', 'in'].map((operator) => [PREC.relation, operator]),
      [PREC.sum, '+'],
      [PREC.sum, '-'],
      [PREC.product, '*'],
      [PREC.product, '/'],
      [PREC.product, '%'],
    ].map(([precedence, operator]) => prec.left(precedence, seq(
      field('left', $._expression), field('operator', operator), field('right', $._expression),
    )))),
    unary: ($) => prec(PREC.unary, seq(field('operator', choice('!', '-')), $._expression)),
    call: ($) => prec(PREC.postfix, seq(
      field('function', choice($.identifier, alias('unknown', $.identifier))), field('arguments', $.arguments),
    )),
    method_call: ($) => prec(PREC.postfix, seq(
      field('object', $._expression), '.', field('method', $.identifier), field('arguments', $.arguments),
    )),
    arguments: ($) => seq('(', optional(commas($._expression)), ')'),
    member: ($) => prec(PREC.postfix, seq(
      field('object', $._expression), '.', optional('?'), field('field', choice($.identifier, $.quoted_name)),
    )),
    index: ($) => prec(PREC.postfix, seq(field('object', $._expression), '[', optional('?'), $._expression, ']')),
    parenthesized: ($) => seq('(', $._expression, ')'),
    list: ($) => seq('[', optional(commas(seq(optional('?'), $._expression))), ']'),
    map: ($) => seq('{', optional(commas($.map_entry)), '}'),
    map_entry: ($) => seq(optional('?'), field('key', $._expression), ':', field('value', $._expression)),

    // What needs no evaluation.
    _constant: ($) => choice(
      $.negative, $._number, $.string, $.bytes, $.boolean, $.null, $.path,
      alias($.constant_list, $.list), alias($.constant_map, $.map),
    ),
    negative: ($) => seq('-', $._number),
    constant_list: ($) => seq('[', optional(commas($._constant)), ']'),
    constant_map: ($) => seq('{', optional(commas(alias($.constant_entry, $.map_entry))), '}'),
    constant_entry: ($) => seq(field('key', $._constant), ':', field('value', $._constant)),

    // ------------------------------------------------------------------------------------------- words and literals

    path: ($) => seq($.identifier, repeat(seq('.', $.identifier))),
    identifier: () => /[A-Za-z_][A-Za-z0-9_]*/,
    quoted_name: () => /`[A-Za-z0-9_\-.\/ ]+`/,

    _number: ($) => choice($.timestamp, $.duration, $.double, $.unsigned, $.integer),
    timestamp: () => /\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})/,
    duration: () => /(\d+(d|h|m|s|ms|us))+/,
    double: () => /\d*\.\d+([eE][+-]?\d+)?|\d+[eE][+-]?\d+/,
    unsigned: () => /(0x[0-9a-fA-F]+|\d+)[uU]/,
    integer: () => /0x[0-9a-fA-F]+|\d+/,
    boolean: () => choice('true', 'false'),
    null: () => 'null',

    string: () => token(choice(quoted('', false), quoted('[rR]', true))),
    bytes: () => token(choice(quoted('[bB]', false), quoted('[bB][rR]', true))),
    text: ($) => choice(
      text($, '"""', '"""', { lines: true }),
      text($, "'''", "'''", { lines: true }),
      text($, '"', '"'),
      text($, "'", "'"),
      text($, alias(/[rR]"""/, '"""'), '"""', { raw: true, lines: true }),
      text($, alias(/[rR]'''/, "'''"), "'''", { raw: true, lines: true }),
      text($, alias(/[rR]"/, '"'), '"', { raw: true }),
      text($, alias(/[rR]'/, "'"), "'", { raw: true }),
    ),
    interpolation: ($) => seq('{', $._expression, '}'),
  },
});
