import { inWords } from './asker.ts';
import type { Question } from './question.ts';
import type { World } from './world.ts';

/** S3 ends a connection after some twenty seconds without a byte. */
const PAUSE_MS = 5_000;

/** The last byte is sent this long after the expiry. */
const PAST_MS = 3_000;

/** An upload that begins in time and ends late. Does S3 check the expiry at the beginning, or at the end? */
export const PAST_EXPIRY: Question<World> = {
  name: 'uploadEndsPastExpiry',
  assumed: '200',
  otherwise: 'report it: slow uploads fail',
  maxSeconds: 240,
  async ask(world) {
    const content = 'x'.repeat(30);
    const { headers, ...put } = await world.presign(`users/${world.alice.id}/slow.txt`, content, true);
    const lastAt = put.expiresAt.getTime() + PAST_MS;
    async function* parts() {
      let sent = 0;
      for (; Date.now() < lastAt && sent < content.length - 1; sent++) {
        yield content.slice(sent, sent + 1);
        await world.wait(Math.min(PAUSE_MS, Math.max(0, lastAt - Date.now())));
      }
      yield content.slice(sent);
    }
    const timeoutMs = lastAt - Date.now() + 15_000;
    // The body comes in parts, so its length must be stated: the length is signed.
    const length = { 'content-length': String(content.length) };
    const inParts = { ...put, headers: { ...headers, ...length } };
    return inWords(await world.send(inParts, { parts: parts(), timeoutMs }));
  },
};
