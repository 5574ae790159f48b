import type { JSX } from 'preact'
import { count } from '../format.js'

/** Shows the rows that have come since. Its place is kept while there are none, so that nothing moves when it comes. */
export function News({ news, onShow }: { readonly news: number; readonly onShow: () => void }): JSX.Element {
  return (
    <div class="news">
      <span class="unseen" role="status">
        {news > 0 && 'There are new tasks. The button “new” shows them.'}
      </span>
      <button type="button" class={news > 0 ? '' : 'absent'} onClick={onShow}>
        {count(news)} new
      </button>
    </div>
  )
}
