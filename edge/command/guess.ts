import { existsSync } from 'node:fs';
import {
  type DistributionNames,
  distributionsOf,
  readDistribution,
} from '@cloudfront-cookie-gateway/local-cloudfront/template/distribution';
import type { OriginBinding } from '@cloudfront-cookie-gateway/local-cloudfront/template/origins';
import { recordAt, textOf, textsOf } from '@cloudfront-cookie-gateway/local-cloudfront/template/shape';
import {
  type Help,
  TemplateError,
} from '@cloudfront-cookie-gateway/local-cloudfront/template/template-error';
import type { Options } from './options.ts';

/** The region and the account that a template sees here. */
export const PLACE = { region: 'us-east-1', accountId: '000000000000' };

export type Given = Pick<Options, 'origins' | 'values' | 'ignore' | 'distribution'>;

/** What the template needs, as far as it was given or could be guessed. */
export interface Guessed {
  origins: Record<string, OriginBinding>;
  values: Record<string, string>;
  /** A line for each guess, with the option that says it otherwise. */
  lines: string[];
}

/**
 * Guesses what a template needs and nobody has given: for a bucket the folder of its name, for a parameter its first
 * allowed value or its own name, and for a server a placeholder.
 * @param placeholder gives the address of a server that says how to name the real one
 */
export async function guess(
  template: unknown,
  given: Given,
  placeholder: () => Promise<string>,
): Promise<Guessed> {
  const { ignore, distribution } = given;
  const [origins, values] = [{ ...given.origins }, { ...given.values }];
  const lines = new Set<string>();
  const guessed = new Set<string>();
  for (;;) {
    const names = { ...PLACE, origins, values, ignore, distribution, keyPairIds: {} };
    const missing = missingOf(template, names);
    const next = missing.filter(
      ({ option, name }) => option !== 'ignore' && !guessed.has(`${option} ${name}`),
    );
    if (next.length === 0) break;
    for (const { option, name } of next) {
      guessed.add(`${option} ${name}`);
      if (option === 'value') {
        values[name] = valueFor(template, name);
        lines.add(`guessed --value ${name}=${values[name]}`);
      } else if (option === 'bucket') {
        origins[name] = { folder: `./${name}` };
        lines.add(
          `guessed --bucket ${name}=./${name}${existsSync(name) ? '' : ' (there is no such folder)'}`,
        );
      } else {
        origins[name] = { url: await placeholder() };
        lines.add(`nothing answers for ${name} yet: --origin ${name}=http://localhost:<port>`);
      }
    }
  }
  return { origins, values, lines: [...lines] };
}

/** The options that would help against the faults of the distributions that are served. */
function missingOf(template: unknown, names: DistributionNames): readonly Help[] {
  try {
    const ids = names.distribution === undefined ? distributionsOf(template, names) : [names.distribution];
    return ids.flatMap((distribution) => {
      try {
        readDistribution(template, { ...names, distribution });
        return [];
      } catch (error) {
        return helpsOf(error);
      }
    });
  } catch (error) {
    return helpsOf(error);
  }
}

/** Whatever else is wrong is said when the template is served. */
function helpsOf(error: unknown): readonly Help[] {
  return error instanceof TemplateError ? error.helps : [];
}

function valueFor(template: unknown, name: string): string {
  const { AllowedValues: allowed, Type: type, MinValue: least } = recordAt(template, 'Parameters', name);
  const [first] = textsOf(allowed);
  if (first !== undefined) return first;
  if (textOf(type).includes('Number')) return String(least ?? 1);
  return name.toLowerCase().replace(/[^a-z0-9.-]+/g, '-');
}
