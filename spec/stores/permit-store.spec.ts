import { STORES } from '../support/stores.js'
import { describePermitStore } from './permit-store-conformance.js'

for (const kind of STORES) describePermitStore(kind)
