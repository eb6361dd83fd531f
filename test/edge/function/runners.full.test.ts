import t from 'tap';
import { missing } from '../../support/missing.ts';
import { agree } from './support/agree.ts';
import { GOLDEN_REQUESTS } from './support/golden-requests.ts';
import { GOLDEN_RESPONSES } from './support/golden-responses.ts';

const options = { skip: missing('/usr/bin/njs'), timeout: 120_000 };

t.test('source, node:vm and njs agree on every golden event', options, async (t) => {
  await agree(t, 'viewer-request', GOLDEN_REQUESTS);
  await agree(t, 'viewer-response', GOLDEN_RESPONSES);
});
