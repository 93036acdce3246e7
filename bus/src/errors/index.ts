/** Error vocabulary of the bus, without any of its I/O: `@busline/bus/errors`. */
export { type CodeMeaning, codeTable } from './code-table.ts';
export {
  type CallFate,
  callFate,
  type FaultInit,
  type FaultReason,
  fault,
  faultCodes,
  faultDomain,
  faultReason,
  retryAfterMs,
} from './fault.ts';
