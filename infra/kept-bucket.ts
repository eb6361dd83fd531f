/**
 * What the values would do to the bucket of a stack that is up: another name later makes CloudFormation create an empty one.
 * @returns what to do about it; undefined where the bucket stays
 */
export function bucketFault(
  { stackName, bucketName }: { stackName: string; bucketName?: string | undefined },
  there: string,
): string | undefined {
  // CloudFormation makes names of the stack's, the resource's and some random letters.
  const isMade =
    there.startsWith(`${stackName.toLowerCase().slice(0, 24)}-`) && /-[a-z0-9]{12,}$/.test(there);
  if (bucketName === there || (bucketName === undefined && isMade)) return undefined;
  return isMade ? 'leave bucketName out, as before' : `set bucketName to ${there}, as before`;
}
