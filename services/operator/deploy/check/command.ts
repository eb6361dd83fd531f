import { createDns } from '../around/dns.ts';
import { toJson, toVerdict } from '../around/finding.ts';
import { readValuesFile } from '../around/values-file.ts';
import { check } from './check.ts';

/**
 * `gateway check <values.json> [--json]`: one line for each finding.
 * @throws ValuesFileError if there are no values to check
 */
export async function checkCommand(file: string, isJson: boolean): Promise<string[]> {
  const around = { dns: createDns(), fetch };
  return (await check(readValuesFile(file), around)).map(isJson ? toJson : toVerdict);
}
