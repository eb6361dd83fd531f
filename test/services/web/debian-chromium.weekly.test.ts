// Weekly, because of its cost: 130 CPU seconds; the fast ring runs the same Blink and network code. Last result,
// November 2026: passed, 114 s on a busy machine.

import { spawn } from 'node:child_process';
import process from 'node:process';
import { text } from 'node:stream/consumers';
import t from 'tap';
import { missing } from '../../support/missing.ts';

const CHROMIUM = '/usr/bin/chromium';

t.setTimeout(900_000);

t.test(
  "what the fast ring asks of the npm package's Chromium, asked of Debian's",
  { skip: missing(CHROMIUM), timeout: 900_000 },
  async (t) => {
    const { TEST_SHELL: _shared, ...env } = process.env;
    const child = spawn(
      process.execPath,
      ['scripts/test.ts', 'fast', 'test/services/web/', 'test/browser/'],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
        env: { ...env, TEST_SHELL_PROGRAM: CHROMIUM },
      },
    );
    const lines = (await text(child.stdout)).trimEnd().split('\n');
    const last = lines.at(-1) ?? '';
    t.match(last, /^\d{3,} passed, 0 failed, 0 skipped$/);
    t.comment(last);
    if (!last.includes(', 0 failed,')) for (const line of lines) t.comment(line);
  },
);
