// Weekly, because of its cost: 80 CPU seconds; `.ci/run` opens the files under the deployed form, and calls the
// functions of both. Last result, November 2026: passed, 60 s on a busy machine.

import t from 'tap';
import { launchChromium } from '../support/chromium.ts';
import { FILES } from './support/hostile-files.ts';
import { runsNoScript } from './support/no-script-runs.ts';
import { TEST_HOSTS } from './support/places.ts';

const browser = await launchChromium(TEST_HOSTS);
t.teardown(() => browser.close());

t.test(
  'no script of a hostile file runs, behind a CloudFront that hides credentials from functions',
  { timeout: 400_000 },
  (t) => runsNoScript(t, browser, 'trusted', FILES),
);
