/** The templates of one public repository, at a commit. */
export interface Source {
  repository: string;
  commit: string;
  templates: { path: string; refused?: Reason }[];
}

/** Why a template does not start, each with the words of the refusal. `test/edge/local/template/foreign.test.ts` has cases of them. */
export const REASONS = {
  'Lambda@Edge': /Lambda@Edge functions are not run here/,
  'a header that begins with x-amz-, in ForwardedValues': /Headers: x-amz-\S+ is not modelled/,
  'CloudFormation refuses it: a required property is missing': /: it is missing/,
  'CloudFormation refuses it: a property that does not exist': /OriginSslProtocols: it is not modelled/,
  'CloudFormation refuses it: a reference to nothing': /names no resource or pseudo parameter/,
  'CloudFormation refuses it: it is not YAML': /^template: [^\n]* at line \d+, column \d+/,
} as const;

export type Reason = keyof typeof REASONS;

/** @throws Error if the refusal has none of the reasons that are listed */
export function reasonOf(message: string): Reason {
  for (const [reason, words] of Object.entries(REASONS)) if (words.test(message)) return reason as Reason;
  throw new Error(`this reason is not listed: ${message}`);
}

export function parseCollection(text: string): Source[] {
  return JSON.parse(text);
}

/** `87 of 104 templates of 67 repositories start, 83 %` */
export function scoreOf(collection: readonly Source[]): string {
  const all = collection.flatMap(({ templates }) => templates);
  const started = all.filter(({ refused }) => refused === undefined).length;
  const percent = Math.floor((100 * started) / all.length);
  return `${started} of ${all.length} templates of ${collection.length} repositories start, ${percent} %`;
}
