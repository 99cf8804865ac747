// The extension's TextMate grammar in Monaco: each line by its scopes.

import { OnigScanner, OnigString, loadWASM } from 'vscode-oniguruma';
import { INITIAL, Registry, parseRawGrammar } from 'vscode-textmate';

/** Scopes by their beginnings, the first that fits, and the colours of a light theme. */
const RULES = [
  ['comment', '6a737d'],
  ['string', '0a3069'],
  ['constant.character', '0550ae'],
  ['constant.numeric', '0550ae'],
  ['constant.language', '0550ae'],
  ['keyword.control', 'a40e26'],
  ['keyword.operator', '57606a'],
  ['keyword', '8250df'],
  ['entity.name.type', '953800'],
  ['support.type', '953800'],
  ['entity.name.namespace', '57606a'],
  ['entity.name.function', '116329'],
  ['variable.other.property', '24292f'],
  ['variable', '24292f'],
];

class Line {
  constructor(stack) {
    this.stack = stack;
  }

  clone() {
    return new Line(this.stack);
  }

  equals(other) {
    return other.stack === this.stack;
  }
}

/** Teaches Monaco the language's colours. `grammar` is the grammar's text, `onig` its engine's bytes in base 64. */
export async function colours(monaco, grammar, onig) {
  await loadWASM(Uint8Array.from(atob(onig), (c) => c.charCodeAt(0)).buffer);
  const registry = new Registry({
    onigLib: Promise.resolve({
      createOnigScanner: (patterns) => new OnigScanner(patterns),
      createOnigString: (text) => new OnigString(text),
    }),
    loadGrammar: async () => parseRawGrammar(grammar, 'assize.tmLanguage.json'),
  });
  const loaded = await registry.loadGrammar('source.assize');
  monaco.languages.setTokensProvider('assize', {
    getInitialState: () => new Line(INITIAL),
    tokenize(line, state) {
      const { tokens, ruleStack } = loaded.tokenizeLine(line, state.stack);
      return {
        endState: new Line(ruleStack),
        tokens: tokens.map(({ startIndex, scopes }) => ({ startIndex, scopes: scopes.at(-1) })),
      };
    },
  });
  monaco.editor.defineTheme('assize', {
    base: 'vs',
    inherit: true,
    rules: RULES.map(([token, foreground]) => ({ token, foreground, fontStyle: token === 'comment' ? 'italic' : '' })),
    colors: { 'editorCodeLens.foreground': '#0969da' },
  });
}
