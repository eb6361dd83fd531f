import { create, textButton } from '@cloudfront-cookie-gateway/web/page/dom';
import { formatSize } from '@cloudfront-cookie-gateway/web/page/words/words';
import { parseRecord } from '../record.ts';
import { ask, createAttempts } from './attempts.ts';
import { words } from './words.ts';

/** Time for the images of one list to arrive. */
const SETTLED_MS = 300;

const attempts = createAttempts();
const facts = create('span', { id: 'demo-facts' });
const stopwatch = create('span', { id: 'demo-stopwatch' });
const team = create('span', { id: 'demo-team' });
const makeTeam = textButton(words('makeTeam'), words('makeTeam'), () => void shareTeam());
makeTeam.hidden = true;
const seen = new Set<string>();
let settled = 0;

const panel = create(
  'div',
  { id: 'demo-panel', popover: '' },
  create('strong', {}, words('here')),
  textButton(words('beAlice'), words('beAlice'), () => become('alice')),
  textButton(words('beBob'), words('beBob'), () => become('bob')),
  makeTeam,
  textButton(words('breakIn'), words('breakIn'), () => void attempts.run()),
  team,
  facts,
  stopwatch,
);
const pill = create(
  'button',
  { id: 'demo-pill', type: 'button', popovertarget: 'demo-panel' },
  words('demonstration'),
);
const strip = create('aside', { id: 'demo', 'aria-label': words('demonstration') }, pill, panel);

/** Signs in through the identity provider, without its form. */
function become(login: string): void {
  ask('/demo/login', { login })
    .then(({ url }) => location.assign(String(url)))
    .catch((error: unknown) => {
      stopwatch.textContent = String(error);
    });
}

/** The page shows the team once it is loaded again. */
async function shareTeam(): Promise<void> {
  makeTeam.disabled = true;
  try {
    await ask('/demo/team');
    location.reload();
  } catch (error) {
    team.textContent = String(error);
    makeTeam.disabled = false;
  }
}

async function showState(): Promise<void> {
  const { fileBytes, signOut, hasTeams, isTeamMade } = await ask('/demo/state');
  makeTeam.hidden = hasTeams !== true;
  if (isTeamMade === true) team.textContent = words('teamMade');
  facts.textContent = words('facts', { images: seen.size, bytes: formatSize(Number(fileBytes)) });
  if (signOut === null) return;
  const { elapsedMs, code } = parseRecord(signOut);
  stopwatch.textContent = words('signOut', { ms: Math.round(Number(elapsedMs)), code: String(code) });
}

function show(): void {
  clearTimeout(settled);
  settled = setTimeout(() => void showState().catch(() => undefined), SETTLED_MS);
}

/** The page's own icon is the only image that does not come from the files host. */
function note(image: EventTarget | null): void {
  if (!(image instanceof HTMLImageElement) || image.src.startsWith(`${location.origin}/`)) return;
  seen.add(image.src);
  show();
}

document.addEventListener('load', ({ target }) => note(target), { capture: true });
document.body.append(strip, attempts.dialog);
void showState().catch(() => undefined);
