/** Descriptors back to readable .proto source. */
export { printProto } from './print-proto.ts';
