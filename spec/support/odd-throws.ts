/** An error whose members have the wrong types. */
function broken(members: PropertyDescriptorMap): Error {
  return Object.defineProperties(new Error('base'), members)
}

function throwing(): never {
  throw new Error('a trap')
}

async function rejecting(): Promise<never> {
  return await Promise.reject(new Error('nobody awaits this'))
}

/** Values that a job may throw, by name, each with the expected message. */
export const ODD_THROWS: Readonly<Record<string, readonly [make: () => unknown, words: RegExp]>> = {
  text: [() => 'plain text', /^plain text$/],
  'empty text': [() => '', /^''$/],
  undefined: [() => undefined, /^undefined$/],
  null: [() => null, /^null$/],
  symbol: [() => Symbol('odd'), /^Symbol\(odd\)$/],
  bytes: [() => Buffer.from('told as bytes'), /^told as bytes$/],
  object: [() => ({ code: 'E404' }), /^\{ code: 'E404' \}$/],
  'object with a message': [() => ({ code: 1, message: 'from an object' }), /^from an object$/],
  'object without prototype': [() => Object.assign(Object.create(null) as object, { code: 7 }), /code: 7/],
  'toString that is async': [() => ({ toString: rejecting }), /^\{ toString/],
  'message getter that is async': [() => Object.defineProperty({}, 'message', { get: rejecting }), /./],
  'toString that throws': [() => ({ toString: throwing }), /a value that cannot be shown/],
  'proxy that throws': [
    () => new Proxy({}, { get: throwing, has: throwing, getPrototypeOf: throwing, ownKeys: throwing }),
    /./,
  ],
  'proxy of an error': [
    () => new Proxy(new Error('inside'), { getPrototypeOf: throwing, ownKeys: throwing }),
    /^inside$/,
  ],
  'revoked proxy': [
    () => {
      const { proxy, revoke } = Proxy.revocable({}, {})
      revoke()
      return proxy
    },
    /./,
  ],
  'error without words': [() => new RangeError(''), /^RangeError$/],
  'undefined message': [() => broken({ message: { value: undefined } }), /^Error$/],
  'message that is an object': [() => broken({ message: { value: { code: 1 } } }), /^\{ code: 1 \}$/],
  'message in bytes': [() => broken({ message: { value: Buffer.from('bytes') } }), /^bytes$/],
  'message that is a symbol': [() => broken({ message: { value: Symbol('m') } }), /^Symbol\(m\)$/],
  'message that throws': [() => broken({ message: { get: throwing } }), /^Error$/],
  'name that is a symbol': [() => broken({ message: { value: '' }, name: { value: Symbol('n') } }), /^Symbol\(n\)$/],
  'stack that throws': [() => broken({ stack: { get: throwing } }), /^base$/],
  'stack that is a list': [() => broken({ stack: { value: [{ call: throwing }] } }), /^base$/],
  'data that throws': [() => broken({ code: { get: throwing, enumerable: true }, cause: { get: throwing } }), /^base$/],
  'cause that is itself': [
    () => {
      const error = new Error('round')
      return Object.assign(error, { cause: error, self: error, request: { error, call: throwing } })
    },
    /^round$/,
  ],
}
