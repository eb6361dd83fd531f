import { createHash } from 'node:crypto';
import t from 'tap';
import { exampleReport } from './example-report.ts';
import { reportPage, resultTable } from './report.ts';
import { SCENARIOS } from './scenarios.ts';
import { judge, metricsOf, readThresholds } from './thresholds.ts';

t.test('figures: rates by the clock, percentiles of the timed units, shares of the cache', (t) => {
  const { metrics, verdicts, recorded } = exampleReport();
  t.match(metrics, {
    requests: 400,
    requestsPerSecond: 100,
    hitShare: 0.75,
    wrongBytes: 1,

    brokenOff: 0,
  });
  t.ok(Math.abs((metrics['p50Ms'] ?? 0) - 200) <= 2 && Math.abs((metrics['p99Ms'] ?? 0) - 396) <= 2);
  t.strictSame(
    recorded.seconds.map(({ requests }) => requests),
    [99, 100, 100, 100, 1],
  );
  t.strictSame(
    verdicts.filter(({ isMet }) => !isMet).map(({ metric }) => metric),
    ['wrongBytes'],
  );
  t.strictSame(metricsOf(recorded, 'faults')['brokenOff'], 1);
  t.strictSame(
    judge({}, { p99Ms: { atMost: 1 } }).map(({ isMet }) => isMet),
    [false],
    'a figure that was not measured meets no bound',
  );
  t.end();
});

t.test('the page loads nothing else, and its policy allows nothing else', (t) => {
  const page = reportPage(exampleReport());
  const [, style = ''] = /<style>([\s\S]*?)<\/style>/.exec(page) ?? [];
  const hash = createHash('sha256').update(style).digest('base64');
  t.ok(page.includes(`content="default-src 'none'; style-src 'sha256-${hash}'"`));
  t.equal(page.match(/<svg /g)?.length, 5);
  t.notMatch(page, /<script|style=| on[a-z]+=|src=|href=|url\(|@import|<link/i);
  t.match(page, /&#60;script&#62;alert/, 'texts of servers stay text');
  t.notMatch(page, /NaN|undefined|Infinity/);
  const points = [...page.matchAll(/points="([^"]+)"/g)].flatMap(([, list = '']) => list.split(' '));
  t.ok(points.length > 20);
  for (const point of points) {
    const [x = -1, y = -1] = point.split(',').map(Number);
    if (!(x >= 0 && x <= 640 && y >= 0 && y <= 260)) t.fail(`${point} is outside of the frame`);
  }
  t.end();
});

t.test('the table names the missed bounds', (t) => {
  t.match(
    resultTable([exampleReport()]),
    /^\| steady +\| 400 +\| 100 +\| .* \| 75 % .*\| failed: wrongBytes \|$/m,
  );
  t.end();
});

t.test('every scenario has bounds of its own in the file', (t) => {
  for (const [name] of Object.entries(SCENARIOS)) {
    t.ok(Object.keys(readThresholds(name)).length > Object.keys(readThresholds('none')).length, name);
  }
  t.end();
});
