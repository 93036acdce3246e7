/**
 * Subjects of the bus (docs/protocol.md, "Subjects").
 *
 * The second token separates the spaces, so that a queue subscription on a service can never also match
 * a frame meant for one instance.
 *
 *     <prefix>.u.<package>.<Service>.<Method>   a call, taken by one member of the queue group
 *     <prefix>.m.<package>.<Service>.<Method>   a bundle of calls, likewise
 *     <prefix>.b.<package>.<Service>.<verb>     a notice to every instance of the service
 *     <prefix>.b.<package>.<Service>.contract.<digest>  nothing: who serves by this contract subscribes to it
 *     <prefix>.i.<instance>.<verb>              a notice to one instance
 *     <prefix>.i.<instance>.c.<package>.<Service>.<Method>  a call to one instance
 *     <prefix>.i.<instance>.s.<number>          packets of a stream at one instance
 */
export interface SubjectSpace {
  /** Subject of a method: it contains the full name of the method, so that logs, CLI and `.proto` share one string. */
  method(service: string, method: string): string;
  /** Subject of bundles of calls to a method. */
  bundle(service: string, method: string): string;
  /** Subject on which every instance of `service` hears `verb`. */
  broadcast(service: string, verb: BroadcastVerb): string;
  /** Subscription that hears every broadcast verb of `service`. */
  broadcasts(service: string): string;
  /** Subject to which every instance subscribes that serves `service` by the contract `digest`: the broker then knows whether there is one. */
  contract(service: string, digest: string): string;
  /** Subject on which one instance hears `verb`. */
  instance(instance: string, verb: InstanceVerb): string;
  /** Subject of calls of a method to one instance. */
  direct(instance: string, service: string, method: string): string;
  /** Subject of packets for the stream `number` at `instance`. */
  stream(instance: string, number: number): string;
  /** Subscription that hears every verb, and every stream, of `instance`. */
  instances(instance: string): string;
}

/** `cancel`: stop the named calls. `who`: which of the named calls do you hold? */
export type BroadcastVerb = 'cancel' | 'who';

/** `cancel`: stop the named calls. `probe`: nobody answers; the broker does, with 503, when the instance is gone. */
export type InstanceVerb = 'cancel' | 'probe';

/** Instance in the subject of a stream at a worker; undefined when it is none. */
export function instanceOfSubject(subject: string): string | undefined {
  const tokens = subject.split('.');
  return tokens.at(-2) === 's' ? tokens.at(-3) : undefined;
}

/** Stands before the method in the subject of a call to one instance. */
export const directPrefix = 'c.';

const token = /^[A-Za-z0-9_-]+$/;
const dotted = /^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/;

/**
 * Builds the subjects below `prefix` (default `rpc`).
 *
 * @throws TypeError when the prefix is not a dotted list of `[A-Za-z0-9_-]` tokens: a wildcard or a space in
 * it would silently subscribe to something else.
 */
export function subjectSpace(prefix: string): SubjectSpace {
  if (!dotted.test(prefix)) {
    throw new TypeError(
      `subject prefix "${prefix}" must be dot-separated tokens of letters, digits, - and _`,
    );
  }
  return {
    method: (service, method) => `${prefix}.u.${service}.${method}`,
    bundle: (service, method) => `${prefix}.m.${service}.${method}`,
    broadcast: (service, verb) => `${prefix}.b.${service}.${verb}`,
    broadcasts: (service) => `${prefix}.b.${service}.*`,
    contract: (service, digest) => `${prefix}.b.${service}.contract.${digest}`,
    instance: (instance, verb) => `${prefix}.i.${instance}.${verb}`,
    direct: (instance, service, method) => `${prefix}.i.${instance}.${directPrefix}${service}.${method}`,
    stream: (instance, number) => `${prefix}.i.${instance}.s.${number}`,
    instances: (instance) => `${prefix}.i.${instance}.>`,
  };
}

/** Whether `text` can stand as one token of a subject (an instance id, an inbox prefix token). */
export function isSubjectToken(text: string): boolean {
  return token.test(text);
}

/** Last token of a subject: the verb of a notice, the call number of an inbox subject. */
export function lastToken(subject: string): string {
  return subject.slice(subject.lastIndexOf('.') + 1);
}

/**
 * A receipt for a call goes to its reply subject with this appended, so that a caller that knows nothing of
 * receipts (`nats request`) never takes one for the reply.
 */
export const receiptSuffix = '.r';
