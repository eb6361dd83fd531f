import { globSync, readFileSync } from 'node:fs';
import t from 'tap';
import { mutationsOf } from './mutations.ts';
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

t.test('an entry excuses the changes that it means, and no other', (t) => {
  for (const { file, line, what, places = 1 } of MAY_LIVE) {
    const source = readFileSync(file, 'utf8');
    const lineOf = (offset: number) => source.slice(0, offset).split('\n').length;
    const lines = source.split('\n').map((each) => each.trim());
    const fitting = mutationsOf(file, source).filter(
      (mutation) => mutation.what === what && lines[lineOf(mutation.start) - 1] === line,
    );
    t.equal(fitting.length, places, `${file}: ${line} ${what}`);
  }
  t.end();
});
