/** Where the effects of durable calls are. */
export const accountBucket = 'soak_accounts';

/** Few enough that calls meet, many enough that they do not queue. */
const accounts = 20;

/** The account that a call counts up. */
export function accountOf(call: number): string {
  return `a${call % accounts}`;
}

/** Accounts whose count is not the number of calls that were made for them, as text. */
export function wrongAccounts(calls: number, counts: ReadonlyMap<string, bigint>): string[] {
  const expected = new Map<string, bigint>();
  for (let call = 0; call < calls; call++) {
    const account = accountOf(call);
    expected.set(account, (expected.get(account) ?? 0n) + 1n);
  }
  return [...expected]
    .filter(([account, count]) => counts.get(account) !== count)
    .map(([account, count]) => `account ${account}: ${count} calls had ${counts.get(account) ?? 0n} effects`);
}
