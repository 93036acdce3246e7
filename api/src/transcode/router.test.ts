import { describe, expect, it } from 'vitest';
import { parsePathTemplate } from './path-template.ts';
import { createRouter, type RouterBuilder } from './router.ts';

/** A router whose values are the routes as written: "GET /v1/{id}". */
function routerOf(...routes: string[]): RouterBuilder<string> {
  const router = createRouter<string>();
  for (const route of routes) {
    const [httpMethod = '', template = ''] = route.split(' ');
    expect(router.add(httpMethod, parsePathTemplate(template), route)).toBeUndefined();
  }
  return router;
}

/** The route found, the allowed methods, or "unknown". */
function answer(router: RouterBuilder<string>, request: string): string {
  const [httpMethod = '', path = ''] = request.split(' ');
  const match = router.match(httpMethod, path);
  switch (match.kind) {
    case 'found':
      return match.value;
    case 'wrong-method':
      return `allow ${match.allow.join(', ')}`;
    case 'unknown':
      return 'unknown';
  }
}

describe('match()', () => {
  const router = routerOf(
    'GET /v1/orders',
    'POST /v1/orders',
    'GET /v1/orders/{id}',
    'DELETE /v1/orders/{id}',
    'GET /v1/orders/latest',
    'POST /v1/orders/{id}:cancel',
    'POST /v1/orders:search',
    'GET /v1/{parent=shelves/*}/books',
    'GET /v1/{name=shelves/*/books/*}',
    'GET /v1/files/{path=**}',
    'POST /v1/files/{path=**}:copy',
    'GET /v1/files/special/{x}',
    'GET /v1/caf%C3%A9',
    'LOCK /v1/locks/{id}',
    '* /v1/any/{id}',
    'PUT /v1/any/{id}',
    'HEAD /v1/heads',
    'GET /v1/heads',
  );

  it.each([
    ['GET /v1/orders', 'GET /v1/orders'],
    ['POST /v1/orders', 'POST /v1/orders'],
    ['GET /v1/orders/7', 'GET /v1/orders/{id}'],
    ['GET /v1/orders/a%2Fb', 'GET /v1/orders/{id}'],
    // literal before *
    ['GET /v1/orders/latest', 'GET /v1/orders/latest'],
    // the literal path does not know DELETE, the variable one does
    ['DELETE /v1/orders/latest', 'DELETE /v1/orders/{id}'],
    ['POST /v1/orders/7:cancel', 'POST /v1/orders/{id}:cancel'],
    ['POST /v1/orders:search', 'POST /v1/orders:search'],
    // a verb is split at the last colon only
    ['POST /v1/orders/a:b:cancel', 'POST /v1/orders/{id}:cancel'],
    // no template of this path has the verb: the colon belongs to the segment
    ['GET /v1/orders/a:b', 'GET /v1/orders/{id}'],
    ['GET /v1/orders/a:search', 'GET /v1/orders/{id}'],
    // an encoded colon is never a verb
    ['GET /v1/orders/7%3Acancel', 'GET /v1/orders/{id}'],
    // a known verb under the wrong HTTP method is not an id
    ['GET /v1/orders/7:cancel', 'allow POST'],
    ['GET /v1/shelves/1/books', 'GET /v1/{parent=shelves/*}/books'],
    ['GET /v1/shelves/1/books/2', 'GET /v1/{name=shelves/*/books/*}'],
    ['GET /v1/files/a/b/c', 'GET /v1/files/{path=**}'],
    // ** is zero or more
    ['GET /v1/files', 'GET /v1/files/{path=**}'],
    ['GET /v1/files/', 'GET /v1/files/{path=**}'],
    ['GET /v1/files/a//b', 'GET /v1/files/{path=**}'],
    ['POST /v1/files/a/b:copy', 'POST /v1/files/{path=**}:copy'],
    // * before **, and back to ** when the * branch leads nowhere
    ['GET /v1/files/special/1', 'GET /v1/files/special/{x}'],
    ['GET /v1/files/special/1/2', 'GET /v1/files/{path=**}'],
    ['GET /v1/caf%c3%a9', 'GET /v1/caf%C3%A9'],
    ['GET /v1/%6Frders', 'GET /v1/orders'],
    ['LOCK /v1/locks/1', 'LOCK /v1/locks/{id}'],
    ['DELETE /v1/any/1', '* /v1/any/{id}'],
    ['PUT /v1/any/1', 'PUT /v1/any/{id}'],
    ['HEAD /v1/orders', 'GET /v1/orders'],
    ['HEAD /v1/heads', 'HEAD /v1/heads'],
    ['PUT /v1/orders', 'allow GET, HEAD, POST'],
    // every template that matches the path counts
    ['PUT /v1/orders/latest', 'allow DELETE, GET, HEAD'],
    ['HEAD /v1/locks/1', 'allow LOCK'],
    ['GET /', 'unknown'],
    ['GET /v1', 'unknown'],
    ['GET /v1/orders/', 'unknown'],
    ['GET /v1//orders', 'unknown'],
    ['GET /v1/orders/1/2', 'unknown'],
    ['GET /v2/orders', 'unknown'],
    ['GET /v1/shelves/1', 'unknown'],
    ['GET /v1/orders/%FF', 'GET /v1/orders/{id}'],
  ])('%s', (request, expected) => {
    expect(answer(router, request)).toBe(expected);
  });

  it('gives the raw segments, the verb taken off', () => {
    expect(router.match('POST', '/v1/files/a%2Fb/c:copy')).toMatchObject({
      segments: ['v1', 'files', 'a%2Fb', 'c'],
    });
  });
});

describe('add()', () => {
  it.each([
    ['GET /v1/{a}', 'GET /v1/{b}'],
    ['GET /v1/{a}', 'GET /v1/*'],
    ['GET /v1/{a=x/*}', 'GET /v1/x/{b}'],
    ['GET /v1/{a=**}', 'GET /v1/**'],
    ['POST /v1/{a}:go', 'POST /v1/{b=*}:go'],
    ['GET /v1/caf%C3%A9', 'GET /v1/caf%c3%a9'],
  ])('reports that %s answers the same as %s', (first, second) => {
    const router = routerOf(first);
    const [httpMethod = '', template = ''] = second.split(' ');
    expect(router.add(httpMethod, parsePathTemplate(template), second)).toBe(first);
    expect(
      answer(
        router,
        first
          .replace(/\{.*\}/, 'x')
          .replace('**', 'x')
          .replace('*', 'x'),
      ),
    ).not.toBe(second);
  });

  it.each([
    ['GET /v1/{a}', 'POST /v1/{a}'],
    ['GET /v1/{a}', 'GET /v1/{a}:go'],
    ['GET /v1/{a}', 'GET /v1/x'],
    ['GET /v1/{a}', 'GET /v1/{a=**}'],
  ])('takes %s beside %s', (first, second) => {
    expect(() => routerOf(first, second)).not.toThrow();
  });
});
