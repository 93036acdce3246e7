import { createHash, randomBytes } from 'node:crypto';
import type { Identity } from '../policy/identity.ts';

/** Whose operation, and which: it is found by both, so that nobody finds another's. */
export interface OperationRef {
  /** `ownerToken` of whoever made the call. */
  readonly owner: string;
  readonly id: string;
}

const anonymous = 'anonymous';

/** Stands for a caller in keys and subjects. All callers that nobody knows are one. */
export function ownerToken(identity: Identity | undefined): string {
  if (identity === undefined) return anonymous;
  return digest(identity.issuer, identity.subject);
}

export function newOperationId(): string {
  return randomBytes(16).toString('hex');
}

/** The id that follows from an idempotency key: the same for the same caller, method and key, and for no other. */
export function keyedOperationId(owner: string, method: string, key: string): string {
  return digest(owner, method, key);
}

const namePrefix = 'operations/';

/** The name of an operation by AIP-151. */
export function operationName(id: string): string {
  return namePrefix + id;
}

/** The id in a name; undefined for what is no name of an operation. */
export function readOperationName(name: string): string | undefined {
  const id = name.startsWith(namePrefix) ? name.slice(namePrefix.length) : '';
  return idShape.test(id) ? id : undefined;
}

/** Key of its record. */
export function recordKey({ owner, id }: OperationRef): string {
  return `${owner}.${id}`;
}

/** The two in one token of a subject. */
export function refToken({ owner, id }: OperationRef): string {
  return `${owner}-${id}`;
}

/** Reads what `refToken` wrote; undefined for anything else. */
export function readRefToken(token: string): OperationRef | undefined {
  const [owner, id, ...rest] = token.split('-');
  if (owner === undefined || id === undefined || rest.length > 0) return undefined;
  return (owner === anonymous || idShape.test(owner)) && idShape.test(id) ? { owner, id } : undefined;
}

const idShape = /^[0-9a-f]{32}$/;

/** 128 bits of SHA-256. Each part is hashed for itself, so that no two lists of parts are one text. */
function digest(...parts: readonly string[]): string {
  const whole = createHash('sha256');
  for (const part of parts) whole.update(createHash('sha256').update(part).digest());
  return whole.digest('hex').slice(0, 32);
}
