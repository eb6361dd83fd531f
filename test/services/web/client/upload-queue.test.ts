import t from 'tap';
import { inNode } from '../in-node.ts';

const { createUploadQueue } = await inNode('client/upload-queue.ts');

interface Sent {
  resolve(stored: object): void;
  reject(error: unknown): void;
  onProgress(part: number): void;
}

interface Options {
  name: string;
  replace?: boolean;
  signal: AbortSignal;
  onProgress: (part: number) => void;
}

/** A queue whose folder answers when the test says so. */
function open() {
  const told: string[] = [];
  const sent = new Map<string, Sent>();
  const upload = (file: string, { name, replace, signal, onProgress }: Options) => {
    told.push(['send', file, name, ...(replace === undefined ? [] : [replace])].join(' '));
    return new Promise((resolve, reject) => {
      sent.set(name, { resolve, reject, onProgress });
      signal.addEventListener('abort', () => {
        told.push(`stop ${name}`);
        reject('stopped');
      });
    });
  };
  const folder = { files: { upload } };
  const queue = createUploadQueue();
  const add = (names: string, options?: object) => {
    const named = [...names].map((name) => ({ file: `file-${name}`, name }));
    queue.add(folder, named, options).then(() => told.push(`${names} ended`));
  };
  const news = async () => {
    for (let turn = 0; turn < 20; turn++) await undefined;
    const state = queue.getSnapshot().map((each: { [key: string]: string }) => {
      const { id, name, status, progress, stored, error } = each;
      return [`${id}${name}`, status, progress, stored && JSON.stringify(stored), error]
        .filter((part) => part !== undefined)
        .join(' ');
    });
    return [...told.splice(0), state.join(' / ')].join(', ');
  };
  return { queue, add, sent: (name: string) => sent.get(name), told, news };
}

t.test('files are sent some at once, until each has ended', async (t) => {
  const { queue, add, sent, told, news } = open();
  let changes = 0;
  const leave = queue.subscribe(() => changes++);
  const count = () => told.push(`${changes} changes`);
  for (const [index, [act, wanted]] of (
    [
      [() => add(''), ' ended, '],
      [() => add('ab', { replace: true }), '1a waiting 0 / 2b waiting 0'],
      [() => queue.setConcurrency(2), 'send file-a a true, send file-b b true, 1a sending 0 / 2b sending 0'],
      [() => add('cd'), '1a sending 0 / 2b sending 0 / 3c waiting 0 / 4d waiting 0'],
      [() => sent('a')?.onProgress(0.5), '1a sending 0.5 / 2b sending 0 / 3c waiting 0 / 4d waiting 0'],
      [
        () => sent('b')?.resolve({ url: '/b' }),
        'send file-c c, 1a sending 0.5 / 2b done 1 {"url":"/b"} / 3c sending 0 / 4d waiting 0',
      ],
      [
        () => sent('a')?.reject('no'),
        'ab ended, send file-d d, 1a failed 0.5 no / 2b done 1 {"url":"/b"} / 3c sending 0 / 4d sending 0',
      ],
      [() => queue.retry(2), '1a failed 0.5 no / 2b done 1 {"url":"/b"} / 3c sending 0 / 4d sending 0'],
      [() => queue.retry(9), '1a failed 0.5 no / 2b done 1 {"url":"/b"} / 3c sending 0 / 4d sending 0'],
      [() => queue.retry(1), '1a waiting 0.5 no / 2b done 1 {"url":"/b"} / 3c sending 0 / 4d sending 0'],
      [
        () => sent('c')?.onProgress(1),
        '1a waiting 0.5 no / 2b done 1 {"url":"/b"} / 3c sending 1 / 4d sending 0',
      ],
      [
        () => queue.cancel(3),
        'stop c, send file-a a true, 1a sending 0 / 2b done 1 {"url":"/b"} / 4d sending 0',
      ],
      [() => sent('c')?.onProgress(0.2), '1a sending 0 / 2b done 1 {"url":"/b"} / 4d sending 0'],
      [() => sent('d')?.reject('no'), 'cd ended, 1a sending 0 / 2b done 1 {"url":"/b"} / 4d failed 0 no'],
      [
        () => queue.retry(4, { replace: true }),
        'send file-d d true, 1a sending 0 / 2b done 1 {"url":"/b"} / 4d sending 0',
      ],
      [
        () => sent('a')?.resolve({ url: '/a' }),
        '1a done 1 {"url":"/a"} / 2b done 1 {"url":"/b"} / 4d sending 0',
      ],
      [() => queue.cancel(9), '1a done 1 {"url":"/a"} / 2b done 1 {"url":"/b"} / 4d sending 0'],
      [() => queue.setConcurrency(1), '1a done 1 {"url":"/a"} / 2b done 1 {"url":"/b"} / 4d sending 0'],
      [
        () => add('efg'),
        '1a done 1 {"url":"/a"} / 2b done 1 {"url":"/b"} / 4d sending 0 / 5e waiting 0 / 6f waiting 0 / 7g waiting 0',
      ],
      [
        () => queue.cancel(6),
        '1a done 1 {"url":"/a"} / 2b done 1 {"url":"/b"} / 4d sending 0 / 5e waiting 0 / 7g waiting 0',
      ],
      [
        () => queue.setConcurrency(3),
        'send file-e e, send file-g g, 1a done 1 {"url":"/a"} / 2b done 1 {"url":"/b"} / 4d sending 0 / 5e sending 0 / 7g sending 0',
      ],
      [
        count,
        '25 changes, 1a done 1 {"url":"/a"} / 2b done 1 {"url":"/b"} / 4d sending 0 / 5e sending 0 / 7g sending 0',
      ],
      [leave, '1a done 1 {"url":"/a"} / 2b done 1 {"url":"/b"} / 4d sending 0 / 5e sending 0 / 7g sending 0'],
      [() => queue.stop(), 'stop a, stop a, stop b, stop d, stop d, stop e, stop g, efg ended, '],
      [count, '25 changes, '],
      [() => add('h'), 'send file-h h, 8h sending 0'],
    ] as [() => unknown, string][]
  ).entries()) {
    act();
    const now = await news();
    t.equal(now, wanted, `${index} ${act}`);
  }
});
