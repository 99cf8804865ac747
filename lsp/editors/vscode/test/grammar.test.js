// The TextMate grammar against the corpus that every grammar is held to, and against everything that is written.

'use strict';

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const test = require('node:test');

const oniguruma = require('vscode-oniguruma');
const { INITIAL, Registry, parseRawGrammar } = require('vscode-textmate');

const EXTENSION = path.join(__dirname, '..');
const CORPUS = path.join(EXTENSION, '../corpus');
const REPOSITORY = path.join(EXTENSION, '../../..');

async function load(scope) {
  const wasm = fs.readFileSync(require.resolve('vscode-oniguruma/release/onig.wasm'));
  await oniguruma.loadWASM(wasm.buffer.slice(wasm.byteOffset, wasm.byteOffset + wasm.byteLength));
  const grammars = {
    'source.assize': 'assize.tmLanguage.json',
    'markdown.assize.codeblock': 'markdown.tmLanguage.json',
  };
  const registry = new Registry({
    onigLib: Promise.resolve({
      createOnigScanner: (patterns) => new oniguruma.OnigScanner(patterns),
      createOnigString: (text) => new oniguruma.OnigString(text),
    }),
    loadGrammar: async (name) => {
      const file = grammars[name] && path.join(EXTENSION, 'syntaxes', grammars[name]);
      return file ? parseRawGrammar(fs.readFileSync(file, 'utf8'), file) : null;
    },
  });
  return registry.loadGrammar(scope);
}

const loaded = load('source.assize');

/** The innermost scopes of each character of each line, as one string a character. */
async function scopes(text) {
  const grammar = await loaded;
  let state = INITIAL;
  return text.split('\n').map((line) => {
    const { tokens, ruleStack } = grammar.tokenizeLine(line, state);
    state = ruleStack;
    const out = [];
    for (const token of tokens) {
      out.fill(undefined, token.startIndex);
      for (let column = token.startIndex; column < Math.min(token.endIndex, line.length); column += 1) {
        out[column] = token.scopes;
      }
    }
    return out;
  });
}

function assizeFiles(folder) {
  return fs.readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const full = path.join(folder, entry.name);
    if (entry.isDirectory()) {
      const skipped = entry.name.startsWith('.') || ['target', 'node_modules'].includes(entry.name);
      return skipped ? [] : assizeFiles(full);
    }
    return entry.name.endsWith('.assize') ? [full] : [];
  });
}

/** What a file of the corpus says: comments that point at the line above. */
function claims(text) {
  const out = [];
  let row = 0;
  text.split('\n').forEach((line, index) => {
    const carets = /^\/\/\s*(\^+)\s+(\S+)$/.exec(line);
    const arrow = /^\/\/\s*<-\s*(\S+)$/.exec(line);
    if (carets) {
      const start = line.indexOf('^');
      for (let column = start; column < start + carets[1].length; column += 1) {
        out.push({ row, column, name: carets[2] });
      }
    } else if (arrow) {
      out.push({ row, column: 0, name: arrow[1] });
    } else {
      row = index;
    }
  });
  return out;
}

const names = JSON.parse(fs.readFileSync(path.join(CORPUS, 'names.json'), 'utf8'));

for (const file of assizeFiles(CORPUS)) {
  test(`the corpus is coloured as it says: ${path.basename(file)}`, async () => {
    const text = fs.readFileSync(file, 'utf8');
    const found = await scopes(text);
    const wrong = [];
    const all = claims(text);
    assert.ok(all.length > 100);
    for (const { row, column, name } of all) {
      const scope = found[row][column].at(-1);
      assert.ok(names[name], `\`${name}\` is no name`);
      if (!names[name].textmate.some((wanted) => scope.startsWith(wanted))) {
        wrong.push(`${row + 1}:${column + 1} is ${scope}, not ${name}`);
      }
    }
    assert.deepEqual(wrong, []);
  });
}

test('every string and comment ends where it should, in every file of the repository', async () => {
  const files = assizeFiles(REPOSITORY);
  assert.ok(files.length > 50);
  for (const file of files) {
    const text = fs.readFileSync(file, 'utf8');
    const found = await scopes(text);
    text.split('\n').forEach((line, row) => {
      const where = `${path.relative(REPOSITORY, file)}:${row + 1}`;
      const inString = (column) => found[row][column]?.some((scope) => scope.startsWith('string.'));
      assert.ok(!found[row].some((all) => all.some((scope) => scope.startsWith('invalid'))), where);
      // The first word of an item is a keyword: nothing above it was left open.
      const head = new RegExp(`^(${heads.join('|')})\\s`).exec(line);
      if (head && !inString(0)) {
        assert.equal(found[row][0].at(-1), 'keyword.other.assize', where);
        assert.deepEqual(found[row][0].length, 2, `${where}: something above it is open`);
      }
      const comment = /^\s*\/\//.exec(line);
      if (comment && !inString(comment[0].length - 1)) {
        assert.match(found[row][comment[0].length - 1].at(-1), /^comment\./, where);
      }
    });
  }
});

const { heads } = JSON.parse(fs.readFileSync(path.join(EXTENSION, '../words.json'), 'utf8'));

test('a mistake in one item does not colour the next one', async () => {
  const text = 'policy a {\n  where x == "open\n  decide {\npolicy b {\n}';
  const found = await scopes(text);
  assert.equal(found[3][0].at(-1), 'keyword.other.assize');
  assert.equal(found[3][7].at(-1), 'entity.name.function.assize');
});

test('a block of a Markdown page is Assize', async () => {
  const grammar = await load('markdown.assize.codeblock');
  let state = INITIAL;
  const rows = ['```assize', 'package a.b', '```', 'package a.b'].map((line) => {
    const { tokens, ruleStack } = grammar.tokenizeLine(line, state);
    state = ruleStack;
    return tokens[0].scopes;
  });
  assert.ok(rows[1].includes('meta.embedded.block.assize'));
  assert.ok(rows[1].includes('keyword.other.assize'));
  assert.ok(!rows[3].includes('meta.embedded.block.assize'));
});
