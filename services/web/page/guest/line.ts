import { find } from '../dom.ts';

/** Shows words in the line of the team, and nothing of the page that only members use. */
export function showLine(words: string): void {
  const line = find('team', HTMLElement);
  line.hidden = false;
  for (const button of line.querySelectorAll('button')) button.hidden = true;
  find('team-role', HTMLElement).textContent = words;
}
