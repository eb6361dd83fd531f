import type { Document } from 'yaml';

/** Short forms that are no `Fn::…`. */
const PLAIN = ['Ref', 'Condition'];

/**
 * A template as JSON, or as YAML with CloudFormation's short forms: `!Ref x` is `{ Ref: x }`, any other `!Name x` is
 * `{ "Fn::Name": x }`.
 * @throws Error that says where the text cannot be read
 */
export async function parseTemplate(text: string): Promise<unknown> {
  if (text.trimStart().startsWith('{')) return JSON.parse(text);
  // Most templates are JSON, and start without it.
  const yaml = await import('yaml');
  // Tags that it does not know are warnings, and stay where they are.
  const document = yaml.parseDocument(text, { logLevel: 'error' });
  const [fault] = document.errors;
  if (fault) throw new Error(`template: ${fault.message}`);
  return plainOf(yaml, document.contents, document);
}

type Yaml = typeof import('yaml');

function plainOf(yaml: Yaml, node: unknown, document: Document.Parsed): unknown {
  if (yaml.isAlias(node)) return plainOf(yaml, node.resolve(document), document);
  const { value, tag } = bareOf(yaml, node, document);
  if (tag === undefined || !/^![A-Z]/.test(tag)) return value;
  const name = tag.slice(1);
  return { [PLAIN.includes(name) ? name : `Fn::${name}`]: value };
}

function bareOf(
  yaml: Yaml,
  node: unknown,
  document: Document.Parsed,
): { value: unknown; tag?: string | undefined } {
  if (yaml.isScalar(node)) return { value: node.value, tag: node.tag };
  if (yaml.isSeq(node))
    return { value: node.items.map((item) => plainOf(yaml, item, document)), tag: node.tag };
  if (!yaml.isMap(node)) return { value: node };
  const pairs = node.items.map(({ key, value }) => [
    String(plainOf(yaml, key, document)),
    plainOf(yaml, value, document),
  ]);
  return { value: Object.fromEntries(pairs), tag: node.tag };
}
