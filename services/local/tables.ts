import type { ResolvedTemplate } from '@cloudfront-cookie-gateway/local-cloudfront/template/template';

/** The tables that the template describes, under the names that `Ref` gives. */
export function tablesOf(template: ResolvedTemplate) {
  const tables = template.ofType('AWS::DynamoDB::Table');
  const named = (name: string) => {
    const table = tables.find(({ logicalId }) => logicalId.startsWith(name));
    if (!table) throw new Error(`the template has no table ${name}`);
    return table;
  };
  return { sessions: named('Sessions'), details: named('Details') };
}
