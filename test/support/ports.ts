import { once } from 'node:events';
import { createServer } from 'node:net';
import process from 'node:process';
import { listenOnLoopback, PortTakenError } from '../../edge/local/loopback.ts';

/** Below the ports that Linux gives to a program that asks for any port, such as a browser for its next connection. */
const FIRST_PORT = 10_000;
const BLOCK_SIZE = 40;
const BLOCKS = 550;

let nextBlock = process.pid % BLOCKS;
let rest: number[] = [];

/** Free ports that no other test process gets. A test may therefore release a port and take it again later. */
export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  while (ports.length < count) {
    if (rest.length === 0) rest = await takeBlock();
    const port = rest.shift() ?? 0;
    if (await isFree(port)) ports.push(port);
  }
  return ports;
}

/** A block belongs to the process that listens on its first port, until that process ends. */
async function takeBlock(): Promise<number[]> {
  for (let tried = 0; tried < BLOCKS; tried++) {
    const first = FIRST_PORT + nextBlock * BLOCK_SIZE;
    nextBlock = (nextBlock + 1) % BLOCKS;
    const owner = createServer().unref().listen(first, '127.0.0.1');
    try {
      await once(owner, 'listening');
    } catch {
      continue;
    }
    return Array.from({ length: BLOCK_SIZE - 1 }, (_, index) => first + 1 + index);
  }
  throw new Error(`no free port from ${FIRST_PORT} on`);
}

async function isFree(port: number): Promise<boolean> {
  try {
    await (await listenOnLoopback(() => {}, port)).close(0);
    return true;
  } catch (error) {
    if (error instanceof PortTakenError) return false;
    throw error;
  }
}
