/** Values that are no JSON: bytes, and streams of answers. */

/** A file of the platform, such as a Blob or File. */
export interface BlobLike {
  readonly size: number;
  readonly type: string;
  arrayBuffer(): Promise<ArrayBuffer>;
}

/** Raw bytes to be sent: a binary body, or a part of a multipart body. */
export type Bytes = Uint8Array | ArrayBuffer | BlobLike;

/** Values to be sent one after the other. */
export type Items<T> = Iterable<T> | AsyncIterable<T>;

/** An answer whose bytes come as they are read. */
export type ByteStream = AsyncIterable<Uint8Array>;

/** An answer of server-sent events; `T` is what their data hold. */
export type EventStream<T> = AsyncIterable<T>;

/** An answer with one JSON value on each line. */
export type LineStream<T> = AsyncIterable<T>;
