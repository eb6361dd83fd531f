import { globSync } from 'node:fs';
import t from 'tap';
import { ROOMS } from './rooms.ts';

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
