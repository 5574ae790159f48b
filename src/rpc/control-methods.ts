import type { Control } from '../operate/control.js'
import { controlActs } from './control-acts.js'
import { controlLooks } from './control-looks.js'
import type { RpcMethod } from './rpc-method.js'

/** The methods `control.*`: what operators see and do. @param rights - the setting `rpcControl` */
export function controlMethods(control: Control, rights: 'none' | 'view' | 'act'): ReadonlyMap<string, RpcMethod> {
  if (rights === 'none') return new Map()
  return new Map([...controlLooks(control), ...(rights === 'act' ? controlActs(control) : [])])
}
