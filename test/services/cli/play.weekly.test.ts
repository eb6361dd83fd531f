// Weekly, because of its time: a film of an hour and a quarter, at its own speed. `.ci/run` plays 16 seconds, with credentials
// of ten. Last result (2026-11-29, beside other work): it played to its end, 7 of 7 in 76 minutes.

import t from 'tap';
import { missing } from '../../support/missing.ts';
import { FFMPEG, playsBeyondCredential } from './support/play.ts';

t.setTimeout(6_000_000);

t.test('ffmpeg plays for an hour after the first credential has ended', { skip: missing(FFMPEG) }, (t) =>
  playsBeyondCredential(t, { film: 4_560, segment: 60, credential: 900 }),
);
