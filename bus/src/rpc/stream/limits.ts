/** Bytes on one stream that may be on their way or wait to be taken. Of 64 KiB to 4 MiB, 1 MiB was as fast as any. */
export const defaultWindowBytes = 1024 * 1024;

/** Largest window that can be asked for. */
export const maxWindowBytes = 1024 * 1024 * 1024;

/** Largest message either side takes, unless configured otherwise. */
export const defaultMaxMessageBytes = 16 * 1024 * 1024;
