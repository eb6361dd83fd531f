import type { TeamRole } from '@cloudfront-cookie-gateway/client';
import { create } from '../dom.ts';
import { plain } from '../words/language.ts';

const ROLES = ['viewer', 'editor', 'manager'] as const;

/** A field to choose a role. @param label its accessible name */
export function createRoleChoice(label: string, role: TeamRole): HTMLSelectElement {
  const choice = create('select', { 'aria-label': label });
  choice.append(...ROLES.map((each) => create('option', { value: each }, plain(each))));
  choice.value = role;
  return choice;
}

/** The role that a field has chosen. */
export function roleOf(value: string): TeamRole {
  return ROLES.find((role) => role === value) ?? 'viewer';
}
