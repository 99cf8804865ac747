// What the policies decide on the project's facts, as a tree. Knows nothing of VS Code: plain data in and out.

'use strict';

/** Strongest first, as everywhere. */
const VERDICTS = ['block', 'revoke', 'alert', 'rank', 'none', 'undetermined'];

const ICONS = {
  block: 'error',
  revoke: 'key',
  alert: 'bell',
  rank: 'list-ordered',
  none: 'pass',
  undetermined: 'question',
};

/** `{secret: {Secret: "AKIA1"}}` as `Secret AKIA1`. */
function anchor(value) {
  return Object.values(value ?? {}).map(subject).join(', ');
}

function subject(value) {
  if (value === null || typeof value !== 'object') {
    return String(value);
  }
  return Object.entries(value).map(([type, key]) => `${type} ${typeof key === 'object' ? JSON.stringify(key) : key}`).join(' ');
}

/** One outcome in the words of a terminal. */
function outcome(value) {
  const parts = [value.kind];
  for (const word of [value.tier, value.severity]) {
    if (word !== undefined) {
      parts.push(typeof word === 'object' ? JSON.stringify(word) : String(word));
    }
  }
  if (value.target !== undefined) {
    parts.push(subject(value.target));
  }
  for (const [name, word] of [['by', value.by], ['within', value.within], ['for', value.for]]) {
    if (word !== undefined && word !== null) {
      parts.push(`${name} ${word}`);
    }
  }
  return parts.join(' ');
}

/** What is not known, in a line. */
function gap(missing) {
  const parts = [missing.cause];
  if (missing.signal !== undefined) {
    parts.push(`${missing.signal}${missing.scope === undefined ? '' : ` on ${missing.scope}`}`);
  }
  if (missing.fact !== undefined) {
    parts.push(`${missing.field ?? ''} of ${subject(missing.fact)}`.trim());
  }
  return parts.join(': ');
}

/** The strongest of a decision's outcomes. */
function verdict(decision) {
  const kinds = (decision.outcomes ?? []).map((one) => one.kind);
  return VERDICTS.find((kind) => kinds.includes(kind)) ?? 'none';
}

function leaf(label, icon) {
  return { label, icon, children: [] };
}

function node(decision, kind) {
  const details = [];
  for (const one of decision.outcomes ?? []) {
    details.push(leaf(outcome(one), ICONS[one.kind]));
  }
  if (decision.because) {
    details.push(leaf(`because ${decision.because}`));
  }
  for (const one of decision.missing ?? []) {
    details.push(leaf(`not known: ${gap(one)}`, 'question'));
  }
  for (const one of decision.could_be ?? []) {
    details.push(leaf(`could be ${outcome(one)}`));
  }
  if (decision.waived_by) {
    details.push(leaf(`waived by ${decision.waived_by}`, 'circle-slash'));
  }
  if (decision.valid_until) {
    details.push(leaf(`holds until ${decision.valid_until}`, 'clock'));
  }
  return {
    label: anchor(decision.anchor),
    description: decision.policy,
    tooltip: decision.because ?? (decision.missing ?? []).map(gap).join('\n'),
    icon: ICONS[kind],
    context: 'decision',
    id: decision.id,
    policy: decision.policy,
    children: details,
  };
}

/**
 * The tree of a report of `assize eval --format json`, grouped by `verdict` or by `policy`. Each node has a label,
 * and perhaps a description, an icon, the id of a decision and the name of its policy.
 */
function tree(report, groupBy) {
  const all = [
    ...(report.decisions ?? []).map((decision) => [verdict(decision), decision]),
    ...(report.undetermined ?? []).map((decision) => ['undetermined', decision]),
  ];
  const groups = new Map();
  for (const [kind, decision] of all) {
    const name = groupBy === 'policy' ? decision.policy : kind;
    if (!groups.has(name)) {
      groups.set(name, []);
    }
    groups.get(name).push([kind, decision]);
  }
  const order = ([a], [b]) =>
    groupBy === 'policy' ? (a < b ? -1 : a > b ? 1 : 0) : VERDICTS.indexOf(a) - VERDICTS.indexOf(b);
  return [...groups].sort(order).map(([name, members]) => ({
    label: name === 'undetermined' ? 'cannot tell' : name,
    description: String(members.length),
    icon: groupBy === 'policy' ? 'law' : ICONS[name],
    context: 'group',
    children: members
      .sort(([a], [b]) => VERDICTS.indexOf(a) - VERDICTS.indexOf(b))
      .map(([kind, decision]) => node(decision, kind)),
  }));
}

/** What a report comes to, in a line. */
function summary(report) {
  const counts = report.summary ?? {};
  const said = VERDICTS.filter((kind) => counts[kind] > 0).map((kind) =>
    kind === 'undetermined' ? `cannot tell ${counts[kind]}` : `${counts[kind]} ${kind}`);
  return said.length === 0 ? 'nothing is decided' : said.join(', ');
}

module.exports = { tree, summary };
