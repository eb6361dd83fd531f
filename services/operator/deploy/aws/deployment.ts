import { defined } from '@cloudfront-cookie-gateway/core/defined';
import { placeOf, type StackValues } from '@cloudfront-cookie-gateway/infra/values';
import { errorName } from './finding.ts';
import { describeStack } from './stacks.ts';
import { readDeploymentValues, ValuesFileError } from './values-file.ts';

/** The settings by which the operators' commands find a deployment (docs/operate.md). */
export function settingsOf(values: StackValues, outputs: Record<string, string>): Record<string, string> {
  return {
    STACK_NAME: values.stackName,
    APP_ORIGIN: values.appOrigin,
    FILES_ORIGIN: values.filesOrigin,
    AWS_REGION: placeOf(values).region,
    BUCKET_NAME: outputs['BucketName'] ?? '',
    TABLE_NAME: outputs['TableName'] ?? '',
    DETAILS_TABLE_NAME: outputs['DetailsTableName'] ?? '',
    KEY_VALUE_STORE_ARN: outputs['KeyValueStoreArn'] ?? '',
    KEY_PAIR_ID: outputs['KeyPairId'] ?? '',
    ...defined({ SCAN: values.scan, SIGNING_KMS_KEY_ID: values.signingKmsKeyArn }),
  };
}

/**
 * Asks CloudFormation for the settings of the deployment that a values file describes.
 * @throws ValuesFileError if the file is wrong, or AWS does not know its stack
 */
export async function readDeployment(file: string): Promise<Record<string, string>> {
  const values = readDeploymentValues(file);
  const { stackName } = values;
  const { region } = placeOf(values);
  const stack = await describeStack(stackName, region).catch((cause: unknown) => {
    const problem = `CloudFormation in ${region} does not answer (${errorName(cause)})`;
    const remedy = 'sign in to AWS in this shell (aws sso login, or AWS_PROFILE), then run it again';
    throw new ValuesFileError(`${problem}: ${remedy}`, { cause });
  });
  if (stack) return settingsOf(values, stack.outputs);
  throw new ValuesFileError(
    `there is no stack ${stackName} in ${region}, which ${file} describes: are these the credentials of its account?`,
  );
}
