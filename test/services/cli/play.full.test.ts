import t from 'tap';
import { missing } from '../../support/missing.ts';
import { FFMPEG, playsBeyondCredential } from './support/play.ts';

t.test('ffmpeg plays on after the first credential has ended', { skip: missing(FFMPEG) }, (t) =>
  playsBeyondCredential(t, { film: 16, segment: 2, credential: 10 }),
);
