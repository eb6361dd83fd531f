import type { IncomingMessage, ServerResponse } from 'node:http';
import { type Decision, wordsFor } from '@cloudfront-cookie-gateway/local-cloudfront/decision';
import { listenOnLoopback } from '@cloudfront-cookie-gateway/local-cloudfront/loopback';

/** The number of requests that are kept. */
const KEPT = 200;

export interface RequestsPage {
  /** @param distribution its logical id, and `ms` the milliseconds that the answer took */
  add(decision: Decision, distribution: string, ms: number): void;
  close(): Promise<void>;
}

/**
 * A page with the last requests, and what decided about each. It is on a port of its own, so no path of a distribution is
 * taken. A decision holds no secret, and only this machine can ask.
 * @throws PortTakenError
 */
export async function serveRequestsPage(port: number): Promise<RequestsPage> {
  const rows: Record<string, unknown>[] = [];
  let count = 0;
  const answer = (request: IncomingMessage, response: ServerResponse) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost');
    // Another host is a web page that has pointed its own name to this machine.
    const isOwn = [`localhost:${port}`, `127.0.0.1:${port}`].includes(request.headers.host ?? '');
    if (!isOwn || (pathname !== '/' && pathname !== '/requests.json')) return response.writeHead(404).end();
    if (pathname === '/') return response.writeHead(200, HTML_HEADERS).end(PAGE);
    const after = Number(searchParams.get('after') ?? 0);
    const news = rows.filter((row) => Number(row['number']) > after);
    response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' });
    return response.end(JSON.stringify(news));
  };
  const server = await listenOnLoopback(answer, port);
  return {
    add(decision, distribution, ms) {
      const { step, clause, behavior, uri, credential, cache, originStatus } = decision;
      rows.push({
        number: ++count,
        time: new Date(decision.atMs).toISOString().slice(11, 23),
        distribution,
        request: `${decision.method} ${decision.path}`,
        status: decision.status,
        behavior: behavior ?? '',
        signature: credential ? `${credential.kind} ${credential.keyPairId ?? ''}` : '',
        function: step.endsWith('function') ? clause : uri === undefined ? '' : `to ${uri}`,
        cache: [cache, originStatus === undefined ? '' : `origin ${originStatus}`].filter(Boolean).join(', '),
        decided: clause === 'answered' ? step : `${step}: ${clause}`,
        words: wordsFor(decision) ?? '',
        ms: ms.toFixed(1),
      });
      if (rows.length > KEPT) rows.shift();
    },
    close: () => server.close(),
  };
}

const SCRIPT = `
const names = ['time','distribution','request','status','behavior','signature','function','cache','decided','ms'];
const body = document.querySelector('tbody');
let after = 0;
async function ask() {
  try {
    const rows = await (await fetch('requests.json?after=' + after)).json();
    for (const row of rows) {
      after = row.number;
      const line = body.insertRow(0);
      line.title = row.words;
      if (row.status >= 400) line.className = 'refused';
      for (const name of names) line.insertCell().textContent = row[name] ?? '';
    }
    while (body.rows.length > ${KEPT}) body.deleteRow(-1);
    document.body.className = '';
  } catch { document.body.className = 'gone'; }
  setTimeout(ask, 1000);
}
ask();
`;

const PAGE = `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>edge-local: requests</title>
<style>
:root { color-scheme: light dark; font: 14px/1.5 system-ui, sans-serif }
body { margin: 1rem } body.gone h1::after { content: ': the command has ended' }
h1 { font-size: 1.1rem } table { border-collapse: collapse; width: 100% }
th, td { text-align: left; padding: .2rem .6rem; border-bottom: 1px solid #8884; vertical-align: top; overflow-wrap: anywhere }
.refused td:nth-child(4) { color: #c22; font-weight: 600 }
</style>
<h1>Requests</h1>
<table><thead><tr><th>Time<th>Distribution<th>Request<th>Status<th>Behavior<th>Signature<th>Function<th>Cache<th>Decided<th>ms</thead><tbody></tbody></table>
<script>${SCRIPT}</script></html>
`;

const HTML_HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy':
    "default-src 'none'; connect-src 'self'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; frame-ancestors 'none'",
};
