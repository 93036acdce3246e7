import type { EdgeFixture } from './edge-fixture.ts';

/** What a call came to, told alike for every protocol. */
export interface CallOutcome {
  /** `OK`, or the canonical name of the code. */
  readonly code: string;
  readonly status: number;
  readonly header: (name: string) => string | null;
  /** The response message as JSON; undefined for an error. */
  readonly message: Record<string, unknown> | undefined;
  /** Text of the error. */
  readonly text: string | undefined;
  /** Reason of the error's ErrorInfo. */
  readonly reason: string | undefined;
}

/** Calls a method of test.guarded.v1.GuardedService in one protocol. */
export interface Caller {
  readonly protocol: string;
  call(
    method: string,
    headers?: Readonly<Record<string, string>>,
    question?: { readonly text?: string },
  ): Promise<CallOutcome>;
}

/** The same call in every protocol. */
export function everyCaller(edge: () => EdgeFixture): Caller[] {
  return [rest(edge), connect(edge)];
}

interface Detail {
  readonly '@type'?: string;
  readonly type?: string;
  readonly reason?: string;
  readonly debug?: { readonly reason?: string };
}

interface ErrorBody {
  readonly code?: string;
  readonly detail?: string;
  readonly message?: string;
  readonly details?: readonly Detail[];
}

function rest(edge: () => EdgeFixture): Caller {
  return {
    protocol: 'REST',
    async call(method, headers = {}, question = {}) {
      const response = await edge().request(`POST /v1/${method.toLowerCase()}`, {
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(question),
      });
      const body = (await response.json()) as ErrorBody & Record<string, unknown>;
      return outcome(response, {
        code: body.code,
        text: body.detail,
        reason: body.details?.find((detail) => detail['@type']?.endsWith('ErrorInfo'))?.reason,
        message: body,
      });
    },
  };
}

function connect(edge: () => EdgeFixture): Caller {
  return {
    protocol: 'Connect',
    async call(method, headers = {}, question = {}) {
      const response = await edge().request(`POST /test.guarded.v1.GuardedService/${method}`, {
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(question),
      });
      const body = (await response.json()) as ErrorBody & Record<string, unknown>;
      return outcome(response, {
        code: body.code?.toUpperCase(),
        text: body.message,
        reason: body.details?.find((detail) => detail.type === 'google.rpc.ErrorInfo')?.debug?.reason,
        message: body,
      });
    },
  };
}

interface Parts {
  readonly code: string | undefined;
  readonly text: string | undefined;
  readonly reason: string | undefined;
  readonly message: Record<string, unknown>;
}

function outcome(response: Response, { code, text, reason, message }: Parts): CallOutcome {
  const isGood = response.status === 200;
  return {
    code: isGood ? 'OK' : (code ?? 'none'),
    status: response.status,
    header: (name) => response.headers.get(name),
    message: isGood ? message : undefined,
    text: isGood ? undefined : text,
    reason,
  };
}
