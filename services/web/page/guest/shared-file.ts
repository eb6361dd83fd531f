import { ApiError } from '@cloudfront-cookie-gateway/client';
import { find } from '../dom.ts';
import { putOn } from '../files/stage.ts';
import { text } from '../words/language.ts';
import { countDown, setServerTime } from '../words/shown.ts';
import { formatSize } from '../words/words.ts';
import { createDoor } from './door.ts';

/** What the host tells of a share. Its addresses open the file without cookies. */
interface SharedFile {
  name: string;
  size: number;
  type: string;
  url: string;
  downloadUrl: string;
  expiresAt: string;
}

/** The page of a share, for somebody who may have no account. */
const stage = find('shared-stage', HTMLElement);
const secret = location.hash.slice('#share='.length);
const door = createDoor(async () => show(await openShare()), text('shareOverText'));
find('starting', HTMLElement).hidden = true;
find('own-files', HTMLElement).hidden = false;
void door.open();

/** @throws ApiError `link_over`, `network` */
async function openShare(): Promise<SharedFile> {
  const TIMEOUT_MS = 15_000;
  const lose = (cause: unknown): never => {
    throw new ApiError(0, 'network', { cause });
  };
  const type = 'application/json';
  const answer = await fetch('/auth/shares/open', {
    method: 'POST',
    headers: { accept: type },
    body: new Blob([JSON.stringify({ secret })], { type }),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  }).catch(lose);
  const body = await answer.json().catch(lose);
  if (!answer.ok) throw new ApiError(answer.status, body.code);
  const date = answer.headers.get('date');
  // The header has whole seconds, so the host's clock is up to one further.
  if (date) setServerTime(new Date(Date.parse(date) + 1_000).toISOString());
  return body;
}

function show({ downloadUrl, expiresAt, ...shared }: SharedFile): void {
  const { name, size } = shared;
  const file = { ...shared, etag: '', lastModified: '' };
  find('shared-file', HTMLElement).hidden = false;
  find('shared-name', HTMLElement).textContent = name;
  find('shared-size', HTMLElement).textContent = formatSize(size);
  find('shared-download', HTMLAnchorElement).href = downloadUrl;
  document.title = `${name} – ${text('title')}`;
  putOn(stage, file, { withCookies: async () => {}, onSize() {} });
  countDown(find('shared-left', HTMLTimeElement), expiresAt, () => {
    find('shared-file', HTMLElement).hidden = true;
    // A film would go on playing.
    stage.replaceChildren();
    door.close();
  });
}
