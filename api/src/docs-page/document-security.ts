import type { SecurityRequirement } from '../openapi/openapi-document.ts';
import type { DocumentSecurity } from '../openapi/security.ts';
import type { MethodPolicy } from '../policies/method-policy.ts';

/** Which credentials an edge takes. */
export interface AcceptedCredentials {
  readonly tokens: boolean;
  readonly apiKeys: boolean;
}

/** The policies of the edge in OpenAPI's terms. */
export function documentSecurity({ tokens, apiKeys }: AcceptedCredentials): DocumentSecurity {
  const schemes = {
    ...(tokens && { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } as const }),
    ...(apiKeys && { apiKey: { type: 'apiKey', in: 'header', name: 'X-Api-Key' } as const }),
  };
  const names = Object.keys(schemes);
  return {
    schemes,
    requirementsOf({ policy }) {
      if (policy.authentication === 'public' || names.length === 0) return [];
      const ways = scopeSets(policy).flatMap((scopes): SecurityRequirement[] =>
        names.map((name) => ({ [name]: scopes })),
      );
      // The empty one stands for nobody in particular.
      return policy.authentication === 'optional' ? [{}, ...ways] : ways;
    },
  };
}

/** Each set of scopes that would do. */
function scopeSets({ scopes }: MethodPolicy): readonly (readonly string[])[] {
  const { allOf, anyOf } = scopes;
  return anyOf.length === 0 ? [allOf] : anyOf.map((one) => [...new Set([...allOf, one])]);
}
