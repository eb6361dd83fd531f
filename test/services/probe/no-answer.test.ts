import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import process from 'node:process';
import t from 'tap';
import { createAsker } from '../../../services/probe/asker.ts';
import { askAll, type Line } from '../../../services/probe/question.ts';

t.test(
  'an answer that breaks off counts as an answer; a target that is not there ends the probe',
  async (t) => {
    const server = createServer((request, response) => {
      if (request.url === '/broken') response.socket?.destroy();
      else if (request.url === '/short') response.writeHead(200, { 'content-length': 9 }).write('123');
      else response.end('whole');
      if (request.url === '/short') setImmediate(() => response.socket?.destroy());
    });
    await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
    const origin = `http://localhost:${(server.address() as AddressInfo).port}`;
    const asker = createAsker(origin, new AbortController().signal);
    const questions = ['/whole', '/broken', '/short'].map((name) => ({
      ...{ name, assumed: 'whole', otherwise: '' },
      ask: async () => (await asker.ask(name)).body.toString(),
    }));
    const lines: Line[] = [];
    const verdict = await askAll(questions, {}, (line) => lines.push(line));
    t.strictSame(
      lines.map(({ seen }) => seen),
      ['whole', 'no answer', 'no answer'],
    );
    t.strictSame(verdict, { verdict: 'holds', different: ['/broken', '/short'] });
    asker.close();
    await new Promise((resolve) => server.close(resolve));
    await t.rejects(
      askAll(questions, {}, () => {}),
      { code: 'ECONNREFUSED' },
    );
  },
);

t.test('a kept connection collects no listeners', async (t) => {
  const server = createServer((_request, response) => response.end('whole'));
  await new Promise<void>((resolve) => server.listen(0, 'localhost', resolve));
  t.teardown(() => server.close());
  const asker = createAsker(
    `http://localhost:${(server.address() as AddressInfo).port}`,
    new AbortController().signal,
  );
  let socket: Socket | undefined;
  server.on('request', (request) => {
    socket ??= request.socket;
    t.equal(request.socket, socket, 'one connection');
  });
  const warnings: string[] = [];
  const onWarning = ({ name }: Error) => warnings.push(name);
  process.on('warning', onWarning);
  for (let asked = 0; asked < 15; asked++) await asker.ask('/');
  await new Promise((resolve) => setImmediate(resolve));
  process.off('warning', onWarning);
  t.strictSame(warnings, []);
  asker.close();
});
