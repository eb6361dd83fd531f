import { createRecorder } from './recorder.ts';
import type { Report } from './report.ts';
import { SCENARIOS } from './scenarios.ts';
import { judge, metricsOf, readThresholds } from './thresholds.ts';

/** Four seconds with a hundred requests each, and one fault whose text looks like HTML. */
export function exampleReport(): Report {
  const clock = { nowMs: 0 };
  const recorder = createRecorder(() => clock.nowMs);
  for (let index = 0; index < 400; index++) {
    clock.nowMs += 10;
    recorder.request(
      index % 10 === 0 ? 304 : 200,
      100,
      index % 4 === 0 ? 'Miss from cloudfront' : 'Hit from cloudfront',
    );
    recorder.time('unit', 1 + index);
    recorder.time('service', 1 + index / 2);
  }
  recorder.fault('wrongBytes', '</table><script>alert(1)</script> "\'&');
  const recorded = recorder.result();
  const metrics = metricsOf(recorded, 'time');
  return {
    name: 'steady',
    scenario: SCENARIOS.steady,
    target: 'http://localhost:8080',
    on: '2026-11-25T00:00:00.000Z',
    machine: 'this one',
    seed: 1,
    ending: 'time',
    verdicts: judge(metrics, readThresholds('steady')),
    metrics,
    recorded,
  };
}
