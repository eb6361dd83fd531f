import { globSync, readFileSync } from 'node:fs';
import t from 'tap';
import { MAY_LIVE, ROOMS } from './rooms.ts';

t.test('each source is in a room that is judged', (t) => {
  const left = globSync('{core,edge,infra,services}/**/*.{ts,tsx}').filter(
    (file) => !ROOMS.some(({ room }) => file.startsWith(`${room}/`)),
  );
  t.strictSame(left, []);
  t.end();
});

t.test('a room is judged once', (t) => {
  const names = ROOMS.map(({ room }) => room);
  t.strictSame(names, [...new Set(names)]);
  t.end();
});

t.test('a mutant that may live is one of a line that is there', (t) => {
  const isThere = ({ file, line }: (typeof MAY_LIVE)[number]) =>
    readFileSync(file, 'utf8')
      .split('\n')
      .some((each) => each.trim() === line);
  t.strictSame(
    MAY_LIVE.filter((entry) => !isThere(entry)),
    [],
  );
  t.end();
});
