import type { EdgeFunctionSource } from '@cloudfront-cookie-gateway/local-cloudfront/template/functions';
import { isTrue, listOf, recordAt, textOf } from '@cloudfront-cookie-gateway/local-cloudfront/template/shape';
import { GUIDE, type Rule } from './finding.ts';
import { refusedFeatures } from './language.ts';
import type { Stack } from './stack.ts';
import { loaded } from './trial.ts';

/** A function may run well here and fail at CloudFront, or the other way round. */
interface Code {
  resource: string;
  source: EdgeFunctionSource;
  isRuntime1: boolean;
  isPublished: boolean;
}

function codesOf({ template }: Stack): Code[] {
  return template.ofType('AWS::CloudFront::Function').map(({ logicalId: resource, properties }) => {
    const config = recordAt(properties, 'FunctionConfig');
    // The top level of a function may open its store. Here the store is empty.
    const hasStore = listOf(config['KeyValueStoreAssociations']).length > 0;
    const store = hasStore ? { keyValueStore: { logicalId: 'Store' } } : {};
    return {
      resource,
      source: { name: resource, code: textOf(properties['FunctionCode']), ...store },
      isRuntime1: config['Runtime'] === 'cloudfront-js-1.0',
      isPublished: isTrue(properties['AutoPublish']),
    };
  });
}

/** Why a function cannot be loaded. Code that is not in the template counts as good. */
function faultOf({ source }: Code): string | undefined {
  try {
    if (source.code !== '') loaded({ viewerRequest: source });
    return undefined;
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return message.replace(' cannot be loaded', '');
  }
}

export const functionSyntax: Rule = {
  name: 'function-syntax',
  page: `${GUIDE}/writing-function-code.html`,
  check: (stack) =>
    codesOf(stack).flatMap((code) => {
      const fault = faultOf(code);
      if (fault === undefined) return [];
      const problem = `The code cannot be loaded: ${fault}.`;
      const { resource } = code;
      return [{ level: 'error', resource, property: 'FunctionCode', problem, do: 'Correct the code.' }];
    }),
};

export const functionLanguage: Rule = {
  name: 'function-language',
  page: `${GUIDE}/functions-javascript-runtime-features.html`,
  check: (stack) =>
    codesOf(stack)
      .filter((code) => faultOf(code) === undefined)
      .flatMap(({ resource, source, isRuntime1 }) =>
        refusedFeatures(source.code, isRuntime1).map(({ words, isSaid, line, do: instead }) => {
          const since = isSaid
            ? 'AWS says so (grade A)'
            : 'AWS does not list it among the features, and njs, which the runtime resembles, refuses it (grade B)';
          const runtime = isRuntime1 ? 'cloudfront-js-1.0' : 'cloudfront-js-2.0';
          return {
            level: isSaid ? 'error' : 'warning',
            resource,
            property: 'FunctionCode',
            problem: `Line ${line} of the code has ${words}, which ${runtime} does not take: ${since}.`,
            do: instead,
          };
        }),
      ),
};

export const functionNotPublished: Rule = {
  name: 'function-not-published',
  page: 'https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-cloudfront-function.html',
  check: (stack) =>
    codesOf(stack)
      .filter(({ isPublished }) => !isPublished)
      .map(({ resource }) => ({
        level: 'warning',
        resource,
        property: 'AutoPublish',
        problem:
          'CloudFormation does not publish the function, and CloudFront associates none that is not published.',
        do: 'Set AutoPublish to true.',
      })),
};
