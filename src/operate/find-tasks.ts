import type { ControlParts } from './control-parts.js'
import { parseFilter } from './filter/parse-filter.js'
import type { TaskFilter } from './filter/task-filter.js'
import type { TaskSummary } from './looks.js'
import { Search } from './search.js'
import type { SearchOptions, TaskSearch } from './searches.js'
import { summaryOf } from './task-summary.js'

/** Looks for tasks while somebody loops over the result. @throws {@link InvalidFilterError} */
export function findTasks(parts: ControlParts, filter: string | TaskFilter, options: SearchOptions): TaskSearch {
  const search = new Search(parts, parseFilter(filter), options)
  return {
    get progress() {
      return search.progress
    },
    async *[Symbol.asyncIterator](): AsyncGenerator<TaskSummary> {
      for await (const { seen, now } of search.matches()) yield summaryOf(seen, now)
    },
  }
}
