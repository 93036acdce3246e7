/** Whether a caller asks for server-sent events rather than lines of JSON (RFC 9110, section 12.5.1). */
export function prefersEvents(accept: string | undefined): boolean {
  if (accept === undefined || !accept.toLowerCase().includes('text/event-stream')) return false;
  return weightOf(accept, 'text/event-stream') > weightOf(accept, 'application/x-ndjson');
}

function weightOf(accept: string, type: string): number {
  for (const item of accept.toLowerCase().split(',')) {
    const [name, ...parameters] = item.split(';').map((part) => part.trim());
    if (name !== type) continue;
    const q = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
    return q === undefined ? 1 : Number(q) || 0;
  }
  return 0;
}
