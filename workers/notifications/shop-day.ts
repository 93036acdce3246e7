/** Where the shop is: its days begin and end there. */
export const timeZone = 'Europe/Berlin';

const format = new Intl.DateTimeFormat('en-CA', {
  timeZone,
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
});

/** The shop's day of a moment, as 2026-11-30. */
export function dayOf(moment: Date): string {
  return format.format(moment);
}

/** The day before the one of a moment. */
export function dayBefore(moment: Date): string {
  // Noon of the same date in UTC, which no change of the clocks moves to another date.
  const noon = new Date(`${dayOf(moment)}T12:00:00Z`);
  noon.setUTCDate(noon.getUTCDate() - 1);
  return noon.toISOString().slice(0, 10);
}
