import { rsaKey } from '../../../support/local-values.ts';
import { type Cases, CLEAN } from './templates.ts';

/** Keys and groups. */
export const KEYS: Cases = {
  'a key that another stack imports': {
    change: [
      ['Items: [!Ref Key]', 'Items: [!ImportValue other]'],
      ['Resources:', 'Outputs: { Key: { Value: !Ref Key } }\nResources:'],
    ],
    finds: [],
  },
  'RSA beside P-256': {
    change: [
      ['Items: [!Ref Key]', 'Items: [!Ref Key, !Ref Rsa]'],
      [
        'Resources:',
        `Resources:
  Rsa:
    Type: AWS::CloudFront::PublicKey
    Properties: { PublicKeyConfig: { Name: K2, CallerReference: y, EncodedKey: ${JSON.stringify(rsaKey('K2').publicPem)} } }`,
      ],
    ],
    finds: [],
  },
  'a key in no group': {
    change: [
      [
        'Resources:',
        "Resources:\n  Old:\n    Type: AWS::CloudFront::PublicKey\n    Properties: { PublicKeyConfig: { Name: K0, CallerReference: y, EncodedKey: 'x' } }",
      ],
    ],
    finds: ['note unused-key Old.PublicKeyConfig'],
  },
  'a group that nobody trusts': {
    change: [['TrustedKeyGroups: [!Ref Group]', 'TrustedKeyGroups: []']],
    finds: ['warning unused-key Group.KeyGroupConfig'],
  },
  'a group that another stack imports': {
    change: [
      ['TrustedKeyGroups: [!Ref Group]', 'TrustedKeyGroups: []'],
      ['Resources:', 'Outputs: { Keys: { Value: !Ref Group, Export: { Name: keys } } }\nResources:'],
    ],
    finds: [],
  },
  'RSA alone': {
    change: [
      [/EncodedKey: ".*?"/.exec(CLEAN)?.[0] ?? '', `EncodedKey: ${JSON.stringify(rsaKey('K1').publicPem)}`],
    ],
    finds: ['note rsa-sha1 Group.KeyGroupConfig.Items'],
  },
};
