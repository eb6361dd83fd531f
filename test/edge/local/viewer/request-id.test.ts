import t from 'tap';
import { randomRequestId } from '../../../../edge/local/viewer/answer.ts';

t.test('each request has an id of its own, as long as those of CloudFront', (t) => {
  // More than the pool of random bytes has room for.
  const ids = Array.from({ length: 1_100 }, randomRequestId);
  t.equal(new Set(ids).size, ids.length);
  t.strictSame([...new Set(ids.map(({ length }) => length))], [54]);
  t.end();
});
