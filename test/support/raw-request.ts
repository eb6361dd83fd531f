import { connect } from 'node:net';

/** Sends one request exactly as written, over a socket, so that nothing normalises its path. */
export async function rawRequest(
  origin: string,
  target: string,
  headers: Record<string, string> = {},
): Promise<{ status: number; head: string; body: Buffer }> {
  const { hostname, port, host } = new URL(origin);
  const socket = connect({ host: hostname, port: Number(port) });
  const lines = [`GET ${target} HTTP/1.1`, `Host: ${host}`, 'Connection: close'];
  for (const [name, value] of Object.entries(headers)) lines.push(`${name}: ${value}`);
  socket.write(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk);
  const all = Buffer.concat(chunks);
  const end = all.indexOf('\r\n\r\n');
  const head = all.subarray(0, end).toString('latin1');
  return { status: Number(head.split(' ')[1]), head, body: all.subarray(end + 4) };
}
