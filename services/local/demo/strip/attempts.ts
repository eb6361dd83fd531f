import { create } from '@cloudfront-cookie-gateway/web/page/dom';
import { listOf, parseRecord } from '../record.ts';
import { titleOf, words } from './words.ts';

/** The dialog "Try to break in". It shows which step of the edge refused each request. */
export function createAttempts(): { dialog: HTMLDialogElement; run(): Promise<void> } {
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
  close.addEventListener('click', () => dialog.close());

  return {
    dialog,
    async run() {
      list.replaceChildren();
      verdict.textContent = words('sending');
      dialog.showModal();
      try {
        const { attempts, victim } = await ask('/demo/attempts');
        const outcomes = listOf(attempts);
        const rows = outcomes.map((outcome) => createRow(outcome, String(victim)));
        for (const [turn, row] of rows.entries()) row.style.setProperty('--turn', String(turn));
        list.append(...rows);
        const attacks = outcomes.filter(({ isOwn }) => isOwn !== true);
        const refused = attacks.filter(({ isRefused }) => isRefused === true).length;
        verdict.textContent = words('verdict', { refused, count: attacks.length });
      } catch (error) {
        verdict.textContent = error instanceof Error ? error.message : String(error);
      }
    },
  };
}

function createRow(outcome: Record<string, unknown>, victim: string): HTMLLIElement {
  const { kind, method, path, status, code, isOwn, isRefused, step, clause, required, given } = outcome;
  const answer = [status, code].filter((part) => part !== undefined).join(' ');
  const row = create(
    'li',
    { 'data-status': String(status) },
    create('strong', {}, titleOf(kind, victim)),
    create('span', { class: isRefused === isOwn ? 'answer failed' : 'answer' }, answer),
    create('code', {}, `${method} ${path}`),
    // The edge's own record, as it stands.
    step === undefined
      ? create('span', { class: 'step' }, words('noRecord'))
      : create('span', { class: 'step', lang: 'en' }, `${step}: ${clause}`),
  );
  if (required !== undefined) {
    row.append(
      create('span', { class: 'quiet' }, words('wanted', { value: String(required) })),
      create('span', { class: 'quiet' }, words('got', { value: String(given) })),
    );
  }
  return row;
}

/**
 * Asks the local stack's own endpoints, below `/demo/` of the app host.
 * @throws Error with a message for the person
 */
export async function ask(path: string, body: object = {}): Promise<Record<string, unknown>> {
  const response = await fetch(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify(body),
  });
  if (response.status === 401) throw new Error(words('nobody'));
  if (!response.ok) throw new Error(words('trouble', { status: response.status }));
  return parseRecord(await response.json());
}
