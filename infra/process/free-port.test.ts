import { createServer } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { findFreePort, isPortFree } from './free-port.ts';

describe('findFreePort()', () => {
  it('finds one below the range of outgoing connections', async () => {
    const port = await findFreePort();
    expect(port).toBeGreaterThanOrEqual(20_000);
    expect(port).toBeLessThan(32_000);
    expect(await isPortFree(port)).toBe(true);
  });
});

describe('isPortFree()', () => {
  it('is false while something listens', async () => {
    const port = await findFreePort();
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
    onTestFinished(() => {
      server.close();
    });
    expect(await isPortFree(port)).toBe(false);
  });

  it('rejects for an address that is not of this machine', async () => {
    await expect(isPortFree(4222, '192.0.2.1')).rejects.toThrow('EADDRNOTAVAIL');
  });
});
