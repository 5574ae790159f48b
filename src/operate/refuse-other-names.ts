import { InvalidOptionError } from '../errors.js'
import { didYouMean } from '../util/did-you-mean.js'

/** A name that is misspelled would ask for something else than was meant. @throws {@link InvalidOptionError} */
export function refuseOtherNames(request: Request, names: readonly string[]): URLSearchParams {
  const query = new URL(request.url).searchParams
  const unknown = [...query.keys()].find((name) => !names.includes(name))
  if (unknown === undefined) return query
  const expected = names.length === 0 ? 'absent: the address takes none' : `one of ${names.join(', ')}`
  throw new InvalidOptionError(unknown, expected, 'an unknown one', didYouMean(unknown, names))
}
