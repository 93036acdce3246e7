import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Answer, Sending } from './system/http-client.ts';
import { type System, startSystem } from './system/start-system.ts';

const maxBodyBytes = 65_536;

let system: System;
beforeAll(async () => {
  system = await startSystem({ env: { MAX_BODY_BYTES: String(maxBodyBytes) } });
});
afterAll(async () => {
  await system?.stop();
});

const tea = { sku: 'tea', quantity: 1 };
const fine = { customerId: 'ada', lines: [tea], paymentToken: 'tok_visa' };
const as = (type: string, body: string | Uint8Array): Sending => ({
  body,
  headers: { 'content-type': type },
});
const json = (text: string) => as('application/json', text);
const order = (more: object) => json(JSON.stringify({ ...fine, ...more }));
const line = (more: object) => order({ lines: [{ ...tea, ...more }] });
const proto = (...bytes: number[]) => as('application/proto', Uint8Array.from(bytes));
const tooLarge = order({ orderId: 'x'.repeat(maxBodyBytes) });

/** What no answer may contain: frames of a stack, paths, names of the code's own errors. */
const inside = /\bat .+:\d+:\d+|node_modules|file:\/\/|\.ts\b|TypeError|SyntaxError/;

interface Refusal {
  readonly status: number;
  readonly code: string | undefined;
  readonly says: RegExp;
}

/** The answer refuses precisely and safely, and the next request works. */
async function expectRefusal(answer: Answer, { status, code, says }: Refusal): Promise<void> {
  expect([answer.status, (answer.json as { code?: string } | undefined)?.code]).toEqual([status, code]);
  expect(answer.text).toMatch(says);
  expect(answer.text).not.toMatch(inside);
  expect(answer.headers.get('x-request-id')).toMatch(/^[0-9a-f]{32}$/);
  const next = await system.send('POST /v1/orders', { body: fine });
  expect(next).toMatchObject({ status: 200, json: { state: 'ORDER_STATE_CONFIRMED' } });
}

describe('bad input by REST', () => {
  it.each([
    ['broken JSON', json('{"customerId":'), 400, /not JSON at line 1 column 15 in customerId/],
    ['two JSON values', json('{} {}'), 400, /not JSON at line 1 column 4/],
    ['no object', json('[1]'), 400, /expected an object, got an array/],
    ['text for a number', line({ quantity: 'many' }), 400, /lines\[0\]\.quantity: expected a 32-bit integer/],
    ['a fraction for an integer', line({ quantity: 1.5 }), 400, /lines\[0\]\.quantity: .*fraction/],
    ['a number out of range', line({ quantity: 2 ** 31 }), 400, /lines\[0\]\.quantity: /],
    ['an object for a list', order({ lines: {} }), 400, /lines: expected an array, got an object/],
    ['an unknown field', order({ colour: 'red' }), 400, /colour: there is no such field/],
    ['an unknown field deep inside', line({ size: 2 }), 400, /lines\[0\]\.size: there is no such field/],
    ['a field twice', json('{"customerId":"ada","customer_id":"bob"}'), 400, /customer_id/],
    ['a rule for one field', line({ quantity: 0 }), 400, /lines\[0\]\.quantity: must be greater than/],
    ['a rule over several fields', order({ lines: [tea, tea] }), 400, /lines must name each sku once/],
    ['an empty body', json(''), 400, /customer_id: .*lines: .*payment_token: /],
    ['the wrong content type', as('text/xml', '<order/>'), 415, /use application\/json/],
  ])('%s in the body', async (_, sending, status, says) => {
    await expectRefusal(await system.send('POST /v1/orders', sending), {
      status,
      code: 'INVALID_ARGUMENT',
      says,
    });
  });

  it('a body over the limit', async () => {
    const answer = await system.send('POST /v1/orders', tooLarge);
    await expectRefusal(answer, {
      status: 413,
      code: 'RESOURCE_EXHAUSTED',
      says: /larger than the limit of 65536 bytes/,
    });
  });

  it.each([
    ['GET /v1/orders/%zz', /the path is not percent-encoded/],
    ['GET /v1/orders/%ff', /order_id: not percent-encoded UTF-8/],
    ['GET /v1/orders/%2f', /order_id: does not match/],
    ['GET /v1/stock/TEA', /sku: does not match/],
    ['GET /v1/orders?customer_id=%zz', /customer_id: the value is not percent-encoded UTF-8/],
    ['GET /v1/orders?customer=ada', /customer: there is no such parameter/],
    ['GET /v1/orders?page_size=many', /page_size: expected a 32-bit integer/],
    ['GET /v1/orders?page_size=1&page_size=2', /page_size/],
    ['GET /v1/orders?page_size=-1', /page_size: must be greater than or equal to 0/],
  ])('%s', async (target, says) => {
    await expectRefusal(await system.send(target), { status: 400, code: 'INVALID_ARGUMENT', says });
  });

  it.each([
    ['DELETE /v1/orders', 405, /use GET, HEAD, POST/],
    ['GET /v1/nothing', 404, /no running worker has announced/],
  ])('%s', async (target, status, says) => {
    await expectRefusal(await system.send(target), { status, code: 'UNIMPLEMENTED', says });
  });

  it('says where in the body the fault is, for programs', async () => {
    const { json } = await system.send('POST /v1/orders', line({ quantity: 'many' }));
    expect(json).toMatchObject({
      errors: [{ pointer: '#/lines/0/quantity', detail: expect.stringContaining('32-bit integer') }],
    });
  });
});

describe('bad input by Connect', () => {
  const procedure = 'POST /orders.v1.OrderService/PlaceOrder';

  it.each([
    ['broken JSON', json('{"customerId":'), 400, 'invalid_argument', /not JSON at line 1 column 15/],
    ['a number for text', order({ customerId: 7 }), 400, 'invalid_argument', /customerId: expected a string/],
    ['an unknown field', order({ colour: 'red' }), 400, 'invalid_argument', /colour: there is no such/],
    ['a rule of the contract', order({ customerId: '' }), 400, 'invalid_argument', /customer_id: does not/],
    ['an empty JSON body', json(''), 400, 'invalid_argument', /not JSON at line 1 column 1/],
    ['JSON over the limit', tooLarge, 429, 'resource_exhausted', /limit of 65536 bytes/],
    // No request of Connect's, so the answer is one of plain HTTP, which has no code.
    ['the wrong content type', as('text/plain', 'x'), 415, undefined, /application\/proto/],
    ['bytes cut off', proto(0x12, 0x7f, 0x61), 400, 'invalid_argument', /orders\.v1\.PlaceOrderRequest/],
    ['no wire type', proto(0x17), 400, 'invalid_argument', /orders\.v1\.PlaceOrderRequest/],
    ['a rule, in bytes', proto(0x12, 0x01, 0x61), 400, 'invalid_argument', /lines: must contain at least 1/],
    ['no bytes at all', proto(), 400, 'invalid_argument', /customer_id: does not match/],
    ['bytes over the limit', proto(...Array<number>(maxBodyBytes + 1)), 429, 'resource_exhausted', /65536/],
  ])('%s', async (_, sending, status, code, says) => {
    await expectRefusal(await system.send(procedure, sending), { status, code, says });
  });

  it('a deadline that is none', async () => {
    const sending = { body: fine, headers: { 'connect-timeout-ms': 'soon' } };
    const answer = await system.send(procedure, sending);
    await expectRefusal(answer, {
      status: 400,
      code: 'invalid_argument',
      says: /connect-timeout-ms must be a number/,
    });
  });

  it('a method that does not exist', async () => {
    const answer = await system.send('POST /orders.v1.OrderService/Refund', json('{}'));
    await expectRefusal(answer, {
      status: 404,
      code: 'unimplemented',
      says: /no running worker has announced/,
    });
  });
});
