import { GreetService } from '@busline/schemas/greet/v1/greet';
import { createContextKey } from '@connectrpc/connect';
import { describe, expect, it } from 'vitest';
import type { Cancellable } from '../../scope/call-scope.ts';
import { encodeRequestHead, readRequestEnvelope } from '../../wire/request.ts';
import { ServerCall } from './server-call.ts';

function serverCall(timeoutMs = 1_000): ServerCall {
  const head = encodeRequestHead({
    timeoutMs,
    traceparent: '00-aa-bb-01',
    tracestate: 'v=1',
    metadata: [['X-Tenant', 'acme']],
  });
  return new ServerCall({
    method: GreetService.method.sayHello,
    replySubject: '_INBOX.a.1',
    head,
    body: new Uint8Array(0),
    envelope: readRequestEnvelope(head),
    receivedAtMs: performance.now(),
    timeoutMs,
  });
}

function child(): Cancellable & { readonly reasons: unknown[] } {
  const reasons: unknown[] = [];
  return { reasons, cancel: (reason) => reasons.push(reason) };
}

const gone = new Error('the caller is gone');

describe('ServerCall', () => {
  it('tells the handler what it runs in', () => {
    const call = serverCall();
    expect(call.service).toBe(GreetService);
    expect(call.method.name).toBe('SayHello');
    expect(call.url).toBe('nats:///greet.v1.GreetService/SayHello');
    expect(call.traceparent).toBe('00-aa-bb-01');
    expect(call.tracestate).toBe('v=1');
    expect(call.requestHeader.get('x-tenant')).toBe('acme');
    expect(call.requestHeader).toBe(call.requestHeader);
  });

  it('counts its deadline down, to 0 at the least', () => {
    expect(serverCall().timeoutMs()).toBeGreaterThan(0);
    expect(serverCall().timeoutMs()).toBeLessThanOrEqual(1_000);
    expect(serverCall(-5).timeoutMs()).toBe(0);
  });

  it('makes response metadata only for a handler that asks for it', () => {
    const call = serverCall();
    expect(call.responseMetadata).toBeUndefined();
    call.responseTrailer.set('cost', '3');
    expect(call.responseMetadata?.responseHeader).toBeUndefined();
    expect(call.responseMetadata?.responseTrailer?.get('cost')).toBe('3');
    expect(call.responseHeader).toBe(call.responseMetadata?.responseHeader);
  });

  it('keeps context values', () => {
    const key = createContextKey('nobody');
    const call = serverCall();
    call.values.set(key, 'ada');
    expect(call.values.get(key)).toBe('ada');
  });

  it('aborts a signal that was taken before', () => {
    const call = serverCall();
    const { signal } = call;
    expect(signal.aborted).toBe(false);
    call.abort(gone);
    expect(signal.reason).toBe(gone);
  });

  it('gives an aborted signal to whoever asks later', () => {
    const call = serverCall();
    call.abort(gone);
    expect(call.signal.aborted).toBe(true);
    expect(call.signal.reason).toBe(gone);
  });

  it('is aborted once: the first reason stands', () => {
    const call = serverCall();
    call.abort(gone);
    call.abort(new Error('later'));
    expect(call.signal.reason).toBe(gone);
  });

  it('cancels the calls its handler has under way', () => {
    const call = serverCall();
    const [running, finished] = [child(), child()];
    call.adopt(running);
    call.adopt(finished);
    call.release(finished);
    call.abort(gone);
    call.abort(gone);
    expect(running.reasons).toEqual([gone]);
    expect(finished.reasons).toEqual([]);
  });

  it('cancels all of them, although a cancelled call releases itself', () => {
    const call = serverCall();
    const cancelled: string[] = [];
    for (const name of ['a', 'b', 'c']) {
      const self: Cancellable = {
        cancel() {
          cancelled.push(name);
          call.release(self);
        },
      };
      call.adopt(self);
    }
    call.abort(gone);
    expect(cancelled).toEqual(['a', 'b', 'c']);
  });

  it('cancels at once a call that begins after its end', () => {
    const call = serverCall();
    call.abort(gone);
    const late = child();
    call.adopt(late);
    expect(late.reasons).toEqual([gone]);
  });
});
