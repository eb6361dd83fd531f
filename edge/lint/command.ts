import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { parseTemplate } from '../local/template/parse-template.ts';
import { lint } from './lint.ts';
import { asJson, asSarif, asText } from './report.ts';

export const LINT_USAGE =
  'edge-local lint --template <file> [--value <name>=<value>] | --distribution <id> [--json | --sarif] [--seconds <n>]';

/** A day. lint cannot see how long a policy lives, so the rules that depend on it assume this as the longest life. */
const POLICY_SECONDS = 86_400;

/**
 * `edge-local lint`
 * @returns the exit status: 0 without a finding, 1 with findings, 2 if the input could not be read
 */
export async function lintCommand(
  args: string[],
  { out, err }: Record<'out' | 'err', (text: string) => void>,
): Promise<number> {
  try {
    const { template: file, distribution, values, policySeconds, form } = parseOptions(args);
    const source = file === undefined ? undefined : { file, text: readFileSync(file, 'utf8') };
    const read = source
      ? { template: parseTemplate(source.text), unseen: [] }
      : await (await import('./live/live-template.ts')).readLive(distribution ?? '');
    const { findings, unseen } = await lint(read.template, { values, policySeconds });
    const result = { findings, unseen: [...read.unseen, ...unseen] };
    const name = file ?? distribution ?? '';
    out(form === 'json' ? asJson(result) : form === 'sarif' ? asSarif(result, source) : asText(result, name));
    return findings.length === 0 ? 0 : 1;
  } catch (error) {
    err(`edge-local: ${error instanceof Error ? error.message || error.name : String(error)}`);
    return 2;
  }
}

function parseOptions(args: string[]) {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean', default: false } as const;
  const { values: given } = parseArgs({
    args,
    options: {
      ...{ template: text, distribution: text, seconds: text, json: flag, sarif: flag },
      value: { type: 'string', multiple: true, default: [] as string[] },
    },
  });
  const { template, distribution, json, sarif } = given;
  const policySeconds = Number(given.seconds ?? POLICY_SECONDS);
  const pairs = given.value.map((pair) => /^([^=]+)=(.*)$/s.exec(pair));
  const isUsable =
    (template === undefined) !== (distribution === undefined) && !(json && sarif) && policySeconds > 0;
  if (!isUsable || pairs.includes(null)) throw new Error(`usage: ${LINT_USAGE}`);
  return {
    ...{ template, distribution, policySeconds },
    values: Object.fromEntries(pairs.map((pair) => [pair?.[1] ?? '', pair?.[2] ?? ''])),
    form: json ? 'json' : sarif ? 'sarif' : 'text',
  };
}
