/** The region and the account that a template sees here. */
export const PLACE = { region: 'us-east-1', accountId: '000000000000' };
