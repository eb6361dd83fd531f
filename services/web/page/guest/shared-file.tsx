import { ApiError } from '@cloudfront-cookie-gateway/client';
import { signal } from '@preact/signals';
import { render } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { find } from '../dom.ts';
import { putOn } from '../files/stage.ts';
import { Frame, OwnFiles } from '../shell/frame.tsx';
import { TimeLeft } from '../ui/parts.tsx';
import { text } from '../words/language.ts';
import { setServerTime } from '../words/shown.ts';
import { formatSize } from '../words/words.ts';
import { Door } from './door.tsx';

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
const secret = location.hash.slice('#share='.length);
const shared = signal<SharedFile | undefined>(undefined);
const isOver = signal(false);

/** @throws ApiError `link_over`, `network` */
async function openShare(): Promise<void> {
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
  shared.value = body;
}

function SharedFilePage() {
  return (
    <Frame tools={<OwnFiles />}>
      {shared.value ? (
        <File {...shared.value} />
      ) : (
        <Door key={`${isOver}`} open={openShare} isOver={isOver.value} overText={text('shareOverText')} />
      )}
    </Frame>
  );
}

function File({ downloadUrl, expiresAt, ...file }: SharedFile) {
  const { name, size } = file;
  const stage = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    document.title = `${name} – ${text('title')}`;
    const listed = { ...file, etag: '', lastModified: '' };
    if (stage.current) putOn(stage.current, listed, { withCookies: async () => {}, onSize() {} });
  }, []);
  const end = () => {
    isOver.value = true;
    shared.value = undefined;
  };
  return (
    <section id="shared-file">
      <div id="shared-facts">
        <h1 class="name">{name}</h1>
        <p class="quiet">
          {text('sharedWithYou')} <span>{formatSize(size)}</span> <TimeLeft until={expiresAt} onEnd={end} />
        </p>
        <a id="shared-download" class="button primary" href={downloadUrl}>
          {text('download')}
        </a>
      </div>
      <div id="shared-stage" class="stage" ref={stage} />
    </section>
  );
}

render(<SharedFilePage />, find('app', HTMLElement));
