import { describe, expect, it } from 'vitest';
import { readEventBody, readEventsBody } from './event-content.ts';

const body = (contentType: string, data: unknown) => ({
  contentType,
  data: Buffer.from(typeof data === 'string' ? data : JSON.stringify(data)),
});
const cloudEvent = { specversion: '1.0', id: 'e1', source: '/s', type: 'a.B' };

describe('readEventBody()', () => {
  it('takes the event alone as JSON or bytes, and nothing at all as an event without fields', () => {
    expect(readEventBody(body('Application/JSON; charset=utf-8', { a: 1 }))).toEqual({
      path: 'body',
      content: { kind: 'json', json: { a: 1 } },
      attributes: undefined,
    });
    expect(readEventBody(body('application/x-protobuf', 'x')).content).toEqual({
      kind: 'binary',
      bytes: Buffer.from('x'),
    });
    expect(readEventBody(body('', '')).content).toMatchObject({ kind: 'binary' });
  });

  it('takes a CloudEvent with its data as JSON, or as bytes of either kind', () => {
    const type = 'application/cloudevents+json';
    expect(readEventBody(body(type, { ...cloudEvent, data: { a: 1 }, flag: true, none: null }))).toEqual({
      path: 'body.data',
      content: { kind: 'json', json: { a: 1 } },
      attributes: {
        id: 'e1',
        source: '/s',
        type: 'a.B',
        time: undefined,
        others: { flag: 'true' },
      },
    });
    const base64 = (data: string, datacontenttype: string) =>
      readEventBody(
        body(type, {
          ...cloudEvent,
          datacontenttype,
          data_base64: Buffer.from(data).toString('base64'),
        }),
      ).content;
    expect(base64('x', 'application/protobuf')).toEqual({ kind: 'binary', bytes: Buffer.from('x') });
    expect(base64('{"a":1}', 'application/json')).toEqual({ kind: 'json', json: { a: 1 } });
  });

  it.each<[contentType: string, data: unknown, why: string]>([
    ['text/plain', 'x', 'the content type is not supported'],
    ['', 'x', 'no content type is given'],
    ['application/json', '{', 'not JSON'],
    ['application/cloudevents+json', [], 'a CloudEvent is a JSON object, not an array'],
    ['application/cloudevents+json', { id: 'x', type: 'a.B' }, 'needs "specversion"'],
    ['application/cloudevents+json', { ...cloudEvent, data: {}, data_base64: '' }, 'not both'],
    ['application/cloudevents+json', { ...cloudEvent, data_base64: 'eA==' }, 'needs the datacontenttype'],
    ['application/cloudevents+json', { ...cloudEvent, place: {} }, 'attribute place must be a string'],
  ])('refuses %s: %j', (contentType, data, why) => {
    expect(() => readEventBody(body(contentType, data))).toThrow(why);
  });
});

describe('readEventsBody()', () => {
  it('names the event of a batch that cannot be read', () => {
    const batch = body('application/cloudevents-batch+json', [cloudEvent, { ...cloudEvent, time: 'x' }]);
    expect(() => readEventsBody(batch)).toThrow(/event 1: time "x"/);
  });

  it('says where each message stands', () => {
    const batch = body('application/cloudevents-batch+json', [cloudEvent, cloudEvent]);
    expect(readEventsBody(batch).map(({ path }) => path)).toEqual(['body[0].data', 'body[1].data']);
  });
});
