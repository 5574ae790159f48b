/** Something that is queued, executed or announced. `Task` is the one that comes with the package. */
export abstract class Message {}
