/**
 * What the values would do to the bucket of a stack that is up. With another name, CloudFormation makes an empty
 * bucket.
 * @returns what to do about it; undefined if the bucket stays
 */
export function bucketFault(
  { stackName, bucketName }: { stackName: string; bucketName?: string | undefined },
  there: string,
): string | undefined {
  // CloudFormation makes a name from those of the stack and the resource, and random letters.
  const isMade =
    there.startsWith(`${stackName.toLowerCase().slice(0, 24)}-`) && /-[a-z0-9]{12,}$/.test(there);
  if (bucketName === there || (bucketName === undefined && isMade)) return undefined;
  return isMade ? 'leave bucketName out, as before' : `set bucketName to ${there}, as before`;
}
