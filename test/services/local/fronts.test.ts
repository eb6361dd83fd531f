// Has its own process, because what is relayed stays so until the process ends, and the process trusts an authority.
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { join } from 'node:path';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import t from 'tap';
import { startHttpsFronts } from '../../../services/local/fronts.ts';
import { parseLocalSettings } from '../../../services/local/settings.ts';
import { freePortVariables, temporaryDirectory } from '../../support/test-stack.ts';

t.test('HTTPS in front of the servers that browsers see, and of no other', async (t) => {
  const directory = temporaryDirectory(t);
  const { ports } = parseLocalSettings(await freePortVariables());
  const fronts = await startHttpsFronts(directory, ports);
  t.strictSame(Object.keys(fronts.behind), ['app', 'edge', 's3']);
  t.equal(fronts.authorityFile, join(directory, 'https', 'authority.pem'));
  const open = new Set<TLSSocket>();
  const behind: Promise<unknown>[] = [];
  for (const [name, port = 0] of Object.entries(fronts.behind)) {
    const server = createHttpServer((_, response) => response.end(name));
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    t.teardown(() => server.close());
    // Only the client ends it: Node would end it after a minute.
    server.on('connection', (socket) => behind.push(once(socket, 'close')));
    const front = ports[name as 'app' | 'edge' | 's3'];
    t.not(front, port, name);
    // This process trusts the authority.
    const answer = await fetch(`https://localhost:${front}/`, { headers: { connection: 'close' } });
    t.equal(await answer.text(), name);
    const there = once(server, 'connection');
    const socket = connectTls({ port: front, servername: 'localhost', host: '127.0.0.1' });
    await there;
    open.add(socket);
  }
  const closed = [...open].map((socket) => once(socket.resume(), 'close'));
  await Promise.all([fronts.close(), ...closed]);
  await t.rejects(fetch(`https://localhost:${ports.app}/`), 'nothing listens any more');
  await Promise.all(behind);
});
