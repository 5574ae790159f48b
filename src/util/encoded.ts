/** What a serializer makes of a value: text (`json`) or bytes (`msgpack`). Stores keep it as it is and never look inside. */
export type Encoded = string | Uint8Array
