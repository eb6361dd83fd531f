import { create } from '../../../web/page/dom.ts';
import { ask, parseRecord } from './ask.ts';

/** The dialog "Try to break in". It shows which step of the edge refused each request. */
export function createAttempts(): { dialog: HTMLDialogElement; run(): Promise<void> } {
  const verdict = create('p', { role: 'status' });
  const list = create('ol', {});
  const close = create('button', { type: 'button', class: 'primary' }, 'Close');
  const dialog = create(
    'dialog',
    { id: 'demo-attempts', 'aria-labelledby': 'demo-attempts-title' },
    create('h2', { id: 'demo-attempts-title' }, 'Try to break in'),
    verdict,
    list,
    create('p', { class: 'buttons' }, close),
  );
  close.addEventListener('click', () => dialog.close());

  return {
    dialog,
    async run() {
      list.replaceChildren();
      verdict.textContent = 'Sending requests to the files host…';
      dialog.showModal();
      try {
        const { attempts } = await ask('/demo/attempts');
        const outcomes = Array.isArray(attempts) ? attempts.map(parseRecord) : [];
        const rows = outcomes.map(createRow);
        for (const [turn, row] of rows.entries()) row.style.setProperty('--turn', String(turn));
        list.append(...rows);
        const attacks = outcomes.filter(({ isOwn }) => isOwn !== true);
        const refused = attacks.filter(({ status }) => Number(status) >= 400).length;
        verdict.textContent = `${refused} of ${attacks.length} attacks refused, each by the step of the edge that its record names.`;
      } catch (error) {
        verdict.textContent = error instanceof Error ? error.message : String(error);
      }
    },
  };
}

function createRow(outcome: Record<string, unknown>): HTMLLIElement {
  const { title, path, status, code, isOwn, step, clause, required, given } = outcome;
  const isRefused = Number(status) >= 400;
  const answer = [status, code].filter((part) => part !== undefined).join(' ');
  const isGood = isOwn === true ? !isRefused || status === 404 : isRefused;
  const row = create(
    'li',
    { 'data-status': String(status) },
    create('strong', {}, String(title)),
    create('span', { class: isGood ? 'answer' : 'answer failed' }, answer),
    create('code', {}, `GET ${path}`),
    create('span', { class: 'step' }, step === undefined ? 'no record' : `${step}: ${clause}`),
  );
  if (required !== undefined) {
    row.append(
      create('span', { class: 'quiet' }, `wanted ${required}`),
      create('span', { class: 'quiet' }, `got ${given}`),
    );
  }
  return row;
}
