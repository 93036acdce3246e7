import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryDirectory } from '../testing/temporary-directory.ts';
import { findWorkers, parseSettings } from './worker-folders.ts';

describe('findWorkers()', () => {
  it('finds the folders with a main.ts, by name', async () => {
    const root = await temporaryDirectory();
    for (const name of ['orders', 'greeter', 'not-yet'])
      await mkdir(join(root, 'workers', name), { recursive: true });
    await writeFile(join(root, 'workers', 'README.md'), '');
    await writeFile(join(root, 'workers', 'greeter', 'main.ts'), '');
    await writeFile(join(root, 'workers', 'orders', 'main.ts'), '');
    await writeFile(join(root, 'workers', 'orders', 'package.json'), '{"busline": {"replicas": 2}}');
    expect(await findWorkers(root)).toEqual([
      {
        name: 'greeter',
        entry: join(root, 'workers', 'greeter', 'main.ts'),
        replicas: 1,
        example: undefined,
      },
      { name: 'orders', entry: join(root, 'workers', 'orders', 'main.ts'), replicas: 2, example: undefined },
    ]);
  });

  it('finds none where there is no such folder', async () => {
    expect(await findWorkers(await temporaryDirectory())).toEqual([]);
  });
});

describe('parseSettings()', () => {
  it.each([
    ['{}', { replicas: 1, example: undefined }],
    ['{"busline": {"replicas": 0}}', { replicas: 0, example: undefined }],
    [
      '{"busline": {"example": {"path": "/v1/orders", "body": {"a": 1}}}}',
      { replicas: 1, example: { path: '/v1/orders', body: { a: 1 } } },
    ],
    [
      '{"busline": {"example": {"path": "/a", "body": {"a": 1}, "call": {"method": "a.Do"}}}}',
      { replicas: 1, example: { path: '/a', body: { a: 1 }, call: { method: 'a.Do', data: { a: 1 } } } },
    ],
    [
      '{"busline": {"example": {"path": "/a/x", "call": {"method": "a.Get", "data": {"name": "x"}}}}}',
      { replicas: 1, example: { path: '/a/x', call: { method: 'a.Get', data: { name: 'x' } } } },
    ],
    ['{"busline": {"example": {"path": "/v1/orders"}}}', { replicas: 1, example: { path: '/v1/orders' } }],
  ])('%s', (text, settings) => {
    expect(parseSettings(text, 'package.json')).toEqual(settings);
  });

  it.each([
    ['{', 'w/package.json is not JSON'],
    [
      '{"busline": {"replicas": "2"}}',
      'w/package.json: busline.replicas must be a whole number from 0 to 64',
    ],
    ['{"busline": {"replicas": -1}}', 'busline.replicas must be'],
    ['{"busline": {"replicas": 1.5}}', 'busline.replicas must be'],
    ['{"busline": {"example": {"path": "v1"}}}', 'w/package.json: busline.example needs a "path"'],
    ['{"busline": {"example": {"path": "/a", "call": "a.Do"}}}', 'busline.example.call needs a "method"'],
    ['{"busline": {"example": {"path": "/a", "call": {"method": "a; b"}}}}', 'busline.example.call needs'],
    ['{"busline": {"example": "curl"}}', 'busline.example needs a "path"'],
  ])('refuses %s', (text, message) => {
    expect(() => parseSettings(text, 'w/package.json')).toThrow(message);
  });
});
