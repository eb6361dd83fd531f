import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import t from 'tap';
import { listenOnLoopback } from '../../edge/local/loopback.ts';
import { freePorts } from './ports.ts';

t.test('no port is given twice, even to another process, and no port that is taken is given', async (t) => {
  const [port = 0] = await freePorts(1);
  const busy = await listenOnLoopback(() => {}, port + 2);
  t.teardown(() => busy.close(0));
  const here = [port, ...(await freePorts(100))];
  t.notOk(here.includes(port + 2));
  const module = fileURLToPath(new URL('ports.ts', import.meta.url));
  // The other process begins at the same block as this one.
  const code = `Object.defineProperty(process, 'pid', { value: ${process.pid} });
    const { freePorts } = await import(${JSON.stringify(module)});
    console.log(JSON.stringify(await freePorts(100)));`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', code]);
  const all: number[] = [...here, ...JSON.parse(stdout)];
  t.equal(all.length, 201);
  t.equal(new Set(all).size, 201);
  t.ok(all.every((each) => each > 10_000 && each < 32_768));
});
