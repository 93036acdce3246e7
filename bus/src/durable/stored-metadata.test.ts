import { describe, expect, it } from 'vitest';
import { storedMetadata } from './stored-metadata.ts';

describe('storedMetadata()', () => {
  it('keeps what the handler may ask for, and the trace apart', () => {
    expect(
      storedMetadata([
        ['X-Colour', 'red'],
        ['traceparent', '00-a-b-01'],
        ['Tracestate', 'v=1'],
        ['data-bin', 'AAE='],
      ]),
    ).toEqual({
      fields: [
        { name: 'x-colour', value: 'red' },
        { name: 'data-bin', value: 'AAE=' },
      ],
      traceparent: '00-a-b-01',
      tracestate: 'v=1',
    });
  });

  it.each(['Authorization', 'x-api-key', 'Cookie', 'Proxy-Authorization', 'Prefer', 'Idempotency-Key'])(
    'leaves out %s',
    (name) => {
      expect(storedMetadata([[name, 'secret']]).fields).toEqual([]);
    },
  );
});
