// A language server over its pipes: messages in, messages out.

import { spawn } from 'node:child_process';

/** Starts the server; `hear` is called with each of its messages as text. */
export function start(command, folder, hear) {
  const [program, ...args] = command;
  const child = spawn(program, args, { cwd: folder, stdio: ['pipe', 'pipe', 'inherit'] });
  let left = Buffer.alloc(0);
  child.stdout.on('data', (chunk) => {
    left = Buffer.concat([left, chunk]);
    for (;;) {
      const end = left.indexOf('\r\n\r\n');
      if (end < 0) {
        return;
      }
      const length = Number(/Content-Length: (\d+)/i.exec(left.subarray(0, end))[1]);
      if (left.length < end + 4 + length) {
        return;
      }
      hear(left.subarray(end + 4, end + 4 + length).toString());
      left = left.subarray(end + 4 + length);
    }
  });
  return {
    say(text) {
      child.stdin.write(`Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`);
    },
    stop() {
      child.kill();
    },
  };
}
