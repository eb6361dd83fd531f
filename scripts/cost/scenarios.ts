import { type Habits, VISITS } from './usage.ts';

export interface Scenario {
  title: string;
  people: number;
  habits: Habits;
}

/** The answer that most people look for comes first. */
export const SCENARIOS = {
  asked: {
    title: '1,000 users with 10 GB each',
    people: 1_000,
    habits: {
      ...VISITS,
      ...{ uploads: 512, views: 5_120, fileKilobytes: 2_048, storedGigabytes: 10, deletedGigabytes: 1 },
    },
  },
  idle: {
    title: 'idle',
    people: 0,
    habits: {
      ...VISITS,
      ...{ uploads: 0, views: 0, fileKilobytes: 0, storedGigabytes: 0, deletedGigabytes: 0 },
    },
  },
  small: {
    title: '20 users with 1 GB each',
    people: 20,
    habits: {
      ...VISITS,
      ...{ uploads: 20, views: 500, fileKilobytes: 2_048, storedGigabytes: 1, deletedGigabytes: 0.1 },
    },
  },
  large: {
    title: 'a million users with 50 MB each',
    people: 1_000_000,
    habits: {
      ...VISITS,
      ...{
        uploads: 2,
        views: 1_000,
        fileKilobytes: 50,
        storedGigabytes: 50 / 1_024,
        deletedGigabytes: 0.001,
      },
    },
  },
} satisfies Record<string, Scenario>;
