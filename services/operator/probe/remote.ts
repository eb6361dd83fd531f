import { type Answer, createAsker, inWords } from './asker.ts';
import { CLEAR_IN_CHROME } from './chrome.ts';
import { computeUtilization } from './compute-utilization.ts';
import { shown } from './credentials.ts';
import type { EdgeFunctions } from './edge-functions.ts';
import { askHttp2 } from './http2.ts';
import { askHttp3, http3Hindrance } from './http3.ts';
import type { Question } from './question.ts';
import { PAST_EXPIRY } from './slow-upload.ts';
import { eitherWay, type Operator, type World } from './world.ts';

export type RemoteQuestion = Question<World> & {
  /** Questions about parts that the local stack does not have. */
  needs: string;
};

/** Questions for which this machine has no means. */
export function remoteQuestions({ edgeFunctions }: Pick<Operator, 'edgeFunctions'>): RemoteQuestion[] {
  return [
    ofFunctions(edgeFunctions),
    { needs: 'HTTP/2 at the edge (http2)', ...staleShare('staleShareHttp2', askHttp2) },
    {
      needs: 'HTTP/3 at the edge (http3)',
      ...staleShare('staleShareHttp3', askHttp3),
      hindrance: http3Hindrance,
    },
    { needs: 'a name that browsers know (?clear in Chrome)', ...CLEAR_IN_CHROME },
    { needs: 'S3, and more than a minute', ...PAST_EXPIRY },
    atAppHost('apiGatewayOddPath', '404', '/api/%2e%2e%2F%3f%23%c3%a9//x?a=1,2&a=3'),
    atAppHost('apiGatewayHeaders8k', '200', '/livez', 8_000),
    atAppHost('apiGatewayHeaders12k', '431', '/livez', 12_000),
  ];
}

function ofFunctions(functions: EdgeFunctions | undefined): RemoteQuestion {
  const needs = 'test-function of CloudFront';
  const { ask, ...question } = computeUtilization(
    functions ?? { hindrance: async () => `it needs ${needs}`, test: () => Promise.reject(new Error(needs)) },
  );
  return { ...question, needs, ask: (world) => ask({ ...world, ...world.operator }) };
}

function staleShare(
  name: string,
  ask: (
    origin: string,
    request: ReturnType<typeof shown>,
    options: { signal: AbortSignal },
  ) => Promise<Answer>,
): Question<World> {
  return {
    ...{ name, assumed: '410, 0 bytes', otherwise: 'report it' },
    async ask({ alice, looked, operator, sign, signal }) {
      const target = `${alice.path}?v=00000000000000000000000000000000&share=1`;
      const share = await sign(operator.filesOrigin + target);
      return await eitherWay(async (kind) => {
        const { status, body } = looked(
          await ask(operator.filesOrigin, shown(target, share, kind), { signal }),
        );
        return status === 403 ? undefined : `${status}, ${body.length} bytes`;
      });
    },
  };
}

/** @param headerBytes the size of one more header */
function atAppHost(name: string, assumed: string, target: string, headerBytes = 0): RemoteQuestion {
  return {
    ...{ name, assumed, otherwise: 'report it', needs: 'API Gateway' },
    async ask({ looked, operator, signal }) {
      const asker = createAsker(operator.appOrigin, signal);
      const headers = headerBytes === 0 ? {} : { 'x-probe': 'a'.repeat(headerBytes) };
      try {
        return inWords(looked(await asker.ask(target, { headers })));
      } finally {
        asker.close();
      }
    },
  };
}
