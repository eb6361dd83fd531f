import { readTemplate } from '@cloudfront-cookie-gateway/local-cloudfront/template/template';
import { PLACE } from './guess.ts';
import { type Options, UsageError } from './options.ts';

/**
 * Refuses an option for something that the template does not have. Such an option would say nothing, and a guess would
 * take its place.
 * @param known the values of the template's parameters, given or guessed
 * @throws UsageError that names the option
 */
export function checkNames(
  template: unknown,
  { origins, values, stores, ignore }: Pick<Options, 'origins' | 'values' | 'ignore'> & { stores: object },
  known: Options['values'],
): void {
  const text = textOf(template, known);
  const given = [
    ...Object.entries(origins).map(
      ([name, binding]) => ['url' in binding ? 'origin' : 'bucket', name] as const,
    ),
    ...Object.keys(stores).map((name) => ['store', name] as const),
    ...ignore.map((name) => ['ignore', name] as const),
    // The name of an import may be made of several parts.
    ...(text.includes('Fn::ImportValue') ? [] : Object.keys(values)).map((name) => ['value', name] as const),
  ];
  for (const [option, name] of given) {
    const [part = name] = option === 'value' ? name.split('.') : [name];
    if (!text.includes(part)) throw new UsageError(`--${option} ${name}: the template has no ${name}`);
  }
}

/** The template as it is written, and its distributions with the names that are put together. */
function textOf(template: unknown, values: Options['values']): string {
  const resolved = readTemplate(template, { ...PLACE, values, isLenient: true });
  return JSON.stringify([template, resolved.ofType('AWS::CloudFront::Distribution')]);
}
