import process from 'node:process';
import t from 'tap';
import { missing } from '../../support/missing.ts';
import { agree, agreeOnGenerated } from './support/agree.ts';
import { GOLDEN_REQUESTS } from './support/golden-requests.ts';
import { GOLDEN_RESPONSES } from './support/golden-responses.ts';

// The same events each time, so that a commit has one verdict. runners.weekly.test.ts tries new ones.
const seed = Number(process.env['FC_SEED'] ?? 1);

const options = { skip: missing('/usr/bin/njs'), timeout: 120_000 };

t.test('source, node:vm and njs agree on every golden event', options, async (t) => {
  await agree(t, 'viewer-request', GOLDEN_REQUESTS);
  await agree(t, 'viewer-response', GOLDEN_RESPONSES);
});

t.test(`source, node:vm and njs agree on 20,000 generated events (FC_SEED=${seed})`, options, (t) =>
  agreeOnGenerated(t, seed, 20_000),
);
