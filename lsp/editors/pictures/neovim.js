// Neovim in tmux, as a terminal shows it: what tmux caught, with its colours, drawn by the browser.

import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const COLUMNS = 96;
const ROWS = 24;

const escape = (text) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');

/** The text of a terminal with its SGR sequences, as HTML. */
export function html(caught) {
  let style = {};
  let out = '';
  for (const part of caught.split(/(\x1b\[[0-9;:]*m)/)) {
    const codes = /^\x1b\[([0-9;:]*)m$/.exec(part);
    if (!codes) {
      const { fg, bg, bold, italic, under, reverse } = style;
      const [front, back] = reverse ? [bg ?? '#fff', fg ?? '#24292f'] : [fg, bg];
      const css = [
        front && `color:${front}`,
        back && `background:${back}`,
        bold && 'font-weight:bold',
        italic && 'font-style:italic',
        under && 'text-decoration:underline',
      ].filter(Boolean).join(';');
      out += part === '' ? '' : css ? `<span style="${css}">${escape(part)}</span>` : escape(part);
      continue;
    }
    const numbers = codes[1].split(/[;:]/).map(Number);
    for (let at = 0; at < numbers.length; at += 1) {
      const code = numbers[at];
      if (code === 0) style = {};
      else if (code === 1) style.bold = true;
      else if (code === 3) style.italic = true;
      else if (code === 4) style.under = true;
      else if (code === 7) style.reverse = true;
      else if (code === 22) delete style.bold;
      else if (code === 23) delete style.italic;
      else if (code === 24) delete style.under;
      else if (code === 27) delete style.reverse;
      else if (code === 39) delete style.fg;
      else if (code === 49) delete style.bg;
      else if ((code === 38 || code === 48) && numbers[at + 1] === 2) {
        style[code === 38 ? 'fg' : 'bg'] = `rgb(${numbers.slice(at + 2, at + 5).join(',')})`;
        at += 4;
      }
    }
  }
  return out;
}

const SETUP = `
set termguicolors background=light noswapfile shortmess+=I laststatus=0 noruler signcolumn=yes number
`;

/** A light palette for the groups that a text and its diagnostics are drawn in. */
const COLOURS = {
  Normal: 'guifg=#24292f guibg=#ffffff', LineNr: 'guifg=#8c959f', SignColumn: 'guibg=#ffffff', NonText: 'guifg=#ffffff',
  Comment: 'guifg=#6a737d gui=italic', String: 'guifg=#0a3069', Number: 'guifg=#0550ae', Keyword: 'guifg=#8250df',
  Type: 'guifg=#953800', Function: 'guifg=#116329', Constant: 'guifg=#0550ae', Operator: 'guifg=#57606a',
  Identifier: 'guifg=#24292f', NormalFloat: 'guifg=#24292f guibg=#f6f8fa', Pmenu: 'guifg=#24292f guibg=#f6f8fa',
  PmenuSel: 'guifg=#ffffff guibg=#0969da', DiagnosticError: 'guifg=#cf222e', DiagnosticUnderlineError: 'gui=underline guisp=#cf222e',
};

/** Shows a mistake and the explanation of a name, and takes the picture. */
export async function neovim({ browser, assize, repository, into }) {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'assize-neovim-'));
  const project = path.join(folder, 'quickstart');
  fs.cpSync(path.join(repository, 'examples/quickstart'), project, { recursive: true });
  const file = path.join(project, 'idle_key.assize');
  fs.writeFileSync(file, fs.readFileSync(file, 'utf8').replace('  let used = secret.uses.exists(u, u.at', '  let used = secret.use.exists(u, u.at'));
  const runtime = path.join(folder, 'runtime');
  const grammar = path.join(repository, 'lsp/editors/tree-sitter');
  fs.mkdirSync(path.join(runtime, 'parser'), { recursive: true });
  fs.cpSync(path.join(grammar, 'queries'), path.join(runtime, 'queries/assize'), { recursive: true });
  execFileSync('cc', ['-shared', '-fPIC', '-I', `${grammar}/src`, `${grammar}/src/parser.c`, '-o', `${runtime}/parser/assize.so`]);
  const init = path.join(folder, 'init.vim');
  const palette = Object.entries(COLOURS).map(([group, colours]) => `highlight ${group} ${colours}`).join('\n');
  fs.writeFileSync(init, `${SETUP}
set runtimepath+=${runtime}
lua vim.g.assize_command = { ${JSON.stringify(assize)}, "lsp" }
luafile ${path.join(repository, 'lsp/editors/neovim/assize.lua')}
${palette}
`);
  const tmux = (...args) => execFileSync('tmux', ['-L', `assize-${process.pid}`, '-f', '/dev/null', ...args], { encoding: 'utf8' });
  const wait = async (what, text) => {
    for (let tries = 0; tries < 300; tries += 1) {
      const caught = tmux('capture-pane', '-p', '-e', '-t', 'picture');
      if (caught.includes(text)) {
        return caught;
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    throw new Error(`Neovim did not show ${what}`);
  };
  try {
    tmux('new-session', '-d', '-s', 'picture', '-x', String(COLUMNS), '-y', String(ROWS), '-c', project,
      `env COLORTERM=truecolor XDG_STATE_HOME=${folder} XDG_DATA_HOME=${folder} nvim -u ${init} -i NONE +28 '+normal! zt' idle_key.assize`);
    tmux('set-option', '-t', 'picture', 'status', 'off');
    tmux('set-option', '-ga', 'terminal-overrides', ',*:Tc');
    await wait('a mistake', 'has no field');
    tmux('send-keys', '-t', 'picture', '/idle_after}', 'Enter', ':noh | echo', 'Enter', 'K');
    const caught = await wait('an explanation', 'our default');
    await new Promise((resolve) => setTimeout(resolve, 500));
    const last = tmux('capture-pane', '-p', '-e', '-t', 'picture') || caught;
    const tab = await browser.newPage();
    await tab.setViewport({ width: COLUMNS * 9 + 20, height: ROWS * 19 + 16, deviceScaleFactor: 1.5 });
    await tab.setContent(`<style>body{margin:8px 10px;background:#fff;color:#24292f}
      pre{margin:0;font:15px/19px "DejaVu Sans Mono",monospace}</style><pre>${html(last)}</pre>`);
    await tab.screenshot({ path: into });
    await tab.close();
  } finally {
    try {
      tmux('kill-server');
    } catch {
      // It has gone with its last window.
    }
    fs.rmSync(folder, { recursive: true });
  }
}
