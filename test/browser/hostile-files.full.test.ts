import t from 'tap';
import { listenOnLoopback } from '../../edge/local/loopback.ts';
import { launchChromium } from '../support/chromium.ts';
import { ACTIVE_FILES } from './support/hostile-files.ts';
import { openAll, runsNoScript } from './support/no-script-runs.ts';
import { TEST_HOSTS } from './support/places.ts';

const browser = await launchChromium(TEST_HOSTS);
t.teardown(() => browser.close());

t.test('from a careless server, they do run', { timeout: 200_000 }, async (t) => {
  const unguarded = await listenOnLoopback((request, response) => {
    const file = ACTIVE_FILES.find(([name]) => request.url?.startsWith(`/${encodeURIComponent(name)}?`));
    response.setHeader('content-type', file?.[1] ?? 'text/plain');
    response.end(file?.[2]);
  }, 0);
  t.teardown(() => unguarded.close(0));
  const urls = ACTIVE_FILES.map(
    ([name]) => `http://localhost:${unguarded.port}/${encodeURIComponent(name)}?`,
  );
  const { ran, pageOrigins } = await openAll(t, await browser.newContext(), urls);
  for (const origin of [`http://localhost:${unguarded.port}`, ...pageOrigins]) {
    t.ok(ran.includes(origin), origin);
  }
});

// hostile-files.weekly.test.ts has the other form of the edge function, and types that Chromium does not act on.
t.test('no script of a hostile file runs: opened, embedded, navigated to', { timeout: 400_000 }, (t) =>
  runsNoScript(t, browser, 'read', ACTIVE_FILES),
);
