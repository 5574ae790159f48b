import type { JSX } from 'preact'
import { isNamingKeys, KEYS, keysAct, setKeysAct } from '../keys.js'
import { menu } from '../menu.js'
import { Dialog } from './dialog.js'

/** All keys of the page, and whether they act. */
export function KeysDialog(): JSX.Element {
  const pages = menu().map(({ name, keys }) => [keys.map((key) => `g ${key}`), name] as const)
  return (
    <Dialog title="Keys" onClose={() => (isNamingKeys.value = false)}>
      <label>
        <input
          type="checkbox"
          checked={keysAct.value}
          onChange={({ currentTarget }) => setKeysAct(currentTarget.checked)}
        />{' '}
        These keys act
      </label>
      <dl class="keys">
        {[...KEYS, ...pages].map(([keys, says]) => (
          <div key={says}>
            <dt>
              {keys.map((key, i) => (
                <span key={key}>
                  {i > 0 && ' or '}
                  {key.split(' ').map((one) => (
                    <kbd key={one}>{one}</kbd>
                  ))}
                </span>
              ))}
            </dt>
            <dd>{says}</dd>
          </div>
        ))}
      </dl>
      <div class="buttons">
        <button type="button" onClick={(event) => event.currentTarget.closest('dialog')?.close()}>
          Close
        </button>
      </div>
    </Dialog>
  )
}
