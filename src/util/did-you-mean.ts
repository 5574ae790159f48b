import { nearest } from './nearest.js'

/** `did you mean state?`: a hint for a name that is not known. @param otherwise - the hint where no name is similar */
export function didYouMean(name: string, names: readonly string[], otherwise = ''): string {
  const near = nearest(name, names)
  return near === null ? otherwise : `did you mean ${near}?`
}
