import type { Fault } from '@cloudfront-cookie-gateway/infra/values';

/** Something is wrong, or may become wrong. It is one line that also says what to do. */
export type Finding = ({ value: string } | { resource: string }) & {
  problem: string;
  do: string;
  /** The deployment can go on. */
  isNote?: true;
};

/** One line for a person. */
export function toLine(finding: Finding): string {
  return `${'value' in finding ? finding.value : finding.resource}: ${finding.problem}. To do: ${finding.do}`;
}

/** The line, and whether the deployment stops at it. */
export function toVerdict(finding: Finding): string {
  return `${finding.isNote ? 'note' : 'stop'}: ${toLine(finding)}`;
}

/** One line of JSON, as `check --json` prints it. */
export function toJson(finding: Finding): string {
  const { problem, do: what } = finding;
  return JSON.stringify({
    ...('value' in finding ? { value: finding.value } : { resource: finding.resource }),
    problem,
    do: what,
  });
}

const REMEDIES = {
  unknown: 'remove it, or correct its spelling: docs/deploy.md, "values.json", lists all values',
  missing: 'add it to the values; docs/deploy.md, "values.json", describes it',
  wrong: 'change it in the values; docs/deploy.md, "values.json", describes it',
};

/** A fault of `readStackValues`. */
export function fromFault({ path, message, kind }: Fault): Finding {
  return { value: path, problem: message, do: REMEDIES[kind] };
}

/** The name of a failed call's error. The name holds nothing of what was asked. */
export function errorName(error: unknown): string {
  if (!(error instanceof Error)) return 'unknown error';
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined;
  return error.name === 'Error' || error.name === 'TypeError' ? (code ?? error.name) : error.name;
}

/**
 * Returns the findings of `find`. If `find` fails, the failure itself is the finding.
 * @param leave the rights that `find` needs, such as `acm:DescribeCertificate`
 */
export async function look(
  subject: { value: string } | { resource: string },
  leave: string,
  find: () => Promise<Finding[]>,
): Promise<Finding[]> {
  try {
    return await find();
  } catch (error) {
    const name = errorName(error);
    const isDenied = /denied|unauthorized|notauthorized|forbidden/i.test(name);
    const isOfDns = ['ESERVFAIL', 'EREFUSED'].includes(name);
    const what = isDenied
      ? `give these credentials ${leave}, or look at it by hand`
      : isOfDns
        ? 'the name servers of the domain fail: correct its name servers and its DS record at the registrar'
        : 'try again; is this machine online, and is the region correct?';
    return [{ ...subject, problem: `could not be checked (${name})`, do: what }];
  }
}
