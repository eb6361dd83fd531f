// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the texts are code
import { type Mutant, mutantsOf } from '../../../support/mutants.ts';

const TESTS = 'test/services/operator/deploy';

/** Faults in the command that deploys, and in its check. */
export const MUTANTS: readonly Mutant[] = [
  ...mutantsOf('services/operator/deploy/around/stacks.ts', `${TESTS}/stack-states.full.test.ts`, [
    ['waits for a stack that is stuck', "UPDATE_FAILED: 'to be rolled back'", "UPDATE_FAILED: 'under way'"],
    [
      'has a stack deleted whose hosts people use',
      "UPDATE_ROLLBACK_FAILED: 'to be rolled back further'",
      "UPDATE_ROLLBACK_FAILED: 'to be deleted'",
    ],
    [
      'deploys while a rollback is under way',
      "ROLLBACK_IN_PROGRESS: 'under way',\n  DELETE_",
      "ROLLBACK_IN_PROGRESS: 'up',\n  DELETE_",
    ],
    [
      'takes a bootstrap that the CDK refuses',
      "Number(stack.outputs['BootstrapVersion']) >= BOOTSTRAP_VERSION",
      'BOOTSTRAP_VERSION > 0',
    ],
  ]),
  ...mutantsOf('services/operator/deploy/check/stack.ts', `${TESTS}/stack-states.full.test.ts`, [
    [
      'bootstraps over the bucket of a failed bootstrap',
      "['never made', 'to be deleted']",
      "['to be deleted']",
    ],
  ]),
  ...mutantsOf('services/operator/deploy/make/certificates.ts', `${TESTS}/deploy.full.test.ts`, [
    ['takes the certificate of another stack', ' && Value === stackName', ''],
    [
      'makes no record beside a certificate that failed',
      "failed.push(`the certificate of ${host ?? arn} is ${status ?? 'gone'}`);\n        continue;",
      "failed.push(`the certificate of ${host ?? arn} is ${status ?? 'gone'}`);\n        break;",
    ],
  ]),
  ...mutantsOf('services/operator/deploy/deploy.ts', `${TESTS}/deploy.full.test.ts`, [
    [
      'protects the table of a person who said no',
      "['protectTable'] === undefined",
      "['protectTable'] !== true",
    ],
  ]),
  ...mutantsOf('services/operator/deploy/make/protection.ts', `${TESTS}/deploy.full.test.ts`, [
    [
      'protects nothing',
      '{ TableName, DeletionProtectionEnabled: true }',
      '{ TableName, DeletionProtectionEnabled: false }',
    ],
  ]),
  ...mutantsOf('services/operator/deploy/around/dns.ts', `${TESTS}/around/dns.test.ts`, [
    [
      'asks the resolver of this machine for names that are not there',
      'addresses.length === 0 ? ofMachine : newResolver(addresses, port)',
      'addresses.length < 0 ? newResolver(addresses, port) : ofMachine',
    ],
  ]),
];
