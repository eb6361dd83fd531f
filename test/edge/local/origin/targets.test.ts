import t from 'tap';
import { createTargets } from '../../../../edge/local/origin/targets.ts';
import { bucketSettings } from '../support/rooms.ts';

t.test('of the origins that functions make up, the last hundred are kept', async (t) => {
  const binding = { endpoint: 'http://127.0.0.1:1', bucket: 'b', accessKeyId: 'A', secretAccessKey: 's' };
  const settings = bucketSettings(binding);
  const targets = createTargets([settings], {}, { region: 'us-east-1', now: Date.now, via: 'via' });
  t.teardown(() => targets.close());
  const madeUp = (path: string) =>
    targets.changed({ primary: settings }, { kind: 'update', changes: { path } });
  const first = madeUp('/0');
  for (let index = 1; index < 100; index++) madeUp(`/${index}`);
  t.equal(madeUp('/0'), first);
  madeUp('/100');
  const again = madeUp('/0');
  t.not(again, first);
  t.equal(madeUp('/0'), again);
});
