/** What a list of members to hide has to be. */
export const MEMBER_NAMES_RULE = "a list of names of members, such as ['password', 'card.*']"

/** Whether a value is a list of members to hide. */
export function isMemberNames(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string' && each !== '')
}
