/** Takes a framed message apart: each part has its length, in four bytes, before it. */
export function unframe(message: Buffer): Buffer[] {
  const parts: Buffer[] = []
  for (let at = 0; at < message.length;) {
    const length = message.readUInt32BE(at)
    parts.push(message.subarray(at + 4, at + 4 + length))
    at += 4 + length
  }
  return parts
}

/** Frames parts, as `unframe` takes them apart. */
export function frame(parts: readonly (string | Uint8Array)[]): Buffer {
  const buffers = parts.flatMap((part) => {
    const bytes = Buffer.from(part as string)
    const length = Buffer.alloc(4)
    length.writeUInt32BE(bytes.length)
    return [length, bytes]
  })
  return Buffer.concat(buffers)
}
