/** What programs load that a spec starts: the built package, or in `npm run spec:watch` the source as it stands. */
export const COMPILED = new URL(`../../${process.env['SPEC_LIB'] ?? 'lib'}/`, import.meta.url)
