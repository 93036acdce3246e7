import { describe, expect, it } from 'vitest';
import { isPortFree } from '../process/free-port.ts';
import { choosePort } from './choose-port.ts';

describe('choosePort()', () => {
  it.each([
    ['the wanted one when it is free', [], 8080],
    ['the next one when it is taken', [8080], 8081],
    ['the next that is free', [8080, 8081, 8082], 8083],
  ])('takes %s', async (_case, taken, port) => {
    expect(await choosePort(8080, { isFree: async (candidate) => !taken.includes(candidate) })).toBe(port);
  });

  it('passes over a port that is promised to another', async () => {
    expect(await choosePort(8080, { promised: [8080], isFree: async () => true })).toBe(8081);
  });

  it('takes any free one for 0', async () => {
    expect(await isPortFree(await choosePort(0))).toBe(true);
  });

  it.each([
    [8080, 'no port from 8080 to 8130 is free'],
    [65_530, 'no port from 65530 to 65535 is free'],
  ])('gives up above %i', async (wanted, message) => {
    await expect(choosePort(wanted, { isFree: async () => false })).rejects.toThrow(message);
  });
});
