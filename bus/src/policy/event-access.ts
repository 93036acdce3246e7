import { create, type DescMessage, getOption, hasOption } from '@bufbuild/protobuf';
import { type EventCallers, event } from '@busline/schemas/busline/events/v1/options';
import { PolicySchema } from '@busline/schemas/busline/policy/v1/options';
import { type Authentication, readPolicy, type Scopes } from './contract-policy.ts';

/** Who may do something with an event at an edge. */
export interface PermittedCallers {
  readonly authentication: Authentication;
  readonly scopes: Scopes;
}

/** What the contract of an event says about edges. What is undefined is closed. */
export interface EventAccess {
  readonly publish: PermittedCallers | undefined;
  readonly subscribe: PermittedCallers | undefined;
  /** What could not be taken as it stands, each as a sentence. What is doubtful is read as the stricter meaning. */
  readonly faults: readonly string[];
}

/** Reads `edge` of the option `busline.events.v1.event`. */
export function eventAccess(schema: DescMessage): EventAccess {
  const faults: string[] = [];
  const access = hasOption(schema, event) ? getOption(schema, event).edge : undefined;
  return {
    publish: access && callersOf(access.publish, faults),
    subscribe: access && callersOf(access.subscribe, faults),
    faults,
  };
}

function callersOf(callers: EventCallers | undefined, faults: string[]): PermittedCallers | undefined {
  if (callers === undefined) return undefined;
  const { authentication, scopes } = callers;
  const policy = create(PolicySchema, { authentication, ...(scopes !== undefined && { scopes }) });
  const read = readPolicy(policy, faults);
  return {
    authentication: read.authentication ?? 'required',
    scopes: read.scopes ?? { allOf: [], anyOf: [] },
  };
}
