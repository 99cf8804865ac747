// The extension against a `vscode` that only listens, and a program that is a script.

'use strict';

const assert = require('node:assert/strict');
const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const test = require('node:test');

const manifest = require('../package.json');
const { fake, load } = require('./fake-vscode');
const { REPORT } = require('./report');

/** A program in the place of `assize`: prints `text`, notes how it was called, ends with `code`. */
function program(t, text, code = 0) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'assize-'));
  t.after(() => fs.rmSync(folder, { recursive: true }));
  const script = path.join(folder, 'assize.js');
  fs.writeFileSync(script, `
    require('node:fs').writeFileSync(${JSON.stringify(path.join(folder, 'called'))}, process.argv.slice(2).join(' '));
    process.${code === 2 ? 'stderr' : 'stdout'}.write(${JSON.stringify(text)});
    process.exitCode = ${code};`);
  return { folder, command: [process.execPath, script], called: () => fs.readFileSync(path.join(folder, 'called'), 'utf8') };
}

function panel(settings, more = {}) {
  const { vscode, said } = fake({ settings: { 'decisions.groupBy': 'verdict', 'eval.arguments': [], ...settings }, ...more });
  const { Panel } = load('../src/panel', { vscode });
  const made = new Panel();
  made.register([]);
  return { panel: made, said, vscode };
}

test('the panel runs `assize eval` in the project and shows what is decided', async (t) => {
  const { folder, command, called } = program(t, JSON.stringify(REPORT), 1);
  const { panel: shown, said } = panel({ command, 'eval.arguments': ['--snapshot', 'last'] }, { folder });
  assert.deepEqual(shown.getChildren(), []);
  await said.commands.get('assize.decisions.refresh')();
  assert.equal(called(), 'eval --format json --snapshot last');
  assert.deepEqual(said.messages, []);
  assert.equal(said.views.get('assize.decisions').message, '1 revoke, 1 alert, 1 rank, cannot tell 1');
  assert.equal(shown.changed.fired, 1);
  const [group] = shown.getChildren();
  const item = shown.getTreeItem(group.children[0]);
  assert.equal(item.label, 'Key old-backup');
  assert.equal(item.description, 'quickstart.idle_key');
  assert.equal(item.contextValue, 'decision');
  assert.equal(item.iconPath.id, 'key');
  assert.equal(item.collapsibleState, 1);
  assert.equal(shown.getTreeItem(group).collapsibleState, 2);
});

test('a mistake of the policies is shown as the program says it', async (t) => {
  const { folder, command } = program(t, 'error[E0202]: `Secret` has no field `statik`\n', 2);
  const { panel: shown, said } = panel({ command }, { folder });
  await shown.refresh();
  assert.deepEqual(said.messages, ['assize eval: error[E0202]: `Secret` has no field `statik`']);
  assert.deepEqual(shown.getChildren(), []);
});

test('a program that is not there is named, with what to do', async () => {
  const { panel: shown, said } = panel({ command: ['no-such-assize'] }, { folder: os.tmpdir() });
  await shown.refresh();
  assert.deepEqual(said.messages, [
    'assize eval: `no-such-assize` is not on the path; `assize.command` says what to run instead',
  ]);
});

test('a decision is explained in a document that is nobody\'s file', async (t) => {
  const { folder, command, called } = program(t, 'dec_1 because of that\n');
  const { panel: shown, said } = panel({ command }, { folder });
  shown.folder = folder;
  await said.commands.get('assize.decisions.explain')({ id: 'dec_1' });
  assert.equal(called(), 'explain dec_1');
  assert.equal(said.shown[0].what.text, 'dec_1 because of that\n');
  assert.equal(said.shown[0].what.uri.path, 'dec_1.txt');
});

test('a policy is found by its name', async () => {
  const symbols = [
    { name: 'idle', location: { uri: 'other', range: 0 } },
    { name: 'idle_key', location: { uri: 'file', range: 7 } },
  ];
  const { said } = panel({}, { symbols });
  await said.commands.get('assize.decisions.open')({ policy: 'quickstart.idle_key' });
  assert.deepEqual(said.shown, [{ what: 'file', options: { selection: 7 } }]);
  await said.commands.get('assize.decisions.open')({ policy: 'quickstart.other' });
  assert.deepEqual(said.messages, ['`quickstart.other` is not declared in this folder']);
});

test('how decisions are grouped is a setting', async () => {
  const { panel: shown, said } = panel({});
  shown.report = REPORT;
  await said.commands.get('assize.decisions.byPolicy')();
  assert.deepEqual(said.updates, [['decisions.groupBy', 'policy']]);
  assert.equal(shown.getChildren()[0].label, 'acme.tiers');
});

/** The extension with a client that only counts. */
function extension(settings) {
  const { vscode, said } = fake({ settings });
  const clients = [];
  class LanguageClient {
    constructor(id, name, server, options) {
      Object.assign(this, { id, name, server, options, running: false });
      clients.push(this);
    }

    async start() {
      this.running = true;
    }

    async stop() {
      this.running = false;
    }
  }
  const loaded = load('../src/extension', { vscode, 'vscode-languageclient/node': { LanguageClient } });
  return { extension: loaded, clients, said };
}

test('the extension starts the server, starts it again when it is another one, and stops it', async () => {
  const settings = { command: ['nice', 'assize'] };
  const { extension: started, clients, said } = extension(settings);
  const context = { subscriptions: [] };
  await started.activate(context);
  assert.deepEqual(clients[0].server, { command: 'nice', args: ['assize', 'lsp'] });
  assert.deepEqual(clients[0].options.documentSelector, [{ language: 'assize' }]);
  settings.command = ['other'];
  await said.changed({ affectsConfiguration: (name) => name === 'assize.command' });
  assert.deepEqual(clients.map((client) => client.running), [false, true]);
  assert.equal(clients[1].server.command, 'other');
  await started.deactivate();
  assert.deepEqual(clients.map((client) => client.running), [false, false]);
  assert.ok(context.subscriptions.length > 5);
});

test('the facts that are counted on are chosen for the project of the policy that is open', async () => {
  const editor = { document: { languageId: 'assize', uri: { toString: () => 'file:///p.assize' } } };
  const uri = 'file:///p.assize';
  for (const [answers, expected] of [
    [[0], [['assize.chooseFacts', { uri }]]],
    [[1, [{ fsPath: '/snapshots/last' }]], [['assize.chooseFacts', { uri, facts: '/snapshots/last' }]]],
    [[2, undefined], []],
    [[undefined], []],
  ]) {
    const { vscode, said } = fake({ editor, answers });
    await load('../src/facts', { vscode }).choose();
    assert.deepEqual(said.executed, expected);
  }
  const { vscode, said } = fake({});
  await load('../src/facts', { vscode }).choose();
  assert.deepEqual(said.messages, ['open a policy of the project first']);
});

test('every command and view of the manifest is there, and nothing else', async () => {
  const { extension: started, said } = extension({ command: ['assize'] });
  await started.activate({ subscriptions: [] });
  const declared = manifest.contributes.commands.map(({ command }) => command).sort();
  assert.deepEqual([...said.commands.keys()].sort(), declared);
  assert.deepEqual([...said.views.keys()], Object.values(manifest.contributes.views).flat().map(({ id }) => id));
  const menus = Object.values(manifest.contributes.menus).flat();
  assert.deepEqual(menus.filter(({ command }) => !declared.includes(command)), []);
});

test('every file of the manifest is there, and every setting is one that is asked for', () => {
  const { grammars, languages, snippets, configuration } = manifest.contributes;
  for (const file of [...grammars, ...snippets].map((one) => one.path).concat(languages.map((one) => one.configuration))) {
    JSON.parse(fs.readFileSync(path.join(__dirname, '..', file), 'utf8'));
  }
  const source = fs.readdirSync(path.join(__dirname, '../src'))
    .map((file) => fs.readFileSync(path.join(__dirname, '../src', file), 'utf8')).join('\n');
  for (const name of Object.keys(configuration.properties)) {
    // The client reads this one itself.
    if (name !== 'assize.trace.server') {
      assert.ok(source.includes(`'${name.replace(/^assize\./, '')}'`), name);
    }
  }
});
