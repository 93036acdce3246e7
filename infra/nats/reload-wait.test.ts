import { describe, expect, it } from 'vitest';
import { parseReload } from './reload-wait.ts';

describe('parseReload()', () => {
  it.each([
    ['[INF] Reloaded: max_payload = 5000\n[INF] Reloaded server configuration (sha256:00)\n', 'reloaded'],
    ['[INF] Trapped "hangup" signal\n', undefined],
    ['', undefined],
  ])('%j', (log, outcome) => {
    expect(parseReload(log)).toBe(outcome);
  });

  it("returns the server's reason for a refusal", () => {
    const log = '[ERR] Failed to reload server configuration: config reload not supported for Host\n';
    expect(parseReload(log)).toEqual({ refused: 'config reload not supported for Host' });
  });
});
