import { readFileSync } from 'node:fs';
import type { LocalBindings } from '@cloudfront-cookie-gateway/local-cloudfront';
import { distributionsOf } from '@cloudfront-cookie-gateway/local-cloudfront/template/distribution';
import { type Given, guess, PLACE } from './guess.ts';
import { type KeyMaker, withOwnKeys } from './keys.ts';
import { UsageError } from './options.ts';

/** A template that can be served: with keys whose private halves are here, and with everything that it needs. */
export interface Prepared {
  template: unknown;
  /** What the template leaves open, besides the address that viewers type. */
  bindings: Pick<LocalBindings, 'region' | 'accountId' | 'origins' | 'values' | 'keyPairIds' | 'assembly'> & {
    values: Record<string, string>;
  };
  /** The logical ids of the distributions that are served. */
  distributions: string[];
  /** A line for each guess, with the option that says it otherwise. */
  lines: string[];
}

/**
 * Gives a template what it needs, and guesses what nobody has given.
 * @param placeholder gives the address of a server in place of those that nobody has named
 * @throws UsageError if the template has no distribution, or not the chosen one
 */
export async function prepared(
  rawTemplate: unknown,
  given: Given & { keys: KeyMaker; assembly: string },
  placeholder: () => Promise<string>,
): Promise<Prepared> {
  const { origins, values, lines } = await guess(rawTemplate, given, placeholder);
  const names = { ...PLACE, values };
  const { template, keyPairIds, lines: ofKeys } = withOwnKeys(rawTemplate, given.keys, names);
  const all = distributionsOf(template, names);
  const { distribution } = given;
  if (all.length === 0) throw new UsageError('the template has no AWS::CloudFront::Distribution');
  if (distribution !== undefined && !all.includes(distribution))
    throw new UsageError(`there is no distribution ${distribution}; the template has ${all.join(', ')}`);
  return {
    template,
    bindings: {
      ...names,
      origins,
      assembly: given.assembly,
      keyPairIds: Object.fromEntries(keyPairIds.map((name) => [name, name])),
    },
    distributions: distribution === undefined ? all : [distribution],
    lines: [...lines, ...ofKeys],
  };
}

/** Reads a template in JSON or YAML. Most templates are JSON, and need no YAML parser to start. */
export async function readTemplateFile(file: string): Promise<unknown> {
  const text = readFileSync(file, 'utf8');
  if (text.trimStart().startsWith('{')) return JSON.parse(text);
  const { parseTemplate } = await import(
    '@cloudfront-cookie-gateway/local-cloudfront/template/parse-template'
  );
  return parseTemplate(text);
}
