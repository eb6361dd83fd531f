import { type Document, isAlias, isMap, isScalar, isSeq, parseDocument } from 'yaml';

/** Short forms that do not stand for `Fn::…`. */
const PLAIN = ['Ref', 'Condition'];

/**
 * A template as JSON, or as YAML with CloudFormation's short forms: `!Ref x` is `{ Ref: x }`, any other `!Name x` is
 * `{ "Fn::Name": x }`.
 * @throws Error that says where the text cannot be read
 */
export function parseTemplate(text: string): unknown {
  if (text.trimStart().startsWith('{')) return JSON.parse(text);
  // Tags that the parser does not know are warnings, and stay in their place. Of a key that is there twice,
  // CloudFormation takes the last one.
  const document = parseDocument(text, { logLevel: 'error', uniqueKeys: false });
  const [fault] = document.errors;
  if (fault) throw new Error(`template: ${fault.message}`);
  return plainOf(document.contents, document);
}

function plainOf(node: unknown, document: Document.Parsed): unknown {
  if (isAlias(node)) return plainOf(node.resolve(document), document);
  const { value, tag } = bareOf(node, document);
  if (!tag?.startsWith('!')) return value;
  const name = tag.slice(1);
  return { [PLAIN.includes(name) ? name : `Fn::${name}`]: value };
}

function bareOf(node: unknown, document: Document.Parsed): { value: unknown; tag?: string | undefined } {
  if (isScalar(node)) return { value: node.value, tag: node.tag };
  if (isSeq(node)) return { value: node.items.map((item) => plainOf(item, document)), tag: node.tag };
  if (!isMap(node)) return { value: node };
  const pairs = node.items.map(({ key, value }) => [
    String(plainOf(key, document)),
    plainOf(value, document),
  ]);
  return { value: Object.fromEntries(pairs), tag: node.tag };
}
