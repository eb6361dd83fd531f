import { connect, type Socket } from 'node:net';
import { ALICE, BOB } from '../edge.ts';
import type { StandIn } from '../stand-in.ts';
import { CASES_A_CONNECTION, caseAt, type FuzzCase } from './cases.ts';
import { createRandom } from './random.ts';

/** The statuses of an edge without a fault. 502, 503 and 504 would be faults, because the origin and the store work. */
const TABLE = new Set([200, 206, 304, 400, 403, 404, 410, 413, 414, 416, 417, 421, 431]);

const ALICES_BYTES = 'the bytes of alice';
const TEAMS_BYTES = 'the bytes of the team';
/**
 * The bytes of bob's file. No other answer has two of these bytes in a row: an answer that repeats a request is in
 * UTF-8.
 */
const BOBS_BYTES = '\xb0'.repeat(997);
const BOBS_TRACES = ['\xb0\xb0', '/997', 'ETAG-OF-BOB'];

const PARALLEL = 8;
const HANG_MS = 20_000;

export interface FuzzReport {
  answered: number;
  /** How often each status was given. */
  statuses: Map<number, number>;
  /** Connections that ended early. Their requests were sent again, each alone. */
  sentAlone: number;
}

/** Makes the files that the fuzzer asks for, of two users and of two teams with the same ids. */
export function storeFiles({ objects }: StandIn): void {
  const headers = { etag: '"ETAG-OF-BOB"' };
  for (const [kind, bytes] of [
    ['users', ALICES_BYTES],
    ['teams', TEAMS_BYTES],
  ]) {
    objects.set(`${kind}/${ALICE}/a.txt`, { body: Buffer.from(bytes ?? ''), type: 'text/plain' });
    const body = Buffer.from(BOBS_BYTES, 'latin1');
    objects.set(`${kind}/${BOB}/b.txt`, { body, type: 'text/plain', headers });
  }
}

/**
 * Sends cases over raw sockets, several to a connection, without waiting for answers.
 * @throws Error that names the case, if an answer is missing, outside the table, or contains bob's bytes
 */
export async function fuzz(options: {
  port: number;
  origin: StandIn;
  seed: number;
  /** The first connection's number, and the number of connections. */
  from: number;
  connections: number;
}): Promise<FuzzReport> {
  const { port, origin, seed, from, connections } = options;
  const report: FuzzReport = { answered: 0, statuses: new Map(), sentAlone: 0 };
  let next = from;

  async function worker(): Promise<void> {
    while (next < from + connections) {
      const first = next++ * CASES_A_CONNECTION;
      const cases = Array.from({ length: CASES_A_CONNECTION }, (_, index) => caseAt(seed, first + index));
      const answers = await exchange(port, cases);
      const isWhole = answers.length >= cases.length;
      if (!isWhole) report.sentAlone++;
      for (const [index, one] of cases.entries()) {
        const own = isWhole
          ? answers.slice(index, index === cases.length - 1 ? undefined : index + 1)
          : (await exchange(port, [one])).slice(0, one.isLast ? undefined : 1);
        for (const status of judge(seed, one, own)) {
          report.statuses.set(status, (report.statuses.get(status) ?? 0) + 1);
        }
        report.answered++;
      }
      checkOrigin(origin, seed, first);
    }
  }

  await Promise.all(Array.from({ length: PARALLEL }, worker));
  return report;
}

/** @returns the statuses */
function judge(seed: number, one: FuzzCase, answers: readonly string[]): number[] {
  const fail = (problem: string) => {
    const told = `${problem}: seed ${seed}, case ${one.number} (${one.kind})`;
    throw new Error(`${told}\n${JSON.stringify(one.bytes)}\n${JSON.stringify(answers)}`);
  };
  if (answers.length === 0) fail('no answer');
  if (answers.length > 1 && !one.isLast) fail('more than one answer');
  for (const answer of answers) {
    if (!TABLE.has(statusOf(answer))) fail('a status outside the table');
    if (one.control !== 'bob' && BOBS_TRACES.some((trace) => answer.includes(trace))) fail('what is of bob');
    if (answer.includes(one.isOfTeam ? ALICES_BYTES : TEAMS_BYTES)) fail('what is of the other folder');
  }
  const [answer = ''] = answers;
  if (one.control === 'alice' && !answer.endsWith(`\r\n\r\n${ALICES_BYTES}`)) fail('not the file of alice');
  if (one.control === 'team' && !answer.endsWith(`\r\n\r\n${TEAMS_BYTES}`)) fail('not the file of the team');
  if (one.control === 'bob' && !answer.endsWith(`\r\n\r\n${BOBS_BYTES}`)) fail('not the file of bob');
  return answers.map(statusOf);
}

function checkOrigin(origin: StandIn, seed: number, first: number): void {
  for (const { rawUrl } of origin.requests.splice(0)) {
    if (rawUrl.startsWith(`/gateway-files/users/${ALICE}/`)) continue;
    if (rawUrl.startsWith(`/gateway-files/teams/${ALICE}/`)) continue;
    if (rawUrl === `/gateway-files/users/${BOB}/b.txt`) continue;
    throw new Error(`the origin was asked for ${rawUrl}: seed ${seed}, a case near ${first}`);
  }
}

const START = /HTTP\/1\.1 \d{3} /;

function statusOf(answer: string): number {
  return Number(answer.slice('HTTP/1.1 '.length, 'HTTP/1.1 '.length + 3));
}

/**
 * No body contains the beginning of an answer, so the next beginning is the next answer. Interim answers are left out.
 */
function split(text: string): string[] {
  const answers = text.split(new RegExp(`(?=${START.source})`)).filter((part) => part !== '');
  return answers.filter((answer) => statusOf(answer) !== 100);
}

/** Ends any open request, and is a request itself. The edge closes the connection after it. */
const CLOSING = '\r\n\r\nGET / HTTP/1.1\r\nHost: localhost:8080\r\nConnection: close\r\n\r\n';

/**
 * If the edge is silent for this long, it waits for more of a body, and has read the closing request as a part of it.
 */
const QUIET_MS = 200;

/**
 * Sends whole requests at once, the last one after their answers, and then the closing request. Reads until the edge
 * closes the connection.
 */
function exchange(port: number, cases: readonly FuzzCase[]): Promise<string[]> {
  const last = cases.at(-1);
  const before = cases.slice(0, -1).map(({ bytes }) => bytes);
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    const write = (text: string) => socket.write(Buffer.from(text, 'latin1'));
    let text = '';
    let sent: 'whole ones' | 'last' | 'closing' = 'whole ones';
    const hang = setTimeout(() => {
      socket.destroy();
      reject(new Error(`a hang, after ${split(text).length} answers to ${JSON.stringify(cases)}`));
    }, HANG_MS);
    const quiet = setTimeout(() => {
      // Node gives no answer on a half-closed connection, so the end comes only after an answer.
      if (sent === 'closing' && split(text).length > before.length) socket.end();
      else goOn();
      quiet.refresh();
    }, QUIET_MS);
    function goOn(): void {
      if (sent === 'last') {
        sent = 'closing';
        write(CLOSING);
      }
      if (sent === 'whole ones' && split(text).length >= before.length) {
        sent = 'last';
        write(last?.bytes ?? '');
      }
    }
    if (before.length > 0) sendInTwo(socket, before.join(''), last?.number ?? 0);
    else goOn();
    socket.setEncoding('latin1');
    socket.on('data', (part) => {
      text += part;
      quiet.refresh();
      goOn();
    });
    // A reset connection counts as a closed one. The bytes from before the reset count.
    socket.on('error', () => {});
    socket.on('close', () => {
      clearTimeout(hang);
      clearTimeout(quiet);
      resolve(split(text));
    });
  });
}

/** The bytes are cut somewhere, so parsers also get halves. */
function sendInTwo(socket: Socket, text: string, number: number): void {
  const cut = createRandom(number, 0).below(text.length);
  socket.write(Buffer.from(text.slice(0, cut), 'latin1'));
  setImmediate(() => socket.write(Buffer.from(text.slice(cut), 'latin1')));
}
