// Weekly, because of its cost: 28 CPU seconds; `.ci/run` has 20,000 by one seed. Last result, November 2026: passed.

import process from 'node:process';
import t from 'tap';
import { missing } from '../../support/missing.ts';
import { agreeOnGenerated } from './support/agree.ts';

const seed = Number(process.env['FC_SEED'] ?? Date.now() % 2 ** 31);

const options = { skip: missing('/usr/bin/njs'), timeout: 240_000 };

t.test(`source, node:vm and njs agree on 100,000 generated events (FC_SEED=${seed})`, options, (t) =>
  agreeOnGenerated(t, seed, 100_000),
);
