/**
 * Checks whether the values keep the bucket of a deployed stack. With another name, CloudFormation makes a new, empty
 * bucket.
 * @returns what to do about it; undefined if the bucket stays
 */
export function bucketFault(
  { stackName, bucketName }: { stackName: string; bucketName?: string | undefined },
  there: string,
): string | undefined {
  // If the values give no name, CloudFormation makes one: the name of the stack, the name of the resource, and random
  // characters.
  const isMade =
    there.startsWith(`${stackName.toLowerCase().slice(0, 24)}-`) && /-[a-z0-9]{12,}$/.test(there);
  if (bucketName === there || (bucketName === undefined && isMade)) return undefined;
  return isMade ? 'leave bucketName out, as before' : `set bucketName to ${there}, as before`;
}
