import type { Config } from '../model/config.js'
import type { Control } from '../operate/control.js'
import { controlActs } from './control-acts.js'
import { controlLooks } from './control-looks.js'
import type { RpcMethod } from './rpc-method.js'

/** The methods `control.*`: what operators see and do, as far as the setting `rpcControl` lets them. */
export function controlMethods(control: Control, config: Config): ReadonlyMap<string, RpcMethod> {
  const { rpcControl: rights } = config
  if (rights === 'none') return new Map()
  return new Map([...controlLooks(control), ...(rights === 'act' ? controlActs(control, config) : [])])
}
