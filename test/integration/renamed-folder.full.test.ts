import t from 'tap';
import { renameHalfWay } from './support/renamed-folder.ts';

t.setTimeout(300_000);

t.test('a folder of 300 files, renamed with the browser closed half way: a second run ends it', (t) =>
  renameHalfWay(t, 300),
);
