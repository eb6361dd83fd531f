import { Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** Answers findings of cdk-nag's AWS Solutions rules (`npm run check`), each with a sentence. */
export function answerFindings(construct: IConstruct, answers: Record<string, string>): void {
  for (const [rule, reason] of Object.entries(answers)) {
    Validations.of(construct).acknowledge({ id: `AwsSolutions::AwsSolutions-${rule}`, reason });
  }
}
