import t from 'tap';
import { inNode } from '../../in-node.ts';

const { createBatch, createMeter, groupByReason } = await inNode('page/uploads/batch.ts');

/** An upload of so many bytes. */
const sized = (name: string, size: number, team?: { id: string }) => ({
  file: new File([new Uint8Array(size)], name),
  owner: { team },
  wanted: { name },
});

t.test('many uploads are one: counts and bytes of those that are done or under way', async (t) => {
  const batch = createBatch(() => {});
  const [a, b, c] = [10, 30, 60].map((size) => batch.add(sized(`${size}`, size)));
  if (!a || !b || !c) throw new Error('missing');
  t.match(batch.progress(), { done: 0, count: 3, sentBytes: 0, bytes: 100 });
  b.state = 'sending';
  b.sentBytes = 15;
  t.strictSame(batch.unfinished(), [b, a, c], 'what is on its way first');
  batch.finish(a, a.wanted.name);
  t.match(batch.progress(), { done: 1, count: 3, sentBytes: 25, bytes: 100, lastDone: '10' });
  c.state = 'failed';
  c.failure = { words: 'Too large.', canRetry: false };
  t.match(batch.progress(), { done: 1, count: 2, sentBytes: 25, bytes: 40 }, 'what failed does not wait');
  batch.drop(b);
  batch.finish(b, b.wanted.name);
  t.match(batch.progress(), { done: 1, count: 1, bytes: 10 }, 'what was dropped is not done');
  batch.restart();
  t.match(batch.progress(), { done: 0, count: 0 });
  t.equal(batch.failed().length, 1, 'and failures stay');
});

interface Group {
  failure: { words: string };
  owner: { team?: { id: string } };
  uploads: { wanted: { name: string } }[];
}

t.test('failures of one reason are one, for each place', async (t) => {
  const batch = createBatch(() => {});
  const reasons = [['lost'], ['large'], ['lost'], ['lost', 'a'], ['lost', 'a']];
  for (const [index, [words, id]] of reasons.entries()) {
    const upload = batch.add(sized(`${index}`, 1, id === undefined ? undefined : { id }));
    upload.state = 'failed';
    upload.failure = { words, canRetry: true };
  }
  const groups: Group[] = groupByReason(batch.failed());
  t.strictSame(
    groups.map(({ failure, owner, uploads }) => [
      failure.words,
      owner.team?.id,
      uploads.map(({ wanted }) => wanted.name),
    ]),
    [
      ['lost', undefined, ['0', '2']],
      ['large', undefined, ['1']],
      ['lost', 'a', ['3', '4']],
    ],
  );
});

t.test('the speed is that of the last five seconds', async (t) => {
  let now = 0;
  const meter = createMeter(() => now);
  t.equal(meter.speed(), undefined);
  meter.note(0);
  now = 100;
  meter.note(50);
  t.equal(meter.speed(), undefined, 'too early to tell');
  now = 1_000;
  meter.note(1_000);
  t.equal(meter.speed(), 1_000);
  for (now = 2_000; now <= 10_000; now += 1_000) meter.note(1_000 + (now - 1_000) * 3);
  t.equal(meter.speed(), 3_000, 'not the slow start');
  meter.note(10);
  t.equal(meter.speed(), undefined, 'fewer bytes: something was cancelled');
  meter.reset();
  t.equal(meter.speed(), undefined);
});
