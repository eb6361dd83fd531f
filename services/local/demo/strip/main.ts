import { create, textButton } from '@cloudfront-cookie-gateway/web/page/dom';
import { fill, inLanguage } from '@cloudfront-cookie-gateway/web/page/words/locale';
import type { Outcome } from '../outcome.ts';
import { ATTEMPTS, MESSAGES, type WordKey } from './words.ts';

const verdict = create('p', { role: 'status' });
const list = create('ol', {});
const close = create('button', { type: 'button', class: 'primary' }, words('close'));
const dialog = create(
  'dialog',
  { id: 'demo-attempts', 'aria-labelledby': 'demo-attempts-title' },
  create('h2', { id: 'demo-attempts-title' }, words('breakIn')),
  verdict,
  list,
  create('p', { class: 'buttons' }, close),
);
const fault = create('span', { role: 'status' });
const panel = create(
  'div',
  { id: 'demo-panel', popover: '' },
  create('strong', {}, words('here')),
  textButton(words('beAlice'), words('beAlice'), () => become('alice')),
  textButton(words('beBob'), words('beBob'), () => become('bob')),
  textButton(words('breakIn'), words('breakIn'), () => void tryToBreakIn()),
  fault,
);
const pill = create(
  'button',
  { id: 'demo-pill', type: 'button', popovertarget: 'demo-panel' },
  words('demonstration'),
);
close.addEventListener('click', () => dialog.close());
document.body.append(
  create('aside', { id: 'demo', 'aria-label': words('demonstration') }, pill, panel),
  dialog,
);

function words(key: WordKey): string {
  return inLanguage(MESSAGES[key]);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Signs in through the identity provider, without its form. */
function become(login: string): void {
  ask<{ url: string }>('/demo/login', { login })
    .then(({ url }) => location.assign(url))
    .catch((error: unknown) => {
      fault.textContent = messageOf(error);
    });
}

/** Shows which step of the edge refused each request. */
async function tryToBreakIn(): Promise<void> {
  list.replaceChildren();
  verdict.textContent = words('sending');
  dialog.showModal();
  try {
    const { attempts, victim } = await ask<{ attempts: Outcome[]; victim: string }>('/demo/attempts');
    list.append(...attempts.map((outcome) => createRow(outcome, victim)));
    const attacks = attempts.filter(({ kind }) => kind !== 'own');
    const refused = attacks.filter(({ isAsItShould }) => isAsItShould).length;
    verdict.textContent = inLanguage(MESSAGES.verdict, { refused, count: attacks.length });
  } catch (error) {
    verdict.textContent = messageOf(error);
  }
}

function createRow(outcome: Outcome, name: string): HTMLLIElement {
  const { kind, path, status, code = '', isAsItShould, explained } = outcome;
  const [title, why] = ATTEMPTS[kind] ?? [];
  return create(
    'li',
    { 'data-status': String(status) },
    create('strong', {}, title ? fill(inLanguage(title), { name }) : kind),
    create('span', { class: isAsItShould ? 'answer' : 'answer failed' }, `${status} ${code}`),
    create('code', {}, `GET ${path}`),
    create('span', { class: 'quiet' }, why ? inLanguage(why) : ''),
    // As the edge says it.
    create('span', { class: 'step', lang: 'en' }, explained),
  );
}

/**
 * Asks the local stack's own endpoints, below `/demo/` of the app host.
 * @throws Error with a message for the person
 */
async function ask<T>(path: string, body: object = {}): Promise<T> {
  const response = await fetch(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify(body),
  });
  if (response.status === 401) throw new Error(words('nobody'));
  if (!response.ok) throw new Error(inLanguage(MESSAGES.trouble, { status: response.status }));
  return response.json();
}
