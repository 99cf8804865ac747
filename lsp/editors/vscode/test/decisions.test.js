// The tree of decisions, from a report in the shape that `assize eval --format json` prints.

'use strict';

const assert = require('node:assert/strict');
const test = require('node:test');

const { summary, tree } = require('../src/decisions');
const { REPORT } = require('./report');

/** Labels and descriptions, as deep as they stand. */
function drawn(nodes, depth = 0) {
  return nodes.flatMap((node) => [
    `${'  '.repeat(depth)}${node.label}${node.description ? ` [${node.description}]` : ''}`,
    ...drawn(node.children, depth + 1),
  ]);
}

test('decisions stand below their verdicts, the strongest first', () => {
  assert.deepEqual(drawn(tree(REPORT, 'verdict')), [
    'revoke [1]',
    '  Key old-backup [quickstart.idle_key]',
    '    revoke Key old-backup by quarantine within 24h',
    '    because backup: not used in 45d',
    'alert [1]',
    '  Key lab-printer [quickstart.idle_key]',
    '    alert low',
    '    because cannot tell whether it is used',
    '    not known: not covered: key_log on lab',
    '    could be revoke Key lab-printer by quarantine within 24h',
    '    holds until 2026-07-01T00:00:00Z',
    'rank [1]',
    '  Finding f1, Workload w1 [acme.tiers]',
    '    rank d14',
    'cannot tell [1]',
    '  Key ageless [quickstart.idle_key]',
    '    not known: not collected: created_at of Key ageless',
    '    could be revoke Key ageless by quarantine within 24h',
  ]);
});

test('or below their policies, by name', () => {
  const groups = tree(REPORT, 'policy');
  assert.deepEqual(groups.map((group) => [group.label, group.description]), [
    ['acme.tiers', '1'],
    ['quickstart.idle_key', '3'],
  ]);
  assert.deepEqual(groups[1].children.map((node) => node.icon), ['key', 'bell', 'question']);
});

test('a decision can be explained and its policy opened', () => {
  const [{ children: [node] }] = tree(REPORT, 'verdict');
  assert.equal(node.context, 'decision');
  assert.equal(node.id, 'dec_1');
  assert.equal(node.policy, 'quickstart.idle_key');
});

test('what it comes to', () => {
  assert.equal(summary(REPORT), '1 revoke, 1 alert, 1 rank, cannot tell 1');
  assert.equal(summary({ summary: { block: 0 } }), 'nothing is decided');
  assert.deepEqual(tree({}, 'verdict'), []);
});
